"""How a part is made, as a manufacturer signs it: material, printer, window, envelope, variables.

Frozen types; units and rows as in :mod:`.document`. Parses nothing.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from ..units import Range


class FileRole(enum.Enum):
    """What a pinned file of the bundle is for."""

    SLICER_SETTINGS = "slicer_settings"
    START_GCODE = "start_gcode"
    END_GCODE = "end_gcode"
    MODEL = "model"
    JOB_GCODE = "job_gcode"
    INSTRUCTIONS_FOR_USE = "instructions_for_use"
    EVIDENCE_REPORT = "evidence_report"


class FeatureClass(enum.Enum):
    """What an extruding move makes. Derived from the toolpath, never from slicer comments."""

    FIRST_LAYER = "first_layer"
    BODY = "body"


@dataclass(frozen=True, kw_only=True)
class Drying:
    """How filament is dried before use and how long it stays usable."""

    temperature_c: Range
    minimum_h: float
    use_within_h: float


@dataclass(frozen=True, kw_only=True)
class LotRules:
    """What a lot must show before it may be used (row 25)."""

    certificate_required: bool
    opened_at_most_days: int
    drying: Drying | None


@dataclass(frozen=True, kw_only=True)
class Material:
    """Raw material specification (rows 24, 25)."""

    kind: str
    manufacturer: str
    product: str
    colours: tuple[str, ...]
    diameter_mm: float
    density_g_cm3: float
    is_medical_device: bool
    intended_uses: tuple[str, ...]
    lot_rules: LotRules


@dataclass(frozen=True, kw_only=True)
class Printer:
    """Printer the process was validated on."""

    model: str
    firmware_profile: str
    nozzle_mm: float
    plate: str


@dataclass(frozen=True, kw_only=True)
class ValidatedWith:
    """Versions the process was validated with; ranges are ``>=a,<b`` texts (PEP 440)."""

    slicer: str
    slicer_version: str
    octoprint: str
    plugin: str
    controller: str
    post_processing_equipment: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PinnedFile:
    """A file of the bundle, by digest."""

    role: FileRole
    name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class FeatureWindow:
    """Bounds on extruding moves of one feature class.

    ``flow_mm3_per_mm`` is volume of filament per millimetre of path; ``speed_mm_s`` bounds F.
    """

    feature: FeatureClass
    flow_mm3_per_mm: Range
    width_mm: Range
    speed_mm_s: Range
    minimum_segment_mm: float


@dataclass(frozen=True, kw_only=True)
class Retraction:
    """Exact lengths of filament pulled back and given again; zero length = no retraction."""

    length_mm: float
    speed_mm_s: float
    deretract_speed_mm_s: float


@dataclass(frozen=True, kw_only=True)
class FanRule:
    """Fan values (0 to 255) allowed from a layer on, counted from 0."""

    from_layer: int
    values: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class TemperatureRule:
    """Exact set temperatures from a layer on, counted from 0."""

    from_layer: int
    nozzle_c: float
    bed_c: float


@dataclass(frozen=True, kw_only=True)
class ProcessWindow:
    """What the body of a job may contain. Everything else is refused.

    ``nozzle_c`` and ``bed_c`` bound what the printer may report while it builds, after it has
    first reached the set value; ``excursion_s`` is how long it may be outside.
    """

    commands: tuple[str, ...]
    relative_extrusion: bool
    layer_height_mm: float
    first_layer_height_mm: float
    temperatures: tuple[TemperatureRule, ...]
    nozzle_c: Range
    bed_c: Range
    excursion_s: float
    features: tuple[FeatureWindow, ...]
    travel_speed_mm_s: Range
    retraction: Retraction
    z_hop_mm: float
    fan: tuple[FanRule, ...]
    accelerations_mm_s2: tuple[int, ...]
    outside_model_mm: float
    layer_volume_ratio: Range
    total_filament_mm: Range
    print_time_s: Range
    lines_at_most: int


@dataclass(frozen=True, kw_only=True)
class DesignEnvelope:
    """What geometry may be built (row 4). Sizes are of the placed model's bounding box."""

    size_x_mm: Range
    size_y_mm: Range
    size_z_mm: Range
    volume_cm3: Range
    bodies: int
    placed_at_x_mm: float
    placed_at_y_mm: float
    quantity_per_plate: int


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A value that the site may pick, inside what the manufacturer signed (row 6).

    Either ``allowed`` texts (``kind`` "choice") or ``limits`` with ``step`` (``kind`` "number").
    """

    name: str
    kind: str
    allowed: tuple[str, ...]
    limits: Range | None
    step: float | None
    unit: str
    default: str
    affects: str


@dataclass(frozen=True, kw_only=True)
class HoldLimits:
    """How a build may be held."""

    longest_s: float
    total_s: float
    count: int
