"""Ranges of physical quantities and how a number with its unit is written. No conversions."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Range:
    """Closed interval of finite numbers; the unit stands in the name of the field that holds it."""

    minimum: float
    maximum: float

    def __post_init__(self) -> None:
        """Refuse an interval that could never refuse anything, or always would."""
        if not (math.isfinite(self.minimum) and math.isfinite(self.maximum)):
            raise ValueError("a range needs finite ends")
        if self.minimum > self.maximum:
            raise ValueError(f"range ends the wrong way round: {self.minimum} > {self.maximum}")

    def contains(self, value: float) -> bool:
        """True if ``value`` lies inside, ends included; false for NaN."""
        return self.minimum <= value <= self.maximum

    def to_json(self) -> dict[str, float]:
        """The form in which ranges stand in recipes and records."""
        return {"minimum": self.minimum, "maximum": self.maximum}


def number_text(value: float) -> str:
    """A number as people write it: at most four decimals, no trailing zeros, no exponent."""
    if value != value or value in (math.inf, -math.inf):
        return str(value)
    if float(value).is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


YES_NO = "1 = yes"
"""Unit of a visual characteristic: 1 is yes, 0 is no (docs/recipe-format.md)."""


def quantity_text(value: float, unit: str) -> str:
    """``231.4 mm``; percent and degrees by the same rule; ``yes`` or ``no`` for a visual one."""
    if unit == YES_NO and value in (0, 1):
        return "yes" if value else "no"
    return f"{number_text(value)} {unit}".rstrip()


def range_text(limits: Range, unit: str) -> str:
    """``40 to 180 mm``; a single value where both ends are equal."""
    if limits.minimum == limits.maximum:
        return quantity_text(limits.minimum, unit)
    return f"{number_text(limits.minimum)} to {quantity_text(limits.maximum, unit)}"
