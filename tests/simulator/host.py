"""A host in virtual time for tests: sends lines, waits for their ok, keeps the wire log."""

from __future__ import annotations

import functools
import operator

from simulator.data import load_dialect
from simulator.machine import Simulator


class Host:
    """Talks to one simulator without a process; ``now`` is virtual seconds."""

    def __init__(self, **options: object) -> None:
        self.records: list[dict[str, object]] = []
        self.simulator = Simulator(record=self.records.append, **options)
        self.now = 0.0
        self.wait(1.0)

    def wait(self, seconds: float) -> list[str]:
        """Let time pass; the lines that came."""
        end = self.now + seconds
        answer = b""
        while self.now < end:
            self.now = min(max(self.simulator.next_event_time(), self.now + 1e-4), end)
            answer += self.simulator.poll(self.now)
        return _lines(answer)

    def write(self, data: bytes) -> list[str]:
        """Bytes as they are; the lines that came at once."""
        self.simulator.receive(data, self.now)
        return _lines(self.simulator.poll(self.now))

    def command(self, text: str, patience: float = 600.0) -> list[str]:
        """One line; all lines up to its ok. Fails if none comes within ``patience`` seconds."""
        lines = self.write(text.encode("latin-1") + b"\n")
        end = self.now + patience
        while not any(line.startswith("ok") for line in lines):
            assert self.now < end, f"no ok for {text!r}: {lines[-5:]}"
            lines += self.wait(0.02)
        return lines

    def seconds(self, text: str) -> float:
        """Virtual seconds until the ok of one line."""
        before = self.now
        self.command(text)
        return self.now - before

    def notes(self) -> list[str]:
        """Remarks of the wire log."""
        return [str(record["raw"]) for record in self.records if record["dir"] == "note"]

    def heard(self) -> list[tuple[str, bool]]:
        """Host lines of the wire log: command, accepted."""
        hosts = [record for record in self.records if record["dir"] == "host"]
        return [(str(record["command"]), bool(record["accepted"])) for record in hosts]


def numbered(number: int, command: str) -> str:
    """A line with its number and checksum."""
    body = f"N{number} {command}"
    return f"{body}*{functools.reduce(operator.xor, body.encode('ascii'), 0)}"


def bugfix_host() -> Host:
    """A host at the second dialect."""
    return Host(dialect=load_dialect("marlin-bugfix-2.1.x"))


def _lines(data: bytes) -> list[str]:
    return [line.rstrip("\r") for line in data.decode("latin-1").split("\n") if line.strip("\r")]
