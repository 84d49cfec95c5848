"""Material lots as decisions see them (rows 24, 25). Receives and weighs nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from ..canonical import Json
from ..reading import Fields, instant_text


@dataclass(frozen=True, kw_only=True)
class Dried:
    """One drying of a spool: temperature in °C, duration in hours, and when it ended."""

    temperature_c: float
    hours: float
    finished_at: datetime

    def to_json(self) -> dict[str, Json]:
        """The form in entries and records."""
        return {
            "temperature_c": self.temperature_c,
            "hours": self.hours,
            "finished_at": instant_text(self.finished_at),
        }


@dataclass(frozen=True, kw_only=True)
class Lot:
    """One lot of material at the site. ``remaining_g`` is what no permit has taken yet.

    ``opened_at`` None means still sealed; ``certificate_sha256`` None means no certificate on file.
    """

    lot_id: str
    product: str
    kind: str
    manufacturer: str
    colour: str
    certificate_sha256: str | None
    expires: datetime
    opened_at: datetime | None
    dried: Dried | None
    quarantined: bool
    remaining_g: float

    def to_json(self) -> dict[str, Json]:
        """Body member ``lot`` of the entry ``lot_received``."""
        return {
            "lot_id": self.lot_id,
            "product": self.product,
            "kind": self.kind,
            "manufacturer": self.manufacturer,
            "colour": self.colour,
            "certificate_sha256": self.certificate_sha256,
            "expires": instant_text(self.expires),
            "opened_at": instant_text(self.opened_at) if self.opened_at else None,
            "dried": self.dried.to_json() if self.dried else None,
            "quarantined": self.quarantined,
            "remaining_g": self.remaining_g,
        }


def parse_lot(document: Json, source: str, path: str = "") -> Lot:
    """Read one lot; ``DocumentError`` names the place."""
    fields = Fields(document, source, path)
    certificate = fields.optional_text("certificate_sha256") is not None
    lot = Lot(
        lot_id=fields.matching(
            "lot_id", r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}", "1 to 64 letters, digits, . _ / -"
        ),
        product=fields.text("product", max_length=200),
        kind=fields.text("kind", max_length=60),
        manufacturer=fields.text("manufacturer", max_length=200),
        colour=fields.text("colour", max_length=60),
        certificate_sha256=fields.digest("certificate_sha256") if certificate else None,
        expires=fields.instant("expires"),
        opened_at=fields.optional_instant("opened_at"),
        dried=_dried(fields),
        quarantined=fields.boolean("quarantined"),
        remaining_g=fields.number("remaining_g", minimum=0.0, maximum=100_000.0, unit="g"),
    )
    fields.close()
    return lot


def read_dried(fields: Fields) -> Dried:
    """Read one drying; the caller closes ``fields``."""
    return Dried(
        temperature_c=fields.number("temperature_c", minimum=0.0, maximum=200.0, unit="°C"),
        hours=fields.number("hours", minimum=0.0, maximum=1000.0, unit="h"),
        finished_at=fields.instant("finished_at"),
    )


def _dried(fields: Fields) -> Dried | None:
    if not fields.has("dried"):
        fields.ignore("dried")
        return None
    inner = fields.child("dried")
    dried = read_dried(inner)
    inner.close()
    return dried


def filament_grams(filament_mm: float, diameter_mm: float, density_g_cm3: float) -> float:
    """Mass in grams of round filament: length times section times density (1 cm³ = 1000 mm³)."""
    return filament_mm * math.pi * (diameter_mm / 2.0) ** 2 * density_g_cm3 / 1000.0
