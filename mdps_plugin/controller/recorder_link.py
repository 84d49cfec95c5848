"""The thread that puts what the gate tells on record. Waits on a queue; decides nothing.

The gate's own thread only puts events on the queue, so that no disk ever delays a line or a
safe-stop. If an entry cannot be written, the build is stopped: what is not on record must not
go on.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable

from ..errors import MdpsError, StoreError
from ..interlock.gate_state import GateEvent
from .cell import Cell
from .gate_entries import entries_for


class Recorder:
    """Owns the queue between gate and log."""

    def __init__(self, cell: Cell, report: Callable[[str], None]) -> None:
        """``report`` takes one line about anything that could not be recorded."""
        self._cell = cell
        self._report = report
        self._events: queue.Queue[GateEvent | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def take(self, event: GateEvent) -> None:
        """Called from the gate's thread: returns at once."""
        self._events.put(event)

    def close(self) -> None:
        """Record what is queued, then end."""
        self._events.put(None)
        if self._thread.is_alive():
            self._thread.join(10)

    def _run(self) -> None:
        while True:
            event = self._events.get()
            if event is None:
                return
            try:
                self._record(event)
            except StoreError as fault:
                self._report(f"not recorded, {event.kind}: {fault}")
                with contextlib.suppress(MdpsError):
                    self._cell.gate.stop("controller", "the audit log cannot be written")
            except MdpsError as fault:
                self._report(f"not recorded, {event.kind}: {fault}")

    def _record(self, event: GateEvent) -> None:
        cell = self._cell
        with cell.lock:
            named = event.facts.get("build_id")
            build = cell.state.builds.get(str(named)) if named else cell.state.current_build
            deviations = len(build.deviations) if build else 0
            for kind, body in entries_for(event, build, cell.clock.now(), deviations):
                cell.record(kind, body)
        cell.on_change()
