"""The thread that puts what the gate tells on record. Waits on a queue; decides nothing.

The gate's own thread only puts events on the queue, so that no disk ever delays a line or a
safe-stop. If an entry cannot be written, the build is stopped: what is not on record must not
go on. The event is kept and written as soon as the disk takes it again, before any later one.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from ..canonical import canonical_json
from ..errors import MdpsError, StoreError
from ..interlock.gate_state import GateEvent
from .cell import Cell
from .gate_entries import Entries, entries_for

RETRY_S = 1.0
CLOSE_S = 10.0


class Recorder:
    """Owns the queue between gate and log."""

    def __init__(self, cell: Cell, report: Callable[[str], None]) -> None:
        """``report`` takes one line about anything that could not be recorded."""
        self._cell = cell
        self._report = report
        self._events: queue.Queue[GateEvent | None] = queue.Queue()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def take(self, event: GateEvent) -> None:
        """Called from the gate's thread: returns at once."""
        self._events.put(event)

    def pending(self) -> bool:
        """True while something that the gate told is not on record yet."""
        return self._events.unfinished_tasks > 0

    def close(self) -> None:
        """Record what is queued, then end; what the disk does not take now is reported."""
        self._closing.set()
        self._events.put(None)
        if self._thread.is_alive():
            self._thread.join(CLOSE_S)

    def _run(self) -> None:
        while True:
            event = self._events.get()
            if event is None:
                return
            try:
                self._keep(event)
            except Exception as fault:  # noqa: BLE001 - thread entry: later events must be recorded
                self._not_recordable(event, fault)
            self._events.task_done()

    def _keep(self, event: GateEvent) -> None:
        """Record one event, however long the disk refuses it; at closing it is tried once more."""
        writing = _Writing(self._cell, event)
        told = False
        while True:
            try:
                writing.attempt()
                break
            except StoreError as fault:
                if not told:
                    self._report(f"not recorded yet, {event.kind}: {fault}")
                told = True
                self._stop("the audit log cannot be written")
                if self._closing.is_set():
                    self._report(f"not recorded, {event.kind}: the controller ends")
                    return
                self._closing.wait(RETRY_S)
        if told:
            self._report(f"recorded at last, {event.kind}")
        self._cell.on_change()

    def _not_recordable(self, event: GateEvent, fault: Exception) -> None:
        """The log can never take this event: the build stops, and the log says so."""
        self._report(f"not recorded, {event.kind}: {type(fault).__name__}: {fault}")
        self._stop("an event of the gate could not be put on record")
        reason = f"An event of the gate could not be put on record: {event.kind}"
        try:
            self._cell.record("gate_tripped", {"reason": reason, "why": str(fault)[:500]})
        except Exception as second:  # noqa: BLE001 - as above
            self._report(f"nor that it was not: {type(second).__name__}: {second}")

    def _stop(self, why: str) -> None:
        gate = self._cell.gate
        if gate.snapshot().build_id is None:
            return
        try:
            gate.stop("controller", why)
        except MdpsError as fault:
            self._report(f"build not stopped: {fault}")


class _Writing:
    """The entries of one event on their way into the log.

    A commit can succeed and the word of it be lost. So a second attempt looks whether the log has
    the entries of the first one, or the same event would be on record twice.
    """

    def __init__(self, cell: Cell, event: GateEvent) -> None:
        self._cell = cell
        self._event = event
        self._tried: tuple[int, Entries] | None = None

    def attempt(self) -> None:
        """All entries of the event, or :class:`StoreError` and none that is known of."""
        cell = self._cell
        with cell.lock:
            cell.catch_up()
            if self._written():
                return
            named = self._event.facts.get("build_id")
            build = cell.state.builds.get(str(named)) if named else cell.state.current_build
            deviations = len(build.deviations) if build else 0
            entries = entries_for(self._event, build, cell.clock.now(), deviations)
            self._tried = (cell.state.size, entries)
            if entries:
                cell.record_many(entries)

    def _written(self) -> bool:
        if self._tried is None:
            return False
        start, entries = self._tried
        wanted = [(kind, canonical_json(body)) for kind, body in entries]
        there = [(e.kind, canonical_json(e.body)) for e in self._cell.log.entries(start)]
        return there[: len(wanted)] == wanted
