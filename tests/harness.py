"""What tests start and wait for: processes, ports, conditions. A process is stopped by its own id.

The simulator as a process is in simulated.py, OctoPrint in octoprint_server.py.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def wait_until(
    condition: Callable[[], Any],
    seconds: float = 20.0,
    what: str = "the condition",
    step: float = 0.02,
) -> Any:
    """Poll until ``condition`` gives something true and return it; AssertionError after that."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:g} s for {what}")
        time.sleep(step)


def free_port() -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """A child process with its output in a file; stopped by its own id."""

    def __init__(self, arguments: Sequence[str], output: Path, env: dict[str, str] | None = None):
        self.output = output
        with output.open("ab") as stream:
            self._popen = subprocess.Popen(
                list(arguments),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env={**os.environ, **(env or {})},
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def text(self) -> str:
        """What it has printed so far."""
        return self.output.read_text(errors="replace")

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self._popen.kill()
        self._popen.wait()

    def stop(self, seconds: float = 15.0) -> None:
        """SIGTERM, then SIGKILL; always waits until it is gone."""
        if self.alive:
            self._popen.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(seconds)
        if self.alive:
            self._popen.kill()
        self._popen.wait()
