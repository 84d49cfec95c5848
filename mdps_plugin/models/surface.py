"""How the triangles of a mesh hang together: edges, bodies, cavities, gaps. Judges nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from .mesh import Floats, Mesh

Integers: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Gap:
    """The widest opening: diagonal of the box around one run of open edges, and its middle."""

    width_mm: float
    middle_mm: tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Surface:
    """What :func:`survey` counts.

    ``open_edges`` have one face, ``crowded_edges`` more than two, ``twisted_edges`` two faces
    that run along them in the same direction. ``body_volumes_mm3`` holds the signed volume of
    each part of the surface that hangs together over edges: a closed part that faces outward is
    positive, the wall of a cavity negative. ``flat_triangles`` have no area.
    """

    open_edges: int
    crowded_edges: int
    twisted_edges: int
    flat_triangles: int
    body_volumes_mm3: tuple[float, ...]
    largest_gap: Gap | None

    @property
    def closed(self) -> bool:
        """Each edge lies between exactly two faces that run along it in opposite directions."""
        return not (self.open_edges or self.crowded_edges or self.twisted_edges)


def survey(mesh: Mesh) -> Surface:
    """Count edges, bodies and gaps after welding corners with identical 32-bit coordinates."""
    corners, positions = _weld(mesh.triangles)
    whole = (
        (corners[:, 0] != corners[:, 1])
        & (corners[:, 1] != corners[:, 2])
        & (corners[:, 2] != corners[:, 0])
    )
    kept = corners[whole]
    start = kept.ravel()
    end = np.roll(kept, -1, axis=1).ravel()
    faces = np.repeat(np.arange(len(kept)), 3)
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.argsort(low * len(positions) + high, kind="stable")
    low, high, faces = low[order], high[order], faces[order]
    along = (start == np.minimum(start, end))[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    first = np.flatnonzero(new)
    uses = np.diff(np.append(first, len(order)))
    pairs = first[uses == 2]
    lonely = first[uses == 1]
    # Runs of faces over any shared edge: neighbours in the sorted list that are one edge.
    joined = np.flatnonzero(~new)
    labels = connected(len(kept), faces[joined - 1], faces[joined])
    return Surface(
        open_edges=len(lonely),
        crowded_edges=int((uses > 2).sum()),
        twisted_edges=int((along[pairs] == along[pairs + 1]).sum()),
        flat_triangles=_flat(mesh.triangles),
        body_volumes_mm3=_volumes(mesh.face_volumes_mm3()[whole], labels),
        largest_gap=_largest_gap(low[lonely], high[lonely], positions),
    )


def _weld(triangles: Floats) -> tuple[Integers, Floats]:
    """Corner numbers (n, 3) and their positions (m, 3)."""
    points = triangles.reshape(-1, 3).astype(np.float32) + np.float32(0)
    # Equal numbers have equal bits, now that -0 is 0: any order that brings them together does.
    bits = points.view(np.uint32)
    two = bits[:, 0].astype(np.uint64) << np.uint64(32) | bits[:, 1]
    order = np.lexsort((bits[:, 2], two))
    ranked = points[order]
    new = np.ones(len(ranked), dtype=bool)
    new[1:] = (ranked[1:] != ranked[:-1]).any(axis=1)
    numbers = np.empty(len(points), dtype=np.int64)
    numbers[order] = np.cumsum(new) - 1
    return numbers.reshape(-1, 3), ranked[new].astype(np.float64)


def connected(count: int, left: Integers, right: Integers) -> Integers:
    """A label for each of ``count`` things, equal where a chain of pairs joins them.

    Each round gives both ends of a pair the lower label and then follows labels of labels, so
    that long strips need few rounds.
    """
    labels: Integers = np.arange(count, dtype=np.int64)
    while len(left):
        one, other = labels[left], labels[right]
        lowest = np.minimum(one, other)
        np.minimum.at(labels, one, lowest)
        np.minimum.at(labels, other, lowest)
        while True:
            further = labels[labels]
            if (further == labels).all():
                break
            labels = further
        unlike = labels[left] != labels[right]
        left, right = left[unlike], right[unlike]
    return labels


def _volumes(face_volumes: Floats, labels: Integers) -> tuple[float, ...]:
    if len(labels) == 0:
        return ()
    _, body = np.unique(labels, return_inverse=True)
    return tuple(float(volume) for volume in np.bincount(body, weights=face_volumes))


def _flat(triangles: Floats) -> int:
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    return int((~normals.any(axis=1)).sum())


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
        middle_mm=(float(middle[0]), float(middle[1]), float(middle[2])),
    )
