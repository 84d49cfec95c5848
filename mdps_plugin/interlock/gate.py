"""The gate: what stands between OctoPrint and the printer. Pure: ``step(state, input, now)``.

No file, socket, thread or clock; time is monotonic seconds, handed in. The nine rules and where
each is kept are in docs/gate.md. :mod:`.gate_link` carries the effects out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from . import factors
from .gate_clockwork import tick
from .gate_host import begin_hold, end_hold, host_bytes, host_closed, host_opened, release
from .gate_printer import identify, printer_bytes, printer_closed, printer_opened
from .gate_state import (
    Arm,
    Build,
    Disarm,
    Effect,
    FaceAlive,
    GateInput,
    GateState,
    Hold,
    HostBytes,
    HostClosed,
    HostOpened,
    Identify,
    PrinterBytes,
    PrinterClosed,
    PrinterOpened,
    Resume,
    Securing,
    Stage,
    Stop,
    Tick,
)
from .gate_turn import Turn, abort, flush_untold, pump, reset_foreign, secure
from .matching import JobOnWire
from .printer_dialogue import Phase
from .profile import FirmwareProfile

DRAINING_LINES = 4
"""Lines that OctoPrint has on their way when it is told to pause: it needs them acknowledged
before it can ask for the end of motion."""


def starting(profile: FirmwareProfile, secure_first: str | None, now: float) -> GateState:
    """The state of a gate that has just been made.

    ``secure_first`` is why the printer must be made safe before anything else is said to it, or
    None. Then the gate begins in ``securing``: nothing is armed until the printer has confirmed.
    """
    if secure_first is None:
        return GateState(profile=profile)
    unwritten = Securing(secure_first, now, now, 0)
    return GateState(profile=profile, stage=Stage.SECURING, securing=unwritten)


def step(state: GateState, given: GateInput, now: float) -> tuple[GateState, tuple[Effect, ...]]:
    """The next state and what is to be done, for one input at one time."""
    turn = Turn(state, now)
    _dispatch(turn, given)
    return turn.state, tuple(turn.effects)


def _dispatch(turn: Turn, given: GateInput) -> None:  # noqa: C901 - one case per input
    match given:
        case PrinterBytes(data):
            printer_bytes(turn, data)
        case HostBytes(data):
            host_bytes(turn, data)
        case Tick():
            tick(turn)
        case HostOpened():
            host_opened(turn)
        case HostClosed():
            host_closed(turn)
        case PrinterOpened():
            printer_opened(turn)
        case PrinterClosed(why):
            printer_closed(turn, why)
        case Arm(job):
            _arm(turn, job)
        case Disarm(reason):
            _disarm(turn, reason)
        case Hold(by):
            _hold(turn, by)
        case Resume(by):
            _resume(turn, by)
        case Stop(by, reason):
            _stop(turn, by, reason)
        case FaceAlive():
            turn.set(face_at=now_or_later(turn))
        case Identify():
            _identify(turn)


def now_or_later(turn: Turn) -> float:
    """The time of this step, never before what was known."""
    known = turn.state.face_at
    return turn.now if known is None else max(known, turn.now)


def _arm(turn: Turn, job: JobOnWire) -> None:
    state = turn.state
    if state.stage is not Stage.LOCKED:
        turn.not_possible("arm", "when the gate is locked and no safe-stop is under way")
    elif not state.printer_ready or state.printer.phase is not Phase.READY:
        turn.not_possible("arm", "when the printer answers")
    elif not job.lines:
        turn.not_possible("arm", "with a job of at least one line")
    else:
        # A flood before the build must not keep the build's own refused lines off the record.
        flush_untold(turn)
        turn.set(
            stage=Stage.ARMED,
            build=Build(job=job, armed_at=turn.now, factors=factors.begin(state.profile.factors)),
            foreign=replace(reset_foreign(turn.state.foreign), told=()),
            face_at=now_or_later(turn),
            asks=("M110 N0", *state.asks),
        )
        pump(turn)


def _disarm(turn: Turn, reason: str) -> None:
    if turn.state.stage is not Stage.ARMED:
        turn.not_possible(f"disarm ({reason})", "before the first line")
        return
    turn.set(stage=Stage.LOCKED, build=None)


def _hold(turn: Turn, by: str) -> None:
    if turn.state.stage is not Stage.BUILDING:
        turn.not_possible("hold", "while it builds")
        return
    begin_hold(turn, by, by_host=False, draining=DRAINING_LINES)
    turn.to_host("//action:pause")


def _resume(turn: Turn, by: str) -> None:
    build = turn.state.build
    if turn.state.stage is not Stage.HELD or build is None or build.hold is None:
        turn.not_possible("resume", "while it is held")
        return
    parked = build.hold.parked
    end_hold(turn, by)
    if parked:
        release(turn, parked=True)
    turn.to_host("//action:resume")


def _stop(turn: Turn, by: str, reason: str) -> None:
    if turn.state.build is not None:
        abort(turn, "stopped", by=by, why=reason)
    else:
        secure(turn, "stopped")


def _identify(turn: Turn) -> None:
    if turn.state.stage is not Stage.LOCKED:
        turn.not_possible("identify", "when the gate is locked")
    elif not turn.state.printer_ready:
        turn.not_possible("identify", "when the printer answers")
    else:
        identify(turn)


@dataclass(frozen=True, kw_only=True)
class GateSnapshot:
    """What the controller shows. Temperatures in degrees Celsius, None while unknown."""

    mode: str
    stage: str
    build_id: str | None
    line: int
    lines: int
    layer: int
    layers: int
    nozzle_c: float | None
    nozzle_target_c: float | None
    bed_c: float | None
    bed_target_c: float | None
    temperature_age_s: float | None
    host_alive: bool
    printer_alive: bool
    printer_phase: str
    holds: int
    held_for_s: float | None
    hold_left_s: float | None


def snapshot_of(state: GateState, now: float, *, failed: bool = False) -> GateSnapshot:
    """The snapshot of a state; ``failed`` says that the gate's thread broke in it.

    Then nobody listens any more: no build, nothing alive, and what was last reported is unknown.
    """
    if failed:
        state = GateState(profile=state.profile)
        return replace(snapshot_of(state, now), stage="failed", printer_phase="failed")
    build, seen = state.build, state.temperatures
    held_for = left = None
    if build is not None and build.hold is not None:
        held_for = now - build.hold.since
        limits = build.job.hold
        left = max(0.0, min(limits.longest_s, limits.total_s - build.held_s) - held_for)
    return GateSnapshot(
        mode=state.mode,
        stage=state.stage.value,
        build_id=build.job.build_id if build else None,
        line=build.acked if build else 0,
        lines=len(build.job.lines) if build else 0,
        layer=build.job.layer_of(build.acked) if build else 0,
        layers=len(build.job.layer_start) if build else 0,
        nozzle_c=seen.nozzle_c if seen else None,
        nozzle_target_c=seen.nozzle_target_c if seen else None,
        bed_c=seen.bed_c if seen else None,
        bed_target_c=seen.bed_target_c if seen else None,
        temperature_age_s=(
            now - state.temperatures_at if state.temperatures_at is not None else None
        ),
        host_alive=state.host_open and state.host_heard,
        printer_alive=state.printer_ready and state.printer.phase is Phase.READY,
        printer_phase=state.printer.phase.value,
        holds=build.holds if build else 0,
        held_for_s=held_for,
        hold_left_s=left,
    )
