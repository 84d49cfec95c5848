"""Ring C: which ends of PrusaSlicer lie where a line grazes what it is kept from. Pure.

Filling lines end at the outer one of two offsets of an area, 0.05 of a spacing within it, and turn
at the inner one, half a spacing within. A run may also end at the inner one
(``FillRectilinear.cpp``, ``traverse_graph_generate_polylines``): where its line would cross the
border and come back, over a bow so flat that no line beside this one meets it, the bow is left out,
and the run goes on behind it. So the straight way on from such an end leads nearer to the border,
by less than a spacing, and then away from it again. That of a line that was cut leads on, or away
at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: Beside a bow of 0.4 mm of a circle of 1 m a line of 57 mm has no other.
REACH_MM = 60.0
#: How often it is looked.
EVERY_MM = 0.1
#: Ends of one kind in a layer that are looked at; seen: 24. Of more, none grazes.
MOST_ENDS = 500
#: Places that are looked at on their ways.
MOST_LOOKS = 300_000


def grazes(
    place: Floats,
    ahead: Floats,
    least_mm: float,
    back_mm: float,
    away: Callable[[Floats], Floats],
    most_looks: int = MOST_LOOKS,
) -> Flags:
    """Which of these ends (n, 2) graze; ``ahead`` (n, 2): where their lines would go on, unit.

    ``away``: of places, how far they lie from what is grazed; no nearer than ``least_mm`` on the
    way on before it is ``back_mm`` again. ``most_looks``: of places; ends that were not followed to
    their end by then graze nothing.
    """
    found, nearing = np.zeros((2, len(place)), dtype=np.bool_)
    if not 0 < len(place) <= MOST_ENDS:
        return found
    before = away(place)
    left, looks = np.arange(len(place)), len(place)
    for step in range(1, round(REACH_MM / EVERY_MM) + 1):
        looks += len(left)
        if len(left) == 0 or looks > most_looks:
            return found
        here = away(place[left] + step * EVERY_MM * ahead[left])
        if step == 1:
            nearing = here < before
        back = (here > before) & (here >= back_mm)
        found[left[back & nearing[left]]] = True
        going = nearing[left] & (here >= least_mm) & ~back
        left, before = left[going], here[going]
    found[left] = True
    return found
