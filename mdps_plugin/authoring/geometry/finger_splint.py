"""Finger splint: an open, tapered shell that a clinician sized for one finger."""

from __future__ import annotations

import numpy as np

from .solids import Floats, loft

# Six lines of 0.45 mm at 0.407 mm spacing fill the wall without a gap (PrusaSlicer flow maths).
WALL_MM = 2.48
OPENING_DEGREES = 110.0
CORNERS = 16


def mesh(
    length_mm: float = 24.0, inner_low_mm: float = 20.0, inner_high_mm: float = 17.0
) -> Floats:
    """Triangles (n, 3, 3) in mm, standing on z = 0.

    ``inner_low_mm`` and ``inner_high_mm`` are the inner diameters at the two ends.
    """
    heights = np.linspace(0.0, length_mm, 4)
    share = heights / length_mm
    radii = (inner_low_mm + (inner_high_mm - inner_low_mm) * share) / 2
    return loft([(float(z), _section(float(r))) for z, r in zip(heights, radii, strict=True)])


def _section(inner_radius_mm: float) -> Floats:
    half = np.radians(OPENING_DEGREES / 2)
    angle = np.linspace(half, 2 * np.pi - half, CORNERS)
    arc = np.column_stack([np.cos(angle), np.sin(angle)])
    outline = np.vstack([arc * (inner_radius_mm + WALL_MM), (arc * inner_radius_mm)[::-1]])
    return np.round(outline, 4)
