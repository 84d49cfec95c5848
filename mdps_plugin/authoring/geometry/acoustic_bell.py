"""Acoustic bell: a solid head with a cone that gathers sound into a bore for a tube."""

from __future__ import annotations

import numpy as np

from .solids import Floats, ring

OUTER_MM = 30.0
HEIGHT_MM = 6.0
BORE_MM = 6.0
MOUTH_MM = 26.0
FLOOR_MM = 2.0
CORNERS = 64


def mesh() -> Floats:
    """Triangles (n, 3, 3) in mm about x = y = 0, standing on z = 0, mouth upwards."""
    # Outside on the right along the ring: bore upwards is walked last.
    profile = np.array(
        [
            (BORE_MM / 2, 0.0),
            (OUTER_MM / 2, 0.0),
            (OUTER_MM / 2, HEIGHT_MM),
            (MOUTH_MM / 2, HEIGHT_MM),
            (BORE_MM / 2, FLOOR_MM),
        ]
    )
    return ring([_turned(profile, angle) for angle in _angles()])


def _angles() -> Floats:
    return np.linspace(0.0, 2 * np.pi, CORNERS, endpoint=False)


def _turned(profile: Floats, angle: float) -> Floats:
    radius, height = profile[:, 0], profile[:, 1]
    turned = np.column_stack([radius * np.cos(angle), radius * np.sin(angle), height])
    return np.round(turned, 4)
