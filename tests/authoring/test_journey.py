"""docs/manufacturer-journey.md: every command runs, in order, and ends as the page says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "manufacturer-journey.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(sh[^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.slicer
@pytest.mark.octoprint
@pytest.mark.timeout(1500)
def test_the_journey_runs_as_it_is_written(tmp_path_factory: pytest.TempPathFactory) -> None:
    # A short name: the socket of the ward has a path of at most 100 characters.
    place = tmp_path_factory.mktemp("j")
    folder = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    said: list[tuple[str, str]] = []
    blocks = BLOCK.findall(PAGE)
    assert len(blocks) >= 15
    for head, script in blocks:
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        wanted = 1 if head == "sh ends with 1" else 0
        assert done.returncode == wanted, f"{script}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        said.append((script, done.stdout + done.stderr))

    def told(command: str) -> list[str]:
        return [text for script, text in said if command in script]

    first, forgotten, whole, longer = told("mdps recipe lint")
    assert "AU-041" in first
    assert "settings.fill_density is 100 %; covered: nothing" in forgotten
    assert forgotten.count("[refuse]") == 2
    assert "do not agree. (2 places)" in forgotten
    assert "nothing that forbids signing" in whole
    assert "envelope.size_z_mm is 20 to 40 mm; covered: 20 to 30 mm" in longer
    (differs,) = told("mdps recipe diff")
    assert "size along Z: wider: 20 to 30 mm, now 20 to 40 mm" in differs
    used, after = told("mdps recipe status")
    (printed, recalled) = told("mdps demo --headless")
    assert "handed over" in printed
    assert "parts made from it: 1 (" in recalled
    assert "1 handed over" in recalled
    assert "Recalled: the manufacturer has withdrawn this recipe." in recalled
    (old,) = told("import stick.zip --repository manufacturer --client desk\n")[-1:]
    assert "TR-013" in old
    assert "may be used today: 1 of 1" in used
    assert "yes thumb-splint/1" in used
    assert "may be used today: 0 of" in after
    (lost,) = told("mdps recipe revoke-key")
    assert "--signers" in lost
    assert "installed: root, targets, journey-works.aids" in lost
    (taken,) = told("stick-2.zip --repository manufacturer")
    assert "targets version" in taken
    (refused,) = told("hotter")
    assert "TP-" in refused
    (path,) = (place / "ward" / "export").glob("*/records/*.json")
    record = json.loads(path.read_text())
    assert record["job"]["planned"] == record["job"]["streamed"]
    assert record["recipe"]["id"] == "thumb-splint"
    assert {one["holder"] for one in record["recipe"]["signers"]} == {
        "Quinn Journey",
        "Riley Journey",
    }
    assert record["recipe"]["example_only"] is False
    assert record["site_policy"]["title"] == "site policy 1 of example-hospital"
    assert [one["holder"] for one in record["site_policy"]["signers"]] == ["site"]
    assert (place / "signed.pdf").read_bytes().startswith(b"%PDF-")
