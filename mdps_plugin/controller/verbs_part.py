"""Verbs about a part after the print: steps, inspection, deviations, release, handing over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..audit.entry import Entry
from ..build.deviation import parse_decision
from ..build.entities import Build
from ..build.inspection import decide_inspection
from ..build.lifecycle import Event, transition
from ..build.measured import Given
from ..build.people import Person
from ..build.permit import Refused
from ..build.postprocess import decide_step
from ..build.record import ReleaseStamp, make_record
from ..build.release import ReleaseEvidence, decide_release
from ..build.signature import Act
from ..canonical import Json, canonical_json
from ..errors import StoreError
from ..findings import Verdict, merge
from ..reading import Fields
from ..recipes.document import Recipe
from .cell import Cell, unknown_build
from .kept import kept_at_permit
from .paper import make_papers, papers_made
from .signing import SigningRequest
from .socket_link import Reply, Request
from .sources import log_root, record_sources
from .verbs import fields_of, refuse_names_in, signed, signer
from .view import shown_digest


def build_and_recipe(cell: Cell, build_id: str) -> tuple[Build, Recipe]:
    """A build and the recipe it was permitted with."""
    build = cell.state.builds.get(build_id)
    if build is None:
        raise unknown_build(build_id)
    recipe = cell.bundle_of(build.permit.recipe_digest).recipe
    if recipe is None:
        raise StoreError(f"recipe {build.permit.recipe_digest[:16]}…: cannot be read any more")
    return build, recipe


def _given(fields: Fields, key: str) -> tuple[Given, ...]:
    """Values as an object by name; numbers, or numbers as typed text."""
    inner = fields.child(key)
    given: list[Given] = []
    for name, value in inner.as_dict().items():
        number = Fields({"value": _number(inner, name, value)}, inner.source, name).number("value")
        given.append(Given(key=name, value=number))
    return tuple(given)


def _number(fields: Fields, name: str, value: Json) -> Json:
    if not isinstance(value, str):
        return value
    try:
        return float(value.strip().replace(",", "."))
    except ValueError:
        raise fields.fault(name, repr(value[:40]), "a number") from None


def _values(given: tuple[Given, ...]) -> list[Json]:
    return [{"name": one.key, "value": one.value} for one in given]


Who = tuple[Person, SigningRequest]


@dataclass(frozen=True, kw_only=True)
class _Signing:
    """How an act about a part is signed: what of the order's page is shown, what is recorded."""

    act: Act
    shown: str
    kind: str
    refused: str = ""
    refusal: Event | None = None


_STEP = _Signing(
    act=Act.STEP,
    shown="step",
    kind="step_signed",
    refused="step_refused",
    refusal=Event.STEP_REFUSED,
)
_INSPECTION = _Signing(
    act=Act.INSPECTION,
    shown="inspection",
    kind="inspection_signed",
    refused="inspection_refused",
    refusal=Event.INSPECTION_REFUSED,
)
_REJECT = _Signing(act=Act.REJECT, shown="reject", kind="build_rejected")
_RAISE = _Signing(act=Act.RAISE_DEVIATION, shown="deviation", kind="deviation_raised")
_HAND_OVER = _Signing(act=Act.HAND_OVER, shown="hand_over", kind="handed_over")


def _sign_shown(
    cell: Cell, request: Request, who: Who, build: Build, how: _Signing, own: Mapping[str, Json]
) -> Entry:
    """Sign ``own`` under what the order's page shows, and put it on record."""
    shown = shown_digest(cell, build.order_id, how.shown)
    signature = signed(cell, request, how.act, dict(own), shown_sha256=shown, person=who)
    return cell.record(how.kind, {**own, "signature": signature.to_json()})


def _keep_refused(
    cell: Cell, who: Who, build: Build, how: _Signing, own: Mapping[str, Json], verdict: Verdict
) -> None:
    """Values that were read and not accepted stay on record; then :class:`Refused`."""
    if verdict.accepted:
        return
    if how.refusal is not None:
        transition(build.state, how.refusal)
    cell.record(how.refused, {**own, "by": who[0].user, "verdict": verdict.to_json()})
    raise Refused(verdict)


def start_step(cell: Cell, request: Request) -> Reply:
    """Start the controller's timer of the next step."""
    fields = fields_of(request)
    body: dict[str, Json] = {
        "build_id": fields.text("build_id"),
        "step_id": fields.text("step_id"),
        "by": request.actor,
    }
    fields.close()
    entry = cell.record("step_started", body)
    return Reply(result={"entry": entry.index})


def sign_step(cell: Cell, request: Request) -> Reply:
    """Sign one step with its readings."""
    fields = fields_of(request)
    build_id, step_id = fields.text("build_id"), fields.text("step_id")
    given = _given(fields, "readings")
    fields.close()
    who = signer(cell, request)
    with cell.lock:
        build, recipe = build_and_recipe(cell, build_id)
        verdict = decide_step(cell.state, build, recipe, step_id, given, who[0], cell.clock.now())
        own: dict[str, Json] = {
            "build_id": build_id,
            "step_id": step_id,
            "readings": _values(given),
        }
        _keep_refused(cell, who, build, _STEP, own, verdict)
        entry = _sign_shown(cell, request, who, build, _STEP, own)
    return Reply(result={"entry": entry.index})


def sign_inspection(cell: Cell, request: Request) -> Reply:
    """Sign the inspection with its measurements."""
    fields = fields_of(request)
    build_id = fields.text("build_id")
    given = _given(fields, "measurements")
    fields.close()
    who = signer(cell, request)
    with cell.lock:
        build, recipe = build_and_recipe(cell, build_id)
        verdict = decide_inspection(cell.state, build, recipe, given, who[0], cell.clock.now())
        own: dict[str, Json] = {"build_id": build_id, "measurements": _values(given)}
        _keep_refused(cell, who, build, _INSPECTION, own, verdict)
        entry = _sign_shown(cell, request, who, build, _INSPECTION, own)
    return Reply(result={"entry": entry.index})


def sign_release(cell: Cell, request: Request) -> Reply:
    """Release by a second person; the record is sealed and the documents are made."""
    fields = fields_of(request)
    build_id = fields.text("build_id")
    fields.close()
    who = signer(cell, request)
    with cell.lock:
        build, recipe = build_and_recipe(cell, build_id)
        sources = record_sources(cell, build, recipe)
        draft = make_record(sources)
        verdict = decide_release(
            ReleaseEvidence(
                cell=cell.state,
                build=build,
                recipe=recipe,
                person=who[0],
                record=draft,
                log_whole=not cell.log_fault,
                now=cell.clock.now(),
            )
        )
        recall = cell.library.judge_recall(
            recipe.identity.recipe_id,
            recipe.identity.revision,
            cell.clock.now(),
            sources.bundle_sha256,
        )
        if recall is not None:
            verdict = merge([verdict, recall])
        if not verdict.accepted:
            transition(build.state, Event.RELEASE_REFUSED)
            cell.record("release_refused", {"build_id": build_id, "verdict": verdict.to_json()})
            raise Refused(verdict)
        signature = signed(
            cell,
            request,
            Act.RELEASE,
            {"build_id": build_id},
            shown_sha256=shown_digest(cell, build.order_id, "release"),
            made_by=tuple(sorted(build.makers)),
            operator=build.operator,
            person=who,
        )
        stamp = ReleaseStamp(
            signature=signature,
            origin=cell.config.origin,
            index=cell.log.size,
            root=log_root(cell),
        )
        record = make_record(sources, stamp)
        # Made before the release is on record: a part without its papers is not released.
        papers = make_papers(cell, record)
        digest = cell.files.put(canonical_json(record))
        own: dict[str, Json] = {
            "build_id": build_id,
            "record_sha256": digest,
            "signature": signature.to_json(),
        }
        # One commit: a crash in between would leave a released part without its papers.
        entries = cell.record_many([("release_signed", own), papers_made(build_id, papers)])
    return Reply(result={"entry": entries[0].index, "record_sha256": digest})


def reject(cell: Cell, request: Request) -> Reply:
    """Reject a part; the record says so."""
    fields = fields_of(request)
    own: dict[str, Json] = {"build_id": fields.text("build_id"), "reason": fields.text("reason")}
    fields.close()
    who = signer(cell, request)
    with cell.lock:
        build, _ = build_and_recipe(cell, str(own["build_id"]))
        refuse_names_in(cell, build, own, request)
        entry = _sign_shown(cell, request, who, build, _REJECT, own)
    return Reply(result={"entry": entry.index})


def raise_deviation(cell: Cell, request: Request) -> Reply:
    """Say what was seen."""
    fields = fields_of(request)
    build_id, seen = fields.text("build_id"), fields.text("seen", max_length=4000)
    fields.close()
    who = signer(cell, request)
    with cell.lock:
        build, _ = build_and_recipe(cell, build_id)
        own: dict[str, Json] = {
            "build_id": build_id,
            "deviation_id": f"{build_id}-D{len(build.deviations) + 1}",
            "code": "seen_by_person",
            "seen": seen,
        }
        refuse_names_in(cell, build, own, request)
        entry = _sign_shown(cell, request, who, build, _RAISE, own)
    return Reply(result={"entry": entry.index, "deviation_id": own["deviation_id"]})


def decide_deviation(cell: Cell, request: Request) -> Reply:
    """Decide an open deviation on behalf of quality."""
    fields = fields_of(request)
    build_id = fields.text("build_id")
    own: dict[str, Json] = {
        "build_id": build_id,
        "deviation_id": fields.text("deviation_id"),
        "decision": fields.text("decision"),
        "justification": fields.text("reason", max_length=4000),
    }
    reference = fields.optional_text("manufacturer_reference")
    fields.close()
    if reference is not None:
        own["manufacturer_reference"] = reference
    who = signer(cell, request)
    with cell.lock:
        build, _ = build_and_recipe(cell, build_id)
        decision = {
            key: own.get(key) for key in ("decision", "justification", "manufacturer_reference")
        }
        refuse_names_in(cell, build, own, request)
        parse_decision(decision, request.verb, who[0].user, cell.clock.now())
        signature = signed(
            cell,
            request,
            Act.DECIDE_DEVIATION,
            own,
            shown_sha256=shown_digest(cell, build.order_id, "decision"),
            made_by=tuple(sorted(build.makers)),
            operator=build.operator,
            person=who,
        )
        entry = cell.record("deviation_decided", {**own, "signature": signature.to_json()})
    return Reply(result={"entry": entry.index})


def hand_over(cell: Cell, request: Request) -> Reply:
    """Hand a released device over, with the patient's copy given or declined.

    Not once its recipe was taken back: a device that is still here stays here.
    """
    fields = fields_of(request)
    own: dict[str, Json] = {
        "build_id": fields.text("build_id"),
        "to": fields.text("to"),
        "copy_given": fields.boolean("copy_given"),
    }
    fields.close()
    who = signer(cell, request)
    with cell.lock:
        build, recipe = build_and_recipe(cell, str(own["build_id"]))
        refuse_names_in(cell, build, own, request)
        recall = cell.library.judge_recall(
            recipe.identity.recipe_id,
            recipe.identity.revision,
            cell.clock.now(),
            str(kept_at_permit(cell, build.build_id).get("bundle_sha256")),
        )
        if recall is not None and not recall.accepted:
            raise Refused(recall)
        entry = _sign_shown(cell, request, who, build, _HAND_OVER, own)
    return Reply(result={"entry": entry.index})


TABLE = {
    "start_step": start_step,
    "sign_step": sign_step,
    "sign_inspection": sign_inspection,
    "sign_release": sign_release,
    "reject": reject,
    "raise_deviation": raise_deviation,
    "decide_deviation": decide_deviation,
    "hand_over": hand_over,
}
