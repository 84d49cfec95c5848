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
GREETING_QUIET_S = 0.25
"""Marlin sets the number that M110 asks for when it executes M110, not when it receives it. A line
sent before that is taken with its own number, and then the numbering jumps back. So the first line
follows the last ok of a greeting at this distance."""

HALTED_INTERVAL_S = 5.0
RESEND_OK_S = 0.5
"""How long the bare ok that follows a resend request is waited for (Marlin always sends it)."""


class Phase(enum.Enum):
    """How far the dialogue is."""

    CLOSED = "closed"
    GREETING = "greeting"
    READY = "ready"
    SECURING = "securing"
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
    ok_at: float | None = None

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


def greet(state: PrinterDialogue, now: float) -> tuple[PrinterDialogue, bytes]:
    """Begin the numbering again; what is under way is void."""
    return _greet(state, now)


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


def secure(state: PrinterDialogue, now: float) -> tuple[PrinterDialogue, bytes]:
    """A query behind a safe-stop that has just been written, unnumbered as that.

    The numbering may be lost, and what was under way is void. The answer to the query comes after
    everything written before it, so it says what the safe-stop has done. Numbered lines follow
    only after :func:`greet`.
    """
    if state.phase is Phase.CLOSED:
        return state, b""
    query = Sent("M105", None, now)
    secured = PrinterDialogue(phase=Phase.SECURING, buffer=state.buffer, under_way=(query,))
    return secured, b"M105\n"


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
        # "ok P15 B3" is for a line without number, so not for the greeting.
        if reply.number == 0 or reply.text == "ok":
            state = replace(state, ok_at=now)
        return state, heard, b""
    plain = reply.number is None and reply.temperatures is None
    if state.resend_from is not None and plain:
        state, written, lost = _resend(state, now)
        return state, [*heard, *lost], written
    index = _whose(state, reply)
    if index is None:
        return state, heard, b""
    # The query behind a safe-stop waits for its own answer: an ok of another line confirms nothing.
    first = index if state.phase is Phase.SECURING else 0
    taken = state.under_way[first : index + 1]
    left = state.under_way[:first] + state.under_way[index + 1 :]
    state = replace(state, under_way=left)
    for sent in taken:
        if not sent.probe and (sent.number is not None or sent.command == "M105"):
            heard.append(Acked(sent))
    return state, heard, b""


def _whose(state: PrinterDialogue, reply: Reply) -> int | None:
    """Which line under way this ok is for; None for an ok that belongs to none."""
    with_temperatures = reply.temperatures is not None
    unnumbered = reply.number is None and reply.text.startswith("ok P")
    for index, sent in enumerate(state.under_way):
        if reply.number is not None:
            if sent.number == reply.number:
                return index
        elif (sent.command == "M105") is not with_temperatures:
            continue
        elif not unnumbered or sent.number is None:
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
    if state.phase in (Phase.CLOSED, Phase.SECURING):
        return state, [], b""
    if state.phase in (Phase.GREETING, Phase.HALTED):
        # A killed printer answers nothing; one that only complained at boot answers this.
        if state.ok_at is not None and now - state.ok_at >= GREETING_QUIET_S:
            ready = PrinterDialogue(phase=Phase.READY, buffer=state.buffer)
            return ready, [Ready()], b""
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
