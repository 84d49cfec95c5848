"""The table of all commands that a firmware with given abilities knows."""

from __future__ import annotations

from ..data import Dialect
from ..manner import Manner
from .commands_arcs import COMMANDS as ARCS
from .commands_card import COMMANDS as CARD
from .commands_heat import COMMANDS as HEAT
from .commands_host import COMMANDS as HOST
from .commands_motion import COMMANDS as MOTION
from .commands_pause import COMMANDS as PAUSE
from .commands_settings import COMMANDS as SETTINGS
from .commands_tune import COMMANDS as TUNE
from .core import Handler

_EVERY: dict[str, Handler] = {
    **MOTION,
    **HEAT,
    **SETTINGS,
    **HOST,
    **CARD,
    **PAUSE,
    **ARCS,
    **TUNE,
}


def known(dialect: Dialect, manner: Manner | None = None) -> dict[str, Handler]:
    """By code (``G1``); what the dialect, or the manner laid over it, cannot do is unknown."""
    if manner is not None and manner.knows:
        return {code: handler for code, handler in _EVERY.items() if code in manner.knows}
    absent: set[str] = set()
    if not dialect.able("ARCS"):
        absent |= {"G2", "G3"}
    if not dialect.able("BUILD_PERCENT"):
        absent.add("M73")
    if not dialect.able("BABYSTEPPING"):
        absent.add("M290")
    if not dialect.able("RUNOUT"):
        absent.add("M412")
    if not dialect.advanced_pause:
        absent |= {"M125", "M600", "M603"}
    if not dialect.inch_mode:
        absent.add("G20")
    if not dialect.lists_linear_advance:
        absent.add("M900")
    return {code: handler for code, handler in _EVERY.items() if code not in absent}
