"""A laid-out label to PDF and PNG bytes, and the PNG read back. Chooses no words, no places."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from .content_label import HEIGHT_MM, MODULE_MM, WIDTH_MM, Label
from .datamatrix import Scan, scan
from .fonts import font_bytes, register

DPI = 300
_PIXELS_PER_MM = DPI / 25.4


def label_pdf(label: Label, title: str) -> bytes:
    """One page of the size of the label."""
    register()
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(WIDTH_MM * mm, HEIGHT_MM * mm), invariant=1, lang="en")
    canvas.setTitle(title)
    canvas.setCreator("MDPS controller")
    for line in label.lines:
        canvas.setFont(line.font, line.size_pt)
        canvas.drawString(line.x_mm * mm, (HEIGHT_MM - line.baseline_mm) * mm, line.text)
    for row, modules in enumerate(label.modules):
        for start, stop in _runs(modules):
            canvas.rect(
                (label.code_x_mm + start * MODULE_MM) * mm,
                (HEIGHT_MM - label.code_y_mm - (row + 1) * MODULE_MM) * mm,
                (stop - start) * MODULE_MM * mm,
                MODULE_MM * mm,
                stroke=0,
                fill=1,
            )
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _runs(modules: tuple[bool, ...]) -> list[tuple[int, int]]:
    """Dark modules side by side as one rectangle, so that no hairline shows between them."""
    runs: list[tuple[int, int]] = []
    for index, dark in enumerate(modules):
        if not dark:
            continue
        if runs and runs[-1][1] == index:
            runs[-1] = (runs[-1][0], index + 1)
        else:
            runs.append((index, index + 1))
    return runs


def label_png(label: Label) -> bytes:
    """Black and white picture at :data:`DPI`; each module is a whole number of pixels."""
    size = (round(WIDTH_MM * _PIXELS_PER_MM), round(HEIGHT_MM * _PIXELS_PER_MM))
    image = Image.new("1", size, 1)
    draw = ImageDraw.Draw(image)
    for line in label.lines:
        data = io.BytesIO(font_bytes(line.font))
        font = ImageFont.truetype(
            data, line.size_pt * DPI / 72, layout_engine=ImageFont.Layout.BASIC
        )
        place = (line.x_mm * _PIXELS_PER_MM, line.baseline_mm * _PIXELS_PER_MM)
        draw.text(place, line.text, font=font, fill=0, anchor="ls")
    side = round(MODULE_MM * _PIXELS_PER_MM)
    left, top = (round(value * _PIXELS_PER_MM) for value in (label.code_x_mm, label.code_y_mm))
    for row, modules in enumerate(label.modules):
        for start, stop in _runs(modules):
            corner = (left + start * side, top + row * side)
            draw.rectangle((corner, (left + stop * side - 1, top + (row + 1) * side - 1)), fill=0)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", dpi=(DPI, DPI))
    return buffer.getvalue()


def scan_back(png: bytes) -> tuple[Scan, ...]:
    """What a reader sees on the printed picture."""
    with Image.open(io.BytesIO(png)) as image:
        return scan(image)
