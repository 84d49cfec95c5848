"""States of orders and builds, and the one table of what may follow what. Folds nothing.

ordered → verified → permitted → armed → building ⇄ held → built → post_processed → inspected →
released → handed_over. Ends: refused, expired, aborted, rejected. Nothing resumes by itself.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType

from ..errors import IllegalTransition


class OrderState(enum.Enum):
    """Where an order stands before it has a build."""

    ORDERED = "ordered"
    VERIFIED = "verified"
    REFUSED = "refused"

    @property
    def word(self) -> str:
        """As screens write it."""
        return self.value


class BuildState(enum.Enum):
    """Where a build stands."""

    PERMITTED = "permitted"
    ARMED = "armed"
    BUILDING = "building"
    HELD = "held"
    BUILT = "built"
    POST_PROCESSED = "post_processed"
    INSPECTED = "inspected"
    RELEASED = "released"
    HANDED_OVER = "handed_over"
    EXPIRED = "expired"
    ABORTED = "aborted"
    REJECTED = "rejected"

    @property
    def word(self) -> str:
        """As screens write it: ``post-processed``, ``handed over``."""
        words = {"post_processed": "post-processed", "handed_over": "handed over"}
        return words.get(self.value, self.value)

    @property
    def on_the_wire(self) -> bool:
        """True while the printer may be moving for this build; a restart here aborts it."""
        return self in (BuildState.ARMED, BuildState.BUILDING, BuildState.HELD)

    @property
    def printer_taken(self) -> bool:
        """True while no other build may be permitted on this printer."""
        return self is BuildState.PERMITTED or self.on_the_wire

    @property
    def lost(self) -> bool:
        """True if the build made no device: the order still needs one."""
        return self in (BuildState.EXPIRED, BuildState.ABORTED, BuildState.REJECTED)

    @property
    def ended(self) -> bool:
        """True if nothing more is to be done with this build."""
        return self.lost or self is BuildState.HANDED_OVER


class Event(enum.Enum):
    """What can happen to an order or a build. Values are kinds of entries, but for ``LAST_…``."""

    ORDER_VERIFIED = "order_verified"
    ORDER_REFUSED = "order_refused"
    BUILD_PERMITTED = "build_permitted"
    PERMIT_EXPIRED = "permit_expired"
    BUILD_ARMED = "build_armed"
    BUILD_STARTED = "build_started"
    BUILD_HELD = "build_held"
    BUILD_RESUMED = "build_resumed"
    BUILD_ABORTED = "build_aborted"
    BUILD_STREAMED = "build_streamed"
    STREAMED_LAST = "build_streamed, no steps to do"
    STEP_STARTED = "step_started"
    STEP_REFUSED = "step_refused"
    STEP_SIGNED = "step_signed"
    LAST_STEP_SIGNED = "step_signed, the last one"
    INSPECTION_REFUSED = "inspection_refused"
    INSPECTION_SIGNED = "inspection_signed"
    RELEASE_REFUSED = "release_refused"
    RELEASE_SIGNED = "release_signed"
    BUILD_REJECTED = "build_rejected"
    DOCUMENTS_MADE = "documents_made"
    HANDED_OVER = "handed_over"
    DEVIATION_RAISED = "deviation_raised"
    DEVIATION_DECIDED = "deviation_decided"


_B, _E = BuildState, Event
_Table = dict[tuple[OrderState | BuildState, Event], OrderState | BuildState]

# Verifying again is always possible: a new revision, a repaired model, a newer slicer.
_ORDERS: _Table = {
    **{(state, _E.ORDER_VERIFIED): OrderState.VERIFIED for state in OrderState},
    **{(state, _E.ORDER_REFUSED): OrderState.REFUSED for state in OrderState},
    (OrderState.VERIFIED, _E.BUILD_PERMITTED): OrderState.VERIFIED,
}

_MAIN: _Table = {
    (_B.PERMITTED, _E.PERMIT_EXPIRED): _B.EXPIRED,
    (_B.PERMITTED, _E.BUILD_ARMED): _B.ARMED,
    (_B.PERMITTED, _E.BUILD_ABORTED): _B.ABORTED,
    (_B.ARMED, _E.BUILD_STARTED): _B.BUILDING,
    (_B.ARMED, _E.BUILD_ABORTED): _B.ABORTED,
    (_B.BUILDING, _E.BUILD_HELD): _B.HELD,
    (_B.BUILDING, _E.BUILD_ABORTED): _B.ABORTED,
    (_B.BUILDING, _E.BUILD_STREAMED): _B.BUILT,
    (_B.BUILDING, _E.STREAMED_LAST): _B.POST_PROCESSED,
    (_B.HELD, _E.BUILD_RESUMED): _B.BUILDING,
    (_B.HELD, _E.BUILD_ABORTED): _B.ABORTED,
    (_B.BUILT, _E.STEP_STARTED): _B.BUILT,
    (_B.BUILT, _E.STEP_REFUSED): _B.BUILT,
    (_B.BUILT, _E.STEP_SIGNED): _B.BUILT,
    (_B.BUILT, _E.LAST_STEP_SIGNED): _B.POST_PROCESSED,
    (_B.BUILT, _E.BUILD_REJECTED): _B.REJECTED,
    (_B.POST_PROCESSED, _E.INSPECTION_REFUSED): _B.POST_PROCESSED,
    (_B.POST_PROCESSED, _E.INSPECTION_SIGNED): _B.INSPECTED,
    (_B.POST_PROCESSED, _E.BUILD_REJECTED): _B.REJECTED,
    (_B.INSPECTED, _E.RELEASE_REFUSED): _B.INSPECTED,
    (_B.INSPECTED, _E.RELEASE_SIGNED): _B.RELEASED,
    (_B.INSPECTED, _E.BUILD_REJECTED): _B.REJECTED,
    # A part that is released but still here can be found bad; one handed over is recalled.
    (_B.RELEASED, _E.BUILD_REJECTED): _B.REJECTED,
    (_B.RELEASED, _E.HANDED_OVER): _B.HANDED_OVER,
}

_AFTER_WIRE = tuple(state for state in _B if not state.printer_taken and state is not _B.EXPIRED)

TABLE: Mapping[tuple[OrderState | BuildState, Event], OrderState | BuildState] = MappingProxyType(
    {
        **_ORDERS,
        **_MAIN,
        # What was seen is written down in any state, and documents of what is past may be made.
        **{
            (state, event): state
            for state in _B
            for event in (_E.DEVIATION_RAISED, _E.DEVIATION_DECIDED)
        },
        **{(state, _E.DOCUMENTS_MADE): state for state in _AFTER_WIRE},
    }
)


def possible(state: OrderState | BuildState) -> tuple[str, ...]:
    """Events that the state allows, by value, in alphabetical order."""
    return tuple(sorted(event.value for known, event in TABLE if known is state))


def order_transition(state: OrderState, event: Event) -> OrderState:
    """The state of an order after ``event``; :class:`IllegalTransition` says what is possible."""
    following = TABLE.get((state, event))
    if not isinstance(following, OrderState):
        raise IllegalTransition(state.value, event.value, ", ".join(possible(state)))
    return following


def transition(build: BuildState, event: Event) -> BuildState:
    """The state of a build after ``event``; :class:`IllegalTransition` says what is possible."""
    following = TABLE.get((build, event))
    if not isinstance(following, BuildState):
        raise IllegalTransition(build.value, event.value, ", ".join(possible(build)))
    return following
