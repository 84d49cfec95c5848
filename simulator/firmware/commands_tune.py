"""M303: PID autotune by the relay method. Changes the settings only if asked (U1).

The heater is switched between two powers around the target; from the swing of the temperature and
its period follow ``Ku = 4 d / (pi (max - min) / 2)`` and the classic rules of Ziegler and Nichols
(Trans. ASME 64, 1942): Kp = 0.6 Ku, Ki = 2 Kp / Tu, Kd = Kp Tu / 8. The first lines are recorded;
those after the first cycle follow the firmware's published source.
"""

from __future__ import annotations

import math

from .board import Steps
from .core import Firmware, Handler
from .words import Words

_REPORT_S = 2.0
_SHORTEST_HALF_S = 5.0
_OVERSHOOT_K = 30.0
_LONGEST_CYCLE_S = 1200.0
_FULL = 255.0


def autotune(fw: Firmware, words: Words) -> Steps:
    """M303: E-1 is the bed, S the target in Celsius, C the cycles, U1 takes the result."""
    which = words.number("E") or 0.0
    heater, name = (fw.bed, "bed") if which < 0 else (fw.hotend, "hotend")
    default = 70.0 if which < 0 else 150.0
    target = words.number("S") if words.number("S") is not None else default
    cycles = int(min(max(words.number("C") or 5.0, 3.0), 50.0))
    fw.notify("PID Autotune")
    fw.say("PID Autotune start")
    if target is None or target > heater.clamp(target) or target <= 0.0:
        fw.say("PID Autotune failed! Temperature too high")
        return
    fw.disable_heaters()
    fw.notify("Heating...")
    fw.heatup_broken = False
    fw.tuning = True
    try:
        yield from _cycles(fw, name, target, cycles, bool(words.number("U")))
    finally:
        fw.tuning = False
        fw.disable_heaters()


def _cycles(fw: Firmware, name: str, target: float, cycles: int, take: bool) -> Steps:
    heater = fw.bed if name == "bed" else fw.hotend
    bias = swing = _FULL / 2.0
    heating = True
    heater.forced = _FULL
    fw.heater_changed()
    lowest = highest = target
    done, turned, high_s, low_s = 0, fw.now, 0.0, 0.0
    next_report, cycle_began = fw.now, fw.now
    while not fw.heatup_broken:
        at, reading = fw.now, heater.reading
        lowest, highest = min(lowest, reading), max(highest, reading)
        if heating and reading > target and at - turned > _SHORTEST_HALF_S:
            heating, high_s, turned = False, at - turned, at
            heater.forced = bias - swing
            highest = target
        elif not heating and reading < target and at - turned > _SHORTEST_HALF_S:
            heating, low_s, turned = True, at - turned, at
            if done > 0:
                bias += swing * (high_s - low_s) / (low_s + high_s)
                bias = min(max(bias, 20.0), _FULL - 20.0)
                swing = _FULL - 1.0 - bias if bias > _FULL / 2.0 else bias
                gains = _gains(fw, bias, swing, lowest, highest, low_s + high_s, done > 2)
                if done >= cycles:
                    _finish(fw, name, gains, take)
                    return
            heater.forced = bias + swing
            done += 1
            lowest, cycle_began = target, at
        if reading > target + _OVERSHOOT_K:
            fw.say("PID Autotune failed! Temperature too high")
            return
        if at - cycle_began > _LONGEST_CYCLE_S:
            fw.say("PID Autotune failed! timeout")
            return
        if at >= next_report:
            fw.say(" " + fw.temperatures())
            next_report += _REPORT_S
        fw.heater_changed()
        yield min(next_report, max(fw.next_beat, at))


def _gains(
    fw: Firmware, bias: float, swing: float, low: float, high: float, period: float, show: bool
) -> tuple[float, float, float]:
    fw.say(f" bias: {bias:.0f} d: {swing:.0f} min: {low:.2f} max: {high:.2f}")
    ku = 4.0 * swing / (math.pi * max(high - low, 0.01) / 2.0)
    kp = 0.6 * ku
    ki, kd = 2.0 * kp / period, kp * period / 8.0
    if show:
        fw.say(f" Ku: {ku:.2f} Tu: {period:.2f}")
        fw.say(" Classic PID")
        fw.say(f" Kp: {kp:.2f} Ki: {ki:.2f} Kd: {kd:.2f}")
    return kp, ki, kd


def _finish(fw: Firmware, name: str, gains: tuple[float, float, float], take: bool) -> None:
    fw.notify("PID tuning done")
    fw.say("PID Autotune finished! Put the last Kp, Ki and Kd constants from below into Config")
    for letter, value in zip("pid", gains, strict=True):
        bed = "bed" if name == "bed" else ""
        fw.say(f"#define DEFAULT_{bed}K{letter} {value:.2f}")
    if take:
        pid = fw.settings.bed_pid if name == "bed" else fw.settings.hotend_pid
        pid[:] = list(gains)


COMMANDS: dict[str, Handler] = {"M303": autotune}
