"""Layers of a body, from the heights at which it extrudes; and every change of height. Pure.

A layer is a signed height: layer k lies at first_layer_height + k * layer_height, within 1 µm.
Comments of the slicer play no part. A line between two layers belongs to the later one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..findings import Finding, Where
from ..recipes.document import ProcessWindow
from .codes_window import (
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
# No height and not UNKNOWN either, so that the first printed move begins a run.
_NO_HEIGHT = 2**60


@dataclass(frozen=True, kw_only=True, eq=False)
class Layers:
    """``of_move``: layer of each move, from 0. ``start``: first canonical line of each layer.

    ``printed``: first move of each layer that prints.
    """

    of_move: Ints
    start: tuple[int, ...]
    printed: Ints

    @property
    def count(self) -> int:
        """Number of layers printed."""
        return len(self.start)

    def part(self, begin: int, stop: int) -> Layers:
        """Of the moves ``begin`` to ``stop`` (exclusive) only."""
        return replace(self, of_move=self.of_move[begin:stop])

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
    runs = _runs(trace)
    if len(runs.z) == 0:
        found.add(Finding(kind=NOTHING_PRINTED))
        return None
    unknown = np.concatenate(
        [
            np.flatnonzero(part.extruding & part.from_unknown) + begin
            for begin, part in trace.parts()
        ]
    )
    if len(unknown):
        found.add_each(
            unknown,
            lambda row: Finding(
                kind=PLACE_UNKNOWN, where=Where(line=job.lines[int(trace.index[row])])
            ),
        )
        return None
    layer = layer_at(runs.z, window)
    off = (layer < 0) | (np.abs(runs.z - height_of(layer, window)) > TOLERANCE)
    if off.any():
        printing = np.flatnonzero(trace.extruding)
        of_run = np.searchsorted(runs.first, printing, side="right") - 1
        found.add_each(printing[off[of_run]], lambda row: _off_layer(trace, row, window, job))
    steps = np.diff(layer, prepend=-1)
    wrong = (steps < 0) | (steps > 1)
    wrong[0] = layer[0] != 0
    found.add_each(
        np.flatnonzero(wrong & ~off),
        lambda run: Finding(
            kind=LAYER_ORDER,
            where=Where(line=job.lines[int(trace.index[runs.first[run]])]),
            measured=int(layer[run]),
            limit=int(layer[run - 1]) if run else "none",
        ),
    )
    if off.any() or wrong.any():
        return None
    new = np.flatnonzero(steps > 0)
    last = runs.last[new[1:] - 1]
    # Travel to a layer, and what follows the last one, belongs to it.
    moves = np.diff(np.concatenate(([-1], last, [len(trace.index) - 1])))
    return Layers(
        of_move=np.repeat(layer[new], moves),
        start=(body_start, *(trace.index[last] + 1).tolist()),
        printed=runs.first[new],
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Runs:
    """Printed moves in a row at one height: first and last of them, and the height, 1e-5 mm."""

    first: Ints
    last: Ints
    z: Ints


def _runs(trace: Trace) -> _Runs:
    """Height changes seldom, so it is judged once for each run."""
    empty = np.empty(0, dtype=np.int64)
    first, last, heights = [empty], [empty], [empty]
    row, height = -1, _NO_HEIGHT
    for begin, part in trace.parts():
        rows = np.flatnonzero(part.extruding)
        z = part.end[rows, 2]
        changes = np.flatnonzero(z != np.concatenate(([height], z[:-1]))[: len(z)])
        rows += begin
        first.append(rows[changes])
        last.append(np.concatenate(([row], rows))[changes])
        heights.append(z[changes])
        if len(rows):
            row, height = int(rows[-1]), int(z[-1])
    # What ends before the first run is none; the last run ends with the last printed move.
    ends = np.concatenate([*last, [row]])[1:]
    return _Runs(first=np.concatenate(first), last=ends, z=np.concatenate(heights))


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
    # The layer last printed before each move, -1 before the first.
    layer_before = np.searchsorted(layers.printed, rows) - 1
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


def _where(trace: Trace, layers: Layers, row: int, job: Job) -> Where:
    return Where(
        line=job.lines[int(trace.index[row])],
        layer=int(layers.of_move[row]),
        z=int(trace.end[row, 2]) / SCALE,
    )
