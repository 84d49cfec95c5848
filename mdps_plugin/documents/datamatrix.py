"""DataMatrix (ISO/IEC 16022, ECC 200) written and read by zxing-cpp. Decides no contents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import zxingcpp
from PIL import Image

from .identifier import Identifier

Modules = tuple[tuple[bool, ...], ...]
_GS1 = "]d2"
_PLAIN = "]d1"


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What was read: the text, and whether it was marked as GS1 (FNC1 first)."""

    text: str
    gs1: bool


def encode(identifier: Identifier) -> Modules:
    """Square symbol, True = dark, without the quiet zone of one module around it."""
    options = {"gs1": True} if identifier.gs1 else {}
    content = identifier.shown if identifier.gs1 else identifier.scanned
    barcode = zxingcpp.create_barcode(
        content, zxingcpp.BarcodeFormat.DataMatrix, force_square=True, **options
    )
    pixels = np.asarray(barcode.to_image(scale=1, add_quiet_zones=False))
    return tuple(tuple(bool(value == 0) for value in row) for row in pixels)


def scan(image: Image.Image) -> tuple[Scan, ...]:
    """Every DataMatrix in a picture."""
    found = zxingcpp.read_barcodes(
        np.asarray(image.convert("L")), formats=zxingcpp.BarcodeFormat.DataMatrix
    )
    return tuple(
        Scan(text=bytes(one.bytes).decode("latin-1"), gs1=one.symbology_identifier == _GS1)
        for one in found
        if one.symbology_identifier in (_GS1, _PLAIN)
    )
