"""A triangle mesh as frozen data, with its box and volume. Reads, moves and judges nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from .mesh_link import Corners, Floats, mesh_kernel

__all__ = ["Corners", "Faces", "Floats", "Mesh", "blocks", "box_of"]

# Triangles whose columns stay in the cache of a core: twice as fast as all at once.
_BLOCK = 8192
_LARGEST = float(np.finfo(np.float32).max)


def blocks(count: int) -> Iterator[slice]:
    """Places 0 to ``count`` in blocks that are worked on one after the other."""
    return (slice(begin, min(begin + _BLOCK, count)) for begin in range(0, count, _BLOCK))


def box_of(corners: Corners, most: float = _LARGEST) -> tuple[Floats, Floats] | None:
    """Lowest and highest corner; None unless all numbers are finite and at most ``most``."""
    kernel = mesh_kernel(corners)
    if kernel is not None:
        return kernel.box(corners, most)
    # Axis by axis: NumPy reduces a long column ten times as fast as many short rows.
    axes = [corners[:, :, axis] for axis in range(3)]
    with np.errstate(invalid="ignore"):  # signalling NaN
        low = np.array([axis.min() for axis in axes], dtype=np.float64)
        high = np.array([axis.max() for axis in axes], dtype=np.float64)
    # Not a number is in no range, whichever comes out as the least and the most.
    return (low, high) if (low >= -most).all() and (high <= most).all() else None


@dataclass(frozen=True, kw_only=True)
class Faces:
    """Sums over all triangles.

    ``volume_mm3``: of the signed volumes, as NumPy adds them; ``one_by_one_mm3``: the same in
    their order. ``flat``: triangles without an area, ``first_flat`` the place of the first.
    """

    volume_mm3: float
    one_by_one_mm3: float
    flat: int
    first_flat: int | None


@dataclass(frozen=True, kw_only=True)
class Mesh:
    """Triangles in millimetres, shape (n, 3 corners, 3 axes), n at least 1, all finite.

    ``corners`` may lie in the bytes of a binary STL, which then is ``file``. ``digest`` is the
    SHA-256 of the file that they came from; two meshes are equal if their files are. ``box``:
    lowest and highest corner, where they are known. All arrays are made read-only.
    """

    corners: Corners = field(compare=False, repr=False)
    digest: str
    file: bytes | None = field(default=None, compare=False, repr=False)
    box: tuple[Floats, Floats] | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Misuse only: what comes from outside is refused by the reader before."""
        if self.corners.ndim != 3 or self.corners.shape[1:] != (3, 3):
            raise RuntimeError(f"triangles of shape {self.corners.shape}")
        if len(self.corners) == 0 or self._bounds is None:
            raise RuntimeError("a mesh needs triangles, and finite ones")
        self.corners.flags.writeable = False

    @cached_property
    def triangles(self) -> Floats:
        """The corners as numbers of 64 bits, in memory of their own; made when first asked for."""
        triangles = np.ascontiguousarray(self.corners, dtype=np.float64)
        triangles.flags.writeable = False
        return triangles

    def bounds(self) -> tuple[Floats, Floats]:
        """Lowest and highest corner of the box along the axes, millimetres; read-only."""
        if self._bounds is None:
            raise RuntimeError("no box")
        return self._bounds

    @cached_property
    def _bounds(self) -> tuple[Floats, Floats] | None:
        box = self.box or box_of(self.corners, float(np.finfo(self.corners.dtype).max))
        for corner in box or ():
            corner.flags.writeable = False
        return box

    def size(self) -> Floats:
        """Sides of the box along X, Y, Z, millimetres."""
        low, high = self.bounds()
        return high - low

    def volume_mm3(self) -> float:
        """Enclosed volume; negative where the faces point inward.

        Divergence theorem: the sum over triangles of the signed volume of the tetrahedron
        between the triangle and one fixed point. Meaningful for a closed surface only.
        """
        return self.faces.volume_mm3

    @cached_property
    def faces(self) -> Faces:
        """Sums over all triangles, of which no column is kept."""
        kernel = mesh_kernel(self.corners)
        if kernel is None:
            volumes, flat = self.face_volumes_mm3(), self._flat()
            added = np.bincount(np.zeros(len(volumes), dtype=np.int8), weights=volumes)
            count, first, one_by_one = len(flat), int(flat[0]) if len(flat) else -1, added[0]
        else:
            volumes, one_by_one, count, first = kernel.faces(self.corners, self._middle())
        return Faces(
            volume_mm3=float(volumes.sum()),
            one_by_one_mm3=float(one_by_one),
            flat=count,
            first_flat=first if count else None,
        )

    def _middle(self) -> Floats:
        low, high = self.bounds()
        return (low + high) / 2

    def face_volumes_mm3(self) -> Floats:
        """Signed tetrahedron volume of each triangle against the middle of the box."""
        kernel, middle = mesh_kernel(self.corners), self._middle()
        if kernel is not None:
            return kernel.faces(self.corners, middle)[0]
        volumes = np.empty(len(self.corners))
        for block in blocks(len(volumes)):
            some = self.corners[block].astype(np.float64)
            (ax, ay, az), (bx, by, bz), (cx, cy, cz) = (
                [some[:, corner, axis] - middle[axis] for axis in range(3)] for corner in range(3)
            )
            volumes[block] = (
                ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
            ) / 6.0
        return volumes

    def _flat(self) -> npt.NDArray[np.int64]:
        """Triangles without an area."""
        flat = np.empty(len(self.corners), dtype=np.bool_)
        for block in blocks(len(flat)):
            some = self.corners[block].astype(np.float64)
            ax, ay, az = (some[:, 1, axis] - some[:, 0, axis] for axis in range(3))
            bx, by, bz = (some[:, 2, axis] - some[:, 0, axis] for axis in range(3))
            # Side by side of the normal, as np.cross reckons them.
            flat[block] = (ay * bz == az * by) & (az * bx == ax * bz) & (ax * by == ay * bx)
        return np.flatnonzero(flat)
