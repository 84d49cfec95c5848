"""Commands for heaters and fan. One function per command; control itself is in heating.py."""

from __future__ import annotations

from .board import Steps
from .core import Firmware, Handler
from .heating import HeaterControl
from .words import Words

_COOLING_SLOPE_K = 1.5
_COOLING_SLOPE_S = 60.0


def hotend_target(fw: Firmware, words: Words) -> None:
    """M104."""
    value = words.number("S")
    if value is not None:
        fw.hotend.set_target(value, fw.now)
        fw.heater_changed()


def bed_target(fw: Firmware, words: Words) -> None:
    """M140."""
    value = words.number("S")
    if value is not None:
        fw.bed.set_target(max(value, 0.0), fw.now)
        fw.heater_changed()
        fw.notify("Bed Heating..." if fw.bed.target > 0 else "Bed Cooling...")


def wait_hotend(fw: Firmware, words: Words) -> Steps:
    """M109."""
    hotend_target(fw, _with_r_as_s(words))
    return _wait(fw, fw.hotend, words.number("S") is None and words.number("R") is not None)


def wait_bed(fw: Firmware, words: Words) -> Steps:
    """M190."""
    bed_target(fw, _with_r_as_s(words))
    return _wait(fw, fw.bed, words.number("S") is None and words.number("R") is not None)


def _with_r_as_s(words: Words) -> Words:
    value = words.number("S")
    if value is None:
        value = words.number("R")
    return Words(words.code, {"S": value}, words.text, words.rest)


def _wait(fw: Firmware, heater: HeaterControl, also_cooling: bool) -> Steps:
    """Wait for the target and ten seconds of residency; a line with ``W:`` every second."""
    fw.heatup_broken = False
    d = fw.dialect
    if heater.target < heater.reading and not also_cooling:
        return
    since: float | None = None
    next_line = fw.now
    slope_at, slope_from = fw.now + _COOLING_SLOPE_S, heater.reading
    while not fw.heatup_broken:
        away = abs(heater.target - heater.reading)
        if (since is None and away < d.window_k) or (
            since is not None and away > d.wait_hysteresis_k
        ):
            since = fw.now
        if fw.now >= next_line:
            left = "?" if since is None else str(int(d.residency_s - (fw.now - since)))
            fw.say(f" {fw.temperatures()} W:{left}")
            next_line += 1.0
        if since is not None and fw.now >= since + d.residency_s:
            return
        if heater.target <= 0 and not also_cooling:
            return
        if also_cooling and fw.now >= slope_at:
            if slope_from - heater.reading < _COOLING_SLOPE_K and heater.reading > heater.target:
                return
            slope_at, slope_from = fw.now + _COOLING_SLOPE_S, heater.reading
        due = min(next_line, fw.next_beat)
        if since is not None:
            due = min(due, since + d.residency_s)
        yield due


def report(fw: Firmware, words: Words) -> None:
    """M105: its answer is the ok itself, without number and slots."""
    fw.say(f"ok {fw.temperatures()}")
    fw.ok_given = True


def report_every(fw: Firmware, words: Words) -> None:
    """M155."""
    value = words.number("S")
    if value is None:
        return
    fw.temp_report_s = float(min(max(int(value), 0), 60))
    fw.next_temp_report = fw.now + fw.temp_report_s if fw.temp_report_s else float("inf")


def fan_on(fw: Firmware, words: Words) -> None:
    """M106."""
    value = words.number("S")
    _fan(fw, 255 if value is None else int(min(max(value, 0.0), 255.0)), words)


def fan_off(fw: Firmware, words: Words) -> None:
    """M107."""
    _fan(fw, 0, words)


def _fan(fw: Firmware, speed: int, words: Words) -> None:
    if (words.number("P") or 0.0) != 0.0:
        return
    fw.set_fan(speed)
    if fw.dialect.reports_fan:
        fw.say(f"M106 P0 S{speed}")


def cold_extrusion(fw: Firmware, words: Words) -> None:
    """M302."""
    limit, allow = words.number("S"), words.number("P")
    if limit is not None:
        fw.cold_limit_c = limit
        fw.cold_allowed = limit == 0.0
    if allow is not None:
        fw.cold_allowed = allow > 0 or fw.cold_limit_c == 0.0
    if limit is None and allow is None:
        state = "enabled" if fw.cold_allowed else "disabled"
        fw.say(f"echo:Cold extrudes are {state} (min temp {fw.cold_limit_c:.0f}C)")


COMMANDS: dict[str, Handler] = {
    "M104": hotend_target,
    "M105": report,
    "M106": fan_on,
    "M107": fan_off,
    "M109": wait_hotend,
    "M140": bed_target,
    "M155": report_every,
    "M190": wait_bed,
    "M302": cold_extrusion,
}
