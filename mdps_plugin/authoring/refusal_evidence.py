"""Refusal fixtures of what a recipe says for itself: its evidence, texts, dates and rules.

Rows of the table, refused by lint. What slices and what is on its way is not here.
"""

from __future__ import annotations

from .refusals import (
    Refusal,
    at_lint,
    covered,
    put,
    setting,
    without,
    words_only,
)

_OTHER_PRINTER = "Another i3"


EVIDENCE: tuple[Refusal, ...] = (
    at_lint(
        "unproven-infill",
        "AU-013",
        "The samples were made at 100 % infill, the settings say 20 %.",
        setting("fill_density", "20%"),
    ),
    at_lint(
        "unproven-walls",
        "AU-013",
        "The samples had three walls, the settings give two.",
        setting("perimeters", "2"),
    ),
    at_lint(
        "envelope-wider-than-evidence",
        "AU-013",
        "Lengths up to 60 mm are allowed, lengths up to 40 mm were tested.",
        covered("envelope.size_z_mm", 15, 40),
    ),
    at_lint(
        "temperature-never-tested",
        "AU-013",
        "The first layer is printed hotter than any sample.",
        covered("window.temperatures.nozzle_c", 235, 235),
    ),
    at_lint(
        "variable-wider-than-evidence",
        "AU-013",
        "The site may order lengths that nobody tested.",
        covered("variables.length_mm", 15, 40),
    ),
    at_lint(
        "evidence-for-another-material",
        "AU-011",
        "The published report is about ABS, the recipe prints PETG.",
        put("evidence.0.covers_material", "ABS"),
        "AU-010",
        "AU-013",
    ),
    at_lint(
        "evidence-for-another-printer",
        "AU-011",
        "The samples came from another printer.",
        put("evidence.0.covers_printer", _OTHER_PRINTER),
        "AU-010",
        "AU-013",
    ),
    at_lint(
        "evidence-for-another-nozzle",
        "AU-011",
        "The samples were made with a nozzle of 0.6 mm.",
        put("evidence.0.covers_nozzle_mm", 0.6),
        "AU-010",
        "AU-013",
    ),
    at_lint(
        "tourniquet-of-pla",
        "AU-011",
        "A band that must hold a limb, tested in PETG, printed in PLA.",
        put("material.kind", "PLA"),
        "AU-010",
        "AU-013",
    ),
    at_lint(
        "evidence-in-words-only",
        "AU-014",
        "The old schema has no coverage in numbers.",
        words_only,
    ),
    at_lint(
        "no-evidence-at-all",
        "AU-001",
        "Nobody names any report.",
        put("evidence", []),
    ),
    at_lint(
        "no-samples",
        "AU-010",
        "A performance qualification of no sample at all.",
        put("evidence.0.samples", 0),
        "AU-013",
    ),
    at_lint(
        "calculated-only",
        "AU-010",
        "A model was calculated, nothing was tested.",
        put("evidence.0.kind", "FEA"),
        "AU-013",
    ),
    at_lint(
        "report-not-pinned",
        "AU-016",
        "Nobody can tell which report is meant.",
        put("evidence.0.report_sha256", None),
    ),
)
"""What the samples do not show."""


TEXTS: tuple[Refusal, ...] = (
    at_lint(
        "no-justification",
        "AU-040",
        "A hazard is judged with one word.",
        put("essential_principles.2.justification", "no"),
    ),
    at_lint(
        "hazard-missing",
        "AU-040",
        "Radiation is not judged at all.",
        without("essential_principles", 4),
    ),
    at_lint(
        "text-to-be-written",
        "AU-041",
        "The intended use still says TODO.",
        put("device.intended_use", "TODO: say what it is for."),
    ),
    at_lint(
        "kept-five-years-in-the-eu",
        "AU-042",
        "Five years where the EU asks for ten.",
        put("retention", [{"rule": "site rule", "years": 5}]),
    ),
    at_lint(
        "implant-kept-ten-years",
        "AU-042",
        "Ten years where an implantable device asks for fifteen.",
        put("implantable", True),
        "AU-002",
    ),
    at_lint(
        "gtin-on-custom-made",
        "AU-003",
        "A custom-made device carries a product number.",
        put("gtin", "04012345678901"),
    ),
    at_lint(
        "no-written-request",
        "AU-002",
        "Custom-made without a written request.",
        put("request_required", False),
    ),
    at_lint(
        "slices-unchecked",
        "AU-002",
        "A sliced job that nobody slices again.",
        put("rings", ["A", "C"]),
    ),
    at_lint(
        "unknown-key",
        "AU-001",
        "A field that the format does not know.",
        put("device.reusable", True),
    ),
    at_lint(
        "wrong-unit",
        "AU-001",
        "A density in kg/m³.",
        put("material.density_g_cm3", 1270),
    ),
)
"""Texts, dates and rules."""
