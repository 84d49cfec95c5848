"""Wrist splint blank: a flat plate with a thumb notch, warmed and formed on the limb afterwards."""

from __future__ import annotations

import numpy as np

from .solids import Floats, prism

THICKNESS_MM = 2.4
CORNER_MM = 12.0
# The notch lies at this share of the length, seen from the hand, and takes the base of the thumb.
NOTCH_SHARE = 0.3
NOTCH_RADIUS_MM = 18.0
NOTCH_CORNERS = 16


def mesh(length_mm: float = 150.0, width_mm: float = 80.0, side: str = "right") -> Floats:
    """Triangles (n, 3, 3) in mm about x = y = 0, standing on z = 0; length along X.

    ``side`` "left" mirrors the notch: seen from above, the skin side lies on the plate.
    """
    outline = _outline(length_mm / 2, width_mm / 2)
    if side == "left":
        outline = (outline * np.array([1.0, -1.0]))[::-1]
    return prism(np.round(outline, 4), THICKNESS_MM)


def _outline(half_length: float, half_width: float) -> Floats:
    centre = half_length - 2 * half_length * NOTCH_SHARE
    angle = np.linspace(0.0, -np.pi, NOTCH_CORNERS)
    notch = np.column_stack(
        [centre + NOTCH_RADIUS_MM * np.cos(angle), half_width + NOTCH_RADIUS_MM * np.sin(angle)]
    )
    corners = [
        (-half_length, half_width - CORNER_MM),
        (-half_length, -half_width + CORNER_MM),
        (-half_length + CORNER_MM, -half_width),
        (half_length - CORNER_MM, -half_width),
        (half_length, -half_width + CORNER_MM),
        (half_length, half_width - CORNER_MM),
        (half_length - CORNER_MM, half_width),
    ]
    return np.vstack([np.array(corners), notch, [(-half_length + CORNER_MM, half_width)]])
