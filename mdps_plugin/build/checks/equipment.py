"""Is the equipment calibrated and the room inside its limits? (row 28)"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ...findings import Finding
from ...recipes.document import Prerequisites
from ...units import range_text
from .. import codes
from ..evidence import Evidence
from ..facts import Calibration, RoomReading
from ..kinds import found
from ..words import day_text, hours


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """Every calibration the recipe names is in date; a fresh reading of the room is inside."""
    needed, now = evidence.recipe.recipe.prerequisites, evidence.now
    return (
        *check_calibrations(needed.calibrations, evidence.calibrations, now),
        *check_room(evidence.room, needed, evidence.site.room_reading_valid_h, now),
    )


def check_calibrations(
    names: Iterable[str], calibrations: tuple[Calibration, ...], now: datetime
) -> tuple[Finding, ...]:
    """The same for any equipment; of several calibrations the one recorded last counts."""
    findings: list[Finding] = []
    for name in names:
        own = [one for one in calibrations if one.equipment == name]
        newest = own[-1] if own else None
        if newest is not None and now < newest.due:
            continue
        seen = f"{name}: due {day_text(newest.due)}." if newest else f"{name}: none on record."
        findings.append(found(codes.CALIBRATION_MISSING, measured=seen, limit=name))
    return tuple(findings)


def check_room(
    room: RoomReading | None, needed: Prerequisites, valid_h: float, now: datetime
) -> list[Finding]:
    """A reading not older than ``valid_h`` hours, inside the limits of the recipe."""
    if room is None:
        return [found(codes.ROOM_UNKNOWN, measured="No reading on record.", limit=valid_h)]
    age_h = hours(now - room.at)
    if not 0.0 <= age_h <= valid_h:
        text = f"Last reading {age_h:.1f} h ago."
        return [found(codes.ROOM_UNKNOWN, measured=text, limit=valid_h)]
    values = [
        ("Temperature", room.temperature_c, needed.room_temperature_c, "°C"),
        ("Humidity", room.humidity_percent, needed.room_humidity_percent, "%"),
    ]
    return [
        found(
            codes.ROOM_OUTSIDE,
            measured=value,
            limit=range_text(limits, unit),
            unit=unit,
            name=name,
        )
        for name, value, limits, unit in values
        if not limits.contains(value)
    ]
