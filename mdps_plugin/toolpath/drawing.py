"""What a picture of one finding shows: the lines at its height, the model's section, the place.

Chooses and measures; draws nothing (:mod:`mdps_plugin.documents.render_layer`) and judges
nothing. A refused job need not have layers, so lines are chosen by height and not by layer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..findings import Finding
from ..recipes.document import Recipe
from .blocks import find_blocks
from .collect import Collector
from .geometry import ModelGeometry
from .grammar import SCALE
from .layers import TOLERANCE, height_of, layer_at
from .lines import bead_width_mm, filament_area_mm2
from .reader import Job, read_job
from .section import cut
from .sections import middle_mm
from .trace import UNKNOWN, Machine, Trace, run

Floats = npt.NDArray[np.float64]

# A line without a believable flow is still drawn, so that it is seen.
THINNEST_MM, WIDEST_MM = 0.05, 3.0
AT_PLACE_MM = 0.01
MOST_LINES = 100_000
"""A layer of a printable part has some thousands; a made-up one must not take minutes."""
MOST_TRIED = 20
"""Findings that a place is looked for in; of a job that is wrong all over there are thousands."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerDrawing:
    """Lines of one height beside the model's section there; all lengths in mm.

    ``begin``, ``end``: (n, 2); ``width``: (n,), what the flow gives; ``culprit``: (n,) true where
    the finding is about this line, and not about its whole layer. ``left_out``: lines beyond the
    nearest :data:`MOST_LINES`, which are not drawn. ``outline``: (m, 2, 2), inside on the left; m
    is 0 without a model or above it. ``place``: the finding's, or None where it has none.
    """

    finding: Finding
    layer: int
    z_mm: float
    begin: Floats
    end: Floats
    width: Floats
    culprit: npt.NDArray[np.bool_]
    left_out: int
    outline: Floats
    place: tuple[float, float] | None


def draw_first(
    findings: Iterable[Finding],
    gcode: bytes,
    recipe: Recipe,
    files: Mapping[str, bytes],
    model: ModelGeometry | None,
) -> LayerDrawing | None:
    """The drawing of the first finding that refuses and has a place, else a height.

    None if there is neither. What has a place in X and Y comes first: a job that is wrong all over
    is refused for its writing before anybody looks where its void is.
    """
    placed = [
        one
        for one in findings
        if one.refuses and (one.where.layer is not None or one.where.line is not None)
    ]
    placed.sort(key=lambda one: one.where.x is None or one.where.y is None)
    job = read_job(gcode, recipe.window.lines_at_most, Collector()) if placed else None
    if job is None:
        return None
    machine = Machine()
    blocks = find_blocks(job, recipe, files, Collector())
    if blocks is None:
        # Nothing says where the part begins.
        return None
    run(job, 0, blocks.settled, machine)
    trace = run(job, blocks.settled, blocks.end, machine)
    begins = int(job.lines[blocks.settled])
    without: LayerDrawing | None = None
    of_part = [one for one in placed if one.where.layer is not None or _line(one) >= begins]
    for finding in of_part[:MOST_TRIED]:
        drawing = _draw(finding, job, trace, recipe, model)
        if drawing is not None and drawing.place is not None:
            return drawing
        without = without or drawing
    return without


def _line(finding: Finding) -> int:
    return finding.where.line or 0


def _draw(
    finding: Finding, job: Job, trace: Trace, recipe: Recipe, model: ModelGeometry | None
) -> LayerDrawing | None:
    window = recipe.window
    known = trace.extruding & (trace.begin != UNKNOWN).all(axis=1)
    source = job.source[trace.index].astype(np.int64)
    line = finding.where.line
    own = known & (source == line) if line is not None else np.zeros(len(source), bool)
    z = _height(finding, trace, known, source, recipe)
    if z is None:
        return None
    rows = np.flatnonzero(known & (np.abs(trace.end[:, 2] - z) <= TOLERANCE))
    layer = int(layer_at(np.asarray([z], np.int64), window)[0])
    outline = np.empty((0, 2, 2))
    if model is not None:
        outline = cut(model.triangles, middle_mm(max(layer, 0), window)).segments
    if len(rows) == 0 and len(outline) == 0:
        return None
    place = _place(finding, trace, np.flatnonzero(own))
    of_layer = len(rows)
    rows = _nearest(trace, rows, place)
    length = trace.length_mm()[rows]
    volume = trace.filament[rows] / SCALE * filament_area_mm2(recipe)
    flow = np.divide(volume, length, out=np.zeros_like(length), where=length > 0)
    width = bead_width_mm(flow, np.full(len(rows), layer), window)
    return LayerDrawing(
        finding=finding,
        layer=layer,
        z_mm=z / SCALE,
        begin=trace.begin[rows, :2] / SCALE,
        end=trace.end[rows, :2] / SCALE,
        width=np.clip(width, THINNEST_MM, WIDEST_MM),
        culprit=own[rows] & _at_place(finding, trace, rows),
        left_out=of_layer - len(rows),
        outline=outline,
        place=place,
    )


def _nearest(
    trace: Trace, rows: npt.NDArray[np.intp], place: tuple[float, float] | None
) -> npt.NDArray[np.intp]:
    """At most :data:`MOST_LINES` of ``rows``, those that end nearest to the place."""
    if len(rows) <= MOST_LINES:
        return rows
    ends = trace.end[rows, :2] / SCALE
    away = np.hypot(*(ends - (place if place is not None else ends.mean(axis=0))).T)
    return np.sort(rows[np.argpartition(away, MOST_LINES)[:MOST_LINES]])


def _at_place(finding: Finding, trace: Trace, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Whether a line ends at the finding's place; all do where it names none.

    A finding about an empty place names the nearest line, which need not end there.
    """
    where = finding.where
    if where.x is None or where.y is None:
        return np.ones(len(rows), bool)
    away = trace.end[rows, :2] / SCALE - (where.x, where.y)
    return np.asarray(np.hypot(away[:, 0], away[:, 1]) <= AT_PLACE_MM)


def _height(
    finding: Finding,
    trace: Trace,
    known: npt.NDArray[np.bool_],
    source: npt.NDArray[np.int64],
    recipe: Recipe,
) -> int | None:
    """Height of the finding, 1e-5 mm: that of its line, or of the next line that prints."""
    line = finding.where.line
    if line is not None:
        after = np.flatnonzero(known & (source >= line))
        if len(after):
            return int(trace.end[after[0], 2])
    if finding.where.layer is not None:
        return int(height_of(np.asarray([finding.where.layer], np.int64), recipe.window)[0])
    return None


def _place(finding: Finding, trace: Trace, own: npt.NDArray[np.intp]) -> tuple[float, float] | None:
    where = finding.where
    if where.x is not None and where.y is not None:
        return where.x, where.y
    if len(own):
        middle = (trace.begin[own[0], :2] + trace.end[own[0], :2]) / (2 * SCALE)
        return float(middle[0]), float(middle[1])
    return None
