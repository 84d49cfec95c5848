"""One attempt to connect at a time. Connects nothing, asks no clock.

OctoPrint looks whether it has a connection and makes one some milliseconds later. Two callers in
between, a person at "Connect" and our own :meth:`.OctoPrintSide.connect_again` say, get two
connections to one port; each takes part of what the gate answers, OctoPrint stays at "Opening
serial connection" and neither "Connect" nor "Disconnect" helps any more (seen with 1.11.8).
"""

from __future__ import annotations

import threading

SETTLED_AFTER_S = 10.0
"""After so long OctoPrint holds its connection, or has given it up; both it knows by itself."""


class OneConnection:
    """Lets the first of several attempts through. Called from threads of OctoPrint's choosing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began_at: float | None = None

    def may_begin(self, now: float) -> bool:
        """True for the caller that shall connect; ``now`` in seconds of a monotonic clock."""
        with self._lock:
            if self._began_at is not None and now - self._began_at < SETTLED_AFTER_S:
                return False
            self._began_at = now
            return True

    def ended(self) -> None:
        """The connection is gone, or the attempt has failed: the next one need not wait."""
        with self._lock:
            self._began_at = None
