"""Entries about orders: received, verified, refused. Judges nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...canonical import Json
from ..entities import OrderStatus
from ..lifecycle import Event, order_transition
from .refusals import note_verdict
from .working import Handler, View, Working


def _received(working: Working, view: View) -> None:
    order_id = view.fields.text("order_id")
    if order_id in working.orders:
        raise view.fault(f"order {order_id!r} a second time", "each order once")
    working.orders[order_id] = OrderStatus(
        order_id=order_id,
        order_sha256=view.fields.digest("order_sha256"),
        recipe_digest=view.fields.digest("recipe_digest"),
        patient_token=view.fields.text("patient_token"),
        received_at=view.at,
        entry=view.index,
    )


def _verified(working: Working, view: View) -> None:
    _judged(working, view, Event.ORDER_VERIFIED)


def _refused(working: Working, view: View) -> None:
    _judged(working, view, Event.ORDER_REFUSED)
    note_verdict(working, view)


def _judged(working: Working, view: View, event: Event) -> None:
    order = working.order(view)
    current = working.builds[order.builds[-1]] if order.builds else None
    if current is not None and not current.state.lost:
        raise view.fault(
            f"'{view.kind}' while build {current.build_id} is {current.state.word}",
            "verifying only while the order has no build",
        )
    fields = view.fields
    working.orders[order.order_id] = replace(
        order,
        state=order_transition(order.state, event),
        verdict=fields.take("verdict"),
        digests=_digests(view),
        toolpath=fields.take("toolpath") if fields.has("toolpath") else None,
        verified_at=view.at,
    )


def _digests(view: View) -> Mapping[str, str]:
    """``source``, ``placed``, ``gcode``, ``canonical``; what a refused order never had is null."""
    if not view.fields.has("digests"):
        return {}
    inner = view.fields.child("digests")
    values: Mapping[str, Json] = inner.as_dict()
    return {name: inner.digest(name) for name, value in values.items() if value is not None}


def _permit_refused(working: Working, view: View) -> None:
    working.order(view)
    note_verdict(working, view)


HANDLERS: Mapping[str, Handler] = {
    "order_received": _received,
    "order_verified": _verified,
    "order_refused": _refused,
    "permit_refused": _permit_refused,
}
