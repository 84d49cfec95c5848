"""What the gate is told, what it wants done, and what it remembers: data only.

Inputs come from the links, effects go to them. The state is frozen; :mod:`.gate` makes the next
one. All times are monotonic seconds handed in from outside.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..canonical import Json
from .factors import Factors
from .host_dialogue import HostDialogue
from .matching import JobOnWire
from .printer_dialogue import PrinterDialogue
from .profile import FirmwareProfile
from .replies import Temperatures
from .supervision import Seen, Supervision


class Stage(enum.Enum):
    """Where the gate is. ``LOCKED`` and ``SECURING`` are mode locked, the others production."""

    LOCKED = "locked"
    ARMED = "armed"
    BUILDING = "building"
    HELD = "held"
    FINISHING = "finishing"
    SECURING = "securing"


PRODUCTION = frozenset({Stage.ARMED, Stage.BUILDING, Stage.HELD, Stage.FINISHING})


# What the gate is told.


@dataclass(frozen=True, slots=True)
class HostOpened:
    """Somebody has opened the pty."""


@dataclass(frozen=True, slots=True)
class HostClosed:
    """Nobody has the pty open any more, or its reader has stalled."""


@dataclass(frozen=True, slots=True)
class HostBytes:
    """Bytes from OctoPrint."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PrinterOpened:
    """The printer's port has been opened."""


@dataclass(frozen=True, slots=True)
class PrinterClosed:
    """The printer's port is gone."""

    why: str


@dataclass(frozen=True, slots=True)
class PrinterBytes:
    """Bytes from the printer."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


@dataclass(frozen=True, slots=True)
class Arm:
    """The controller has burned a permit: let this job pass, once."""

    job: JobOnWire


@dataclass(frozen=True, slots=True)
class Disarm:
    """The controller takes an armed job back, before its first line."""

    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Stop releasing lines."""

    by: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Release lines again."""

    by: str


@dataclass(frozen=True, slots=True)
class Stop:
    """End the build."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class FaceAlive:
    """The face has shown that it is there."""


@dataclass(frozen=True, slots=True)
class Identify:
    """Ask the printer who it is and what it has stored."""


GateInput = (
    HostOpened
    | HostClosed
    | HostBytes
    | PrinterOpened
    | PrinterClosed
    | PrinterBytes
    | Tick
    | Arm
    | Disarm
    | Hold
    | Resume
    | Stop
    | FaceAlive
    | Identify
)


# What the gate wants done.


@dataclass(frozen=True, slots=True)
class ToPrinter:
    """Write to the printer's port."""

    data: bytes


@dataclass(frozen=True, slots=True)
class ToHost:
    """Write to the pty."""

    data: bytes


@dataclass(frozen=True, slots=True)
class GateEvent:
    """Something the controller must know. ``at`` is monotonic seconds."""

    kind: str
    at: float
    facts: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class NotPossible:
    """A command of the controller is not possible now; the link raises it as IllegalTransition."""

    act: str
    allowed: str


Effect = ToPrinter | ToHost | GateEvent | NotPossible


# What the gate remembers.


class WaitKind(enum.Enum):
    """Why OctoPrint has not got its ok yet."""

    JOB_LINE = "job_line"
    MOVES_DONE = "moves_done"
    POSITION = "position"


@dataclass(frozen=True, slots=True)
class Foreign:
    """Lines that were not the expected one. ``times`` holds those of the last minute.

    ``told`` are those told in the window that began at ``window_at``; ``untold`` counts those
    left out. ``cancelled_at``: when OctoPrint was last told, while locked, to cancel its print.
    """

    in_a_row: int = 0
    times: tuple[float, ...] = ()
    window_at: float = -1e9
    told: tuple[str, ...] = ()
    untold: int = 0
    notified_at: float = -1e9
    cancelled_at: float = -1e9


@dataclass(frozen=True, slots=True)
class HoldRun:
    """A hold under way. ``by_host`` is OctoPrint's own pause, which its next line ends.

    ``draining`` is how many lines that OctoPrint had already on their way may still pass;
    ``parked`` says that the next line has come and waits for the controller.
    """

    by: str
    by_host: bool
    since: float
    draining: int = 0
    parked: bool = False


@dataclass(frozen=True, slots=True)
class Build:
    """One build under way. ``released`` >= ``sent`` >= ``acked`` count lines.

    ``host_free_at`` is when OctoPrint last became free to send; ``nozzle_seen`` and ``bed_seen``
    are lowest and highest value reported since the set value was reached. ``factors_at`` is when
    the factors were asked for last.
    ``streamed`` is the running SHA-256 over acknowledged lines; it is copied before it is fed,
    so a state once made does not change.
    """

    job: JobOnWire
    armed_at: float
    started_at: float | None = None
    released: int = 0
    sent: int = 0
    acked: int = 0
    streamed: Any = field(default_factory=hashlib.sha256)
    host_free_at: float = 0.0
    progress_at: float = -1e9
    progress_line: int = -1
    first_layer_told: bool = False
    hold: HoldRun | None = None
    holds: int = 0
    held_s: float = 0.0
    supervision: Supervision = field(default_factory=Supervision)
    nozzle_seen: Seen | None = None
    bed_seen: Seen | None = None
    excursions: tuple[Mapping[str, Json], ...] = ()
    moves_done: bool = False
    factors: Factors = ()
    factors_at: float = -1e9


@dataclass(frozen=True, slots=True)
class Securing:
    """A safe-stop that is not confirmed yet. ``attempts`` 0: nothing could be written so far."""

    reason: str
    since: float
    written_at: float
    attempts: int
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """What the printer has said of itself. ``asking`` while answers come in."""

    lines: tuple[str, ...] = ()
    at: float | None = None
    asking: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class GateState:
    """Everything the gate remembers."""

    profile: FirmwareProfile
    stage: Stage = Stage.LOCKED
    host: HostDialogue = field(default_factory=HostDialogue)
    host_open: bool = False
    host_heard: bool = False
    host_waits: tuple[WaitKind, ...] = ()
    host_report_s: float = 0.0
    host_reported_at: float = -1e9
    host_busy_at: float = -1e9
    printer: PrinterDialogue = field(default_factory=PrinterDialogue)
    printer_ready: bool = False
    asks: tuple[str, ...] = ()
    temperatures: Temperatures | None = None
    temperatures_at: float | None = None
    polled_at: float = -1e9
    position: str | None = None
    position_at: float = -1e9
    identity: Identity = field(default_factory=Identity)
    build: Build | None = None
    securing: Securing | None = None
    foreign: Foreign = field(default_factory=Foreign)
    face_at: float | None = None
    heat_while_locked: bool = False
    heat_stopped_at: float = -1e9

    @property
    def mode(self) -> str:
        """``locked`` or ``production``."""
        return "production" if self.stage in PRODUCTION else "locked"
