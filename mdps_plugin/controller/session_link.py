"""Ends the processes of one session: the examining process and the slicer that it started.

A slicer has a process group of its own, so that its own limits can end it whole; the session is
what it keeps from whoever started it, however that one ended. Reads ``/proc`` (proc(5)).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
from pathlib import Path

#: Begins the name of the folder for temporary files that an examining process has for itself.
ROOM_PREFIX = "mdps-worker-"


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


def make_room() -> str:
    """A folder for temporary files of one examining process; ``OSError`` where there is no room.

    Those of controllers that no longer run are removed first: a power cut leaves them, with a
    patient's model in them.
    """
    for old in Path(tempfile.gettempdir()).glob(f"{ROOM_PREFIX}*-*"):
        owner = old.name.removeprefix(ROOM_PREFIX).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(old, ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"{ROOM_PREFIX}{os.getpid()}-")


def clear_room() -> None:
    """Remove the folder for temporary files that this process was given for itself alone.

    A slicer that was ended leaves a patient's model there.
    """
    room = Path(os.environ.get("TMPDIR", ""))
    if room.name.startswith(ROOM_PREFIX):
        shutil.rmtree(room, ignore_errors=True)


def end_others(session: int, leader: int) -> None:
    """Kill all of the session but ``leader``, which is dead and not reaped, or is the caller.

    As long as it is not reaped, its number and the session's cannot be given to anybody else.
    """
    for process in members(session):
        if process != leader:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
