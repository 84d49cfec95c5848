"""The detail of one order for its screens (verb ``order``). Pure; decides nothing by itself.

Shape: docs/architecture.md, "Snapshot". Lots and pre-conditions are judged by the very functions
that decide, so a screen never says yes where the decision would say no.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..canonical import Json, digest_of
from ..reading import instant_text
from ..recipes.document import PostProcessingStep, Recipe
from .checks.material import check_lot, colours_wanted, needed_g
from .entities import Build, CellState, OrderStatus, Taken
from .folding.parts import INSPECTION
from .lifecycle import BuildState
from .lot import Lot
from .order import Order
from .release import WHO_RELEASES, ReleaseEvidence, preconditions
from .screen_states import Checking, next_step, ready_to_sign, shown_state
from .signature import Act
from .snapshot import happened_json
from .subjects import (
    Subject,
    build_subject,
    inspection_subject,
    permit_subject,
    release_subject,
    step_subject,
)


@dataclass(frozen=True, kw_only=True)
class DetailSources:
    """What the detail is made from. ``draft`` is the draft record where there is one to release."""

    cell: CellState
    order: OrderStatus
    document: Order
    recipe: Recipe
    printer_serial: str
    checking: Checking | None
    draft: Mapping[str, Json] | None
    log_whole: bool
    now: datetime

    @property
    def build(self) -> Build | None:
        """The newest build of the order."""
        return self.cell.build_of(self.order.order_id)


def make_detail(sources: DetailSources) -> dict[str, Json]:
    """The whole detail."""
    order, recipe, build = sources.order, sources.recipe, sources.build
    verdict = order.verdict if isinstance(order.verdict, Mapping) else {}
    step = next_step(order, build, recipe, sources.checking, sources.now)
    return {
        "order": sources.document.raw,
        "state": shown_state(order, build, sources.checking),
        "next_step": {"text": step.text, "who": step.who, "screen": step.screen},
        "recipe": _recipe(recipe),
        "checking": _checking(sources),
        "checks": verdict.get("checks") or [],
        "findings": verdict.get("findings") or [],
        "build": _build(build) if build is not None else None,
        "lots": [_lot(lot, sources) for lot in sources.cell.lots.values()],
        "plate": recipe.printer.plate,
        "job": _job(order),
        "steps": [_step(step, build) for step in recipe.post_processing],
        "characteristics": _characteristics(recipe, build),
        "preconditions": _preconditions(sources, build),
        "operator": build.operator if build is not None else None,
        "deviations": [one.to_json() for one in build.deviations] if build is not None else [],
        "documents": [
            {
                "kind": one.kind,
                "name": one.name,
                "media_type": one.media_type,
                "sha256": one.sha256,
            }
            for one in (build.documents if build is not None else ())
        ],
        "to_sign": {name: one.to_json() for name, one in subjects(sources).items()},
    }


def subjects(sources: DetailSources) -> dict[str, Subject]:
    """What can be signed now, by act; the controller compares against the same."""
    order, recipe, build = sources.order, sources.recipe, sources.build
    found: dict[str, Subject] = {}
    if ready_to_sign(order, build):
        found["permit"] = permit_subject(order, recipe, sources.printer_serial)
    if build is None:
        return found
    state = build.state
    step = step_subject(build, recipe) if state is BuildState.BUILT else None
    if step is not None:
        found["step"] = step
    if state is BuildState.POST_PROCESSED:
        found["inspection"] = inspection_subject(build, recipe)
    if state is BuildState.INSPECTED and sources.draft is not None:
        found["release"] = release_subject(build, digest_of(sources.draft))
    if state is BuildState.RELEASED:
        found["hand_over"] = build_subject(build, Act.HAND_OVER)
    if state in (
        BuildState.BUILT,
        BuildState.POST_PROCESSED,
        BuildState.INSPECTED,
        BuildState.RELEASED,
    ):
        found["reject"] = build_subject(build, Act.REJECT)
    found["deviation"] = build_subject(build, Act.RAISE_DEVIATION)
    if build.open_deviations:
        found["decision"] = build_subject(build, Act.DECIDE_DEVIATION)
    return found


def _recipe(recipe: Recipe) -> dict[str, Json]:
    return {
        "label": recipe.label,
        "title": recipe.identity.title,
        "digest": recipe.digest,
        "intended_use": recipe.device.intended_use,
        "contraindications": list(recipe.device.contraindications),
        "warnings": list(recipe.device.warnings),
        "material": f"{recipe.material.kind}, {recipe.material.product}",
        "expires": instant_text(recipe.identity.expires),
        "example_only": recipe.identity.example_only,
        "pathway": recipe.pathway.value,
    }


def _checking(sources: DetailSources) -> dict[str, Json] | None:
    checking = sources.checking
    if checking is None or checking.order_id != sources.order.order_id:
        return None
    return {
        "name": checking.name,
        "done": checking.done,
        "of": checking.of,
        "seconds": checking.seconds,
    }


def _build(build: Build) -> dict[str, Json]:
    streamed, aborted = build.streamed, build.aborted
    return {
        "build_id": build.build_id,
        "state": build.state.value,
        "permit_expires_at": instant_text(build.permit.expires_at),
        "lot_id": build.permit.lot_id,
        "planned": build.permit.planned_sha256,
        "streamed": streamed.streamed if streamed is not None else None,
        "match": streamed.match if streamed is not None else None,
        "aborted": None
        if aborted is None
        else {"reason": aborted.reason, "line": aborted.line, "at": instant_text(aborted.at)},
        "released_by": build.released.signature.printed_name if build.released else None,
        "record_sha256": build.record_sha256,
        "handed_over_to": build.handed_over_to,
        "happened": happened_json(build),
    }


def _job(order: OrderStatus) -> dict[str, Json] | None:
    """How long and how large the examined job is; None before there is one."""
    toolpath = order.toolpath
    if not isinstance(toolpath, Mapping):
        return None
    return {name: toolpath.get(name) for name in ("print_time_s", "layers", "lines")}


def _lot(lot: Lot, sources: DetailSources) -> dict[str, Json]:
    material = sources.recipe.material
    toolpath = sources.order.toolpath
    filament = toolpath.get("filament_mm") if isinstance(toolpath, Mapping) else None
    need_g = needed_g(filament, material) if isinstance(filament, (int, float)) else None
    colours = colours_wanted(sources.recipe, sources.document.variables)
    refusing = [
        finding
        for finding in check_lot(lot, material, need_g, sources.now, colours)
        if finding.refuses
    ]
    return {
        "lot_id": lot.lot_id,
        "label": f"Lot {lot.lot_id}: {lot.product}, {lot.colour}, {lot.remaining_g:.0f} g left",
        "usable": not refusing,
        "reasons": [finding.to_json() for finding in refusing],
    }


def _step(step: PostProcessingStep, build: Build | None) -> dict[str, Json]:
    done = next(
        (one for one in (build.steps if build is not None else ()) if one.step_id == step.step_id),
        None,
    )
    started_at = build.step_started_at(step.step_id) if build is not None else None
    return {
        "step_id": step.step_id,
        "instruction": step.instruction,
        "equipment": step.equipment,
        "readings": [
            {
                "name": one.name,
                "unit": one.unit,
                "minimum": one.limits.minimum,
                "maximum": one.limits.maximum,
                "gauge": one.gauge,
                "measured": _taken(build.values(step.step_id, one.name) if build else ()),
            }
            for one in step.readings
        ],
        "minimum_s": step.minimum_s,
        "started_at": instant_text(started_at) if started_at is not None else None,
        "done": None
        if done is None or build is None
        else {
            "by": done.signed.signature.printed_name,
            "at": instant_text(done.signed.signature.at),
            "values": {
                one.name: one.value
                for one in build.taken
                if one.where == step.step_id and one.signed
            },
        },
    }


def _taken(values: tuple[Taken, ...]) -> list[Json]:
    return [
        {"value": one.value, "at": instant_text(one.at), "by": one.by, "signed": one.signed}
        for one in values
    ]


def _characteristics(recipe: Recipe, build: Build | None) -> list[Json]:
    return [
        {
            "characteristic_id": one.characteristic_id,
            "name": one.name,
            "unit": one.unit,
            "nominal": one.nominal,
            "minimum": one.limits.minimum,
            "maximum": one.limits.maximum,
            "gauge": one.gauge,
            "key": one.key,
            "measured": _taken(
                build.values(INSPECTION, one.characteristic_id) if build is not None else ()
            ),
        }
        for one in recipe.inspection
    ]


def _preconditions(sources: DetailSources, build: Build | None) -> list[Json]:
    """Only once there is a part, and without the one on who releases."""
    if build is None or build.streamed is None or build.state.ended:
        return []
    evidence = ReleaseEvidence(
        cell=sources.cell,
        build=build,
        recipe=sources.recipe,
        person=None,
        record=sources.draft or {},
        log_whole=sources.log_whole,
        now=sources.now,
    )
    # The person is checked when the password is; before that nobody can be said to miss.
    return [one.to_json() for one in preconditions(evidence) if one.name != WHO_RELEASES]
