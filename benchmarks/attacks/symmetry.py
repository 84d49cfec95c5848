"""Models that are their own mirror image: mirroring them is no attack."""

from __future__ import annotations

import numpy as np

from mdps_plugin.authoring.geometry.solids import Floats

from .recipes import PLACE_MM


def symmetrical(placed: Floats, flip: Floats) -> bool:
    """Whether mirroring about the middle of the part gives the same corners, within 2 µm."""
    middle = np.array([*PLACE_MM, 0.0])
    corners = np.unique((placed.reshape(-1, 3) - middle).round(3) + 0.0, axis=0)
    other = np.unique((corners * flip).round(3) + 0.0, axis=0)
    return corners.shape == other.shape and bool(np.abs(corners - other).max() < 0.002)
