"""Commands that change, store or list settings. The values themselves are in settings.py."""

from __future__ import annotations

from collections.abc import Callable

from .core import Firmware, Handler
from .settings import CrcMismatch, listing
from .settings import load as stored
from .words import Words

_AXES = "XYZE"


def _per_axis(name: str, choose: Callable[[Firmware], list[float]]) -> Handler:
    def handler(fw: Firmware, words: Words) -> None:
        values = choose(fw)
        changed = False
        for axis, letter in enumerate(_AXES[: len(values)]):
            value = words.number(letter)
            if value is not None:
                changed = True
                values[axis] = max(value, 0.001) if name != "M206" else value
        if not changed:
            _show(fw, name)

    return handler


def _show(fw: Firmware, name: str) -> None:
    for _, line in listing(fw.settings, fw.dialect):
        if line.split(" ", 1)[0] == name:
            fw.say(f"  {line}")


def acceleration(fw: Firmware, words: Words) -> None:
    """M204."""
    both = words.number("S")
    for index, letter in enumerate("PRT"):
        value = words.number(letter)
        if value is None and both is not None and letter != "R":
            value = both
        if value is not None:
            fw.settings.accel[index] = max(value, 1.0)
    if not words.values:
        _show(fw, "M204")


def advanced(fw: Firmware, words: Words) -> None:
    """M205."""
    s = fw.settings
    s.min_segment_us = _or(words, "B", s.min_segment_us)
    s.min_feed = _or(words, "S", s.min_feed)
    s.min_travel_feed = _or(words, "T", s.min_travel_feed)
    s.deviation = min(max(_or(words, "J", s.deviation), 0.001), 0.3)
    if not words.values:
        _show(fw, "M205")


def _or(words: Words, letter: str, value: float) -> float:
    found = words.number(letter)
    return value if found is None else found


def _pid(name: str, choose: Callable[[Firmware], list[float]]) -> Handler:
    def handler(fw: Firmware, words: Words) -> None:
        values = choose(fw)
        for index, letter in enumerate("PID"):
            values[index] = _or(words, letter, values[index])
        if not words.values:
            _show(fw, name)

    return handler


def filament(fw: Firmware, words: Words) -> None:
    """M200."""
    fw.settings.filament_mm = _or(words, "D", fw.settings.filament_mm)
    fw.settings.volumetric = _or(words, "S", float(fw.settings.volumetric)) > 0
    if not words.values:
        _show(fw, "M200")


def linear_advance(fw: Firmware, words: Words) -> None:
    """M900."""
    if words.number("K") is None:
        fw.say(f"Advance K={fw.settings.linear_advance:.2f}")
    else:
        fw.settings.linear_advance = _or(words, "K", 0.0)


def power_loss(fw: Firmware, words: Words) -> None:
    """M413."""
    value = words.number("S")
    if value is not None:
        fw.settings.power_loss = value > 0
        if not fw.settings.power_loss and fw.reader.card is not None:
            fw.reader.card.checkpoint = None
    elif fw.dialect.lists_power_loss:
        _show(fw, "M413")
    else:
        fw.say(f"Power-loss recovery {'on' if fw.settings.power_loss else 'off'}")


def filament_lengths(fw: Firmware, words: Words) -> None:
    """M603."""
    fw.settings.load_mm = abs(_or(words, "L", fw.settings.load_mm))
    fw.settings.unload_mm = abs(_or(words, "U", fw.settings.unload_mm))
    if not words.values:
        _show(fw, "M603")


def filament_sensor(fw: Firmware, words: Words) -> None:
    """M412."""
    value = words.number("S")
    if value is None:
        state = "ON" if fw.settings.runout_sensor else "OFF"
        fw.say(f"echo:Filament runout {state} ; Host handling OFF")
        return
    fw.settings.runout_sensor = value > 0
    fw.ran_out = False
    fw.filament_changed()


def save(fw: Firmware, words: Words) -> None:
    """M500."""
    fw.save_settings()


def load(fw: Firmware, words: Words) -> None:
    """M501."""
    if fw.load_settings():
        show_all(fw, Words("M503", {}, "", ""))


def defaults(fw: Firmware, words: Words) -> None:
    """M502."""
    fw.default_settings()


def show_all(fw: Firmware, words: Words) -> None:
    """M503; ``S0`` leaves the headings out."""
    bare = words.number("S") == 0.0
    for heading, line in listing(fw.settings, fw.dialect):
        if bare:
            fw.say(f"  {line}")
        else:
            fw.say(f"echo:; {heading}:")
            fw.say(f"echo:  {line}")


def validate(fw: Firmware, words: Words) -> None:
    """M504: tells a mismatch and leaves everything as it is."""
    found = stored(fw.eeprom)
    if isinstance(found, CrcMismatch):
        fw.say_mismatch(found)
    else:
        fw.say("echo:EEPROM OK")


COMMANDS: dict[str, Handler] = {
    "M92": _per_axis("M92", lambda fw: fw.settings.steps),
    "M200": filament,
    "M201": _per_axis("M201", lambda fw: fw.settings.max_accel),
    "M203": _per_axis("M203", lambda fw: fw.settings.max_feed),
    "M204": acceleration,
    "M205": advanced,
    "M206": _per_axis("M206", lambda fw: fw.settings.home_offset),
    "M301": _pid("M301", lambda fw: fw.settings.hotend_pid),
    "M304": _pid("M304", lambda fw: fw.settings.bed_pid),
    "M412": filament_sensor,
    "M413": power_loss,
    "M500": save,
    "M501": load,
    "M502": defaults,
    "M503": show_all,
    "M504": validate,
    "M603": filament_lengths,
    "M900": linear_advance,
}
