"""Does the evidence cover what the recipe allows? Parameter by parameter. Reads no file.

A claim is what the recipe allows of one parameter; it holds if one unbroken range of what the
tested reports cover contains it. Reports on another material, printer or nozzle count for nothing,
and so do reports without samples (IMDRF PMD/N58, row 8 of docs/clauses.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..findings import Finding, Where
from ..recipes.coverage import PARAMETERS, VARIABLE
from ..recipes.document import FileRole, Recipe
from ..recipes.rules import covering, is_tested, own_process
from ..units import Range, number_text, range_text
from . import codes
from .strength import setting_of, strength


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a recipe allows of one parameter, and where it says so."""

    parameter: str
    path: str
    limits: Range
    unit: str


def claims(recipe: Recipe, settings: Mapping[str, str]) -> list[Claim]:
    """Every parameter of :data:`PARAMETERS` that the recipe claims a value of, and its variables.

    ``settings`` are the signed slicer settings; empty where the recipe has none.
    """
    window, envelope = recipe.window, recipe.envelope
    nozzle = [rule.nozzle_c for rule in window.temperatures]
    bed = [rule.bed_c for rule in window.temperatures]
    fan = [float(value) for rule in window.fan for value in rule.values]
    found: list[Claim] = []

    def claim(parameter: str, low: float, high: float, path: str = "", unit: str = "") -> None:
        found.append(
            Claim(
                parameter=parameter,
                path=path or parameter,
                limits=Range(minimum=low, maximum=high),
                unit=unit or PARAMETERS.get(parameter, ""),
            )
        )

    for name in ("size_x_mm", "size_y_mm", "size_z_mm", "volume_cm3"):
        limits: Range = getattr(envelope, name)
        claim(f"envelope.{name}", limits.minimum, limits.maximum)
    for name in ("first_layer_height_mm", "layer_height_mm"):
        height: float = getattr(window, name)
        claim(f"window.{name}", height, height)
    claim("window.temperatures.nozzle_c", min(nozzle), max(nozzle), "window.temperatures")
    claim("window.temperatures.bed_c", min(bed), max(bed), "window.temperatures")
    for index, entry in enumerate(window.features):
        for name in ("flow_mm3_per_mm", "speed_mm_s"):
            limits = getattr(entry, name)
            parameter = f"window.features.{entry.feature.value}.{name}"
            path = f"window.features[{index}].{name}"
            claim(parameter, limits.minimum, limits.maximum, path)
    claim("window.fan", min(fan), max(fan))
    slicer = recipe.validated_with.slicer
    for name, value in strength(settings, slicer).items() if settings else ():
        if value is not None:
            claim(f"settings.{name}", value, value, f"settings {setting_of(name, slicer)}")
    for index, variable in enumerate(recipe.variables):
        if variable.limits is not None:
            parameter = f"{VARIABLE}{variable.name}"
            path = f"variables[{index}].limits"
            claim(parameter, variable.limits.minimum, variable.limits.maximum, path, variable.unit)
    return found


def covered_by(recipe: Recipe, parameter: str) -> list[Range]:
    """What tested reports on this process cover of one parameter, as ranges that do not touch."""
    parts = sorted(
        (
            covered.limits
            for item in covering(recipe)
            if is_tested(item)
            for covered in item.coverage or ()
            if covered.parameter == parameter
        ),
        key=lambda limits: (limits.minimum, limits.maximum),
    )
    merged: list[Range] = []
    for part in parts:
        if merged and part.minimum <= merged[-1].maximum:
            highest = max(part.maximum, merged[-1].maximum)
            merged[-1] = Range(minimum=merged[-1].minimum, maximum=highest)
        else:
            merged.append(part)
    return merged


def uncovered(recipe: Recipe, settings: Mapping[str, str]) -> list[tuple[Claim, str]]:
    """Claims that no unbroken range covers, each with what is covered, in words."""
    found: list[tuple[Claim, str]] = []
    for claim in claims(recipe, settings):
        ranges = covered_by(recipe, claim.parameter)
        if not any(_holds(part, claim.limits) for part in ranges):
            found.append((claim, _words(ranges, claim.unit)))
    return found


def _holds(outer: Range, inner: Range) -> bool:
    return outer.contains(inner.minimum) and outer.contains(inner.maximum)


def _words(ranges: Sequence[Range], unit: str) -> str:
    return ", ".join(range_text(part, unit) for part in ranges) or "nothing"


def check_evidence(recipe: Recipe, settings: Mapping[str, str]) -> Iterable[Finding]:
    """Every report that counts for nothing, and every claim that is not covered."""
    yield from _reports(recipe)
    missing = uncovered(recipe, settings)
    if recipe.identity.example_only:
        if missing:
            names = ", ".join(claim.parameter for claim, _ in missing)
            yield Finding(
                kind=codes.EXAMPLE_UNPROVEN,
                where=Where(path="evidence"),
                measured=len(missing),
                facts={"covered": names},
            )
        return
    if all(item.coverage is None for item in recipe.evidence):
        yield Finding(
            kind=codes.NO_NUMBERS,
            where=Where(path="schema"),
            measured="mdps-recipe/1",
            limit="mdps-recipe/2",
        )
        return
    for claim, words in missing:
        yield Finding(
            kind=codes.UNCOVERED,
            where=Where(path=claim.path),
            measured=range_text(claim.limits, ""),
            limit=words,
            unit=claim.unit,
            facts={"parameter": claim.parameter, "covered": words},
        )


def _reports(recipe: Recipe) -> Iterable[Finding]:
    own = covering(recipe)
    pinned = {file.sha256 for file in recipe.files if file.role is FileRole.EVIDENCE_REPORT}
    for index, item in enumerate(recipe.evidence):
        place = f"evidence[{index}]"
        if item not in own:
            about = (
                f"{item.covers_material}, {item.covers_printer}, "
                f"{number_text(item.covers_nozzle_mm)} mm"
            )
            yield Finding(
                kind=codes.IDLE_REPORT,
                where=Where(path=place),
                measured=about,
                limit=own_process(recipe),
            )
        elif is_tested(item) and item.report_sha256 is None:
            yield Finding(
                kind=codes.REPORT_NOT_PINNED,
                where=Where(path=f"{place}.report_sha256"),
                measured="null",
                limit="the SHA-256 of the report"
                + (" (one is pinned under files)" if pinned else ""),
            )
    for index, principle in enumerate(recipe.essential_principles):
        if principle.applicable and not principle.evidence_ids:
            yield Finding(
                kind=codes.HAZARD_BARE,
                where=Where(path=f"essential_principles[{index}].evidence_ids"),
                measured=f"none for {principle.item}",
            )
