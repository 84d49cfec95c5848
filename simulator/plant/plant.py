"""The whole machine over virtual time: heaters, axes, filament, power. Takes no G-code.

Firmware acts on it only by duties, fan and motor motion, and learns of it only by sensors and
end-stops. All that a test may hold against the firmware's own reports is here.
"""

from __future__ import annotations

import copy
import hashlib
import random
from collections.abc import Callable

from ..data import Printer
from .heater import Heater

Point = tuple[float, float, float]

_LONGEST_STEP_S = 2.0
_LAYER_MM = 0.01
_SWITCH_MM = 0.01
_EDGE_MM = 1e-6
_LOOSE = 0.02


class Plant:
    """True state of one printer; lengths in millimetres, temperatures in Celsius.

    ``laid``, if set, is told of each small way on which plastic came out: from, to, filament in mm.
    """

    def __init__(self, printer: Printer, rng: random.Random) -> None:
        """Cold, powered, head standing somewhere that no firmware knows."""
        self.printer = printer
        self.rng = rng
        self.time = 0.0
        self.powered = True
        self.fan = 0.0
        self.heaters = {
            "hotend": Heater(printer.hotend, printer.ambient_c),
            "bed": Heater(printer.bed, printer.ambient_c),
        }
        self.position = list(printer.start_position_mm)
        self.stuck_endstops: dict[int, bool] = {}
        self.dead_motors: set[int] = set()
        self.loose_belts: set[int] = set()
        self.fan_dead = False
        self.filament_present = True
        self.slip = 0.0
        self.lost_mm = 0.0
        self.filament_mm = 0.0
        self.filament_high_mm = 0.0
        self.deposited_mm = 0.0
        self.cold_mm = 0.0
        self.extruding_moves = 0
        self.top_layer_z = -1.0
        self.layers = 0
        self.laid: Callable[[Point, Point, float], None] | None = None
        self._digest = hashlib.sha256()

    def advance(self, now: float) -> None:
        """Let time pass until ``now`` (virtual seconds)."""
        while self.time < now:
            step = min(_LONGEST_STEP_S, now - self.time)
            for heater in self.heaters.values():
                heater.advance(step, 0.0 if self.fan_dead else self.fan, self.powered)
            self.time = now if step < _LONGEST_STEP_S else self.time + step

    def read(self, heater: str) -> float:
        """Sensor reading of ``hotend`` or ``bed`` (Celsius)."""
        return self.heaters[heater].read(self.rng)

    def set_duty(self, heater: str, duty: float) -> None:
        """What the firmware asks of a heater's switch, 0 to 1."""
        self.heaters[heater].duty = duty

    def move(self, delta: tuple[float, float, float, float]) -> None:
        """Turn the motors by ``delta`` (X, Y, Z, E); the frame stops what goes beyond it."""
        if not self.powered:
            return
        before = self.deposited_mm
        x, y, z = self.position
        for axis in range(3):
            if delta[axis] != 0.0:
                self._shift(axis, delta[axis], delta[axis] * self._grip(axis))
        self._feed(delta[3] * (1.0 - self.slip))
        if self.laid is not None and self.deposited_mm > before:
            end = (self.position[0], self.position[1], self.position[2])
            self.laid((x, y, z), end, self.deposited_mm - before)

    def _grip(self, axis: int) -> float:
        """Part of the motor's way that the axis follows."""
        if axis in self.dead_motors:
            return 0.0
        return 1.0 - _LOOSE if axis in self.loose_belts else 1.0

    def _shift(self, axis: int, asked: float, followed: float) -> None:
        before = self.position[axis]
        self.position[axis] = min(max(before + followed, -0.5), self.printer.size_mm[axis] + 5.0)
        self.lost_mm += abs(asked - (self.position[axis] - before))

    def push(self, axis: int, way_mm: float) -> None:
        """Move an axis without its motor knowing: a knock, or a hand at the panel."""
        self._shift(axis, way_mm, way_mm)

    def beside(self, now: float, delta: tuple[float, float, float, float]) -> Plant:
        """This plant as it is at ``now``, a piece of motion further; nothing here changes."""
        other = copy.copy(self)
        other.heaters = {name: copy.copy(heater) for name, heater in self.heaters.items()}
        other.position = list(self.position)
        other.laid = None
        other.advance(now)
        other.move(delta)
        return other

    def _feed(self, e_mm: float) -> None:
        if e_mm == 0.0 or not self.filament_present:
            return
        if e_mm > 0.0 and self.heaters["hotend"].true_c < self.printer.melt_c:
            self.cold_mm += e_mm
            return
        self.filament_mm += e_mm
        if self.filament_mm > self.filament_high_mm:
            self.deposited_mm += self.filament_mm - self.filament_high_mm
            self.filament_high_mm = self.filament_mm

    def finish_move(self, delta: tuple[float, float, float, float]) -> None:
        """A whole move has ended: count and digest it if it laid plastic along a path."""
        if not self.powered or delta[3] <= 0.0 or (delta[0] == 0.0 and delta[1] == 0.0):
            return
        self.extruding_moves += 1
        # Coordinates with three places stand on the edge of two: how time was cut must not decide.
        x, y, z = (value + _EDGE_MM for value in self.position)
        self._digest.update(f"{x:.2f} {y:.2f} {z:.2f} {delta[3]:.4f}\n".encode())
        if z > self.top_layer_z + _LAYER_MM:
            self.top_layer_z = z
            self.layers += 1

    def extruding_sha256(self) -> str:
        """Digest over ``x y z e`` of the extruding moves so far, one line each."""
        return self._digest.hexdigest()

    def endstop_closed(self, axis: int) -> bool:
        """Switch of axis 0 to 2 as the firmware sees it."""
        stuck = self.stuck_endstops.get(axis)
        return self.position[axis] <= _SWITCH_MM if stuck is None else stuck

    def way_to_endstop(self, axis: int, reach_mm: float) -> float | None:
        """How far the axis travels down until its switch closes; None if not within the reach."""
        stuck = self.stuck_endstops.get(axis)
        if stuck is None:
            way = max(self.position[axis], 0.0)
            if way > 0.0 and axis in self.dead_motors:
                return None
            way = way / self._grip(axis) if way > 0.0 else 0.0
            return way if way <= reach_mm else None
        return 0.0 if stuck else None
