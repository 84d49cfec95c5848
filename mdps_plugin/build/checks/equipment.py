"""Is the equipment calibrated and the room inside its limits? (row 28)"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ...findings import Finding
from ...units import range_text
from .. import codes
from ..evidence import Evidence
from ..facts import Calibration
from ..words import day_text, hours


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """Every calibration the recipe names is in date; a fresh reading of the room is inside."""
    names = evidence.recipe.recipe.prerequisites.calibrations
    return (
        *check_calibrations(names, evidence.calibrations, evidence.now),
        *_room(evidence),
    )


def check_calibrations(
    names: Iterable[str], calibrations: tuple[Calibration, ...], now: datetime
) -> tuple[Finding, ...]:
    """The same for any equipment."""
    findings: list[Finding] = []
    for name in names:
        own = [one for one in calibrations if one.equipment == name]
        newest = max(own, key=lambda one: one.due, default=None)
        if newest is not None and now < newest.due:
            continue
        seen = f"{name}: due {day_text(newest.due)}." if newest else f"{name}: none on record."
        findings.append(codes.found(codes.CALIBRATION_MISSING, measured=seen, limit=name))
    return tuple(findings)


def _room(evidence: Evidence) -> list[Finding]:
    room, valid_h = evidence.room, evidence.site.room_reading_valid_h
    if room is None:
        return [codes.found(codes.ROOM_UNKNOWN, measured="No reading on record.", limit=valid_h)]
    age_h = hours(evidence.now - room.at)
    if not 0.0 <= age_h <= valid_h:
        text = f"Last reading {age_h:.1f} h ago."
        return [codes.found(codes.ROOM_UNKNOWN, measured=text, limit=valid_h)]
    needed = evidence.recipe.recipe.prerequisites
    values = [
        ("Temperature", room.temperature_c, needed.room_temperature_c, "°C"),
        ("Humidity", room.humidity_percent, needed.room_humidity_percent, "%"),
    ]
    return [
        codes.found(
            codes.ROOM_OUTSIDE,
            measured=value,
            limit=range_text(limits, unit),
            unit=unit,
            name=name,
        )
        for name, value, limits, unit in values
        if not limits.contains(value)
    ]
