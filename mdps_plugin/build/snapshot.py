"""The ``state`` snapshot that every screen shows. Pure; sends and decides nothing.

Shape: docs/architecture.md, "Snapshot". Everything in it is the fold of the log, what the gate
says now, and the configuration; the same inputs give the same snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..canonical import Json
from ..reading import instant_text
from ..recipes.document import Recipe
from .entities import Build, CellState, OrderStatus
from .lifecycle import BuildState
from .order import Order
from .screen_states import (
    Checking,
    focus,
    lock_of,
    next_step,
    shown_state,
)

REFUSALS_SHOWN = 20
HAPPENED_SHOWN = 20
ORDERS_SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class GateFacts:
    """What the gate says now, as plain values; temperatures in °C, None where unknown."""

    mode: str
    connected: bool
    qualified: bool
    detail: str
    nozzle_c: float | None
    nozzle_target_c: float | None
    bed_c: float | None
    bed_target_c: float | None
    age_s: float | None
    line: int | None
    lines: int | None
    layer: int | None
    layers: int | None
    ready_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class CellFacts:
    """What the configuration says."""

    version: str
    cell: str
    site: str
    demonstration: bool
    printer_model: str
    printer_serial: str
    printer_profile: str


@dataclass(frozen=True, kw_only=True)
class QmsFacts:
    """How far the quality system has confirmed."""

    word: str
    connected: bool
    unconfirmed: int
    oldest_age_s: float | None


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """Parsed documents that the fold knows by digest only; what is missing is shown as unknown."""

    orders: Mapping[str, Order]
    recipes: Mapping[str, Recipe]

    def recipe_of(self, order: OrderStatus | None) -> Recipe | None:
        """The recipe of an order, by its digest."""
        return None if order is None else self.recipes.get(order.recipe_digest)


def make_snapshot(
    cell: CellState,
    gate: GateFacts,
    about: CellFacts,
    catalogue: Catalogue,
    qms: QmsFacts,
    checking: Checking | None,
    now: datetime,
    seq: int,
) -> dict[str, Json]:
    """The whole snapshot."""
    order = focus(cell, checking)
    build = cell.build_of(order.order_id) if order is not None else None
    return {
        "seq": seq,
        "at": instant_text(now),
        "controller": {
            "version": about.version,
            "cell": about.cell,
            "site": about.site,
            "demonstration": about.demonstration,
        },
        "lock": _lock(order, build, gate, catalogue, checking, now),
        "printer": _printer(gate, about),
        "build": _build(build, gate, catalogue.recipe_of(order), now),
        "next_step": _next(order, build, catalogue, checking, now),
        "orders": _orders(cell, catalogue, checking, now),
        "qms": {
            "word": qms.word,
            "connected": qms.connected,
            "unconfirmed": qms.unconfirmed,
            "oldest_age_s": qms.oldest_age_s,
        },
        "refusals": [
            {**refusal.to_json(), "at": instant_text(refusal.at)}
            for refusal in reversed(cell.refusals[-REFUSALS_SHOWN:])
        ],
    }


def percent_done(gate: GateFacts) -> int | None:
    """Whole percent of the job's lines, 100 only when all are done; None where unknown."""
    if gate.line is None or not gate.lines:
        return None
    return min(100, max(0, gate.line) * 100 // gate.lines)


def hold_left_s(build: Build, recipe: Recipe | None, now: datetime) -> float | None:
    """Seconds that the present hold may still last under the recipe; None if not held."""
    if build.state is not BuildState.HELD or recipe is None or not build.holds:
        return None
    this_s = build.holds[-1].length(now).total_seconds()
    total_s = sum((hold.length(now) for hold in build.holds), timedelta()).total_seconds()
    return max(0.0, min(recipe.hold.longest_s - this_s, recipe.hold.total_s - total_s))


def _lock(
    order: OrderStatus | None,
    build: Build | None,
    gate: GateFacts,
    catalogue: Catalogue,
    checking: Checking | None,
    now: datetime,
) -> dict[str, Json]:
    own = (
        checking
        if order is not None and shown_state(order, build, checking) == "verifying"
        else None
    )
    step = next_step(order, build, catalogue.recipe_of(order), own, now)
    state = _focus_state(order, build, own)
    lock = lock_of(state, build, catalogue.recipe_of(order), own)
    word, percent = lock.word, None
    if state == "building":
        percent = percent_done(gate)
        word = f"Building {percent} %" if percent is not None else word
    elif state == "held" and build is not None and build.holds:
        word = f"Held since {build.holds[-1].since:%H:%M}"
    elif state == "permitted" and build is not None:
        left_s = max(0.0, (build.permit.expires_at - now).total_seconds())
        word = f"Starting, {left_s / 60:.0f} min left"
    elif own is not None and own.of:
        percent = min(100, own.done * 100 // own.of)
    return {
        "mode": gate.mode,
        "word": word,
        "icon": lock.icon,
        "detail": step.text,
        "percent": percent,
    }


def _focus_state(order: OrderStatus | None, build: Build | None, own: Checking | None) -> str:
    if order is None:
        return "none"
    if build is not None and build.state.lost:
        # The order is what counts again: its lost build left it verified.
        return order.state.value
    return shown_state(order, build, own)


def _printer(gate: GateFacts, about: CellFacts) -> dict[str, Json]:
    return {
        "model": about.printer_model,
        "serial": about.printer_serial,
        "profile": about.printer_profile,
        "connected": gate.connected,
        "qualified": gate.qualified,
        "detail": gate.detail,
        "nozzle_c": gate.nozzle_c,
        "nozzle_target_c": gate.nozzle_target_c,
        "bed_c": gate.bed_c,
        "bed_target_c": gate.bed_target_c,
        "age_s": gate.age_s,
    }


def _build(
    build: Build | None, gate: GateFacts, recipe: Recipe | None, now: datetime
) -> dict[str, Json] | None:
    """The build in focus; progress only while the gate streams it."""
    if build is None or build.state.ended:
        return None
    streaming = build.state.on_the_wire
    held = build.holds[-1].since if build.state is BuildState.HELD and build.holds else None
    window = recipe.window if recipe is not None else None
    return {
        "build_id": build.build_id,
        "order_id": build.order_id,
        "state": build.state.value,
        "line": gate.line if streaming else None,
        "lines": gate.lines if streaming else None,
        "layer": gate.layer if streaming else None,
        "layers": gate.layers if streaming else None,
        "percent": percent_done(gate) if streaming else None,
        "ready_at": instant_text(gate.ready_at) if streaming and gate.ready_at else None,
        "held_since": instant_text(held) if held is not None else None,
        "hold_left_s": hold_left_s(build, recipe, now),
        "limits": None
        if window is None
        else {
            "nozzle_c": [window.nozzle_c.minimum, window.nozzle_c.maximum],
            "bed_c": [window.bed_c.minimum, window.bed_c.maximum],
        },
        "happened": happened_json(build),
    }


def happened_json(build: Build) -> list[Json]:
    """What happened to a build, newest last."""
    return [
        {"at": instant_text(one.at), "text": one.text} for one in build.happened[-HAPPENED_SHOWN:]
    ]


def _next(
    order: OrderStatus | None,
    build: Build | None,
    catalogue: Catalogue,
    checking: Checking | None,
    now: datetime,
) -> dict[str, Json]:
    step = next_step(order, build, catalogue.recipe_of(order), checking, now)
    return {
        "text": step.text,
        "who": step.who,
        "screen": step.screen,
        "order_id": order.order_id if order is not None else None,
    }


def _orders(
    cell: CellState, catalogue: Catalogue, checking: Checking | None, now: datetime
) -> list[Json]:
    """Orders by due date, the newest where nobody knows it; those handed over last."""
    rows: list[tuple[bool, str, dict[str, Json]]] = []
    newest = sorted(cell.orders.values(), key=lambda one: -one.entry)[:ORDERS_SHOWN]
    for order in newest:
        build = cell.build_of(order.order_id)
        recipe, document = catalogue.recipe_of(order), catalogue.orders.get(order.order_id)
        step = next_step(order, build, recipe, checking, now)
        due = instant_text(document.due) if document is not None else ""
        rows.append(
            (
                build is not None and build.state is BuildState.HANDED_OVER,
                due,
                {
                    "order_id": order.order_id,
                    "state": shown_state(order, build, checking),
                    "recipe": recipe.label if recipe is not None else "",
                    "device": recipe.device.generic_name if recipe is not None else "",
                    "patient_token": order.patient_token,
                    "due": due or None,
                    "build_id": build.build_id if build is not None else None,
                    "next_step": step.text,
                    "screen": step.screen,
                },
            )
        )
    return [row for _, _, row in sorted(rows, key=lambda item: item[:2])]
