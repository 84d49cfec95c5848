"""Rules of a recipe that span several of its fields. Reads nothing: the fields are parsed.

Each rule gives the place that the author must change. Rows are those of docs/clauses.md: pathway
1 to 3, hazards 15, evidence 8, retention 10 (IMDRF N58: 5 years, 15 if implantable).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from ..errors import DocumentError
from .coverage import VARIABLE
from .document import (
    Evidence,
    FanRule,
    FeatureClass,
    FileRole,
    JobSource,
    ModelSource,
    Pathway,
    Recipe,
    ResponsibilityModel,
    TemperatureRule,
)
from .parse_quality import PHYSICAL_EVIDENCE

HAZARDS = (
    "biological",
    "infection",
    "sterilization",
    "environment",
    "radiation",
    "energy",
    "information",
)
RETENTION_YEARS, RETENTION_IMPLANTABLE_YEARS = 5, 15


Fault = tuple[str, str, str]


def check_rules(recipe: Recipe, source: str) -> None:
    """Apply every rule; the first that does not hold is raised."""
    for _, path, observed, allowed in rule_faults(recipe):
        raise DocumentError(source, path, observed, allowed)


def rule_faults(recipe: Recipe) -> Iterable[tuple[str, str, str, str]]:
    """Everything that the rules have against a recipe: group, place, observed, allowed."""
    for group, check in _RULES.items():
        for path, observed, allowed in check(recipe):
            yield group, path, observed, allowed


def _pathway(recipe: Recipe) -> Iterable[Fault]:
    pathway = recipe.pathway
    needs_reason = pathway in (Pathway.CUSTOM_MADE, Pathway.HEALTH_INSTITUTION)
    if needs_reason and recipe.need_justification is None:
        yield "need_justification", "missing", f"a justification, as {pathway.value} asks for"
    if pathway is Pathway.CUSTOM_MADE:
        if not recipe.request_required:
            yield "request_required", "false", "true: custom-made needs a written request"
        if recipe.envelope.quantity_per_plate != 1:
            observed = str(recipe.envelope.quantity_per_plate)
            yield "envelope.quantity_per_plate", observed, "1: for the sole use of one person"
    by_institution = recipe.responsibility is ResponsibilityModel.HEALTH_INSTITUTION
    if by_institution != (pathway is Pathway.HEALTH_INSTITUTION):
        yield (
            "responsibility",
            recipe.responsibility.value,
            "health_institution with that pathway, and only with it",
        )
    if recipe.material.is_medical_device and not recipe.material.intended_uses:
        yield "material.intended_uses", "none", "the uses the material may be put to"
    yield from _repeated("classification", (item.jurisdiction for item in recipe.classification))


def _identifier(recipe: Recipe) -> Iterable[Fault]:
    if recipe.pathway is Pathway.CUSTOM_MADE and recipe.gtin is not None:
        yield "gtin", recipe.gtin, "null: a custom-made device carries no UDI"


def _files(recipe: Recipe) -> Iterable[Fault]:
    yield from _repeated("files", (pinned.name for pinned in recipe.files))
    yield from _repeated(
        "files",
        (item.role.value for item in recipe.files if item.role is not FileRole.EVIDENCE_REPORT),
    )
    needed = {FileRole.START_GCODE, FileRole.END_GCODE, FileRole.INSTRUCTIONS_FOR_USE}
    unused: set[FileRole] = set()
    pinned_model = recipe.model_source is ModelSource.PINNED
    (needed if pinned_model else unused).add(FileRole.MODEL)
    signed = recipe.job_source is JobSource.SIGNED_GCODE
    (needed if signed else unused).add(FileRole.JOB_GCODE)
    if recipe.job_source is JobSource.SLICE:
        needed.add(FileRole.SLICER_SETTINGS)
    for role in FileRole:
        if role in needed and recipe.file(role) is None:
            yield "files", f"no file of role {role.value}", f"a file of role {role.value}"
        if role in unused and recipe.file(role) is not None:
            yield "files", f"a file of role {role.value}", "only files that the recipe uses"
    if signed and not pinned_model:
        yield "model_source", recipe.model_source.value, "pinned, as the job is signed"


def _window(recipe: Recipe) -> Iterable[Fault]:
    window = recipe.window
    yield from _layered("window.temperatures", window.temperatures)
    yield from _layered("window.fan", window.fan)
    for rule in window.temperatures:
        if not window.nozzle_c.contains(rule.nozzle_c):
            yield "window.nozzle_c", f"{rule.nozzle_c:g} °C outside", "every set temperature inside"
        if not window.bed_c.contains(rule.bed_c):
            yield "window.bed_c", f"{rule.bed_c:g} °C outside", "every set temperature inside"
    yield from _repeated("window.features", (item.feature.value for item in window.features))
    if len(window.features) != len(FeatureClass):
        allowed = ", ".join(member.value for member in FeatureClass)
        yield "window.features", f"{len(window.features)} classes", f"each of {allowed}"
    if "G1" not in window.commands:
        yield "window.commands", "no G1", "G1 among them: a body moves"
    if any(value for rule in window.fan for value in rule.values) and "M106" not in window.commands:
        yield "window.commands", "no M106", "M106 among them, as a fan value is not 0"
    # A layer thicker than the nozzle is wide does not bond.
    for name in ("layer_height_mm", "first_layer_height_mm"):
        height = getattr(window, name)
        if height > recipe.printer.nozzle_mm:
            allowed = f"at most {recipe.printer.nozzle_mm:g} mm, the nozzle"
            yield f"window.{name}", f"{height:g} mm", allowed


def _layered(path: str, rules: Sequence[FanRule] | Sequence[TemperatureRule]) -> Iterable[Fault]:
    layers = [rule.from_layer for rule in rules]
    if layers[0] != 0:
        yield f"{path}[0].from_layer", str(layers[0]), "0: the first layer has a value"
    if layers != sorted(set(layers)):
        yield path, f"layers {', '.join(map(str, layers))}", "each layer once, in rising order"


def _envelope(recipe: Recipe) -> Iterable[Fault]:
    envelope = recipe.envelope
    sizes = (envelope.size_x_mm, envelope.size_y_mm, envelope.size_z_mm)
    box_cm3 = math.prod(size.maximum for size in sizes) / 1000
    if envelope.volume_cm3.minimum > box_cm3:
        observed = f"at least {envelope.volume_cm3.minimum:g} cm³"
        yield "envelope.volume_cm3", observed, f"below {box_cm3:g} cm³, the largest box"
    for axis, size, centre in (
        ("x", envelope.size_x_mm, envelope.placed_at_x_mm),
        ("y", envelope.size_y_mm, envelope.placed_at_y_mm),
    ):
        if size.maximum / 2 > centre:
            observed = f"{size.maximum:g} mm about {centre:g} mm"
            yield f"envelope.placed_at_{axis}_mm", observed, "no part below 0 mm"


def _identifiers(recipe: Recipe) -> Iterable[Fault]:
    yield from _repeated("variables", (item.name for item in recipe.variables))
    yield from _repeated("post_processing", (item.step_id for item in recipe.post_processing))
    for step in recipe.post_processing:
        yield from _repeated(f"post_processing {step.step_id}", (r.name for r in step.readings))
    yield from _repeated("inspection", (item.characteristic_id for item in recipe.inspection))
    if not any(item.key for item in recipe.inspection):
        yield "inspection", "no key characteristic", "at least one with key true"
    yield from _repeated("evidence", (item.evidence_id for item in recipe.evidence))
    yield from _repeated("prerequisites.calibrations", recipe.prerequisites.calibrations)


def covering(recipe: Recipe) -> list[Evidence]:
    """The reports on this material, this printer and this nozzle; the others prove nothing."""
    return [
        item
        for item in recipe.evidence
        if item.covers_material == recipe.material.kind
        and item.covers_printer == recipe.printer.model
        and item.covers_nozzle_mm == recipe.printer.nozzle_mm
    ]


def is_tested(item: Evidence) -> bool:
    """A report on samples that were made and measured."""
    return item.kind in PHYSICAL_EVIDENCE and item.samples > 0


def own_process(recipe: Recipe) -> str:
    """``PETG, Example i3, 0.4 mm``: what a report must be about."""
    return f"{recipe.material.kind}, {recipe.printer.model}, {recipe.printer.nozzle_mm:g} mm"


def _covering(recipe: Recipe) -> Iterable[Fault]:
    if not covering(recipe):
        observed = "reports on another material, printer or nozzle"
        yield "evidence", observed, f"one on {own_process(recipe)}"


def _tested(recipe: Recipe) -> Iterable[Fault]:
    tested = any(is_tested(item) for item in covering(recipe))
    if not recipe.identity.example_only and not tested:
        allowed = f"OQ, PQ or test with samples of {own_process(recipe)}"
        yield "evidence", "no tested samples", allowed


def _coverage(recipe: Recipe) -> Iterable[Fault]:
    numbers = {item.name for item in recipe.variables if item.limits is not None}
    for item in recipe.evidence:
        for covered in item.coverage or ():
            name = covered.parameter.removeprefix(VARIABLE)
            if covered.parameter.startswith(VARIABLE) and name not in numbers:
                yield "evidence", repr(covered.parameter), "a number among the variables"


def _principles(recipe: Recipe) -> Iterable[Fault]:
    items = [principle.item for principle in recipe.essential_principles]
    yield from _repeated("essential_principles", items)
    for hazard in HAZARDS:
        if hazard not in items:
            yield "essential_principles", f"no item {hazard}", f"each of {', '.join(HAZARDS)}"
    known = {item.evidence_id for item in recipe.evidence}
    for principle in recipe.essential_principles:
        if principle.item not in HAZARDS:
            yield "essential_principles", repr(principle.item), f"only: {', '.join(HAZARDS)}"
        for evidence_id in principle.evidence_ids:
            if evidence_id not in known:
                yield "essential_principles", f"evidence {evidence_id!r}", "evidence of this recipe"


def _rings(recipe: Recipe) -> Iterable[Fault]:
    if "A" not in recipe.rings:
        yield "rings", ", ".join(recipe.rings), "A among them"
    if "B" in recipe.rings and recipe.file(FileRole.SLICER_SETTINGS) is None:
        yield "rings", "B with no slicer settings", "slicer settings pinned, to slice again"
    # A and C alone do not see what is missing within the walls: docs/examiner.md.
    if "B" not in recipe.rings and recipe.job_source is not JobSource.SIGNED_GCODE:
        observed = f"{', '.join(recipe.rings)} with job_source {recipe.job_source.value}"
        yield "rings", observed, "B among them, unless the job itself is signed"


def _retention(recipe: Recipe) -> Iterable[Fault]:
    least = RETENTION_IMPLANTABLE_YEARS if recipe.implantable else RETENTION_YEARS
    if recipe.retention_years < least:
        yield "retention", f"{recipe.retention_years} years", f"at least {least} years"


def _repeated(path: str, values: Iterable[str]) -> Iterable[Fault]:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            yield path, f"{value!r} twice", "each once"
        seen.add(value)


#: Groups of rules, in the order in which they are applied.
_RULES: dict[str, Callable[[Recipe], Iterable[Fault]]] = {
    "pathway": _pathway,
    "identifier": _identifier,
    "files": _files,
    "window": _window,
    "envelope": _envelope,
    "identifiers": _identifiers,
    "covering": _covering,
    "tested": _tested,
    "coverage": _coverage,
    "principles": _principles,
    "rings": _rings,
    "retention": _retention,
}
