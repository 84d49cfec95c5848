"""Drill guide: a sleeve on a flange, drawn for one drill and one place on one patient's bone."""

from __future__ import annotations

import numpy as np

from .solids import Floats, ring

FLANGE_MM = 24.0
FLANGE_HEIGHT_MM = 2.4
SLEEVE_MM = 12.0
CORNERS = 64


def mesh(bore_mm: float = 4.4, height_mm: float = 9.6) -> Floats:
    """Triangles (n, 3, 3) in mm about x = y = 0, standing on z = 0."""
    profile = np.array(
        [
            (bore_mm / 2, 0.0),
            (FLANGE_MM / 2, 0.0),
            (FLANGE_MM / 2, FLANGE_HEIGHT_MM),
            (SLEEVE_MM / 2, FLANGE_HEIGHT_MM),
            (SLEEVE_MM / 2, height_mm),
            (bore_mm / 2, height_mm),
        ]
    )
    sections = []
    for angle in np.linspace(0.0, 2 * np.pi, CORNERS, endpoint=False):
        radius, height = profile[:, 0], profile[:, 1]
        turned = np.column_stack([radius * np.cos(angle), radius * np.sin(angle), height])
        sections.append(np.round(turned, 4))
    return ring(sections)
