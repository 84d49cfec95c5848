"""Ring C: is this toolpath this placed model? Layer by layer, against exact sections. No slicer.

What is compared: the number of layers, the box of each layer, its volume, and over the whole part
the distance from the model's outline to the wall inside it. Each section is cut 5 µm below and
above the middle of its layer, where slicers cut, and the better side counts: a face that lies in
the plane belongs to neither.

What this does not see: faults within the walls smaller than the signed volume ratio of a layer,
and a shift of one layer below :data:`BEYOND_MM`. Those are ring B.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ..findings import Finding, Where
from ..recipes.document import FeatureClass, ProcessWindow, Recipe
from ..units import range_text
from .codes_model import BEYOND_MODEL, LAYER_EXTRA, LAYER_MISSING, LAYER_VOLUME, SHORT_OF_MODEL
from .collect import Collector
from .grammar import SCALE
from .layers import Layers
from .lines import bead_width_mm, feature, filament_area_mm2
from .printable import Printable, printable
from .reader import Job
from .section import Section
from .sections import PLANE_OFFSET_MM, Pair, Sections, middle_mm
from .trace import Trace
from .winding import is_inside

Floats = npt.NDArray[np.float64]
Corners: TypeAlias = npt.NDArray[np.float32] | npt.NDArray[np.float64]

# Edge of a bead beside the outline of the section. Honest files: median 0.00 to 0.03 mm; the
# slicer rounds outlines to its resolution (0.0125 mm) and curves of the model to chords.
BEYOND_MM = 0.1
SHORT_MM = 0.15
# Slicers draw a wall where the outermost one fits; they round the outline first.
_FITS_MM = 0.02
# Where both sides of the middle differ by no more than this, in mm and as a share of the area, the
# cuts between them tell nothing else.
_SAME_MM, _SAME_SHARE = 0.02, 0.002
_SIDES = (("X low", 0, -1), ("X high", 0, 1), ("Y low", 1, -1), ("Y high", 1, 1))


@dataclass(frozen=True, kw_only=True, eq=False)
class ModelGeometry:
    """The placed model: ``corners`` (n, 3, 3) of its triangles, mm, closed, outward, lowest z at 0.

    They may lie in the bytes of a file. ``one_body``: the survey of the model has shown that all
    triangles hang together; where it has not, ring C looks for itself. ``known_box``: low and
    high corner, where they are known.
    """

    corners: Corners
    digest: str
    one_body: bool = False
    known_box: tuple[Floats, Floats] | None = None

    @cached_property
    def triangles(self) -> Floats:
        """The corners as numbers of 64 bits, for the rules; made when first asked for."""
        return np.ascontiguousarray(self.corners, dtype=np.float64)

    def box(self) -> tuple[Floats, Floats]:
        """Low and high corner, (3,) each, mm."""
        return self._box

    @cached_property
    def _box(self) -> tuple[Floats, Floats]:
        if self.known_box is not None:
            return self.known_box
        axes = [self.corners[:, :, axis].astype(np.float64) for axis in range(3)]
        return np.array([axis.min() for axis in axes]), np.array([axis.max() for axis in axes])


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerLines:
    """Printed lines of one layer: ends (n, 2) mm, bead widths (n,) mm, flow (n,) mm³/mm, volume.

    ``joined``: the next line of the layer begins where this one ends. ``lines``: the line of each
    in the file; ``line``: the first of them.
    """

    layer: int
    begin: Floats
    end: Floats
    width: Floats
    flow: Floats
    volume: Floats
    joined: npt.NDArray[np.bool_]
    lines: npt.NDArray[np.int64]
    volume_mm3: float
    height_mm: float
    line: int

    def chosen(self, rows: npt.NDArray[np.bool_]) -> LayerLines:
        """Some of the lines; a line before one that was left out is joined to none."""
        kept = np.flatnonzero(rows)
        joined = self.joined[kept]
        joined[:-1] &= np.diff(kept) == 1
        joined[-1:] = False
        return replace(
            self,
            begin=self.begin[kept],
            end=self.end[kept],
            width=self.width[kept],
            flow=self.flow[kept],
            volume=self.volume[kept],
            joined=joined,
            lines=self.lines[kept],
            volume_mm3=float(self.volume[kept].sum()),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerMatch:
    """A layer with the section that fits it better, and the one at the other side of the plane.

    ``third``: below the plane, where the better one lies between both sides.
    """

    lines: LayerLines
    section: Section
    other: Section
    third: Section | None = None


def layer_lines(trace: Trace, layers: Layers, recipe: Recipe, job: Job) -> list[LayerLines]:
    """The printed lines of each layer, in order; widths follow from each line's own flow."""
    window = recipe.window
    rows = np.flatnonzero(trace.extruding)
    of_layer = layers.of_move[rows]
    volume = trace.filament[rows] / SCALE * filament_area_mm2(recipe)
    length = trace.length_mm()[rows]
    flow = np.divide(volume, length, out=np.zeros_like(length), where=length > 0)
    width = _widths(flow, of_layer, window)
    source = np.asarray(job.source)[trace.index[rows]].astype(np.int64)
    joined = np.zeros(len(rows), dtype=np.bool_)
    joined[:-1] = (trace.end[rows[:-1], :2] == trace.begin[rows[1:], :2]).all(axis=1)
    joined[:-1] &= of_layer[:-1] == of_layer[1:]
    begin, end = trace.begin[rows, :2] / SCALE, trace.end[rows, :2] / SCALE
    edges = np.searchsorted(of_layer, np.arange(layers.count + 1))
    found = []
    for layer in range(layers.count):
        part = slice(int(edges[layer]), int(edges[layer + 1]))
        found.append(
            LayerLines(
                layer=layer,
                begin=begin[part],
                end=end[part],
                width=width[part],
                flow=flow[part],
                volume=volume[part],
                joined=joined[part],
                lines=source[part],
                volume_mm3=float(volume[part].sum()),
                height_mm=window.layer_height_mm if layer else window.first_layer_height_mm,
                line=job.lines[int(trace.index[rows[part.start]])],
            )
        )
    return found


def _widths(flow: Floats, layer: npt.NDArray[np.int64], window: ProcessWindow) -> Floats:
    """Bead widths inside the signed widths: the flow of a very short line is mostly rounding."""
    width = bead_width_mm(flow, layer, window)
    for kind, rows in ((FeatureClass.FIRST_LAYER, layer == 0), (FeatureClass.BODY, layer > 0)):
        limits = feature(window, kind).width_mm
        width[rows] = np.clip(width[rows], limits.minimum, limits.maximum)
    return width


def check_layer_count(
    printed: int,
    model: ModelGeometry,
    sections: Sections,
    window: ProcessWindow,
    found: Collector,
) -> None:
    """As many layers as have their middle inside the model; a top too thin for a bead may lack."""
    top = float(model.box()[1][2])
    most = _layers_below(top + PLANE_OFFSET_MM, window)
    least = _layers_below(top - PLANE_OFFSET_MM, window)
    if printed > most:
        found.add(Finding(kind=LAYER_EXTRA, measured=printed, limit=most, unit="layers"))
    bead = feature(window, FeatureClass.BODY).width_mm.minimum
    for layer in range(printed, least):
        pair = sections.pair(layer)
        if min(pair.below.mean_width_mm(), pair.above.mean_width_mm()) >= bead:
            found.add(Finding(kind=LAYER_MISSING, measured=printed, limit=least, unit="layers"))
            return


def _layers_below(top_mm: float, window: ProcessWindow) -> int:
    """Number of layers whose middle lies below ``top_mm``."""
    if middle_mm(0, window) >= top_mm:
        return 0
    inside = (top_mm - window.first_layer_height_mm) / window.layer_height_mm + 0.5
    return max(1, int(np.ceil(inside)))


def check_layers(
    lines: list[LayerLines],
    sections: Sections,
    recipe: Recipe,
    found: Collector,
    wall_mm: float | None = None,
) -> list[LayerMatch]:
    """Box and volume of every layer against its section; gives the sections for the outline.

    ``wall_mm``: the width of the outermost wall, if it is known: what it fits in is printed.
    """
    matches = []
    for layer in lines:
        pair = sections.pair(layer.layer)
        sides = [pair.below, pair.above]
        fits_mm = _fits_mm(layer.layer, recipe.window, wall_mm)
        judged = [_judge(layer, section, recipe, fits_mm) for section in sides]
        if all(judged) and not _same(pair):
            # Nearly level there: the slicer's own outline is one of those between.
            for section in sections.finer(layer.layer):
                sides.append(section)
                said = _judge(layer, section, recipe, fits_mm)
                judged.append(said if not section.empty else judged[0])
        better = min(range(len(judged)), key=lambda side: len(judged[side]))
        found.add_all(judged[better])
        other = sides[0 if better == 1 else 1]
        third = pair.below if better > 1 else None
        matches.append(LayerMatch(lines=layer, section=sides[better], other=other, third=third))
    return matches


def _same(pair: Pair) -> bool:
    """Whether the outline hardly moves between both sides, as where walls stand upright."""
    if pair.below.empty or pair.above.empty:
        return False
    below, above = pair.below.area_mm2(), pair.above.area_mm2()
    moves = np.abs(np.array(pair.below.box()) - np.array(pair.above.box())).max()
    return bool(moves <= _SAME_MM and abs(below - above) <= _SAME_SHARE * max(below, above))


def _judge(layer: LayerLines, section: Section, recipe: Recipe, fits_mm: float) -> list[Finding]:
    """Brims and skirts, where outside_model_mm allows them, lie in the first layer.

    They stand for nothing of the part: its reach and its plastic are those of the lines inside.
    """
    if section.empty:
        # Above the model: the count of layers says so.
        return []
    spare = recipe.window.outside_model_mm if layer.layer == 0 else 0.0
    part = layer
    if spare > 0:
        part = layer.chosen(is_inside(section, (layer.begin + layer.end) / 2))
    # Asked for only where something lacks, and then once.
    held = cache(partial(printable, section, fits_mm))
    return [
        *_judge_box(layer, part, section, recipe.window, spare, held),
        *_judge_volume(part, section, recipe, held),
    ]


def _fits_mm(layer: int, window: ProcessWindow, wall_mm: float | None) -> float:
    """A piece of a section at least so wide is printed."""
    widest = feature(window, FeatureClass.BODY).width_mm.maximum
    if layer == 0:
        return max(widest, feature(window, FeatureClass.FIRST_LAYER).width_mm.maximum)
    return widest if wall_mm is None else min(widest, wall_mm + _FITS_MM)


def _judge_volume(
    layer: LayerLines, section: Section, recipe: Recipe, printed: Callable[[], Printable | None]
) -> list[Finding]:
    limits = recipe.window.layer_volume_ratio
    solid = section.area_mm2() * layer.height_mm
    ratio = layer.volume_mm3 / solid if solid > 0 else float("inf")
    if limits.contains(ratio):
        return []
    if ratio < limits.minimum:
        # Tips that no bead fits in are no part of what has to be filled.
        held = printed()
        least = None if held is None else limits.minimum * held.area_mm2 * layer.height_mm
        if least is not None and layer.volume_mm3 >= least:
            return []
    return [
        Finding(
            kind=LAYER_VOLUME,
            where=Where(line=layer.line, layer=layer.layer),
            measured=round(ratio, 4) if solid > 0 else "more",
            limit=range_text(limits, ""),
        )
    ]


def _judge_box(
    layer: LayerLines,
    part: LayerLines,
    section: Section,
    window: ProcessWindow,
    spare: float,
    printed: Callable[[], Printable | None],
) -> list[Finding]:
    """``part``: the lines of the layer that belong to the part."""
    low, high = section.box()
    found = []
    for name, axis, direction in _SIDES:
        outline = float(high[axis] if direction > 0 else -low[axis])
        edge = _edge(layer, axis, direction)
        inner = _edge(part, axis, direction) if part is not layer else edge
        where = Where(line=layer.line, layer=layer.layer)
        if edge > outline + BEYOND_MM + spare:
            found.append(
                Finding(
                    kind=BEYOND_MODEL,
                    where=where,
                    measured=round(edge - outline, 3),
                    limit=BEYOND_MM + spare,
                    unit="mm",
                    facts={"side": name},
                )
            )
        elif inner < outline - SHORT_MM:
            reach = _printable_edge(section, axis, direction, outline, window, printed())
            if inner < reach - SHORT_MM:
                found.append(
                    Finding(
                        kind=SHORT_OF_MODEL,
                        where=where,
                        measured=round(outline - inner, 3) if len(part.begin) else "all",
                        limit=round(outline - reach + SHORT_MM, 3),
                        unit="mm",
                        facts={"side": name},
                    )
                )
    return found


def _edge(lines: LayerLines, axis: int, direction: int) -> float:
    """How far beads reach along an axis; minus infinity where there are none."""
    ends = np.concatenate((lines.begin[:, axis], lines.end[:, axis])) * direction
    return float((ends + np.concatenate((lines.width, lines.width)) / 2).max(initial=-np.inf))


def _printable_edge(
    section: Section,
    axis: int,
    direction: int,
    outline: float,
    window: ProcessWindow,
    held: Printable | None,
) -> float:
    """How far out one piece of the section is a bead wide: the tip of a wedge is not printed.

    Tips of several pieces, side by side, are each looked at by itself: none can lend its width. And
    a blade that lies across the axis is as wide as the disc that it holds. Where no piece is wide
    enough, as on the last layers of a ridge, nothing has to reach anywhere.
    """
    bead = feature(window, FeatureClass.BODY).width_mm.maximum
    inward = np.arange(0.01, 10 * bead, 0.02)
    wide = section.widest_chord_mm(axis, (outline - inward) * direction) >= bead
    edge = outline - float(inward[int(wide.argmax())] if wide.any() else inward[-1])
    if held is None:
        return edge
    return min(edge, held.high[axis] if direction > 0 else -held.low[axis])
