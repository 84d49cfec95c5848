"""Rules for what the printer says (docs/gate.md, rules 1, 4, 8 and 9)."""

from __future__ import annotations

from dataclasses import replace

from . import factors
from . import printer_dialogue as dialogue
from .gate_host import begin_hold, end_hold, report
from .gate_state import PRODUCTION, Identity, Stage, WaitKind
from .gate_turn import (
    Turn,
    abort,
    ask,
    cold,
    flush_untold,
    pump,
    satisfy,
    secure,
    tell_safe_stop,
    told,
    window_of,
    write_safe_stop,
)
from .matching import QUERY_WORDS
from .printer_dialogue import Acked, Heard, Loss, LossKind, Phase, Ready
from .replies import Reply, ReplyKind, Temperatures
from .supervision import Deviation, excursion_ended, observe, see

REPORT_EVERY = "M155 S1"
IDENTITY_LINES_AT_MOST = 400
LOCKED_HEAT_INTERVAL_S = 10.0
"""A target that nobody asked for is taken back at most once in this time, so that somebody who
turns the printer's knob cannot make the log grow without end."""

END_OF_JOB = "the end of the job"
_TALK = ("notification", "prompt_")

_LOSS = {
    LossKind.RESET: ("printer_reset", "printer_reset"),
    LossKind.HALTED: ("printer_gone", "printer_halted"),
    LossKind.SILENT: ("printer_gone", "printer_silent"),
    LossKind.NUMBERING: ("printer_gone", "printer_numbering"),
}


def printer_opened(turn: Turn) -> None:
    """The port is open: greet."""
    printer, written = dialogue.opened(turn.now)
    turn.set(printer=printer, printer_ready=False, asks=())
    if turn.state.securing is not None:
        _secure_again(turn)
    else:
        turn.to_printer(written)


def printer_closed(turn: Turn, why: str) -> None:
    """The port is gone."""
    turn.set(printer=dialogue.PrinterDialogue())
    _lost(turn, "printer_gone", "printer_gone", why)


def printer_bytes(turn: Turn, data: bytes) -> None:
    """Bytes from the port."""
    printer, heard, written = dialogue.receive(turn.state.printer, data, turn.now)
    turn.set(printer=printer)
    turn.to_printer(written)
    take(turn, heard)


def take(turn: Turn, heard: list[Heard]) -> None:
    """Act on what was heard, in order; then send what may be sent."""
    for item in heard:
        if isinstance(item, Reply):
            _reply(turn, item)
        elif isinstance(item, Acked):
            _acked(turn, item.sent.command)
        elif isinstance(item, Loss):
            event, reason = _LOSS[item.kind]
            _lost(turn, event, reason, item.text)
        else:
            _ready(turn, item)
    pump(turn)


def _lost(turn: Turn, event: str, reason: str, text: str) -> None:
    turn.set(
        printer_ready=False,
        asks=(),
        temperatures=None,
        temperatures_at=None,
        identity=replace(turn.state.identity, asking=None),
    )
    turn.emit(event, reason=reason, text=text[:200])
    abort(turn, reason, text=text[:200])


def _ready(turn: Turn, _: Ready) -> None:
    if not turn.state.printer_ready:
        turn.emit("printer_back")
    turn.set(printer_ready=True, polled_at=turn.now)
    if turn.state.securing is not None:
        _secure_again(turn)
    else:
        identify(turn)


def _secure_again(turn: Turn) -> None:
    """A printer that is back while its safe-stop is not confirmed is made safe first."""
    securing = turn.state.securing
    if securing is None:
        return
    write_safe_stop(turn)
    again = replace(securing, written_at=turn.now, attempts=securing.attempts + 1)
    if securing.attempts == 0:
        # Its time begins now: a printer that was off must not be halted because it boots slowly.
        again = replace(again, since=turn.now)
        tell_safe_stop(turn, securing.reason, written=True)
    turn.set(securing=again)


def identify(turn: Turn) -> None:
    """Ask who the printer is; M105 at the end has an answer that no other query has.

    Lines count from the answer to the first query on: when somebody asks twice, answers of the
    first time may still be under way, and a setting heard twice is another printer.
    """
    queries = (REPORT_EVERY, "M115", "M503", *turn.state.profile.factors, "M105")
    others = tuple(query for query in turn.state.asks if query not in queries)
    turn.set(identity=replace(turn.state.identity, asking=None), asks=others)
    ask(turn, *queries)


def _reply(turn: Turn, reply: Reply) -> None:
    kind = reply.kind
    if reply.temperatures is not None:
        temperatures(turn, reply.temperatures)
    elif kind is ReplyKind.POSITION:
        turn.set(position=reply.text[:200], position_at=turn.now)
    elif kind is ReplyKind.ACTION:
        _action(turn, reply.text)
    elif kind is ReplyKind.NOT_DONE:
        _unwanted(turn, "printer_refused_line", reply.text)
    elif kind is ReplyKind.SD:
        _unwanted(turn, "printer_sd", reply.text)
    elif kind is ReplyKind.WAITS_FOR_USER:
        _unwanted(turn, "printer_waits", reply.text)
    elif kind is ReplyKind.FACTOR:
        _factor(turn, reply)
    elif kind is ReplyKind.OTHER:
        _identity(turn, reply)


def _identity(turn: Turn, reply: Reply) -> None:
    identity = turn.state.identity
    if identity.asking is not None and len(identity.asking) < IDENTITY_LINES_AT_MOST:
        asking = (*identity.asking, reply.text[:400])
        turn.set(identity=replace(identity, asking=asking))


def _factor(turn: Turn, reply: Reply) -> None:
    _identity(turn, reply)
    build = turn.state.build
    if build is None or build.started_at is None:
        return
    if reply.question is not None and reply.number is not None:
        turn.set_build(factors=factors.hear(build.factors, reply.question, reply.number))


def _unwanted(turn: Turn, reason: str, text: str) -> None:
    """The printer did something, or did not do something, that makes the build another one."""
    if turn.state.stage in PRODUCTION:
        abort(turn, reason, text=text[:200])
    elif reason != "printer_refused_line":
        _tell(turn, text)


def _tell(turn: Turn, text: str) -> None:
    told(
        turn,
        "line_refused",
        line=text[:80],
        why="said by the printer, not passed to OctoPrint",
        mode=turn.state.mode,
        stage=turn.state.stage.value,
        source="printer",
    )


def _action(turn: Turn, text: str) -> None:
    """``//action:`` lines never reach OctoPrint: ``start`` would start its selected file."""
    name = text.removeprefix("//").strip().removeprefix("action:").strip()
    if not name or name.startswith(_TALK):
        return
    _tell(turn, text)
    _unwanted_action(turn, text)


def _unwanted_action(turn: Turn, text: str) -> None:
    if turn.state.stage in PRODUCTION:
        abort(turn, "printer_action", text=text[:200])


def temperatures(turn: Turn, seen: Temperatures) -> None:
    """A report: kept, passed to OctoPrint at its pace, and judged."""
    state = turn.state
    turn.set(temperatures=seen, temperatures_at=turn.now)
    if state.host_report_s and turn.now - state.host_reported_at >= state.host_report_s:
        turn.set(host_reported_at=turn.now)
        turn.to_host(report(seen))
    build = state.build
    if build is not None and build.started_at is not None:
        _judge(turn, seen)
    elif state.stage is Stage.LOCKED:
        _judge_locked(turn, seen)


def _judge_locked(turn: Turn, seen: Temperatures) -> None:
    """A locked printer heats nothing: not since before this start, and not from its panel."""
    state = turn.state
    hot = not cold(seen)
    if hot != state.heat_while_locked:
        turn.set(heat_while_locked=hot)
        if hot:
            target = max(seen.nozzle_target_c, seen.bed_target_c or 0.0)
            deviation(turn, Deviation("any", "locked", target, "target 0 °C", 0.0))
    listens = turn.state.printer.phase in (Phase.GREETING, Phase.READY)
    if hot and listens and turn.now - state.heat_stopped_at >= LOCKED_HEAT_INTERVAL_S:
        turn.set(heat_stopped_at=turn.now)
        written = secure(turn, "heat_while_locked")
        tell_safe_stop(turn, "heat_while_locked", written=written)


def _judge(turn: Turn, seen: Temperatures) -> None:
    build = turn.build()
    supervision, found = observe(
        build.supervision, seen, window_of(build), turn.state.profile, turn.now
    )
    pairs = (
        (build.supervision.nozzle, supervision.nozzle),
        (build.supervision.bed, supervision.bed),
    )
    ended = [excursion_ended(before, after, turn.now) for before, after in pairs]
    turn.set_build(
        supervision=supervision,
        nozzle_seen=see(build.nozzle_seen, seen.nozzle_c, supervision.nozzle),
        bed_seen=see(build.bed_seen, seen.bed_c, supervision.bed),
        excursions=(*build.excursions, *(one for one in ended if one is not None)),
    )
    if found is not None:
        deviation(turn, found)
        abort(turn, f"temperature_{found.what}", heater=found.heater, measured_c=found.measured_c)


def deviation(turn: Turn, found: Deviation) -> None:
    """Tell the controller of a temperature that should not be."""
    turn.emit(
        "temperature_deviation",
        heater=found.heater,
        what=found.what,
        measured_c=found.measured_c,
        allowed=found.allowed,
        seconds=round(found.seconds, 3),
    )


def _acked(turn: Turn, command: str) -> None:
    word = command.split(" ", 1)[0]
    if command in factors.NAMES:
        _factor_answered(turn, command)
    elif word not in QUERY_WORDS:
        _job_acked(turn, command)
    elif word == "M105":
        _asked(turn)
    elif command == REPORT_EVERY:
        turn.set(identity=replace(turn.state.identity, asking=()))
    elif word == "M400":
        _moves_done(turn)
    elif word == "M114":
        position = (turn.state.position,) if turn.state.position is not None else ()
        while satisfy(turn, WaitKind.POSITION, *position):
            pass


def _job_acked(turn: Turn, command: str) -> None:
    build = turn.state.build
    if build is None:
        return
    streamed = build.streamed.copy()
    streamed.update(command.encode("ascii") + b"\n")
    acked = build.acked + 1
    turn.set_build(acked=acked, streamed=streamed)
    satisfy(turn, WaitKind.JOB_LINE)
    starts = build.job.layer_start
    if not build.first_layer_told and len(starts) > 1 and acked >= starts[1]:
        turn.set_build(first_layer_told=True)
        turn.emit("first_layer", line=acked)
    if acked == len(build.job.lines):
        if turn.state.stage is Stage.HELD:
            # Nothing is left to hold back: the hold is over, and the record must say so.
            end_hold(turn, END_OF_JOB)
            turn.to_host("//action:resume")
        turn.set(stage=Stage.FINISHING)
        last = (one.question for one in build.factors if one.question not in turn.state.asks)
        turn.set(asks=(*turn.state.asks, *last, "M400", "M105"))


def _factor_answered(turn: Turn, question: str) -> None:
    """A factor is what the job has set, or is asked for once more, or ends the build."""
    build = turn.state.build
    if build is None or build.started_at is None:
        return
    left, wrong, again = factors.answered(build.factors, question)
    turn.set_build(factors=left)
    if wrong is not None:
        turn.emit("factor_deviation", name=wrong.name, percent=wrong.said, allowed=wrong.commanded)
        if wrong.said is None:
            abort(turn, "factor_unknown", name=wrong.name)
        else:
            abort(turn, "factor_changed", name=wrong.name, percent=wrong.said)
    elif again and question not in turn.state.asks:
        # The end of a build must not overtake it.
        turn.set(asks=(question, *turn.state.asks))


def _moves_done(turn: Turn) -> None:
    stage = turn.state.stage
    asked = False
    while satisfy(turn, WaitKind.MOVES_DONE):
        asked = True
    if stage is Stage.FINISHING:
        turn.set_build(moves_done=True)
    elif stage is Stage.BUILDING and asked:
        begin_hold(turn, "octoprint", by_host=True)


def _asked(turn: Turn) -> None:
    """M105 has been answered: the end of a list of queries, of a build, or of a safe-stop."""
    state = turn.state
    identity = state.identity
    if identity.asking is not None and not {"M115", "M503"} & set(state.asks):
        turn.set(identity=Identity(lines=identity.asking, at=turn.now))
    if state.stage is Stage.FINISHING and turn.build().moves_done:
        _streamed(turn)
    elif state.stage is Stage.SECURING:
        _secured(turn)


def _streamed(turn: Turn) -> None:
    build = turn.build()
    flush_untold(turn)
    turn.set(stage=Stage.LOCKED, build=None)
    while satisfy(turn, WaitKind.MOVES_DONE):
        pass
    turn.emit(
        "build_streamed",
        build_id=build.job.build_id,
        planned=build.job.digest,
        streamed=build.streamed.hexdigest(),
        lines=build.acked,
        planned_lines=len(build.job.lines),
        seconds=round(turn.now - (build.started_at or turn.now), 3),
        holds=build.holds,
        held_s=round(build.held_s, 3),
        nozzle_c=build.nozzle_seen.facts() if build.nozzle_seen else None,
        bed_c=build.bed_seen.facts() if build.bed_seen else None,
        excursions=list(build.excursions),
        factors=[one.facts() for one in build.factors],
    )


def _secured(turn: Turn) -> None:
    state = turn.state
    securing, seen = state.securing, state.temperatures
    if securing is None or seen is None or not cold(seen):
        return
    printer, written = dialogue.greet(state.printer, turn.now)
    turn.set(stage=Stage.LOCKED, securing=None, heat_while_locked=False, printer=printer)
    turn.to_printer(written)
    turn.emit(
        "safe_stop_written",
        confirmed=True,
        attempt=securing.attempts,
        written=True,
        lines=list(state.profile.safe_stop),
        reason=securing.reason,
        seconds=round(turn.now - securing.since, 3),
        nozzle_c=seen.nozzle_c,
        bed_c=seen.bed_c,
    )
