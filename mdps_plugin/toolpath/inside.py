"""Ring C: every printed line lies inside the section of its layer. Pure.

The middle of a bead of an honest wall lies half a bead inside; one that lies outside the section
is no part of this model. Either side of the layer's middle may hold it: a level face, or the crown
of a bore, may lie there. Ends and middles of lines are looked at; in a layer where ends times
outline segments exceed :data:`PAIRS`, evenly chosen ones.

Where ``outside_model_mm`` allows a brim or a skirt, lines of layer 0 may lie that far outside the
convex hull of the section: a skirt runs about all parts at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..findings import Finding
from ..recipes.document import ProcessWindow
from .codes_model import OUTSIDE_SECTION
from .collect import Collector
from .geometry import LayerLines, LayerMatch
from .section import Section
from .whereabouts import where_at
from .winding import PAIRS, is_inside

Floats = npt.NDArray[np.float64]

OUTSIDE_MM = 0.05


def check_inside(matches: Sequence[LayerMatch], window: ProcessWindow, found: Collector) -> None:
    """One finding per layer with a line outside its section, at the place furthest out."""
    for match in matches:
        if match.section.empty:
            continue
        if found.enough:
            return
        # Brims and skirts, where outside_model_mm allows them, lie in the first layer.
        spare = window.outside_model_mm if match.lines.layer == 0 else 0.0
        points = _points(match.lines, len(match.section.segments))
        out, distance = _outside(match.section, points, spare > 0)
        for other in (match.other, match.third):
            far = distance > OUTSIDE_MM + spare
            if other is not None and not other.empty and far.any():
                # What fits better need not be what the slicer took at every place: a surface that
                # is nearly level may have its outline anywhere between both sides.
                out, distance = _outside(other, out[far], spare > 0)
        if len(out) == 0:
            continue
        worst = int(distance.argmax())
        if distance[worst] > OUTSIDE_MM + spare:
            found.add(
                Finding(
                    kind=OUTSIDE_SECTION,
                    where=where_at(match.lines, float(out[worst, 0]), float(out[worst, 1])),
                    measured=round(float(distance[worst]), 3),
                    limit=OUTSIDE_MM + spare,
                    unit="mm",
                )
            )


def _outside(section: Section, points: Floats, about_all: bool) -> tuple[Floats, Floats]:
    """Those of ``points`` outside a section, or outside its convex hull, and how far each is."""
    outline = hull(section) if about_all else section
    out = points[~is_inside(outline, points)]
    return out, _distance(outline, out)


def _points(lines: LayerLines, segments: int) -> Floats:
    points = np.concatenate((lines.begin, lines.end, (lines.begin + lines.end) / 2))
    step = max(1, -(-len(points) * segments // PAIRS))
    return points[::step]


def hull(section: Section) -> Section:
    """The convex hull of a section that is not empty, by Andrew's monotone chain (1979)."""
    corners = np.unique(section.segments.reshape(-1, 2), axis=0).tolist()
    chains = []
    for row in (corners, corners[::-1]):
        chain: list[list[float]] = []
        for corner in row:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], corner) <= 0:
                chain.pop()
            chain.append(corner)
        chains += chain[:-1]
    loop = np.array(chains)
    return Section(segments=np.stack((loop, np.roll(loop, -1, axis=0)), axis=1))


def _turn(a: list[float], b: list[float], c: list[float]) -> float:
    """Positive where the way from a over b to c bends to the left."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _distance(section: Section, points: Floats) -> Floats:
    """From each point to the nearest outline, mm."""
    begin = section.segments[:, 0]
    step = section.segments[:, 1] - begin
    square = (step * step).sum(axis=1)
    nearest = np.empty(len(points))
    for row, point in enumerate(points):
        away = point - begin
        share = np.clip((away * step).sum(axis=1) / square, 0, 1)
        gap = away - share[:, None] * step
        nearest[row] = np.sqrt((gap * gap).sum(axis=1).min())
    return nearest
