"""What the log says there is: orders, builds, registers, refusals, as frozen types. Folds nothing.

:func:`mdps_plugin.build.states.fold` makes them. Moments are aware UTC; ``entry`` fields are
indices of the audit log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..canonical import Json
from ..distribution.marks import Mark
from .deviation import Deviation
from .facts import Approval, Calibration, Qualification, RoomReading
from .lifecycle import BuildState, OrderState
from .lot import Lot
from .people import Training
from .permit import BuildPermit
from .signature import Act, Signature


@dataclass(frozen=True, kw_only=True)
class SignatureEntry:
    """A signature and the entry it stands in."""

    signature: Signature
    entry: int


@dataclass(frozen=True, kw_only=True)
class OrderStatus:
    """One order as the log knows it; its document lies under ``order_sha256``."""

    order_id: str
    order_sha256: str
    recipe_digest: str
    patient_token: str
    received_at: datetime
    entry: int
    state: OrderState = OrderState.ORDERED
    verdict: Json = None
    digests: Mapping[str, str] = field(default_factory=dict)
    toolpath: Json = None
    verified_at: datetime | None = None
    builds: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One line of "what happened" for the screens."""

    at: datetime
    text: str


@dataclass(frozen=True, kw_only=True)
class Hold:
    """One hold; ``until`` None while it lasts."""

    since: datetime
    by: str
    until: datetime | None = None

    def length(self, now: datetime) -> timedelta:
        """How long it lasted, or has lasted at ``now``."""
        return (self.until or now) - self.since


@dataclass(frozen=True, kw_only=True)
class Taken:
    """One value that a person read: of a step's reading or of a characteristic (``name``).

    ``where`` is the step's identifier, or ``inspection``. ``signed`` tells the value that a
    signature stands behind from those that were measured before it.
    """

    where: str
    name: str
    value: float
    gauge: str | None
    at: datetime
    by: str
    signed: bool


@dataclass(frozen=True, kw_only=True)
class StepDone:
    """A signed step of post-processing; ``started_at`` None where nobody timed it."""

    step_id: str
    started_at: datetime | None
    signed: SignatureEntry


@dataclass(frozen=True, kw_only=True)
class Streamed:
    """What went over the wire. Temperatures in °C, as the gate measured them; ``factors`` what the
    printer said of speed and flow, None in logs from before they were asked for.
    """

    planned: str
    streamed: str
    lines: int
    started: datetime
    finished: datetime
    temperatures: Mapping[str, Json]
    factors: tuple[Mapping[str, Json], ...] | None

    @property
    def match(self) -> bool:
        """True if what was streamed is what was planned."""
        return self.planned == self.streamed


@dataclass(frozen=True, kw_only=True)
class Aborted:
    """How a build ended early. ``reason`` is the code the controller gave."""

    at: datetime
    reason: str
    line: int | None
    streamed: str | None
    safe_stop: bool | None


@dataclass(frozen=True, kw_only=True)
class DocumentMade:
    """One document of a build, by its digest."""

    kind: str
    name: str
    media_type: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Build:
    """One build as the log knows it. ``interrupted``: the controller restarted during it."""

    build_id: str
    order_id: str
    state: BuildState
    permit: BuildPermit
    permitted_at: datetime
    signatures: tuple[SignatureEntry, ...]
    armed_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    holds: tuple[Hold, ...] = ()
    streamed: Streamed | None = None
    aborted: Aborted | None = None
    interrupted: bool = False
    refused_lines: int = 0
    step_starts: Mapping[str, datetime] = field(default_factory=dict)
    steps: tuple[StepDone, ...] = ()
    taken: tuple[Taken, ...] = ()
    inspected: SignatureEntry | None = None
    deviations: tuple[Deviation, ...] = ()
    documents: tuple[DocumentMade, ...] = ()
    released: SignatureEntry | None = None
    record_sha256: str | None = None
    rejected_reason: str | None = None
    handed_over_to: str | None = None
    copy_given: bool | None = None
    happened: tuple[Happening, ...] = ()

    @property
    def operator(self) -> str:
        """User who signed the permit."""
        return self.permit.operator

    @property
    def makers(self) -> frozenset[str]:
        """Users who signed the permit, a step or the inspection."""
        made = (Act.PERMIT, Act.STEP, Act.INSPECTION)
        return frozenset(
            {self.operator}
            | {one.signature.user for one in self.signatures if one.signature.act in made}
        )

    @property
    def next_step(self) -> str | None:
        """Identifier of the step that comes next, or None when all are signed."""
        done = len(self.steps)
        return self.permit.steps[done] if done < len(self.permit.steps) else None

    @property
    def open_deviations(self) -> tuple[Deviation, ...]:
        """Deviations without a decision."""
        return tuple(one for one in self.deviations if one.decided is None)

    def step_started_at(self, step_id: str) -> datetime | None:
        """When the controller was told that a step begins; None if nobody said so."""
        return self.step_starts.get(step_id)

    def values(self, where: str, name: str) -> tuple[Taken, ...]:
        """Every value taken of one reading or characteristic, first one first."""
        return tuple(one for one in self.taken if (one.where, one.name) == (where, name))


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """One notice of the refusals list; repeats count up (``count``) instead of stacking."""

    number: int
    at: datetime
    count: int
    entry: int
    code: str
    clause: str
    title: str
    observed: str
    allowed: str
    next_step: str
    who: str

    def same_notice(self, other: Refusal) -> bool:
        """True if ``other`` says the same to a reader."""
        return (self.code, self.title, self.observed) == (other.code, other.title, other.observed)

    def to_json(self) -> dict[str, Json]:
        """The shape of ``refusals`` in the snapshot, without the moment."""
        return {
            "number": self.number,
            "count": self.count,
            "entry": self.entry,
            "code": self.code,
            "clause": self.clause,
            "title": self.title,
            "observed": self.observed,
            "allowed": self.allowed,
            "next_step": self.next_step,
            "who": self.who,
        }


@dataclass(frozen=True, kw_only=True)
class CellState:
    """Everything that the log says about a cell up to entry ``size`` - 1."""

    size: int = 0
    last_at: datetime | None = None
    orders: Mapping[str, OrderStatus] = field(default_factory=dict)
    builds: Mapping[str, Build] = field(default_factory=dict)
    lots: Mapping[str, Lot] = field(default_factory=dict)
    quarantined_at: Mapping[str, datetime] = field(default_factory=dict)
    approvals: Mapping[str, Approval] = field(default_factory=dict)
    withdrawn: Mapping[str, Approval] = field(default_factory=dict)
    trust_marks: tuple[Mark, ...] = ()
    trainings: tuple[Training, ...] = ()
    calibrations: tuple[Calibration, ...] = ()
    qualifications: Mapping[str, Qualification] = field(default_factory=dict)
    room: RoomReading | None = None
    refusals: tuple[Refusal, ...] = ()
    failed_signatures: tuple[tuple[str, datetime], ...] = ()

    @property
    def current_build(self) -> Build | None:
        """The build that has the printer, or None."""
        return next((one for one in self.builds.values() if one.state.printer_taken), None)

    def build_of(self, order_id: str) -> Build | None:
        """The newest build of an order, or None."""
        order = self.orders.get(order_id)
        return self.builds[order.builds[-1]] if order is not None and order.builds else None
