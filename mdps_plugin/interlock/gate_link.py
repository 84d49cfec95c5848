"""The gate at work: one thread with both ports, a clock and a pipe to wake it.

Carries out what :func:`mdps_plugin.interlock.gate.step` decides and decides nothing itself. If
the thread breaks it writes the safe-stop, tells ``gate_failed`` and stays down: nothing is
released by a gate that has failed once.
"""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from ..errors import IllegalTransition, LinkError
from .gate import GateSnapshot, snapshot_of, starting, step
from .gate_state import (
    PRODUCTION,
    Arm,
    Disarm,
    FaceAlive,
    GateEvent,
    GateInput,
    Hold,
    HostBytes,
    HostClosed,
    HostOpened,
    Identify,
    NotPossible,
    PrinterBytes,
    PrinterClosed,
    PrinterOpened,
    Resume,
    Stop,
    Tick,
    ToHost,
    ToPrinter,
)
from .matching import JobOnWire
from .profile import FirmwareProfile
from .pty_link import HostPort
from .qualification import NO_PRINTER, PrinterSnapshot, read_snapshot
from .serial_link import PrinterPort
from .watchdog_keeper_link import WatchdogKeeper

TICK_S = 0.1
COMMAND_TIMEOUT_S = 5.0
CLOSE_CONFIRM_S = 3.0
"""How long closing waits for the printer to confirm the safe-stop of a build it ended."""

EMERGENCY_WRITE_S = 2.0
SHUT_DOWN = "the controller is shut down"
IDENTIFY_TIMEOUT_S = 15.0
BACK_OFF_S = (0.2, 0.5, 1.0, 2.0, 5.0)
STALL_S = 4.0
"""A turn later than this was no supervision; the watchdog acts at 5 s (docs/adr/0006)."""

HOST_BACKLOG_BYTES = 65536
"""Unread answers at which OctoPrint counts as gone: it has stopped reading."""


class GateLink:
    """Owner of the printer's port and of the pty that OctoPrint uses.

    ``on_event`` is called from the gate's thread and must only put on a queue. With ``watchdog``
    a second process writes the safe-stop should this one die (docs/adr/0006-watchdog.md);
    ``note`` is the file in which it says so. ``secure_first`` is why the printer must be made safe
    before anything else, or None.
    """

    def __init__(
        self,
        profile: FirmwareProfile,
        printer_port: str,
        pty_link: Path,
        on_event: Callable[[GateEvent], None],
        *,
        watchdog: bool = True,
        note: Path | None = None,
        secure_first: str | None = None,
    ) -> None:
        """Open nothing yet; :meth:`start` does."""
        self._profile = profile
        self._port_name = printer_port
        self._pty_link = pty_link
        self._on_event = on_event
        self._state = starting(profile, secure_first, time.monotonic())
        self._commands: deque[tuple[GateInput, Future[None]]] = deque()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._failed: str | None = None
        self._host: HostPort | None = None
        self._printer: PrinterPort | None = None
        self._to_host = bytearray()
        self._to_printer = bytearray()
        self._selector: selectors.BaseSelector | None = None
        self._wake_read, self._wake_write = -1, -1
        self._open_at = 0.0
        self._turned_at = 0.0
        self._ticked_at = 0.0
        self._failures = 0
        self._keeper: WatchdogKeeper | None = None
        if watchdog:
            where = note or pty_link.with_name("watchdog-note.json")
            self._keeper = WatchdogKeeper(printer_port, profile, where)

    # What the controller calls, from any thread but the gate's own.

    def start(self) -> None:
        """Make the pty, start the watchdog and the thread; the printer is opened by the thread."""
        if self._thread is not None:
            raise RuntimeError("the gate has been started before")
        self._host = HostPort(self._pty_link)
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if self._keeper is not None:
                self._keeper.start()
        except LinkError:
            self._release()
            raise
        self._thread = threading.Thread(target=self._run, name="gate", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread and give both ports up; a build under way is stopped first.

        A safe-stop that the printer does not confirm meanwhile is left to the watchdog.
        """
        if self._thread is None:
            return
        if self._state.stage in PRODUCTION:
            with contextlib.suppress(IllegalTransition, LinkError):
                self.stop("controller", SHUT_DOWN)
        end = time.monotonic() + CLOSE_CONFIRM_S
        while self._state.securing and self._thread.is_alive() and time.monotonic() < end:
            time.sleep(0.02)
        self._closing = True
        self._wake()
        self._thread.join(COMMAND_TIMEOUT_S)
        self._thread = None

    def arm(self, job: JobOnWire) -> None:
        """Let this job pass, once; IllegalTransition where the gate cannot."""
        self._command(Arm(job))

    def disarm(self, reason: str) -> None:
        """Take an armed job back, before its first line."""
        self._command(Disarm(reason))

    def hold(self, by: str) -> None:
        """Stop releasing lines."""
        self._command(Hold(by))

    def resume(self, by: str) -> None:
        """Release lines again."""
        self._command(Resume(by))

    def stop(self, by: str, reason: str) -> None:
        """End the build with the safe-stop; without a build the safe-stop alone."""
        self._command(Stop(by, reason))

    def face_alive(self, monotonic_s: float | None = None) -> None:
        """The face is there. Returns at once; the time of arrival counts."""
        del monotonic_s
        self._commands.append((FaceAlive(), Future()))
        self._wake()

    def snapshot(self) -> GateSnapshot:
        """Where the gate is now; safe from any thread, since a state never changes."""
        return snapshot_of(self._state, time.monotonic(), failed=self._failed is not None)

    def identify(self) -> PrinterSnapshot:
        """Ask the printer now; ``NO_PRINTER`` where it does not answer.

        In a build, what it said before the build: nothing is asked then.
        """
        if self._state.stage in PRODUCTION:
            return read_snapshot(self._state.identity.lines)
        asked_at = time.monotonic()
        try:
            self._command(Identify())
        except IllegalTransition:
            return NO_PRINTER
        while time.monotonic() - asked_at < IDENTIFY_TIMEOUT_S:
            identity = self._state.identity
            if identity.at is not None and identity.at >= asked_at:
                return read_snapshot(identity.lines)
            time.sleep(0.02)
        return NO_PRINTER

    @property
    def failed(self) -> str | None:
        """Why the thread broke, or None."""
        return self._failed

    def _command(self, given: GateInput) -> None:
        if self._thread is None or not self._thread.is_alive():
            raise LinkError("the gate is not running")
        done: Future[None] = Future()
        self._commands.append((given, done))
        self._wake()
        try:
            done.result(COMMAND_TIMEOUT_S)
        except TimeoutError:
            # Nobody waits for it any more, so it must not happen later. A stop still may.
            if isinstance(given, Stop):
                outcome = "it is done as soon as the gate answers"
            else:
                outcome = "it will not be done" if done.cancel() else "it may have been done"
            raise LinkError(
                f"the gate did not answer within {COMMAND_TIMEOUT_S:g} s; {outcome}"
            ) from None

    def _wake(self) -> None:
        with contextlib.suppress(OSError):
            os.write(self._wake_write, b"!")

    # The thread.

    def _run(self) -> None:
        try:
            with selectors.DefaultSelector() as selector:
                self._selector = selector
                self._turned_at = time.monotonic()
                selector.register(self._wake_read, selectors.EVENT_READ, "wake")
                while not self._closing:
                    self._turn(selector)
                if self._state.stage in PRODUCTION:
                    # Whoever closed could not get its stop through.
                    self._step(Stop("controller", SHUT_DOWN))
        except Exception:  # noqa: BLE001 - whatever broke, the printer must be made safe
            self._failed = traceback.format_exc(limit=20)
            self._emergency()
            self._tell(GateEvent("gate_failed", time.monotonic(), {"trace": self._failed[-2000:]}))
        finally:
            self._release()

    def _still_in_time(self) -> float:
        """Now. A build during which nobody looked for :data:`STALL_S` is stopped."""
        now = time.monotonic()
        late = now - self._turned_at
        self._turned_at = now
        if late > STALL_S and self._state.stage in PRODUCTION:
            self._step(Stop("gate", f"the gate stood still for {late:.1f} s"))
        return now

    def _turn(self, selector: selectors.BaseSelector) -> None:
        now = self._still_in_time()
        if now - self._ticked_at >= TICK_S / 2:
            self._ticked_at = now
            self._look_at_host(selector)
            self._open_printer(selector)
            if self._keeper is not None:
                self._keeper.beat()
            self._step(Tick())
        ready = selector.select(TICK_S)
        self._still_in_time()
        for key, _ in ready:
            if key.data == "wake":
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake_read, 4096)
            elif key.data == "host" and self._host is not None:
                data = self._host.read()
                if data:
                    self._step(HostBytes(data))
                else:
                    self._look_at_host(selector)
            elif key.data == "printer":
                self._read_printer()
        while self._commands:
            self._do(*self._commands.popleft())

    def _do(self, given: GateInput, done: Future[None]) -> None:
        if not done.set_running_or_notify_cancel():
            return
        refused = self._step(given)
        if refused is None:
            done.set_result(None)
        else:
            state = self._state.stage.value
            done.set_exception(IllegalTransition(state, refused.act, refused.allowed))

    def _step(self, given: GateInput) -> NotPossible | None:
        self._state, effects = step(self._state, given, time.monotonic())
        refused: NotPossible | None = None
        for effect in effects:
            if isinstance(effect, ToPrinter):
                self._to_printer += effect.data
            elif isinstance(effect, ToHost):
                self._to_host += effect.data
            elif isinstance(effect, GateEvent):
                self._flush()
                self._tell(effect)
            else:
                refused = effect
        self._flush()
        return refused

    def _tell(self, event: GateEvent) -> None:
        self._on_event(event)

    def _flush(self) -> None:
        if self._to_printer and self._printer is not None:
            try:
                del self._to_printer[: self._printer.write(bytes(self._to_printer))]
            except LinkError as fault:
                self._printer_gone(str(fault))
        elif self._printer is None:
            self._to_printer.clear()
        if self._to_host and self._host is not None:
            del self._to_host[: self._host.write(bytes(self._to_host))]
            if len(self._to_host) > HOST_BACKLOG_BYTES:
                self._host_gone()

    def _look_at_host(self, selector: selectors.BaseSelector) -> None:
        if self._host is None:
            return
        watched = self._host.fd in selector.get_map()
        present = self._host.is_open()
        if present and not watched:
            self._to_host.clear()
            selector.register(self._host.fd, selectors.EVENT_READ, "host")
            self._step(HostOpened())
        elif watched and not present:
            data = self._host.read()
            if data:
                self._step(HostBytes(data))
            selector.unregister(self._host.fd)
            self._host_gone()

    def _host_gone(self) -> None:
        self._to_host.clear()
        if self._host is not None:
            self._host.discard()
        self._step(HostClosed())

    def _open_printer(self, selector: selectors.BaseSelector) -> None:
        now = time.monotonic()
        if self._printer is not None or now < self._open_at:
            return
        try:
            self._printer = PrinterPort(self._port_name, self._profile.baud)
        except LinkError:
            self._open_at = now + BACK_OFF_S[min(self._failures, len(BACK_OFF_S) - 1)]
            self._failures += 1
            return
        self._failures = 0
        selector.register(self._printer.fd, selectors.EVENT_READ, "printer")
        if self._keeper is not None:
            self._keeper.hand_over(self._printer.fd)
        self._to_printer.clear()
        self._step(PrinterOpened())

    def _read_printer(self) -> None:
        if self._printer is None:
            return
        try:
            data = self._printer.read()
        except LinkError as fault:
            self._printer_gone(str(fault))
            return
        if data:
            self._step(PrinterBytes(data))

    def _printer_gone(self, why: str) -> None:
        if self._printer is None:
            return
        if self._selector is not None:
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(self._printer.fd)
        self._printer.close()
        self._printer = None
        self._to_printer.clear()
        self._open_at = time.monotonic() + BACK_OFF_S[0]
        if self._keeper is not None:
            self._keeper.forget()
        self._step(PrinterClosed(why))

    def _emergency(self) -> None:
        """The thread is broken: the safe-stop without asking the broken state."""
        if self._printer is None:
            return
        data = "".join(line + "\n" for line in self._profile.safe_stop).encode("ascii")
        # A line end first: half a line may be on the wire. The watchdog has the same open port, so
        # it is not made to block: the watchdog would hang with a printer that takes nothing.
        data = b"\n" + data
        end = time.monotonic() + EMERGENCY_WRITE_S
        with contextlib.suppress(LinkError, OSError, ValueError):
            while data and time.monotonic() < end:
                select.select([], [self._printer.fd], [], 0.1)
                data = data[self._printer.write(data) :]

    def _release(self) -> None:
        while self._commands:
            done = self._commands.popleft()[1]
            if done.set_running_or_notify_cancel():
                done.set_exception(LinkError("the gate has been closed"))
        if self._keeper is not None:
            if self._failed is None and self._state.securing is None:
                self._keeper.close()
            else:
                self._keeper.abandon()
        for part in (self._printer, self._host):
            if part is not None:
                part.close()
        self._printer = self._host = None
        for fd in (self._wake_read, self._wake_write):
            with contextlib.suppress(OSError):
                os.close(fd)
        self._wake_read = self._wake_write = -1
