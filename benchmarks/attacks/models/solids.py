"""Closed meshes beyond those of the shipped recipes: cells, holed plates, lathed bodies.

Meshes are arrays (m, 3, 3) in mm with outward normals, every edge shared by exactly two triangles.
Outlines are counter-clockwise arrays (n, 2) in mm.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mdps_plugin.authoring.geometry.solids import Floats, loft, ring

_CIRCLE_CORNERS = 40


def circle(
    radius: float, corners: int = _CIRCLE_CORNERS, at: tuple[float, float] = (0, 0)
) -> Floats:
    """A regular polygon whose corners lie on the circle."""
    angle = np.linspace(0.0, 2 * np.pi, corners, endpoint=False)
    return np.column_stack([at[0] + radius * np.cos(angle), at[1] + radius * np.sin(angle)])


def polar(radius: Floats, angle: Floats, stretch: float = 1.0) -> Floats:
    """An outline from radii at rising angles, stretched along x."""
    return np.column_stack([stretch * radius * np.cos(angle), radius * np.sin(angle)])


def skin(sections: Sequence[tuple[float, float]], corners: int = _CIRCLE_CORNERS) -> Floats:
    """A body of revolution from (z, radius) pairs, capped at both ends.

    Sections need not rise: up the outside, then down the inside makes a cup.
    """
    return loft([(z, circle(radius, corners)) for z, radius in sections])


def lathe(profile: Sequence[tuple[float, float]], corners: int = _CIRCLE_CORNERS) -> Floats:
    """A ring from a closed profile of (radius, z), counter-clockwise seen with z up."""
    angles = np.linspace(0.0, 2 * np.pi, corners, endpoint=False)
    return ring([np.array([(r * np.cos(a), r * np.sin(a), z) for r, z in profile]) for a in angles])


def holed_plate(outline: Floats, holes: Sequence[Floats], height: float) -> Floats:
    """An outline pulled up, with holes through it (counter-clockwise too, apart from each other).

    Top and bottom are cut open from each hole to the outside (a keyhole), then triangulated.
    """
    keyed = outline
    for hole in sorted(holes, key=lambda one: -float(one[:, 0].max())):
        keyed = _keyhole(keyed, hole[::-1])
    ears = _cut_ears(keyed)
    triangles = [np.column_stack([keyed[ear], np.full(3, height)]) for ear in ears]
    triangles += [np.column_stack([keyed[ear], np.zeros(3)])[::-1] for ear in ears]
    for loop in (outline, *(hole[::-1] for hole in holes)):
        triangles += _wall(loop, height)
    return np.array(triangles)


def _cut_ears(outline: Floats) -> list[list[int]]:
    """Triangles of an outline that may touch itself along its keyholes.

    Corners that lie on a corner of the ear do not stand in its way; the areas are added up, so
    that a wrong choice is an error and not a wrong mesh.
    """
    left, ears, area = list(range(len(outline))), [], 0.0
    while len(left) > 2:
        for place in range(len(left)):
            ear = [left[place - 1], left[place], left[(place + 1) % len(left)]]
            size = _ear_area(outline[ear], outline[left])
            if size > 0:
                ears.append(ear)
                area += size
                del left[place]
                break
        else:
            raise ValueError("the outline crosses itself or runs clockwise")
    x, y = outline[:, 0], outline[:, 1]
    whole = float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)
    if abs(area - whole) > 1e-6 * whole:
        raise ValueError(f"triangles of {area} mm² for an outline of {whole} mm²")
    return ears


def _ear_area(ear: Floats, others: Floats) -> float:
    """Area of the ear, 0 where it turns the wrong way or another corner lies in it."""
    a, b, c = ear
    area = float(((b - a)[0] * (c - a)[1] - (b - a)[1] * (c - a)[0]) / 2)
    if area <= 1e-9:
        return 0.0
    inside = np.ones(len(others), dtype=bool)
    for start, stop in ((a, b), (b, c), (c, a)):
        way, off = stop - start, others - start
        inside &= way[0] * off[:, 1] - way[1] * off[:, 0] >= -1e-12
    for corner in ear:
        inside &= np.abs(others - corner).max(axis=1) > 1e-9
    return 0.0 if inside.any() else area


def _wall(loop: Floats, height: float) -> list[Floats]:
    low = np.column_stack([loop, np.zeros(len(loop))])
    high = np.column_stack([loop, np.full(len(loop), height)])
    found: list[Floats] = []
    for i in range(len(loop)):
        j = (i + 1) % len(loop)
        found.append(np.array([low[i], low[j], high[j]]))
        found.append(np.array([low[i], high[j], high[i]]))
    return found


def _keyhole(outline: Floats, hole: Floats) -> Floats:
    """One outline from two, joined from the hole's rightmost corner to a corner in sight of it.

    Eberly, Triangulation by ear clipping: a corner seen from the hole always exists. Here the
    nearest corner whose join crosses no edge is taken.
    """
    start = int(np.argmax(hole[:, 0]))
    origin = hole[start]
    order = np.argsort(((outline - origin) ** 2).sum(axis=1), kind="stable")
    for corner in order:
        if _sees(origin, outline[corner], outline) and _sees(origin, outline[corner], hole):
            turned = np.roll(hole, -start, axis=0)
            joined = (outline[: corner + 1], turned, turned[:1], outline[corner:])
            return np.concatenate(joined)
    raise ValueError("no corner of the outline can be seen from the hole")


def _sees(a: Floats, b: Floats, loop: Floats) -> bool:
    """Whether no edge of the loop is crossed; edges that end at a or b do not count."""
    p, q = loop, np.roll(loop, -1, axis=0)

    def turn(u: Floats, v: Floats, w: Floats) -> Floats:
        return (v[..., 0] - u[..., 0]) * (w[..., 1] - u[..., 1]) - (v[..., 1] - u[..., 1]) * (
            w[..., 0] - u[..., 0]
        )

    touches = np.zeros(len(loop), dtype=bool)
    for end in (a, b):
        touches |= (np.abs(p - end).max(axis=1) < 1e-9) | (np.abs(q - end).max(axis=1) < 1e-9)
    crosses = (turn(a, b, p) * turn(a, b, q) <= 0) & (turn(p, q, a) * turn(p, q, b) <= 0)
    return not bool((crosses & ~touches).any())


def cells(xs: npt.ArrayLike, ys: npt.ArrayLike, zs: npt.ArrayLike, filled: npt.ArrayLike) -> Floats:
    """Surface of the filled cells of a grid; ``filled[i, j, k]`` is the cell from xs[i] to xs[i+1].

    ``ValueError`` where two cells touch along an edge only: that is no clean solid.
    """
    edges = [np.asarray(axis, dtype=float) for axis in (xs, ys, zs)]
    full = np.pad(np.asarray(filled, dtype=bool), 1)
    _refuse_edge_contact(full)
    found: list[Floats] = []
    for axis in range(3):
        for side in (0, 1):
            step = 1 if side else -1
            open_ = full & ~np.roll(full, -step, axis=axis)
            for cell in np.argwhere(open_) - 1:
                found += _face(edges, cell, axis, side)
    return np.array(found)


def _face(edges: list[Floats], cell: np.ndarray, axis: int, side: int) -> list[Floats]:
    u, v = (axis + 1) % 3, (axis + 2) % 3
    corners = np.zeros((4, 3))
    corners[:, axis] = edges[axis][cell[axis] + side]
    corners[:, u] = edges[u][cell[u] + np.array([0, 1, 1, 0])]
    corners[:, v] = edges[v][cell[v] + np.array([0, 0, 1, 1])]
    if not side:
        corners = corners[::-1]
    return [corners[[0, 1, 2]], corners[[0, 2, 3]]]


def _refuse_edge_contact(full: np.ndarray) -> None:
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        across, along = np.roll(full, -1, axis=u), np.roll(full, -1, axis=v)
        both = np.roll(across, -1, axis=v)
        diagonal = (full & both & ~across & ~along) | (across & along & ~full & ~both)
        if diagonal.any():
            raise ValueError(f"cells touch along an edge only, at {np.argwhere(diagonal)[0] - 1}")


def open_edges(triangles: Floats) -> int:
    """How many edges are not shared by exactly two triangles in opposite directions."""
    points, index = np.unique(triangles.reshape(-1, 3).round(6), axis=0, return_inverse=True)
    faces = index.reshape(-1, 3)
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    there = ends[:, 0] * len(points) + ends[:, 1]
    back = ends[:, 1] * len(points) + ends[:, 0]
    values, counts = np.unique(there, return_counts=True)
    return int((counts > 1).sum() + len(np.setdiff1d(back, values)))


def volume(triangles: Floats) -> float:
    """Signed volume in mm³; positive with outward normals (divergence theorem)."""
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def moved(triangles: Floats, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Floats:
    """Shifted by these millimetres."""
    return np.asarray(triangles + np.array([x, y, z]))
