"""Reads the parts of a recipe that people act on: steps, inspection, evidence, retention."""

from __future__ import annotations

from ..reading import Fields
from .coverage import PARAMETERS, VARIABLE
from .document import (
    Characteristic,
    Coverage,
    EssentialPrinciple,
    Evidence,
    HoldLimits,
    PostProcessingStep,
    Prerequisites,
    Reading,
    RetentionRule,
)

ITEM_ID = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
EVIDENCE_KINDS = "literature|FEA|IQ|OQ|PQ|test"
PHYSICAL_EVIDENCE = frozenset({"OQ", "PQ", "test"})


def _identifier(fields: Fields, key: str) -> str:
    fields.text(key, max_length=64)
    return fields.matching(key, ITEM_ID, "lower-case words joined by hyphens")


def read_hold(fields: Fields) -> HoldLimits:
    """How a build may be held; no hold may outlast the sum of all."""
    hold = HoldLimits(
        longest_s=fields.number("longest_s", minimum=0, maximum=3600, unit="s"),
        total_s=fields.number("total_s", minimum=0, maximum=14_400, unit="s"),
        count=fields.integer("count", minimum=0, maximum=100),
    )
    if hold.longest_s > hold.total_s:
        raise fields.fault("longest_s", f"{hold.longest_s:g} s", f"at most {hold.total_s:g} s")
    fields.close()
    return hold


def read_step(fields: Fields) -> PostProcessingStep:
    """One step after the print."""
    return PostProcessingStep(
        step_id=_identifier(fields, "step_id"),
        instruction=fields.text("instruction"),
        readings=fields.objects("readings", _reading, most=20),
        minimum_s=fields.number("minimum_s", minimum=0, maximum=604_800, unit="s"),
        equipment=fields.optional_text("equipment"),
    )


def _reading(fields: Fields) -> Reading:
    unit = fields.text("unit", empty=True, max_length=20)
    return Reading(
        name=fields.text("name", max_length=100),
        unit=unit,
        limits=fields.range("limits", minimum=-1e9, maximum=1e9, unit=unit),
        gauge=fields.text("gauge", max_length=200),
    )


def read_characteristic(fields: Fields) -> Characteristic:
    """One inspected characteristic; its nominal value lies inside its limits."""
    unit = fields.text("unit", empty=True, max_length=20)
    characteristic = Characteristic(
        characteristic_id=_identifier(fields, "characteristic_id"),
        name=fields.text("name", max_length=200),
        unit=unit,
        nominal=fields.number("nominal", minimum=-1e9, maximum=1e9, unit=unit),
        limits=fields.range("limits", minimum=-1e9, maximum=1e9, unit=unit),
        gauge=fields.text("gauge", max_length=200),
        key=fields.boolean("key"),
    )
    if not characteristic.limits.contains(characteristic.nominal):
        raise fields.fault("nominal", f"{characteristic.nominal:g} {unit}", "inside the limits")
    return characteristic


def read_prerequisites(fields: Fields) -> Prerequisites:
    """What must hold of people, equipment and room before a build."""
    prerequisites = Prerequisites(
        training=fields.text("training", max_length=200),
        calibrations=fields.texts("calibrations", most=50),
        room_temperature_c=fields.range("room_temperature_c", minimum=-10, maximum=50, unit="°C"),
        room_humidity_percent=fields.range(
            "room_humidity_percent", minimum=0, maximum=100, unit="%"
        ),
        oversight_certificate=fields.optional_text("oversight_certificate"),
    )
    fields.close()
    return prerequisites


def read_evidence(fields: Fields, *, numbers: bool) -> Evidence:
    """One validation report and what it covers; ``numbers`` from ``mdps-recipe/2`` on."""
    return Evidence(
        evidence_id=_identifier(fields, "evidence_id"),
        kind=fields.matching("kind", EVIDENCE_KINDS, EVIDENCE_KINDS.replace("|", ", ")),
        standard=fields.text("standard", max_length=200),
        samples=fields.integer("samples", minimum=0, maximum=1_000_000),
        result=fields.text("result"),
        report_sha256=(
            None if fields.take("report_sha256") is None else fields.digest("report_sha256")
        ),
        covers_material=fields.text("covers_material", max_length=200),
        covers_printer=fields.text("covers_printer", max_length=200),
        covers_nozzle_mm=fields.number("covers_nozzle_mm", minimum=0.1, maximum=1.2, unit="mm"),
        covers_geometry=fields.text("covers_geometry"),
        coverage=_coverage(fields) if numbers else None,
    )


def _coverage(fields: Fields) -> tuple[Coverage, ...]:
    covered = fields.objects("coverage", _covered, most=100)
    names = [item.parameter for item in covered]
    for name in names:
        if names.count(name) > 1:
            raise fields.fault("coverage", f"{name!r} twice", "each parameter once")
    return covered


def _covered(fields: Fields) -> Coverage:
    parameter = fields.text("parameter", max_length=100)
    if parameter not in PARAMETERS and not parameter.startswith(VARIABLE):
        allowed = f"{', '.join(PARAMETERS)}, or {VARIABLE} and the name of a variable"
        raise fields.fault("parameter", repr(parameter), allowed)
    unit = PARAMETERS.get(parameter, "")
    return Coverage(
        parameter=parameter, limits=fields.range("limits", minimum=-1e6, maximum=1e6, unit=unit)
    )


def read_principle(fields: Fields) -> EssentialPrinciple:
    """One item of the list of hazards considered."""
    return EssentialPrinciple(
        item=fields.text("item", max_length=50),
        applicable=fields.boolean("applicable"),
        justification=fields.text("justification"),
        evidence_ids=fields.texts("evidence_ids", most=100),
    )


def read_retention(fields: Fields) -> RetentionRule:
    """One rule on how long records are kept, in whole years."""
    return RetentionRule(
        rule=fields.text("rule", max_length=500),
        years=fields.integer("years", minimum=1, maximum=100),
    )
