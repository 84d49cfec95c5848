"""The dialogue with OctoPrint: bytes to whole lines, line numbers, checksums, resends. Pure.

To OctoPrint this is a printer. CR and LF both end a line (as in Marlin), so that a line feed
smuggled into a command makes two lines and each is judged. Lines are rebuilt over partial
writes. Nothing is decided here about what a line may do.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, replace

MAX_LINE = 256
"""Longest line in bytes; number and checksum of an 80-byte job line need 16 more."""

_NUMBERED = re.compile(rb"N(-?\d{1,9})[ ]?(.*)\*(\d{1,3})", re.ASCII)
_BEGINS_NUMBERED = re.compile(r"N-?\d", re.ASCII)
_RENUMBER = re.compile(r"M110(?: N(-?\d{1,9}))?", re.ASCII)
_PRINTABLE = re.compile(rb"[ -~]*")
_ENDS = re.compile(rb"[\r\n]")


class HostLineKind(enum.Enum):
    """What became of one line from OctoPrint."""

    LINE = "line"
    REPEATED = "repeated"
    RESEND = "resend"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class HostLine:
    """One line: ``text`` without number and checksum; ``why`` says what is wrong with it."""

    kind: HostLineKind
    text: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class HostDialogue:
    """Bytes of the unfinished line, and the number of the last line taken.

    ``skipping`` is set after an over-long line, until its end.
    """

    buffer: bytes = b""
    last: int = 0
    skipping: bool = False


def feed(state: HostDialogue, data: bytes) -> tuple[HostDialogue, list[HostLine]]:
    """Take bytes; give every line that they complete."""
    lines: list[HostLine] = []
    parts = _ENDS.split(state.buffer + data)
    rest = parts.pop()
    skipping, last = state.skipping, state.last
    for part in parts:
        if skipping:
            skipping = False
            continue
        if part:
            last, line = _read(part, last)
            lines.append(line)
    if len(rest) > MAX_LINE and not skipping:
        lines.append(HostLine(HostLineKind.MALFORMED, _shown(rest), "over-long line"))
        skipping = True
    if skipping:
        rest = b""
    return replace(state, buffer=rest, last=last, skipping=skipping), lines


def _read(raw: bytes, last: int) -> tuple[int, HostLine]:
    why = _fault(raw)
    if why:
        return last, HostLine(HostLineKind.MALFORMED, _shown(raw), why)
    text = raw.decode("ascii")
    if _BEGINS_NUMBERED.match(text) is None:
        renumber = _RENUMBER.fullmatch(text)
        if renumber is not None:
            last = int(renumber[1] or 0)
        return last, HostLine(HostLineKind.LINE, text)
    match = _NUMBERED.fullmatch(raw)
    if match is None or int(match[3]) != checksum(raw[: raw.rindex(b"*")]):
        return last, HostLine(HostLineKind.RESEND, _shown(raw), "checksum mismatch")
    number, command = int(match[1]), match[2].decode("ascii").strip()
    renumber = _RENUMBER.fullmatch(command)
    if renumber is not None:
        return int(renumber[1] or number), HostLine(HostLineKind.LINE, command)
    if number == last:
        return last, HostLine(HostLineKind.REPEATED, command)
    if number != last + 1:
        why = f"line number {number} where {last + 1} was due"
        return last, HostLine(HostLineKind.RESEND, _shown(raw), why)
    return number, HostLine(HostLineKind.LINE, command)


def _fault(raw: bytes) -> str:
    if len(raw) > MAX_LINE:
        return "over-long line"
    if _PRINTABLE.fullmatch(raw) is not None:
        return ""
    if any(byte < 0x20 or byte == 0x7F for byte in raw):
        return "control character"
    return "byte outside ASCII"


def _shown(raw: bytes) -> str:
    """The start of a line, printable, for the log."""
    return raw[:80].decode("ascii", "backslashreplace").encode("unicode_escape").decode("ascii")


def checksum(data: bytes) -> int:
    """Exclusive or over all bytes, as both dialogues of Marlin use it."""
    value = 0
    for byte in data:
        value ^= byte
    return value
