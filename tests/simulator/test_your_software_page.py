"""docs/simulator-for-your-software.md: what it tells a stranger to type works as it stands."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.options import build_parser
from simulator.scenario import parse_scenario

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "simulator-for-your-software.md").read_text(encoding="utf-8")
REFERENCE = (DOCS / "simulator.md").read_text(encoding="utf-8")


def blocks(text: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", text, re.M | re.S)


def test_the_first_command_comes_soon() -> None:
    lines = PAGE.splitlines()
    assert any(line.startswith("python -m simulator ") for line in lines[:20])


@pytest.mark.parametrize("text", [*blocks(PAGE, "toml"), *blocks(REFERENCE, "toml")])
def test_scenarios_of_the_pages_can_be_read(text: str) -> None:
    scenario = parse_scenario(text.encode(), "page")
    assert scenario.steps
    assert scenario.expectations


def test_commands_of_the_page_are_understood() -> None:
    commands = re.findall(r"^python -m simulator (.*)$", PAGE, re.M)
    assert len(commands) >= 5
    for command in commands:
        arguments = shlex.split(command.split(";")[0], comments=True)
        assert build_parser().parse_args(arguments)


def test_the_test_of_your_own_runs() -> None:
    (program,) = (block for block in blocks(PAGE, "python") if "Popen" in block)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
