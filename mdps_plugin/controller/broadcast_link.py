"""The thread that keeps watchers told and looks after what is due. Decides nothing about safety.

Sends a snapshot when something changed (at most two a second), one a second while the printer is
busy, and every new refusal at once. Each second it closes permits that ended unused and gives
back a job that OctoPrint never began; a build that the gate no longer has ends on record.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from datetime import datetime

from ..build.entities import Build
from ..build.states import expired
from ..canonical import Json
from ..errors import MdpsError, StoreError
from ..reading import instant_text
from .cell import Cell
from .gate_entries import Due, aborted, due
from .socket_link import Watchers

PERIOD_S = 1.0
LEAST_S = 0.5


class Broadcaster:
    """Owns the thread; ``make_snapshot`` gives the state as the verb ``state`` does."""

    def __init__(
        self,
        cell: Cell,
        watchers: Watchers,
        make_snapshot: Callable[[], dict[str, Json]],
        report: Callable[[str], None],
        pending: Callable[[], bool],
    ) -> None:
        """Nothing runs before :meth:`start`. ``pending``: the gate told what is not on record."""
        self._cell = cell
        self._watchers = watchers
        self._make_snapshot = make_snapshot
        self._report = report
        self._pending = pending
        self._missing_since: tuple[str, float] | None = None
        self._changed = threading.Event()
        self._closing = threading.Event()
        self._told_refusal = max((one.entry for one in cell.state.refusals), default=-1)
        self._thread = threading.Thread(target=self._run, name="broadcast", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def changed(self) -> None:
        """Something changed; returns at once."""
        self._changed.set()

    def close(self) -> None:
        """End the thread."""
        self._closing.set()
        self._changed.set()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._closing.is_set():
            self._changed.wait(PERIOD_S)
            self._changed.clear()
            try:
                self._look_after()
                self._tell_refusals()
                self._watchers.tell({**self._make_snapshot(), "event": "state"})
            except MdpsError as fault:
                self._report(f"state not told: {fault}")
            except Exception as fault:  # noqa: BLE001 - thread entry: the screens must be told again
                self._report(f"state not told: {type(fault).__name__}: {fault}")
            self._closing.wait(LEAST_S)

    def _tell_refusals(self) -> None:
        for refusal in self._cell.state.refusals:
            if refusal.entry > self._told_refusal:
                self._told_refusal = refusal.entry
                self._watchers.tell(
                    {**refusal.to_json(), "at": instant_text(refusal.at), "event": "refusal"}
                )

    def _look_after(self) -> None:
        cell = self._cell
        if cell.log_fault:
            # Nobody may sign while the log takes nothing; that it does again is found out here.
            with contextlib.suppress(StoreError):
                cell.record("connection_back", {"what": "audit_log", "why": cell.log_fault})
        now = cell.clock.now()
        with cell.lock:
            for ended in expired(cell.state, now):
                cell.record("permit_expired", {"build_id": ended.build_id})
        with cell.lock:
            act, build = self._due(now)
            if build is not None and act is Due.RECORD:
                cell.record("build_aborted", aborted(build, "not_in_gate"))
        if act is Due.STOP:
            # Without the lock, and the screens are told whether the gate takes it or not.
            try:
                cell.gate.stop("controller", "OctoPrint did not begin the job")
            except MdpsError as fault:
                self._report(f"build not stopped: {fault}")

    def _due(self, now: datetime) -> tuple[Due, Build | None]:
        """What is due for the build that has the printer on record; under ``cell.lock``."""
        cell = self._cell
        build = cell.state.current_build
        if build is None:
            return Due.NOTHING, None
        at_s = cell.clock.monotonic_s()
        there = cell.gate.snapshot().build_id == build.build_id
        if there or self._pending() or not build.state.on_the_wire:
            self._missing_since = None
        elif self._missing_since is None or self._missing_since[0] != build.build_id:
            self._missing_since = (build.build_id, at_s)
        missing_s = at_s - self._missing_since[1] if self._missing_since else None
        return due(build, now, in_gate=there, missing_s=missing_s), build
