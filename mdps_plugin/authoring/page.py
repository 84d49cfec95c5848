"""A recipe as a page that people read in a meeting: content only, as a sheet. Draws nothing.

Everything a person decides on stands on it: use, envelope beside what tests cover, hazards, steps,
acceptance, files by digest, and what lint has to say. No line of it claims more than was checked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..documents.sheet import Block, Bullets, Facts, Grid, Paragraphs, Section, Sheet
from ..documents.words import EXAMPLE_BANNER, PATHWAYS, RESPONSIBLE
from ..findings import Finding
from ..reading import instant_text
from ..recipes.document import Recipe
from ..units import number_text, quantity_text, range_text
from .page_process import (
    NO,
    YES,
    envelope_blocks,
    evidence_blocks,
    machine_facts,
    window_blocks,
)

DRAFT_BANNER = "DRAFT. Nobody has signed this."


def recipe_sheet(
    recipe: Recipe,
    settings: Mapping[str, str],
    findings: Sequence[Finding],
    signers: Sequence[str] | None,
) -> Sheet:
    """The page of one recipe. ``signers``: printed names with role; None for an unsigned draft.

    ``settings`` are the slicer settings, empty where there are none; ``findings`` those of lint.
    """
    banners = [DRAFT_BANNER] if signers is None else []
    banners += [EXAMPLE_BANNER] if recipe.identity.example_only else []
    return Sheet(
        title=recipe.identity.title,
        subtitle=f"{recipe.label} · {PATHWAYS[recipe.pathway.value]}",
        banner=" ".join(banners) or None,
        sections=(
            Section(title="The device", blocks=(_device(recipe),)),
            Section(title="Class and registration", blocks=_classes(recipe)),
            Section(title="What may be made", blocks=envelope_blocks(recipe)),
            Section(title="Material and printer", blocks=(machine_facts(recipe),)),
            Section(title="How it is printed", blocks=window_blocks(recipe.window)),
            Section(title="What proves it", blocks=evidence_blocks(recipe, settings)),
            Section(title="Hazards", blocks=(_hazards(recipe),)),
            Section(title="After printing", blocks=_steps(recipe)),
            Section(title="Acceptance", blocks=(_inspection(recipe),)),
            Section(title="What must be in place", blocks=(_prerequisites(recipe),)),
            Section(title="Open points", blocks=_lint(findings)),
            Section(title="Files and sources", blocks=_files(recipe, signers), small=False),
        ),
        footer=f"{recipe.label} · SHA-256 {recipe.digest}",
    )


def _device(recipe: Recipe) -> Facts:
    device, identity = recipe.device, recipe.identity
    sterile = "sterile" if device.sterile else "not sterile"
    use = "single use" if device.single_use else "reusable"
    return Facts(
        rows=(
            ("Intended use", device.intended_use),
            ("Not for", "; ".join(device.contraindications)),
            ("Users", ", ".join(device.users)),
            ("Description", f"{device.generic_name}: {device.description}"),
            ("State", f"{sterile}, {use}{', implantable' if recipe.implantable else ''}"),
            ("Warnings", " ".join(device.warnings) or "none"),
            ("Manufacturer", f"{recipe.manufacturer.name}, {recipe.manufacturer.address}"),
            ("Who answers", RESPONSIBLE[recipe.responsibility.value]),
            ("Why no device on the market", recipe.need_justification or "not stated"),
            ("Valid", f"{instant_text(identity.issued)} to {instant_text(identity.expires)}"),
            ("Change", identity.change_note),
        )
    )


def _classes(recipe: Recipe) -> tuple[Block, ...]:
    grid = Grid(
        columns=("Jurisdiction", "Class", "Rule"),
        shares=(2, 1, 4),
        rows=tuple((c.jurisdiction, c.device_class, c.rule) for c in recipe.classification),
    )
    lines = [
        f"{one.authority}, {one.kind}: {one.number or 'not registered'}"
        for one in recipe.registrations
    ] or ["Registration: not registered"]
    lines += [f"Not met: {one.requirement}. {one.grounds}" for one in recipe.unmet_requirements]
    return grid, Bullets(lines=tuple(lines))


def _hazards(recipe: Recipe) -> Grid:
    return Grid(
        columns=("Hazard", "Applies", "Why, or why not", "Reports"),
        shares=(2, 1, 5, 2),
        rows=tuple(
            (
                one.item,
                YES if one.applicable else NO,
                one.justification,
                ", ".join(one.evidence_ids) or "none",
            )
            for one in recipe.essential_principles
        ),
    )


def _steps(recipe: Recipe) -> tuple[Block, ...]:
    if not recipe.post_processing:
        return (Paragraphs(lines=("No step.",)),)
    rows = []
    for number, step in enumerate(recipe.post_processing, start=1):
        read = "; ".join(
            f"{one.name} {range_text(one.limits, one.unit)}, {one.gauge}" for one in step.readings
        )
        least = f"at least {number_text(step.minimum_s)} s" if step.minimum_s else ""
        limits = "; ".join(part for part in (read, least, step.equipment or "") if part)
        rows.append((str(number), step.instruction, limits or "none"))
    columns = ("", "Step", "Limits and equipment")
    return (Grid(columns=columns, shares=(1, 12, 8), rows=tuple(rows)),)


def _inspection(recipe: Recipe) -> Grid:
    return Grid(
        columns=("Characteristic", "Nominal", "Accepted", "Gauge", "Key"),
        shares=(4, 2, 3, 2, 1),
        rows=tuple(
            (
                one.name,
                quantity_text(one.nominal, one.unit),
                range_text(one.limits, one.unit),
                one.gauge,
                YES if one.key else NO,
            )
            for one in recipe.inspection
        ),
    )


def _prerequisites(recipe: Recipe) -> Facts:
    needed, hold = recipe.prerequisites, recipe.hold
    room, humidity = needed.room_temperature_c, needed.room_humidity_percent
    return Facts(
        rows=(
            ("Training", needed.training),
            ("Calibrated", ", ".join(needed.calibrations) or "none"),
            (
                "Room",
                f"{range_text(room, '°C')}, humidity {range_text(humidity, '%')}",
            ),
            ("Oversight certificate", needed.oversight_certificate or "none"),
            (
                "Holds",
                (
                    f"at most {hold.count}, each {number_text(hold.longest_s)} s, "
                    f"in all {number_text(hold.total_s)} s"
                ),
            ),
            (
                "Records kept",
                f"{recipe.retention_years} years: "
                + "; ".join(f"{one.rule} ({one.years})" for one in recipe.retention),
            ),
        )
    )


def _lint(findings: Sequence[Finding]) -> tuple[Block, ...]:
    if not findings:
        return (Paragraphs(lines=("Lint found nothing.",)),)
    rows = tuple(
        (f"{one.code} {one.kind.severity.value}", one.title(), one.observed()) for one in findings
    )
    return (Grid(columns=("Finding", "What", "Observed"), shares=(2, 4, 6), rows=rows),)


def _files(recipe: Recipe, signers: Sequence[str] | None) -> tuple[Block, ...]:
    files = Grid(
        columns=("File", "For", "SHA-256"),
        shares=(2, 2, 6),
        rows=tuple((one.name, one.role.value, one.sha256) for one in recipe.files),
    )
    signed = Facts(rows=(("Signed by", "; ".join(signers or ()) or "nobody"),))
    return signed, files, Bullets(lines=recipe.sources)
