"""Draws what was deposited, one layer a picture, from above. Remembers nothing, writes no file.

A strand is a line as wide as its cross-section divided by the thickness of its layer, with round
ends. Row 0 of a picture is the far side of the bed; one pixel is ``MM_PER_PIXEL`` mm.
"""

from __future__ import annotations

import base64
import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from .deposit import Deposit, Layer
from .faults import FaultError

MM_PER_PIXEL = 0.1
_EMPTY, _PLASTIC = 255, 60
_THINNEST_MM = 0.05
_WIDEST_MM = 5.0


def draw_layer(layer: Layer, thickness_mm: float, size_mm: tuple[float, ...]) -> Image.Image:
    """A grey picture of the whole bed (X, Y in mm); plastic is dark."""
    columns, rows = round(size_mm[0] / MM_PER_PIXEL), round(size_mm[1] / MM_PER_PIXEL)
    plastic = np.zeros((rows, columns), dtype=bool)
    thickness = max(thickness_mm, _THINNEST_MM)
    for x0, y0, x1, y1, area in layer.each():
        half = min(area / thickness, _WIDEST_MM) / 2
        _strand(plastic, (x0, y0), (x1, y1), half)
    # Row 0 of the array is the near side of the bed.
    return Image.fromarray(np.where(plastic[::-1], _PLASTIC, _EMPTY).astype(np.uint8))


def _strand(
    plastic: NDArray[np.bool_], start: tuple[float, float], end: tuple[float, float], half: float
) -> None:
    """Set every pixel whose middle is no further than ``half`` mm from the way."""
    rows, columns = plastic.shape
    left, right = _span(start[0], end[0], half, columns)
    low, high = _span(start[1], end[1], half, rows)
    x = (np.arange(left, right) + 0.5) * MM_PER_PIXEL - start[0]
    y = ((np.arange(low, high) + 0.5) * MM_PER_PIXEL - start[1])[:, np.newaxis]
    dx, dy = end[0] - start[0], end[1] - start[1]
    length2 = dx * dx + dy * dy
    along = np.clip((x * dx + y * dy) / length2, 0.0, 1.0) if length2 > 0.0 else 0.0
    near = (x - along * dx) ** 2 + (y - along * dy) ** 2 <= half * half
    plastic[low:high, left:right] |= near


def _span(a: float, b: float, half: float, most: int) -> tuple[int, int]:
    """Pixels that a way from ``a`` to ``b`` mm can touch on one axis."""
    low = math.floor((min(a, b) - half) / MM_PER_PIXEL)
    high = math.ceil((max(a, b) + half) / MM_PER_PIXEL)
    return max(low, 0), max(min(high, most), max(low, 0))


class Pictures:
    """Pictures of one deposit on one bed."""

    def __init__(self, deposit: Deposit, size_mm: tuple[float, ...]) -> None:
        """``size_mm``: X and Y of the bed."""
        self.deposit = deposit
        self.size_mm = size_mm

    def png(self, number: int) -> bytes:
        """Layer ``number`` (first is 1) as a PNG file that says its own scale."""
        layer = self.deposit.layers[number - 1]
        facts = PngImagePlugin.PngInfo()
        facts.add_text("layer", str(number))
        facts.add_text("z_mm", f"{layer.z_mm:.3f}")
        thickness = self.deposit.thickness_mm(layer)
        facts.add_text("height_mm", f"{thickness:.3f}")
        facts.add_text("mm_per_pixel", f"{MM_PER_PIXEL:g}")
        out = io.BytesIO()
        draw_layer(layer, thickness, self.size_mm).save(out, "PNG", pnginfo=facts, compress_level=1)
        return out.getvalue()

    def record(self, number: object) -> dict[str, object]:
        """One layer for the control socket; None is the last. :class:`FaultError` if not there."""
        count = len(self.deposit.layers)
        wanted = count if number is None else number
        if type(wanted) is not int or not 1 <= wanted <= count:
            allowed = f"1 to {count}" if count else "nothing yet, no plastic is laid"
            raise FaultError(f"layer {number!r}; allowed: {allowed}")
        layer = self.deposit.layers[wanted - 1]
        return {
            "layer": wanted,
            "layers": count,
            "z_mm": round(layer.z_mm, 3),
            "height_mm": round(self.deposit.thickness_mm(layer), 3),
            "mm_per_pixel": MM_PER_PIXEL,
            "png_base64": base64.b64encode(self.png(wanted)).decode("ascii"),
        }
