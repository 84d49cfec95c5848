"""Inspection: may these measurements be signed? Measures and signs nothing.

Every characteristic of the recipe is measured with its gauge, in calibration, and lies within its
limits; visual ones are 1 for yes, 0 for no (ISO 13485 8.2.6).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..findings import CheckRun, Finding, Verdict
from ..recipes.document import Recipe
from . import codes_part
from .checks.equipment import check_calibrations
from .checks.people import check_training
from .entities import Build, CellState
from .folding.parts import INSPECTION
from .kinds import found
from .lifecycle import BuildState
from .measured import Given, Wanted, check_values
from .people import Person
from .signature import Act, may_sign

_CHECKS = frozenset({"role", "training", "state", "measurements", "calibration"})


def decide_inspection(
    cell: CellState,
    build: Build,
    recipe: Recipe,
    given: Iterable[Given],
    person: Person,
    now: datetime,
) -> Verdict:
    """The verdict on signing; if it refuses, the values go into ``inspection_refused``.

    ``RuntimeError`` if ``recipe`` is not the one that the build was permitted with.
    """
    if recipe.digest != build.permit.recipe_digest:
        raise RuntimeError("the build was permitted with another recipe")
    earlier = [one for one in build.taken if one.where == INSPECTION and not one.signed]
    used = {one.gauge for one in recipe.inspection}
    gauges = [name for name in recipe.prerequisites.calibrations if name in used]
    findings: list[Finding] = [
        *may_sign(person, Act.INSPECTION, build.makers, build.operator),
        *check_training(person, cell.trainings, recipe.prerequisites.training, now),
        *check_values(wanted_values(recipe), given, earlier),
        *check_calibrations(gauges, cell.calibrations, now),
    ]
    if build.state is not BuildState.POST_PROCESSED:
        findings.append(
            found(
                codes_part.NOT_INSPECTED,
                measured=build.state.word,
                limit=BuildState.POST_PROCESSED.word,
            )
        )
    return Verdict(
        findings=tuple(findings),
        checks=tuple(CheckRun(name=name, ran=True) for name in sorted(_CHECKS)),
        required=_CHECKS,
    )


def wanted_values(recipe: Recipe) -> tuple[Wanted, ...]:
    """The characteristics of a recipe as wanted values."""
    return tuple(
        Wanted(
            key=one.characteristic_id,
            name=one.name,
            unit=one.unit,
            limits=one.limits,
            gauge=one.gauge,
        )
        for one in recipe.inspection
    )
