"""Where the nozzle may go, how high, how much filament, how long: the job as a whole. Pure.

The place of the part is the box of the placed model, or, without a model, the largest box of the
design envelope about the signed point; ``outside_model_mm`` is added on each side. Moves that print
nothing may end a nozzle's width further out: PrusaSlicer leaves a wall with a move of that length
towards the inside, which at the tip of a wedge leads outside. The start and end block move outside
it: they are signed line by line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..canonical import Json
from ..findings import Finding, FindingKind, Where
from ..recipes.document import ProcessWindow, Recipe
from ..units import Range, number_text, range_text
from .codes_window import FILAMENT, OUTSIDE, PRINT_TIME, TOO_HIGH
from .collect import Collector
from .grammar import SCALE
from .layers import Layers
from .lines import filament_area_mm2
from .reader import Job
from .trace import UNKNOWN, Trace

Floats = npt.NDArray[np.float64]

# STL holds 32-bit numbers, G-code is written to 1 µm.
ROUNDING_MM = 0.002
_FAR = 2**60


@dataclass(frozen=True, kw_only=True)
class ToolpathSummary:
    """The body of a job in numbers; ``extents_mm`` is low and high corner of what is printed.

    ``estimated_s`` is distance over speed, without acceleration, heating, start and end block: a
    lower bound of the time on the printer.
    """

    extents_mm: tuple[tuple[float, float, float], tuple[float, float, float]]
    filament_mm: float
    volume_mm3: float
    estimated_s: float
    layers: int
    lines: int
    nozzle_c: tuple[float, ...]
    bed_c: tuple[float, ...]
    fan: tuple[float, ...]
    max_speed_mm_s: float

    def to_json(self) -> dict[str, Json]:
        """Shape for records and screens; lengths mm, speeds mm/s."""
        return {
            "extents_mm": [list(corner) for corner in self.extents_mm],
            "filament_mm": self.filament_mm,
            "volume_mm3": self.volume_mm3,
            "estimated_s": self.estimated_s,
            "layers": self.layers,
            "lines": self.lines,
            "nozzle_c": list(self.nozzle_c),
            "bed_c": list(self.bed_c),
            "fan": list(self.fan),
            "max_speed_mm_s": self.max_speed_mm_s,
        }


def summarise(trace: Trace, layers: Layers, recipe: Recipe, job: Job) -> ToolpathSummary:
    """Measure the body; nothing is judged."""
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    filament, seconds, fastest = 0, 0.0, 0
    in_force: set[int] = set()
    for _, part in trace.parts():
        printing = part.extruding
        filament += int(part.filament[printing].sum())
        seconds += _seconds(part)
        in_force.update(np.unique(part.kept_row[printing]).tolist())
        fastest = max(fastest, int(part.feed[part.moving].max(initial=0)))
        for axis in range(3):
            for column in (part.begin[printing, axis], part.end[printing, axis]):
                low[axis] = min(low[axis], column.min(initial=_FAR))
                high[axis] = max(high[axis], column.max(initial=-_FAR))
    filament_mm = filament / SCALE
    kept = trace.kept[sorted(in_force)]
    return ToolpathSummary(
        extents_mm=(_corner(low / SCALE), _corner(high / SCALE)),
        filament_mm=round(filament_mm, 5),
        volume_mm3=round(filament_mm * filament_area_mm2(recipe), 4),
        estimated_s=round(seconds, 1),
        layers=layers.count,
        lines=len(job),
        nozzle_c=_values(kept[:, 0]),
        bed_c=_values(kept[:, 1]),
        fan=_values(kept[:, 2]),
        max_speed_mm_s=round(fastest / SCALE / 60, 3),
    )


def _corner(values: Floats) -> tuple[float, float, float]:
    x, y, z = (round(float(value), 5) for value in values)
    return x, y, z


def _values(column: npt.NDArray[np.int64]) -> tuple[float, ...]:
    return tuple(float(value) / SCALE for value in np.unique(column) if value != UNKNOWN)


def _seconds(trace: Trace) -> float:
    """Distance over speed; filament at rest counts by its own length."""
    at_rest = np.abs(trace.filament) / SCALE
    distance = np.where(trace.planar | trace.vertical, trace.length_mm(), at_rest)
    speed = trace.feed / SCALE / 60
    timed = speed > 0
    return float(np.divide(distance, speed, out=np.zeros_like(distance), where=timed).sum())


def place_of_part(
    recipe: Recipe, model_box: tuple[Floats, Floats] | None
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Range of X and of Y in which the body may move, outside_model_mm included."""
    envelope, margin = recipe.envelope, recipe.window.outside_model_mm + ROUNDING_MM
    if model_box is not None:
        low, high = model_box
        return (
            (float(low[0]) - margin, float(high[0]) + margin),
            (float(low[1]) - margin, float(high[1]) + margin),
        )
    half_x, half_y = envelope.size_x_mm.maximum / 2, envelope.size_y_mm.maximum / 2
    x, y = envelope.placed_at_x_mm, envelope.placed_at_y_mm
    return (x - half_x - margin, x + half_x + margin), (y - half_y - margin, y + half_y + margin)


def check_place(
    trace: Trace,
    layers: Layers,
    recipe: Recipe,
    model_box: tuple[Floats, Floats] | None,
    job: Job,
    found: Collector,
) -> None:
    """Every target of the body lies inside the place of the part; the kernel allows no spare."""
    (left, right), (front, back) = place_of_part(recipe, model_box)
    x, y = trace.end[:, 0] / SCALE, trace.end[:, 1] / SCALE
    spare = np.where(trace.extruding, 0.0, recipe.printer.nozzle_mm)
    inside = (x >= left - spare) & (x <= right + spare)
    inside &= (y >= front - spare) & (y <= back + spare)
    allowed = (
        f"X {number_text(left)} to {number_text(right)}, "
        f"Y {number_text(front)} to {number_text(back)} mm"
    )
    found.add_each(
        np.flatnonzero(trace.planar & ~inside),
        lambda row: Finding(
            kind=OUTSIDE,
            where=Where(
                line=job.lines[int(trace.index[row])],
                layer=int(layers.of_move[row]),
                x=_known(int(trace.end[row, 0])),
                y=_known(int(trace.end[row, 1])),
            ),
            limit=allowed,
            unit="mm",
        ),
    )


def check_top(summary: ToolpathSummary, recipe: Recipe, found: Collector) -> None:
    """The part is not too high."""
    top = summary.extents_mm[1][2]
    # The last layer lies around the top of the model, at most half a layer above it.
    most = recipe.envelope.size_z_mm.maximum + recipe.window.layer_height_mm / 2 + ROUNDING_MM
    if top > most:
        found.add(Finding(kind=TOO_HIGH, measured=top, limit=round(most, 4), unit="mm"))


def _known(value: int) -> float | None:
    return None if value == UNKNOWN else value / SCALE


def check_totals(summary: ToolpathSummary, window: ProcessWindow, found: Collector) -> None:
    """Filament and time of the whole body."""
    _total(FILAMENT, summary.filament_mm, window.total_filament_mm, "mm", found)
    _total(PRINT_TIME, summary.estimated_s, window.print_time_s, "s", found)


def _total(kind: FindingKind, value: float, limits: Range, unit: str, found: Collector) -> None:
    if not limits.contains(value):
        found.add(Finding(kind=kind, measured=value, limit=range_text(limits, ""), unit=unit))
