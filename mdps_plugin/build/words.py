"""How moments and durations are written for people. No limits, no decisions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day_text(moment: datetime) -> str:
    """``31 Oct 2026``, in UTC."""
    utc = moment.astimezone(UTC)
    return f"{utc.day} {_MONTHS[utc.month - 1]} {utc.year}"


def moment_text(moment: datetime) -> str:
    """``31 Oct 2026 14:05 UTC``."""
    return f"{day_text(moment)} {moment.astimezone(UTC):%H:%M} UTC"


def hours(duration: timedelta) -> float:
    """A duration in hours."""
    return duration.total_seconds() / 3600.0


def days(duration: timedelta) -> float:
    """A duration in days of 24 hours."""
    return duration.total_seconds() / 86400.0
