"""The two fonts that documents embed, and which texts they can show. The only file read here.

DejaVu Sans comes with the package, so that a document has the same bytes on every machine.
"""

from __future__ import annotations

import io
import unicodedata
from functools import cache
from importlib.resources import files

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD = "DejaVuSans", "DejaVuSans-Bold"
_KNOWN = (REGULAR, BOLD)
#: Height of the letter x in parts of the type size (the font's own sxHeight, 1120 of 2048).
X_HEIGHT = 0.547
POINT_MM = 25.4 / 72


@cache
def font_bytes(name: str) -> bytes:
    """The TrueType file of a font that comes with the package."""
    if name not in _KNOWN:
        raise RuntimeError(f"no font {name}")
    return (files(__package__) / "fonts" / f"{name}.ttf").read_bytes()


@cache
def register() -> None:
    """Make both fonts known to the PDF library, once."""
    for name in _KNOWN:
        pdfmetrics.registerFont(TTFont(name, io.BytesIO(font_bytes(name))))
    pdfmetrics.registerFontFamily(
        REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD
    )


def width_mm(text: str, name: str, size_pt: float) -> float:
    """Width of one line of text."""
    register()
    return float(pdfmetrics.stringWidth(text, name, size_pt)) * POINT_MM


@cache
def _glyphs() -> frozenset[int]:
    register()
    shown = (set(pdfmetrics.getFont(name).face.charToGlyph) for name in _KNOWN)
    return frozenset(set.intersection(*shown))


def unprintable(text: str) -> str | None:
    """The first character that would not come out right, or None.

    That is one without a glyph, one that is written right to left, or one that must be joined to
    its neighbour: nothing here shapes text, and a box or a turned name is worse than a refusal.
    """
    glyphs = _glyphs()
    for character in normal(text):
        direction = unicodedata.bidirectional(character)
        if (
            ord(character) not in glyphs
            or direction in ("R", "AL", "AN")
            or unicodedata.category(character) in ("Mn", "Mc", "Me", "Cc", "Cf", "Co", "Cs")
        ):
            return character
    return None


def normal(text: str) -> str:
    """Letters and accents as one character where there is one (NFC), line ends as blanks."""
    return unicodedata.normalize("NFC", " ".join(text.split()))
