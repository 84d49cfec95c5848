"""docs/events.md and test_events.py name the same events; every abort has words for people."""

from __future__ import annotations

import ast
from pathlib import Path

from mdps_plugin.controller.gate_entries import REASONS, reason_text
from tests.harness import ROOT

from .event_table import read_rows

TESTS = Path(__file__).with_name("test_events.py")
INTERLOCK = ROOT / "mdps_plugin" / "interlock"


def test_every_row_has_a_test_and_every_test_a_row() -> None:
    functions = [n for n in ast.parse(TESTS.read_text()).body if isinstance(n, ast.FunctionDef)]
    tests = {f.name.removeprefix("test_") for f in functions if f.name.startswith("test_")}
    assert tests == set(read_rows())


NOTHING_TO_SAY = {"connected_many_times", "connected_while_away"}
"""What ends as if it had not happened; the page says so in the row."""


def test_every_row_says_what_is_checked() -> None:
    for row in read_rows().values():
        assert row.log, row.test
        assert row.notices or row.word or row.test in NOTHING_TO_SAY, row.test
        assert row.heaters in ("off", "as set"), row.test


def constants(node: ast.expr) -> list[str] | None:
    """The texts that an expression can be, None where that cannot be read from the source."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.JoinedStr):
        first = node.values[0]
        assert isinstance(first, ast.Constant)
        # The one pattern in use: temperature_ and what deviated.
        assert first.value == "temperature_", ast.unparse(node)
        return [f"temperature_{what}" for what in deviations()]
    return None


def calls(name: str) -> list[ast.Call]:
    found = []
    for path in sorted(INTERLOCK.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                found += [node] if node.func.id == name else []
    return found


def deviations() -> set[str]:
    """What can deviate in a build; a target set while locked ends none."""
    seconds = {
        constant for call in calls("Deviation") for constant in constants(call.args[1]) or ()
    }
    return seconds - {"locked"}


def abort_codes() -> set[str]:
    """Every reason code with which the gate can end a build, collected from its source."""
    from mdps_plugin.interlock.gate_printer import _LOSS

    codes = {reason for _, reason in _LOSS.values()}
    handed_on = 0
    for call in calls("abort"):
        texts = constants(call.args[1])
        if texts is None:
            handed_on += 1
        codes |= set(texts or ())
    # _lost and _unwanted hand on what they are given; their callers name it.
    assert handed_on == 2, "an abort whose reason this test cannot read"
    codes |= {text for call in calls("_unwanted") for text in constants(call.args[1]) or ()}
    for call in calls("_lost"):
        codes |= set(constants(call.args[2]) or ())
    return codes


def test_every_abort_of_the_gate_has_words() -> None:
    codes = abort_codes()
    assert {"stop_word", "host_silent", "temperature_target", "printer_sd", "hold_limit"} <= codes
    assert codes == set(REASONS)


def test_reasons_are_short_sentences_without_an_end() -> None:
    facts = {
        "stop_word": "M108",
        "by": "tina",
        "why": "Stop was pressed",
        "heater": "nozzle",
        "measured_c": 230,
        "text": "Error:Printer halted",
        "name": "flow",
        "percent": 110,
    }
    for code in REASONS:
        text = reason_text(code, facts)
        assert "?" not in text, code
        assert len(text.split()) <= 12, text
        assert not text.endswith("."), text
        assert not {"error", "invalid", "failed", "please"} & set(text.lower().split()), text
    assert reason_text("stop_word", {}).endswith("?")
