"""What there is, as the fold over the entries of the audit log. Reads no file, appends nothing.

The log is the only store: a restart replays it. A history that could not have happened is a
``DocumentError`` that names the entry. The controller folds a new entry's body *before* it
appends it (:func:`check_next`), so that the log never holds one. Bodies: docs/states.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ..canonical import Json
from ..errors import DocumentError, IllegalTransition
from ..reading import Fields, instant_text
from .entities import Build, CellState
from .folding import builds, orders, parts, refusals, registers
from .folding.working import Handler, LogEntry, View, Working
from .lifecycle import BuildState, Event, OrderState, order_transition, possible, transition

__all__ = [
    "IGNORED",
    "KNOWN_KINDS",
    "BuildState",
    "CellState",
    "Event",
    "LogEntry",
    "OrderState",
    "check_next",
    "fold",
    "interrupted",
    "order_transition",
    "possible",
    "transition",
]

_HANDLERS: Mapping[str, Handler] = {
    **registers.HANDLERS,
    **orders.HANDLERS,
    **builds.HANDLERS,
    **parts.HANDLERS,
    **refusals.HANDLERS,
}

#: Kinds that change nothing here. Every other kind is unknown, and unknown is refused.
IGNORED = frozenset(
    {
        "controller_stopped",
        "qms_acknowledged",
        "safe_stop_written",
        "connection_lost",
        "connection_back",
    }
)

KNOWN_KINDS = frozenset(_HANDLERS) | IGNORED
SOURCE = "audit log"


def fold(entries: Iterable[LogEntry], onto: CellState | None = None) -> CellState:
    """The state after ``entries``, which follow those that made ``onto``.

    ``DocumentError`` names the entry where its index or time does not follow, its kind is
    unknown, its body cannot be read, or it cannot follow what came before. ``onto`` is never
    changed.
    """
    working = Working.of(onto or CellState())
    for entry in entries:
        _take(working, entry)
    return working.frozen()


def interrupted(state: CellState) -> tuple[Build, ...]:
    """Builds that had the wire when the log ended: a restart must abort each of them."""
    return tuple(build for build in state.builds.values() if build.state.on_the_wire)


def expired(state: CellState, now: datetime) -> tuple[Build, ...]:
    """Builds whose permit has ended unused: the controller writes ``permit_expired`` for each."""
    return tuple(
        build
        for build in state.builds.values()
        if build.state is BuildState.PERMITTED and now >= build.permit.expires_at
    )


@dataclass(frozen=True, kw_only=True)
class _Next:
    """An entry that is not yet in the log."""

    index: int
    time: str
    kind: str
    body: Mapping[str, Json]


def check_next(state: CellState, kind: str, body: Mapping[str, Json], now: datetime) -> CellState:
    """The state that an entry of this kind and body would make; raises as :func:`fold` does."""
    return fold([_Next(index=state.size, time=instant_text(now), kind=kind, body=body)], onto=state)


def _take(working: Working, entry: LogEntry) -> None:
    path = f"entry {entry.index}"
    if entry.index != working.size:
        raise DocumentError(SOURCE, path, "an index out of order", f"entry {working.size}")
    at = Fields({"time": entry.time}, SOURCE, path).instant("time")
    if working.last_at is not None and at < working.last_at:
        raise DocumentError(
            SOURCE, path, f"time {entry.time}", f"not before {instant_text(working.last_at)}"
        )
    handler = _HANDLERS.get(entry.kind)
    if handler is None and entry.kind not in IGNORED:
        raise DocumentError(
            SOURCE, path, f"the unknown kind {entry.kind[:60]!r}", "a kind this version knows"
        )
    if handler is not None:
        view = View(
            index=entry.index,
            at=at,
            kind=entry.kind,
            fields=Fields(entry.body, SOURCE, f"{path} {entry.kind}"),
        )
        try:
            handler(working, view)
        except IllegalTransition as fault:
            raise DocumentError(
                SOURCE,
                f"{path} {entry.kind}",
                f"'{fault.act}' in state '{fault.state}'",
                fault.allowed,
            ) from None
    working.size += 1
    working.last_at = at
