"""The controller's end of the watchdog: starts it, hands it the open port, keeps it alive.

The lifeline is a socket pair. Its end closes when this process ends, however it ends; the
watchdog then writes the safe-stop (docs/adr/0006-watchdog.md).
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from pathlib import Path

from ..errors import LinkError
from .profile import FirmwareProfile

BEAT_S = 0.5
RESTART_S = 5.0


class WatchdogKeeper:
    """One watchdog process; started again if it should end."""

    def __init__(self, port: str, profile: FirmwareProfile, note: Path) -> None:
        """Nothing is started yet."""
        self._arguments = [
            *("--port", port, "--baud", str(profile.baud), "--note", str(note)),
            *(part for line in profile.safe_stop for part in ("--safe-stop", line)),
        ]
        self._lifeline: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._fd: int | None = None
        self._beat_at = 0.0
        self._started_at = 0.0

    @property
    def pid(self) -> int | None:
        """Process id of the watchdog, for whoever lists the processes of a cell."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Start it in a session of its own, so that Ctrl-C does not reach it first."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "mdps_plugin.interlock.watchdog_link"),
                    *("--lifeline-fd", str(theirs.fileno())),
                    *self._arguments,
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        except OSError as fault:
            ours.close()
            raise LinkError(f"the watchdog could not be started: {fault}") from fault
        finally:
            theirs.close()
        ours.setblocking(False)
        self._lifeline = ours
        self._started_at = time.monotonic()
        if self._fd is not None:
            self.hand_over(self._fd)

    def hand_over(self, fd: int) -> None:
        """Give it the open port: no second opening, no reset by DTR, no gap in ownership."""
        self._fd = fd
        if self._lifeline is not None:
            with contextlib.suppress(OSError):
                socket.send_fds(self._lifeline, [b"port"], [fd])

    def forget(self) -> None:
        """The port is gone; a descriptor kept open would keep a dead USB device busy."""
        self._fd = None
        self._send(b"forget")

    def beat(self) -> None:
        """Say that the gate's thread is alive; start the watchdog again if it has ended."""
        now = time.monotonic()
        if now - self._beat_at < BEAT_S:
            return
        self._beat_at = now
        self._send(b"beat")
        ended = self._process is not None and self._process.poll() is not None
        if ended and now - self._started_at > RESTART_S:
            self._drop()
            self._started_at = now
            with contextlib.suppress(LinkError):
                self.start()

    def close(self) -> None:
        """End it without a safe-stop: the gate has been closed as it should be."""
        self._send(b"bye")
        self.abandon()

    def abandon(self) -> None:
        """Close the lifeline without a word: it writes the safe-stop."""
        self._drop()
        if self._process is not None:
            # After a bye it ends at once; after none, once the safe-stop is confirmed.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(15.0)
            self._process = None

    def _send(self, word: bytes) -> None:
        if self._lifeline is not None:
            with contextlib.suppress(OSError):
                self._lifeline.send(word)

    def _drop(self) -> None:
        if self._lifeline is not None:
            self._lifeline.close()
            self._lifeline = None
