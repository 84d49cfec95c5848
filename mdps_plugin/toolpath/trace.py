"""What each move of a job does: a plain fold over commands, giving columns. Judges nothing.

Positions and filament are int64 in 1e-5 mm, so that every sum and difference is exact. What a
printer would have to remember from before line 1 is :data:`UNKNOWN` until the job sets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from .grammar import Command

Ints: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]

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


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace:
    """One row per G0 or G1, in order.

    ``index``: canonical line. ``begin``, ``end``: (n, 3), 1e-5 mm. ``filament``: 1e-5 mm, negative
    when pulled back. ``feed``: 1e-5 mm/min. ``planar``, ``vertical``, ``feeding``: the line names X
    or Y, Z, E. ``nozzle``, ``bed``, ``fan``: in force during the move, 1e-5 °C and 1e-5 of 255.
    """

    index: Ints
    begin: Ints
    end: Ints
    filament: Ints
    feed: Ints
    planar: Flags
    vertical: Flags
    feeding: Flags
    nozzle: Ints
    bed: Ints
    fan: Ints

    @property
    def extruding(self) -> Flags:
        """Moves in the plane that name E and do not pull back, E0 included."""
        return self.planar & self.feeding & (self.filament >= 0)

    def length_mm(self) -> npt.NDArray[np.float64]:
        """Length of the path in space, 0 where the beginning is not known."""
        known = (self.begin != UNKNOWN) & (self.end != UNKNOWN)
        step = np.where(known, self.end - self.begin, 0).astype(np.float64) / 1e5
        return np.asarray(np.sqrt((step * step).sum(axis=1)))


def run(commands: Sequence[Command], first: int, stop: int, machine: Machine) -> Trace:
    """Fold lines ``first`` to ``stop`` (exclusive) into ``machine`` and give their moves."""
    rows: list[tuple[int, ...]] = []
    for index in range(first, stop):
        command = commands[index]
        if command.word in ("G1", "G0"):
            rows.append(_move(command, index, machine))
        else:
            _set(command, machine)
    table = np.array(rows, dtype=np.int64).reshape(-1, 15)
    return Trace(
        index=table[:, 0],
        begin=table[:, 1:4],
        end=table[:, 4:7],
        filament=table[:, 7],
        feed=table[:, 8],
        planar=table[:, 9].astype(np.bool_),
        vertical=table[:, 10].astype(np.bool_),
        feeding=table[:, 11].astype(np.bool_),
        nozzle=table[:, 12],
        bed=table[:, 13],
        fan=table[:, 14],
    )


def _move(command: Command, index: int, machine: Machine) -> tuple[int, ...]:
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
        index,
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


def _set(command: Command, machine: Machine) -> None:
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
