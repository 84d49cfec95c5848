"""The simulator as a process for tests, and its wire log. Nothing here is a mock.

::

    with Simulator(folder) as printer:                 # python -m simulator --pty … --wire-log …
        gate = GateLink(profile, str(printer.pty), folder / "printer", events.put)
        with OctoPrint(folder / "octoprint", port=folder / "printer") as octoprint:
            octoprint.wait_for_state("Operational")
            octoprint.upload("job.gcode", lines, start=True)
    printer.wire.commands()                            # what firmware took, in order
    printer.wire.digest()                              # SHA-256 and count over the job lines
    printer.wire.beyond_queries()                      # what is neither query nor stop word
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .harness import Process, wait_until

QUERY_WORDS = frozenset(["M105", "M110", "M114", "M115", "M119", "M155", "M400", "M503"])
"""Command words that the controller itself asks with; they never occur in a job."""

QUESTIONS = frozenset(["M220", "M221"])
"""Lines that it asks with and that set something when they have a value, as in a job."""


def is_query(command: str) -> bool:
    """Whether the controller itself asks so; no line of a job does."""
    return command in QUESTIONS or command.split(" ")[0] in QUERY_WORDS


STOP_LINE = re.compile(r"M112|M108|M410|M84|M18|M10[47]|M10[46] (T\d )?S0|M104 S0 T\d|M140 S0|M107")


class WireLog:
    """The simulator's wire log: one JSON object a line (docs/architecture.md, "Simulator")."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self, start: int = 0) -> list[dict[str, Any]]:
        """All complete entries from number ``start`` on; a half-written last line is left out."""
        if not self.path.exists():
            return []
        lines = self.path.read_bytes().split(b"\n")[:-1]
        return [json.loads(line) for line in lines[start:] if line]

    def mark(self) -> int:
        """Number of entries so far; hand it to the other methods as ``start``."""
        return len(self.entries())

    def commands(self, start: int = 0) -> list[str]:
        """Commands without number and checksum that firmware took, in order."""
        return [
            entry["command"]
            for entry in self.entries(start)
            if entry["dir"] == "host" and entry.get("accepted") and entry.get("command")
        ]

    def job_lines(self, start: int = 0) -> list[str]:
        """The accepted commands that are none of the controller's own queries."""
        return [c for c in self.commands(start) if not is_query(c)]

    def digest(self, start: int = 0) -> tuple[str, int]:
        """SHA-256 over ``command + "\\n"`` of the job lines, and how many they are."""
        lines = self.job_lines(start)
        text = "".join(line + "\n" for line in lines)
        return hashlib.sha256(text.encode("ascii")).hexdigest(), len(lines)

    def beyond_queries(self, start: int = 0) -> list[str]:
        """Everything the host wrote, taken by firmware or not, that is neither query nor stop.

        A locked printer leaves this empty.
        """
        found = []
        for entry in self.entries(start):
            if entry["dir"] != "host":
                continue
            command = entry.get("command") or entry["raw"].strip()
            if is_query(command) or STOP_LINE.fullmatch(command):
                continue
            found.append(command)
        return found


class Simulator:
    """``python -m simulator`` behind a pty link, with its wire log.

    ``arguments`` are further command-line options, e.g. ``("--fault", "drop_line=20")``.
    """

    def __init__(
        self,
        folder: Path,
        *,
        speed: float = 20.0,
        seed: int = 1,
        arguments: Iterable[str] = (),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.pty = folder / "simulator-pty"
        self.wire = WireLog(folder / "wire.jsonl")
        self._arguments = [
            *(sys.executable, "-m", "simulator"),
            *("--pty", str(self.pty), "--speed", str(speed), "--seed", str(seed)),
            *("--wire-log", str(self.wire.path)),
            *arguments,
        ]
        self.process: Process | None = None

    def start(self) -> Simulator:
        """Start and wait for the pty link."""
        self.process = Process(self._arguments, self.folder / "simulator.out")
        process = self.process
        try:
            wait_until(lambda: self.pty.exists() or not process.alive, 20, "the simulator's pty")
        except AssertionError:
            self.stop()
            raise
        if not process.alive:
            raise AssertionError("the simulator ended:\n" + process.text())
        return self

    def stop(self) -> None:
        if self.process is not None:
            self.process.stop()
            self.process = None

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()
