"""What one command does to a printer: the slow, plain reference. Judges nothing.

What a printer would have to remember from before line 1 is :data:`UNKNOWN` until the job sets it.
:mod:`.trace` gives the same for many moves at once, and leaves everything rare to this file.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .grammar import Command

UNKNOWN = -(2**60)


@dataclass(kw_only=True)
class Machine:
    """State that a printer keeps between lines, in 1e-5 units; :data:`UNKNOWN` until set.

    ``waited_nozzle`` and ``waited_bed`` are the targets last waited for; ``cold_extrusion`` says
    that filament was pushed before any wait for the nozzle.
    """

    position: list[int] = field(default_factory=lambda: [UNKNOWN, UNKNOWN, UNKNOWN])
    extruder: int = UNKNOWN
    feed: int = UNKNOWN
    absolute: bool | None = None
    absolute_extrusion: bool | None = None
    millimetres: bool = False
    feed_percent: int = UNKNOWN
    flow_percent: int = UNKNOWN
    nozzle: int = UNKNOWN
    bed: int = UNKNOWN
    waited_nozzle: int = UNKNOWN
    waited_bed: int = UNKNOWN
    fan: int = UNKNOWN
    cold_extrusion: bool = False


MOVES = ("G0", "G1")


def step(command: Command, machine: Machine) -> tuple[int, ...] | None:
    """Put one command into ``machine``; for a move the row of a trace without its index.

    Begin and end (3 each), filament, feed, whether X or Y, Z, E are named, nozzle, bed, fan.
    """
    if command.word in MOVES:
        return _move(command, machine)
    apply(command, machine)
    return None


def _move(command: Command, machine: Machine) -> tuple[int, ...]:
    begin = tuple(machine.position)
    planar = vertical = feeding = False
    filament = 0
    for letter, value in command.values:
        if value is None:
            continue
        if letter == "E":
            feeding = True
            filament = _extrude(value, machine)
        elif letter == "F":
            machine.feed = value
        elif letter in "XYZ":
            axis = "XYZ".index(letter)
            vertical, planar = vertical or axis == 2, planar or axis != 2
            _step(axis, value, machine)
    return (
        *begin,
        *machine.position,
        filament,
        machine.feed,
        planar,
        vertical,
        feeding,
        machine.nozzle,
        machine.bed,
        machine.fan,
    )


def _step(axis: int, value: int, machine: Machine) -> None:
    """Relative from an unknown place stays unknown; modes never set count as absolute."""
    if machine.absolute is not False:
        machine.position[axis] = value
    elif machine.position[axis] != UNKNOWN:
        machine.position[axis] += value


def _extrude(value: int, machine: Machine) -> int:
    """Filament moved, 1e-5 mm. From an unknown absolute E the whole value counts."""
    moved = value
    if machine.absolute_extrusion:
        moved = value - machine.extruder if machine.extruder != UNKNOWN else value
        machine.extruder = value
    if moved > 0 and machine.waited_nozzle == UNKNOWN:
        machine.cold_extrusion = True
    return moved


def apply(command: Command, machine: Machine) -> None:
    """Put a command that is no move into ``machine``."""
    word = command.word
    if word in _SWITCHES:
        name, switch = _SWITCHES[word]
        setattr(machine, name, switch)
    elif word in _VALUES:
        value = command.get("S")
        for name in _VALUES[word]:
            setattr(machine, name, UNKNOWN if value is None else value)
    elif word == "M107":
        machine.fan = 0
    elif word == "G28":
        _home(command, machine)
    elif word == "G92":
        _redefine(command, machine)


_SWITCHES = {
    "G20": ("millimetres", False),
    "G21": ("millimetres", True),
    "G90": ("absolute", True),
    "G91": ("absolute", False),
    "M82": ("absolute_extrusion", True),
    "M83": ("absolute_extrusion", False),
}
_VALUES = {
    "M104": ("nozzle",),
    "M109": ("nozzle", "waited_nozzle"),
    "M140": ("bed",),
    "M190": ("bed", "waited_bed"),
    "M106": ("fan",),
    "M220": ("feed_percent",),
    "M221": ("flow_percent",),
}


def _home(command: Command, machine: Machine) -> None:
    """Where homing ends depends on the printer: unknown to the job."""
    named = [letter for letter, _ in command.values] or ["X", "Y", "Z"]
    for letter in named:
        if letter in "XYZ":
            machine.position["XYZ".index(letter)] = UNKNOWN


def _redefine(command: Command, machine: Machine) -> None:
    for letter, value in command.values:
        if value is None:
            continue
        if letter == "E":
            machine.extruder = value
        elif letter in "XYZ":
            machine.position["XYZ".index(letter)] = value
