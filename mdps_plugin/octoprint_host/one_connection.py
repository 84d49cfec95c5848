"""One attempt to connect at a time, and none for ever. Connects nothing, asks no clock.

OctoPrint looks whether it has a connection and makes one some milliseconds later. Two callers in
between, a person at "Connect" and our own :meth:`.OctoPrintSide.connect_again` say, get two
connections to one port; each takes part of what the gate answers, OctoPrint stays at "Opening
serial connection" and neither "Connect" nor "Disconnect" helps any more (seen with 1.11.8).

OctoPrint 1.11.8 and 2.0.0rc7 stay there as well where the port is busy or gone, as it is for
whoever presses "Connect" while the controller is away: their thread ends and the state remains.
"""

from __future__ import annotations

import threading

SETTLED_AFTER_S = 10.0
"""After so long OctoPrint holds its connection, or has given it up; both it knows by itself."""

GIVEN_UP_AFTER_S = 20.0
"""The gate answers a greeting at once: an attempt that lasts so long has nobody left behind it."""


class OneConnection:
    """Lets the first of several attempts through. Called from threads of OctoPrint's choosing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began_at: float | None = None
        self._trying_since: float | None = None
        self._asked_at = 0.0

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
            self._trying_since = None

    def is_given_up(self, now: float, trying: bool) -> bool:
        """True if OctoPrint was seen ``trying`` to connect for too long; asked again and again.

        Who has not asked for as long does not know whether it is the same attempt still.
        """
        with self._lock:
            if not trying or now - self._asked_at >= GIVEN_UP_AFTER_S:
                self._trying_since = None
            self._asked_at = now
            if not trying:
                return False
            if self._trying_since is None:
                self._trying_since = now
            given_up = now - self._trying_since >= GIVEN_UP_AFTER_S
            if given_up:
                self._trying_since = None
            return given_up
