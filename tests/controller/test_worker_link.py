"""The examining process: it answers like the pipeline, and however it ends, nothing is accepted."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mdps_plugin.controller.pipeline import check
from mdps_plugin.controller.session_link import make_room
from mdps_plugin.controller.verification import STAGES
from mdps_plugin.controller.verifier_link import layers_at_once
from mdps_plugin.controller.worker_link import Limits, Worker
from mdps_plugin.errors import ToolError
from tests.toolpath import parts

from .worker_task import a_task, untimed


def silent(*_: object) -> None:
    """Nobody asks how far it is."""


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker("test")
    yield made
    made.close()


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_two_orders_in_a_row_are_answered_as_the_pipeline_does(worker: Worker) -> None:
    spoilt = a_task(parts.swap(400, "G1 X150 Y150 E9", parts.honest()))
    told: list[tuple[str, int, int]] = []
    pids = []
    for task in (a_task(), spoilt):
        here = check(task, silent)
        there = worker.check(task, lambda *stage: told.append(stage))
        assert untimed(there) == untimed(here)
        assert there.toolpath is not None
        assert there.toolpath.verdict.accepted == (task is not spoilt)
        pids.append(worker.pid)
    assert pids[0] == pids[1], "the second order waits for no start"
    assert there.picture is not None, "the picture of the refused one was compared too"
    assert [done for _, done, _ in told] == [0, 1, 4, 5] * 2
    assert {of for _, _, of in told} == {len(STAGES)}
    pid = worker.pid
    assert pid is not None
    worker.close()
    assert not alive(pid)


def test_it_holds_nothing_of_the_cell_and_stands_behind_the_gate(worker: Worker) -> None:
    worker.check(a_task(), silent)
    process = Path(f"/proc/{worker.pid}")
    targets = {os.readlink(one) for one in (process / "fd").iterdir()}
    files = {one for one in targets if one.startswith("/") and not one.startswith("/dev/null")}
    assert files == set(), "a file, a log or a port is open in it"
    assert int((process / "stat").read_text().rpartition(")")[2].split()[16]) == 10
    limits = (process / "limits").read_text()
    line = next(one for one in limits.splitlines() if one.startswith("Max data size"))
    assert line.split()[3] == str(Limits().memory_mib * 1024 * 1024)
    names = {
        one.partition(b"=")[0].decode()
        for one in (process / "environ").read_bytes().split(b"\0")
        if one
    }
    assert "PATH" in names
    assert names < {
        *("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "MDPS_KERNEL"),
        *("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "PYTHONUTF8"),
        *("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"),
    }


def test_killed_in_mid_examination_it_says_so_and_the_next_order_is_examined(
    worker: Worker,
) -> None:
    last = ""

    def kill(stage: str, done: int, of: int) -> None:
        nonlocal last
        last = stage
        if stage == "examination" and done < of:
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGKILL)

    def until_it_loses() -> None:
        # Its answer may be on the way already when the signal comes; then it is the next order, at
        # its first stage, that finds the process gone.
        nonlocal last
        for _ in range(20):
            last = "model"
            worker.check(a_task(), kill)

    with pytest.raises(ToolError, match=r"signal 9 \(SIGKILL\) during: ") as caught:
        until_it_loses()
    assert f"during: {last}" in str(caught.value)
    assert worker.pid is None
    again = worker.check(a_task(), silent)
    assert again.toolpath is not None
    assert again.toolpath.verdict.accepted


def test_one_that_ends_by_itself_says_its_status(worker: Worker) -> None:
    worker.start()
    assert worker._link is not None
    worker._link.sendall(b"what is no message at all, and longer than a head of one")
    with pytest.raises(ToolError, match=r"ended with status 1 during: model"):
        worker.check(a_task(), silent)


def test_one_that_hangs_is_ended_at_its_limit() -> None:
    worker = Worker("test", Limits(stage_s=1.0))
    worker.start()
    pid = worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(ToolError, match="took more than 1 s for: model"):
        worker.check(a_task(), silent)
    assert not alive(pid)
    worker.close()


def test_one_that_runs_out_of_memory_says_so() -> None:
    worker = Worker("test", Limits(memory_mib=192))
    corners = np.random.default_rng(7).uniform(0, 20, (400_000, 3, 3))
    with pytest.raises(ToolError, match="needs more than 192 MiB of memory"):
        worker.check(a_task(model=parts.stl_bytes(corners)), silent)
    worker.close()


def test_one_of_another_version_is_not_believed(worker: Worker) -> None:
    worker.start()
    worker._version = "another"
    with pytest.raises(ToolError, match="version: observed another; allowed: test"):
        worker.check(a_task(), silent)


@pytest.mark.parametrize(
    ("says", "heard"),
    [
        ("b'HTTP/1.1 200 OK\\r\\n' * 9", "the mark of a message"),
        ("b'MDPSWRK1' + b'\\xff' * 36", "at most 16777216 bytes"),
        ("b'MDPSWRK1' + bytes([0, 0, 0, 2]) + bytes(32) + b'{}'", "the digest to agree"),
        ("b'MDPSWRK1' + bytes([0, 0, 0, 2])", "ended with status 0"),
    ],
)
def test_nonsense_refuses(
    says: str, heard: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program in its place that talks nonsense: no real part can be made to."""
    program = tmp_path / "python"
    program.write_text(
        "#!/usr/bin/env python3\nimport os, select, sys\n"
        "link = int(sys.argv[sys.argv.index('--lifeline-fd') + 1])\n"
        f"os.write(link, {says})\n"
        "while select.select([link], [], [], 1)[0] and os.read(link, 65536):\n    pass\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr("sys.executable", str(program))
    worker = Worker("test")
    with pytest.raises(ToolError, match=heard):
        worker.check(a_task(), silent)
    assert worker.pid is None
    worker.close()


def test_one_that_cannot_be_started_says_why(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(ToolError, match="could not be started: No such file"):
        worker.check(a_task(), silent)


def test_after_closing_none_is_started(worker: Worker) -> None:
    worker.close()
    with pytest.raises(ToolError, match="the controller stops"):
        worker.check(a_task(), silent)
    assert worker.pid is None


@pytest.mark.parametrize(
    ("cores", "idle", "beside_a_build"), [(1, 1, 1), (2, 2, 1), (3, 3, 2), (4, 4, 3), (16, 4, 4)]
)
def test_beside_a_build_one_core_is_the_gates(cores: int, idle: int, beside_a_build: int) -> None:
    assert layers_at_once(cores, building=False) == idle
    assert layers_at_once(cores, building=True) == beside_a_build


def test_what_a_power_cut_left_is_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone = subprocess.Popen(["true"])
    gone.wait()
    left, mine = tmp_path / f"mdps-worker-{gone.pid}-x", tmp_path / f"mdps-worker-{os.getpid()}-y"
    for folder in (left, mine, tmp_path / "mdps-worker-z"):
        folder.mkdir()
    (left / "model.stl").write_bytes(b"somebody")
    made = Path(make_room())
    assert not left.exists()
    assert sorted(tmp_path.iterdir()) == sorted([mine, tmp_path / "mdps-worker-z", made])
