"""Each printed line and each travel against its limits: speed, flow, width. Pure.

Flow is filament volume over path length, mm³ per mm. The width of a line follows from its flow
and the layer height h as for a bead with half-round sides: flow = h * (w - h * (1 - pi/4)), so
w = flow / h + h * (1 - pi/4) (Slic3r manual, "flow math").
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ..findings import Finding, FindingKind, Where
from ..recipes.document import FeatureClass, FeatureWindow, ProcessWindow, Recipe
from ..units import Range, number_text, range_text
from .codes_window import EXTRUSION_SPEED, FLOW, SHORT_FLOW, TRAVEL_SPEED, WIDTH
from .collect import Collector
from .grammar import SCALE
from .layers import Layers
from .reader import Job
from .trace import Flags, Trace

Floats = npt.NDArray[np.float64]

SPEED_TOLERANCE_MM_S = 0.001 / 60  # PrusaSlicer writes F, mm/min, with three decimals.
# Coordinates are written to 1 µm and E to 1e-5 mm: what rounding can do to one short line.
LENGTH_ROUNDING_MM = 0.002
FILAMENT_ROUNDING_MM = 1e-5


def filament_area_mm2(recipe: Recipe) -> float:
    """Cross-section of the filament."""
    return math.pi * recipe.material.diameter_mm**2 / 4


def bead_width_mm(flow: Floats, layer: npt.NDArray[np.int64], window: ProcessWindow) -> Floats:
    """Width of the line that ``flow`` (mm³/mm) gives at the height of its layer."""
    height = np.where(layer == 0, window.first_layer_height_mm, window.layer_height_mm)
    return np.asarray(flow / height + height * (1 - math.pi / 4))


def feature(window: ProcessWindow, kind: FeatureClass) -> FeatureWindow:
    """Limits of one class; the parser of recipes has seen to it that each class has some."""
    return next(entry for entry in window.features if entry.feature is kind)


def check_speeds(
    trace: Trace, layers: Layers, window: ProcessWindow, job: Job, found: Collector
) -> None:
    """F of printing lines by class, and of travel and lifts; filament at rest has its own rule."""
    speed = trace.feed / SCALE / 60
    moving = trace.moving
    for kind, rows in _classes(trace, layers):
        limits = feature(window, kind).speed_mm_s
        _outside(EXTRUSION_SPEED, speed, limits, rows & moving, "mm/s", trace, layers, job, found)
    travel = moving & ~trace.extruding & ~(trace.planar & (trace.filament < 0))
    limits = window.travel_speed_mm_s
    _outside(TRAVEL_SPEED, speed, limits, travel, "mm/s", trace, layers, job, found)


def check_flow(trace: Trace, layers: Layers, recipe: Recipe, job: Job, found: Collector) -> None:
    """Flow and width of every line as long as minimum_segment_mm; volume of the shorter ones."""
    window = recipe.window
    area = filament_area_mm2(recipe)
    length = trace.length_mm()
    volume = trace.filament / SCALE * area
    for kind, rows in _classes(trace, layers):
        limits = feature(window, kind)
        long = rows & (length >= limits.minimum_segment_mm) & (length > 0)
        flow = np.divide(volume, length, out=np.zeros_like(length), where=long)
        unit = "mm³/mm"
        _outside(FLOW, flow, limits.flow_mm3_per_mm, long, unit, trace, layers, job, found)
        width = bead_width_mm(flow, layers.of_move, window)
        _outside(WIDTH, width, limits.width_mm, long, "mm", trace, layers, job, found)
        _check_short(rows & ~long, volume, length, limits, area, trace, layers, job, found)


def _check_short(
    rows: Flags,
    volume: Floats,
    length: Floats,
    limits: FeatureWindow,
    area: float,
    trace: Trace,
    layers: Layers,
    job: Job,
    found: Collector,
) -> None:
    flow, rounding = limits.flow_mm3_per_mm, FILAMENT_ROUNDING_MM * area
    most = flow.maximum * (length + LENGTH_ROUNDING_MM) + rounding
    least = flow.minimum * np.maximum(length - LENGTH_ROUNDING_MM, 0) - rounding
    found.add_each(
        np.flatnonzero(rows & ((volume > most) | (volume < least))),
        lambda row: Finding(
            kind=SHORT_FLOW,
            where=_where(row, trace, layers, job),
            measured=round(float(volume[row]), 6),
            limit=f"{max(least[row], 0):.4f} to {most[row]:.4f}",
            unit="mm³",
        ),
    )


def _classes(trace: Trace, layers: Layers) -> list[tuple[FeatureClass, Flags]]:
    first = layers.of_move == 0
    return [
        (FeatureClass.FIRST_LAYER, trace.extruding & first),
        (FeatureClass.BODY, trace.extruding & ~first),
    ]


def _outside(
    kind: FindingKind,
    values: Floats,
    limits: Range,
    rows: Flags,
    unit: str,
    trace: Trace,
    layers: Layers,
    job: Job,
    found: Collector,
) -> None:
    slack = SPEED_TOLERANCE_MM_S if unit == "mm/s" else 0.0
    wrong = (values < limits.minimum - slack) | (values > limits.maximum + slack)
    found.add_each(
        np.flatnonzero(rows & wrong),
        lambda row: Finding(
            kind=kind,
            where=_where(row, trace, layers, job),
            measured=number_text(float(values[row])) if values[row] >= 0 else "unknown",
            limit=range_text(limits, ""),
            unit=unit,
        ),
    )


def _where(row: int, trace: Trace, layers: Layers, job: Job) -> Where:
    x, y, z = (int(value) / SCALE for value in trace.end[row])
    return Where(
        line=job.lines[int(trace.index[row])], layer=int(layers.of_move[row]), x=x, y=y, z=z
    )
