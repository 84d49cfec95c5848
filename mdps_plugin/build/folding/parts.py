"""Entries of a part after the print: steps, inspection, release, deviations, handing over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...reading import Fields
from ..deviation import Deviation, read_decision
from ..entities import Build, DocumentMade, StepDone, Taken
from ..lifecycle import Event
from ..signature import Act
from .builds import put
from .refusals import note_verdict
from .working import Handler, View, Working, moved, signed_by

INSPECTION = "inspection"


def _values(view: View, key: str, where: str, by: str, signed: bool) -> tuple[Taken, ...]:
    def read(fields: Fields) -> Taken:
        return Taken(
            where=where,
            name=fields.text("name"),
            value=fields.number("value"),
            gauge=fields.optional_text("gauge"),
            at=view.at,
            by=by,
            signed=signed,
        )

    return view.fields.objects(key, read)


def _step_started(working: Working, view: View) -> None:
    build = moved(working.build(view), Event.STEP_STARTED, view)
    step_id = view.fields.text("step_id")
    if step_id != build.next_step:
        raise view.fault(f"start of step {step_id!r}", f"step {build.next_step!r}")
    starts = {**build.step_starts, step_id: view.at}
    put(working, replace(build, step_starts=starts), view, f"Step {step_id} began.")


def _step_refused(working: Working, view: View) -> None:
    build = moved(working.build(view), Event.STEP_REFUSED, view)
    by = view.fields.text("by")
    taken = _values(view, "readings", view.fields.text("step_id"), by, signed=False)
    working.builds[build.build_id] = replace(build, taken=(*build.taken, *taken))
    note_verdict(working, view)


def _step_signed(working: Working, view: View) -> None:
    build = working.build(view)
    step_id = view.fields.text("step_id")
    if step_id != build.next_step:
        raise view.fault(f"step {step_id!r} signed", f"step {build.next_step!r}")
    last = len(build.steps) + 1 == len(build.permit.steps)
    started_at = build.step_started_at(step_id)
    build = moved(build, Event.LAST_STEP_SIGNED if last else Event.STEP_SIGNED, view)
    signed = view.signature(Act.STEP)
    taken = _values(view, "readings", step_id, signed.signature.user, signed=True)
    done = StepDone(step_id=step_id, started_at=started_at, signed=signed)
    put(
        working,
        replace(
            build,
            steps=(*build.steps, done),
            taken=(*build.taken, *taken),
            signatures=signed_by(build, signed),
        ),
        view,
        f"Step {step_id} signed by {signed.signature.printed_name}.",
    )


def _inspection_refused(working: Working, view: View) -> None:
    build = moved(working.build(view), Event.INSPECTION_REFUSED, view)
    taken = _values(view, "measurements", INSPECTION, view.fields.text("by"), signed=False)
    working.builds[build.build_id] = replace(build, taken=(*build.taken, *taken))
    note_verdict(working, view)


def _inspection_signed(working: Working, view: View) -> None:
    build = moved(working.build(view), Event.INSPECTION_SIGNED, view)
    signed = view.signature(Act.INSPECTION)
    taken = _values(view, "measurements", INSPECTION, signed.signature.user, signed=True)
    put(
        working,
        replace(
            build,
            inspected=signed,
            taken=(*build.taken, *taken),
            signatures=signed_by(build, signed),
        ),
        view,
        f"Inspected by {signed.signature.printed_name}.",
    )


def _release_refused(working: Working, view: View) -> None:
    moved(working.build(view), Event.RELEASE_REFUSED, view)
    note_verdict(working, view)


def _release_signed(working: Working, view: View) -> None:
    build = working.build(view)
    signed = view.signature(Act.RELEASE)
    if signed.signature.user in build.makers:
        raise view.fault("a release by a person who made the part", "another person")
    build = moved(build, Event.RELEASE_SIGNED, view)
    put(
        working,
        replace(
            build,
            released=signed,
            record_sha256=view.fields.digest("record_sha256"),
            signatures=signed_by(build, signed),
        ),
        view,
        f"Released by {signed.signature.printed_name}.",
    )


def _rejected(working: Working, view: View) -> None:
    build = moved(working.build(view), Event.BUILD_REJECTED, view)
    signed = view.signature(Act.REJECT)
    reason = view.fields.text("reason")
    put(
        working,
        replace(
            build,
            rejected_reason=reason,
            signatures=signed_by(build, signed),
            record_sha256=view.fields.digest("record_sha256")
            if view.fields.has("record_sha256")
            else build.record_sha256,
        ),
        view,
        f"Rejected by {signed.signature.printed_name}.",
    )


def _raised(working: Working, view: View) -> None:
    build = moved(working.build(view), Event.DEVIATION_RAISED, view)
    signed = view.optional_signature(Act.RAISE_DEVIATION)
    deviation = Deviation(
        deviation_id=view.fields.text("deviation_id"),
        build_id=build.build_id,
        code=view.fields.text("code"),
        seen=view.fields.text("seen"),
        raised_by=signed.signature.user if signed else "controller",
        raised_at=view.at,
        entry=view.index,
    )
    if any(one.deviation_id == deviation.deviation_id for one in build.deviations):
        raise view.fault(f"deviation {deviation.deviation_id!r} twice", "each deviation once")
    put(
        working,
        replace(
            build,
            deviations=(*build.deviations, deviation),
            signatures=signed_by(build, signed),
        ),
        view,
        f"Deviation {deviation.deviation_id}.",
    )


def _decided(working: Working, view: View) -> None:
    build = moved(working.build(view), Event.DEVIATION_DECIDED, view)
    deviation_id = view.fields.text("deviation_id")
    signed = view.signature(Act.DECIDE_DEVIATION)
    if all(one.deviation_id != deviation_id for one in build.open_deviations):
        raise view.fault(f"a decision on {deviation_id!r}", "an open deviation of this build")
    decided = read_decision(view.fields, signed.signature.user, view.at)
    deviations = tuple(
        replace(one, decided=decided) if one.deviation_id == deviation_id else one
        for one in build.deviations
    )
    put(
        working,
        replace(build, deviations=deviations, signatures=signed_by(build, signed)),
        view,
        f"Deviation {deviation_id} decided: {decided.decision.value.replace('_', ' ')}.",
    )


def _documents(working: Working, view: View) -> None:
    build = moved(working.build(view), Event.DOCUMENTS_MADE, view)

    def read(fields: Fields) -> DocumentMade:
        return DocumentMade(
            kind=fields.text("kind"),
            name=fields.optional_text("name") or "",
            media_type=fields.optional_text("media_type") or "",
            sha256=fields.digest("sha256"),
        )

    made = view.fields.objects("documents", read, least=1)
    working.builds[build.build_id] = replace(build, documents=(*build.documents, *made))


def _handed_over(working: Working, view: View) -> None:
    build: Build = moved(working.build(view), Event.HANDED_OVER, view)
    signed = view.signature(Act.HAND_OVER)
    put(
        working,
        replace(
            build,
            handed_over_to=view.fields.text("to"),
            copy_given=view.fields.boolean("copy_given"),
            signatures=signed_by(build, signed),
        ),
        view,
        f"Handed over by {signed.signature.printed_name}.",
    )


HANDLERS: Mapping[str, Handler] = {
    "step_started": _step_started,
    "step_refused": _step_refused,
    "step_signed": _step_signed,
    "inspection_refused": _inspection_refused,
    "inspection_signed": _inspection_signed,
    "release_refused": _release_refused,
    "release_signed": _release_signed,
    "build_rejected": _rejected,
    "deviation_raised": _raised,
    "deviation_decided": _decided,
    "documents_made": _documents,
    "handed_over": _handed_over,
}
