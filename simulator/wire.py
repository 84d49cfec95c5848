"""The serial wire byte by byte: the time of each character, latency, damage. Holds no dialogue.

A character is ten bits (start, eight of data, stop), so it takes ``10 / baud`` seconds. Damage is
what line noise and bad plugs do to the bytes on their way to the printer; which byte it hits comes
from a seeded generator.
"""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass

_BITS = 10
_FIRST_BYTES = 16


@dataclass(frozen=True, kw_only=True)
class Wire:
    """One serial connection. The default takes no time and loses nothing.

    ``baud`` in bits per second, None: characters take no time. ``latency_s`` is added each way.
    ``rx_bytes`` is the size of the printer's receive ring (128 on many boards), None: no limit.
    """

    baud: float | None = None
    latency_s: float = 0.0
    rx_bytes: int | None = None

    @property
    def instant(self) -> bool:
        """True if bytes arrive the moment they are sent."""
        return self.baud is None and self.latency_s == 0.0


class Direction:
    """Bytes under way in one direction, in order, with the second each of them arrives."""

    def __init__(self, wire: Wire) -> None:
        self.byte_s = _BITS / wire.baud if wire.baud else 0.0
        self.latency_s = wire.latency_s
        self._chunks: deque[tuple[float, bytes]] = deque()
        self._free = 0.0
        self._given = 0

    def put(self, data: bytes, at: float) -> None:
        """Send ``data`` at virtual second ``at``, behind what is still leaving."""
        for line in data.splitlines(keepends=True):
            start = max(at, self._free)
            self._free = start + len(line) * self.byte_s
            self._chunks.append((start + self.latency_s, line))

    def arrived(self, now: float) -> bytes:
        """Bytes whose time has come; they are given once."""
        found = bytearray()
        while self._chunks:
            start, data = self._chunks[0]
            if self.byte_s == 0.0:
                count = len(data) if start <= now else 0
            elif now >= self.next_end():
                count = len(data)
            else:
                # The last byte of a line comes at its very end, whatever the rounding says.
                count = min(max(math.floor((now - start) / self.byte_s), 0), len(data) - 1)
            found += data[self._given : count]
            self._given = max(self._given, count)
            if count < len(data):
                break
            self._chunks.popleft()
            self._given = 0
        return bytes(found)

    def next_end(self) -> float:
        """When the oldest piece is whole at the other end; infinity if nothing is under way."""
        if not self._chunks:
            return math.inf
        start, data = self._chunks[0]
        return start + len(data) * self.byte_s

    def clear(self) -> None:
        """Everything under way is lost."""
        self._chunks.clear()
        self._given = 0


class Damage:
    """What happens to bytes on their way to the printer.

    ``todo`` holds one word for each host line to come: ``change`` one bit of one byte, ``drop``
    one byte, ``double`` one byte, put in a ``nul``, lose the second ``half`` with the line end,
    ``twice`` the whole line. ``noise`` is the share of bytes that have one bit changed.
    """

    def __init__(self, rng: random.Random) -> None:
        self.todo: deque[str] = deque()
        self.noise = 0.0
        self._rng = rng
        self._line = bytearray()
        self._kind = ""
        self._place = 0

    @property
    def active(self) -> bool:
        """False if bytes pass as they are."""
        return bool(self.todo or self._kind or self.noise)

    def pass_on(self, data: bytes) -> bytes:
        """What reaches the printer of ``data``."""
        if not self.active:
            return data
        passed = bytearray()
        for byte in data:
            passed += self._one(byte)
        return bytes(passed)

    def _one(self, byte: int) -> bytes:
        if self.noise and self._rng.random() < self.noise:
            byte ^= 1 << self._rng.randrange(8)
        if not self._line and not self._kind and self.todo:
            self._kind = self.todo.popleft()
            self._place = self._rng.randrange(_FIRST_BYTES)
        ends = byte in (10, 13)
        self._line.append(byte)
        passed = self._hit(byte, ends) if self._kind else bytes([byte])
        if ends:
            self._line.clear()
        return passed

    def _hit(self, byte: int, ends: bool) -> bytes:
        kind, place = self._kind, len(self._line) - 1
        if kind == "twice":
            if not ends:
                return bytes([byte])
            self._kind = ""
            return bytes([byte]) + bytes(self._line)
        if place < self._place and not ends:
            return bytes([byte])
        if kind == "half":
            # Lost up to and with the line end: the next line is glued to the first half.
            if ends:
                self._kind = ""
            return b""
        self._kind = ""
        if kind == "drop":
            return b""
        if kind == "double":
            return bytes([byte, byte])
        if kind == "nul":
            return bytes([0, byte])
        return bytes([byte ^ 1 << self._rng.randrange(8)])
