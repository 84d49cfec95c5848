"""How far telemetry is, as the screens show it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ..canonical import Json


@dataclass(frozen=True, kw_only=True)
class LinkStatus:
    """``unconfirmed`` entries wait; ``oldest`` is the moment of the first of them (UTC)."""

    connected: bool = False
    unconfirmed: int = 0
    confirmed: int = 0
    oldest: datetime | None = None
    oldest_age_s: float | None = None

    def at(self, now: datetime) -> LinkStatus:
        """The same with the age of the oldest entry that waits, in seconds."""
        if self.oldest is None:
            return self
        return replace(self, oldest_age_s=max(0.0, (now - self.oldest).total_seconds()))

    @property
    def word(self) -> str:
        """One word or two for the sidebar."""
        if not self.connected:
            return "Not connected"
        return "Sending" if self.unconfirmed else "Confirmed"

    def to_json(self) -> dict[str, Json]:
        """Member ``qms`` of the controller's snapshot."""
        return {
            "word": self.word,
            "connected": self.connected,
            "unconfirmed": self.unconfirmed,
            "oldest_age_s": None if self.oldest_age_s is None else round(self.oldest_age_s, 1),
        }
