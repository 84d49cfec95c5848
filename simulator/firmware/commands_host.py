"""Commands for the dialogue itself: identity, numbers, reports, prompts, job timer."""

from __future__ import annotations

from .board import Steps
from .core import Firmware, Handler
from .job import duration
from .words import Words

_POWER_OFF_S = 1.0
_DEBUG = ("ECHO", "INFO", "ERRORS", "DRYRUN", "COMMUNICATION", "LEVELING")


def quiet(fw: Firmware, words: Words) -> None:
    """A command that is known, changes nothing here and answers with ok alone."""


def stop_and_ask(fw: Firmware, words: Words) -> Steps:
    """M0, M1: waits for M108 or M876."""
    yield from fw.until_still()
    text = words.rest or f"{words.code} Stop"
    if words.rest:
        fw.say(f"echo:{text}", "\r\n")
    fw.prompt(text, "Continue")
    yield from fw.wait_for_user()


def print_time(fw: Firmware, words: Words) -> None:
    """M31."""
    text = duration(fw.job.seconds(fw.now))
    fw.notify(text)
    fw.say(f"echo:Print time: {text}")


def job_start(fw: Firmware, words: Words) -> None:
    """M75."""
    fw.job.start(fw.now)
    fw.filament_changed()


def job_pause(fw: Firmware, words: Words) -> None:
    """M76."""
    fw.job.pause(fw.now)
    fw.say("//action:pause")


def job_stop(fw: Firmware, words: Words) -> None:
    """M77."""
    fw.job.stop(fw.now, finished=True)


def statistics(fw: Firmware, words: Words) -> None:
    """M78."""
    s = fw.job.statistics
    total, longest = duration(s.total_s), duration(s.longest_s)
    fw.say(f"Stats: Prints: {s.prints}, Finished: {s.finished}, Failed: {fw.job.failed()}")
    fw.say(f"Stats: Total time: {total}, Longest job: {longest}")
    fw.say(f"Stats: Filament used: {s.filament_mm / 1000.0:.2f}m")


def power_off(fw: Firmware, words: Words) -> Steps:
    """M81 on a board without a power switch."""
    fw.disable_heaters()
    fw.fans_off()
    yield from fw.until_still()
    end = fw.now + _POWER_OFF_S
    while fw.now < end:
        yield end
    fw.notify(f"{fw.printer.machine_type} OFF.")


def debug(fw: Firmware, words: Words) -> None:
    """M111: kept and shown, followed in nothing."""
    value = words.number("S")
    if value is not None:
        fw.debug_flags = int(value) & 0xFF
    on = [name for bit, name in enumerate(_DEBUG) if fw.debug_flags >> bit & 1]
    fw.say(f"echo:DEBUG:{','.join(on) or 'off'}")


def baud(fw: Firmware, words: Words) -> None:
    """M575: answered; the wire keeps its rate."""
    value = words.number("B")
    if value is not None:
        fw.say(f"echo: Serial 0 baud rate set to {int(value)}")


def inactivity(fw: Firmware, words: Words) -> None:
    """M85."""
    value = words.number("S")
    if value is not None:
        fw.inactive_s = max(value, 0.0)


def set_line(fw: Firmware, words: Words) -> None:
    """M110."""
    value = words.number("N")
    if value is not None:
        fw.receiver.last_number = int(value)
    elif fw.dialect.reports_line_number:
        fw.say(f"Line: {fw.receiver.last_number}")


def keepalive(fw: Firmware, words: Words) -> None:
    """M113."""
    value = words.number("S")
    if value is None:
        fw.say(f"echo:M113 S{fw.busy_s:.0f}")
    else:
        fw.busy_s = min(max(value, 0.0), 60.0)


def where(fw: Firmware, words: Words) -> Steps:
    """M114: the planned end, not where the head is; with D in detail, once all stands still."""
    if words.seen("D"):
        yield from fw.until_still()
    fw.say(fw.position_text())
    if words.seen("D"):
        for line in _position_in_detail(fw):
            fw.say(line)


def _position_in_detail(fw: Firmware) -> list[str]:
    at, steps = fw.position, fw.settings.steps
    logical = " ".join(f"{'XYZ'[axis]}: {at[axis] + fw.shift[axis]:.3f}" for axis in range(3))
    raw = " ".join(f"{'XYZ'[axis]}: {at[axis]:.3f}" for axis in range(3))
    motors = " ".join(f"{'XYZE'[axis]}:{round(at[axis] * steps[axis])}" for axis in range(4))
    stepped = " ".join(f"{'XYZE'[axis]}: {at[axis]:.3f}" for axis in range(4))
    none = " ".join(f"{axis}: 0.000" for axis in "XYZE")
    return [
        "",
        f"Logical: {logical}",
        f"Raw:     {raw}",
        f"Stepper: {motors}",
        f"FromStp: {stepped}",
        f"Diff:    {none}",
    ]


def identity(fw: Firmware, words: Words) -> None:
    """M115."""
    p, d = fw.printer, fw.dialect
    fw.say(d.identity.format(machine_type=p.machine_type, uuid=p.uuid))
    for capability in d.capabilities:
        fw.say(f"Cap:{capability}")
    size = "x:{:.2f},y:{:.2f},z:{:.2f}".format(*p.size_mm)
    box = "{min:{x:0.00,y:0.00,z:0.00},max:{" + size + "}}"
    fw.say(f"area:{{full:{box},work:{box}}}")


def echo(fw: Firmware, words: Words) -> None:
    """M118: with A1 as a host action, with E1 as an echo."""
    rest, lead = words.rest, ""
    while rest[:1] in ("A", "E", "P") and rest[1:2].isdigit():
        if rest[:2] == "A1":
            lead += "//"
        elif rest[:2] == "E1":
            lead += "echo:"
        rest = rest[2:].lstrip(" ")
    fw.say(lead + rest, "\r\n")


def endstops(fw: Firmware, words: Words) -> None:
    """M119."""
    fw.say("Reporting endstop status")
    for axis, name in enumerate("xyz"):
        closed = fw.plant.endstop_closed(axis)
        fw.say(f"{name}_min: {'TRIGGERED' if closed else 'open'}")
    if fw.dialect.able("RUNOUT"):
        # The switch is closed as long as there is filament.
        fw.say(f"filament: {'TRIGGERED' if fw.plant.filament_present else 'open'}")


def position_every(fw: Firmware, words: Words) -> None:
    """M154."""
    value = words.number("S")
    if value is None:
        return
    fw.position_report_s = float(min(max(int(value), 0), 60))
    seconds = fw.position_report_s
    fw.next_position_report = fw.now + seconds if seconds else float("inf")


def tool(fw: Firmware, words: Words) -> None:
    """T0 is the only tool."""
    if words.code != "T0" and fw.dialect.names_wrong_tool:
        fw.say(f"echo:{words.code} Invalid extruder")


# Units, display, objects, and codes that the emergency parser has done.
_QUIET = (
    *("M29", "M73", "M108", "M112", "M117", "M120", "M121", "M410", "M486"),
    *("M524", "M876"),
)

COMMANDS: dict[str, Handler] = {
    "M0": stop_and_ask,
    "M1": stop_and_ask,
    "M31": print_time,
    "M75": job_start,
    "M76": job_pause,
    "M77": job_stop,
    "M78": statistics,
    "M81": power_off,
    "M85": inactivity,
    "M110": set_line,
    "M111": debug,
    "M113": keepalive,
    "M114": where,
    "M115": identity,
    "M118": echo,
    "M119": endstops,
    "M154": position_every,
    "M575": baud,
    **{f"T{number}": tool for number in range(8)},
    **dict.fromkeys(_QUIET, quiet),
}
