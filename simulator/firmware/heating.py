"""Control and protection of one heater, fed with readings at a fixed beat. Touches no plant.

Control is a PID bounded to 0..255 that is fully on or off outside 10 K of the target.
Protections: *watch* (the reading must rise while heating up), *runaway* (once the target was
reached it must stay near it), MINTEMP and MAXTEMP. Their periods come from the dialect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..data import HeaterData, Protection

_FUNCTIONAL_K = 10.0
_INTEGRAL_K = 3.0
_FULL = 255.0


@dataclass(frozen=True)
class HeatFault:
    """The two wordings of one protection: on the wire, and on the display."""

    wire: str
    display: str


HEATING_FAILED = HeatFault("Heating failed", "Heating Failed")
RUNAWAY = HeatFault("Thermal Runaway", "THERMAL RUNAWAY")
MAXTEMP = HeatFault("MAXTEMP triggered", "Err: MAXTEMP")
MINTEMP = HeatFault("MINTEMP triggered", "Err: MINTEMP")


class HeaterControl:
    """Target, reading and duty of one heater (Celsius, 0..255)."""

    def __init__(
        self,
        heater_id: str,
        data: HeaterData,
        limits: Protection,
        first: float,
        *,
        starts_holding: bool = True,
    ) -> None:
        """``heater_id`` as the firmware names it in its errors (``E0``, ``bed``).

        ``starts_holding``: the integral begins at the power that holds the target, so a heat-up is
        short. The recorded firmware begins at nothing and adds up within 10 K of the target.
        """
        self._starts_holding = starts_holding
        self.heater_id = heater_id
        self.data = data
        self.limits = limits
        self.target = 0.0
        self.reading = first
        self.output = 0.0
        self.forced: float | None = None
        self.clamp_c: float | None = None
        self._integral = 0.0
        self._slope = 0.0
        self._watch_at: float | None = None
        self._watch_c = 0.0
        self._stable_target: float | None = None
        self._reached = False
        self._near_until = 0.0

    @property
    def power(self) -> int:
        """As reported after ``@:``, 0..127."""
        return int(self.output) >> 1

    def clamp(self, target: float) -> float:
        """The target the firmware really takes."""
        highest = self.data.max_c - self.data.clamp_below_max_k
        return min(target, highest if self.clamp_c is None else min(highest, self.clamp_c))

    def set_target(self, target: float, now: float) -> None:
        """Take a target, clamped without a word."""
        self.target = self.clamp(target)
        self._restart_watch(now)

    def _restart_watch(self, now: float) -> None:
        rise = self.reading + self.limits.watch_rise_k
        self._watch_at = None
        if self.target > 0 and rise < self.target - self.limits.hysteresis_k - 1.0:
            self._watch_c = rise
            self._watch_at = now + self.limits.watch_s

    def tick(
        self, reading: float, now: float, seconds: float, pid: Sequence[float]
    ) -> HeatFault | None:
        """Take one reading, set the output; the protection that acted, if one did."""
        slope = (reading - self.reading) / seconds if seconds > 0 else 0.0
        self._slope += (slope - self._slope) * min(1.0, seconds / 2.0)
        self.reading = reading
        if reading >= self.data.max_c:
            return MAXTEMP
        if self.target > 0 and reading < self.data.min_c:
            return MINTEMP
        fault = self._watch(now) or self._runaway(now)
        self._control(seconds, pid)
        return fault

    def _watch(self, now: float) -> HeatFault | None:
        if self._watch_at is None or now < self._watch_at:
            return None
        if self.reading < self._watch_c:
            return HEATING_FAILED
        self._restart_watch(now)
        return None

    def _runaway(self, now: float) -> HeatFault | None:
        if self.target <= 0:
            self._stable_target = None
            return None
        if self._stable_target != self.target:
            self._stable_target = self.target
            self._reached = False
        if not self._reached:
            if self.reading < self.target:
                return None
            self._reached = True
            self._near_until = now + self.limits.period_s
        if self.reading >= self.target - self.limits.hysteresis_k:
            self._near_until = now + self.limits.period_s
        elif now >= self._near_until:
            return RUNAWAY
        return None

    def _control(self, seconds: float, pid: Sequence[float]) -> None:
        error = self.target - self.reading
        if self.forced is not None:
            self.output = self.forced
        elif self.target <= 0 or error < -_FUNCTIONAL_K:
            self.output = self._integral = 0.0
        elif error > _FUNCTIONAL_K:
            self.output = _FULL
            self._integral = self._holding() if self._starts_holding else 0.0
        else:
            kp, ki, kd = pid
            reach = _INTEGRAL_K if self._starts_holding else _FUNCTIONAL_K
            wanted = kp * error + self._integral - kd * self._slope
            if 0.0 < wanted < _FULL and abs(error) < reach:
                self._integral += ki * error * seconds
            self.output = min(max(kp * error + self._integral - kd * self._slope, 0.0), _FULL)

    def _holding(self) -> float:
        """Output that would hold the target: where the integral starts, so heat-up is short."""
        loss = self.data.loss_w_per_k * max(self.target - 22.0, 0.0)
        return min(_FULL * loss / self.data.power_w, _FULL)

    def off(self) -> None:
        """No target, no power."""
        self.target = self.output = 0.0
        self.forced = None
        self._watch_at = None
        self._stable_target = None
