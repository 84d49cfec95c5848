"""The recipe: every value that a manufacturer signs, as frozen types. Parses nothing.

The only way to make a :class:`Recipe` is :func:`mdps_plugin.recipes.parse.parse_recipe`. Lengths
are millimetres, speeds mm/s, temperatures degrees Celsius, durations seconds, unless the name of
the field says otherwise. Rows are those of the feature table "seed, clause by clause" in
docs/clauses.md. The types of the process stand in :mod:`.document_process`, those of its proof in
:mod:`.document_quality`; whoever reads a recipe takes all of them from here.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from ..canonical import Json
from .document_process import (
    DesignEnvelope,
    Drying,
    FanRule,
    FeatureClass,
    FeatureWindow,
    FileRole,
    HoldLimits,
    LotRules,
    Material,
    PinnedFile,
    Printer,
    ProcessWindow,
    Retraction,
    TemperatureRule,
    ValidatedWith,
    Variable,
)
from .document_quality import (
    Characteristic,
    Coverage,
    EssentialPrinciple,
    Evidence,
    PostProcessingStep,
    Prerequisites,
    Reading,
    RetentionRule,
    UnmetRequirement,
)

__all__ = [
    "Characteristic",
    "Classification",
    "Coverage",
    "DesignEnvelope",
    "Device",
    "Drying",
    "EssentialPrinciple",
    "Evidence",
    "FanRule",
    "FeatureClass",
    "FeatureWindow",
    "FileRole",
    "HoldLimits",
    "Identity",
    "JobSource",
    "LotRules",
    "Material",
    "ModelSource",
    "Organisation",
    "Pathway",
    "PinnedFile",
    "PostProcessingStep",
    "Prerequisites",
    "Printer",
    "ProcessWindow",
    "Reading",
    "Recipe",
    "Registration",
    "ResponsibilityModel",
    "RetentionRule",
    "Retraction",
    "TemperatureRule",
    "UnmetRequirement",
    "ValidatedWith",
    "Variable",
]


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
