"""Values that people read, against their limits: the rule steps and inspection share. No I/O.

The first value stays on record when something is measured again, and measuring again is possible
once: measuring until a value fits is no measurement. What is accepted after a second measurement
carries a warning, which the releaser sees.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..findings import Finding
from ..units import Range, range_text
from . import codes_part
from .entities import Taken
from .kinds import found

#: The first measurement and one more.
MEASUREMENTS_AT_MOST = 2


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One value that is asked for. ``key`` is its name in entries, ``name`` what people read."""

    key: str
    name: str
    unit: str
    limits: Range
    gauge: str


@dataclass(frozen=True, kw_only=True)
class Given:
    """One value that a person entered; ``gauge`` None means the gauge that was asked for."""

    key: str
    value: float
    gauge: str | None = None


def check_values(
    wanted: Sequence[Wanted], given: Iterable[Given], earlier: Sequence[Taken]
) -> tuple[Finding, ...]:
    """Findings on ``given``: each wanted value once, by its gauge, inside its limits.

    ``earlier`` are values of the same step or inspection that were taken before and not signed.
    """
    values = list(given)
    known = {one.key for one in wanted}
    findings = [
        found(
            codes_part.READING_UNKNOWN, measured=key, limit=", ".join(sorted(known)) or "no values"
        )
        for key in sorted({one.key for one in values} - known)
    ]
    for one in wanted:
        own = [value for value in values if value.key == one.key]
        before = [taken for taken in earlier if taken.name == one.key]
        findings.extend(_check_one(one, own, before))
    return tuple(findings)


def _check_one(wanted: Wanted, own: list[Given], before: list[Taken]) -> list[Finding]:
    limit = range_text(wanted.limits, wanted.unit)
    if not own:
        return [found(codes_part.READING_MISSING, limit=limit, path=wanted.key, name=wanted.name)]
    findings: list[Finding] = []
    count = _measurements([one.value for one in before] + [one.value for one in own])
    if count > MEASUREMENTS_AT_MOST:
        findings.append(
            found(
                codes_part.MEASURED_TOO_OFTEN,
                measured=count,
                limit=MEASUREMENTS_AT_MOST,
                path=wanted.key,
                name=wanted.name,
            )
        )
    elif count > 1:
        first = before[0].value if before else own[0].value
        findings.append(
            found(
                codes_part.MEASURED_AGAIN,
                measured=first,
                limit=limit,
                unit=wanted.unit,
                path=wanted.key,
                name=wanted.name,
            )
        )
    findings.extend(_gauge(wanted, one) for one in own if one.gauge not in (None, wanted.gauge))
    last = own[-1]
    if not (math.isfinite(last.value) and wanted.limits.contains(last.value)):
        findings.append(
            found(
                codes_part.READING_OUTSIDE,
                measured=last.value,
                limit=limit,
                unit=wanted.unit,
                path=wanted.key,
                name=wanted.name,
            )
        )
    return findings


def _measurements(values: list[float]) -> int:
    """How often something was measured; the same value entered again is no measurement."""
    return 1 + sum(1 for one, following in pairwise(values) if one != following)


def _gauge(wanted: Wanted, given: Given) -> Finding:
    return found(
        codes_part.GAUGE_WRONG,
        measured=given.gauge or "",
        limit=wanted.gauge,
        path=wanted.key,
        name=wanted.name,
    )
