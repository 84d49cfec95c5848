"""How the triangles of a mesh hang together: edges, bodies, cavities, gaps. Judges nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from .closed import bodies_if_closed
from .joined import Integers, connected
from .mesh import Corners, Floats, Mesh
from .mesh_link import mesh_kernel

Flags: TypeAlias = npt.NDArray[np.bool_]

Point: TypeAlias = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Gap:
    """The widest opening: diagonal of the box around one run of open edges, and its middle."""

    width_mm: float
    middle_mm: Point


@dataclass(frozen=True, kw_only=True)
class Surface:
    """What :func:`survey` counts.

    ``open_edges`` have one face, ``crowded_edges`` more than two, ``twisted_edges`` two faces
    that run along them in the same direction. ``body_volumes_mm3`` holds the signed volume of
    each part of the surface that hangs together over edges: a closed part that faces outward is
    positive, the wall of a cavity negative. ``flat_triangles`` have no area. ``crowded_at`` and
    ``twisted_at``: middle of one such edge, mm; ``flat_at``: a corner of one such triangle;
    ``least_at``: middle of the box about the body of least volume, the wall of a cavity first.
    """

    open_edges: int
    crowded_edges: int
    twisted_edges: int
    flat_triangles: int
    body_volumes_mm3: tuple[float, ...]
    largest_gap: Gap | None
    crowded_at: Point | None = None
    twisted_at: Point | None = None
    flat_at: Point | None = None
    least_at: Point | None = None

    @property
    def closed(self) -> bool:
        """Each edge lies between exactly two faces that run along it in opposite directions."""
        return not (self.open_edges or self.crowded_edges or self.twisted_edges)


def survey(mesh: Mesh) -> Surface:
    """Count edges, bodies and gaps after welding corners with identical 32-bit coordinates."""
    kernel = mesh_kernel(mesh.corners)
    labels: Integers | None = None if kernel is None else kernel.bodies(mesh.corners)
    if labels is None:
        labels = bodies_if_closed(mesh.corners)
    if labels is None:
        return survey_plainly(mesh)
    volumes, least = _bodies(mesh, None, labels) if labels.any() else _one_body(mesh)
    return Surface(
        open_edges=0,
        crowded_edges=0,
        twisted_edges=0,
        flat_triangles=mesh.faces.flat,
        body_volumes_mm3=volumes,
        largest_gap=None,
        flat_at=_flat_at(mesh),
        least_at=least,
    )


def survey_plainly(mesh: Mesh) -> Surface:
    """The reference: by sorting. :func:`survey` gives the same for every mesh."""
    corners, positions = _weld(mesh.corners)
    whole = (
        (corners[:, 0] != corners[:, 1])
        & (corners[:, 1] != corners[:, 2])
        & (corners[:, 2] != corners[:, 0])
    )
    kept = corners[whole]
    start = kept.ravel()
    end = np.roll(kept, -1, axis=1).ravel()
    # Both ends of an edge as one number; faces by their place, three edges each.
    key = np.minimum(start, end).astype(np.int64) * len(positions) + np.maximum(start, end)
    # Faces of one edge in any order: what is counted and joined below is the same in each.
    order = np.argsort(key)
    key, faces = key[order], (order // 3).astype(np.int32)
    along = (start < end)[order]
    del start, end, order, corners
    new = np.ones(len(key), dtype=bool)
    new[1:] = key[1:] != key[:-1]
    first = np.flatnonzero(new)
    uses = np.diff(np.append(first, len(key)))
    pairs = first[uses == 2]
    lonely, crowded = key[first[uses == 1]], key[first[uses > 2]]
    twisted = key[pairs[along[pairs] == along[pairs + 1]]]
    del key, first, pairs
    # Runs of faces over any shared edge: neighbours in the sorted list that are one edge.
    joined = np.flatnonzero(~new)
    labels = connected(len(kept), faces[joined - 1], faces[joined])
    volumes, least = _bodies(mesh, whole, labels)
    return Surface(
        open_edges=len(lonely),
        crowded_edges=len(crowded),
        twisted_edges=len(twisted),
        flat_triangles=mesh.faces.flat,
        body_volumes_mm3=volumes,
        largest_gap=_largest_gap(lonely // len(positions), lonely % len(positions), positions),
        crowded_at=_middle_of_edge(crowded, positions),
        twisted_at=_middle_of_edge(twisted, positions),
        flat_at=_flat_at(mesh),
        least_at=least,
    )


def _point(place: npt.NDArray[np.float64] | npt.NDArray[np.float32]) -> Point:
    x, y, z = (float(side) for side in place)
    return x, y, z


def _flat_at(mesh: Mesh) -> Point | None:
    first = mesh.faces.first_flat
    return None if first is None else _point(mesh.corners[first, 0])


def _middle_of_edge(keys: Integers, positions: Floats) -> Point | None:
    """Of the first of these edges."""
    if len(keys) == 0:
        return None
    low, high = divmod(int(keys[0]), len(positions))
    return _point((positions[low] + positions[high]) / 2)


def _weld(triangles: Corners) -> tuple[Integers, Floats]:
    """Corner numbers (n, 3) and their positions (m, 3)."""
    points = triangles.reshape(-1, 3).astype(np.float32) + np.float32(0)
    # Equal numbers have equal bits, now that -0 is 0: any order that brings them together does.
    bits = points.view(np.uint32)
    two = bits[:, 0].astype(np.uint64) << np.uint64(32) | bits[:, 1]
    order = np.lexsort((bits[:, 2], two))
    two, third = two[order], bits[order, 2]
    new = np.ones(len(points), dtype=bool)
    new[1:] = (two[1:] != two[:-1]) | (third[1:] != third[:-1])
    # At most three corners a triangle, far below 2^31.
    numbers = np.empty(len(points), dtype=np.int32)
    numbers[order] = np.cumsum(new, dtype=np.int32) - np.int32(1)
    return numbers.reshape(-1, 3), points[order[new]].astype(np.float64)


def _one_body(mesh: Mesh) -> tuple[tuple[float, ...], Point | None]:
    """:func:`_bodies` where all triangles are of the first."""
    low, high = mesh.bounds()
    return (mesh.faces.one_by_one_mm3,), _point((low + high) / 2)


def _bodies(
    mesh: Mesh, whole: Flags | None, labels: Integers
) -> tuple[tuple[float, ...], Point | None]:
    """Signed volume of each body, and where the least of them is; ``whole`` None: all are."""
    if len(labels) == 0:
        return (), None
    # A label is the place of the first of its things, whose own label it is.
    body = (np.cumsum(labels == np.arange(len(labels))) - 1)[labels]
    every = mesh.face_volumes_mm3()
    volumes = np.bincount(body, weights=every if whole is None else every[whole])
    of_least = body == int(np.argmin(volumes))
    corners = mesh.corners[of_least if whole is None else np.flatnonzero(whole)[of_least]]
    # Axis by axis, as in mesh.box_of.
    axes = [corners[:, :, axis].astype(np.float64) for axis in range(3)]
    middle = np.array([(axis.min() + axis.max()) / 2 for axis in axes])
    return tuple(float(volume) for volume in volumes), _point(middle)


def _largest_gap(low: Integers, high: Integers, positions: Floats) -> Gap | None:
    if len(low) == 0:
        return None
    corners, ends = np.unique(np.concatenate([low, high]), return_inverse=True)
    labels = connected(len(corners), ends[: len(low)], ends[len(low) :])
    _, run = np.unique(labels, return_inverse=True)
    lowest = np.full((run.max() + 1, 3), np.inf)
    highest = np.full((run.max() + 1, 3), -np.inf)
    np.minimum.at(lowest, run, positions[corners])
    np.maximum.at(highest, run, positions[corners])
    widths = np.linalg.norm(highest - lowest, axis=1)
    widest = int(np.argmax(widths))
    middle = (lowest[widest] + highest[widest]) / 2
    return Gap(
        width_mm=float(widths[widest]),
        middle_mm=_point(middle),
    )
