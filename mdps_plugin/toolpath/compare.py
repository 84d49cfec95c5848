"""Ring B: one canonical job against the job that slicing again gave. Runs no slicer.

Equal bytes are equal. Otherwise the printed lines of each layer are compared as a multiset of
(layer height, both ends, filament, speed), for slicers do not always keep the order of islands;
every line that sets something must stand in the same order. One changed, added or missing printed
line is a difference. Travel and pull-backs are then judged by ring A alone.
"""

from __future__ import annotations

import numpy as np

from ..findings import Finding, Where
from .codes import RESLICE_DIFFERS, RESLICE_ORDER, RESLICE_UNUSABLE
from .collect import Collector
from .job import Job, first_difference
from .reader import read_job
from .trace import LAST_MOVE, Ints, Machine, run

MAX_LINES = 5_000_000


def compare_jobs(canonical_job: bytes, canonical_reslice: bytes) -> tuple[Finding, ...]:
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
    return compare(job, again)


def compare(job: Job, again: Job) -> tuple[Finding, ...]:
    """The same for jobs that are read already; lines in findings are those of ``job``."""
    place = first_difference(job, again)
    if place is None:
        return ()
    other = _settings_differ(job, again) or _printed_differ(job, again)
    if other is not None:
        return (other,)
    return (Finding(kind=RESLICE_ORDER, where=Where(line=job.lines[min(place, len(job) - 1)])),)


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


def _printed_differ(job: Job, again: Job) -> Finding | None:
    """The first printed line of ``job`` that slicing again does not give, or one that lacks."""
    mine, index = _printed(job)
    wanted, wanted_index = _printed(again)
    if len(mine) == len(wanted) and (mine == wanted).all():
        return None
    extra, lacking = _surplus(mine, wanted)
    if len(extra):
        first = int(index[extra[0]])
        return Finding(
            kind=RESLICE_DIFFERS,
            where=Where(line=job.lines[first]),
            measured=job.text(first),
            limit="only lines that slicing again gives",
        )
    if len(lacking):
        first = int(wanted_index[lacking[0]])
        return Finding(
            kind=RESLICE_DIFFERS,
            where=Where(line=job.lines[-1]),
            measured="a line is missing from this job",
            limit=f"{again.text(first)}, line {first + 1} of the second slicing",
        )
    return None


def _surplus(mine: Ints, wanted: Ints) -> tuple[Ints, Ints]:
    """Rows of each table beyond those that the other has as often, in order."""
    both = np.concatenate((mine, wanted))
    # Rows that are alike become neighbours, in each table in the order of the file.
    order = np.lexsort(both.T)
    new = np.empty(len(both), dtype=np.bool_)
    new[:1] = True
    new[1:] = (both[order[1:]] != both[order[:-1]]).any(axis=1)
    kind = np.empty(len(both), dtype=np.int64)
    kind[order] = np.cumsum(new) - 1
    one, two = kind[: len(mine)], kind[len(mine) :]
    return _beyond(one, two), _beyond(two, one)


def _beyond(kinds: Ints, other: Ints) -> Ints:
    """Places in ``kinds`` of those that stand there more often than in ``other``: the last ones."""
    most = int(max(kinds.max(initial=-1), other.max(initial=-1))) + 1
    allowed = np.bincount(other, minlength=most)
    order = np.argsort(kinds, kind="stable")
    ordered = kinds[order]
    starts = np.searchsorted(ordered, np.arange(most))
    times = np.empty(len(kinds), dtype=np.int64)
    times[order] = np.arange(len(kinds)) - starts[ordered]
    return np.flatnonzero(times >= allowed[kinds])


def _printed(job: Job) -> tuple[Ints, Ints]:
    """Identity of each move that prints (ends, filament, speed, heat, fan), and its index."""
    trace = run(job, 0, len(job), Machine())
    rows = np.flatnonzero(trace.extruding)
    kept = trace.kept[trace.kept_row[rows]]
    columns = (trace.begin[rows], trace.end[rows], trace.filament[rows], trace.feed[rows], kept)
    return np.column_stack(columns), trace.index[rows]
