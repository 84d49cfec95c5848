"""A triangle mesh as frozen data, with its box and volume. Reads, moves and judges nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]

# Triangles whose columns stay in the cache of a core: twice as fast as all at once.
_BLOCK = 8192


def blocks(count: int) -> Iterator[slice]:
    """Places 0 to ``count`` in blocks that are worked on one after the other."""
    return (slice(begin, min(begin + _BLOCK, count)) for begin in range(0, count, _BLOCK))


@dataclass(frozen=True, kw_only=True)
class Mesh:
    """Triangles in millimetres, shape (n, 3 corners, 3 axes), n at least 1, all finite.

    ``digest`` is the SHA-256 of the file that the triangles came from; two meshes are equal if
    their files are. The array is made read-only.
    """

    triangles: Floats = field(compare=False, repr=False)
    digest: str

    def __post_init__(self) -> None:
        """Misuse only: what comes from outside is refused by the reader before."""
        if self.triangles.ndim != 3 or self.triangles.shape[1:] != (3, 3):
            raise RuntimeError(f"triangles of shape {self.triangles.shape}")
        if len(self.triangles) == 0 or not np.isfinite(self.triangles).all():
            raise RuntimeError("a mesh needs triangles, and finite ones")
        self.triangles.flags.writeable = False

    def bounds(self) -> tuple[Floats, Floats]:
        """Lowest and highest corner of the box along the axes, millimetres; read-only."""
        return self._bounds

    @cached_property
    def _bounds(self) -> tuple[Floats, Floats]:
        # Axis by axis: NumPy reduces a long column ten times as fast as many short rows.
        axes = [self.triangles[:, :, axis] for axis in range(3)]
        low = np.array([axis.min() for axis in axes])
        high = np.array([axis.max() for axis in axes])
        low.flags.writeable = high.flags.writeable = False
        return low, high

    def size(self) -> Floats:
        """Sides of the box along X, Y, Z, millimetres."""
        low, high = self.bounds()
        return high - low

    def volume_mm3(self) -> float:
        """Enclosed volume; negative where the faces point inward.

        Divergence theorem: the sum over triangles of the signed volume of the tetrahedron
        between the triangle and one fixed point. Meaningful for a closed surface only.
        """
        return float(self._volumes.sum())

    def face_volumes_mm3(self) -> Floats:
        """Signed tetrahedron volume of each triangle against the middle of the box; read-only."""
        return self._volumes

    @cached_property
    def _volumes(self) -> Floats:
        low, high = self.bounds()
        middle = (low + high) / 2
        volumes = np.empty(len(self.triangles))
        for block in blocks(len(volumes)):
            (ax, ay, az), (bx, by, bz), (cx, cy, cz) = (
                [self.triangles[block, corner, axis] - middle[axis] for axis in range(3)]
                for corner in range(3)
            )
            volumes[block] = (
                ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
            ) / 6.0
        volumes.flags.writeable = False
        return volumes
