"""M600, M125 and the pause of a print from the card: park, ask the user, go on.

The dialog is the recorded one: Nozzle Parked, Heater Timeout with Reheat, Paused with PurgeMore
and Continue. Prompts that stop without parking (M0, M1) are in commands_host.py.
"""

from __future__ import annotations

from .board import Steps
from .core import Firmware, Handler
from .words import Words

_RETRACT_MM, _RETRACT_MM_S = 2.0, 60.0
_SLOW_MM_S = 3.0
_PURGE_MM = 50.0
_NEAR_K = 2.0
_LOOK_S = 0.5
_SHORTEST_REHEAT_S = 2.9


def change_filament(fw: Firmware, words: Words) -> Steps:
    """M600: by command, or because the filament sensor opened."""
    return pause(fw, "Insert filament and send M108", change=True)


def park_and_wait(fw: Firmware, words: Words) -> Steps:
    """M125."""
    return pause(fw, "Send M108 to resume", change=False)


def pause(fw: Firmware, message: str, *, change: bool) -> Steps:
    """The whole dialog; ``change`` takes the filament out and purges the new one."""
    printing = fw.reader.printing
    fw.pausing = True
    fw.say("//action:paused")
    fw.reader.printing = False
    fw.job.pause(fw.now)
    yield from fw.until_still()
    back, target = list(fw.position), fw.hotend.target
    yield from _feed(fw, -_RETRACT_MM, _RETRACT_MM_S, counts=True)
    yield from _park(fw)
    fw.say(fw.position_text())
    if change:
        yield from _feed(fw, -fw.settings.unload_mm, _SLOW_MM_S)
    yield from _ask(fw, message, target)
    if change:
        yield from _feed(fw, fw.settings.load_mm + _PURGE_MM, _SLOW_MM_S)
    yield from _ask_for_more(fw, purge=_PURGE_MM if change else 0.0)
    yield from _return(fw, back)
    fw.ran_out = fw.pausing = False
    fw.job.start(fw.now)
    fw.reader.printing = printing and fw.reader.file is not None
    fw.say("//action:resumed")
    fw.prompt("Resuming", "Dismiss")
    # Still no filament: the sensor says so again at once.
    fw.filament_changed()


def _feed(fw: Firmware, e_mm: float, mm_s: float, *, counts: bool = False) -> Steps:
    """Filament alone, unless the nozzle is too cold; ``counts`` if the position shows it."""
    if not fw.cold_allowed and fw.hotend.reading < fw.cold_limit_c:
        return
    accel = fw.settings.accel[1]
    fw.planner.add((0.0, 0.0, 0.0, e_mm), mm_s, accel, fw.limits(), fw.now)
    if counts:
        fw.position[3] += e_mm
    yield from fw.until_still()


def _park(fw: Firmware) -> Steps:
    if not all(fw.homed):
        return
    x, y, z = fw.printer.park_mm
    up = max(fw.position[2], min(z, fw.printer.size_mm[2]))
    yield from fw.go((fw.position[0], fw.position[1], up), fw.homing_speed())
    yield from fw.go((x, y, up), fw.settings.max_feed[0] / 2)


def _return(fw: Firmware, back: list[float]) -> Steps:
    if all(fw.homed):
        yield from fw.go((back[0], back[1], fw.position[2]), fw.settings.max_feed[0] / 2)
        yield from fw.go((back[0], back[1], back[2]), fw.homing_speed())
    fw.position = back
    fw.planner.stepped = list(back)


def _ask(fw: Firmware, message: str, target: float) -> Steps:
    """Until the user continues; a nozzle that was waited for too long has to be heated again."""
    title, button = "Nozzle Parked", "Continue"
    fw.say(f"echo:{message}")
    fw.prompt(title, button)
    while True:
        patience_ends = fw.now + fw.dialect.prompt_patience_s
        yield from _wait(fw, patience_ends)
        if not fw.user_waited_for:
            return
        fw.hotend.set_target(0.0, fw.now)
        fw.say("echo:Send M108 to heat nozzle")
        fw.prompt("Heater Timeout", "Reheat")
        yield from fw.wait_for_user()
        fw.prompt("Reheating...")
        fw.notify("Reheating...")
        yield from _reheat(fw, target)
        fw.say(f"echo:{message}")
        fw.prompt("Reheat Done", "Continue")
        fw.notify("Reheat Done")


def _wait(fw: Firmware, until: float) -> Steps:
    fw.prompt_answer = None
    fw.user_waited_for = True
    while fw.user_waited_for and fw.now < until:
        yield until


def _reheat(fw: Firmware, target: float) -> Steps:
    fw.hotend.set_target(target, fw.now)
    fw.heater_changed()
    yield fw.now + _SHORTEST_REHEAT_S
    fw.heatup_broken = False
    while fw.hotend.reading < fw.hotend.target - _NEAR_K and not fw.heatup_broken:
        yield fw.now + _LOOK_S


def _ask_for_more(fw: Firmware, purge: float) -> Steps:
    while True:
        fw.prompt("Paused", "PurgeMore", "Continue")
        yield from fw.wait_for_user()
        if fw.prompt_answer != 0:
            fw.say("//action:prompt_end")
            return
        if purge:
            yield from _feed(fw, purge, _SLOW_MM_S)


COMMANDS: dict[str, Handler] = {
    "M125": park_and_wait,
    "M600": change_filament,
}
