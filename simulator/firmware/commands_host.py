"""Commands for the dialogue itself: identity, numbers, reports, card, prompts, job timer."""

from __future__ import annotations

from .board import Steps
from .core import Firmware, Handler
from .words import Words


def quiet(fw: Firmware, words: Words) -> None:
    """A command that is known, changes nothing here and answers with ok alone."""


def stop_and_ask(fw: Firmware, words: Words) -> Steps:
    """M0, M1: waits for M108 or M876."""
    yield from fw.until_still()
    text = words.rest or f"{words.code} Stop"
    if words.rest:
        fw.say(f"echo:{text}", "\r\n")
    fw.say("//action:prompt_end")
    fw.say(f"//action:prompt_begin {text}")
    fw.say("//action:prompt_button Continue")
    fw.say("//action:prompt_show")
    fw.user_waited_for = True
    while fw.user_waited_for:
        yield fw.now + 60.0


def list_files(fw: Firmware, words: Words) -> None:
    """M20, M21 … without a card."""
    fw.say("echo:No media")


def open_file(fw: Firmware, words: Words) -> None:
    """M23, M28: there is no card to open a file on."""
    fw.say(f"open failed, File: {words.rest.upper()}.")


def card_progress(fw: Firmware, words: Words) -> None:
    """M27."""
    fw.say("Not SD printing")


def print_time(fw: Firmware, words: Words) -> None:
    """M31."""
    seconds = 0 if fw.job_started_at is None else int(fw.now - fw.job_started_at)
    fw.notify(f"{seconds}s")
    fw.say(f"echo:Print time: {seconds}s")


def job_start(fw: Firmware, words: Words) -> None:
    """M75."""
    fw.job_started_at = fw.now


def job_pause(fw: Firmware, words: Words) -> None:
    """M76."""
    fw.say("//action:pause")


def job_stop(fw: Firmware, words: Words) -> None:
    """M77."""
    fw.job_started_at = None


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
    """M114: the planned end, not where the head is."""
    if words.seen("D"):
        yield from fw.until_still()
    fw.say(fw.position_text())


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


# Units, a card that is not there, display, and codes that the emergency parser has done.
_QUIET = (
    *("G21", "M22", "M24", "M25", "M26", "M29", "M30"),
    *("M73", "M108", "M112", "M117", "M120", "M121", "M410", "M876"),
)

COMMANDS: dict[str, Handler] = {
    "M0": stop_and_ask,
    "M1": stop_and_ask,
    "M20": list_files,
    "M21": list_files,
    "M23": open_file,
    "M27": card_progress,
    "M28": open_file,
    "M31": print_time,
    "M75": job_start,
    "M76": job_pause,
    "M77": job_stop,
    "M85": inactivity,
    "M110": set_line,
    "M113": keepalive,
    "M114": where,
    "M115": identity,
    "M118": echo,
    "M119": endstops,
    "M154": position_every,
    **{f"T{number}": tool for number in range(8)},
    **dict.fromkeys(_QUIET, quiet),
}
