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
    """``of_move``: layer of each move, from 0. ``start``: first canonical line of each layer."""

    of_move: Ints
    start: tuple[int, ...]

    @property
    def count(self) -> int:
        """Number of layers printed."""
        return len(self.start)

    def part(self, begin: int, stop: int) -> Layers:
        """Of the moves ``begin`` to ``stop`` (exclusive) only."""
        return Layers(of_move=self.of_move[begin:stop], start=self.start)

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
    extruding = trace.extruding
    printing = np.flatnonzero(extruding)
    if len(printing) == 0:
        found.add(Finding(kind=NOTHING_PRINTED))
        return None
    unknown = extruding & trace.from_unknown
    if unknown.any():
        found.add_each(
            np.flatnonzero(unknown),
            lambda row: Finding(
                kind=PLACE_UNKNOWN, where=Where(line=job.lines[int(trace.index[row])])
            ),
        )
        return None
    # Height changes seldom: it is judged once for all lines in a row that have the same.
    z = trace.end[printing, 2]
    starts = np.flatnonzero(np.concatenate(([True], z[1:] != z[:-1])))
    layer = layer_at(z[starts], window)
    count = np.diff(starts, append=len(z))
    off = (layer < 0) | (np.abs(z[starts] - height_of(layer, window)) > TOLERANCE)
    if off.any():
        rows = printing[np.repeat(off, count)]
        found.add_each(rows, lambda row: _off_layer(trace, row, window, job))
    steps = np.diff(layer, prepend=-1)
    wrong = (steps < 0) | (steps > 1)
    wrong[0] = layer[0] != 0
    found.add_each(
        np.flatnonzero(wrong & ~off),
        lambda place: Finding(
            kind=LAYER_ORDER,
            where=Where(line=job.lines[int(trace.index[printing[starts[place]]])]),
            measured=int(layer[place]),
            limit=int(layer[place - 1]) if place else "none",
        ),
    )
    if off.any() or wrong.any():
        return None
    last_of_layer = printing[starts[np.flatnonzero(steps > 0)][1:] - 1]
    before = np.cumsum(extruding)
    before -= extruding
    of_line = np.repeat(layer, count)
    return Layers(
        of_move=of_line[np.minimum(before, len(of_line) - 1, out=before)],
        start=(body_start, *(trace.index[last_of_layer] + 1).tolist()),
    )


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


def check_heights(
    trace: Trace, layers: Layers, window: ProcessWindow, job: Job, found: Collector
) -> None:
    """Z only to a signed height or its lift; down only from a lift, straight."""
    hop = round(window.z_hop_mm * SCALE)
    rows = np.flatnonzero(trace.vertical)
    low, high = trace.begin[rows, 2], trace.end[rows, 2]
    moves = low != high
    now = height_of(layers.of_move[rows], window)
    layer_before = _layer_before(rows, trace, layers)
    before = height_of(np.maximum(layer_before, 0), window)

    def near(values: Ints, targets: Ints) -> Flags:
        return np.asarray(np.abs(values - targets) <= TOLERANCE)

    on_layer = near(high, now) | near(high, before)
    on_hop = near(high, now + hop) | near(high, before + hop)
    from_hop = near(low, now + hop) | near(low, before + hop)
    bad_target = moves & ~(on_layer | on_hop)
    found.add_each(
        np.flatnonzero(bad_target),
        lambda at: Finding(
            kind=Z_TARGET,
            where=_where(trace, layers, int(rows[at]), job),
            measured=number_text(int(high[at])),
            limit=f"{number_text(int(now[at]))} mm, lifted by {window.z_hop_mm:g} mm",
            unit="mm",
        ),
    )
    straight = ~trace.planar[rows] & on_layer & from_hop & (hop > 0)
    down = moves & (high < low) & (low != UNKNOWN) & (layer_before >= 0) & ~straight
    found.add_each(
        np.flatnonzero(down & ~bad_target),
        lambda at: Finding(
            kind=Z_DOWN,
            where=_where(trace, layers, int(rows[at]), job),
            measured=number_text(int(low[at])),
            limit=number_text(int(high[at])),
            unit="mm",
            facts={"hop": f"{window.z_hop_mm:g}"},
        ),
    )
    found.add_each(
        rows[trace.feeding[rows]],
        lambda row: Finding(kind=Z_WHILE_EXTRUDING, where=_where(trace, layers, row, job)),
    )


def _layer_before(rows: Ints, trace: Trace, layers: Layers) -> Ints:
    """Layer last printed before each of ``rows``, -1 before the first."""
    printing = np.flatnonzero(trace.extruding)
    previous = np.searchsorted(printing, rows) - 1
    layer = layers.of_move[printing[np.maximum(previous, 0)]]
    return np.asarray(np.where(previous >= 0, layer, -1))


def _where(trace: Trace, layers: Layers, row: int, job: Job) -> Where:
    return Where(
        line=job.lines[int(trace.index[row])],
        layer=int(layers.of_move[row]),
        z=int(trace.end[row, 2]) / SCALE,
    )
