"""The real slicer: under the signed settings, where the model lies, and never trusted blindly."""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from mdps_plugin.errors import ToolError
from mdps_plugin.models.stl import encode_binary_stl
from mdps_plugin.slicing import process_link, slicer
from mdps_plugin.slicing.slicer import slice_model, slicer_version, version_findings
from tests.harness import wait_until
from tests.models.shapes import box

from .profile import SETTINGS

real = pytest.mark.slicer
PLACED = encode_binary_stl(box(20, 10, 2, at=(115, 100, 0)))
RANGE = ">=2.5,<3"


def run(settings=SETTINGS, stl=PLACED, version=RANGE, progress=slicer.ignore_progress, **more):
    return slice_model(stl, settings, "prusa-slicer", version, progress, **more)


def moves(gcode: bytes) -> Counter[tuple[str, ...]]:
    """Extruding moves with the layer and the end points, in any order of paths."""
    found: Counter[tuple[str, ...]] = Counter()
    place = {"X": "", "Y": "", "Z": ""}
    for line in gcode.decode().splitlines():
        if not line.startswith("G1 "):
            continue
        words = dict(re.findall(r"([XYZE])(-?[\d.]+)", line))
        start = (place["X"], place["Y"])
        place.update({axis: words[axis] for axis in "XYZ" if axis in words})
        if "E" in words and ("X" in words or "Y" in words):
            found[(place["Z"], *start, place["X"], place["Y"], words["E"])] += 1
    return found


@real
def test_a_model_is_sliced_where_it_lies():
    steps: list[int] = []
    sliced = run(progress=lambda percent, step: steps.append(percent))
    assert sliced.verdict.accepted
    assert sliced.version == slicer_version()
    assert sliced.seconds > 0
    assert steps
    assert min(steps) >= 0
    assert max(steps) <= 100
    ends = np.array([(float(x), float(y)) for _, _, _, x, y, _ in moves(sliced.gcode)])
    # Outer walls run half a line, 0.225 mm, inside the model.
    assert ends.min(axis=0) == pytest.approx([115.225, 100.225], abs=0.02)
    assert ends.max(axis=0) == pytest.approx([134.775, 109.775], abs=0.02)


@real
def test_slicing_twice_gives_the_same_moves():
    shape = box(20, 12, 3, at=(110, 100, 0))
    shape[:, :, 0] += shape[:, :, 2] * 0.7  # leaning walls, so that layers differ
    first, second = (moves(run(stl=encode_binary_stl(shape)).gcode) for _ in range(2))
    assert first
    assert first == second


@real
def test_a_setting_that_the_slicer_does_not_know_is_found():
    sliced = run(SETTINGS + b"perimetres = 4\n")
    assert [finding.code for finding in sliced.verdict.refusals()] == ["SL-014"]
    assert sliced.verdict.findings[0].where.path == "perimetres"
    assert sliced.gcode == b""


@real
@pytest.mark.parametrize(
    ("old", "new"),
    [(b"layer_height = 0.2\n", b"layer_height = abc\n"), (b"marlin2", b"no_such_flavour")],
)
def test_values_that_the_slicer_does_not_understand_give_no_job(old, new):
    assert old in SETTINGS
    sliced = run(SETTINGS.replace(old, new))
    assert sliced.gcode == b""
    assert [finding.code for finding in sliced.verdict.refusals()] == ["SL-012"]


@real
@pytest.mark.parametrize("stl", [b"", b"not a model", PLACED[:-30]], ids=["empty", "text", "cut"])
def test_what_is_no_model_gives_no_job(stl):
    sliced = run(stl=stl)
    assert sliced.gcode == b""
    assert not sliced.verdict.accepted


@real
def test_a_slicer_outside_the_range_is_refused_without_running():
    sliced = run(version=">=1.0,<2")
    assert [finding.code for finding in sliced.verdict.refusals()] == ["SL-011"]
    assert sliced.verdict.not_run == ("slicer_output", "slicer_used_settings")
    assert sliced.gcode == b""


@real
def test_settings_that_run_programs_never_reach_the_slicer(tmp_path):
    witness = tmp_path / "ran"
    line = f"post_process = /usr/bin/touch {witness}\n".encode()
    sliced = run(SETTINGS.replace(b"post_process =\n", line))
    assert [finding.code for finding in sliced.verdict.refusals()] == ["SL-002"]
    assert not witness.exists()


@real
def test_the_users_own_configuration_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert run().verdict.accepted
    assert list(tmp_path.iterdir()) == []


@real
def test_the_private_folder_is_gone_afterwards(tmp_path, monkeypatch):
    monkeypatch.setattr(process_link.tempfile, "tempdir", str(tmp_path))
    assert run().verdict.accepted
    assert list(tmp_path.iterdir()) == []


def _stand_in(folder: Path, monkeypatch, script: str) -> None:
    """A program of the same name first in the path: for what the real one does only on bad days."""
    program = folder / "prusa-slicer"
    head = '#!/bin/sh\nif [ "$1" = --help ]; then echo PrusaSlicer-2.5.0+TEST; exit 0; fi\n'
    program.write_text(head + script)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.parametrize(
    ("script", "observed"),
    [
        ("exit 0\n", "exit status 0."),
        (": > job.gcode; exit 0\n", "exit status 0."),
        ("echo 'G1 X1' > job.gcode; exit 0\n", "the output ends early."),
        ("echo 'G1 X1' > job.gcode; echo 'out of memory' >&2; exit 1\n", "out of memory."),
        ("kill -9 $$\n", "exit status -9."),
    ],
)
def test_exit_status_and_half_output_are_not_believed(tmp_path, monkeypatch, script, observed):
    _stand_in(tmp_path, monkeypatch, script)
    sliced = run()
    assert sliced.gcode == b""
    assert [finding.code for finding in sliced.verdict.refusals()] == ["SL-012"]
    assert sliced.verdict.findings[0].observed() == observed


def test_a_slicer_that_never_ends_is_ended(tmp_path, monkeypatch):
    pid = tmp_path / "pid"
    _stand_in(tmp_path, monkeypatch, f"sleep 600 & echo $! > {pid}; wait\n")
    sliced = run(time_limit_s=0.5)
    assert [finding.code for finding in sliced.verdict.refusals()] == ["SL-013"]
    state = Path(f"/proc/{int(pid.read_text())}/stat")

    def gone() -> bool:
        """Gone, or a zombie until init takes it."""
        try:
            return state.read_text().split()[2] == "Z"
        except OSError:
            return True

    wait_until(gone, what="the end of what the slicer had started")


def test_a_missing_slicer_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="apt-get install prusa-slicer"):
        run()


def test_a_slicer_that_does_not_say_its_version_is_not_used(tmp_path, monkeypatch):
    _stand_in(tmp_path, monkeypatch, "")
    (tmp_path / "prusa-slicer").write_text("#!/bin/sh\necho hello\n")
    with pytest.raises(ToolError, match="does not say its version"):
        run()


@pytest.mark.parametrize(
    ("name", "allowed", "installed", "code"),
    [
        ("prusa-slicer", ">=2.5,<2.6", "2.5.0+UNKNOWN", None),
        ("PrusaSlicer", "==2.5.0", "2.5.0+UNKNOWN", None),
        ("prusa-slicer", ">=2.5,<2.6", "2.6.0", "SL-011"),
        ("prusa-slicer", ">=2.5,<2.6", "2.9.0-beta1+x", "SL-011"),
        ("prusa-slicer", ">=2.5", "not a version", "SL-011"),
        ("prusa-slicer", "newest", "2.5.0", "SL-011"),
        ("CuraEngine", "==4.13.0", "4.13.0", None),
        ("cura-engine", "==4.13.0", "5.0.0", "SL-011"),
        ("Slic3r", ">=2.5", "2.5.0", "SL-010"),
    ],
)
def test_version_ranges(name, allowed, installed, code):
    found = version_findings(name, allowed, installed)
    assert [finding.code for finding in found] == ([] if code is None else [code])


@real
@pytest.mark.parametrize("stl", [b"PK\x03\x04" + PLACED, b"<?xml version='1.0'?><model/>"])
def test_a_project_file_is_never_loaded(stl):
    """What is not an STL gives no job, whatever it is called: a 3MF may bring programs along."""
    assert run(stl=stl).gcode == b""


@real
def test_a_slicer_that_wants_too_much_memory_is_stopped():
    sliced = run(memory_limit_mib=30)
    assert sliced.gcode == b""
    assert [finding.code for finding in sliced.verdict.refusals()] == ["SL-021"]
    assert "30 MiB" in sliced.verdict.findings[0].observed()
