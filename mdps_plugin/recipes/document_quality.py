"""What stands behind a recipe, and what follows the print: steps, inspection, evidence, retention.

Frozen types; units and rows as in :mod:`.document`. Parses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..units import Range


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
