"""Runs a scenario over a simulator in virtual time: steps, expectations, the end. No clock, no I/O.

Faults have their own conditions, which the simulator looks at itself; everything else is looked at
on a fixed grid of virtual time and whenever host bytes have arrived, so that how time is cut into
pieces does not change the outcome.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .machine import Simulator
from .panel import set_values
from .scenario import Expectation, Scenario
from .truth import snapshot

_BEAT_S = 0.1


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether one expectation was met, and what was seen (with the virtual second)."""

    expectation: Expectation
    met: bool
    seen: str

    def text(self) -> str:
        """One line for a person."""
        e = self.expectation
        word = "so" if self.met else "NOT so"
        why = f" ({e.why})" if e.why else ""
        return f"expect, line {e.line}: {e.statement.text} [{e.hold}]: {word}: {self.seen}{why}"

    def record(self) -> dict[str, object]:
        """The same as JSON."""
        e = self.expectation
        return {
            "line": e.line,
            "that": e.statement.text,
            "hold": e.hold,
            "met": self.met,
            "seen": self.seen,
            "why": e.why,
        }


class _Watch:
    """One expectation while the scenario runs."""

    def __init__(self, expectation: Expectation) -> None:
        self.expectation = expectation
        self.begun = False
        self.decided: Verdict | None = None

    def look(self, values: dict[str, float], truth: dict[str, object]) -> None:
        e = self.expectation
        self.begun = self.begun or e.when is None or e.when.holds(values)
        if not self.begun or self.decided is not None or e.hold == "end":
            return
        holds = e.statement.holds(truth)
        if holds == (e.hold == "once"):
            self.decided = self._verdict(holds, truth)

    def finish(self, truth: dict[str, object]) -> Verdict:
        e = self.expectation
        if self.decided is not None:
            return self.decided
        if not self.begun:
            # What was never looked at is not met: the run ended before the condition.
            seen = f"never looked at, its condition did not come by t={truth['t']}"
            return Verdict(expectation=e, met=False, seen=seen)
        holds = e.statement.holds(truth) if e.hold == "end" else e.hold == "always"
        return self._verdict(holds, truth)

    def _verdict(self, met: bool, truth: dict[str, object]) -> Verdict:
        seen = f"{self.expectation.statement.observed(truth)} at t={truth['t']}"
        return Verdict(expectation=self.expectation, met=met, seen=seen)


class Director:
    """Lives the simulator's time in its place: use :meth:`advance` before bytes go in or out."""

    def __init__(self, simulator: Simulator, scenario: Scenario) -> None:
        """Faults are given to the simulator at once; nothing else happens yet."""
        self.simulator = simulator
        self.ended = False
        self._end = scenario.end
        self._steps = [step for step in scenario.steps if step.fault is None]
        self._watches = [_Watch(expectation) for expectation in scenario.expectations]
        self._beat = 0
        for step in scenario.steps:
            if step.fault is not None:
                simulator.add_fault(step.fault)

    def next_time(self) -> float:
        """When it wants to look next; infinity if there is nothing to look at."""
        looks = bool(self._steps or self._watches or self._end)
        return self._beat * _BEAT_S if looks and not self.ended else math.inf

    def advance(self, now: float) -> None:
        """Live until ``now``, looking at every beat on the way; stop at the scenario's end."""
        while self.next_time() <= now:
            self.simulator.advance(self.next_time())
            self._beat += 1
            self.look()
        if not self.ended:
            self.simulator.advance(now)

    def look(self) -> None:
        """Look at every condition and expectation now."""
        if self.ended or math.isinf(self.next_time()):
            return
        values = self.simulator.quantities()
        for step in [s for s in self._steps if s.when is None or s.when.holds(values)]:
            self._steps.remove(step)
            if step.off is not None:
                self.simulator.clear_fault(step.off)
            else:
                set_values(self.simulator, step.values)
        if self._watches:
            truth = snapshot(self.simulator)
            for watch in self._watches:
                watch.look(values, truth)
        self.ended = self._end is not None and self._end.holds(values)

    def finish(self) -> list[Verdict]:
        """The verdicts, in the order of the file; for the end of the run."""
        truth = snapshot(self.simulator)
        return [watch.finish(truth) for watch in self._watches]
