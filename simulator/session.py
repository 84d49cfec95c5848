"""What a recording sends to a printer, and which of it could move, heat or change anything. Pure.

A session file is plain text, one command a line, ``#`` for remarks. A line is sent when the one
before it has got its ``ok``; one that begins with ``=`` is sent without a wait for its own answer.
A transcript is a session too: its host lines are sent as they stand, at their own pace.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from .transcript import entries, escape, unescape

SESSIONS = Path(__file__).parent / "sessions"
_LONGEST_S = 600.0
_SILENT_S = 1.0

#: Questions in Marlin's dialect: with any words they change nothing but numbers and reports.
_ASKS = {"M27", "M31", "M105", "M110", "M114", "M115", "M119", "M155", "M503", "M504"}
#: Questions only if no word follows; with words they set something.
_ASKS_ALONE = {"M20", "M92", "M113", "M154", "M201", "M203", "M204", "M205", "M211", "M220", "M221"}


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One write to the port. ``pause_s`` before it; then an ok within ``patience_s``, if any."""

    data: bytes
    pause_s: float
    patience_s: float

    @property
    def asks_only(self) -> bool:
        """True if this cannot move, heat, store or stop anything, as far as Marlin goes."""
        return asks_only(self.data)

    def text(self) -> str:
        """As it is listed for a person."""
        return escape(self.data)


def asks_only(data: bytes) -> bool:
    """True if every line in ``data`` is a whole, plain question; anything doubtful is not."""
    if not data.endswith(b"\n") or not all(32 <= byte < 127 or byte == 10 for byte in data):
        return False
    return all(_line_asks_only(line.decode("ascii")) for line in data[:-1].split(b"\n"))


def _line_asks_only(line: str) -> bool:
    match = re.fullmatch(r"(?:N\d+ )?(?:([GMT]\d+)((?: [^*;\\]*)?))?(?:\*\d+)?", line)
    if match is None or len(line) > 90:
        return False
    if match[1] is None:
        return not line
    return match[1] in _ASKS or (match[1] in _ASKS_ALONE and not match[2].strip())


def read_session(text: str) -> tuple[Piece, ...]:
    """The pieces of a session file or of a transcript's host side."""
    recorded = [(at, data) for at, side, data in entries(text) if side == ">>"]
    if recorded:
        pieces, before = [], recorded[0][0]
        for at, data in recorded:
            pause = min(max(at - before, 0.0), _LONGEST_S)
            pieces.append(Piece(data=data, pause_s=pause, patience_s=0.0))
            before = max(at, before)
        return tuple(pieces)
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    loose = [line.startswith("=") for line in lines]
    return tuple(
        Piece(
            data=unescape(line[is_loose:]) + b"\n",
            pause_s=_SILENT_S if is_loose or after_loose else 0.0,
            patience_s=0.0 if is_loose else _LONGEST_S,
        )
        for line, is_loose, after_loose in zip(lines, loose, [False, *loose], strict=False)
    )


def shipped() -> list[str]:
    """Names of the sessions that come with the simulator; they only ask."""
    return sorted(path.stem for path in SESSIONS.glob("*.txt"))
