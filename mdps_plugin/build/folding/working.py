"""The mutable copy that a fold works on, and one entry as a handler sees it. Knows no kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from ...canonical import Json
from ...distribution.marks import Mark
from ...errors import DocumentError
from ...reading import Fields
from ..entities import Build, CellState, OrderStatus, Refusal, SignatureEntry
from ..facts import Approval, Calibration, Qualification, RoomReading
from ..lifecycle import Event, transition
from ..lot import Lot
from ..people import Training
from ..signature import Act, read_signature

#: Notices kept; the snapshot shows the newest 20.
REFUSALS_KEPT = 100
#: Wrong passwords kept for each name. Kept apart, so that many for one name hide no other's.
SIGNATURE_FAILURES_KEPT = 10


class LogEntry(Protocol):
    """What a fold needs of an entry of the audit log."""

    @property
    def index(self) -> int:
        """Place in the log, from 0."""

    @property
    def time(self) -> str:
        """UTC, ``2026-11-23T14:05:00Z``."""

    @property
    def kind(self) -> str:
        """What happened."""

    @property
    def body(self) -> Mapping[str, Json]:
        """The values."""


@dataclass(frozen=True, kw_only=True)
class View:
    """One entry being folded. Bodies may carry more than a handler asks for."""

    index: int
    at: datetime
    kind: str
    fields: Fields

    def signature(self, act: Act) -> SignatureEntry:
        """The member ``signature``, which must be of ``act``."""
        inner = self.fields.child("signature")
        signature = read_signature(inner)
        inner.close()
        if signature.act is not act:
            raise self.fields.fault("signature.act", signature.act.value, act.value)
        return SignatureEntry(signature=signature, entry=self.index)

    def optional_signature(self, act: Act) -> SignatureEntry | None:
        """The same where the controller may have acted by itself."""
        return self.signature(act) if self.fields.has("signature") else None

    def optional_integer(self, key: str) -> int | None:
        """A whole number from 0 on, or None where it is missing or null."""
        if not self.fields.has(key):
            return None
        return self.fields.integer(key, minimum=0, maximum=2**53 - 1)

    def optional_boolean(self, key: str) -> bool | None:
        """True or false, or None where it is missing or null."""
        return self.fields.boolean(key) if self.fields.has(key) else None

    def fault(self, observed: str, allowed: str) -> DocumentError:
        """The error for an entry that cannot follow what came before it."""
        return DocumentError(self.fields.source, self.fields.path, observed, allowed)


@dataclass
class Working:
    """A cell state being changed. Owned by one call of ``fold``; never seen outside it.

    ``printer_with``: the build that was permitted last, the only one that can have the printer.
    """

    orders: dict[str, OrderStatus]
    builds: dict[str, Build]
    lots: dict[str, Lot]
    quarantined_at: dict[str, datetime]
    approvals: dict[str, Approval]
    withdrawn: dict[str, Approval]
    trust_marks: list[Mark]
    trainings: list[Training]
    calibrations: list[Calibration]
    qualifications: dict[str, Qualification]
    room: RoomReading | None
    refusals: list[Refusal]
    failed_signatures: list[tuple[str, datetime]]
    size: int
    last_at: datetime | None
    printer_with: str | None

    @classmethod
    def of(cls, state: CellState) -> Working:
        """A copy that may be changed."""
        return cls(
            orders=dict(state.orders),
            builds=dict(state.builds),
            lots=dict(state.lots),
            quarantined_at=dict(state.quarantined_at),
            approvals=dict(state.approvals),
            withdrawn=dict(state.withdrawn),
            trust_marks=list(state.trust_marks),
            trainings=list(state.trainings),
            calibrations=list(state.calibrations),
            qualifications=dict(state.qualifications),
            room=state.room,
            refusals=list(state.refusals),
            failed_signatures=list(state.failed_signatures),
            size=state.size,
            last_at=state.last_at,
            printer_with=state.current_build.build_id if state.current_build else None,
        )

    def frozen(self) -> CellState:
        """The state as it is now."""
        return CellState(
            size=self.size,
            last_at=self.last_at,
            orders=self.orders,
            builds=self.builds,
            lots=self.lots,
            quarantined_at=self.quarantined_at,
            approvals=self.approvals,
            withdrawn=self.withdrawn,
            trust_marks=tuple(self.trust_marks),
            trainings=tuple(self.trainings),
            calibrations=tuple(self.calibrations),
            qualifications=self.qualifications,
            room=self.room,
            refusals=tuple(self.refusals),
            failed_signatures=tuple(self.failed_signatures),
        )

    def order(self, view: View) -> OrderStatus:
        """The order that the entry names."""
        order_id = view.fields.text("order_id")
        if order_id not in self.orders:
            raise view.fault(f"an order {order_id!r} never received", "an order of this log")
        return self.orders[order_id]

    def build(self, view: View) -> Build:
        """The build that the entry names."""
        build_id = view.fields.text("build_id")
        if build_id not in self.builds:
            raise view.fault(f"a build {build_id!r} never permitted", "a build of this log")
        return self.builds[build_id]

    def lot(self, view: View) -> Lot:
        """The lot that the entry names."""
        lot_id = view.fields.text("lot_id")
        if lot_id not in self.lots:
            raise view.fault(f"a lot {lot_id!r} never received", "a lot of this log")
        return self.lots[lot_id]


Handler = Callable[[Working, View], None]


def signed_by(build: Build, signed: SignatureEntry | None) -> tuple[SignatureEntry, ...]:
    """The signatures of a build with one more."""
    return build.signatures if signed is None else (*build.signatures, signed)


def moved(build: Build, event: Event, view: View) -> Build:
    """``build`` after ``event``; a build that a restart interrupted can only be aborted."""
    if build.interrupted and build.state.on_the_wire and event is not Event.BUILD_ABORTED:
        raise view.fault(f"'{view.kind}' after a restart", "build_aborted: nothing resumes")
    return replace(build, state=transition(build.state, event))
