"""One heater with its sensor: first-order heat balance. Does not control anything.

Heat balance of a body of one temperature (Newton's law of cooling)::

    C dT/dt = duty * P - k (T - T_ambient)

The sensor follows with a first-order lag. Both are solved exactly over each step, so the length
of a step does not change the outcome while the duty stays the same.
"""

from __future__ import annotations

import math
import random

from ..data import HeaterData

OPEN_SENSOR_C = -15.0
SHORT_SENSOR_C = 480.0
_NOISE_K = 0.1


class Heater:
    """True temperature, sensor temperature (Celsius) and the faults of one heater."""

    def __init__(self, data: HeaterData, ambient_c: float) -> None:
        """Cold: everything at ``ambient_c``."""
        self.data = data
        self.ambient_c = ambient_c
        self.true_c = ambient_c
        self.sensor_c = ambient_c
        self.duty = 0.0
        self.dead = False
        self.stuck_on = False
        self.strength = 1.0
        self.stuck_at_c: float | None = None
        self.ceiling_c: float | None = None
        self.sensor_offset_k = 0.0
        self.sensor_state = "good"

    def effective_duty(self, powered: bool) -> float:
        """Part of full power that really flows (0 to 1), faults included."""
        if not powered or self.dead:
            return 0.0
        if self.stuck_on:
            return 1.0
        if self.ceiling_c is not None and self.true_c >= self.ceiling_c:
            return 0.0
        return self.duty

    def advance(self, seconds: float, fan: float, powered: bool) -> None:
        """Let ``seconds`` pass; ``fan`` is 0 to 1."""
        loss = self.data.loss_w_per_k + self.data.fan_loss_w_per_k * fan
        power = self.data.power_w * self.strength * self.effective_duty(powered)
        settled = self.ambient_c + power / loss
        body_rate = loss / self.data.capacity_j_per_k
        sensor_rate = 1.0 / self.data.sensor_lag_s
        if math.isclose(body_rate, sensor_rate, rel_tol=1e-6):
            sensor_rate *= 1.00001
        away = self.true_c - settled
        # The sensor follows an exponential, so it is the sum of two.
        driven = away * sensor_rate / (sensor_rate - body_rate)
        own = self.sensor_c - settled - driven
        slow, quick = math.exp(-body_rate * seconds), math.exp(-sensor_rate * seconds)
        self.true_c = settled + away * slow
        self.sensor_c = settled + driven * slow + own * quick

    def read(self, rng: random.Random) -> float:
        """What the firmware's converter gives, noise and sensor faults included (Celsius)."""
        if self.sensor_state == "open":
            return OPEN_SENSOR_C
        if self.sensor_state == "short":
            return SHORT_SENSOR_C
        if self.stuck_at_c is not None:
            return self.stuck_at_c
        return self.sensor_c + self.sensor_offset_k + rng.uniform(-_NOISE_K, _NOISE_K)
