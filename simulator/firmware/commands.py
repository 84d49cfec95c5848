"""The table of all commands the firmware knows."""

from __future__ import annotations

from ..manner import Manner
from .commands_heat import COMMANDS as HEAT
from .commands_host import COMMANDS as HOST
from .commands_motion import COMMANDS as MOTION
from .commands_settings import COMMANDS as SETTINGS
from .core import Handler

ALL: dict[str, Handler] = {**MOTION, **HEAT, **SETTINGS, **HOST}


def commands_of(manner: Manner | None) -> dict[str, Handler]:
    """The commands that are known in that manner of speaking; all of them in a recorded dialect."""
    known = manner.knows if manner is not None else ()
    return {code: act for code, act in ALL.items() if code in known} if known else ALL
