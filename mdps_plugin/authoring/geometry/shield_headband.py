"""Headband of a face shield: an open band that a visor and an elastic strap are fixed to."""

from __future__ import annotations

import numpy as np

from .solids import Floats, prism

# Six lines of 0.45 mm at 0.386 mm spacing fill the wall (layers of 0.3 mm, flow maths).
WALL_MM = 2.38
INNER_RADIUS_MM = 70.0
SPREAD_DEGREES = 200.0
HEIGHT_MM = 12.0
CORNERS = 60


def mesh() -> Floats:
    """Triangles (n, 3, 3) in mm, standing on z = 0, open towards the back of the head."""
    half = np.radians(SPREAD_DEGREES / 2)
    angle = np.linspace(-half, half, CORNERS)
    arc = np.column_stack([np.cos(angle), np.sin(angle)])
    outline = np.vstack([arc * (INNER_RADIUS_MM + WALL_MM), (arc * INNER_RADIUS_MM)[::-1]])
    return prism(np.round(outline, 4), HEIGHT_MM)
