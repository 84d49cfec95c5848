"""Layers of a body, from the heights at which it extrudes; and every change of height. Pure.

A layer is a signed height: layer k lies at first_layer_height + k * layer_height, within 1 µm.
Comments of the slicer play no part. A line between two layers belongs to the later one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..findings import Finding, Where
from ..recipes.document import ProcessWindow
from .codes import (
    LAYER_ORDER,
    NOTHING_PRINTED,
    OFF_LAYER,
    PLACE_UNKNOWN,
    Z_DOWN,
    Z_TARGET,
    Z_WHILE_EXTRUDING,
)
from .collect import Collector
from .grammar import SCALE, number_text
from .reader import Job
from .trace import UNKNOWN, Flags, Ints, Trace

TOLERANCE = 100  # 1 µm in 1e-5 mm: PrusaSlicer writes heights with three decimals.


@dataclass(frozen=True, kw_only=True, eq=False)
class Layers:
    """``of_move``: layer of each move, from 0. ``start``: first canonical line of each layer.

    ``before``: layer last printed before each move, -1 before the first.
    """

    of_move: Ints
    before: Ints
    start: tuple[int, ...]

    @property
    def count(self) -> int:
        """Number of layers printed."""
        return len(self.start)

    def of_line(self, index: int) -> int:
        """Layer that canonical line ``index`` of the body belongs to."""
        return int(self.of_lines(np.array([index]))[0])

    def of_lines(self, lines: Ints) -> Ints:
        """Layer of each of the canonical ``lines`` of the body."""
        place = np.searchsorted(np.asarray(self.start), lines, side="right") - 1
        return np.asarray(np.maximum(place, 0))


def height_of(layer: Ints, window: ProcessWindow) -> Ints:
    """Signed height of each layer, 1e-5 mm."""
    first = round(window.first_layer_height_mm * SCALE)
    return np.asarray(first + layer * round(window.layer_height_mm * SCALE))


def layer_at(z: Ints, window: ProcessWindow) -> Ints:
    """Layer whose signed height is nearest to ``z`` (1e-5 mm)."""
    first = round(window.first_layer_height_mm * SCALE)
    step = round(window.layer_height_mm * SCALE)
    return np.asarray((z - first + step // 2) // step)


def find_layers(
    trace: Trace, body_start: int, window: ProcessWindow, job: Job, found: Collector
) -> Layers | None:
    """Assign moves to layers; None after a finding that leaves them without meaning."""
    printing = np.flatnonzero(trace.extruding)
    if len(printing) == 0:
        found.add(Finding(kind=NOTHING_PRINTED))
        return None
    unknown = (trace.begin[printing] == UNKNOWN).any(axis=1)
    if unknown.any():
        found.add_each(
            printing[unknown],
            lambda row: Finding(
                kind=PLACE_UNKNOWN, where=Where(line=job.lines[int(trace.index[row])])
            ),
        )
        return None
    z = trace.end[printing, 2]
    layer = layer_at(z, window)
    off = (layer < 0) | (np.abs(z - height_of(layer, window)) > TOLERANCE)
    found.add_each(printing[off], lambda row: _off_layer(trace, row, window, job))
    steps = np.diff(layer, prepend=-1)
    wrong = (steps < 0) | (steps > 1)
    wrong[0] = layer[0] != 0
    found.add_each(
        np.flatnonzero(wrong & ~off),
        lambda place: Finding(
            kind=LAYER_ORDER,
            where=Where(line=job.lines[int(trace.index[printing[place]])]),
            measured=int(layer[place]),
            limit=int(layer[place - 1]) if place else "none",
        ),
    )
    if off.any() or wrong.any():
        return None
    return _assign(trace, printing, layer, body_start)


def _off_layer(trace: Trace, row: int, window: ProcessWindow, job: Job) -> Finding:
    z = int(trace.end[row, 2])
    return Finding(
        kind=OFF_LAYER,
        where=Where(line=job.lines[int(trace.index[row])], z=z / SCALE),
        measured=number_text(z),
        limit=f"first layer {window.first_layer_height_mm:g} mm, "
        f"then every {window.layer_height_mm:g} mm, within 0.001 mm",
        unit="mm",
    )


def _assign(trace: Trace, printing: Ints, layer: Ints, body_start: int) -> Layers:
    rows = np.arange(len(trace.index))
    following = np.searchsorted(printing, rows, side="left")
    of_move = layer[np.minimum(following, len(layer) - 1)]
    previous = np.searchsorted(printing, rows, side="left") - 1
    before = np.where(previous >= 0, layer[np.maximum(previous, 0)], -1)
    changes = np.flatnonzero(np.diff(layer) > 0)
    after_last = trace.index[printing[changes]] + 1
    return Layers(
        of_move=of_move, before=before, start=(body_start, *(int(line) for line in after_last))
    )


def check_heights(
    trace: Trace, layers: Layers, window: ProcessWindow, job: Job, found: Collector
) -> None:
    """Z only to a signed height or its lift; down only from a lift, straight."""
    hop = round(window.z_hop_mm * SCALE)
    low, high = trace.begin[:, 2], trace.end[:, 2]
    moves = trace.vertical & (low != high)
    now = height_of(layers.of_move, window)
    before = height_of(np.maximum(layers.before, 0), window)

    def near(values: Ints, targets: Ints) -> Flags:
        return np.asarray(np.abs(values - targets) <= TOLERANCE)

    on_layer = near(high, now) | near(high, before)
    on_hop = near(high, now + hop) | near(high, before + hop)
    from_hop = near(low, now + hop) | near(low, before + hop)
    bad_target = moves & ~(on_layer | on_hop)
    found.add_each(
        np.flatnonzero(bad_target),
        lambda row: Finding(
            kind=Z_TARGET,
            where=_where(trace, layers, row, job),
            measured=number_text(int(high[row])),
            limit=f"{number_text(int(now[row]))} mm, lifted by {window.z_hop_mm:g} mm",
            unit="mm",
        ),
    )
    straight = ~trace.planar & on_layer & from_hop & (hop > 0)
    down = moves & (high < low) & (low != UNKNOWN) & (layers.before >= 0) & ~straight
    found.add_each(
        np.flatnonzero(down & ~bad_target),
        lambda row: Finding(
            kind=Z_DOWN,
            where=_where(trace, layers, row, job),
            measured=number_text(int(low[row])),
            limit=number_text(int(high[row])),
            unit="mm",
            facts={"hop": f"{window.z_hop_mm:g}"},
        ),
    )
    found.add_each(
        np.flatnonzero(trace.vertical & trace.feeding),
        lambda row: Finding(kind=Z_WHILE_EXTRUDING, where=_where(trace, layers, row, job)),
    )


def _where(trace: Trace, layers: Layers, row: int, job: Job) -> Where:
    return Where(
        line=job.lines[int(trace.index[row])],
        layer=int(layers.of_move[row]),
        z=int(trace.end[row, 2]) / SCALE,
    )
