"""Rules about time: what is overdue, what is repeated, what is polled (docs/gate.md, rule 7)."""

from __future__ import annotations

from dataclasses import replace

from . import printer_dialogue as dialogue
from .gate_printer import deviation, take
from .gate_state import PRODUCTION, Build, Stage, WaitKind
from .gate_turn import (
    TOLD_WINDOW_S,
    Turn,
    abort,
    ask,
    flush_untold,
    pump,
    write_safe_stop,
)
from .printer_dialogue import Phase
from .supervision import overdue

POLL_INTERVAL_S = 1.0
POLL_AGE_S = 2.5
"""A report older than this is asked for; usually the printer reports by itself every second."""

PROGRESS_INTERVAL_S = 1.0
SLOW_REPEAT_S = 10.0


def tick(turn: Turn) -> None:
    """Time has passed."""
    state = turn.state
    printer, heard, written = dialogue.tick(
        state.printer, turn.now, state.profile.limits.ok_timeout_s
    )
    if printer is not state.printer:
        turn.set(printer=printer)
    turn.to_printer(written)
    take(turn, heard)
    _poll(turn)
    _keep_host(turn)
    if turn.state.stage in PRODUCTION:
        _watch_build(turn)
    elif turn.state.stage is Stage.SECURING:
        _watch_securing(turn)
    if turn.state.foreign.untold and turn.now - turn.state.foreign.window_at >= TOLD_WINDOW_S:
        flush_untold(turn)
    pump(turn)


def _poll(turn: Turn) -> None:
    state = turn.state
    seen_at = state.temperatures_at
    stale = seen_at is None or turn.now - seen_at > POLL_AGE_S
    if (
        stale
        and state.printer.free
        and not state.asks
        and state.stage is not Stage.SECURING
        and turn.now - state.polled_at >= POLL_INTERVAL_S
    ):
        turn.set(polled_at=turn.now)
        ask(turn, "M105")


def _keep_host(turn: Turn) -> None:
    """While OctoPrint waits for an ok it hears that the printer is busy."""
    state = turn.state
    if state.host_waits and (turn.now - state.host_busy_at >= state.profile.limits.busy_interval_s):
        turn.set(host_busy_at=turn.now)
        turn.to_host("echo:busy: processing")


def _watch_build(turn: Turn) -> None:
    state, now = turn.state, turn.now
    limits = state.profile.limits
    build = turn.build()
    stage = state.stage
    if stage is not Stage.FINISHING and now - (state.face_at or now) > limits.face_timeout_s:
        turn.emit("face_lost", seconds=round(now - (state.face_at or now), 3))
        abort(turn, "face_lost")
        return
    if stage is Stage.ARMED:
        return
    if state.temperatures_at is None or now - state.temperatures_at > limits.temperature_age_s:
        since = state.temperatures_at if state.temperatures_at is not None else build.started_at
        if now - (since or now) > limits.temperature_age_s:
            abort(turn, "temperature_unknown")
            return
    late = overdue(build.supervision, state.temperatures, limits.heatup_s, now)
    if late is not None:
        deviation(turn, late)
        abort(turn, "temperature_heatup", heater=late.heater, measured_c=late.measured_c)
    elif stage is Stage.HELD:
        _watch_hold(turn, build)
    elif stage is Stage.BUILDING:
        _watch_host(turn, build)
    _ask_factors(turn)
    _progress(turn)


def _watch_hold(turn: Turn, build: Build) -> None:
    if build.hold is None:
        return
    seconds = turn.now - build.hold.since
    limits = build.job.hold
    if seconds > limits.longest_s:
        abort(turn, "hold_limit", why=f"held longer than {limits.longest_s:g} s")
    elif build.held_s + seconds > limits.total_s:
        abort(turn, "hold_limit", why=f"held longer than {limits.total_s:g} s in all")


def _watch_host(turn: Turn, build: Build) -> None:
    silence_s = turn.state.profile.limits.host_silence_s
    waits = turn.state.host_waits
    free = WaitKind.JOB_LINE not in waits and WaitKind.MOVES_DONE not in waits
    if free and turn.now - build.host_free_at > silence_s:
        abort(turn, "host_silent", why=f"no line for {silence_s:g} s")


def _ask_factors(turn: Turn) -> None:
    """At the end of a job they are asked once more, before its last M400 (:mod:`.gate_printer`)."""
    build = turn.state.build
    if build is None or not build.factors or turn.state.stage is Stage.FINISHING:
        return
    if turn.now - build.factors_at >= turn.state.profile.limits.factors_every_s:
        turn.set_build(factors_at=turn.now)
        ask(turn, *(one.question for one in build.factors))


def _progress(turn: Turn) -> None:
    build = turn.state.build
    if build is None or build.acked == build.progress_line:
        return
    if turn.now - build.progress_at < PROGRESS_INTERVAL_S:
        return
    turn.set_build(progress_at=turn.now, progress_line=build.acked)
    turn.emit(
        "progress",
        line=build.acked,
        lines=len(build.job.lines),
        layer=build.job.layer_of(build.acked),
        layers=len(build.job.layer_start),
    )


def _watch_securing(turn: Turn) -> None:
    """Repeat the safe-stop until the printer says that no heater has a target."""
    securing = turn.state.securing
    if securing is None:
        return
    limits = turn.state.profile.limits
    late = turn.now - securing.since > limits.safe_stop_confirm_s
    interval = SLOW_REPEAT_S if securing.emergency else limits.safe_stop_repeat_s
    if turn.now - securing.written_at < interval:
        return
    emergency = late and not securing.emergency and turn.state.printer.phase is not Phase.CLOSED
    written = write_safe_stop(turn, emergency=emergency)
    turn.set(
        securing=replace(
            securing,
            written_at=turn.now,
            attempts=securing.attempts + int(written),
            emergency=securing.emergency or emergency,
        )
    )
    if emergency:
        turn.emit(
            "safe_stop_written",
            confirmed=False,
            attempt=securing.attempts + 1,
            written=written,
            lines=[*turn.state.profile.safe_stop, turn.state.profile.emergency_stop],
            reason=securing.reason,
        )
