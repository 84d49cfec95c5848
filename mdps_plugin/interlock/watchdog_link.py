"""The watchdog: ``python -m mdps_plugin.interlock.watchdog_link``. Makes the printer safe.

A small process beside the controller. It holds the controller's open port (handed over as a file
descriptor) and the other end of a lifeline. When the lifeline closes without a ``bye``, or no
beat comes for :data:`HANG_S`, it writes the safe-stop, repeats it until the printer reports no
target, and leaves a note for the next start of the controller. See docs/adr/0006-watchdog.md.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import select
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from ..errors import LinkError
from .replies import read_reply
from .serial_link import PrinterPort
from .stopwords import is_harmless

HANG_S = 5.0
REPEAT_S = 0.5
CONFIRM_S = 8.0
"""How long the safe-stop is repeated; a controller that starts again waits for the port."""

REOPEN_S = 2.5


class Watchdog:
    """State of the one watchdog process."""

    def __init__(self, lifeline: socket.socket, options: argparse.Namespace) -> None:
        """``options`` as :func:`main` parses them."""
        self._lifeline = lifeline
        self._port_name: str = options.port
        self._baud: int = options.baud
        self._note: Path = options.note
        self._safe_stop: list[str] = options.safe_stop
        self._fd: int | None = None
        self._beat_at = time.monotonic()
        self._hung = False

    def run(self) -> None:
        """Until the controller says bye or is gone."""
        while True:
            ready, _, _ = select.select([self._lifeline], [], [], 0.25)
            if ready and not self._hear():
                return
            silent = time.monotonic() - self._beat_at > HANG_S
            if silent and not self._hung and self._fd is not None:
                self._hung = True
                self._write_note("the gate did not answer", "handed over", *self._stop(self._fd))

    def _hear(self) -> bool:
        """Take one message; false when it is over."""
        try:
            word, fds, _, _ = socket.recv_fds(self._lifeline, 64, 4)
        except OSError:
            word, fds = b"", []
        if not word:
            self._controller_gone()
            return False
        self._beat_at = time.monotonic()
        if word == b"beat":
            self._hung = False
        elif word == b"port":
            self._forget()
            self._fd = fds[0] if fds else None
        elif word == b"forget":
            self._forget()
        return word != b"bye"

    def _forget(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _controller_gone(self) -> None:
        why = "the controller ended without closing the gate"
        if self._fd is not None:
            written, confirmed = self._stop(self._fd)
            if written:
                self._write_note(why, "handed over", written, confirmed)
                return
            self._forget()
        end = time.monotonic() + REOPEN_S
        while time.monotonic() < end:
            try:
                port = PrinterPort(self._port_name, self._baud)
            except LinkError:
                time.sleep(0.2)
                continue
            written, confirmed = self._stop(port.fd)
            port.close()
            self._write_note(why, "opened", written, confirmed)
            return
        self._write_note(why, "none", 0, False)

    def _stop(self, fd: int) -> tuple[int, bool]:
        """Write the safe-stop until it is confirmed; how often it was written, and if it was."""
        # A line end first: the controller may have died in the middle of a line.
        text = "\n" + "".join(line + "\n" for line in self._safe_stop) + "M105\n"
        data = text.encode("ascii")
        end = time.monotonic() + CONFIRM_S
        written, buffer = 0, b""
        while time.monotonic() < end:
            if not _write_all(fd, data):
                return written, False
            written += 1
            until = time.monotonic() + REPEAT_S
            while time.monotonic() < until:
                data_in = _read_some(fd, until - time.monotonic())
                if data_in is None:
                    return written, False
                *lines, buffer = (buffer + data_in).split(b"\n")
                if any(_says_cold(line) for line in lines):
                    return written, True
        return written, False

    def _write_note(self, why: str, port: str, written: int, confirmed: bool) -> None:
        note = {
            "at": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "why": why,
            "port": port,
            "safe_stop_written": written,
            "confirmed": confirmed,
            "lines": self._safe_stop,
        }
        # Atomically: the next controller must never read half a note.
        with contextlib.suppress(OSError):
            handle, name = tempfile.mkstemp(dir=self._note.parent, prefix=".note-")
            with os.fdopen(handle, "w") as stream:
                json.dump(note, stream)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).replace(self._note)


def _write_all(fd: int, data: bytes) -> bool:
    end = time.monotonic() + 2.0
    while data:
        if time.monotonic() > end:
            return False
        try:
            _, ready, _ = select.select([], [fd], [], 0.2)
            if ready:
                data = data[os.write(fd, data) :]
        except BlockingIOError:
            continue
        except (OSError, ValueError):
            return False
    return True


def _read_some(fd: int, seconds: float) -> bytes | None:
    """What has come within ``seconds``; None when the port is gone."""
    try:
        ready, _, _ = select.select([fd], [], [], max(0.0, seconds))
        if not ready:
            return b""
        return os.read(fd, 65536) or None
    except BlockingIOError:
        return b""
    except OSError:
        return None


def _says_cold(line: bytes) -> bool:
    """True for the answer to M105 that reports no target; it follows the safe-stop in order."""
    reply = read_reply(line[:1024])
    seen = reply.temperatures
    if seen is None or not reply.text.startswith("ok"):
        return False
    return seen.nozzle_target_c <= 0 and (seen.bed_target_c or 0.0) <= 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and watch."""
    parser = argparse.ArgumentParser(prog="watchdog", description=__doc__)
    parser.add_argument("--lifeline-fd", type=int, required=True)
    parser.add_argument("--port", required=True)
    parser.add_argument("--baud", type=int, required=True)
    parser.add_argument("--note", type=Path, required=True)
    parser.add_argument("--safe-stop", action="append", required=True)
    options = parser.parse_args(arguments)
    if not all(is_harmless(line) for line in options.safe_stop):
        parser.error("--safe-stop takes only lines that stop something")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # It ends with its lifeline. Stopping a service must not take it down first.
        signal.signal(number, signal.SIG_IGN)
    fcntl.fcntl(options.lifeline_fd, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
    with socket.socket(fileno=options.lifeline_fd) as lifeline:
        Watchdog(lifeline, options).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
