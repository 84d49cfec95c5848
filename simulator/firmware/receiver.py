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

_EMERGENCY = re.compile(rb" *(?:N[-0-9 ]*)?M(108|112|410|524|876 *S(?=[0-9]))")
_NUMBER = re.compile(r"\s*([-+]?\d+)")
_ENDS = re.compile(rb"[\r\n]")
_M29 = re.compile(r"M29(?!\d)")
_KEPT_RAW = 1024


@dataclass(frozen=True)
class HostLine:
    """One line as it came: bytes without their end, and when the end came (virtual seconds)."""

    raw: bytes
    at: float


@dataclass(frozen=True)
class Taken:
    """A line the firmware took into its queue; ``quiet`` if no ok is owed for it."""

    line: HostLine
    number: int | None
    command: str
    quiet: bool = False


@dataclass(frozen=True)
class Rejected:
    """A line the firmware did not take: ``message`` is its error, None if swallowed silently."""

    line: HostLine
    number: int | None
    command: str
    message: str | None


class Receiver:
    """Receive buffer and line numbering of one serial port."""

    def __init__(self, line_chars: int, rx_bytes: int | None = None) -> None:
        """``line_chars``: size of the firmware's line buffer, one place of it for the end.

        ``rx_bytes``: size of the ring that the port's interrupt fills; what does not fit is lost
        without a word, although the emergency parser has seen it. None: everything fits.
        """
        self.line_chars = line_chars
        self.rx_bytes = rx_bytes
        self.lines: deque[HostLine] = deque()
        self.last_number = 0
        self.rules: LineRules = MARLIN_LINES
        self.lost_bytes = 0
        # Bytes that come one after another are taken out as they come, while there is room.
        self.trickles = self.taking = False
        self._partial = bytearray()
        self._watched = bytearray()
        self._used = 0

    def feed(self, data: bytes, now: float) -> list[tuple[str, HostLine]]:
        """Put bytes in; the emergency codes (``M112`` …) whose lines ended, in order."""
        found = self._watch(data, now)
        if self.rx_bytes is not None and not (self.trickles and self.taking):
            room = max(self.rx_bytes - 1 - self._used, 0)
            self.lost_bytes += max(len(data) - room, 0)
            data = data[:room]
            self._used += len(data)
        pieces = _ENDS.split(data)
        for piece in pieces[:-1]:
            self._keep(piece)
            if self._partial:
                self.lines.append(HostLine(bytes(self._partial), now))
                self._partial.clear()
        self._keep(pieces[-1])
        return found

    def _watch(self, data: bytes, now: float) -> list[tuple[str, HostLine]]:
        found: list[tuple[str, HostLine]] = []
        pieces = _ENDS.split(data)
        for index, piece in enumerate(pieces):
            self._watched += piece[: max(0, _KEPT_RAW - len(self._watched))]
            if index == len(pieces) - 1:
                break
            raw = bytes(self._watched)
            self._watched.clear()
            match = _EMERGENCY.match(raw)
            code = "M" + match[1][:3].decode("ascii") if match else ""
            if code in self.rules.emergency:
                found.append((code, HostLine(raw, now)))
        return found

    def drained(self, taking: bool) -> None:
        """The firmware has taken all it can; ``taking``: it has room for more."""
        self.taking = taking
        if taking:
            self._used = sum(len(line.raw) + 1 for line in self.lines)

    def _keep(self, piece: bytes) -> None:
        self._partial += piece[: max(0, _KEPT_RAW - len(self._partial))]

    def remove(self, line: HostLine) -> int | None:
        """Take one line out of the buffer unjudged; its number if it has one."""
        if line in self.lines:
            self.lines.remove(line)
        match = re.match(rb" *N\s*(-?\d{1,12})", line.raw)
        return int(match[1]) if match else None

    def whole_lines(self) -> list[HostLine]:
        """Throw away the whole lines; the one that is still coming stays."""
        lost = list(self.lines)
        self.lines.clear()
        return lost

    def flush(self) -> list[HostLine]:
        """Throw away everything in flight; the whole lines among it."""
        lost = list(self.lines)
        self.lines.clear()
        self._partial.clear()
        self._used = 0
        return lost

    def take(self, *, saving: bool = False) -> Taken | Rejected | None:
        """Judge the oldest line; None if it holds nothing at all (empty, comment only).

        ``saving``: lines go into a file on the card, so each but M29 needs a number.
        """
        line = self.lines.popleft()
        text = edit(line.raw, self.line_chars - 1)
        if text is None:
            return None
        if self.rules.lower_case_known:
            text = text.upper()
        if text.startswith("N"):
            return self._numbered(line, text)
        command = _without_checksum(text)
        if self.rules.bare_checksum_refused and "*" in text:
            return self._error(line, None, command, "No Line Number with checksum")
        if saving and not _M29.match(text):
            return self._error(line, None, command, "No Checksum with line number")
        return Taken(line, None, command)

    def _numbered(self, line: HostLine, text: str) -> Taken | Rejected:
        place = 0
        is_m110 = "M110" in text
        if is_m110:
            second = text.find("N", 4)
            place = max(second, 0)
        match = _NUMBER.match(text[place + 1 :])
        number = int(match[1][:12]) if match else 0
        command = _without_checksum(without_number(text))
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


def without_number(text: str) -> str:
    """The command without its ``N`` word."""
    match = re.match(r"N\s*[-+]?\d*\s*", text)
    return text[match.end() :] if match else text


def _without_checksum(text: str) -> str:
    star = text.find("*")
    return text if star < 0 else text[:star].rstrip(" ")
