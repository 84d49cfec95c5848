"""Post-processing: may this step be signed with these values now? Starts and signs nothing.

Steps come in the recipe's order, take at least their minimum time by the controller's clock, and
every reading lies within its limits (row 11).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..findings import CheckRun, Finding, Verdict
from ..recipes.document import PostProcessingStep, Recipe
from . import codes_part
from .checks.equipment import check_calibrations
from .checks.people import check_training
from .entities import Build, CellState
from .kinds import found
from .measured import Given, Wanted, check_values
from .people import Person
from .signature import Act, may_sign

_CHECKS = frozenset({"role", "training", "order of steps", "duration", "readings"})


def find_step(recipe: Recipe, step_id: str | None) -> PostProcessingStep | None:
    """The step of that identifier, or None."""
    return next((step for step in recipe.post_processing if step.step_id == step_id), None)


def decide_step(
    cell: CellState,
    build: Build,
    recipe: Recipe,
    step_id: str,
    given: Iterable[Given],
    person: Person,
    now: datetime,
) -> Verdict:
    """The verdict on signing ``step_id``; if it refuses, the values go into ``step_refused``.

    ``RuntimeError`` if ``recipe`` is not the one that the build was permitted with.
    """
    if recipe.digest != build.permit.recipe_digest:
        raise RuntimeError("the build was permitted with another recipe")
    step = find_step(recipe, step_id)
    findings: list[Finding] = [
        *may_sign(person, Act.STEP, build.makers, build.operator),
        *check_training(person, cell.trainings, recipe.prerequisites.training, now),
    ]
    if step is None or step_id != build.next_step:
        following = build.next_step or "none"
        findings.append(found(codes_part.STEP_ORDER, measured=step_id, limit=following))
    else:
        earlier = [one for one in build.taken if one.where == step_id and not one.signed]
        findings.extend(check_duration(step, build.step_started_at(step_id), now))
        findings.extend(check_values(wanted_values(step), given, earlier))
        findings.extend(_gauges(cell, recipe, step, now))
    return Verdict(
        findings=tuple(findings),
        checks=tuple(CheckRun(name=name, ran=True) for name in sorted(_CHECKS)),
        required=_CHECKS,
    )


def check_duration(
    step: PostProcessingStep, started_at: datetime | None, now: datetime
) -> tuple[Finding, ...]:
    """The step took at least ``minimum_s`` since ``started_at``, which the controller timed."""
    if step.minimum_s <= 0:
        return ()
    if started_at is None:
        return (found(codes_part.STEP_NOT_STARTED, measured=step.step_id, limit=step.minimum_s),)
    since_s = (now - started_at).total_seconds()
    if since_s >= step.minimum_s:
        return ()
    # Rounded down: 299.9 s must not read as the 300 s that would be enough.
    return (
        found(codes_part.STEP_TOO_SHORT, measured=int(since_s), limit=step.minimum_s, unit="s"),
    )


def wanted_values(step: PostProcessingStep) -> tuple[Wanted, ...]:
    """The readings of a step as wanted values; a reading's name is its key."""
    return tuple(
        Wanted(key=one.name, name=one.name, unit=one.unit, limits=one.limits, gauge=one.gauge)
        for one in step.readings
    )


def _gauges(
    cell: CellState, recipe: Recipe, step: PostProcessingStep, now: datetime
) -> tuple[Finding, ...]:
    """Gauges of this step that the recipe wants calibrated are so now, not only at the start."""
    used = {one.gauge for one in step.readings}
    names = [name for name in recipe.prerequisites.calibrations if name in used]
    return check_calibrations(names, cell.calibrations, now)
