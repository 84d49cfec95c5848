"""Measures a good job as the examiner does, for the bounds of a window. Judges nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import DocumentError
from ..recipes.document import FeatureClass, Recipe
from ..toolpath.blocks import find_blocks
from ..toolpath.bounds import summarise
from ..toolpath.collect import Collector
from ..toolpath.grammar import SCALE
from ..toolpath.layers import TOLERANCE, Layers, find_layers, height_of
from ..toolpath.lines import bead_width_mm, feature, filament_area_mm2
from ..toolpath.reader import Job, read_job
from ..toolpath.trace import UNKNOWN, Flags, Ints, Machine, Trace, run
from .learn_bounds import Bounds

Floats = npt.NDArray[np.float64]
MAX_LINES = 5_000_000


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One job as the examiner sees it."""

    source: str
    job: Job
    trace: Trace
    layers: Layers
    settled: int
    end: int

    def origin(self, row: int) -> tuple[str, int, int]:
        """File, line and layer of a move."""
        return (
            self.source,
            self.job.lines[int(self.trace.index[row])],
            int(self.layers.of_move[row]),
        )


def measure(name: str, data: bytes, recipe: Recipe, files: Mapping[str, bytes]) -> Measured:
    """Read and lay out one job; :class:`DocumentError` with the first thing that stands against."""
    found = Collector()
    job = read_job(data, MAX_LINES, found)
    blocks = find_blocks(job, recipe, files, found) if job is not None else None
    if job is None or blocks is None:
        raise _unfit(name, found)
    machine = Machine()
    run(job, 0, blocks.settled, machine)
    trace = run(job, blocks.settled, blocks.end, machine)
    layers = find_layers(trace, blocks.settled, recipe.window, job, found)
    if layers is None:
        raise _unfit(name, found)
    return Measured(
        source=name, job=job, trace=trace, layers=layers, settled=blocks.settled, end=blocks.end
    )


def _unfit(name: str, found: Collector) -> DocumentError:
    reason = found.result()[0]
    place = f"line {reason.where.line}" if reason.where.line else ""
    observed = f"{reason.code}: {reason.observed()}"
    return DocumentError(name, place, observed, reason.allowed())


def take_lines(one: Measured, recipe: Recipe, bounds: Bounds) -> None:
    """Flow, width and speed of printed lines by class; speed of travel."""
    trace, window = one.trace, recipe.window
    length = trace.length_mm()
    volume = trace.filament / SCALE * filament_area_mm2(recipe)
    speed = trace.feed / SCALE / 60
    moving = trace.moving
    first = one.layers.of_move == 0
    for kind, layer in ((FeatureClass.FIRST_LAYER, first), (FeatureClass.BODY, ~first)):
        rows = trace.extruding & layer
        shortest = feature(window, kind).minimum_segment_mm
        long = rows & (length >= shortest) & (length > 0)
        flow = np.divide(volume, length, out=np.zeros_like(length), where=long)
        width = bead_width_mm(flow, one.layers.of_move, window)
        place = f"features.{kind.value}"
        _range(bounds, f"{place}.flow_mm3_per_mm", flow, long, one, 4)
        _range(bounds, f"{place}.width_mm", width, long, one, 4)
        _range(bounds, f"{place}.speed_mm_s", speed, rows & moving, one, 3)
    travel = moving & ~trace.extruding & ~(trace.planar & (trace.filament < 0))
    _range(bounds, "travel_speed_mm_s", speed, travel, one, 3)


def _range(
    bounds: Bounds, name: str, values: Floats, rows: Flags, one: Measured, digits: int
) -> None:
    places = np.flatnonzero(rows)
    if len(places) == 0:
        return
    for end, at in (("minimum", values[places].argmin()), ("maximum", values[places].argmax())):
        row = int(places[int(at)])
        scaled = float(values[row]) * 10**digits
        # Outwards, so that the value itself lies inside; what is exact stays exact.
        exact = math.isclose(scaled, round(scaled), abs_tol=1e-6)
        outward = math.floor(scaled) if end == "minimum" else math.ceil(scaled)
        value = (round(scaled) if exact else outward) / 10**digits
        bounds.take(name, end, value, *one.origin(row))


def take_rest(one: Measured, bounds: Bounds) -> None:
    """Heat, fan, retraction, lift, acceleration and command words."""
    trace = one.trace
    printing = np.flatnonzero(trace.extruding)
    for name, column in (("nozzle_c", trace.nozzle), ("bed_c", trace.bed), ("fan", trace.fan)):
        for row in _firsts(one, printing, column):
            if column[row] == UNKNOWN:
                file, line, _ = one.origin(row)
                raise DocumentError(file, f"line {line}", f"{name} was never set", "set before")
            layer = int(one.layers.of_move[row])
            value = int(column[row]) / SCALE
            bounds.see(f"{name} layer {layer}", value, *one.origin(row))
    resting = trace.feeding & ~trace.planar & (trace.filament != 0)
    for row in map(int, np.flatnonzero(resting)):
        back = trace.filament[row] < 0
        length = abs(int(trace.filament[row])) / SCALE
        speed = round(int(trace.feed[row]) / SCALE / 60, 3)
        bounds.see("retraction.length_mm", length, *one.origin(row))
        which = "speed_mm_s" if back else "deretract_speed_mm_s"
        bounds.see(f"retraction.{which}", speed, *one.origin(row))
    for index in range(one.settled, one.end):
        command = one.job.commands[index]
        place = (one.source, one.job.lines[index], one.layers.of_line(index))
        bounds.see("commands", command.word, *place)
        if command.word == "M204":
            for _, limit in command.values:
                if limit is not None:
                    bounds.see("accelerations_mm_s2", limit / SCALE, *place)


def _firsts(one: Measured, printing: Ints, column: Ints) -> list[int]:
    """The first printed line of each layer and value."""
    pairs = np.column_stack((one.layers.of_move[printing], column[printing]))
    _, first = np.unique(pairs, axis=0, return_index=True)
    return [int(printing[index]) for index in sorted(first)]


def take_totals(one: Measured, recipe: Recipe, bounds: Bounds) -> None:
    """Filament, time, lines, lifts: the job as a whole."""
    summary = summarise(one.trace, one.layers, recipe, one.job)
    last = len(one.job.lines) - 1
    place = (one.source, one.job.lines[last], one.layers.count - 1)
    for end, rounded in (("minimum", math.floor), ("maximum", math.ceil)):
        bounds.take("total_filament_mm", end, rounded(summary.filament_mm), *place)
        bounds.take("print_time_s", end, rounded(summary.estimated_s), *place)
    bounds.take("lines_at_most", "maximum", summary.lines, *place)
    hop = _hop(one, recipe)
    for row, value in hop:
        bounds.see("z_hop_mm", value, *one.origin(row))


def _hop(one: Measured, recipe: Recipe) -> list[tuple[int, float]]:
    """Rises above the layer that is printed before and after: row and height in mm."""
    trace = one.trace
    now = height_of(one.layers.of_move, recipe.window)
    last = np.searchsorted(one.layers.printed, np.arange(len(trace.index))) - 1
    before = height_of(np.maximum(last, 0), recipe.window)
    high = trace.end[:, 2]
    lifted = trace.vertical & (high > np.maximum(now, before) + TOLERANCE)
    return [
        (int(row), round(int(high[row] - max(now[row], before[row])) / SCALE, 3))
        for row in np.flatnonzero(lifted)
    ]
