"""Ring B: one canonical job against the job that slicing again gave. Runs no slicer.

Equal bytes are equal. A slicer that always writes the same file (``ordered``) has to give the same
lines in the same order. Otherwise it may have printed its islands in another order, and no more:

- every line that sets something stands in the same order;
- the printed lines are the same multiset of (both ends, filament, speed, heat, fan, acceleration);
- what happens between two printed lines that follow each other in the second slicing too (travel,
  lifts, pull-backs, each with its speed) is what happens there;
- a way between two islands that only this job takes has no more moves than such ways have there,
  at no other speed.

One line changed, missing, added, moved or re-timed breaks one of these; a line that only repeats
what is in force does nothing, and a note says that it is there.
"""

from __future__ import annotations

import numpy as np

from ..canonical import sha256_hex
from ..findings import Finding, Where
from .codes import RESLICE_DIFFERS, RESLICE_ORDER, RESLICE_UNUSABLE
from .collect import Collector
from .job import Job, first_difference
from .reader import read_job
from .same_rows import beyond, kinds_of_rows
from .trace import LAST_MOVE, Flags, Ints, Machine, run

MAX_LINES = 5_000_000
# Slicers of which every file was byte for byte the same when made again (20 of 20 models).
ORDERED_SLICERS = frozenset({"curaengine"})


def is_ordered(slicer: str) -> bool:
    """Whether the slicer that a recipe names always writes the same file."""
    return "".join(filter(str.isalnum, slicer.lower())) in ORDERED_SLICERS


def compare_jobs(
    canonical_job: bytes, canonical_reslice: bytes, *, ordered: bool = False
) -> tuple[Finding, ...]:
    """Findings of the comparison; empty if equal, a note if only the order differs.

    Both are canonical jobs. Lines in findings are those of ``canonical_job``.
    """
    if canonical_job == canonical_reslice:
        return ()
    found = Collector()
    job = read_job(canonical_job, MAX_LINES, found)
    if job is None:
        return found.result()
    inner = Collector()
    again = read_job(canonical_reslice, MAX_LINES, inner)
    if again is None:
        reason = inner.result()[0]
        return (Finding(kind=RESLICE_UNUSABLE, measured=f"{reason.code}: {reason.observed()}"),)
    return compare(job, again, ordered=ordered)


def compare(job: Job, again: Job, *, ordered: bool = False) -> tuple[Finding, ...]:
    """The same for jobs that are read already; lines in findings are those of ``job``."""
    place = first_difference(job, again)
    if place is None:
        return ()
    if ordered:
        return (_line_differs(job, again, place, place),)
    other = _settings_differ(job, again) or _moves_differ(job, again)
    if other is not None:
        return (other,)
    return (Finding(kind=RESLICE_ORDER, where=Where(line=job.lines[min(place, len(job) - 1)])),)


def _line_differs(job: Job, again: Job, mine: int, wanted: int) -> Finding:
    return Finding(
        kind=RESLICE_DIFFERS,
        where=Where(line=job.lines[min(mine, len(job) - 1)]),
        measured=job.text(mine) if mine < len(job) else "the job ends",
        limit=again.text(wanted) if wanted < len(again) else "the job ends",
    )


def _settings_differ(job: Job, again: Job) -> Finding | None:
    """Lines other than moves, in order; where a layer starts is part of the printed lines."""
    mine, wanted = _settings(job), _settings(again)
    place = first_difference(job.part(mine), again.part(wanted))
    if place is None:
        return None
    index = int(mine[place]) if place < len(mine) else len(job) - 1
    return Finding(
        kind=RESLICE_DIFFERS,
        where=Where(line=job.lines[index]),
        measured=job.text(index) if place < len(mine) else "no further setting",
        limit=again.text(int(wanted[place])) if place < len(wanted) else "no further setting",
    )


def _settings(job: Job) -> Ints:
    return np.flatnonzero(job.word > LAST_MOVE)


def _moves_differ(job: Job, again: Job) -> Finding | None:
    mine, wanted = _Moves(job), _Moves(again)
    kinds = kinds_of_rows(np.concatenate((mine.table, wanted.table)))
    mine.kind, wanted.kind = kinds[: len(mine.table)], kinds[len(mine.table) :]
    return _printed_differ(mine, wanted) or _ways_differ(mine, wanted)


class _Moves:
    """Moves of a job that do something. ``table``: one row each, everything that it does.

    ``index``: canonical line. ``printed``: whether it prints. ``kind``: equal for rows that are
    equal, in both jobs.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        trace = run(job, 0, len(job), Machine())
        rows = np.flatnonzero(trace.moving | (trace.filament != 0) | trace.extruding)
        self.index = trace.index[rows]
        self.printed: Flags = trace.extruding[rows]
        self.along: Flags = trace.planar[rows] & ~self.printed
        self.feed: Ints = trace.feed[rows]
        columns = (trace.begin[rows], trace.end[rows], trace.filament[rows], self.feed)
        kept = trace.kept[trace.kept_row[rows]]
        self.table = np.column_stack((*columns, kept, _acceleration(job, self.index)))
        self.kind: Ints = np.empty(0, dtype=np.int64)


def _acceleration(job: Job, index: Ints) -> Ints:
    """Something that is equal for moves with the same M204 before them, in any job."""
    setters = job.rows(("M204",), 0, len(job))
    texts = [job.text(row) for row in setters.tolist()]
    numbers = [int(sha256_hex(text.encode("ascii"))[:15], 16) for text in ["", *texts]]
    return np.array(numbers, dtype=np.int64)[np.searchsorted(setters, index)]


def _printed_differ(mine: _Moves, wanted: _Moves) -> Finding | None:
    """The first printed line of a job that slicing again does not give, or one that lacks."""
    one, two = mine.kind[mine.printed], wanted.kind[wanted.printed]
    extra = beyond(one, two)
    if len(extra):
        first = int(mine.index[mine.printed][extra[0]])
        return Finding(
            kind=RESLICE_DIFFERS,
            where=Where(line=mine.job.lines[first]),
            measured=mine.job.text(first),
            limit="only lines that slicing again gives",
        )
    lacking = beyond(two, one)
    if len(lacking):
        first = int(wanted.index[wanted.printed][lacking[0]])
        return Finding(
            kind=RESLICE_DIFFERS,
            where=Where(line=mine.job.lines[-1]),
            measured="a line is missing from this job",
            limit=f"{wanted.job.text(first)}, line {first + 1} of the second slicing",
        )
    return None


class _Ways:
    """What lies before each printed line, and behind the last one.

    ``pair``: the kinds of the printed lines on both sides; ``way``: number of what lies between;
    ``count``: moves along the plate in it; ``stop``: row of the printed line, or one past the end.
    """

    def __init__(self, moves: _Moves, numbers: dict[tuple[int, ...], int]) -> None:
        at = np.flatnonzero(moves.printed)
        begin = np.concatenate(([0], at + 1))
        self.stop = np.concatenate((at, [len(moves.kind)]))
        sides = np.concatenate(([-1], moves.kind[at], [-1]))
        self.pair = np.column_stack((sides[:-1], sides[1:]))
        self.begin = begin
        self.way = np.zeros(len(begin), dtype=np.int64)
        kinds = moves.kind.tolist()
        for row in np.flatnonzero(begin < self.stop).tolist():
            way = tuple(kinds[int(begin[row]) : int(self.stop[row])])
            self.way[row] = numbers.setdefault(way, len(numbers) + 1)
        reach = np.concatenate(([0], np.cumsum(moves.along)))
        self.count = reach[self.stop] - reach[begin]
        self.moves = self.stop - begin


def _ways_differ(mine: _Moves, wanted: _Moves) -> Finding | None:
    """The first way between printed lines that the second slicing does not have."""
    numbers: dict[tuple[int, ...], int] = {}
    one, two = _Ways(mine, numbers), _Ways(wanted, numbers)
    size = len(one.way)
    pair = kinds_of_rows(np.concatenate((one.pair, two.pair)))
    full = kinds_of_rows(
        np.column_stack((pair, np.concatenate((one.way, two.way)))).astype(np.int64)
    )
    known = np.isin(pair[:size], pair[size:])
    wrong = known & ~np.isin(full[:size], full[size:])
    # The first way leads from the start block, the last one to the end block.
    most = np.full(size, two.count[1:-1].max(initial=1))
    most[0], most[-1] = two.count[0], two.count[-1]
    wrong |= ~known & (one.count > most)
    moves = np.full(size, two.moves[1:-1].max(initial=1))
    moves[[0, -1]] += two.moves[[0, -1]]
    wrong |= ~known & (one.moves > moves)
    # A run, that is lines without a way between them, is one piece in any order of islands.
    joined = two.begin == two.stop
    torn = beyond(full[size:][joined], full[:size])
    if len(torn):
        left = int(two.pair[joined][torn[0], 0])
        wrong |= one.pair[:, 0] == left
    speeds = np.unique(wanted.feed[~wanted.printed])
    strange = ~np.isin(mine.feed, speeds) & ~mine.printed
    reach = np.concatenate(([0], np.cumsum(strange)))
    wrong |= ~known & (reach[one.stop] > reach[one.begin])
    if not wrong.any():
        return None
    row = int(wrong.argmax())
    first = int(one.begin[row])
    index = int(mine.index[first]) if first < len(mine.index) else len(mine.job) - 1
    return Finding(
        kind=RESLICE_DIFFERS,
        where=Where(line=mine.job.lines[index]),
        measured=mine.job.text(index),
        limit="the way between these printed lines that slicing again gives",
    )
