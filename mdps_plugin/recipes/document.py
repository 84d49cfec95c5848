"""The recipe: every value that a manufacturer signs, as frozen types. Parses nothing.

The only way to make a :class:`Recipe` is :func:`mdps_plugin.recipes.parse.parse_recipe`. Lengths
are millimetres, speeds mm/s, temperatures degrees Celsius, durations seconds, unless the name of
the field says otherwise. Rows are those of the feature table "seed, clause by clause" in
docs/clauses.md.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from ..canonical import Json
from ..units import Range


class Pathway(enum.Enum):
    """Regulatory kind of personalized device; fixed by the manufacturer (row 2)."""

    CUSTOM_MADE = "custom_made"
    PATIENT_MATCHED = "patient_matched"
    ADAPTABLE = "adaptable"
    MASS_PRODUCED = "mass_produced"
    HEALTH_INSTITUTION = "health_institution"


class ResponsibilityModel(enum.Enum):
    """Who answers for the device; selects the documents."""

    MDPS_MANUFACTURER = "mdps_manufacturer"
    CO_LOCATED_MANUFACTURER = "co_located_manufacturer"
    HEALTH_INSTITUTION = "health_institution"


class JobSource(enum.Enum):
    """Where the G-code of a build comes from."""

    SLICE = "slice"
    SIGNED_GCODE = "signed_gcode"
    BROUGHT = "brought"


class ModelSource(enum.Enum):
    """Where the geometry comes from."""

    PINNED = "pinned"
    ORDER = "order"


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
class Identity:
    """Which recipe this is. ``revision`` counts up; a lower one is never current again."""

    recipe_id: str
    revision: int
    title: str
    issued: datetime
    expires: datetime
    change_note: str
    example_only: bool


@dataclass(frozen=True, kw_only=True)
class Organisation:
    """Name and postal address, as they must stand on a statement."""

    name: str
    address: str
    contact: str


@dataclass(frozen=True, kw_only=True)
class Device:
    """What is made and for what (rows 16, 27)."""

    description: str
    generic_name: str
    intended_use: str
    contraindications: tuple[str, ...]
    users: tuple[str, ...]
    single_use: bool
    sterile: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Classification:
    """Class that the device has in one jurisdiction, and the rule that gives it (row 12)."""

    jurisdiction: str
    device_class: str
    rule: str


@dataclass(frozen=True, kw_only=True)
class Registration:
    """Registration or notification with an authority; ``number`` None = not registered."""

    authority: str
    kind: str
    number: str | None


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


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One value that a person reads off during a step."""

    name: str
    unit: str
    limits: Range
    gauge: str


@dataclass(frozen=True, kw_only=True)
class PostProcessingStep:
    """One step after the print, in order; ``minimum_s`` is timed by the controller."""

    step_id: str
    instruction: str
    readings: tuple[Reading, ...]
    minimum_s: float
    equipment: str | None


@dataclass(frozen=True, kw_only=True)
class Characteristic:
    """One inspected characteristic; ``limits`` in ``unit``; visual ones use 1 = yes, 0 = no."""

    characteristic_id: str
    name: str
    unit: str
    nominal: float
    limits: Range
    gauge: str
    key: bool


@dataclass(frozen=True, kw_only=True)
class Prerequisites:
    """What must be true of people, equipment and room before a build (row 28)."""

    training: str
    calibrations: tuple[str, ...]
    room_temperature_c: Range
    room_humidity_percent: Range
    oversight_certificate: str | None


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """What a report proves of one parameter: every value between the limits (row 8).

    ``parameter`` is one of :data:`mdps_plugin.recipes.coverage.PARAMETERS`, or
    ``variables.NAME`` for a number that the site may pick; the unit is that of the parameter.
    """

    parameter: str
    limits: Range


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One validation report and what it covers (row 8).

    ``coverage`` is None in ``mdps-recipe/1``, which knew words only.
    """

    evidence_id: str
    kind: str
    standard: str
    samples: int
    result: str
    report_sha256: str | None
    covers_material: str
    covers_printer: str
    covers_nozzle_mm: float
    covers_geometry: str
    coverage: tuple[Coverage, ...] | None


@dataclass(frozen=True, kw_only=True)
class EssentialPrinciple:
    """One item of the list of hazards considered (row 15)."""

    item: str
    applicable: bool
    justification: str
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RetentionRule:
    """One rule on how long records are kept; the longest of all rules applies (row 10)."""

    rule: str
    years: int


@dataclass(frozen=True, kw_only=True)
class UnmetRequirement:
    """A requirement that is not met, with the grounds for safety (rows 16, 35)."""

    requirement: str
    grounds: str


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One signed recipe. ``raw`` is the JSON it was parsed from, for digests and display."""

    identity: Identity
    manufacturer: Organisation
    device: Device
    pathway: Pathway
    responsibility: ResponsibilityModel
    classification: tuple[Classification, ...]
    implantable: bool
    registrations: tuple[Registration, ...]
    need_justification: str | None
    unmet_requirements: tuple[UnmetRequirement, ...]
    gtin: str | None
    request_required: bool
    material: Material
    printer: Printer
    validated_with: ValidatedWith
    model_source: ModelSource
    job_source: JobSource
    files: tuple[PinnedFile, ...]
    window: ProcessWindow
    envelope: DesignEnvelope
    variables: tuple[Variable, ...]
    rings: tuple[str, ...]
    hold: HoldLimits
    permit_valid_s: int
    post_processing: tuple[PostProcessingStep, ...]
    inspection: tuple[Characteristic, ...]
    prerequisites: Prerequisites
    evidence: tuple[Evidence, ...]
    essential_principles: tuple[EssentialPrinciple, ...]
    retention: tuple[RetentionRule, ...]
    sources: tuple[str, ...]
    digest: str
    raw: Json

    def file(self, role: FileRole) -> PinnedFile | None:
        """The pinned file of that role, or None; roles but evidence reports occur at most once."""
        return next((pinned for pinned in self.files if pinned.role is role), None)

    @property
    def retention_years(self) -> int:
        """Years that records are kept: the longest of all rules."""
        return max(rule.years for rule in self.retention)

    @property
    def label(self) -> str:
        """``mask-extender revision 1``, as screens and findings name it."""
        return f"{self.identity.recipe_id} revision {self.identity.revision}"
