"""Cuts the exact start and end block out of a sliced job, in canonical form. Judges nothing.

PrusaSlicer writes lines of its own around the author's block: a fan-off line before it, the modes
``G21 G90 M83`` after it, a fan-off line before the end. The pinned blocks hold those too, so that
the first and the last lines of a job are compared without exception.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import DocumentError
from ..toolpath.collect import Collector
from ..toolpath.reader import read_job

_MODES = frozenset({"G21", "G90", "M82", "M83"})
_MOST_LINES = 5_000_000


def canonical_lines(gcode: bytes, source: str) -> tuple[str, ...]:
    """The commands of a job, one canonical line each; :class:`DocumentError` names the line."""
    found = Collector()
    job = read_job(gcode, _MOST_LINES, found)
    if job is None:
        reason = found.result()[0]
        raise DocumentError(source, f"line {reason.where.line}", reason.observed(), "plain G-code")
    return tuple(job.text(index) for index in range(len(job)))


def cut_blocks(
    lines: Sequence[str], start: Sequence[str], end: Sequence[str], source: str
) -> tuple[bytes, bytes]:
    """Start and end block of a job that holds the author's ``start`` and ``end`` lines."""
    first = _find(lines, start, source)
    settled = first + len(start)
    while lines[settled] in _MODES:
        settled += 1
    last = len(lines) - len(end)
    if tuple(lines[last:]) != tuple(end):
        raise DocumentError(source, "the last lines", lines[-1], end[-1])
    while lines[last - 1] == "M107":
        last -= 1
    return _block(lines[:settled]), _block(lines[last:])


def _find(lines: Sequence[str], start: Sequence[str], source: str) -> int:
    for first in range(3):
        if tuple(lines[first : first + len(start)]) == tuple(start):
            return first
    raise DocumentError(source, "the first lines", lines[0], start[0])


def _block(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("ascii")
