"""The bodies of a model: triangles that hang together over common corners. Pure; judges nothing.

Several parts on a plate are several bodies, and each may lie elsewhere by itself. Corners are the
same where all three coordinates are, as they are after placing (docs/adr/0012).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Odd numbers of 64 bits without pattern, to mix three coordinates into one key.
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)


def bodies(triangles: Floats) -> list[Floats]:
    """``triangles`` (n, 3, 3) apart by body, the largest number of triangles first."""
    corners = _numbered(triangles.reshape(-1, 3)).reshape(-1, 3)
    labels = np.arange(int(corners.max(initial=-1)) + 1)
    while True:
        # Each face gives its corners their lowest label; then labels of labels are followed.
        lowest = labels[corners].min(axis=1)
        before = labels.copy()
        for column in range(3):
            np.minimum.at(labels, corners[:, column], lowest)
            np.minimum.at(labels, before[corners[:, column]], lowest)
        while not np.array_equal(labels[labels], labels):
            labels = labels[labels]
        if np.array_equal(labels, before):
            break
    of_face = labels[corners[:, 0]]
    names, count = np.unique(of_face, return_counts=True)
    order = np.argsort(-count, kind="stable")
    return [triangles[of_face == name] for name in names[order]]


def _numbered(points: Floats) -> Ints:
    """A number for each point (n, 3), equal where the points are; exact."""
    # 0.0 and -0.0 are the same place and have other bits.
    bits = np.ascontiguousarray(points + 0.0).view(np.uint64)
    # Additions and products of these types wrap; that is what mixes.
    mixed = (bits ^ (bits >> np.uint64(29))) * _MIX
    key = mixed[:, 0] ^ (mixed[:, 1] >> np.uint64(7)) ^ (mixed[:, 2] << np.uint64(9))
    _, first, number = np.unique(key, return_index=True, return_inverse=True)
    if np.array_equal(points[first[number]], points):
        return np.asarray(number, dtype=np.int64)
    # Two points with one key: sort the points themselves.
    _, number = np.unique(points + 0.0, axis=0, return_inverse=True)
    return np.asarray(number, dtype=np.int64).reshape(-1)
