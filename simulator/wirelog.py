"""The wire log: one JSON object a line, handed to the system at once. Knows no meaning.

A kill -9 of the simulator loses at most the line being written; a power cut of the machine
may lose more, since nothing is synced to the disk.
"""

from __future__ import annotations

import json
import os
from pathlib import Path


class WireLog:
    """A file that grows by one record at a time."""

    def __init__(self, path: Path) -> None:
        """Start the file anew; OSError if it cannot be opened."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        self._fd = os.open(path, flags, 0o644)

    def write(self, record: dict[str, object]) -> None:
        """Append one record."""
        os.write(self._fd, json.dumps(record).encode("ascii") + b"\n")

    def close(self) -> None:
        """End the file."""
        os.close(self._fd)
