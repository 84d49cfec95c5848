"""One step of the gate under construction, and the acts that several rules share.

A :class:`Turn` holds the state while it is being worked on and collects effects; :mod:`.gate`
makes one for each step and hands out what it ends with.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from ..canonical import Json
from . import factors
from . import printer_dialogue as dialogue
from .gate_state import (
    PRODUCTION,
    Build,
    Effect,
    Foreign,
    GateEvent,
    GateState,
    NotPossible,
    Securing,
    Stage,
    ToHost,
    ToPrinter,
    WaitKind,
)
from .printer_dialogue import Phase
from .replies import Temperatures
from .supervision import Window, command

TOLD_AT_MOST = 20
SAME_TOLD_AT_MOST = 5
TOLD_WINDOW_S = 10.0
"""Refused lines told one by one in this time, and how often the same one; one that is new is told
as long as fewer different ones were. The rest is told as a count: a flood of lines from OctoPrint
cannot fill the audit log, and a flood of few lines cannot keep another out of it."""


S = TypeVar("S", GateState, Build)


def _copy(old: S) -> S:
    new = object.__new__(type(old))
    for name in type(old).__slots__:
        object.__setattr__(new, name, getattr(old, name))
    return new


class Turn:
    """State, time and effects of one step.

    The state handed in is never changed. The first change in a step makes a copy that only this
    turn has, and further changes go into it: some ten of them happen for each line of a job, and
    ``dataclasses.replace`` for each took half of the gate's time. A name that is no field raises.
    """

    __slots__ = ("_own_build", "_own_state", "effects", "now", "state")

    def __init__(self, state: GateState, now: float) -> None:
        """Begin a step."""
        self.state = state
        self.now = now
        self.effects: list[Effect] = []
        self._own_state: GateState | None = None
        self._own_build: Build | None = None

    def set(self, **changes: object) -> None:
        """Change fields of the state."""
        if self._own_state is None:
            self.state = self._own_state = _copy(self.state)
        for name, value in changes.items():
            object.__setattr__(self.state, name, value)

    def set_build(self, **changes: object) -> None:
        """Change fields of the build under way."""
        build = self.build()
        if build is not self._own_build:
            build = self._own_build = _copy(build)
            self.set(build=build)
        for name, value in changes.items():
            object.__setattr__(build, name, value)

    def build(self) -> Build:
        """The build under way; asking without one is a fault of the gate."""
        if self.state.build is None:
            raise RuntimeError("no build")
        return self.state.build

    def to_host(self, *lines: str) -> None:
        """Say lines to OctoPrint, if it has spoken: before, the pty might still echo."""
        if self.state.host_open and self.state.host_heard:
            self.effects.append(ToHost("".join(line + "\n" for line in lines).encode("ascii")))

    def to_printer(self, data: bytes) -> None:
        """Write to the wire."""
        if data:
            self.effects.append(ToPrinter(data))

    def emit(self, kind: str, **facts: Json) -> None:
        """Tell the controller."""
        self.effects.append(GateEvent(kind, self.now, facts))

    def not_possible(self, act: str, allowed: str) -> None:
        """A command of the controller that the present stage does not allow."""
        self.effects.append(NotPossible(act, allowed))


def window_of(build: Build) -> Window:
    """The recipe's limits on reported temperatures."""
    return Window(build.job.nozzle_c, build.job.bed_c, build.job.excursion_s)


def _next_ask(asks: tuple[str, ...], *, waiting: bool) -> str | None:
    """Which query goes out now; ``waiting``: a job line could.

    Questions for factors go ahead of the job: a host that is always one line ahead would keep them
    back to the end, and there are two of them in seconds.
    """
    if asks and (not waiting or asks[0] == "M110 N0"):
        return asks[0]
    return next((one for one in asks if one in factors.NAMES), None)


def pump(turn: Turn) -> None:
    """Send the next line if the wire is free: numbering, factors, the job, other queries."""
    state = turn.state
    if not state.printer.free:
        return
    build, asks = state.build, state.asks
    waiting = build is not None and build.sent < build.released
    query = _next_ask(asks, waiting=waiting)
    if query is not None:
        printer, written = dialogue.send(state.printer, query, turn.now)
        index = asks.index(query)
        turn.set(printer=printer, asks=asks[:index] + asks[index + 1 :])
        if build is not None:
            turn.set_build(factors=factors.ask(build.factors, query))
    elif build is not None and waiting:
        line = build.job.lines[build.sent]
        printer, written = dialogue.send(state.printer, line, turn.now)
        expected = command(build.supervision, line, window_of(build), turn.now)
        turn.set(printer=printer)
        turn.set_build(
            sent=build.sent + 1,
            supervision=expected,
            factors=factors.command(build.factors, line),
        )
    else:
        return
    turn.to_printer(written)


def ask(turn: Turn, *queries: str) -> None:
    """Queue the controller's own queries, each at most once."""
    more = tuple(query for query in queries if query not in turn.state.asks)
    turn.set(asks=turn.state.asks + more)
    pump(turn)


def wait(turn: Turn, kind: WaitKind) -> None:
    """OctoPrint gets its ok later; until then it is told that the printer is busy."""
    waits = turn.state.host_waits
    if waits:
        turn.set(host_waits=(*waits, kind))
    else:
        turn.set(host_waits=(kind,), host_busy_at=turn.now)


def satisfy(turn: Turn, kind: WaitKind, *lines: str) -> bool:
    """Give OctoPrint the ok for the oldest wait of this kind; false if there is none."""
    waits = turn.state.host_waits
    if kind not in waits:
        return False
    index = waits.index(kind)
    left = waits[:index] + waits[index + 1 :]
    build = turn.state.build
    turn.set(host_waits=left)
    if build is not None and kind is not WaitKind.POSITION:
        turn.set_build(host_free_at=turn.now)
    turn.to_host(*lines, "ok")
    return True


def told(turn: Turn, kind: str, **facts: Json) -> None:
    """Emit an event about a line, within the limits of :data:`TOLD_AT_MOST`."""
    foreign = turn.state.foreign
    if turn.now - foreign.window_at >= TOLD_WINDOW_S:
        flush_untold(turn)
        foreign = replace(turn.state.foreign, window_at=turn.now, told=())
    name = f"{kind} {turn.state.mode} {facts.get('line')}"
    again = foreign.told.count(name)
    texts, room = len(set(foreign.told)), len(foreign.told) < TOLD_AT_MOST
    if (again < SAME_TOLD_AT_MOST and room) or (not again and texts < TOLD_AT_MOST):
        turn.set(foreign=replace(foreign, told=(*foreign.told, name)))
        turn.emit(kind, count=1, **facts)
    else:
        turn.set(foreign=replace(foreign, untold=foreign.untold + 1))


def flush_untold(turn: Turn, stage: Stage | None = None) -> None:
    """Tell how many lines were left out; ``stage`` is the one in which they came, if it is over."""
    foreign = turn.state.foreign
    if foreign.untold:
        came_in = stage or turn.state.stage
        turn.emit(
            "line_refused",
            count=foreign.untold,
            line="",
            why=f"{foreign.untold} more lines in {TOLD_WINDOW_S:g} s",
            mode="production" if came_in in PRODUCTION else "locked",
            stage=came_in.value,
            source="host",
        )
        turn.set(foreign=replace(foreign, untold=0))


def write_safe_stop(turn: Turn, *, emergency: bool = False) -> bool:
    """Write the safe-stop and the query that confirms it; false if there is no port."""
    state = turn.state
    if state.printer.phase is Phase.CLOSED:
        return False
    lines = state.profile.safe_stop + ((state.profile.emergency_stop,) if emergency else ())
    turn.to_printer("".join(line + "\n" for line in lines).encode("ascii"))
    printer, written = dialogue.secure(state.printer, turn.now)
    turn.set(printer=printer)
    turn.to_printer(written)
    return True


def secure(turn: Turn, reason: str) -> bool:
    """Safe-stop at once and go on until the printer has confirmed it."""
    written = write_safe_stop(turn)
    turn.set(
        stage=Stage.SECURING,
        securing=Securing(reason, turn.now, turn.now, int(written)),
        asks=(),
    )
    return written


def abort(turn: Turn, reason: str, **facts: Json) -> None:
    """End the build: safe-stop first, then tell. The permit is burned; nothing resumes."""
    build = turn.state.build
    stage = turn.state.stage
    if stage not in PRODUCTION or build is None:
        return
    written = secure(turn, reason)
    # The build's own lines count in its record, whatever comes afterwards.
    flush_untold(turn, stage)
    turn.set(build=None)
    release_host(turn)
    turn.to_host("//action:cancel")
    turn.emit(
        "build_aborted",
        reason=reason,
        build_id=build.job.build_id,
        line=build.acked,
        sent=build.sent,
        lines=len(build.job.lines),
        layer=build.job.layer_of(build.acked),
        streamed=build.streamed.hexdigest(),
        planned=build.job.digest,
        safe_stop_written=written,
        **facts,
    )
    tell_safe_stop(turn, reason, written=written)


def tell_safe_stop(turn: Turn, reason: str, *, written: bool) -> None:
    """Tell that the first safe-stop went out, or that there was no port to write it to."""
    turn.emit(
        "safe_stop_written",
        confirmed=False,
        attempt=1,
        written=written,
        lines=list(turn.state.profile.safe_stop),
        reason=reason,
    )


def release_host(turn: Turn) -> None:
    """Give OctoPrint every ok that it still waits for, so that it can act on a cancel."""
    for _ in turn.state.host_waits:
        turn.to_host("ok")
    turn.set(host_waits=())


def trip(turn: Turn, why: str, **facts: Json) -> None:
    """The gate ends the build by itself."""
    turn.emit("tripped", why=why, **facts)
    abort(turn, "tripped", why=why)


def cold(seen: Temperatures) -> bool:
    """True if no heater has a target."""
    return seen.nozzle_target_c <= 0 and (seen.bed_target_c or 0.0) <= 0


def reset_foreign(foreign: Foreign) -> Foreign:
    """Counters of a new build; what was told and when stays."""
    return replace(foreign, in_a_row=0, times=())
