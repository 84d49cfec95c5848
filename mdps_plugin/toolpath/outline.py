"""Ring C, the part as a whole: how far inside the model's outline the walls run. Pure.

From points along each section's outline to the nearest printed line; an honest wall runs half its
width inside. One least-squares fit over all layers gives the mean inset and the rigid shift. On
honest slicings of 20 medical models the shift read at most 0.005 mm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..findings import Finding
from .codes_model import OUTLINE_LEFT, OUTLINE_OFFSET, WALLS_BESIDE
from .collect import Collector
from .geometry import LayerLines, LayerMatch

Floats = npt.NDArray[np.float64]

SHIFT_MM = 0.05
INSET_MM = 0.05
# Walls may leave the outline where the model is thinner than a bead, or a corner is sharp.
FOLLOWED_PERCENT = 75
NEAR_MM = 0.3
SAMPLES = 96
_PAIRS_AT_ONCE = 2_000_000


def check_outline(matches: Sequence[LayerMatch], found: Collector) -> None:
    """Refuse a toolpath beside the model, of another size, or of another shape.

    The first layer is left out where there are others: slicers may widen or narrow it.
    """
    usable = [match for match in matches if not match.section.empty]
    parts = [_insets(match) for match in (usable[1:] if len(usable) > 1 else usable)]
    if not parts:
        return
    inset = np.concatenate([part[0] for part in parts])
    normal = np.concatenate([part[1] for part in parts])
    near = np.abs(inset) <= NEAR_MM
    followed = 100 * float(near.mean())
    if followed < FOLLOWED_PERCENT:
        found.add(
            Finding(
                kind=OUTLINE_LEFT,
                measured=round(followed, 1),
                limit=FOLLOWED_PERCENT,
                unit="%",
            )
        )
        return
    # Moving the walls by s takes them nearer to an outline whose outward normal points along s.
    columns = np.column_stack((np.ones(int(near.sum())), -normal[near]))
    solution = np.linalg.lstsq(columns, inset[near], rcond=None)[0]
    mean_inset, shift = float(solution[0]), float(np.hypot(solution[1], solution[2]))
    if shift > SHIFT_MM:
        found.add(Finding(kind=WALLS_BESIDE, measured=round(shift, 3), limit=SHIFT_MM, unit="mm"))
    if abs(mean_inset) > INSET_MM:
        found.add(
            Finding(kind=OUTLINE_OFFSET, measured=round(mean_inset, 3), limit=INSET_MM, unit="mm")
        )


def _insets(match: LayerMatch) -> tuple[Floats, Floats]:
    """For points on the outline: inset of the nearest line beyond half its width; the normals."""
    points, normals = match.section.samples(SAMPLES)
    return insets(points, normals, match.lines), normals


def inset_middles(points: Floats, normals: Floats, lines: LayerLines) -> Floats:
    """Inset of the middle of the nearest line, mm: its width is left out of account."""
    return insets(points, normals, replace(lines, width=np.zeros_like(lines.width)))


def insets(points: Floats, normals: Floats, lines: LayerLines) -> Floats:
    """Inset of the nearest line beyond half its width, mm, for points (n, 2) on an outline."""
    at_once = max(1, _PAIRS_AT_ONCE // max(1, len(lines.begin)))
    parts = [
        _inset(points[start : start + at_once], normals[start : start + at_once], lines)
        for start in range(0, len(points), at_once)
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def _inset(points: Floats, normals: Floats, lines: LayerLines) -> Floats:
    """Signed: positive where the wall runs too far inside. Distances point to line segment."""
    step = lines.end - lines.begin
    square = np.maximum((step * step).sum(axis=1), 1e-12)
    toward_x = points[:, None, 0] - lines.begin[None, :, 0]
    toward_y = points[:, None, 1] - lines.begin[None, :, 1]
    share = (toward_x * step[:, 0] + toward_y * step[:, 1]) / square
    np.clip(share, 0, 1, out=share)
    away_x = toward_x - share * step[:, 0]
    away_y = toward_y - share * step[:, 1]
    nearest = np.hypot(away_x, away_y).argmin(axis=1)
    rows = np.arange(len(points))
    inside = away_x[rows, nearest] * normals[:, 0] + away_y[rows, nearest] * normals[:, 1]
    distance = np.hypot(away_x[rows, nearest], away_y[rows, nearest])
    return np.asarray(np.copysign(distance, inside) - lines.width[nearest] / 2)
