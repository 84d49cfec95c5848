"""What each move of a job does: a fold over commands, giving columns. Judges nothing.

Positions and filament are int64 in 1e-5 mm, so that every sum and difference is exact. The fold is
made of sums over columns wherever only places, filament, speeds, heat and fan change. At the few
commands that change what a number means (G90, M83, G28 ...) it goes command by command, in
:mod:`.fold`, which is also its reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from .fold import UNKNOWN, Machine, apply, step
from .job import BIT, Job, one_of, word_number

__all__ = ["UNKNOWN", "Flags", "Ints", "Machine", "Trace", "run", "run_plainly"]

Ints: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]

# Rows folded at once: what stays in the cache of a core.
BLOCK_LINES = 1 << 14
# Commands that change what numbers mean; with more of them than this every command goes alone.
_TURNS = ("G90", "G91", "M82", "M83", "G28")
_MOST_TURNS = 200
_HEAT = {"M104": 0, "M109": 0, "M140": 1, "M190": 1, "M106": 2, "M107": 2}
_WAITED = 3
_PLACES = BIT["X"] | BIT["Y"] | BIT["Z"]
LAST_MOVE = 1  # G0 and G1
_G92 = word_number("G92")


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace:
    """One row per G0 or G1, in order.

    ``index``: canonical line. ``begin``, ``end``: (n, 3), 1e-5 mm. ``filament``: 1e-5 mm, negative
    when pulled back. ``feed``: 1e-5 mm/min. ``planar``, ``vertical``, ``feeding``: the line names X
    or Y, Z, E. ``kept`` (m, 3): nozzle, bed, fan as they follow each other, 1e-5 °C and 1e-5 of
    255; ``kept_row`` (n,): which of them is in force during the move.
    """

    index: Ints
    begin: Ints
    end: Ints
    filament: Ints
    feed: Ints
    planar: Flags
    vertical: Flags
    feeding: Flags
    kept: Ints
    kept_row: npt.NDArray[np.int32]

    @property
    def nozzle(self) -> Ints:
        """Target of the nozzle during each move."""
        return np.asarray(self.kept[self.kept_row, 0])

    @property
    def bed(self) -> Ints:
        """Target of the bed during each move."""
        return np.asarray(self.kept[self.kept_row, 1])

    @property
    def fan(self) -> Ints:
        """Fan during each move."""
        return np.asarray(self.kept[self.kept_row, 2])

    @cached_property
    def extruding(self) -> Flags:
        """Moves in the plane that name E and do not pull back, E0 included."""
        return self.planar & self.feeding & (self.filament >= 0)

    @property
    def moving(self) -> Flags:
        """Moves that end elsewhere than they began."""
        x, y, z = (self.begin[:, axis] != self.end[:, axis] for axis in range(3))
        return np.asarray(x | y | z)

    @property
    def from_unknown(self) -> Flags:
        """Moves whose beginning is not known in each axis."""
        x, y, z = (self.begin[:, axis] == UNKNOWN for axis in range(3))
        return np.asarray(x | y | z)

    def length_mm(self) -> npt.NDArray[np.float64]:
        """Length of the path in space, 0 where the beginning is not known."""
        square = np.zeros(len(self.index))
        for axis in range(3):
            begin, end = self.begin[:, axis], self.end[:, axis]
            way = (end - begin).astype(np.float64)
            way[(begin == UNKNOWN) | (end == UNKNOWN)] = 0
            way /= 1e5
            way *= way
            square += way
        return np.sqrt(square, out=square)

    def parts(self) -> Iterator[tuple[int, Trace]]:
        """The same in pieces that stay in the cache of a core, each with its first row."""
        for begin in range(0, len(self.index), BLOCK_LINES):
            yield begin, self.part(begin, begin + BLOCK_LINES)

    def part(self, begin: int, stop: int) -> Trace:
        """Rows ``begin`` to ``stop`` (exclusive), nothing copied."""
        rows = slice(begin, stop)
        return Trace(
            index=self.index[rows],
            begin=self.begin[rows],
            end=self.end[rows],
            filament=self.filament[rows],
            feed=self.feed[rows],
            planar=self.planar[rows],
            vertical=self.vertical[rows],
            feeding=self.feeding[rows],
            kept=self.kept,
            kept_row=self.kept_row[rows],
        )


def run(job: Job, first: int, stop: int, machine: Machine) -> Trace:
    """Fold lines ``first`` to ``stop`` (exclusive) into ``machine`` and give their moves."""
    turns = _turns(job, first, stop)
    if len(turns) > _MOST_TURNS:
        return run_plainly(job, first, stop, machine)
    parts: list[Trace] = []
    begin = first
    for turn in [*turns.tolist(), stop]:
        if begin < turn:
            folded = run_plainly if machine.absolute is False else _run_between
            parts.append(folded(job, begin, turn, machine))
        if turn < stop:
            apply(job.command(turn), machine)
        begin = turn + 1
    return _joined(parts) if parts else run_plainly(job, stop, stop, machine)


def run_plainly(job: Job, first: int, stop: int, machine: Machine) -> Trace:
    """The same, a command at a time: the reference."""
    rows: list[tuple[int, ...]] = []
    for index in range(first, stop):
        row = step(job.command(index), machine)
        if row is not None:
            rows.append((index, *row))
    table = np.array(rows, dtype=np.int64).reshape(-1, 15)
    return Trace(
        index=table[:, 0],
        begin=table[:, 1:4],
        end=table[:, 4:7],
        filament=table[:, 7],
        feed=table[:, 8],
        planar=table[:, 9].astype(np.bool_),
        vertical=table[:, 10].astype(np.bool_),
        feeding=table[:, 11].astype(np.bool_),
        kept=table[:, 12:15],
        kept_row=np.arange(len(table), dtype=np.int32),
    )


def _turns(job: Job, first: int, stop: int) -> Ints:
    others = np.flatnonzero(job.word[first:stop] > LAST_MOVE) + first
    word = job.word[others]
    turning = one_of(word, _TURNS)
    turning |= (word == _G92) & ((job.letters[others] & _PLACES) != 0)
    return np.asarray(others[turning])


def _joined(parts: list[Trace]) -> Trace:
    if len(parts) == 1:
        return parts[0]
    shifts = np.cumsum([0, *(len(part.kept) for part in parts[:-1])])
    names = ("index", "begin", "end", "filament", "feed", "planar", "vertical", "feeding", "kept")
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    rows = [part.kept_row + np.int32(shift) for part, shift in zip(parts, shifts, strict=True)]
    return Trace(kept_row=np.concatenate(rows), **joined)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Room:
    """Columns of all moves to come; a block writes its own rows. ``places``: one row more."""

    index: Ints
    places: Ints
    filament: Ints
    feed: Ints
    planar: Flags
    vertical: Flags
    feeding: Flags

    @classmethod
    def of(cls, moves: int) -> _Room:
        return cls(
            index=np.empty(moves, dtype=np.int64),
            places=np.empty((moves + 1, 3), dtype=np.int64),
            filament=np.zeros(moves, dtype=np.int64),
            feed=np.empty(moves, dtype=np.int64),
            planar=np.empty(moves, dtype=np.bool_),
            vertical=np.empty(moves, dtype=np.bool_),
            feeding=np.empty(moves, dtype=np.bool_),
        )


def _run_between(job: Job, first: int, stop: int, machine: Machine) -> Trace:
    """Lines without a turn, positions absolute: every column is a sum over those before it."""
    word = job.word[first:stop]
    moves = int(np.count_nonzero(word <= LAST_MOVE))
    room = _Room.of(moves)
    room.places[0] = machine.position
    setters = job.rows(tuple(_HEAT), first, stop)
    kept = _kept(job, setters, machine)
    row = 0
    for begin in range(first, stop, BLOCK_LINES):
        row = _run_block(job, begin, min(begin + BLOCK_LINES, stop), row, room, machine)
    starts = np.searchsorted(room.index, setters)
    times = np.diff(np.concatenate(([0], starts, [moves])))
    kept_row = np.repeat(np.arange(len(kept), dtype=np.int32), times)
    if not machine.cold_extrusion and moves:
        cold = kept[:, _WAITED] == UNKNOWN
        machine.cold_extrusion = bool(cold.any() and (cold[kept_row] & (room.filament > 0)).any())
    _finish(job, first, stop, room, machine)
    return Trace(
        index=room.index,
        begin=room.places[:-1],
        end=room.places[1:],
        filament=room.filament,
        feed=room.feed,
        planar=room.planar,
        vertical=room.vertical,
        feeding=room.feeding,
        kept=kept[:, :_WAITED],
        kept_row=kept_row,
    )


def _kept(job: Job, setters: Ints, machine: Machine) -> Ints:
    """Nozzle, bed, fan and the nozzle waited for, before and after each of ``setters``."""
    kept = np.full((len(setters) + 1, 4), UNKNOWN, dtype=np.int64)
    kept[0] = (machine.nozzle, machine.bed, machine.fan, machine.waited_nozzle)
    word = job.word[setters]
    value = np.full(len(setters), UNKNOWN, dtype=np.int64)
    named = job.has("S", setters)
    value[named] = job.value("S", setters[named])
    value[word == word_number("M107")] = 0
    columns = np.array([_HEAT[name] for name in _HEAT])
    numbers = np.array([word_number(name) for name in _HEAT])
    of_word = columns[(word[:, None] == numbers[None, :]).argmax(axis=1)]
    for column in range(4):
        mine = word == word_number("M109") if column == _WAITED else of_word == column
        table = np.concatenate((kept[:1, column], value[mine]))
        kept[1:, column] = table[np.cumsum(mine)]
    return kept


def _run_block(job: Job, begin: int, stop: int, row: int, room: _Room, machine: Machine) -> int:
    """Rows of the moves of one block; gives the row after them. Feed and E go on in ``machine``."""
    rows = np.flatnonzero(job.word[begin:stop] <= LAST_MOVE)
    letters = job.letters[begin:stop][rows]
    place = job.first[begin:stop][rows]
    to = row + len(rows)
    np.add(rows, begin, out=room.index[row:to])
    named: list[Flags] = []
    for axis, letter in enumerate("XYZ"):
        has = (letters & BIT[letter]) != 0
        table = np.concatenate((room.places[row, axis : axis + 1], job.values[place[has]]))
        room.places[row + 1 : to + 1, axis] = table[np.cumsum(has)]
        place = place + has
        named.append(has)
    np.logical_or(named[0], named[1], out=room.planar[row:to])
    room.vertical[row:to] = named[2]
    feeding = room.feeding[row:to]
    np.not_equal(letters & BIT["E"], 0, out=feeding)
    pushed = job.values[place[feeding]].astype(np.int64)
    if machine.absolute_extrusion:
        pushed = _differences(job, begin, stop, rows[feeding], pushed, machine)
    room.filament[row:to][feeding] = pushed
    place += feeding
    has = (letters & BIT["F"]) != 0
    table = np.concatenate(([machine.feed], job.values[place[has]]))
    room.feed[row:to] = table[np.cumsum(has)]
    machine.feed = int(table[-1])
    return to


def _differences(
    job: Job, begin: int, stop: int, rows: Ints, target: Ints, machine: Machine
) -> Ints:
    """Filament of moves with absolute E; ``G92 E`` says anew where it stands."""
    again = np.flatnonzero(
        (job.word[begin:stop] == _G92) & ((job.letters[begin:stop] & BIT["E"]) != 0)
    )
    place = np.searchsorted(rows, again)
    before = np.concatenate(([machine.extruder], target[:-1]))
    after = target
    if len(again):
        stands = job.value("E", again + begin)
        inside = place < len(rows)
        # Several before one move: the last of them counts, as it does in this assignment.
        before[place[inside]] = stands[inside]
        if place[-1] == len(rows):
            after = stands[-1:]
    if len(after):
        machine.extruder = int(after[-1])
    before[before == UNKNOWN] = 0
    return np.asarray(target - before[: len(target)])


def _finish(job: Job, first: int, stop: int, room: _Room, machine: Machine) -> None:
    """What the last line leaves behind."""
    x, y, z = room.places[-1].tolist()
    machine.position = [x, y, z]
    extruder = machine.extruder
    others = np.flatnonzero(job.word[first:stop] > LAST_MOVE) + first
    # The last of each word is what counts; a G92 that does not name E leaves it as it is.
    others = others[(job.word[others] != _G92) | job.has("E", others)]
    _, last = np.unique(job.word[others][::-1], return_index=True)
    for place in sorted((len(others) - 1 - last).tolist()):
        apply(job.command(int(others[place])), machine)
    if machine.absolute_extrusion:
        machine.extruder = extruder
