"""Landmark phantom: a smooth bone-like body, standing in for a patient's anatomy in examples.

It is nobody's anatomy: a dome whose radius is a short sum of cosines. Three flats let a caliper
touch it (the idea of landing blocks in 3D Printing in Medicine 2017, 0014-3).
"""

from __future__ import annotations

import numpy as np

from .solids import Floats, loft

RADIUS_MM = 14.0
HEIGHT_MM = 12.0
FLAT_AT_MM = 13.0
STEP_MM = 1.0
CORNERS = 40


def mesh() -> Floats:
    """Triangles (n, 3, 3) in mm about x = y = 0, standing on z = 0, narrowing upwards."""
    heights = np.arange(0.0, HEIGHT_MM + STEP_MM / 2, STEP_MM)
    return loft([(float(height), _section(float(height))) for height in heights])


def _section(height: float) -> Floats:
    angle = np.linspace(0.0, 2 * np.pi, CORNERS, endpoint=False)
    rise = height / HEIGHT_MM
    waist = np.sqrt(1.0 - 0.75 * rise**2) * (1.0 + 0.06 * np.sin(np.pi * rise))
    radius = RADIUS_MM * waist * (1.0 + 0.10 * np.cos(2 * angle) + 0.05 * np.cos(3 * angle + 1.0))
    outline = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    outline[:, 0] = np.clip(outline[:, 0], -FLAT_AT_MM, FLAT_AT_MM)
    outline[:, 1] = np.maximum(outline[:, 1], -(FLAT_AT_MM - 2.0))
    return np.round(outline, 4)
