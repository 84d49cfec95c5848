"""Entries of a build while it has the printer: from permit to streamed or aborted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...canonical import Json
from ...reading import Fields
from .. import codes_part
from ..entities import Aborted, Build, Happening, Hold, Streamed
from ..kinds import found
from ..lifecycle import BuildState, Event, order_transition
from ..permit import read_permit
from ..signature import Act
from .refusals import note_own
from .working import Handler, View, Working, moved


def put(working: Working, build: Build, view: View, text: str) -> None:
    """Keep a changed build, with a line of what happened."""
    happened = (*build.happened, Happening(at=view.at, text=text))
    working.builds[build.build_id] = replace(build, happened=happened)


def _permitted(working: Working, view: View) -> None:
    build_id = view.fields.text("build_id")
    signed = view.signature(Act.PERMIT)
    inner = view.fields.child("permit")
    permit = read_permit(inner)
    inner.close()
    if build_id in working.builds or permit.build_id != build_id:
        raise view.fault(f"build {build_id!r} used before or another", "a build of its own")
    if signed.signature.user != permit.operator:
        raise view.fault("a permit signed by another person", "the operator's own signature")
    if permit.order_id not in working.orders:
        raise view.fault(f"order {permit.order_id!r} never received", "an order of this log")
    order = working.orders[permit.order_id]
    order_transition(order.state, Event.BUILD_PERMITTED)
    _nothing_in_the_way(working, view, order.builds)
    if permit.order_sha256 != order.order_sha256:
        raise view.fault("a permit for another order document", order.order_sha256)
    working.orders[order.order_id] = replace(order, builds=(*order.builds, build_id))
    build = Build(
        build_id=build_id,
        order_id=order.order_id,
        state=BuildState.PERMITTED,
        permit=permit,
        permitted_at=view.at,
        signatures=(signed,),
    )
    working.printer_with = build_id
    put(working, build, view, f"Signed by {signed.signature.printed_name}.")


def _nothing_in_the_way(working: Working, view: View, of_order: tuple[str, ...]) -> None:
    """One build at a time on the printer, and one device an order."""
    # Looked up, not searched: a log of 50 000 builds is folded at every start.
    current = working.builds.get(working.printer_with or "")
    in_the_way = [working.builds[build_id] for build_id in of_order]
    in_the_way = [build for build in in_the_way if not build.state.lost]
    if current is not None and current.state.printer_taken:
        in_the_way.append(current)
    if in_the_way:
        raise view.fault(
            f"a permit while build {in_the_way[0].build_id} is {in_the_way[0].state.word}",
            "one build at a time, one device an order",
        )


def _expired(working: Working, view: View) -> None:
    build = moved(working.build(view), Event.PERMIT_EXPIRED, view)
    if view.at < build.permit.expires_at:
        raise view.fault("a permit ended before its time", "an end at its time")
    put(working, replace(build, ended_at=view.at), view, "The permit ended unused.")


def _armed(working: Working, view: View) -> None:
    build = moved(working.build(view), Event.BUILD_ARMED, view)
    planned = view.fields.digest("planned")
    if planned != build.permit.planned_sha256:
        raise view.fault(f"armed with job {planned}", build.permit.planned_sha256)
    if view.at >= build.permit.expires_at:
        raise view.fault("armed after the permit had ended", "armed while the permit is valid")
    lot = working.lots.get(build.permit.lot_id)
    if lot is not None:
        # Taken at arming and never given back: what a stopped build used is not weighed.
        left_g = round(max(0.0, lot.remaining_g - build.permit.material_g), 3)
        working.lots[lot.lot_id] = replace(
            lot, remaining_g=left_g, opened_at=lot.opened_at or view.at
        )
    put(working, replace(build, armed_at=view.at), view, "Armed. The permit is used up.")


def _started(working: Working, view: View) -> None:
    build = moved(working.build(view), Event.BUILD_STARTED, view)
    put(working, replace(build, started_at=view.at), view, "The first line was sent.")


def _held(working: Working, view: View) -> None:
    build = moved(working.build(view), Event.BUILD_HELD, view)
    by = view.fields.optional_text("by") or "controller"
    put(
        working,
        replace(build, holds=(*build.holds, Hold(since=view.at, by=by))),
        view,
        f"Held by {by}.",
    )


def _resumed(working: Working, view: View) -> None:
    build = _hold_over(moved(working.build(view), Event.BUILD_RESUMED, view), view)
    by = view.fields.optional_text("by") or "controller"
    put(working, build, view, f"Resumed by {by}.")


def _hold_over(build: Build, view: View) -> Build:
    if not build.holds or build.holds[-1].until is not None:
        return build
    return replace(build, holds=(*build.holds[:-1], replace(build.holds[-1], until=view.at)))


def _aborted(working: Working, view: View) -> None:
    build = _hold_over(moved(working.build(view), Event.BUILD_ABORTED, view), view)
    reason = view.fields.text("reason")
    aborted = Aborted(
        at=view.at,
        reason=reason,
        line=view.optional_integer("line"),
        streamed=view.fields.digest("streamed") if view.fields.has("streamed") else None,
        safe_stop=view.optional_boolean("safe_stop"),
    )
    put(
        working,
        replace(build, aborted=aborted, ended_at=view.at),
        view,
        f"Ended early: {reason}.",
    )
    if build.armed_at is None:
        # A permit that was given back: there is no part to put away.
        return
    kind = codes_part.BUILD_INTERRUPTED if build.interrupted else codes_part.BUILD_STOPPED
    note_own(working, view, found(kind, measured=f"{reason}."))


def _factors(fields: Fields) -> tuple[Mapping[str, Json], ...]:
    return fields.objects("factors", Fields.as_dict, most=8)


def _streamed(working: Working, view: View) -> None:
    build = working.build(view)
    event = Event.BUILD_STREAMED if build.permit.steps else Event.STREAMED_LAST
    build = moved(build, event, view)
    fields = view.fields
    streamed = Streamed(
        planned=fields.digest("planned"),
        streamed=fields.digest("streamed"),
        lines=fields.integer("lines", minimum=0, maximum=2**53 - 1),
        started=fields.instant("started"),
        finished=fields.instant("finished"),
        temperatures=fields.child("temperatures").as_dict(),
        factors=_factors(fields) if fields.has("factors") else None,
    )
    if streamed.planned != build.permit.planned_sha256:
        raise view.fault(f"planned digest {streamed.planned}", build.permit.planned_sha256)
    put(
        working,
        replace(build, streamed=streamed, ended_at=view.at),
        view,
        "All lines were sent and done." if streamed.match else "Sent lines differ from the plan.",
    )


def _controller_started(working: Working, view: View) -> None:
    """A build that had the wire is marked: whatever comes next for it, it is not resumed."""
    for build in list(working.builds.values()):
        if build.state.on_the_wire:
            put(working, replace(build, interrupted=True), view, "The controller started again.")


HANDLERS: Mapping[str, Handler] = {
    "build_permitted": _permitted,
    "permit_expired": _expired,
    "build_armed": _armed,
    "build_started": _started,
    "build_held": _held,
    "build_resumed": _resumed,
    "build_aborted": _aborted,
    "build_streamed": _streamed,
    "controller_started": _controller_started,
}
