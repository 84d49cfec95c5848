"""A result that its reader stopped reading is never taken for "accepted"."""

import subprocess
import sys
from pathlib import Path

import pytest

JOB = Path("validated_recipes/mask-extender/1/job.gcode")
CHECK = [
    *(sys.executable, "-m", "mdps_plugin.cli.main", "check"),
    *("--recipe", "validated_recipes/mask-extender"),
]


@pytest.mark.parametrize("spoilt", [True, False], ids=["refused", "accepted"])
def test_a_closed_pipe_gives_status_3(tmp_path: Path, spoilt: bool) -> None:
    text = JOB.read_text()
    job = tmp_path / "job.gcode"
    job.write_text(text.replace("M104 S210", "M104 S215") if spoilt else text)
    check = subprocess.Popen(
        [*CHECK, str(job)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert check.stdout is not None
    assert check.stderr is not None
    # Closed before the first line is written: reading the recipe alone takes longer than this.
    check.stdout.close()
    told = check.stderr.read()
    check.stderr.close()
    assert check.wait(60) == 3
    assert "Traceback" not in told
    assert "BrokenPipe" not in told
