"""Rules for what OctoPrint says. Default deny on the whole line (docs/gate.md, rules 2 to 5)."""

from __future__ import annotations

import re
from dataclasses import replace

from .gate_state import HoldRun, Stage, WaitKind
from .gate_turn import Turn, abort, ask, cold, pump, reset_foreign, told, trip, wait
from .host_dialogue import HostDialogue, HostLine, HostLineKind, feed
from .matching import is_next
from .printer_dialogue import Phase, send_bare
from .replies import Temperatures
from .stopwords import is_stop_word

NOTIFY_INTERVAL_S = 1.0
DRAINING_S = 2.0
CANCEL_ECHO_S = 3.0
CANCEL_ECHO = re.compile(r"M108|M84|M104(?: T\d)? S0|M140 S0|M106 S0", re.ASCII)
"""What OctoPrint says by itself when it cancels a print; each a stop word, none of them M112."""


_SETTING = re.compile(
    r"M110(?: N-?\d{1,9})?|M155 S\d{1,3}|M154 S\d{1,3}|M113 S\d{1,3}|M27(?: S\d{1,3})?|M876 P\d",
    re.ASCII,
)
"""Settings of a host for itself; answered, never passed on."""

_IDENTITY = (
    "FIRMWARE_NAME:MDPS gate PROTOCOL_VERSION:1.0 MACHINE_TYPE:MDPS gate EXTRUDER_COUNT:1",
    "Cap:EEPROM:0",
    "Cap:AUTOREPORT_TEMP:1",
    "Cap:AUTOREPORT_POS:0",
    "Cap:AUTOREPORT_SD_STATUS:0",
    "Cap:EMERGENCY_PARSER:1",
    "Cap:SDCARD:0",
    "Cap:PROMPT_SUPPORT:0",
)


def host_bytes(turn: Turn, data: bytes) -> None:
    """Bytes from the pty."""
    if not turn.state.host_heard:
        turn.set(host_heard=True, host_open=True)
        turn.emit("host_connected")
    host, lines = feed(turn.state.host, data)
    turn.set(host=host)
    for line in lines:
        _line(turn, line)


def _line(turn: Turn, line: HostLine) -> None:
    if line.kind is HostLineKind.REPEATED:
        turn.to_host("ok")
    elif line.kind is HostLineKind.RESEND:
        _foreign(turn, line.text, line.why, answer=f"Resend: {turn.state.host.last + 1}")
    elif line.kind is HostLineKind.MALFORMED:
        _foreign(turn, line.text, line.why)
    elif _job_line(turn, line.text):
        pass
    elif is_stop_word(line.text, turn.state.profile.stop_words):
        _stop_word(turn, line.text)
    elif not _answer(turn, line.text):
        _foreign(turn, line.text, "not the next line of a permitted job")


def _job_line(turn: Turn, text: str) -> bool:
    """Release the next line if this is it; false if it is not, or nothing may be released."""
    stage, build = turn.state.stage, turn.state.build
    if stage not in (Stage.ARMED, Stage.BUILDING, Stage.HELD) or build is None:
        return False
    if not is_next(build.job, build.released, text):
        return False
    if stage is Stage.ARMED:
        turn.set(stage=Stage.BUILDING)
        turn.set_build(started_at=turn.now, host_free_at=turn.now)
        turn.emit("build_started", build_id=build.job.build_id, lines=len(build.job.lines))
    elif stage is Stage.HELD and not _passes_hold(turn):
        return True
    release(turn)
    return True


def _passes_hold(turn: Turn) -> bool:
    build = turn.build()
    hold = build.hold
    if hold is None or hold.by_host:
        end_hold(turn, "octoprint")
        return True
    if hold.draining > 0 and turn.now - hold.since <= DRAINING_S:
        turn.set_build(hold=replace(hold, draining=hold.draining - 1))
        return True
    if hold.parked:
        return False
    turn.set_build(hold=replace(hold, parked=True))
    wait(turn, WaitKind.JOB_LINE)
    return False


def release(turn: Turn, *, parked: bool = False) -> None:
    """The next line of the private copy may go on the wire; OctoPrint's ok follows its ok."""
    state = turn.state
    if state.foreign.in_a_row:
        turn.set(foreign=replace(state.foreign, in_a_row=0))
    turn.set_build(released=turn.build().released + 1)
    if not parked:
        wait(turn, WaitKind.JOB_LINE)
    pump(turn)


def begin_hold(turn: Turn, by: str, *, by_host: bool, draining: int = 0) -> None:
    """A hold begins; one more than the recipe allows ends the build."""
    build = turn.build()
    number = build.holds + 1
    if number > build.job.hold.count:
        abort(turn, "hold_limit", why=f"hold number {number}")
        return
    turn.set(stage=Stage.HELD)
    hold = HoldRun(by=by, by_host=by_host, since=turn.now, draining=draining)
    turn.set_build(holds=number, hold=hold)
    turn.emit("held", by=by, line=build.acked, number=number)


def end_hold(turn: Turn, by: str) -> None:
    """The build goes on."""
    build = turn.build()
    seconds = turn.now - build.hold.since if build.hold is not None else 0.0
    turn.set(stage=Stage.BUILDING)
    turn.set_build(hold=None, held_s=build.held_s + seconds, host_free_at=turn.now)
    turn.emit("resumed", by=by, line=build.acked, seconds=round(seconds, 3))


def _echoes_cancel(turn: Turn, text: str) -> bool:
    """True for a line of OctoPrint's own clearing up after the cancel it has just been given.

    The printer is locked, cold by a fresh report and idle: none of these words would change
    anything, and nothing but the controller's own queries then reaches it. M112 is never one.
    """
    state = turn.state
    fresh = (
        state.temperatures_at is not None
        and turn.now - state.temperatures_at <= state.profile.limits.temperature_age_s
    )
    return (
        state.stage is Stage.LOCKED
        and fresh
        and state.temperatures is not None
        and cold(state.temperatures)
        and turn.now - state.foreign.cancelled_at <= CANCEL_ECHO_S
        and CANCEL_ECHO.fullmatch(text) is not None
    )


def _stop_word(turn: Turn, text: str) -> None:
    state = turn.state
    if _echoes_cancel(turn, text):
        turn.to_host("ok")
        return
    if state.printer.phase is not Phase.CLOSED:
        printer, written = send_bare(state.printer, text, turn.now)
        turn.set(printer=printer)
        turn.to_printer(written)
    if state.build is not None:
        turn.emit("stop_word", line=text, mode=state.mode, stage=state.stage.value, count=1)
        abort(turn, "stop_word", stop_word=text)
    else:
        told(turn, "stop_word", line=text, mode=state.mode, stage=state.stage.value)
    turn.to_host("ok")


def _answer(turn: Turn, text: str) -> bool:
    """Answer what OctoPrint asks of a printer by itself; false if it is none of that."""
    if text == "M105":
        turn.to_host("ok" + report(turn.state.temperatures))
    elif text == "M115":
        turn.to_host(*_IDENTITY, "ok")
    elif text == "M400":
        _moves_done(turn)
    elif text == "M114":
        _position(turn)
    elif text == "M21":
        turn.to_host("echo:No media", "ok")
    elif text in ("M20", "M20 L", "M20 L T"):
        turn.to_host("Begin file list", "End file list", "ok")
    elif _SETTING.fullmatch(text) is not None:
        if text.startswith("M155"):
            turn.set(host_report_s=float(text.removeprefix("M155 S")))
        turn.to_host("ok")
    else:
        return False
    return True


def report(seen: Temperatures | None) -> str:
    """A temperature report as Marlin words it, with a leading blank; empty if nothing is known."""
    if seen is None:
        return ""
    text = f" T:{seen.nozzle_c:.2f} /{seen.nozzle_target_c:.2f}"
    if seen.bed_c is not None:
        text += f" B:{seen.bed_c:.2f} /{seen.bed_target_c or 0.0:.2f}"
    return text + " @:0 B@:0"


def _moves_done(turn: Turn) -> None:
    """M400: ok once the printer has really finished moving. In a build this is a pause."""
    if not turn.state.printer_ready or turn.state.build is None:
        turn.to_host("ok")
        return
    hold = turn.state.build.hold
    if hold is not None and hold.draining:
        turn.set_build(hold=replace(hold, draining=0))
    wait(turn, WaitKind.MOVES_DONE)
    ask(turn, "M400")


def _position(turn: Turn) -> None:
    if not turn.state.printer_ready or turn.state.stage is Stage.SECURING:
        turn.to_host("ok")
        return
    wait(turn, WaitKind.POSITION)
    ask(turn, "M114")


def _foreign(turn: Turn, shown: str, why: str, answer: str | None = None) -> None:
    """Swallow a line: answered, told, counted.

    Never ``Error:`` or ``!!``: OctoPrint answers those with M112 and kills the printer.
    """
    state = turn.state
    now = turn.now
    told(
        turn,
        "line_refused",
        line=shown[:80],
        why=why,
        mode=state.mode,
        stage=state.stage.value,
        source="host",
    )
    foreign = turn.state.foreign
    if now - foreign.notified_at >= NOTIFY_INTERVAL_S:
        text = "line not in the permitted job" if state.build else "locked, see the MDPS tab"
        turn.to_host(f"//action:notification MDPS: {text}")
        foreign = replace(foreign, notified_at=now)
    if state.build is None:
        # With every line, not at intervals: a short file would run to a false "done" between two.
        turn.to_host("//action:cancel")
        foreign = replace(foreign, cancelled_at=now)
    if answer is not None:
        turn.to_host(answer)
    turn.to_host("ok")
    if state.build is None:
        turn.set(foreign=foreign)
        return
    times = (*(at for at in foreign.times if now - at < 60.0), now)
    foreign = replace(foreign, in_a_row=foreign.in_a_row + 1, times=times)
    turn.set(foreign=foreign)
    limits = state.profile.limits
    if foreign.in_a_row > limits.foreign_in_a_row:
        trip(turn, f"{foreign.in_a_row} lines in a row that are not the next one", line=shown[:80])
    elif len(times) > limits.foreign_per_minute:
        trip(turn, f"{len(times)} foreign lines in a minute", line=shown[:80])


def host_opened(turn: Turn) -> None:
    """The pty has been opened; nothing is said before its first byte."""
    if not turn.state.host_open:
        turn.set(host_open=True)


def host_closed(turn: Turn) -> None:
    """OctoPrint is gone: a build without its host ends."""
    state = turn.state
    if not state.host_open:
        return
    heard = state.host_heard
    turn.set(
        host_open=False,
        host_heard=False,
        host=HostDialogue(),
        host_report_s=0.0,
        host_waits=(),
        foreign=reset_foreign(state.foreign) if state.build is None else state.foreign,
    )
    if heard:
        turn.emit("host_gone")
    if state.stage in (Stage.ARMED, Stage.BUILDING, Stage.HELD):
        abort(turn, "host_gone")
