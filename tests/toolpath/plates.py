"""Two blocks on one plate, made from the honest block. Holds no tests."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import numpy as np

from .parts import box, honest, layer_change, line_of

AWAY = 24.0
PLACE = re.compile(rb"G1 X([\d.]+) Y([\d.]+)(.*)")
Change = Callable[[float, float], tuple[float, float]]


def as_it_is(x: float, y: float) -> tuple[float, float]:
    """Nothing moved."""
    return x, y


@cache
def two_blocks(change: Change = as_it_is) -> bytes:
    """The honest block, and in each layer the same again beside it, with ``change`` applied."""
    lines = honest().split(b"\n")
    marks = [layer_change(layer) - 1 for layer in range(25)]
    end = line_of("M107", marks[-1] + 1) - 1
    found = lines[: marks[0]]
    for first, last in zip(marks, [*marks[1:], end], strict=True):
        layer = lines[first:last]
        start = next(n for n, line in enumerate(layer) if line.startswith(b"G1 E-"))
        # The fan of the next layer, and the last pull-back, come after both.
        stop = max(n for n, line in enumerate(layer) if PLACE.fullmatch(line)) + 1
        found += [*layer[:stop], *(_other(line, change) for line in layer[start:])]
    return b"\n".join([*found, *lines[end:]])


def _other(line: bytes, change: Change) -> bytes:
    match = PLACE.fullmatch(line)
    if match is None:
        return line
    x, y = change(float(match[1]) + AWAY, float(match[2]))
    return b"G1 X%.3f Y%.3f%s" % (x, y, match[3])


def plate() -> np.ndarray:
    """Triangles of both."""
    return np.concatenate([box(), box() + np.array([AWAY, 0, 0])])
