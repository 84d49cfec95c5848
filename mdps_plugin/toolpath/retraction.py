"""Filament at rest: pulled back and given again, exactly as signed. Pure.

Pulling back and giving alternate, each by the signed length at its signed speed; nothing is
printed in between. A recipe with length 0 allows no filament to move at rest.
"""

from __future__ import annotations

import numpy as np

from ..findings import Finding, Where
from ..recipes.document import ProcessWindow
from .codes_window import (
    EXTRUDES_RETRACTED,
    RETRACTION_LENGTH,
    RETRACTION_ORDER,
    RETRACTION_SPEED,
    RETRACTS_MOVING,
)
from .collect import Collector
from .grammar import SCALE
from .layers import Layers
from .reader import Job
from .trace import Flags, Trace

# In absolute mode a length is the difference of two numbers rounded to 1e-5 mm each.
ABSOLUTE_TOLERANCE = 2
SPEED_TOLERANCE = 100  # 0.001 mm/min: PrusaSlicer writes F with three decimals.


def check_retractions(
    trace: Trace,
    layers: Layers,
    window: ProcessWindow,
    job: Job,
    found: Collector,
    pulled_back: bool = False,
) -> bool:
    """Length, order and speed of every E without X and Y; printing only with filament given.

    ``pulled_back``: whether filament is pulled back before the first move. Gives the same for
    after the last, so that a job may be checked in parts.
    """

    def where(row: int) -> Where:
        return Where(line=job.lines[int(trace.index[row])], layer=int(layers.of_move[row]))

    rule = window.retraction
    length = round(rule.length_mm * SCALE)
    tolerance = 0 if window.relative_extrusion else ABSOLUTE_TOLERANCE
    at_rest = trace.feeding & ~trace.planar & (trace.filament != 0)
    resting = np.flatnonzero(at_rest)
    moved = trace.filament[resting]
    found.add_each(
        resting[np.abs(np.abs(moved) - length) > tolerance],
        lambda row: Finding(
            kind=RETRACTION_LENGTH,
            where=where(row),
            measured=round(int(trace.filament[row]) / SCALE, 5),
            limit=f"{rule.length_mm:g} mm back, the same again",
            unit="mm",
        ),
    )
    back = moved < 0
    back_before = np.concatenate(([pulled_back], back[:-1]))[: len(back)]
    found.add_each(
        resting[back == back_before],
        lambda row: Finding(
            kind=RETRACTION_ORDER,
            where=where(row),
            measured=round(int(trace.filament[row]) / SCALE, 5),
            unit="mm",
        ),
    )
    speed = np.where(back, rule.speed_mm_s, rule.deretract_speed_mm_s)
    wanted = np.round(speed * 60 * SCALE).astype(np.int64)
    off = np.abs(trace.feed[resting] - wanted) > SPEED_TOLERANCE
    found.add_each(
        np.flatnonzero(off),
        lambda place: Finding(
            kind=RETRACTION_SPEED,
            where=where(int(resting[place])),
            measured=round(int(trace.feed[resting[place]]) / SCALE / 60, 3),
            limit=float(speed[place]),
            unit="mm/s",
        ),
    )
    pulled = np.concatenate(([pulled_back], back))
    _check_printing(pulled[np.cumsum(at_rest)], trace, layers, job, found)
    return bool(pulled[-1])


def _check_printing(
    pulled_back: Flags, trace: Trace, layers: Layers, job: Job, found: Collector
) -> None:
    def where(row: int) -> Where:
        return Where(line=job.lines[int(trace.index[row])], layer=int(layers.of_move[row]))

    found.add_each(
        np.flatnonzero(trace.planar & (trace.filament < 0)),
        lambda row: Finding(
            kind=RETRACTS_MOVING,
            where=where(row),
            measured=round(int(trace.filament[row]) / SCALE, 5),
            unit="mm",
        ),
    )
    found.add_each(
        np.flatnonzero(trace.extruding & pulled_back),
        lambda row: Finding(kind=EXTRUDES_RETRACTED, where=where(row)),
    )
