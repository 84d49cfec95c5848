"""Real OctoPrint prints a real sliced job on the simulator at --speed max, to the last move.

``OCTOPRINT_BIN`` names the folder with another ``octoprint`` to run: docs/simulator.md, OctoPrint.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
import serial

from tests import octoprint_server
from tests.harness import wait_until
from tests.octoprint_server import OctoPrint

from .test_pace import truth_of
from .test_process import PATIENCE_S, command, running

pytestmark = [pytest.mark.octoprint, pytest.mark.slicer]

MODEL = Path("validated_recipes/example-models/mask-extender.stl")
SETTINGS = r"""
nozzle_diameter = 0.4
filament_diameter = 1.75
layer_height = 0.2
fill_density = 20%
bed_shape = 0x0,250x0,250x210,0x210
gcode_flavor = marlin2
use_relative_e_distances = 1
layer_gcode = G92 E0
start_gcode = M140 S60\nM104 S215\nG28\nM190 S60\nM109 S215\nM83
end_gcode = M104 S0\nM140 S0\nM84\nM400
"""
PLASTIC = ("deposited_mm", "cold_mm", "extruding_moves", "extruding_sha256", "layers", "lost_mm")
JOB_WITHIN_S = 240.0


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model, sliced by the real slicer."""
    folder = tmp_path_factory.mktemp("slice")
    settings, out = folder / "settings.ini", folder / "job.gcode"
    settings.write_text(SETTINGS)
    done = subprocess.run(
        ["prusa-slicer", "-g", "--load", str(settings), "-o", str(out), str(MODEL)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return out


def commands(job: Path) -> list[str]:
    lines = [line.split(";")[0].strip() for line in job.read_text().splitlines()]
    return [line for line in lines if line]


def by_hand(job: Path, folder: Path) -> dict[str, object]:
    """What a plain host prints, that waits for each ok and does nothing else."""
    link, control = folder / "plain", folder / "plain-control"
    with (
        running("--pty", link, "--control", control, "--speed", "max"),
        serial.Serial(str(link), timeout=PATIENCE_S, exclusive=True) as port,
    ):
        for line in commands(job):
            command(port, line)
        return truth_of(control)


def test_octoprint_completes_a_sliced_job(
    job: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "OCTOPRINT_BIN" in os.environ:
        monkeypatch.setattr(octoprint_server, "BIN", Path(os.environ["OCTOPRINT_BIN"]))
    link, control, log = tmp_path / "printer", tmp_path / "control", tmp_path / "wire.jsonl"
    simulator = running("--pty", link, "--control", control, "--wire-log", log, "--speed", "max")
    with simulator, OctoPrint(tmp_path / "octoprint", port=link) as octoprint:
        wait_until(lambda: octoprint.state() == "Operational", 60, "OctoPrint to connect")
        assert octoprint.upload("job.gcode", job.read_text().splitlines(), start=True)[0] == 201

        def printed() -> bool:
            history = octoprint.get("/api/files/local/job.gcode")[1].get("prints", {})
            assert history.get("failure", 0) == 0, octoprint.state()
            return history.get("success", 0) == 1

        wait_until(printed, JOB_WITHIN_S, "the job")
        truth = truth_of(control)
    plain = by_hand(job, tmp_path)
    assert {name: truth[name] for name in PLASTIC} == {name: plain[name] for name in PLASTIC}
    assert float(str(truth["deposited_mm"])) > 500.0
    assert truth["killed"] is False
    records = [json.loads(line) for line in log.read_text().splitlines()]
    refused = [r for r in records if r["dir"] == "host" and not r["accepted"]]
    assert refused == []
    assert float(str(truth["t"])) > 900.0, "a quarter of an hour of printing"
