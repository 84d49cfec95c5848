"""Ring C: every printed line lies inside the section of its layer. Pure.

The middle of a bead of an honest wall lies half a bead inside; one that lies outside the section
is no part of this model. Ends and middles of lines are looked at; in a layer where ends times
outline segments exceed :data:`PAIRS`, evenly chosen ones.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..findings import Finding, Where
from ..recipes.document import ProcessWindow
from .codes_model import OUTSIDE_SECTION
from .collect import Collector
from .geometry import LayerLines, LayerMatch
from .section import Section

Floats = npt.NDArray[np.float64]

OUTSIDE_MM = 0.05
PAIRS = 1_000_000


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
        out = points[~is_inside(match.section, points)]
        if len(out) == 0:
            continue
        distance = _distance(match.section, out)
        worst = int(distance.argmax())
        if distance[worst] > OUTSIDE_MM + spare:
            found.add(
                Finding(
                    kind=OUTSIDE_SECTION,
                    where=Where(
                        line=match.lines.line,
                        layer=match.lines.layer,
                        x=round(float(out[worst, 0]), 3),
                        y=round(float(out[worst, 1]), 3),
                    ),
                    measured=round(float(distance[worst]), 3),
                    limit=OUTSIDE_MM + spare,
                    unit="mm",
                )
            )


def _points(lines: LayerLines, segments: int) -> Floats:
    points = np.concatenate((lines.begin, lines.end, (lines.begin + lines.end) / 2))
    step = max(1, -(-len(points) * segments // PAIRS))
    return points[::step]


def is_inside(section: Section, points: Floats) -> npt.NDArray[np.bool_]:
    """Whether the outline winds about each of ``points`` (n, 2); the inside lies on its left."""
    at_once = max(1, PAIRS // max(1, len(section.segments)))
    parts = [
        _is_inside(section, points[start : start + at_once])
        for start in range(0, len(points), at_once)
    ]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.bool_)


def _is_inside(section: Section, points: Floats) -> npt.NDArray[np.bool_]:
    begin, end = section.segments[:, 0], section.segments[:, 1]
    x, y = points[:, None, 0], points[:, None, 1]
    up = (begin[:, 1] <= y) & (y < end[:, 1])
    down = (end[:, 1] <= y) & (y < begin[:, 1])
    # Cross product: positive where the point lies on the left of the segment.
    left = (end[:, 0] - begin[:, 0]) * (y - begin[:, 1]) - (x - begin[:, 0]) * (
        end[:, 1] - begin[:, 1]
    )
    winding = (up & (left > 0)).sum(axis=1) - (down & (left < 0)).sum(axis=1)
    return np.asarray(winding > 0)


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
