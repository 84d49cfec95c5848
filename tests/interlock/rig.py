"""A gate at work on a simulator, with its events kept and its face kept alive."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from mdps_plugin.interlock.gate_link import GateLink
from mdps_plugin.interlock.gate_state import GateEvent
from mdps_plugin.interlock.matching import JobOnWire, make_job
from mdps_plugin.recipes.document import HoldLimits
from mdps_plugin.units import Range
from tests.harness import wait_until
from tests.simulated import Simulator

from .bench import profile

START = (
    "G21",
    "G90",
    "M83",
    "M220 S100",
    "M221 S100",
    "M140 S60",
    "M104 S215",
    "G28",
    "M190 S60",
    "M109 S215",
)
END = ("M104 S0", "M140 S0", "M107", "M84")


def job_lines(moves: int, start: tuple[str, ...] = START) -> list[str]:
    """A job of short extruding moves between a start and an end block."""
    place = random.Random(1)
    body = [
        f"G1 X{place.randrange(600, 1400) / 10:g} Y{place.randrange(600, 1400) / 10:g} E0.5 F9000"
        for _ in range(moves)
    ]
    return [*start, *body, *END]


def to_job(lines: list[str], build_id: str = "build-1", **changes: Any) -> JobOnWire:
    data = "".join(line + "\n" for line in lines).encode()
    return make_job(
        **{
            "build_id": build_id,
            "canonical": data,
            "planned_digest": hashlib.sha256(data).hexdigest(),
            "nozzle_c": Range(minimum=195, maximum=235),
            "bed_c": Range(minimum=50, maximum=70),
            "excursion_s": 10.0,
            "hold": HoldLimits(longest_s=60, total_s=90, count=5),
            "layer_start": (10, 102),
            **changes,
        }
    )


class Rig:
    """Simulator and gate. ``alive`` False lets the face's heartbeat stop.

    ``limits`` change those of the profile, so that a test need not wait for the real ones.
    """

    def __init__(
        self,
        folder: Path,
        *,
        speed: float = 40.0,
        arguments: tuple[str, ...] = (),
        **limits: float,
    ):
        self.simulator = Simulator(folder / "simulator", speed=speed, arguments=arguments)
        self.wire = self.simulator.wire
        self.pty = folder / "printer"
        self.note = folder / "note.json"
        self.events: list[GateEvent] = []
        self.alive = True
        self._ended = threading.Event()
        self.gate = GateLink(
            replace(profile(), limits=replace(profile().limits, **limits)),
            str(self.simulator.pty),
            self.pty,
            self.events.append,
            note=self.note,
        )
        self._face = threading.Thread(target=self._beat, daemon=True)

    def _beat(self) -> None:
        while not self._ended.wait(0.5):
            if self.alive:
                self.gate.face_alive()

    def __enter__(self) -> Rig:
        self.simulator.start()
        try:
            self.gate.start()
            self._face.start()
            wait_until(lambda: self.gate.snapshot().printer_alive, 15, "the printer")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self._ended.set()
        if self._face.is_alive():
            self._face.join()
        self.gate.close()
        self.simulator.stop()

    def wait_for(self, kind: str, seconds: float = 30.0, start: int = 0) -> GateEvent:
        """The first event of that kind from number ``start`` on."""
        found = wait_until(
            lambda: [event for event in self.events[start:] if event.kind == kind],
            seconds,
            f"{kind} (seen: {[e.kind for e in self.events[start:] if e.kind != 'progress']})",
        )
        event: GateEvent = found[0]
        return event

    def wait_locked(self, seconds: float = 30.0) -> None:
        """Until nothing is armed, building or being made safe, and the printer answers again."""

        def quiet() -> bool:
            now = self.gate.snapshot()
            return now.stage == "locked" and now.printer_alive

        wait_until(quiet, seconds, "the lock")

    def settle(self, seconds: float = 1.0) -> None:
        """Let things happen that must not happen."""
        time.sleep(seconds)
