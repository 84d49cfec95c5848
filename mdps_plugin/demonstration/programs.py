"""Where outside programs are on this machine. Starts none."""

from __future__ import annotations

import shutil
from pathlib import Path

# Debian puts servers where an ordinary user's PATH does not look.
_ALSO = ("/usr/sbin", "/usr/local/sbin", "/sbin")


def find_program(name: str) -> str | None:
    """Path of a program, or None."""
    found = shutil.which(name)
    if found is not None:
        return found
    for folder in _ALSO:
        if Path(folder, name).is_file():
            return str(Path(folder, name))
    return None
