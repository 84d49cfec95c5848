"""The dialogue with the printer: own line numbers, checksums, resends, and which ok is whose. Pure.

The controller is the printer's only host. One numbered line is under way at a time, so an ok can
be matched without counting: the ok of M105 carries temperatures, no other does. Unnumbered lines
(stop words, safe-stop) may be under way beside it and give an ok too.

A lost ok and a dropped line look the same from here, and Marlin swallows a repeated line number
without an answer. So an overdue line is written again **with a query behind it**: whatever was
lost, the answer to the query says that the line has been taken.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from .host_dialogue import checksum
from .replies import Reply, ReplyKind, read_reply

MAX_REPLY = 1024
"""Longest printer line in bytes that is read; Marlin's longest (M115) has about 300."""

RESENDS_AT_MOST = 10
GREETING_INTERVAL_S = 1.0
HALTED_INTERVAL_S = 5.0
RESEND_OK_S = 0.5
"""How long the bare ok that follows a resend request is waited for (Marlin always sends it)."""


class Phase(enum.Enum):
    """How far the dialogue is."""

    CLOSED = "closed"
    GREETING = "greeting"
    READY = "ready"
    HALTED = "halted"


class LossKind(enum.Enum):
    """Why the dialogue cannot go on as it was."""

    RESET = "reset"
    HALTED = "halted"
    SILENT = "silent"
    NUMBERING = "numbering"


@dataclass(frozen=True, slots=True)
class Sent:
    """A line under way. ``heard_at`` moves on while the printer says that it is busy."""

    command: str
    number: int | None
    heard_at: float
    resends: int = 0
    probe: bool = False


@dataclass(frozen=True, slots=True)
class Acked:
    """A line that the printer has taken."""

    sent: Sent


@dataclass(frozen=True, slots=True)
class Loss:
    """The dialogue broke; what was under way is void."""

    kind: LossKind
    text: str


@dataclass(frozen=True, slots=True)
class Ready:
    """The printer has taken our numbering: lines may be sent."""


Heard = Acked | Loss | Ready | Reply


@dataclass(frozen=True, slots=True)
class PrinterDialogue:
    """All that is known of the dialogue; ``number`` is the next line number."""

    phase: Phase = Phase.CLOSED
    buffer: bytes = b""
    number: int = 1
    under_way: tuple[Sent, ...] = ()
    resend_from: int | None = None
    resend_due: float = 0.0
    greeted_at: float = 0.0

    @property
    def free(self) -> bool:
        """True if a numbered line may be sent now."""
        return (
            self.phase is Phase.READY
            and self.resend_from is None
            and all(sent.number is None for sent in self.under_way)
        )


def numbered(number: int, command: str) -> bytes:
    """``N7 M105*33`` with its line end."""
    body = f"N{number} {command}".encode("ascii")
    return body + b"*%d\n" % checksum(body)


def opened(now: float) -> tuple[PrinterDialogue, bytes]:
    """The port has been opened: greet with a numbering of our own."""
    return _greet(PrinterDialogue(), now)


def _greet(state: PrinterDialogue, now: float) -> tuple[PrinterDialogue, bytes]:
    fresh = PrinterDialogue(phase=Phase.GREETING, buffer=state.buffer, greeted_at=now)
    return fresh, numbered(0, "M110 N0")


def send(state: PrinterDialogue, command: str, now: float) -> tuple[PrinterDialogue, bytes]:
    """Send one numbered line; only when :attr:`PrinterDialogue.free`."""
    if not state.free:
        raise RuntimeError("a numbered line is under way")
    return _send(state, Sent(command, state.number, now))


def _send(state: PrinterDialogue, sent: Sent) -> tuple[PrinterDialogue, bytes]:
    if sent.command == "M110 N0":
        sent = replace(sent, number=0)
    number = sent.number or 0
    written = numbered(number, sent.command)
    return replace(state, under_way=(*state.under_way, sent), number=number + 1), written


def send_bare(state: PrinterDialogue, command: str, now: float) -> tuple[PrinterDialogue, bytes]:
    """Send one unnumbered line at once, whatever else is under way (stop words, safe-stop)."""
    written = command.encode("ascii") + b"\n"
    if state.phase is Phase.CLOSED or command == "M112":
        return state, written
    return replace(state, under_way=(*state.under_way[-15:], Sent(command, None, now))), written


def restart(state: PrinterDialogue, now: float) -> tuple[PrinterDialogue, bytes]:
    """Forget what is under way and begin the numbering again, with a query behind it.

    Used after a safe-stop: the answer to the query comes after everything written before it.
    """
    fresh = PrinterDialogue(phase=state.phase, buffer=state.buffer, greeted_at=now, number=1)
    if fresh.phase not in (Phase.READY, Phase.GREETING):
        return fresh, b""
    fresh = replace(fresh, phase=Phase.READY)
    fresh, first = _send(fresh, Sent("M110 N0", 0, now))
    fresh, second = _send(fresh, Sent("M105", 1, now))
    return fresh, first + second


def receive(
    state: PrinterDialogue, data: bytes, now: float
) -> tuple[PrinterDialogue, list[Heard], bytes]:
    """Take bytes from the printer; give what was heard, in order, and bytes to write back."""
    *lines, rest = (state.buffer + data).replace(b"\r", b"\n").split(b"\n")
    state = replace(state, buffer=rest if len(rest) <= MAX_REPLY else b"")
    heard: list[Heard] = []
    out = b""
    for line in lines:
        if line and state.phase is not Phase.CLOSED:
            state, more, written = _line(state, read_reply(line[:MAX_REPLY]), now)
            heard.extend(more)
            out += written
    return state, heard, out


def _line(
    state: PrinterDialogue, reply: Reply, now: float
) -> tuple[PrinterDialogue, list[Heard], bytes]:
    kind = reply.kind
    if kind is ReplyKind.OK:
        return _ok(state, reply, now)
    if kind is ReplyKind.RESEND:
        return _resend_asked(state, reply, now)
    if kind is ReplyKind.START:
        known = state.phase is not Phase.GREETING
        state, written = _greet(state, now)
        return state, [Loss(LossKind.RESET, reply.text)] if known else [], written
    if kind is ReplyKind.FAULT:
        halted = PrinterDialogue(phase=Phase.HALTED, buffer=state.buffer, greeted_at=now)
        return halted, [Loss(LossKind.HALTED, reply.text)], b""
    busy = kind in (ReplyKind.BUSY, ReplyKind.WAITS_FOR_USER) or reply.waiting
    if busy and state.under_way:
        waiting = tuple(replace(sent, heard_at=now) for sent in state.under_way)
        state = replace(state, under_way=waiting)
    return state, [reply], b""


def _ok(
    state: PrinterDialogue, reply: Reply, now: float
) -> tuple[PrinterDialogue, list[Heard], bytes]:
    heard: list[Heard] = [reply]
    if state.phase in (Phase.GREETING, Phase.HALTED):
        if reply.number in (0, None) and reply.temperatures is None:
            return replace(state, phase=Phase.READY, number=1), [*heard, Ready()], b""
        return state, heard, b""
    plain = reply.number is None and reply.temperatures is None
    if state.resend_from is not None and plain:
        state, written, lost = _resend(state, now)
        return state, [*heard, *lost], written
    index = _whose(state, reply)
    if index is None:
        return state, heard, b""
    taken = state.under_way[: index + 1]
    state = replace(state, under_way=state.under_way[index + 1 :])
    heard.extend(Acked(sent) for sent in taken if not sent.probe and sent.number is not None)
    return state, heard, b""


def _whose(state: PrinterDialogue, reply: Reply) -> int | None:
    """Which line under way this ok is for; None for an ok that belongs to none."""
    for index, sent in enumerate(state.under_way):
        if reply.number is not None:
            if sent.number == reply.number:
                return index
        elif (sent.command == "M105") == (reply.temperatures is not None):
            return index
    return None


def _resend_asked(
    state: PrinterDialogue, reply: Reply, now: float
) -> tuple[PrinterDialogue, list[Heard], bytes]:
    if state.phase is not Phase.READY or reply.number is None:
        return state, [reply], b""
    known = [sent.number for sent in state.under_way if sent.number is not None]
    if reply.number not in known and reply.number != state.number:
        # The printer counts differently: it was reset unseen, or somebody else writes.
        state, written = _greet(state, now)
        return state, [reply, Loss(LossKind.NUMBERING, reply.text)], written
    return replace(state, resend_from=reply.number, resend_due=now + RESEND_OK_S), [reply], b""


def _resend(state: PrinterDialogue, now: float) -> tuple[PrinterDialogue, bytes, list[Heard]]:
    first = state.resend_from if state.resend_from is not None else state.number
    out = b""
    under_way: list[Sent] = []
    for sent in state.under_way:
        if sent.number is not None and sent.number >= first:
            if sent.resends >= RESENDS_AT_MOST:
                state, written = _greet(state, now)
                text = f"line {sent.number} asked for {sent.resends + 1} times"
                return state, written, [Loss(LossKind.SILENT, text)]
            sent = replace(sent, heard_at=now, resends=sent.resends + 1)
            out += numbered(sent.number or 0, sent.command)
        under_way.append(sent)
    return replace(state, resend_from=None, under_way=tuple(under_way)), out, []


def tick(
    state: PrinterDialogue, now: float, ok_timeout_s: float
) -> tuple[PrinterDialogue, list[Heard], bytes]:
    """Time has passed: greet again, resend without waiting for the ok, probe, or give up."""
    if state.phase is Phase.CLOSED:
        return state, [], b""
    if state.phase in (Phase.GREETING, Phase.HALTED):
        # A killed printer answers nothing; one that only complained at boot answers this.
        halted = state.phase is Phase.HALTED
        if now - state.greeted_at < (HALTED_INTERVAL_S if halted else GREETING_INTERVAL_S):
            return state, [], b""
        fresh, written = _greet(state, now)
        return replace(fresh, phase=state.phase), [], written
    if state.resend_from is not None and now >= state.resend_due:
        state, written, lost = _resend(state, now)
        return state, lost, written
    bare = [s for s in state.under_way if s.number is None and now - s.heard_at > ok_timeout_s]
    if bare:
        state = replace(state, under_way=tuple(s for s in state.under_way if s not in bare))
    overdue = next(
        (s for s in state.under_way if s.number is not None and now - s.heard_at > ok_timeout_s),
        None,
    )
    if overdue is None:
        return state, [], b""
    return _probe(state, overdue, now)


def _probe(
    state: PrinterDialogue, overdue: Sent, now: float
) -> tuple[PrinterDialogue, list[Heard], bytes]:
    if any(sent.probe for sent in state.under_way):
        state, written = _greet(state, now)
        return state, [Loss(LossKind.SILENT, f"no answer to {overdue.command}")], written
    again = numbered(overdue.number or 0, overdue.command)
    waiting = tuple(replace(sent, heard_at=now) for sent in state.under_way)
    # The query must be told from the line by its answer: M114 stands in where that line is M105.
    query = "M114" if overdue.command == "M105" else "M105"
    state = replace(state, under_way=waiting)
    state, written = _send(state, Sent(query, state.number, now, probe=True))
    return state, [], again + written
