"""From bytes to accepted lines: line ends, editing characters, numbers, checksums, flushes.

Follows what was recorded of Marlin's receive path: silent truncation, NUL ending the text, a
repeated number swallowed without an answer, everything in flight thrown away with a bad line.
Executes nothing; the emergency words are only recognised here.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

from ..manner import MARLIN_LINES, LineRules

_EMERGENCY = re.compile(rb" *(?:N[-0-9 ]*)?M(108|112|410|876)")
_NUMBER = re.compile(r"\s*([-+]?\d+)")
_KEPT_RAW = 1024


@dataclass(frozen=True)
class HostLine:
    """One line as it came: bytes without their end, and when the end came (virtual seconds)."""

    raw: bytes
    at: float


@dataclass(frozen=True)
class Taken:
    """A line the firmware took into its queue."""

    line: HostLine
    number: int | None
    command: str


@dataclass(frozen=True)
class Rejected:
    """A line the firmware did not take: ``message`` is its error, None if swallowed silently."""

    line: HostLine
    number: int | None
    command: str
    message: str | None


class Receiver:
    """Receive buffer and line numbering of one serial port."""

    def __init__(self, line_chars: int) -> None:
        """``line_chars``: size of the firmware's line buffer, one place of it for the end."""
        self.line_chars = line_chars
        self.lines: deque[HostLine] = deque()
        self.last_number = 0
        self.rules: LineRules = MARLIN_LINES
        self._partial = bytearray()

    def feed(self, data: bytes, now: float) -> list[tuple[str, HostLine]]:
        """Put bytes in; the emergency codes (``M112`` …) whose lines ended, in order."""
        found: list[tuple[str, HostLine]] = []
        pieces = re.split(rb"[\r\n]", data)
        for piece in pieces[:-1]:
            self._keep(piece)
            if self._partial:
                raw = bytes(self._partial)
                self._partial.clear()
                line = HostLine(raw, now)
                self.lines.append(line)
                match = _EMERGENCY.match(raw)
                if match and "M" + match[1].decode("ascii") in self.rules.emergency:
                    found.append(("M" + match[1].decode("ascii"), line))
        self._keep(pieces[-1])
        return found

    def _keep(self, piece: bytes) -> None:
        self._partial += piece[: max(0, _KEPT_RAW - len(self._partial))]

    def remove(self, line: HostLine) -> int | None:
        """Take one line out of the buffer unjudged; its number if it has one."""
        self.lines = deque(kept for kept in self.lines if kept is not line)
        match = re.match(rb" *N\s*(-?\d{1,12})", line.raw)
        return int(match[1]) if match else None

    def flush(self) -> list[HostLine]:
        """Throw away everything in flight; the whole lines among it."""
        lost = list(self.lines)
        self.lines.clear()
        self._partial.clear()
        return lost

    def take(self) -> Taken | Rejected | None:
        """Judge the oldest line; None if it holds nothing at all (empty, comment only)."""
        line = self.lines.popleft()
        text = edit(line.raw, self.line_chars - 1)
        if text is None:
            return None
        if self.rules.lower_case_known:
            text = text.upper()
        if not text.startswith("N"):
            if self.rules.bare_checksum_refused and "*" in text:
                return self._error(line, None, text, "No Line Number with checksum")
            return Taken(line, None, _without_checksum(text))
        return self._numbered(line, text)

    def _numbered(self, line: HostLine, text: str) -> Taken | Rejected:
        place = 0
        is_m110 = "M110" in text
        if is_m110:
            second = text.find("N", 4)
            place = max(second, 0)
        match = _NUMBER.match(text[place + 1 :])
        number = int(match[1][:12]) if match else 0
        command = _without_checksum(_without_number(text))
        if not self.rules.numbers_checked:
            return Taken(line, number, command)
        if number != self.last_number + 1 and not is_m110:
            if self.rules.repeats_swallowed and number in (self.last_number - 1, self.last_number):
                return Rejected(line, number, command, None)
            return self._error(line, number, command, "Line Number is not Last Line Number+1")
        star = text.rfind("*")
        if star < 0:
            return self._error(line, number, command, "No Checksum with line number")
        claimed = _NUMBER.match(text[star + 1 :])
        if (int(claimed[1][:12]) if claimed else 0) != checksum(text[:star]):
            return self._error(line, number, command, "checksum mismatch")
        self.last_number = number
        return Taken(line, number, command)

    def _error(self, line: HostLine, number: int | None, command: str, what: str) -> Rejected:
        return Rejected(line, number, command, f"{what}, Last Line: {self.last_number}")


def checksum(text: str) -> int:
    """Exclusive or of all bytes before the star."""
    value = 0
    for byte in text.encode("latin-1"):
        value ^= byte
    return value


def edit(raw: bytes, keep: int) -> str | None:
    """Text that the firmware's line buffer holds, at most ``keep`` characters; None if empty."""
    if b";" not in raw and b"\x08" not in raw and b"\\" not in raw:
        kept = raw[:keep]
    else:
        kept = _edited(raw, keep)
    if not kept:
        return None
    end = kept.find(b"\x00")
    if end >= 0:
        kept = kept[:end]
    return kept.decode("latin-1").lstrip(" ")


def _edited(raw: bytes, keep: int) -> bytes:
    kept = bytearray()
    quoted = escaped = False
    for byte in raw:
        if escaped:
            escaped = False
        elif byte == 0x5C:
            escaped = True
            continue
        elif byte == 0x08:
            del kept[-1:]
            continue
        elif byte == 0x22:
            quoted = not quoted
        elif byte == 0x3B and not quoted:
            break
        if len(kept) < keep:
            kept.append(byte)
    return bytes(kept)


def _without_number(text: str) -> str:
    match = re.match(r"N\s*[-+]?\d*\s*", text)
    return text[match.end() :] if match else text


def _without_checksum(text: str) -> str:
    star = text.find("*")
    return text if star < 0 else text[:star].rstrip(" ")
