"""Motion: a ring of blocks with trapezoid speeds and look-ahead. Knows no G-code, no limits.

Per block ``v^2 = u^2 + 2 a s``; speeds at joints from the junction-deviation rule (a circle of
``deviation`` touching the corner bounds the centripetal acceleration). A block that has begun
keeps its exit speed, as in the firmware modelled. Motion reaches the machine through ``move``.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Delta = tuple[float, float, float, float]
_SLOWEST = 0.05
_COMPANY = 3


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What bounds speeds: mm/s and mm/s^2 in the order X, Y, Z, E; deviation in mm."""

    max_feed: Sequence[float]
    max_accel: Sequence[float]
    deviation: float


class Block:
    """One straight move in the ring. Lengths in mm, speeds in mm/s."""

    __slots__ = (
        "accel",
        "delta",
        "done",
        "end",
        "entry",
        "entry_max",
        "leave",
        "length",
        "nominal",
        "running",
        "start",
        "t_accel",
        "t_cruise",
        "top",
        "unit",
    )

    def __init__(self, delta: Delta, length: float, nominal: float, accel: float) -> None:
        """A block that stands still at both ends until the look-ahead knows better."""
        self.delta = delta
        self.length = length
        self.nominal = nominal
        self.accel = accel
        self.unit = (delta[0] / length, delta[1] / length, delta[2] / length)
        self.entry_max = _SLOWEST
        self.entry = _SLOWEST
        self.leave = _SLOWEST
        self.running = False
        self.start = self.end = self.top = self.t_accel = self.t_cruise = self.done = 0.0

    def begin(self, start: float, leave: float) -> None:
        """Fix the speed profile: from the entry speed over the top to ``leave``."""
        a, u = self.accel, self.entry
        self.leave = leave = min(leave, math.sqrt(u * u + 2 * a * self.length))
        peak = math.sqrt(max((2 * a * self.length + u * u + leave * leave) / 2, u * u))
        self.top = max(min(self.nominal, peak), u, leave)
        self.t_accel = (self.top - u) / a
        t_slow = (self.top - leave) / a
        ramps = (self.top + u) / 2 * self.t_accel + (self.top + leave) / 2 * t_slow
        self.t_cruise = max(self.length - ramps, 0.0) / self.top
        self.start = start
        self.end = start + self.t_accel + self.t_cruise + t_slow
        self.running = True

    def travelled(self, now: float) -> float:
        """Part of the block done at ``now``, 0 to 1."""
        if now >= self.end:
            return 1.0
        t = now - self.start
        if t <= 0.0:
            return 0.0
        a, u = self.accel, self.entry
        if t < self.t_accel:
            way = u * t + a * t * t / 2
        else:
            way = (u + self.top) / 2 * self.t_accel
            over = min(t - self.t_accel, self.t_cruise)
            way += self.top * over
            slow = t - self.t_accel - over
            way += self.top * slow - a * slow * slow / 2
        return min(max(way / self.length, 0.0), 1.0)


class Planner:
    """The ring of at most ``size - 1`` blocks, and the position that the motors have reached."""

    def __init__(
        self,
        size: int,
        delay_s: float,
        move: Callable[[Delta], None],
        finished: Callable[[Delta], None],
    ) -> None:
        """``delay_s``: how long the first block of an empty ring waits for two more."""
        self.capacity = size - 1
        self.delay_s = delay_s
        self.stepped = [0.0, 0.0, 0.0, 0.0]
        self.blocks: deque[Block] = deque()
        self._move = move
        self._finished = finished
        self.stops = 0
        self._ready = 0.0
        self._last_unit: tuple[float, float, float] | None = None
        self._last_nominal = 0.0

    @property
    def free(self) -> int:
        """Blocks that still fit."""
        return self.capacity - len(self.blocks)

    def add(self, delta: Delta, feed: float, accel: float, limits: Limits, now: float) -> bool:
        """Queue one move at ``feed`` mm/s; False if it is too short to be a move."""
        length = math.sqrt(delta[0] ** 2 + delta[1] ** 2 + delta[2] ** 2)
        only_e = length < 1e-6
        if only_e:
            length = abs(delta[3])
            if length < 1e-6:
                return False
        nominal = max(feed, _SLOWEST)
        for axis in range(4):
            share = abs(delta[axis]) / length
            if share > 0.0:
                nominal = min(nominal, limits.max_feed[axis] / share)
                accel = min(accel, limits.max_accel[axis] / share)
        block = Block(delta, length, max(nominal, _SLOWEST), max(accel, 1.0))
        if not self.blocks:
            self._ready = max(self._ready, now + self.delay_s)
            self._last_unit = None
        block.entry_max = self._joint_speed(block, only_e, limits.deviation)
        self._last_unit = None if only_e else block.unit
        self._last_nominal = block.nominal
        self.blocks.append(block)
        if len(self.blocks) == _COMPANY:
            self._ready = min(self._ready, now)
        self._look_ahead()
        return True

    def _joint_speed(self, block: Block, only_e: bool, deviation: float) -> float:
        if self._last_unit is None or only_e:
            return _SLOWEST
        before, after = self._last_unit, block.unit
        cosine = -(before[0] * after[0] + before[1] * after[1] + before[2] * after[2])
        bound = min(block.nominal, self._last_nominal)
        if cosine > 0.999999:
            return _SLOWEST
        if cosine < -0.999999:
            return bound
        half = math.sqrt(0.5 * (1.0 - cosine))
        return min(bound, math.sqrt(block.accel * deviation * half / (1.0 - half)))

    def _look_ahead(self) -> None:
        """Backward pass: slow down in time; forward pass: no faster than one can get."""
        blocks = list(self.blocks)
        leave = _SLOWEST
        first = len(blocks)
        while first > 0 and not blocks[first - 1].running:
            block = blocks[first - 1]
            reach = math.sqrt(leave * leave + 2 * block.accel * block.length)
            entry = min(block.entry_max, reach)
            if entry == block.entry and first < len(blocks):
                # Nothing changes further back: those blocks saw this entry speed before.
                break
            block.entry = leave = entry
            first -= 1
        for index in range(max(first, 1), len(blocks)):
            before, block = blocks[index - 1], blocks[index]
            if before.running:
                reach = before.leave
            else:
                reach = math.sqrt(before.entry**2 + 2 * before.accel * before.length)
            block.entry = min(block.entry, reach)

    def advance(self, now: float) -> None:
        """Move everything that moves until ``now`` (virtual seconds)."""
        while self.blocks:
            block = self.blocks[0]
            if not block.running:
                if self._ready > now:
                    return
                leave = self.blocks[1].entry if len(self.blocks) > 1 else _SLOWEST
                block.begin(self._ready, leave)
            part = block.travelled(now)
            self._step(block, part)
            if part < 1.0:
                return
            self._ready = block.end
            self.blocks.popleft()
            self._finished(block.delta)

    def _step(self, block: Block, part: float) -> None:
        share = part - block.done
        if share <= 0.0:
            return
        block.done = part
        d = block.delta
        delta = (d[0] * share, d[1] * share, d[2] * share, d[3] * share)
        for axis in range(4):
            self.stepped[axis] += delta[axis]
        self._move(delta)

    def under_way(self, now: float) -> Delta:
        """Motion since the last advance, given to nobody yet; ``now`` is before the next change."""
        block = self.blocks[0] if self.blocks else None
        share = block.travelled(now) - block.done if block is not None and block.running else 0.0
        if block is None or share <= 0.0:
            return (0.0, 0.0, 0.0, 0.0)
        d = block.delta
        return (d[0] * share, d[1] * share, d[2] * share, d[3] * share)

    def next_change(self) -> float:
        """When the running block ends or the first one begins; infinity if nothing waits."""
        if not self.blocks:
            return math.inf
        block = self.blocks[0]
        return block.end if block.running else self._ready

    def stop(self, now: float) -> None:
        """Stop dead and forget all blocks."""
        self.stops += 1
        self.advance(now)
        self.blocks.clear()
        self._last_unit = None
