"""Mask extender: a flat strap behind the head with notches that take the ear loops."""

from __future__ import annotations

import numpy as np

from .solids import Floats, prism

LENGTH_MM = 120.0
WIDTH_MM = 20.0
THICKNESS_MM = 1.2
NOTCH_MOUTHS_MM = (32.0, 46.0)
NOTCH_WIDTH_MM = 3.0
NOTCH_DEPTH_MM = 5.0
# The bottom lies further out than the mouth, so that a loop pulled outwards is held.
NOTCH_LEAN_MM = 3.0
END_CHAMFER_MM = 4.0


def mesh() -> Floats:
    """Triangles (n, 3, 3) in mm, centred on x = y = 0, standing on z = 0."""
    return prism(_outline(), THICKNESS_MM)


def _outline() -> Floats:
    half, top = LENGTH_MM / 2, WIDTH_MM / 2
    quarter: list[tuple[float, float]] = []
    for mouth in NOTCH_MOUTHS_MM:
        bottom = mouth + NOTCH_LEAN_MM
        quarter += [
            (mouth, top),
            (bottom, top - NOTCH_DEPTH_MM),
            (bottom + NOTCH_WIDTH_MM, top - NOTCH_DEPTH_MM),
            (mouth + NOTCH_WIDTH_MM, top),
        ]
    quarter += [(half - END_CHAMFER_MM, top), (half, top - END_CHAMFER_MM)]
    right = [(x, -y) for x, y in quarter] + quarter[::-1]
    left = [(-x, -y) for x, y in right]
    return np.array(right + left)
