"""The thread that tells the quality system what is in the log. Owns thread, clock and connection.

What is sent, and what a confirmation is worth, is decided by ``cursor``; what leaves the cell by
``events``. Nothing here ever waits for the network on a caller's thread, and no message is ever
taken for a command. The thread does not end by itself: whatever goes wrong is reported, the
connection is dropped, and it begins anew after a pause.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..errors import DocumentError, LinkError
from ..findings import Finding
from .ack import parse_ack
from .codes import (
    ACK_UNREADABLE,
    BROKER_REFUSED,
    CURSOR_LOST,
    CURSOR_NOT_WRITTEN,
    LINK_FAULT,
    NO_BROKER,
    NOT_CONFIRMED,
    STRAY_MESSAGE,
)
from .connection_link import Broker, BrokerRefused, Connection
from .cursor import MOST_IN_PAHO, ConfirmBy, Cursor
from .cursor_store import read_cursor, write_cursor
from .events import event_bytes, topic_of
from .names import CellName
from .outbox import Outbox
from .state import state_bytes
from .status import LinkStatus

#: Longer than connecting takes, but for a name server that does not answer; then the thread, which
#: holds nothing that is not on disk, ends with the process.
CLOSE_S = 15.0


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Pauses, in seconds. ``stall``: without progress, send again; each next wait is doubled."""

    turn: float = 0.1
    reconnect_least: float = 1.0
    reconnect_most: float = 60.0
    puback: float = 30.0
    stall: float = 30.0
    stall_most: float = 600.0
    state: float = 10.0
    cursor: float = 0.1
    same_finding: float = 3600.0


class MqttLink:
    """Telemetry of one cell. Make it, :meth:`start` it, :meth:`close` it."""

    def __init__(
        self,
        *,
        broker: Broker,
        cell: CellName,
        outbox: Outbox,
        cursor_file: Path,
        confirm_by: ConfirmBy,
        now: Callable[[], datetime],
        on_finding: Callable[[Finding], None] = lambda finding: None,
        timing: Timing | None = None,
    ) -> None:
        """``now`` gives UTC; ``on_finding`` is called from the link's thread and must be quick."""
        self._broker = broker
        self._cell = cell
        self._outbox = outbox
        self._cursor_file = cursor_file
        self._now = now
        self._on_finding = on_finding
        self._timing = timing or Timing()
        self._chance = random.SystemRandom()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mdps-telemetry", daemon=True)
        self._status = LinkStatus()  # replaced whole, so readers need no lock
        # Everything below belongs to the thread of the link.
        confirmed, lost = read_cursor(cursor_file, cell.origin, outbox.size)
        self._lost = lost
        self._cursor = Cursor(cell.origin, confirmed, confirm_by)
        self._connection: Connection | None = None
        self._written = confirmed
        self._written_at = 0.0
        self._next_try = 0.0
        self._connected_at = 0.0
        self._pause = self._timing.reconnect_least
        self._stall = self._timing.stall
        self._progress_at = 0.0  # connected, confirmed something, or had nothing outstanding
        self._puback_at = 0.0  # the broker took something, or had nothing to take
        self._state_at = 0.0
        self._state_size = -1
        self._told: dict[str, float] = {}
        self._oldest: tuple[int, datetime] | None = None
        self._refresh()

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def close(self) -> None:
        """Write the cursor, tell the broker that the cell is offline, end the thread."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(CLOSE_S)

    def status(self) -> LinkStatus:
        """How far telemetry is; never waits."""
        return self._status.at(self._now())

    def _run(self) -> None:
        if self._lost is not None:
            self._tell(Finding(kind=CURSOR_LOST, measured=self._lost))
        while not self._ending.is_set():
            try:
                self._turn()
            except BrokerRefused as fault:
                self._break(Finding(kind=BROKER_REFUSED, measured=str(fault)))
            except LinkError as fault:
                self._break(Finding(kind=NO_BROKER, measured=str(fault)))
            except Exception as fault:  # noqa: BLE001 (a thread that died would look connected)
                self._break(Finding(kind=LINK_FAULT, measured=f"{type(fault).__name__}: {fault}"))
        self._finish()

    def _turn(self) -> None:
        if self._connection is None:
            left = self._next_try - time.monotonic()
            if left > 0:
                self._refresh()
                self._ending.wait(min(left, 0.5))
                return
            self._connect()
        connection = self._connection
        if connection is None:
            return
        connection.turn(self._timing.turn)
        self._read(connection)
        if connection.ready:
            self._send(connection)
            self._watch()
            self._send_state(connection)
        elif time.monotonic() - self._puback_at > self._timing.puback:
            raise LinkError("The broker does not answer")
        self._write_cursor()
        self._refresh()

    def _connect(self) -> None:
        will = state_bytes(self._cell, online=False)
        self._connection = Connection(self._broker, self._cell, will)
        self._cursor.begin_again()
        self._state_size = -1
        self._connected_at = self._progress_at = self._puback_at = time.monotonic()

    def _read(self, connection: Connection) -> None:
        now = time.monotonic()
        moved = False
        for index in connection.take_pubacks():
            moved |= self._cursor.broker_took(index)
            self._puback_at = now
        for data in connection.take_acks():
            moved |= self._read_ack(data)
        for topic in connection.take_strays():
            self._tell(Finding(kind=STRAY_MESSAGE, measured=topic))
        if not self._cursor.in_paho:
            self._puback_at = now
        if moved:
            self._stall = self._timing.stall
            self._pause = self._timing.reconnect_least
        if moved or not self._cursor.outstanding:
            self._progress_at = now

    def _read_ack(self, data: bytes) -> bool:
        try:
            ack = parse_ack(data)
        except DocumentError as fault:
            self._tell(Finding(kind=ACK_UNREADABLE, measured=fault.observed, limit=fault.allowed))
            return False
        moved, finding = self._cursor.registry_has(ack, self._outbox.size, self._outbox.leaf)
        if finding is not None:
            self._tell(finding)
        return moved

    def _send(self, connection: Connection) -> None:
        size = self._outbox.size
        first = self._cursor.next_index(size)
        if first is None:
            return
        for entry in self._outbox.entries(first, first + MOST_IN_PAHO):
            if self._cursor.next_index(size) != entry.index:
                break
            topic = topic_of(entry, self._cell)
            connection.send_event(topic, event_bytes(entry, self._cell), entry.index)
            if self._cursor.sent(entry.index):
                self._progress_at = time.monotonic()

    def _watch(self) -> None:
        """Begin again where nothing moves; the client library's own view is not asked."""
        now = time.monotonic()
        if now - self._puback_at > self._timing.puback:
            raise LinkError(f"The broker took nothing for {self._timing.puback:g} s")
        if now - self._progress_at > self._stall:
            self._tell(
                Finding(
                    kind=NOT_CONFIRMED,
                    measured=round(now - self._progress_at),
                    limit=self._timing.stall,
                )
            )
            self._cursor.begin_again()
            self._progress_at = now
            longer = min(self._stall * 2, self._timing.stall_most)
            self._stall = longer * self._chance.uniform(0.8, 1.0)

    def _send_state(self, connection: Connection) -> None:
        now = time.monotonic()
        size = self._outbox.size
        if self._state_size == size or (
            self._state_size >= 0 and now - self._state_at < self._timing.state
        ):
            return
        self._state_size, self._state_at = size, now
        connection.send_state(
            state_bytes(
                self._cell, online=True, checkpoint=self._outbox.checkpoint(), at=self._now()
            )
        )

    def _write_cursor(self, *, at_once: bool = False) -> None:
        now = time.monotonic()
        due = at_once or now - self._written_at >= self._timing.cursor
        if not due or self._cursor.confirmed == self._written:
            return
        self._written_at = now
        try:
            write_cursor(self._cursor_file, self._cell.origin, self._cursor.confirmed)
        except OSError as fault:
            self._tell(Finding(kind=CURSOR_NOT_WRITTEN, measured=str(fault.strerror)))
            return
        self._written = self._cursor.confirmed

    def _break(self, finding: Finding) -> None:
        """The connection is no good: drop it and try again later, each time a little later."""
        self._tell(finding)
        now = time.monotonic()
        if self._connection is not None:
            if self._connection.ready and now - self._connected_at > self._pause:
                self._pause = self._timing.reconnect_least
            self._connection.drop()
            self._connection = None
        self._next_try = now + self._pause * self._chance.uniform(0.5, 1.0)
        self._pause = min(self._pause * 2, self._timing.reconnect_most)

    def _tell(self, finding: Finding) -> None:
        """Report, but the same kind not more than once an hour: a stranger may send anything."""
        now = time.monotonic()
        last = self._told.get(finding.code)
        if last is not None and now - last < self._timing.same_finding:
            return
        self._told[finding.code] = now
        try:
            self._on_finding(finding)
        except Exception:  # noqa: BLE001 (the hearer's fault must not stop telemetry)
            self._told.pop(finding.code, None)

    def _refresh(self) -> None:
        size, confirmed = self._outbox.size, self._cursor.confirmed
        if confirmed >= size:
            self._oldest = None
        elif self._oldest is None or self._oldest[0] != confirmed:
            entry = next(iter(self._outbox.entries(confirmed, confirmed + 1)))
            self._oldest = (confirmed, datetime.fromisoformat(entry.time))
        self._status = LinkStatus(
            connected=self._connection is not None and self._connection.ready,
            unconfirmed=max(0, size - confirmed),
            confirmed=confirmed,
            oldest=self._oldest[1] if self._oldest else None,
        )

    def _finish(self) -> None:
        self._write_cursor(at_once=True)
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            if connection.ready:
                connection.send_state(state_bytes(self._cell, online=False, at=self._now()))
                connection.turn(self._timing.turn)
            connection.close()
        except LinkError:
            connection.drop()
