"""docs/simulator.md names every option, fault, condition, dialect and field of truth."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.data import names
from simulator.faults import KINDS, QUANTITIES
from simulator.manner import speeches
from simulator.options import build_parser
from simulator.truth import snapshot

from .host import Host

PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text()
OPTIONS = [
    text
    for action in build_parser()._actions
    for text in action.option_strings
    if text[2:] != "help"
]


@pytest.mark.parametrize(
    "word",
    [
        *(option for option in OPTIONS if option.startswith("--")),
        *KINDS,
        *QUANTITIES,
        *speeches(),
        *names("printers"),
        *snapshot(Host().simulator),
    ],
)
def test_the_page_names_it(word: str) -> None:
    assert f"`{word}" in PAGE
