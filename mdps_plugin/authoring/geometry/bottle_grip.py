"""Bottle grip: a lobed ring that a weak hand can turn; its cone takes caps of several sizes."""

from __future__ import annotations

import numpy as np

from .solids import Floats, ring

CAP_LOW_MM, CAP_HIGH_MM = 29.0, 26.0
OUTER_MM = 42.0
LOBES = 6
LOBE_MM = 2.0
HEIGHT_MM = 6.0
CORNERS = 48


def mesh() -> Floats:
    """Triangles (n, 3, 3) in mm about x = y = 0, standing on z = 0."""
    sections = []
    for angle in np.linspace(0.0, 2 * np.pi, CORNERS, endpoint=False):
        outer = OUTER_MM / 2 + LOBE_MM * np.cos(LOBES * angle)
        profile = np.array(
            [
                (CAP_LOW_MM / 2, 0.0),
                (outer, 0.0),
                (outer, HEIGHT_MM),
                (CAP_HIGH_MM / 2, HEIGHT_MM),
            ]
        )
        sections.append(
            np.column_stack(
                [profile[:, 0] * np.cos(angle), profile[:, 0] * np.sin(angle), profile[:, 1]]
            ).round(4)
        )
    return ring(sections)
