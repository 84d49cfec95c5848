"""Which state a screen shows, and in which words. Tables and small rules, no shape of JSON.

State words, icons and next steps per state are those of the screen design; the state that the
navigation bar shows is that of the one order which needs a person most.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..canonical import Json
from ..recipes.document import Recipe
from .entities import Build, CellState, OrderStatus
from .lifecycle import BuildState, OrderState
from .postprocess import find_step


@dataclass(frozen=True, kw_only=True)
class Checking:
    """A verification that is going on: what, how many of how many, seconds so far."""

    order_id: str
    name: str
    done: int
    of: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class NextStep:
    """The one thing to do next, who does it, and on which screen."""

    text: str
    who: str
    screen: str


@dataclass(frozen=True, kw_only=True)
class Lock:
    """Word and icon of the navigation bar."""

    icon: str
    word: str


def needs_attention(build: Build) -> bool:
    """True for a build that ended early until somebody said what was seen and it was decided.

    A permit that was given back before it was armed left no part behind.
    """
    if build.state is not BuildState.ABORTED or build.armed_at is None:
        return False
    seen = any(one.raised_by != "controller" for one in build.deviations)
    return not seen or bool(build.open_deviations)


def ready_to_sign(order: OrderStatus, build: Build | None) -> bool:
    """True if a permit may be asked for: verified, and no build that stands in the way."""
    if order.state is not OrderState.VERIFIED:
        return False
    return build is None or (build.state.lost and not needs_attention(build))


def shown_state(order: OrderStatus, build: Build | None, checking: Checking | None) -> str:
    """The state of an order as one word of the contract."""
    if checking is not None and checking.order_id == order.order_id:
        return "verifying"
    return order.state.value if build is None else build.state.value


#: Which order the navigation bar speaks of: the first of these that any order is in.
_FOCUS = (
    "held", "building", "armed", "permitted", "attention", "verifying", "inspected",
    "post_processed", "built", "verified", "released", "refused", "ordered",
)  # fmt: skip


def focus(cell: CellState, checking: Checking | None) -> OrderStatus | None:
    """The order that needs a person or the printer most; the newest of several."""
    best: tuple[int, int, OrderStatus] | None = None
    for order in cell.orders.values():
        build = cell.build_of(order.order_id)
        state = shown_state(order, build, checking)
        if build is not None and needs_attention(build):
            state = "attention"
        elif state != "verifying" and build is not None and ready_to_sign(order, build):
            state = "verified"
        if state in _FOCUS:
            rank = (_FOCUS.index(state), -order.entry, order)
            if best is None or rank[:2] < best[:2]:
                best = rank
    return best[2] if best is not None else None


def lock_of(
    state: str, build: Build | None, recipe: Recipe | None, checking: Checking | None
) -> Lock:
    """Icon and word for a state; ``recipe`` counts the steps."""
    if checking is not None:
        return Lock(icon="spinner", word=f"Checking {checking.done} of {checking.of}")
    if build is not None and needs_attention(build):
        return Lock(icon="triangle", word="Deviation · locked")
    if build is not None and build.state in (BuildState.BUILT, BuildState.POST_PROCESSED):
        if build.open_deviations:
            return Lock(icon="triangle", word="Deviation · locked")
        if build.state is BuildState.POST_PROCESSED or recipe is None:
            return Lock(icon="lock", word="Locked · to inspect")
        total = len(recipe.post_processing)
        return Lock(icon="lock", word=f"Locked · step {len(build.steps) + 1} of {total}")
    words = {
        "refused": Lock(icon="crossed", word="Refused · locked"),
        "verified": Lock(icon="pen", word="Ready to sign"),
        "permitted": Lock(icon="hourglass", word="Starting"),
        "armed": Lock(icon="hourglass", word="Starting"),
        "building": Lock(icon="play", word="Building"),
        "held": Lock(icon="pause", word="Held"),
        "inspected": Lock(icon="lock", word="Locked · to release"),
    }
    return words.get(state, Lock(icon="lock", word="Locked"))


_SCAN = NextStep(text="Scan an order", who="technician", screen="today")
_SIGN = NextStep(text="Sign and start", who="technician", screen="ready")
_DECIDE = NextStep(text="Decide the deviation", who="quality manager", screen="deviation")

_NEXT = {
    "ordered": NextStep(text="Check the order", who="technician", screen="check"),
    "permitted": NextStep(text="Start the build, or stop", who="technician", screen="build"),
    "armed": NextStep(text="Wait, or stop", who="technician", screen="build"),
    "held": NextStep(text="Resume or stop", who="technician", screen="build"),
    "post_processed": NextStep(text="Measure the part", who="technician", screen="inspect"),
    "inspected": NextStep(text="Call the releaser", who="releaser", screen="release"),
    "released": NextStep(
        text="Print the label, scan it, hand over", who="technician", screen="documents"
    ),
    "handed_over": NextStep(text="Nothing. This order is done", who="technician", screen="today"),
}


def next_step(
    order: OrderStatus | None,
    build: Build | None,
    recipe: Recipe | None,
    checking: Checking | None,
    now: datetime,
) -> NextStep:
    """What to do next for an order; None means that no order asks for anything."""
    if order is None:
        return _SCAN
    state = shown_state(order, build, checking)
    if state == "verifying":
        return NextStep(text="Wait until the check is done", who="technician", screen="check")
    if build is not None and needs_attention(build):
        if build.open_deviations and any(one.raised_by != "controller" for one in build.deviations):
            return _DECIDE
        return NextStep(text="Sign what you saw", who="technician", screen="deviation")
    if ready_to_sign(order, build):
        return _SIGN
    if build is None and order.state is OrderState.REFUSED:
        return _after_refusal(order.verdict)
    if build is not None and build.state is BuildState.INSPECTED and build.open_deviations:
        return _DECIDE
    if state == "building":
        return _while_building(recipe)
    if build is not None and state == "built":
        return _of_step(build, recipe, now)
    if build is not None and build.state.lost:
        return NextStep(text="Check the order again", who="technician", screen="check")
    return _NEXT.get(state, _SCAN)


def _after_refusal(verdict: Json) -> NextStep:
    """The next step that the first refusing finding gives."""
    text, who = "Check the order again", "technician"
    findings = verdict.get("findings") if isinstance(verdict, Mapping) else None
    for item in findings if isinstance(findings, (list, tuple)) else ():
        if isinstance(item, Mapping) and item.get("severity") == "refuse":
            text, who = str(item.get("next_step") or text), str(item.get("who") or who)
            break
    return NextStep(text=text, who=who, screen="check")


def _while_building(recipe: Recipe | None) -> NextStep:
    first = recipe.post_processing[0] if recipe is not None and recipe.post_processing else None
    text = f"Prepare: {first.instruction}" if first else "Prepare the gauges for inspection"
    return NextStep(text=text, who="technician", screen="build")


def _of_step(build: Build, recipe: Recipe | None, now: datetime) -> NextStep:
    step = find_step(recipe, build.next_step) if recipe is not None else None
    if step is None:
        return NextStep(text="Do the next step", who="technician", screen="post")
    started_at = build.step_started_at(step.step_id)
    if step.minimum_s > 0 and started_at is not None:
        left_s = step.minimum_s - (now - started_at).total_seconds()
        if left_s > 0:
            text = f"{step.instruction} At least {left_s:.0f} s more."
            return NextStep(text=text, who="technician", screen="post")
    return NextStep(text=step.instruction, who="technician", screen="post")
