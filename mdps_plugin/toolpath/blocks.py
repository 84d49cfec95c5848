"""Finds the signed start and end block in a job and compares them line by line. Runs nothing.

A job is: at most one fan-off line of the slicer's own, the start block, then lines that only
repeat modes which the start block has set (PrusaSlicer writes ``G21 G90 M83`` after it), the body,
the end block. Everything between start and end block is judged against the process window.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..findings import Finding, FindingKind, Where
from ..recipes.document import FileRole, Recipe
from .codes_writing import BLOCK_UNUSABLE, COMMAND_NEVER, END_DIFFERS, START_DIFFERS
from .collect import Collector
from .grammar import SCALE, Command, emit
from .job import Job
from .reader import read_job

MAX_BLOCK_LINES = 1000

_FAN_OFF = Command("M107", ())
# The controller asks these itself; a wire log tells job lines apart by their absence.
QUERIES = frozenset({"M105", "M110", "M114", "M115", "M119", "M155", "M400", "M503"})
# Stored settings, firmware, SD card, host and pause commands, emergency words, macros: a job that
# needs one of these cannot be known from its own lines (Marlin 2.1 command reference).
_STORAGE = frozenset({"M500", "M501", "M502", "M504", "M993", "M994", "M997", "M928"})
_CARD = frozenset(f"M{number}" for number in range(20, 35))
_STOPS = frozenset({"M0", "M1", "M108", "M112", "M410", "M524", "M999", "M600", "M601", "M602"})
_HOST = frozenset({"M111", "M117", "M118", "M575", "M808", "M810", "M876"})
NEVER = QUERIES | _STORAGE | _CARD | _STOPS | _HOST
# Speed and flow in percent. Without a value these words are the controller's questions too; with a
# part of a percent, or other letters, nobody could hold the printer's answer against them.
FACTORS = ("M220", "M221")
# As Marlin's own panel has it (2.1, menu_tune.cpp).
FACTOR_PERCENT = (10, 999)


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """Where the parts of a job lie, as indices of canonical lines.

    ``start`` to ``settled`` (exclusive) is the start block with the mode lines after it; the body
    is ``settled`` to ``end``; the end block is the rest.
    """

    settled: int
    end: int


def find_blocks(
    job: Job, recipe: Recipe, files: Mapping[str, bytes], found: Collector
) -> Blocks | None:
    """Compare both blocks; None after any finding, for then nothing says what the body is."""
    before = found.count
    start = _pinned(recipe, files, FileRole.START_GCODE, found)
    end = _pinned(recipe, files, FileRole.END_GCODE, found)
    if start is None or end is None:
        return None
    _refuse_never(job, found)
    first = 1 if job.command(0) == _FAN_OFF != start[0] else 0
    settled = first + len(start)
    finish = len(job) - len(end)
    _compare(job, first, start, START_DIFFERS, found)
    if finish < settled:
        found.add(
            Finding(
                kind=END_DIFFERS,
                where=Where(line=job.lines[-1]),
                measured=f"{len(job)} lines in all",
                limit=f"{len(start)} lines of the start and {len(end)} of the end block",
            )
        )
        return None
    _compare(job, finish, end, END_DIFFERS, found)
    repeats = set(start) & {Command(word, ()) for word in ("G21", "G90", "M82", "M83")}
    while settled < finish and job.command(settled) in repeats:
        settled += 1
    return Blocks(settled=settled, end=finish) if found.count == before else None


def _pinned(
    recipe: Recipe, files: Mapping[str, bytes], role: FileRole, found: Collector
) -> Sequence[Command] | None:
    pinned = recipe.file(role)
    data = files.get(pinned.name) if pinned is not None else None
    if pinned is None or data is None:
        found.add(_unusable(role.value, "not in the bundle", f"a pinned file {role.value}"))
        return None
    inner = Collector()
    block = read_job(data, MAX_BLOCK_LINES, inner)
    if block is None:
        reason = inner.result()[0]
        found.add(_unusable(pinned.name, f"{reason.code}: {reason.observed()}", reason.allowed()))
        return None
    return block.commands


def _unusable(path: str, measured: str, limit: str) -> Finding:
    return Finding(kind=BLOCK_UNUSABLE, where=Where(path=path), measured=measured, limit=limit)


def sets_whole_percent(command: Command) -> bool:
    """Whether a command of FACTORS is one whole percentage that may be, of the only extruder."""
    percent = command.get("S")
    others = [(letter, value) for letter, value in command.values if letter != "S"]
    low, high = (limit * SCALE for limit in FACTOR_PERCENT)
    whole = percent is not None and low <= percent <= high and percent % SCALE == 0
    return whole and others in ([], [("T", 0)])


def _refuse_never(job: Job, found: Collector) -> None:
    rows = job.rows(sorted(NEVER), 0, len(job)).tolist()
    factors = job.rows(FACTORS, 0, len(job)).tolist()
    rows += [row for row in factors if not sets_whole_percent(job.command(row))]
    found.add_each(
        np.array(sorted(rows), dtype=np.int64),
        lambda index: Finding(
            kind=COMMAND_NEVER, where=Where(line=job.lines[index]), measured=job.text(index)
        ),
    )


def _compare(
    job: Job, first: int, block: Sequence[Command], kind: FindingKind, found: Collector
) -> None:
    """Add one finding for the first line that differs."""
    for offset, wanted in enumerate(block):
        index = first + offset
        if index >= len(job):
            line, measured = job.lines[-1], "the job ends"
        elif job.command(index) != wanted:
            line, measured = job.lines[index], job.text(index)
        else:
            continue
        found.add(
            Finding(
                kind=kind,
                where=Where(line=line),
                measured=measured,
                limit=emit(wanted),
            )
        )
        return
