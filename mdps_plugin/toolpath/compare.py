"""Ring B: one canonical job against the job that slicing again gave. Runs no slicer.

Equal bytes are equal. Otherwise the printed lines of each layer are compared as a multiset of
(layer height, both ends, filament, speed), for slicers do not always keep the order of islands;
every line that sets something must stand in the same order. One changed, added or missing printed
line is a difference. Travel and pull-backs are then judged by ring A alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np

from ..findings import Finding, Where
from .codes import RESLICE_DIFFERS, RESLICE_ORDER, RESLICE_UNUSABLE
from .collect import Collector
from .grammar import Command, emit
from .reader import Job, read_job
from .trace import Machine, run

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
    place = _first_difference(job.commands, again.commands)
    if place is None:
        return ()
    other = _settings_differ(job, again) or _printed_differ(job, again)
    if other is not None:
        return (other,)
    line = job.lines[min(place, len(job.lines) - 1)]
    return (Finding(kind=RESLICE_ORDER, where=Where(line=line)),)


def _first_difference(one: Sequence[Hashable], two: Sequence[Hashable]) -> int | None:
    for index, (left, right) in enumerate(zip(one, two, strict=False)):
        if left != right:
            return index
    return None if len(one) == len(two) else min(len(one), len(two))


def _settings_differ(job: Job, again: Job) -> Finding | None:
    """Lines other than moves, in order; where a layer starts is part of the printed lines."""
    mine = [index for index, command in enumerate(job.commands) if command.word not in ("G0", "G1")]
    settings = [job.commands[index] for index in mine]
    wanted = [command for command in again.commands if command.word not in ("G0", "G1")]
    place = _first_difference(settings, wanted)
    if place is None:
        return None
    index = mine[place] if place < len(mine) else len(job.commands) - 1
    measured = job.text(index) if place < len(mine) else "no further setting"
    limit = emit(wanted[place]) if place < len(wanted) else "no further setting"
    return Finding(
        kind=RESLICE_DIFFERS, where=Where(line=job.lines[index]), measured=measured, limit=limit
    )


Printed = tuple[int, ...]


def _printed_differ(job: Job, again: Job) -> Finding | None:
    mine, wanted = _printed(job.commands), _printed(again.commands)
    missing = Counter(row for _, row in wanted)
    for index, row in mine:
        if missing[row] == 0:
            return Finding(
                kind=RESLICE_DIFFERS,
                where=Where(line=job.lines[index]),
                measured=job.text(index),
                limit="only lines that slicing again gives",
            )
        missing[row] -= 1
    for index, row in wanted:
        if missing[row] > 0:
            return Finding(
                kind=RESLICE_DIFFERS,
                where=Where(line=job.lines[-1]),
                measured="a line is missing from this job",
                limit=f"{again.text(index)}, line {index + 1} of the second slicing",
            )
    return None


def _printed(commands: Sequence[Command]) -> list[tuple[int, Printed]]:
    """Index and identity of each move that prints: heat and fan, ends, filament, speed."""
    trace = run(commands, 0, len(commands), Machine())
    columns = (
        *(trace.begin, trace.end, trace.filament, trace.feed),
        *(trace.nozzle, trace.bed, trace.fan),
    )
    table = np.column_stack(columns)[trace.extruding].tolist()
    index = trace.index[trace.extruding].tolist()
    return [(line, tuple(row)) for line, row in zip(index, table, strict=True)]
