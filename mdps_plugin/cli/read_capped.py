"""Reads a file named by the user without ever holding more than a limit. Nothing else."""

from __future__ import annotations

from pathlib import Path

from ..errors import UsageFault


def read_capped(path: Path, limit: int) -> bytes:
    """At most ``limit + 1`` bytes, so that the caller sees an excess; UsageFault if not opened."""
    try:
        with path.open("rb") as opened:
            return opened.read(limit + 1)
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or "not a file name"
        raise UsageFault(f"{path}: cannot be opened: {reason}") from None
