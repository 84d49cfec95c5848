"""PrusaSlicer is started on one CPU, so that it has one thread and writes the same file again."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mdps_plugin.errors import ToolError
from mdps_plugin.models.stl import encode_binary_stl
from mdps_plugin.slicing import process_link
from mdps_plugin.slicing.cura import CURA
from mdps_plugin.slicing.engine import Engine
from mdps_plugin.slicing.one_cpu_link import one_cpu
from mdps_plugin.slicing.prusa import PRUSA
from mdps_plugin.slicing.slicer import ignore_progress, slice_model
from tests.models.shapes import box, torus

from .profile import SETTINGS

#: What the kernel lets the stand-in run on, written where the job is looked for.
_TELL = "#!/bin/sh\ngrep Cpus_allowed_list /proc/self/status > job.gcode\n"


@pytest.fixture(autouse=True)
def mine() -> Iterator[set[int]]:
    """The CPUs of the test, which are the same ones afterwards."""
    cpus = os.sched_getaffinity(0)
    yield cpus
    assert os.sched_getaffinity(0) == cpus


def stand_in(folder: Path, engine: Engine, script: str = _TELL) -> Engine:
    program = folder / engine.program
    program.write_text(script)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return replace(engine, program=str(program))


def start(engine: Engine) -> bytes:
    return process_link.run_engine(engine, b"", {}, ignore_progress, 20, 3072).gcode


def cpus_of(engine: Engine) -> set[int]:
    found: set[int] = set()
    for part in start(engine).decode().split(":")[1].strip().split(","):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


def test_prusaslicer_is_started_on_one_cpu_and_the_next_time_on_the_next(
    tmp_path: Path, mine: set[int]
) -> None:
    engine = stand_in(tmp_path, PRUSA)
    taken = [cpus_of(engine) for _ in mine]
    assert [len(cpus) for cpus in taken] == [1] * len(mine)
    assert set().union(*taken) == mine


def test_curaengine_is_started_on_all(tmp_path: Path, mine: set[int]) -> None:
    assert cpus_of(stand_in(tmp_path, CURA)) == mine


def test_a_program_that_cannot_be_started_binds_nobody(tmp_path: Path) -> None:
    engine = stand_in(tmp_path, PRUSA, "#!/no/such/interpreter\n")
    with pytest.raises(ToolError, match="could not be run"):
        start(engine)


def test_other_threads_keep_their_cpus(mine: set[int]) -> None:
    bound, looked = threading.Event(), threading.Event()
    within: list[int] = []

    def bind() -> None:
        with one_cpu():
            within.append(len(os.sched_getaffinity(0)))
            bound.set()
            looked.wait(20)

    thread = threading.Thread(target=bind)
    thread.start()
    assert bound.wait(20)
    seen = os.sched_getaffinity(0)
    looked.set()
    thread.join(20)
    assert within == [1]
    assert seen == mine


def test_where_the_system_does_not_allow_it_the_program_runs_all_the_same(
    tmp_path: Path, mine: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(pid: int, mask: set[int]) -> None:
        raise PermissionError(1, "not in this container")

    monkeypatch.setattr(os, "sched_setaffinity", forbidden)
    assert cpus_of(stand_in(tmp_path, PRUSA)) == mine


def _threads_in(folder: Path) -> set[str]:
    """Names of all threads of programs that run in ``folder``; PrusaSlicer names its own."""
    found: set[str] = set()
    for task in Path("/proc").glob("[0-9]*/task/[0-9]*"):
        try:
            if os.readlink(task / "cwd").startswith(str(folder)):
                found.add((task / "comm").read_text().strip())
        except OSError:
            continue
    return found


@contextlib.contextmanager
def _watched(folder: Path) -> Iterator[set[str]]:
    """What :func:`_threads_in` sees until the end; the slicer's progress comes all at once."""
    seen: set[str] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.01):
            seen.update(_threads_in(folder))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join(20)


def test_where_even_asking_is_forbidden_it_starts_on_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """As under a filter of system calls; none is at hand that forbids this one."""

    def forbidden(_: int) -> set[int]:
        raise PermissionError

    monkeypatch.setattr(os, "sched_getaffinity", forbidden)
    with one_cpu():
        started = True
    assert started


@pytest.mark.slicer
@pytest.mark.parametrize("one_thread", [True, False])
def test_the_real_prusaslicer_slices_in_one_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mine: set[int], one_thread: bool
) -> None:
    """Threads of its own that work are called slic3r_tbb_1 and so on; libraries start idle ones."""
    if not one_thread and len(mine) == 1:
        pytest.skip("there is only one CPU here")
    monkeypatch.setattr(process_link.tempfile, "tempdir", str(tmp_path))
    engine = replace(PRUSA, one_thread=one_thread)
    stl = encode_binary_stl(torus(100, at=(125, 105)))
    files = engine.files(SETTINGS, {})
    with _watched(tmp_path) as seen:
        made = process_link.run_engine(engine, stl, files, ignore_progress, 60, 3072)
    assert made.gcode
    assert "slic3r_main" in seen
    assert any(name.startswith("slic3r_tbb") for name in seen) is not one_thread


@pytest.mark.slicer
def test_many_islands_are_written_in_the_same_order_each_time() -> None:
    posts = [box(3, 3, 2, at=(105 + 5 * (at % 8), 90 + 5 * (at // 8), 0)) for at in range(48)]
    stl = encode_binary_stl(np.concatenate(posts))
    jobs = {
        re.sub(rb"(?m)^; generated by .*$", b"", sliced.gcode)
        for sliced in (slice_model(stl, SETTINGS, "prusa-slicer", ">=2.5,<3") for _ in range(4))
    }
    assert len(jobs) == 1
    assert b"" not in jobs
