"""Reads docs/events.md, so that the tests hold reality against the page itself. Asserts nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.harness import ROOT

PAGE = ROOT / "docs" / "events.md"
_QUOTED = re.compile(r"`([^`]*)`")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One event. ``wire`` is None for a whole job, else what follows the job lines so far.

    ``log`` and ``notices`` are pairs: kind or title, and a part of what it says.
    """

    test: str
    event: str
    states: tuple[str, ...]
    wire: tuple[str, ...] | None
    own_words: bool
    heaters: str
    log: tuple[tuple[str, str], ...]
    notices: tuple[tuple[str, str], ...]
    word: str | None
    next_step: str | None


def read_rows() -> dict[str, Row]:
    """The rows of the page by test; a row that cannot be read is a fault of the page."""
    rows: dict[str, Row] = {}
    for line in PAGE.read_text().splitlines():
        if not line.startswith("| `"):
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert len(cells) == 7, line
        row = _row(cells)
        assert row.test not in rows, f"{row.test} twice"
        rows[row.test] = row
    return rows


def _row(cells: list[str]) -> Row:
    test, event, state, wire, heaters, log, screen = cells
    whole, part, none = (
        wire == "Every job line",
        wire.startswith("Job lines so far, then `"),
        wire.startswith("Only queries"),
    )
    assert whole or part or none, wire
    said = dict(re.findall(r"(word|next) `([^`]*)`", screen))
    return Row(
        test=_quoted(test)[0],
        event=event,
        states=_quoted(state),
        wire=None if whole else _quoted(wire),
        own_words=not wire.endswith("Only queries"),
        heaters=_quoted(heaters)[0],
        log=tuple(_pair(one) for one in _quoted(log)),
        notices=tuple(_notice(one) for one in re.findall(r"notice `([^`]*)`", screen)),
        word=said.get("word"),
        next_step=said.get("next"),
    )


def _quoted(cell: str) -> tuple[str, ...]:
    found = tuple(_QUOTED.findall(cell))
    assert found or cell.startswith("Only queries"), cell
    return found


def _pair(text: str) -> tuple[str, str]:
    kind, _, part = text.partition(": ")
    return kind, part


def _notice(text: str) -> tuple[str, str]:
    """Title and a part of what was observed; a title may itself hold a colon."""
    locked = "Not sent: the printer is locked"
    if text.startswith(locked):
        return locked, text.removeprefix(locked).removeprefix(":").strip()
    return _pair(text)
