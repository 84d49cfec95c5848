"""The only clock of the trusted process. Decides nothing about time; it only tells it.

Time never runs backwards here: :meth:`Clock.now` is the later of the machine's clock and the last
moment that the audit log holds. How far the machine's clock has stepped back is told apart, so
that a decision can refuse on it (trust model: docs/threat-model.md, "Clock").
"""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime, timedelta


class Clock:
    """UTC time that does not step back, monotonic seconds, and the identity of this start."""

    def __init__(self, not_before: datetime | None = None) -> None:
        """``not_before``: the newest moment already on record."""
        self._floor = not_before or datetime(2020, 1, 1, tzinfo=UTC)
        self.boot_id = secrets.token_hex(8)

    def now(self) -> datetime:
        """UTC, whole milliseconds, never before a moment that was on record or told earlier."""
        wall = datetime.now(UTC)
        wall = wall.replace(microsecond=wall.microsecond // 1000 * 1000)
        self._floor = max(self._floor, wall)
        return self._floor

    def behind(self) -> timedelta:
        """How far the machine's clock lies behind the newest moment on record."""
        return max(timedelta(0), self._floor - datetime.now(UTC))

    def monotonic_s(self) -> float:
        """Seconds of a clock that nobody can set."""
        return time.monotonic()
