"""Registers of the site: approvals, calibrations, qualification, room. Parses, decides nothing.

Each type is the member of an entry body (docs/states.md); its reader takes the
:class:`~mdps_plugin.reading.Fields` of that member and the caller closes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..canonical import Json
from ..reading import Fields, instant_text


@dataclass(frozen=True, kw_only=True)
class Approval:
    """That the site approved, or withdrew, exactly one recipe digest.

    ``note``: the local qualification record of an approval, the reason of a withdrawal.
    """

    recipe_digest: str
    recipe_id: str
    revision: int
    by: str
    at: datetime
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """That a piece of equipment, by the name the recipe uses, is calibrated until ``due``."""

    equipment: str
    certificate: str
    due: datetime

    def to_json(self) -> dict[str, Json]:
        """Member ``calibration`` of the entry ``calibration_recorded``."""
        return {
            "equipment": self.equipment,
            "certificate": self.certificate,
            "due": instant_text(self.due),
        }


@dataclass(frozen=True, kw_only=True)
class Qualification:
    """The configuration in which a printer was qualified, and until when that holds.

    ``uuid`` and ``settings_digest`` are what the board said of itself: they tell one printer from
    another of its model. ``uuid`` is None where the firmware says none.
    """

    serial: str
    model: str
    firmware: str
    profile_digest: str
    nozzle_mm: float
    plate: str
    uuid: str | None
    settings_digest: str
    qualified_at: datetime
    valid_until: datetime

    def to_json(self) -> dict[str, Json]:
        """Member ``qualification`` of the entry ``printer_qualified``."""
        return {
            "serial": self.serial,
            "model": self.model,
            "firmware": self.firmware,
            "profile_digest": self.profile_digest,
            "nozzle_mm": self.nozzle_mm,
            "plate": self.plate,
            "uuid": self.uuid,
            "settings_digest": self.settings_digest,
            "qualified_at": instant_text(self.qualified_at),
            "valid_until": instant_text(self.valid_until),
        }


@dataclass(frozen=True, kw_only=True)
class RoomReading:
    """Temperature (°C) and relative humidity (%) of the room, read at ``at``."""

    temperature_c: float
    humidity_percent: float
    at: datetime

    def to_json(self) -> dict[str, Json]:
        """Member ``room`` of the entry ``room_recorded``."""
        return {
            "temperature_c": self.temperature_c,
            "humidity_percent": self.humidity_percent,
            "at": instant_text(self.at),
        }


def read_calibration(fields: Fields) -> Calibration:
    """Read one calibration."""
    return Calibration(
        equipment=fields.text("equipment"),
        certificate=fields.text("certificate"),
        due=fields.instant("due"),
    )


def read_qualification(fields: Fields) -> Qualification:
    """Read one qualification."""
    return Qualification(
        serial=fields.text("serial"),
        model=fields.text("model"),
        firmware=fields.text("firmware"),
        profile_digest=fields.digest("profile_digest"),
        nozzle_mm=fields.number("nozzle_mm", minimum=0.05, maximum=5.0, unit="mm"),
        plate=fields.text("plate"),
        uuid=fields.optional_text("uuid"),
        settings_digest=fields.digest("settings_digest"),
        qualified_at=fields.instant("qualified_at"),
        valid_until=fields.instant("valid_until"),
    )


def read_room(fields: Fields) -> RoomReading:
    """Read one room reading."""
    return RoomReading(
        temperature_c=fields.number("temperature_c", minimum=-40.0, maximum=80.0, unit="°C"),
        humidity_percent=fields.number("humidity_percent", minimum=0.0, maximum=100.0, unit="%"),
        at=fields.instant("at"),
    )
