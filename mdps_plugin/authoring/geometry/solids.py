"""Closed triangle meshes from outlines: prisms, lofts and rings. Knows no device, writes no file.

Outlines are counter-clockwise polygons, arrays (n, 2) in mm; meshes are arrays (m, 3, 3) in mm
with outward normals (right-hand rule) and every edge shared by exactly two triangles.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def triangulate(outline: Floats) -> list[tuple[int, int, int]]:
    """Triangles (corner numbers) of a simple counter-clockwise polygon, by cutting off ears.

    ``ValueError`` if no ear is left, as with an outline that crosses itself or runs clockwise.
    Every simple polygon has an ear (two ears theorem, Meisters 1975).
    """
    left = list(range(len(outline)))
    triangles: list[tuple[int, int, int]] = []
    while len(left) > 3:
        for place, corner in enumerate(left):
            before, after = left[place - 1], left[(place + 1) % len(left)]
            if _is_ear(outline, before, corner, after, left):
                triangles.append((before, corner, after))
                del left[place]
                break
        else:
            raise ValueError("the outline crosses itself or runs clockwise")
    a, b, c = left
    if _turn(outline[a], outline[b], outline[c]) <= 0:
        raise ValueError("the outline crosses itself or runs clockwise")
    return [*triangles, (a, b, c)]


def _turn(a: Floats, b: Floats, c: Floats) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def _is_ear(outline: Floats, before: int, corner: int, after: int, left: Sequence[int]) -> bool:
    a, b, c = outline[before], outline[corner], outline[after]
    if _turn(a, b, c) <= 1e-9:
        return False
    others = [index for index in left if index not in (before, corner, after)]
    return not any(
        _turn(a, b, outline[index]) >= 0
        and _turn(b, c, outline[index]) >= 0
        and _turn(c, a, outline[index]) >= 0
        for index in others
    )


def loft(sections: Sequence[tuple[float, Floats]]) -> Floats:
    """A solid through outlines of equally many corners at rising heights (z mm, outline)."""
    count = len(sections[0][1])
    rings = [np.column_stack([outline, np.full(count, height)]) for height, outline in sections]
    triangles: list[Floats] = []
    for lower, upper in pairwise(rings):
        for i in range(count):
            j = (i + 1) % count
            triangles.append(np.array([lower[i], lower[j], upper[j]]))
            triangles.append(np.array([lower[i], upper[j], upper[i]]))
    for a, b, c in triangulate(sections[0][1]):
        triangles.append(rings[0][[c, b, a]])
    for a, b, c in triangulate(sections[-1][1]):
        triangles.append(rings[-1][[a, b, c]])
    return np.array(triangles)


def prism(outline: Floats, height_mm: float) -> Floats:
    """An outline raised from z = 0 to ``height_mm``."""
    return loft([(0.0, outline), (height_mm, outline)])


def ring(sections: Sequence[Floats]) -> Floats:
    """A closed ring (torus) through profiles (n, 3), the last joined to the first again.

    Profiles run so that the outside is on the right when looking along the ring.
    """
    triangles: list[Floats] = []
    for index, here in enumerate(sections):
        there = sections[(index + 1) % len(sections)]
        for i in range(len(here)):
            j = (i + 1) % len(here)
            triangles.append(np.array([here[i], there[i], there[j]]))
            triangles.append(np.array([here[i], there[j], here[j]]))
    return np.array(triangles)
