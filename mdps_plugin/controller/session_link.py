"""Ends the processes of one session: the examining process and the slicer that it started.

A slicer has a process group of its own, so that its own limits can end it whole; the session is
what it keeps from whoever started it, however that one ended. Reads ``/proc`` (proc(5)).
"""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path


def members(session: int) -> list[int]:
    """Ids of the processes in a session, its leader among them while it is not reaped."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                # The name in brackets may hold anything; what follows are numbers.
                after_name = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2]
                if int(after_name.split()[3]) == session:
                    found.append(int(folder.name))
    return found


def end_others(session: int, leader: int) -> None:
    """Kill all of the session but ``leader``, which is dead and not reaped, or is the caller.

    As long as it is not reaped, its number and the session's cannot be given to anybody else.
    """
    for process in members(session):
        if process != leader:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
