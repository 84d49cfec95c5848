"""Runs of printed lines that follow one another without a travel, and which of them close. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .geometry import LayerLines

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# The end of a wall meets its beginning less what slicers leave open at the seam (0.15 of the
# nozzle in PrusaSlicer 2.5).
SEAM_MM = 0.15


@dataclass(frozen=True, kw_only=True, eq=False)
class Chains:
    """First and last line of each run (n,), and whether it ends where it began: a wall does."""

    first: Ints
    last: Ints
    closed: Flags

    @property
    def of_line(self) -> Ints:
        """Run of each line."""
        return np.repeat(np.arange(len(self.first)), self.last - self.first + 1)


def chains(layer: LayerLines) -> Chains:
    """The runs of one layer, in order."""
    starts = np.ones(len(layer.begin), dtype=np.bool_)
    starts[1:] = ~layer.joined[:-1]
    first = np.flatnonzero(starts)
    last = np.append(first[1:], len(starts))[: len(first)] - 1
    gap = layer.begin[first] - layer.end[last]
    closed = (np.hypot(gap[:, 0], gap[:, 1]) <= SEAM_MM) & (last > first)
    return Chains(first=first, last=last, closed=closed)
