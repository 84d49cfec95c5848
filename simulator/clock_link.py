"""Where virtual time comes from: the machine's clock, or the host's pace. Models nothing.

Two clocks with one face. :class:`SteadyClock` runs N virtual seconds a second. :class:`FreeClock`
(``--speed max``) has no rate: as long as the printer owes the host an answer, its time jumps from
event to event; while the printer owes nothing it stands still and waits for the host, so that
how long the host thinks changes nothing in the outcome. A host that stays silent for longer than
``_PATIENCE_S`` is not thinking but waiting for time to pass: from then on one virtual second
takes one second, until it speaks again.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

_PATIENCE_S = 2.0


class SteadyClock:
    """``speed`` virtual seconds a second since it was made."""

    free = False

    def __init__(self, speed: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        """``monotonic`` gives real seconds."""
        self._monotonic = monotonic
        self._speed = speed
        self._started = monotonic()

    def now(self) -> float:
        """Virtual seconds since the start."""
        return (self._monotonic() - self._started) * self._speed

    def seconds_until(self, virtual: float) -> float:
        """Real seconds until that virtual time; negative if it is past."""
        return (virtual - self.now()) / self._speed

    def heard(self) -> None:
        """The host spoke: nothing to do."""

    def jump(self, virtual: float) -> None:
        """Nothing: this clock runs by itself."""


class FreeClock:
    """Stands still until it is told to jump; runs by itself only under a silent host."""

    free = True

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """``monotonic`` gives real seconds."""
        self._monotonic = monotonic
        self._virtual = 0.0
        self._heard_at = monotonic()

    def now(self) -> float:
        """Virtual seconds since the start."""
        return self._virtual + max(0.0, self._monotonic() - self._heard_at - _PATIENCE_S)

    def seconds_until(self, virtual: float) -> float:
        """Real seconds until that virtual time if the host stays silent."""
        silent = self._monotonic() - self._heard_at
        return virtual - self._virtual + _PATIENCE_S - silent

    def heard(self) -> None:
        """The host spoke, or was answered: what has run stays run, the patience begins anew."""
        self._virtual = self.now()
        self._heard_at = self._monotonic()

    def jump(self, virtual: float) -> None:
        """Go on to ``virtual`` at once; the patience begins anew."""
        if math.isfinite(virtual):
            self._virtual = max(self.now(), virtual)
            self._heard_at = self._monotonic()


Clock = SteadyClock | FreeClock


def clock_for(speed: float) -> Clock:
    """The clock of ``--speed``; infinity means as fast as the host can take."""
    return FreeClock() if math.isinf(speed) else SteadyClock(speed)
