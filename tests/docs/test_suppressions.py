"""Where a tool is told to look away, the line says why. Judges no reason."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("mdps_plugin", "simulator", "benchmarks", "scripts", "tests")
TOLD = re.compile(r"# (?:type: ignore|noqa)\b")
WITH_REASON = re.compile(r"# (?:type: ignore\[[a-z, -]+\] +#|noqa: [A-Z0-9, ]+(?:-|\()) ?\w")


def test_a_tool_that_is_told_to_look_away_is_told_why() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if TOLD.search(line) and not WITH_REASON.search(line)
    ]
    assert [one for one in bare if not one.startswith("tests/docs/test_suppressions")] == []
