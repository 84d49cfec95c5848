"""Findings and checks of one examination as they come. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..findings import CheckRun, Finding
from .codes import CHECK_BROKE_OFF
from .collect import Collector

T = TypeVar("T")


class CheckRuns:
    """Findings and checks so far; each check is timed with the clock that was handed in.

    ``threads``: layers that the kernel may look at beside each other.
    """

    def __init__(self, clock: Callable[[], float] | None, threads: int) -> None:
        """No check has run; ``clock`` gives seconds, None times nothing."""
        self.found, self.threads = Collector(), threads
        self.checks: dict[str, CheckRun] = {}
        self._last = ""
        self._clock = clock

    def check(self, ring: str, name: str, act: Callable[[], T]) -> T:
        """Run a check of a ring; it has run once ``act`` returns. Its times add up."""
        self._last = name
        began = self._clock() if self._clock is not None else None
        result = act()
        seconds = None
        if self._clock is not None and began is not None:
            before = self.checks[name].seconds if name in self.checks else None
            seconds = round(self._clock() - began + (before or 0), 4)
        self.checks[name] = CheckRun(name=name, ran=True, ring=ring, seconds=seconds)
        return result

    def broke_off(self, fault: str) -> None:
        """The check that ran last, or what came after it, has not come to its end: it refuses."""
        self.checks.pop(self._last, None)
        self.found.add(Finding(kind=CHECK_BROKE_OFF, measured=fault, facts={"name": self._last}))
