"""Replays the host's side of a recorded session and gives both sides' answers. Compares nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from simulator.machine import Simulator

TRANSCRIPTS = Path(__file__).parent / "transcripts"
_ENTRY = re.compile(r" *(\d+\.\d+) (>>|<<) (.*)")
_ESCAPE = re.compile(r"\\(n|r|\\|x([0-9a-fA-F]{2}))")
_NEW_SESSION = re.compile(r".*(\(re\)start|port opened|lines left out \(raw|# \.\.\. left out)")
_SIMILAR = re.compile(r"# \.\.\. \d+ similar lines")
_PATIENCE_S = 1500.0


@dataclass(frozen=True)
class Entry:
    """One thing of a recording: ``host`` bytes, a ``printer`` line or a ``remark``."""

    at: float
    kind: str
    data: bytes


@dataclass
class Session:
    """One run of the firmware, or one uncut piece of it."""

    entries: list[Entry] = field(default_factory=list)

    @property
    def host(self) -> list[tuple[float, bytes]]:
        """Host pieces with their times."""
        return [(entry.at, entry.data) for entry in self.entries if entry.kind == "host"]

    @property
    def printer(self) -> list[str]:
        """Printer lines as recorded."""
        lines = [entry.data for entry in self.entries if entry.kind == "printer"]
        return [line.decode("latin-1").rstrip("\r\n") for line in lines]

    @property
    def end(self) -> float:
        """Time of the last entry."""
        return self.entries[-1].at if self.entries else 0.0


def _bytes(text: str) -> bytes:
    named = {"n": "\n", "r": "\r", "\\": "\\"}

    def plain(match: re.Match[str]) -> str:
        return chr(int(match[2], 16)) if match[2] else named[match[1]]

    return _ESCAPE.sub(plain, text).encode("latin-1")


def sessions(name: str) -> list[Session]:
    """The sessions of one file, split where the firmware was started anew or lines are missing."""
    found: list[Session] = []
    for line in (TRANSCRIPTS / f"{name}.txt").read_text(encoding="latin-1").splitlines():
        entry = _ENTRY.match(line)
        if entry is not None:
            kind = "host" if entry[2] == ">>" else "printer"
            found[-1].entries.append(Entry(float(entry[1]), kind, _bytes(entry[3])))
        elif _NEW_SESSION.match(line) and not _SIMILAR.match(line):
            found.append(Session())
        elif found and line.startswith("# ") and not _SIMILAR.match(line):
            found[-1].entries.append(Entry(found[-1].end, "remark", line[2:].encode("latin-1")))
    return [session for session in found if session.host or session.printer]


def replay(session: Session, simulator: Simulator, speed: float = 1.0) -> list[str]:
    """The simulator's lines to the session's host pieces at their recorded times.

    Pieces of one instant arrive together, as one write of the host.
    """
    answer = b""
    for at, pieces in groupby(session.host, key=lambda entry: entry[0]):
        answer += simulator.poll(at * speed)
        simulator.receive(b"".join(data for _, data in pieces), at * speed)
    answer += simulator.poll((session.end + 0.5) * speed)
    return [line.rstrip("\r") for line in answer.decode("latin-1").split("\n")[:-1]]


class InStep:
    """A host that waits for what the recorded host had seen before it wrote its next piece.

    So heating and motion may take another time than in the recording, and the dialogue is still
    the same. ``landmark`` tells lines that such a host can count on from those that only time
    makes (reports, busy); ``act`` does what a remark of the recording says was done to the plant.
    """

    def __init__(
        self,
        simulator: Simulator,
        speed: float,
        landmark: Callable[[str], bool],
        act: Callable[[Simulator, str], None],
    ) -> None:
        self.simulator, self.speed = simulator, speed
        self.landmark, self.act = landmark, act
        self.now = simulator.now
        self.seen = 0
        self.seen_at = self.now
        self._answer = b""
        self._unread = b""

    def run(self, session: Session, tail_s: float = 0.5) -> list[str]:
        """All lines so far; at the end the host listens ``tail_s`` recorded seconds more."""
        expected, last_recorded, last_done = self.seen, session.entries[0].at, self.now
        for entry in session.entries:
            if entry.kind == "printer":
                if self.landmark(entry.data.decode("latin-1").rstrip("\r\n")):
                    expected, last_recorded = expected + 1, entry.at
                continue
            self._until(expected)
            gap = (entry.at - last_recorded) * self.speed
            self._live(max(self.now, max(self.seen_at, last_done) + gap))
            if entry.kind == "host":
                self.simulator.receive(entry.data, self.now)
                self._read()
                last_recorded = entry.at
                last_done = self.now
            else:
                self.act(self.simulator, entry.data.decode("latin-1"))
        self._until(expected)
        rest = (session.end - last_recorded) * self.speed
        self._live(max(self.now, max(self.seen_at, last_done) + rest) + tail_s * self.speed)
        return [line.rstrip("\r") for line in self._answer.decode("latin-1").split("\n")[:-1]]

    def _until(self, expected: int) -> None:
        give_up = self.now + _PATIENCE_S
        while self.seen < expected and self.now < give_up:
            self._live(min(max(self.simulator.next_event_time(), self.now + 1e-4), give_up))

    def _live(self, until: float) -> None:
        while self.now < until:
            self.now = min(max(self.simulator.next_event_time(), self.now + 1e-4), until)
            self._read()
        self._read()

    def _read(self) -> None:
        data = self.simulator.poll(self.now)
        self._answer += data
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            if self.landmark(line.decode("latin-1").rstrip("\r")):
                self.seen += 1
                self.seen_at = self.now
