"""How often a request may add to the log without a signature. Pure: the moment is handed in.

The log is for ever. Whoever can reach the socket could otherwise fill the disk with orders that
nobody signed for; a hospital never comes near the limit.
"""

from __future__ import annotations

import threading
from collections import deque

from ..errors import IllegalTransition

PER_MINUTE = 60
MINUTE_S = 60.0


class Pace:
    """Counts requests of each name over the last minute; at most :data:`PER_MINUTE` are kept."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self._lock = threading.Lock()
        self._taken: dict[str, deque[float]] = {}

    def take(self, name: str, now_s: float) -> None:
        """Count one; :class:`IllegalTransition` if the minute is full. ``now_s`` is monotonic."""
        with self._lock:
            taken = self._taken.setdefault(name, deque(maxlen=PER_MINUTE))
            if len(taken) == PER_MINUTE and now_s - taken[0] < MINUTE_S:
                raise IllegalTransition(
                    f"after {PER_MINUTE} requests in one minute",
                    name.replace("_", " "),
                    f"{PER_MINUTE} in a minute. Wait one minute, then send it again",
                )
            taken.append(now_s)
