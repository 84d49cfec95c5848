"""The table of all commands the firmware knows."""

from __future__ import annotations

from .commands_heat import COMMANDS as HEAT
from .commands_host import COMMANDS as HOST
from .commands_motion import COMMANDS as MOTION
from .commands_settings import COMMANDS as SETTINGS
from .core import Handler

ALL: dict[str, Handler] = {**MOTION, **HEAT, **SETTINGS, **HOST}
