"""What the heaters should do and what they report: deviations of temperature. Pure.

The commanded target is read from the job's own lines as they go on the wire. A reported target
that is another one (somebody turned the knob at the printer) is a deviation; so is a value
outside the recipe's window for longer than allowed once the target was reached, a heat-up that
does not end, and a value above what the printer may ever have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from ..canonical import Json
from ..units import Range
from .profile import FirmwareProfile
from .replies import Temperatures

REACHED_WITHIN_K = 3.0
"""A target counts as reached from this distance on (TEMP_HYSTERESIS of Marlin is 3)."""

TARGET_TOLERANCE_K = 0.6
"""Marlin holds targets in whole degrees and reports two decimals."""

_SETS = re.compile(r"M(104|109|140|190)(?: T0)? [SR](-?[0-9.]{1,8})(?: T0)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Heater:
    """One heater. Times are monotonic seconds."""

    name: str
    commanded_c: float = 0.0
    commanded_at: float = 0.0
    reached: bool = False
    outside_since: float | None = None
    worst_c: float | None = None
    other_target_since: float | None = None


@dataclass(frozen=True, slots=True)
class Deviation:
    """What was seen: ``what`` is ``target``, ``window``, ``heatup`` or ``over``."""

    heater: str
    what: str
    measured_c: float
    allowed: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Seen:
    """Reports of one heater since its target was first reached, in °C; the mean is of reports."""

    minimum_c: float
    maximum_c: float
    total_c: float
    reports: int

    def facts(self) -> dict[str, Json]:
        """Lowest, mean and highest."""
        return {
            "minimum": self.minimum_c,
            "mean": round(self.total_c / self.reports, 2),
            "maximum": self.maximum_c,
        }


def see(seen: Seen | None, value: float | None, heater: Heater) -> Seen | None:
    """One more report; those before the target was reached do not count."""
    if value is None or not heater.reached:
        return seen
    if seen is None:
        return Seen(value, value, value, 1)
    return Seen(
        min(seen.minimum_c, value),
        max(seen.maximum_c, value),
        seen.total_c + value,
        seen.reports + 1,
    )


def excursion_ended(before: Heater, after: Heater, now: float) -> dict[str, Json] | None:
    """An excursion that was short enough to go on, once it is over; else None."""
    if before.outside_since is None or after.outside_since is not None or before.worst_c is None:
        return None
    return {
        "heater": before.name,
        "seconds": round(now - before.outside_since, 3),
        "measured_c": before.worst_c,
    }


@dataclass(frozen=True, slots=True)
class Supervision:
    """Both heaters of a build."""

    nozzle: Heater = field(default_factory=lambda: Heater("nozzle"))
    bed: Heater = field(default_factory=lambda: Heater("bed"))


@dataclass(frozen=True, slots=True)
class Window:
    """What the recipe allows while it builds."""

    nozzle_c: Range
    bed_c: Range
    excursion_s: float


def command(state: Supervision, line: str, window: Window, now: float) -> Supervision:
    """A job line goes on the wire; those that set a target change what is expected."""
    match = _SETS.fullmatch(line)
    if match is None:
        return state
    target = float(match[2])
    if match[1] in ("104", "109"):
        return replace(state, nozzle=_set(state.nozzle, target, window.nozzle_c, now))
    return replace(state, bed=_set(state.bed, target, window.bed_c, now))


def _set(heater: Heater, target: float, window: Range, now: float) -> Heater:
    if target == heater.commanded_c:
        return heater
    stays = heater.reached and window.contains(target) and window.contains(heater.commanded_c)
    return Heater(heater.name, target, now, reached=stays)


def observe(
    state: Supervision,
    seen: Temperatures,
    window: Window,
    profile: FirmwareProfile,
    now: float,
) -> tuple[Supervision, Deviation | None]:
    """A temperature report has come while a build runs."""
    settle = profile.limits.target_settle_s
    nozzle, first = _heater(
        state.nozzle,
        (seen.nozzle_c, seen.nozzle_target_c),
        (window.nozzle_c, window.excursion_s, profile.nozzle_max_c, settle),
        now,
    )
    bed, second = state.bed, None
    if seen.bed_c is not None and seen.bed_target_c is not None:
        bed, second = _heater(
            state.bed,
            (seen.bed_c, seen.bed_target_c),
            (window.bed_c, window.excursion_s, profile.bed_max_c, settle),
            now,
        )
    return Supervision(nozzle, bed), first or second


def _heater(
    heater: Heater,
    seen: tuple[float, float],
    limits: tuple[Range, float, float, float],
    now: float,
) -> tuple[Heater, Deviation | None]:
    value, target = seen
    window, excursion_s, highest, settle_s = limits
    if value > highest:
        return heater, Deviation(heater.name, "over", value, f"at most {highest:g} °C", 0.0)
    differs = abs(target - heater.commanded_c) > TARGET_TOLERANCE_K
    since = (heater.other_target_since or now) if differs else None
    heater = replace(heater, other_target_since=since)
    if since is not None and now - max(since, heater.commanded_at) > settle_s:
        allowed = f"target {heater.commanded_c:g} °C"
        return heater, Deviation(heater.name, "target", target, allowed, now - since)
    if heater.commanded_c <= 0:
        return replace(heater, outside_since=None), None
    if not heater.reached:
        reached = abs(value - heater.commanded_c) <= REACHED_WITHIN_K
        return replace(heater, reached=reached, outside_since=None), None
    if not window.contains(heater.commanded_c) or window.contains(value):
        return replace(heater, outside_since=None, worst_c=None), None
    outside = heater.outside_since if heater.outside_since is not None else now
    heater = replace(heater, outside_since=outside, worst_c=_worse(heater.worst_c, value, window))
    if now - outside > excursion_s:
        allowed = f"{window.minimum:g} to {window.maximum:g} °C"
        return heater, Deviation(heater.name, "window", value, allowed, now - outside)
    return heater, None


def _worse(worst_c: float | None, value: float, window: Range) -> float:
    """The one that lies further outside the window."""
    if worst_c is None:
        return value
    middle = (window.minimum + window.maximum) / 2
    return max(worst_c, value, key=lambda one: abs(one - middle))


def overdue(
    state: Supervision, seen: Temperatures | None, heatup_s: float, now: float
) -> Deviation | None:
    """A heat-up that has taken too long, or None."""
    for heater in (state.nozzle, state.bed):
        seconds = now - heater.commanded_at
        if heater.commanded_c > 0 and not heater.reached and seconds > heatup_s:
            value = 0.0
            if seen is not None:
                value = seen.nozzle_c if heater.name == "nozzle" else seen.bed_c or 0.0
            allowed = f"{heater.commanded_c:g} °C in {heatup_s:g} s"
            return Deviation(heater.name, "heatup", value, allowed, seconds)
    return None
