"""One command line: text to exact values and back. The slow, plain reference of the grammar.

A faster reader may stand beside this file, but never instead of it: what this file says about a
line is what the line means. Numbers are fixed-point integers in 1e-5 of their unit
(:data:`SCALE`), so that nothing is ever rounded between examining and streaming.

Grounds: Marlin 2.1 reads at most 96 bytes of a line and drops the rest, cuts numbers at a second
letter, and folds or guesses what is not plain. Whatever two parsers could read differently is
refused here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from ..findings import FindingKind
from .codes_writing import BAD_NUMBER, LETTER_BARE, LETTER_TWICE, LINE_TOO_LONG, NOT_A_COMMAND

SCALE = 100_000
MAX_CANONICAL_BYTES = 80
_LINES_KEPT = 1 << 16

_COMMAND = re.compile(r"[GM](?:0|[1-9][0-9]{0,3})")
_LETTER = re.compile(r"[A-Z]")
_NUMBER = re.compile(r"(-?)(0|[1-9][0-9]{0,5})?(?:\.([0-9]{1,5}))?")
ORDER = {letter: rank for rank, letter in enumerate("XYZEFABCDGHIJKLMNOPQRSTUVW")}
# Letters that may stand without a value: axes to home, motors to release.
_BARE = {"G28": "XYZ", "M84": "XYZE"}


class Command(NamedTuple):
    """One command; ``values`` in canonical order, each in 1e-5 units, None for a bare letter."""

    word: str
    values: tuple[tuple[str, int | None], ...]

    def get(self, letter: str) -> int | None:
        """The value after ``letter``; None if it is absent or bare."""
        for name, value in self.values:
            if name == letter:
                return value
        return None


class LineFault(NamedTuple):
    """Why a line is not a command: the kind of finding and what was read."""

    kind: FindingKind
    measured: str
    limit: int | None = None
    unit: str = ""


def parse_number(text: str) -> int | None:
    """Fixed-point value of ``12.5``, ``.2``, ``-.8``, ``-12``; None for any other writing."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    sign, whole, fraction = match.groups()
    if whole is None and fraction is None:
        return None
    value = int(whole or 0) * SCALE
    if fraction is not None:
        value += int(fraction.ljust(5, "0"))
    return -value if sign else value


def number_text(value: int) -> str:
    """The one way a fixed-point value is written: ``12.345``, ``0.2``, ``-0.8``, ``5``."""
    sign = "-" if value < 0 else ""
    whole, fraction = divmod(abs(value), SCALE)
    if fraction == 0:
        return f"{sign}{whole}"
    return f"{sign}{whole}.{fraction:05d}".rstrip("0")


# Pure: a line that was read once is not read again, and the second slicing holds the same lines.
@lru_cache(maxsize=_LINES_KEPT)
def parse_command(text: str) -> Command | LineFault:
    """Read one line without its comment and line end; ``text`` is printable ASCII, not empty."""
    head, *tokens = text.split(" ")
    if _COMMAND.fullmatch(head) is None:
        return LineFault(NOT_A_COMMAND, _shown(text))
    bare = _BARE.get(head, "")
    seen: dict[str, int | None] = {}
    for token in tokens:
        letter, digits = token[:1], token[1:]
        if _LETTER.fullmatch(letter) is None:
            return LineFault(NOT_A_COMMAND, _shown(text))
        if letter in seen:
            return LineFault(LETTER_TWICE, _shown(text))
        if digits == "":
            if letter not in bare:
                return LineFault(LETTER_BARE, _shown(text))
            seen[letter] = None
            continue
        value = parse_number(digits)
        if value is None:
            return LineFault(BAD_NUMBER, _shown(token))
        seen[letter] = value
    # Marlin takes the last G, M, T or N of a line for a command of its own.
    if any(letter in seen for letter in "GMN"):
        return LineFault(NOT_A_COMMAND, _shown(text))
    command = Command(head, tuple(sorted(seen.items(), key=lambda item: ORDER[item[0]])))
    # A canonical word is at most one byte longer than it was read: ".2" becomes "0.2".
    if len(text) + len(tokens) > MAX_CANONICAL_BYTES:
        length = len(emit(command))
        if length > MAX_CANONICAL_BYTES:
            return LineFault(LINE_TOO_LONG, str(length), MAX_CANONICAL_BYTES, "bytes")
    return command


@lru_cache(maxsize=_LINES_KEPT)
def emit(command: Command) -> str:
    """The canonical line, without its line end; parsing it gives ``command`` again."""
    parts = [command.word]
    for letter, value in command.values:
        parts.append(letter if value is None else letter + number_text(value))
    return " ".join(parts)


def _shown(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
