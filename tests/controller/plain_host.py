"""A small host of our own: it drives the pty as OctoPrint does, line by line after each ok."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
import tty
from pathlib import Path

from mdps_plugin.interlock.host_dialogue import checksum

PATIENCE_S = 120.0
"""How long anything of a cell may take before a test gives it up."""


class Host:
    """A host on the pty ``run/printer``: numbered lines with checksum, each after its ok."""

    def __init__(self, pty: Path) -> None:
        self._pty = pty
        self._port = -1
        self._number = 0
        self._rest = b""
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()
        self.sent = 0

    def connect(self) -> Host:
        self._port = os.open(self._pty, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._port)
        # As OctoPrint does: a greeting that falls into the end of another connection is repeated.
        for last in (False, False, False, True):
            try:
                self.line("M110 N0", PATIENCE_S if last else 5.0)
                return self
            except AssertionError:
                if last:
                    raise
                self._number = 0
        return self

    def line(self, text: str, seconds: float = PATIENCE_S) -> list[str]:
        """Send one line; what came back, the last being its ``ok``."""
        body = f"N{self._number} {text}".encode()
        os.write(self._port, body + b"*%d\n" % checksum(body))
        self._number += 1
        heard: list[str] = []
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self._ending.is_set():
            ready, _, _ = select.select([self._port], [], [], 0.2)
            if ready:
                self._rest += os.read(self._port, 4096)
            while b"\n" in self._rest:
                one, _, self._rest = self._rest.partition(b"\n")
                heard.append(one.decode().strip())
                if heard[-1].startswith("ok"):
                    return heard
        raise AssertionError(f"no ok for {text!r}; heard {heard}")

    def print_job(self, job: bytes) -> None:
        """Send a job in a thread of its own; it ends quietly where the gate stops answering."""

        def run() -> None:
            with contextlib.suppress(OSError, AssertionError):
                for text in job.decode().splitlines():
                    self.line(text)
                    self.sent += 1

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the job's thread, then the connection: a port must not go away under a reader."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(PATIENCE_S)
            assert not self._thread.is_alive(), "the job's thread did not end"
        if self._port >= 0:
            os.close(self._port)
            self._port = -1
