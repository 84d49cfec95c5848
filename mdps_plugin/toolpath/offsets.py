"""How far from their signed place walls run, along outlines and at the ends of their lines. Pure.

Decides nothing: :mod:`.fit` asks what shift, size or turn of a rigid part these offsets say.

Both slicers leave out corners of an outline that lie within their resolution (0.0125 mm for
PrusaSlicer 2.5): between two corners that are left the wall is a chord, the corners themselves lie
where they lay. So along a rounded outline offsets lean to one side by part of that resolution; at
the ends of the lines they do not. Those say little, though, where walls turn sharply, as mitres lie
further from the outline than the wall does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .depth import Pieces
from .geometry import LayerLines
from .outline import inset_middles
from .section import Section
from .sections import Sections

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

SAMPLES = 128
#: Layers whose ends are looked at, spread over the height of the part.
END_LAYERS = 12
#: Walls further from their signed place than this do not follow the outline there.
NEAR_MM = 0.15
# Nearer to the outline than this a point has no direction to it.
_ON_MM = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class Offsets:
    """Points (n, 2) in mm, outward normals there, how far too far inside each wall runs, layer."""

    point: Floats
    normal: Floats
    inset: Floats
    layer: Ints

    def chosen(self, rows: Flags) -> Offsets:
        """Some of them."""
        return Offsets(
            point=self.point[rows],
            normal=self.normal[rows],
            inset=self.inset[rows],
            layer=self.layer[rows],
        )


def along_outlines(lines: Sequence[LayerLines], sections: Sections, inset_mm: float) -> Offsets:
    """At places spread evenly along both cuts of each layer: the inset of the nearest line."""
    parts: list[Offsets] = []
    for layer in lines:
        for section in _cuts(sections, layer.layer):
            point, normal = section.samples(SAMPLES)
            inset = inset_middles(point, normal, layer) - inset_mm
            parts.append(_of_layer(point, normal, inset, layer.layer))
    return _all(parts)


def at_ends(ends: Iterable[tuple[int, Floats]], sections: Sections, inset_mm: float) -> Offsets:
    """At the ends of lines that lie about ``inset_mm`` deep: the nearest place of each cut.

    ``ends``: a layer and its points (n, 2), mm.
    """
    parts: list[Offsets] = []
    for layer, points in ends:
        for section in _cuts(sections, layer):
            pieces = Pieces(section.segments)
            at_once = pieces.points_at_once(inset_mm + NEAR_MM)
            parts += [
                _nearest(points[start : start + at_once], pieces, inset_mm, layer)
                for start in range(0, len(points), at_once)
            ]
    return _all(parts)


def spread(layers: Ints) -> Ints:
    """Some of these layers, the first of the part left out where there are others.

    The ends in :data:`END_LAYERS` of them are thousands; slicers draw each layer alike.
    """
    later = layers[layers > 0] if (layers > 0).any() else layers
    chosen = np.linspace(0, len(later) - 1, min(END_LAYERS, len(later))).round().astype(np.int64)
    return later[chosen]


def _nearest(points: Floats, pieces: Pieces, inset_mm: float, layer: int) -> Offsets:
    """Of the points within reach; a point outside the part counts as one inside it."""
    row, piece, gap, share = pieces.near(points, inset_mm + NEAR_MM)
    order = np.lexsort((gap, row))
    first = order[np.flatnonzero(np.diff(row[order], prepend=-1))]
    kept = first[(np.abs(gap[first] - inset_mm) <= NEAR_MM) & (gap[first] > _ON_MM)]
    row, piece, gap, share = row[kept], piece[kept], gap[kept], share[kept]
    place = pieces.begin[piece] + np.clip(share, 0, 1)[:, None] * pieces.step[piece]
    return _of_layer(points[row], (place - points[row]) / gap[:, None], gap - inset_mm, layer)


def _cuts(sections: Sections, layer: int) -> list[Section]:
    """Both sides of the middle: on a slope each is off by as much, to the other side."""
    pair = sections.pair(layer)
    return [section for section in (pair.below, pair.above) if not section.empty]


def _of_layer(point: Floats, normal: Floats, inset: Floats, layer: int) -> Offsets:
    return Offsets(point=point, normal=normal, inset=inset, layer=np.full(len(point), layer))


def _all(parts: Sequence[Offsets]) -> Offsets:
    if not parts:
        none = np.empty((0, 2))
        return Offsets(point=none, normal=none, inset=np.empty(0), layer=np.empty(0, dtype=int))
    return Offsets(
        point=np.concatenate([part.point for part in parts]),
        normal=np.concatenate([part.normal for part in parts]),
        inset=np.concatenate([part.inset for part in parts]),
        layer=np.concatenate([part.layer for part in parts]),
    )
