"""A recipe's page, the process: what may be made, how, and what proves it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ..documents.sheet import Block, Facts, Grid
from ..recipes.document import ProcessWindow, Recipe
from ..units import number_text, range_text
from .lint_evidence import claims, uncovered

YES, NO = "yes", "no"


def envelope_blocks(recipe: Recipe) -> tuple[Block, ...]:
    """Geometry and the values that the site may choose."""
    envelope = recipe.envelope
    sizes = (envelope.size_x_mm, envelope.size_y_mm, envelope.size_z_mm)
    facts = Facts(
        rows=(
            (
                "Shape",
                "signed with the recipe"
                if recipe.model_source.value == "pinned"
                else "brought with the order",
            ),
            ("Size", " by ".join(range_text(size, "mm") for size in sizes)),
            ("Volume", range_text(envelope.volume_cm3, "cm³")),
            ("On a plate", f"{envelope.quantity_per_plate}, bodies {envelope.bodies}"),
            ("Written request", "needed" if recipe.request_required else "not needed"),
            ("Checks of every job", f"rings {', '.join(recipe.rings)}"),
        )
    )
    if not recipe.variables:
        return (facts,)
    rows = tuple(
        (
            variable.name,
            range_text(variable.limits, variable.unit)
            if variable.limits is not None
            else ", ".join(variable.allowed),
            f"{variable.default} {variable.unit}".strip(),
            variable.affects,
        )
        for variable in recipe.variables
    )
    columns = ("The site may choose", "Among", "Default", "It changes")
    return facts, Grid(columns=columns, shares=(2, 3, 2, 3), rows=rows)


def machine_facts(recipe: Recipe) -> Facts:
    """Material, lot rules, printer, software."""
    material, printer, with_ = recipe.material, recipe.printer, recipe.validated_with
    drying = material.lot_rules.drying
    dried = "not dried"
    if drying is not None:
        dried = (
            f"{range_text(drying.temperature_c, '°C')} for {number_text(drying.minimum_h)} h, "
            f"used within {number_text(drying.use_within_h)} h"
        )
    opened = f"opened at most {material.lot_rules.opened_at_most_days} days"
    return Facts(
        rows=(
            ("Material", f"{material.kind}, {material.manufacturer}, {material.product}"),
            ("Colours", ", ".join(material.colours)),
            ("Lot", f"{opened}; dried: {dried}"),
            (
                "Printer",
                f"{printer.model}, nozzle {number_text(printer.nozzle_mm)} mm, {printer.plate}",
            ),
            ("Firmware", printer.firmware_profile),
            (
                "Software",
                (
                    f"{with_.slicer} {with_.slicer_version}, OctoPrint {with_.octoprint}, "
                    f"plugin {with_.plugin}, controller {with_.controller}"
                ),
            ),
        )
    )


def window_blocks(window: ProcessWindow) -> tuple[Block, ...]:
    """Layers, heat, fan and the limits of printed lines."""
    facts = Facts(
        rows=(
            (
                "Layers",
                (
                    f"{number_text(window.layer_height_mm)} mm, "
                    f"the first {number_text(window.first_layer_height_mm)} mm"
                ),
            ),
            (
                "Set temperatures",
                "; ".join(
                    f"from layer {rule.from_layer}: nozzle {number_text(rule.nozzle_c)} °C, "
                    f"bed {number_text(rule.bed_c)} °C"
                    for rule in window.temperatures
                ),
            ),
            (
                "While printing",
                (
                    f"nozzle {range_text(window.nozzle_c, '°C')}, "
                    f"bed {range_text(window.bed_c, '°C')}, "
                    f"outside at most {number_text(window.excursion_s)} s"
                ),
            ),
            (
                "Fan, of 255",
                "; ".join(
                    f"from layer {rule.from_layer}: {', '.join(map(str, rule.values))}"
                    for rule in window.fan
                ),
            ),
            ("How full a layer is", range_text(window.layer_volume_ratio, "of the model")),
            ("Filament of a job", range_text(window.total_filament_mm, "mm")),
        )
    )
    rows = tuple(
        (
            entry.feature.value.replace("_", " "),
            range_text(entry.flow_mm3_per_mm, ""),
            range_text(entry.width_mm, ""),
            range_text(entry.speed_mm_s, ""),
        )
        for entry in window.features
    )
    columns = ("Printed lines", "Flow, mm³/mm", "Width, mm", "Speed, mm/s")
    return facts, Grid(columns=columns, shares=(2, 3, 3, 3), rows=rows)


def evidence_blocks(recipe: Recipe, settings: Mapping[str, str]) -> tuple[Block, ...]:
    """Each report, and each claim beside what tested reports cover of it."""
    reports = tuple(
        (
            f"{item.evidence_id} ({item.kind})",
            (
                f"{item.covers_material}, {item.covers_printer}, "
                f"{number_text(item.covers_nozzle_mm)} mm; {item.covers_geometry}"
            ),
            str(item.samples),
            item.result,
        )
        for item in recipe.evidence
    )
    missing = {claim.parameter: words for claim, words in uncovered(recipe, settings)}
    rows = tuple(
        (
            claim.parameter,
            range_text(claim.limits, claim.unit),
            missing.get(claim.parameter, "all of it"),
            YES if claim.parameter not in missing else NO,
        )
        for claim in claims(recipe, settings)
    )
    return (
        Grid(columns=("Report", "About", "Samples", "Result"), shares=(2, 3, 1, 4), rows=reports),
        Grid(
            columns=("Parameter", "The recipe allows", "Tested reports cover", "Inside"),
            shares=(5, 3, 3, 1),
            rows=rows,
        ),
    )
