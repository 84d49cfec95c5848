"""The picture of a layer, read back pixel by pixel."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from mdps_plugin.documents import render_layer
from mdps_plugin.documents.render_layer import (
    BEAD,
    CULPRIT,
    GAP_PX,
    HEAD_PX,
    PANEL_PX,
    PAPER,
    SECTION,
    layer_png,
)
from mdps_plugin.findings import Finding, Where
from mdps_plugin.toolpath.codes_window import FLOW
from mdps_plugin.toolpath.drawing import LayerDrawing


def square(side: float) -> np.ndarray:
    corners = np.array([(0, 0), (side, 0), (side, side), (0, side)], dtype=float)
    return np.stack((corners, np.roll(corners, -1, axis=0)), axis=1)


def stripes(gap: tuple[float, float] | None = None) -> LayerDrawing:
    """A square of 20 mm filled with beads; ``gap``: from where to where beads lack, mm."""
    y = np.arange(0.25, 20, 0.5)
    if gap is not None:
        y = y[(y < gap[0]) | (y > gap[1])]
    begin = np.column_stack((np.full(len(y), 0.25), y))
    end = np.column_stack((np.full(len(y), 19.75), y))
    return LayerDrawing(
        finding=Finding(
            kind=FLOW, where=Where(line=7, layer=3, x=10.0, y=10.0), measured=0.05, limit="0.08"
        ),
        layer=3,
        z_mm=0.8,
        begin=begin,
        end=end,
        width=np.full(len(y), 0.5),
        culprit=np.zeros(len(y), bool),
        left_out=0,
        outline=square(20.0),
        place=(10.0, 10.0),
    )


def pixels(drawing: LayerDrawing) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(layer_png(drawing))).convert("RGB"))


def panel(image: np.ndarray, number: int) -> np.ndarray:
    left = GAP_PX + number * (PANEL_PX + GAP_PX)
    return image[HEAD_PX : HEAD_PX + PANEL_PX, left : left + PANEL_PX]


def share(part: np.ndarray, colour: tuple[int, int, int]) -> float:
    return float((np.abs(part.astype(int) - colour).max(axis=2) < 12).mean())


def reds(part: np.ndarray) -> int:
    """Pixels of the mark, whose thin lines are blended with what lies under them."""
    return int(((part[..., 0] > 120) & (part[..., 1] < 90) & (part[..., 2] < 110)).sum())


def test_the_same_drawing_gives_the_same_bytes() -> None:
    assert layer_png(stripes()) == layer_png(stripes())


def test_missing_plastic_is_paper_in_the_job_and_section_in_the_model() -> None:
    image = pixels(stripes(gap=(7.0, 13.0)))
    job, model = panel(image, 1), panel(image, 2)
    # Half of the 12 mm about the place: 6 mm lack.
    assert share(job, PAPER) == pytest.approx(0.5, abs=0.08)
    assert share(panel(pixels(stripes()), 1), PAPER) < 0.05
    assert share(model, SECTION) > 0.9


def test_the_place_has_its_mark_in_every_panel() -> None:
    image = pixels(stripes())
    assert all(reds(panel(image, number)) > 80 for number in range(3))
    bare = pixels(replace(stripes(), place=None))
    assert all(reds(panel(bare, number)) == 0 for number in range(3))


def test_the_line_that_is_to_blame_has_a_colour_of_its_own() -> None:
    plain = stripes()
    culprit = plain.culprit.copy()
    culprit[20] = True
    image = pixels(replace(plain, culprit=culprit))
    assert share(panel(image, 1), CULPRIT) > 0.02
    assert share(panel(pixels(plain), 1), CULPRIT) == 0
    assert share(panel(image, 1), BEAD) > 0.5


def test_a_hole_in_the_model_is_not_filled() -> None:
    hole = square(4.0)[:, ::-1] + 8.0
    drawn = replace(stripes(), outline=np.concatenate((square(20.0), hole)))
    model = panel(pixels(drawn), 2)
    # A hole of 4 mm in 12 mm about the place, with the mark over its middle.
    assert share(model, SECTION) == pytest.approx(1 - 16 / 144, abs=0.03)


def test_without_a_model_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    draw = render_layer.ImageDraw.ImageDraw.text

    def listen(self: object, place: object, text: str, *rest: object) -> None:
        said.append(text)
        draw(self, place, text, *rest)

    monkeypatch.setattr(render_layer.ImageDraw.ImageDraw, "text", listen)
    layer_png(replace(stripes(), outline=np.empty((0, 2, 2)), left_out=3))
    assert "No model at this height" in said
    assert any("3 lines further away are not drawn" in text for text in said)
    assert any(text.startswith("Layer 3, Z 0.8 mm, line 7, X 10 Y 10 mm") for text in said)
    assert any("Cross in a ring" in text for text in said)
    said.clear()
    layer_png(replace(stripes(), place=None))
    assert not any("the place" in text for text in said)
