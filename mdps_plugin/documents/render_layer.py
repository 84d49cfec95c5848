"""Draws one layer of a refused job beside the model's section, the place marked. Judges nothing.

Three panels at two scales: the whole layer as the job prints it, its surroundings of the place,
and the model's section there. The place has a cross and a ring; what is wrong is also said in
words, and nothing is told by colour alone.
"""

from __future__ import annotations

import io
import textwrap

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from ..toolpath.clip import clip_to_box
from ..toolpath.drawing import WIDEST_MM, LayerDrawing
from .fonts import BOLD, REGULAR, font_bytes

Floats = npt.NDArray[np.float64]
Point = tuple[float, float]

PANEL_PX, GAP_PX, HEAD_PX, FOOT_PX = 420, 16, 84, 132
DETAIL_MM = 12.0
"""Side of the two detail panels: about twenty-five beads."""
MARGIN_MM = 1.0
_SMOOTH = 2  # Drawn at twice the size and made smaller: Pillow draws hard edges.

PAPER, INK, SOFT = (255, 255, 255), (20, 25, 35), (96, 104, 118)
BEAD, BEAD_EDGE, CULPRIT = (152, 178, 208), (72, 104, 144), (224, 120, 32)
SECTION, MARK = (206, 222, 206), (176, 0, 32)


def layer_png(drawing: LayerDrawing) -> bytes:
    """The picture as PNG bytes, the same for the same drawing."""
    width = 3 * PANEL_PX + 4 * GAP_PX
    height = HEAD_PX + PANEL_PX + FOOT_PX
    image = Image.new("RGB", (width, height), PAPER)
    whole = _view(drawing, None)
    detail = _view(drawing, drawing.place or _middle(drawing))
    about = "the place" if drawing.place is not None else "the middle"
    for place, (title, view, draws) in enumerate(
        (
            (f"The job, layer {drawing.layer}", whole, _draw_job),
            (f"The job, {DETAIL_MM:g} mm about {about}", detail, _draw_job),
            (f"The signed model, {DETAIL_MM:g} mm about {about}", detail, _draw_model),
        )
    ):
        panel = Image.new("RGB", (PANEL_PX * _SMOOTH, PANEL_PX * _SMOOTH), PAPER)
        draws(ImageDraw.Draw(panel), view, drawing)
        _mark(ImageDraw.Draw(panel), view, drawing.place)
        left = GAP_PX + place * (PANEL_PX + GAP_PX)
        image.paste(panel.resize((PANEL_PX, PANEL_PX), Image.Resampling.LANCZOS), (left, HEAD_PX))
        pen = ImageDraw.Draw(image)
        pen.rectangle((left, HEAD_PX, left + PANEL_PX - 1, HEAD_PX + PANEL_PX - 1), outline=SOFT)
        pen.text((left, HEAD_PX - 22), title, INK, _font(REGULAR, 14))
    _say(ImageDraw.Draw(image), drawing, width)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


class _View:
    """Millimetres to pixels of one panel: square, y upwards as on the plate."""

    def __init__(self, middle: Point, side_mm: float) -> None:
        self.side_mm = side_mm
        self.scale = PANEL_PX * _SMOOTH / side_mm
        self.left, self.top = middle[0] - side_mm / 2, middle[1] + side_mm / 2

    def points(self, places: Floats) -> Floats:
        """(n, 2) mm to (n, 2) pixels."""
        x, y = places[:, 0] - self.left, self.top - places[:, 1]
        return np.asarray(np.column_stack((x, y)) * self.scale, dtype=np.float64)

    def inside(self, begin: Floats, end: Floats) -> tuple[npt.NDArray[np.intp], Floats, Floats]:
        """Which lines meet the panel, and these cut to it with a margin.

        Pillow steps along a line pixel by pixel, whether or not it is to be seen.
        """
        low = np.asarray((self.left, self.top - self.side_mm)) - WIDEST_MM
        return clip_to_box(begin, end, low, low + self.side_mm + 2 * WIDEST_MM)

    def pixel_rows(self) -> Floats:
        """The y of the middle of each row of pixels, mm."""
        rows = np.arange(PANEL_PX * _SMOOTH) + 0.5
        return np.asarray(self.top - rows / self.scale, dtype=np.float64)


def _view(drawing: LayerDrawing, about: Point | None) -> _View:
    if about is not None:
        return _View(about, DETAIL_MM)
    low, high = _box(drawing)
    if drawing.place is not None:
        low, high = np.minimum(low, drawing.place), np.maximum(high, drawing.place)
    middle = (low + high) / 2
    side = float((high - low).max()) + 2 * MARGIN_MM
    return _View((float(middle[0]), float(middle[1])), max(side, DETAIL_MM))


def _box(drawing: LayerDrawing) -> tuple[Floats, Floats]:
    corners = np.concatenate((drawing.begin, drawing.end, drawing.outline.reshape(-1, 2)))
    return corners.min(axis=0), corners.max(axis=0)


def _middle(drawing: LayerDrawing) -> Point:
    low, high = _box(drawing)
    return float((low[0] + high[0]) / 2), float((low[1] + high[1]) / 2)


def _draw_job(pen: ImageDraw.ImageDraw, view: _View, drawing: LayerDrawing) -> None:
    rows, begin, end = view.inside(drawing.begin, drawing.end)
    begin, end = view.points(begin), view.points(end)
    radii = np.maximum(drawing.width[rows] * view.scale / 2, _SMOOTH)
    culprit = drawing.culprit[rows]
    last = np.argsort(culprit, kind="stable")
    for row in last:
        _bead(pen, begin[row], end[row], float(radii[row]), BEAD_EDGE)
    for row in last:
        ink = CULPRIT if culprit[row] else BEAD
        _bead(pen, begin[row], end[row], float(radii[row]) - _SMOOTH / 2, ink)
    _outline(pen, view, drawing.outline)


def _bead(
    pen: ImageDraw.ImageDraw, begin: Floats, end: Floats, radius: float, ink: tuple[int, int, int]
) -> None:
    """A line with round ends."""
    pen.line((*begin, *end), ink, max(1, round(2 * radius)))
    for x, y in (begin, end):
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), ink)


def _draw_model(pen: ImageDraw.ImageDraw, view: _View, drawing: LayerDrawing) -> None:
    if len(drawing.outline) == 0:
        pen.text((24, 24), "No model at this height", INK, _font(REGULAR, 16 * _SMOOTH))
        return
    for row, spans in enumerate(_filled(view, drawing.outline)):
        for left, right in spans:
            pen.line((left, row, right, row), SECTION)
    _outline(pen, view, drawing.outline)


def _filled(view: _View, outline: Floats) -> list[list[tuple[float, float]]]:
    """For each row of pixels, from where to where the outline winds about it."""
    begin, end = outline[:, 0], outline[:, 1]
    found: list[list[tuple[float, float]]] = []
    for y in view.pixel_rows():
        crossed = (begin[:, 1] <= y) != (end[:, 1] <= y)
        first, second = begin[crossed], end[crossed]
        share = (y - first[:, 1]) / (second[:, 1] - first[:, 1])
        x = (first[:, 0] + share * (second[:, 0] - first[:, 0]) - view.left) * view.scale
        turn = np.where(second[:, 1] > first[:, 1], -1, 1)
        order = np.argsort(x, kind="stable")
        winding = np.cumsum(turn[order])
        found.append(
            [
                (float(x[order[place]]), float(x[order[place + 1]]))
                for place in range(len(order) - 1)
                if winding[place] > 0
            ]
        )
    return found


def _outline(pen: ImageDraw.ImageDraw, view: _View, outline: Floats) -> None:
    _, begin, end = view.inside(outline[:, 0], outline[:, 1])
    begin, end = view.points(begin), view.points(end)
    for first, second in zip(begin, end, strict=True):
        pen.line((*first, *second), INK, _SMOOTH)


def _mark(pen: ImageDraw.ImageDraw, view: _View, place: Point | None) -> None:
    """A cross in a ring, readable without colour."""
    if place is None:
        return
    x, y = view.points(np.asarray([place]))[0]
    ring, arm = 13 * _SMOOTH, 22 * _SMOOTH
    for ink, thick in ((PAPER, 4 * _SMOOTH), (MARK, 2 * _SMOOTH)):
        pen.ellipse((x - ring, y - ring, x + ring, y + ring), outline=ink, width=thick)
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            pen.line((x + dx * ring, y + dy * ring, x + dx * arm, y + dy * arm), ink, thick)


def _say(pen: ImageDraw.ImageDraw, drawing: LayerDrawing, width: int) -> None:
    finding = drawing.finding
    pen.text((GAP_PX, 14), f"{finding.code}  {finding.title()}", INK, _font(BOLD, 20))
    lines = [_where(drawing), f"Observed: {finding.observed()}", f"Allowed: {finding.allowed()}"]
    top = HEAD_PX + PANEL_PX + 12
    for line in lines:
        for part in textwrap.wrap(line, width // 9)[:2]:
            pen.text((GAP_PX, top), part, INK, _font(REGULAR, 15))
            top += 20
    pen.text((GAP_PX, top + 2), _legend(drawing), SOFT, _font(REGULAR, 12))


def _where(drawing: LayerDrawing) -> str:
    words = [f"Layer {drawing.layer}, Z {drawing.z_mm:g} mm"]
    if drawing.finding.where.line is not None:
        words.append(f"line {drawing.finding.where.line}")
    if drawing.place is not None:
        words.append(f"X {drawing.place[0]:g} Y {drawing.place[1]:g} mm")
    return ", ".join(words)


def _legend(drawing: LayerDrawing) -> str:
    own = " Orange: what this line prints." if drawing.culprit.any() else ""
    less = f" {drawing.left_out} lines further away are not drawn." if drawing.left_out else ""
    cross = " Cross in a ring: the place." if drawing.place is not None else ""
    return "Black: outline of the signed model." + cross + own + less


def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(io.BytesIO(font_bytes(name)), size)
