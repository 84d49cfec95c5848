"""Fields of a recipe that people act on: hold, steps, inspection, evidence, hazards, retention."""

from __future__ import annotations

from ...recipes.coverage import PARAMETERS
from ...recipes.parse_quality import EVIDENCE_KINDS, ITEM_ID
from .spec import (
    DIGEST,
    Change,
    Field,
    Group,
    limits,
    matching,
    members,
    number,
    one_of,
    or_null,
    short,
    text,
    texts,
    truth,
    whole,
)

_HOLD = Group(
    clause="row 37",
    change=Change.WIDER,
    reason="A held build cools: a longer hold is a weaker joint between two layers.",
)
_STEP = Group(
    clause="row 11",
    change=Change.ALWAYS,
    reason="Steps after the print are part of the validated process.",
)
_INSPECT = Group(
    clause="row 37; ISO 13485 8.2.6",
    change=Change.ALWAYS,
    reason="Acceptance was set from the validation.",
)
_LIMITS = Group(
    clause="row 37; ISO 13485 8.2.6",
    change=Change.WIDER,
    reason="Wider acceptance lets parts pass that validation would have failed.",
)
_ROOM = Group(
    clause="row 28",
    change=Change.WIDER,
    reason="The process was validated in rooms inside the old limits.",
)
_PEOPLE = Group(
    clause="row 28", change=Change.NONE, reason="People and gauges are checked at every build."
)
_EVIDENCE = Group(
    clause="rows 8, 9",
    change=Change.NONE,
    reason="Evidence follows the process. Lint says whether it still covers it.",
)
_HAZARD = Group(
    clause="row 15",
    change=Change.NONE,
    reason="A judgement to be reviewed; the process stays as it is.",
)
_RETENTION = Group(
    clause="row 10", change=Change.NONE, reason="How long records are kept, nothing else."
)
_ITEM = matching(ITEM_ID, 64)
_PARAMETER = "|".join(name.replace(".", r"\.") for name in PARAMETERS)

QUALITY: tuple[Field, ...] = (
    _HOLD.field("hold.longest_s", number(0, 3600, "s"), "longest hold", "Of one pause."),
    _HOLD.field("hold.total_s", number(0, 14_400, "s"), "all holds", "Sum of all pauses."),
    _HOLD.field("hold.count", whole(0, 100), "number of holds", "In one build."),
    _STEP.field("post_processing[]", members(0, 100), "step", "Steps after the print, in order."),
    _STEP.field("post_processing[].step_id", _ITEM, "step", "Name of the step."),
    _STEP.field("post_processing[].instruction", text(), "instruction", "What is done."),
    _STEP.field(
        "post_processing[].readings[]", members(0, 20), "reading", "Values read off in the step."
    ),
    _STEP.field("post_processing[].readings[].name", text(100), "reading", "What is read."),
    _STEP.field("post_processing[].readings[].unit", short(20), "unit", "Unit of the reading."),
    _STEP.field(
        "post_processing[].readings[].limits",
        limits(-1e9, 1e9),
        "limits of the reading",
        "In its unit.",
        change=Change.WIDER,
    ),
    _STEP.field("post_processing[].readings[].gauge", text(200), "gauge", "With what it is read."),
    _STEP.field(
        "post_processing[].minimum_s",
        number(0, 604_800, "s"),
        "least time",
        "Timed by the controller.",
    ),
    _STEP.field(
        "post_processing[].equipment", or_null(text()), "equipment", "What it needs.", optional=True
    ),
    _INSPECT.field(
        "inspection[]", members(1, 100), "characteristic", "What is inspected on each part."
    ),
    _INSPECT.field("inspection[].characteristic_id", _ITEM, "characteristic", "Its name."),
    _INSPECT.field("inspection[].name", text(200), "name", "What people read."),
    _INSPECT.field("inspection[].unit", short(20), "unit", "1 = yes for what is seen."),
    _INSPECT.field("inspection[].nominal", number(-1e9, 1e9), "nominal value", "In its unit."),
    _LIMITS.field("inspection[].limits", limits(-1e9, 1e9), "acceptance limits", "In its unit."),
    _INSPECT.field("inspection[].gauge", text(200), "gauge", "With what it is measured."),
    _INSPECT.field("inspection[].key", truth(), "key characteristic", "At least one is."),
    _PEOPLE.field("prerequisites.training", text(200), "training", "Training of the operator."),
    _PEOPLE.field(
        "prerequisites.calibrations", texts(0, 50), "calibrations", "Gauges that must be in date."
    ),
    _ROOM.field(
        "prerequisites.room_temperature_c",
        limits(-10, 50, "°C"),
        "room temperature",
        "At the start.",
    ),
    _ROOM.field(
        "prerequisites.room_humidity_percent", limits(0, 100, "%"), "room humidity", "At the start."
    ),
    _PEOPLE.field(
        "prerequisites.oversight_certificate",
        or_null(text()),
        "oversight certificate",
        "Certificate of third-party oversight that the site must hold.",
        optional=True,
    ),
    _EVIDENCE.field("evidence[]", members(1, 100), "report", "Validation reports."),
    _EVIDENCE.field("evidence[].evidence_id", _ITEM, "report", "Its name."),
    _EVIDENCE.field(
        "evidence[].kind",
        one_of(*EVIDENCE_KINDS.split("|")),
        "kind of report",
        "OQ, PQ and test are tests on made samples.",
    ),
    _EVIDENCE.field("evidence[].standard", text(200), "standard", "Method, or none."),
    _EVIDENCE.field("evidence[].samples", whole(0, 1_000_000), "samples", "Number tested."),
    _EVIDENCE.field("evidence[].result", text(), "result", "What came out."),
    _EVIDENCE.field(
        "evidence[].report_sha256",
        or_null({"type": "string", "pattern": DIGEST}),
        "report, SHA-256",
        "Digest of the report itself.",
    ),
    _EVIDENCE.field("evidence[].covers_material", text(200), "for material", "As material.kind."),
    _EVIDENCE.field("evidence[].covers_printer", text(200), "for printer", "As printer.model."),
    _EVIDENCE.field(
        "evidence[].covers_nozzle_mm", number(0.1, 1.2, "mm"), "for nozzle", "As printer.nozzle_mm."
    ),
    _EVIDENCE.field("evidence[].covers_geometry", text(), "for geometry", "In words."),
    _EVIDENCE.field(
        "evidence[].coverage[]",
        members(0, 100),
        "covers in numbers",
        "What the samples prove; each parameter once. From mdps-recipe/2 on.",
    ),
    _EVIDENCE.field(
        "evidence[].coverage[].parameter",
        matching(rf"{_PARAMETER}|variables\..*", 100),
        "parameter",
        "One of the list in docs/recipe-format.md.",
    ),
    _EVIDENCE.field(
        "evidence[].coverage[].limits", limits(-1e6, 1e6), "covered", "In the parameter's unit."
    ),
    _HAZARD.field(
        "essential_principles[]", members(0, 50), "hazard", "The seven hazards, each judged."
    ),
    _HAZARD.field("essential_principles[].item", text(50), "hazard", "One of the seven."),
    _HAZARD.field("essential_principles[].applicable", truth(), "applies", "Whether it applies."),
    _HAZARD.field("essential_principles[].justification", text(), "reason", "Why, or why not."),
    _HAZARD.field(
        "essential_principles[].evidence_ids", texts(0, 100), "reports", "Evidence of this recipe."
    ),
    _RETENTION.field("retention[]", members(1, 50), "retention", "The longest rule counts."),
    _RETENTION.field("retention[].rule", text(500), "rule", "Who asks for it."),
    _RETENTION.field("retention[].years", whole(1, 100, "years"), "years", "From manufacture."),
)
