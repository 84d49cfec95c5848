"""Is the spool the right material, in date, certified, dry, free and heavy enough? (rows 24, 25)"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ...findings import Finding
from ...recipes.document import Drying, Material, Recipe
from ...units import number_text, range_text
from .. import codes
from ..evidence import Evidence
from ..kinds import found
from ..lot import Lot, filament_grams
from ..words import day_text, days, hours

#: Whole grams above the job's own need, for purging and what stays in the tube.
RESERVE_G = 5.0

#: What a variable that picks the colour of the material affects.
COLOUR_OF_MATERIAL = "material.colours"


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """Findings on the lot that the technician scanned."""
    material = evidence.recipe.recipe.material
    if evidence.lot is None:
        return (found(codes.LOT_MISSING, limit=material.kind),)
    need = needed_g(evidence.toolpath.filament_mm, material)
    colours = colours_wanted(evidence.recipe.recipe, evidence.order.variables)
    return check_lot(evidence.lot, material, need, evidence.now, colours)


def colours_wanted(recipe: Recipe, variables: Mapping[str, str]) -> tuple[str, ...]:
    """Colours that the lot may have: those of the recipe, or the one that the order picked."""
    for variable in recipe.variables:
        if variable.affects == COLOUR_OF_MATERIAL:
            return (variables.get(variable.name, variable.default),)
    return recipe.material.colours


def needed_g(filament_mm: float, material: Material) -> float:
    """Grams that a lot must still hold for a job of ``filament_mm``, the reserve included."""
    return filament_grams(filament_mm, material.diameter_mm, material.density_g_cm3) + RESERVE_G


def check_lot(
    lot: Lot,
    material: Material,
    need_g: float | None,
    now: datetime,
    colours: tuple[str, ...] | None = None,
) -> tuple[Finding, ...]:
    """The same for any lot, so that screens can list the usable ones; no need, no weighing.

    ``colours`` None means those of the recipe.
    """
    wanted = material.colours if colours is None else colours
    findings = [*_right(lot, material, wanted), *_state(lot, material, now)]
    if material.lot_rules.drying is not None:
        findings.extend(_dry(lot, material.lot_rules.drying, now))
    if need_g is not None and lot.remaining_g < need_g:
        findings.append(
            found(
                codes.LOT_TOO_LITTLE,
                measured=round(lot.remaining_g, 1),
                limit=round(need_g, 1),
                unit="g",
                lot=lot.lot_id,
            )
        )
    return tuple(findings)


def _right(lot: Lot, material: Material, colours: tuple[str, ...]) -> list[Finding]:
    pairs = [
        ("material", lot.kind, material.kind),
        ("maker", lot.manufacturer, material.manufacturer),
        ("product", lot.product, material.product),
    ]
    findings = [
        found(codes.LOT_WRONG, measured=seen, limit=limit, lot=lot.lot_id, name=name)
        for name, seen, limit in pairs
        if seen != limit
    ]
    if colours and lot.colour not in colours:
        findings.append(
            found(
                codes.LOT_WRONG,
                measured=lot.colour,
                limit=" or ".join(colours),
                lot=lot.lot_id,
                name="colour",
            )
        )
    return findings


def _state(lot: Lot, material: Material, now: datetime) -> list[Finding]:
    rules = material.lot_rules
    findings: list[Finding] = []
    if lot.quarantined:
        findings.append(found(codes.LOT_QUARANTINED, lot=lot.lot_id))
    if now >= lot.expires:
        findings.append(found(codes.LOT_EXPIRED, measured=day_text(lot.expires), lot=lot.lot_id))
    if rules.certificate_required and lot.certificate_sha256 is None:
        findings.append(found(codes.LOT_CERTIFICATE, lot=lot.lot_id))
    if lot.opened_at is not None and days(now - lot.opened_at) > rules.opened_at_most_days:
        findings.append(
            found(
                codes.LOT_OPEN_TOO_LONG,
                measured=round(days(now - lot.opened_at), 1),
                limit=rules.opened_at_most_days,
                unit="days",
                lot=lot.lot_id,
            )
        )
    return findings


def _dry(lot: Lot, rule: Drying, now: datetime) -> list[Finding]:
    dried = lot.dried
    if dried is None:
        seen = "dried 0 h"
    elif dried.finished_at > now:
        seen = "drying not finished"
    else:
        since_h = hours(now - dried.finished_at)
        if (
            rule.temperature_c.contains(dried.temperature_c)
            and dried.hours >= rule.minimum_h
            and since_h <= rule.use_within_h
        ):
            return []
        seen = (
            f"dried {number_text(dried.hours)} h at {number_text(dried.temperature_c)} °C,"
            f" {number_text(round(since_h, 1))} h ago"
        )
    limit = (
        f"At least {number_text(rule.minimum_h)} h at {range_text(rule.temperature_c, '°C')},"
        f" used within {number_text(rule.use_within_h)} h"
    )
    return [found(codes.LOT_NOT_DRY, measured=seen, limit=limit, lot=lot.lot_id, material=lot.kind)]
