"""The seeded choice of a model's dimensions."""

from __future__ import annotations

import random
import zlib


class Vary:
    """Dimensions of one variant; seed 0 takes the middle of every range.

    The same name and seed give the same model on every machine: sizes are rounded to 1 µm.
    """

    def __init__(self, name: str, seed: int) -> None:
        self._choice = None if seed == 0 else random.Random(zlib.crc32(f"{name}/{seed}".encode()))

    def __call__(self, low: float, high: float) -> float:
        """A length or a factor between both."""
        share = 0.5 if self._choice is None else self._choice.random()
        return round(low + (high - low) * share, 3)
