"""The job as it goes on the wire, and whether a line from OctoPrint is the next one. Pure.

A matching line from OctoPrint releases the controller's own copy of that line; OctoPrint's bytes
never reach the printer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..canonical import sha256_hex
from ..errors import DocumentError
from ..recipes.document import HoldLimits
from ..units import Range
from . import factors

QUERY_WORDS = frozenset(["M105", "M110", "M114", "M115", "M119", "M155", "M400", "M503"])
"""The controller's own queries; they never occur in a job (docs/architecture.md)."""

MAX_JOB_LINE = 80
_SHAPE = re.compile(r"[GMT]\d{1,4}(?:\.\d)?(?: [A-Z]-?[0-9.]{0,14})*", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class JobOnWire:
    """One armed job.

    ``lines`` are the canonical lines without their end; ``digest`` is the planned digest,
    SHA-256 over all lines each followed by ``\\n``. ``nozzle_c`` and ``bed_c`` bound what may be
    reported once the set value was reached, for longer than ``excursion_s`` seconds outside.
    ``layer_start[k]`` is the index of the first line of layer k.
    """

    build_id: str
    lines: tuple[str, ...]
    digest: str
    nozzle_c: Range
    bed_c: Range
    excursion_s: float
    hold: HoldLimits
    layer_start: tuple[int, ...]

    def layer_of(self, done: int) -> int:
        """Layer that is being made when ``done`` lines are done, from 1; 0 before the first."""
        return sum(1 for start in self.layer_start if start < done)


def make_job(
    *,
    build_id: str,
    canonical: bytes,
    planned_digest: str,
    nozzle_c: Range,
    bed_c: Range,
    excursion_s: float,
    hold: HoldLimits,
    layer_start: Sequence[int],
) -> JobOnWire:
    """A job from its canonical bytes.

    Raises :class:`DocumentError` where the bytes are not the planned ones or not canonical.
    """
    digest = sha256_hex(canonical)
    if digest != planned_digest:
        raise DocumentError("job", "", f"digest {digest}", f"the planned digest {planned_digest}")
    if not canonical.endswith(b"\n"):
        raise DocumentError("job", "", "no line, or a last line without end", "whole lines")
    lines = tuple(canonical.decode("latin-1").removesuffix("\n").split("\n"))
    for index, line in enumerate(lines):
        if len(line) > MAX_JOB_LINE or _SHAPE.fullmatch(line) is None:
            place = f"line {index + 1}"
            raise DocumentError("job", place, repr(line[:80]), "one canonical command, 80 bytes")
        if line.split(" ", 1)[0] in QUERY_WORDS:
            raise DocumentError("job", f"line {index + 1}", line, "no query word in a job")
        word = line.split(" ", 1)[0]
        if word in factors.NAMES and not factors.sets_factor(line):
            allowed = f"{word} with one whole percentage, as {word} S100"
            raise DocumentError("job", f"line {index + 1}", line, allowed)
    return JobOnWire(
        build_id=build_id,
        lines=lines,
        digest=digest,
        nozzle_c=nozzle_c,
        bed_c=bed_c,
        excursion_s=excursion_s,
        hold=hold,
        layer_start=tuple(layer_start),
    )


def is_next(job: JobOnWire, released: int, line: str) -> bool:
    """True if the whole line equals line ``released`` (from 0) of the job."""
    return released < len(job.lines) and line == job.lines[released]
