"""Starts and ends the processes of the demonstration. Knows nothing of what they do.

Every child is in a session of its own, is noted in a file, and is ended with its whole group. If
the demonstration itself is killed, the next start ends what the note names before it begins.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import EnvironmentFault

GRACE_S = 8.0


class Processes:
    """The children of one demonstration; a context manager that leaves none behind."""

    def __init__(self, folder: Path) -> None:
        """``folder`` takes the logs and the note of what runs."""
        self._folder = folder
        self._note = folder / "running.json"
        self._children: list[tuple[str, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> Processes:
        """End what an earlier, killed demonstration left running."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._end_leftovers()
        return self

    def __exit__(self, *exc: object) -> None:
        """End every child, newest first."""
        self.stop_all()

    def start(
        self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start ``command``; its output goes to ``NAME.log``."""
        try:
            with (self._folder / f"{name}.log").open("ab") as log:
                child = subprocess.Popen(
                    list(command),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **(environment or {})},
                    start_new_session=True,
                )
        except OSError as fault:
            raise EnvironmentFault(f"{name} could not be started: {fault}") from None
        self._children.append((name, child))
        self._write_note()
        return child

    def pid(self, name: str) -> int | None:
        """Process id, and process group, of a child by name; None if it is not running."""
        for known, child in self._children:
            if known == name and child.poll() is None:
                return child.pid
        return None

    def ended(self) -> str | None:
        """Name of a child that has ended by itself, or None."""
        for name, child in self._children:
            if child.poll() is not None:
                return name
        return None

    def tail(self, name: str, lines: int = 12) -> str:
        """The last lines of a child's log, for a message to a person."""
        try:
            text = (self._folder / f"{name}.log").read_text(errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def stop(self, name: str, sign: int = signal.SIGTERM) -> None:
        """End one child by name."""
        for index, (known, child) in enumerate(self._children):
            if known == name:
                _end(child, sign)
                del self._children[index]
                break
        self._write_note()

    def stop_all(self) -> None:
        """End every child, newest first; those that will not, are killed."""
        while self._children:
            _, child = self._children.pop()
            _end(child, signal.SIGTERM)
        self._note.unlink(missing_ok=True)

    def _write_note(self) -> None:
        note = [
            {"name": name, "pid": child.pid, "born": _born(child.pid)}
            for name, child in self._children
        ]
        self._note.write_text(json.dumps(note))

    def _end_leftovers(self) -> None:
        try:
            noted = json.loads(self._note.read_text())
        except (OSError, ValueError):
            return
        for entry in noted:
            # A pid alone may have been given to a stranger since; its birth tells.
            if entry["born"] is not None and _born(entry["pid"]) == entry["born"]:
                with contextlib.suppress(OSError):
                    os.killpg(entry["pid"], signal.SIGKILL)
        self._note.unlink(missing_ok=True)


def _born(pid: int) -> str | None:
    """Start time of a process in clock ticks (proc(5), field 22); None if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None


def _end(child: subprocess.Popen[bytes], sign: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(child.pid, sign)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(GRACE_S)
    # The group may outlive its leader.
    with contextlib.suppress(OSError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def wait_until(condition: object, seconds: float, what: str, processes: Processes) -> None:
    """Poll ``condition()`` until true; :class:`EnvironmentFault` names ``what`` and who died."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if callable(condition) and condition():
            return
        dead = processes.ended()
        if dead is not None:
            raise EnvironmentFault(
                f"{dead} ended by itself. Its last words:\n{processes.tail(dead)}"
            )
        time.sleep(0.05)
    raise EnvironmentFault(f"{what}: not within {seconds:.0f} s")
