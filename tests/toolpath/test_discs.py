"""Discs that are too wide, and how much wider they may be where fills of PrusaSlicer meet."""

from __future__ import annotations

import numpy as np
import pytest

from mdps_plugin.toolpath import discs
from mdps_plugin.toolpath.codes_model import VOID
from mdps_plugin.toolpath.collect import Collector
from mdps_plugin.toolpath.discs import More, report_widest
from mdps_plugin.toolpath.geometry import LayerLines
from mdps_plugin.toolpath.raster import PIXEL_MM, Grid, middles, widest

GRID = Grid(x_mm=50.0, y_mm=20.0, rows=60, columns=60)
LIMIT_PX = 8
PAIRS, NONE = np.empty((0, 2)), np.empty(0)
LAYER = LayerLines(
    layer=3,
    begin=PAIRS,
    end=PAIRS,
    width=NONE,
    flow=NONE,
    volume=NONE,
    joined=np.empty(0, dtype=np.bool_),
    lines=np.empty(0, dtype=np.int64),
    volume_mm3=0.0,
    height_mm=0.2,
    line=7,
)


def disc(radius: int, row: int = 30, column: int = 30) -> np.ndarray:
    rows, columns = np.indices((60, 60))
    return (rows - row) ** 2 + (columns - column) ** 2 <= radius * radius


def findings(mask: np.ndarray, border_x: float, span_mm: float = 9.0) -> int:
    def meets(layer: LayerLines, place: np.ndarray, reach_mm: float) -> np.ndarray:
        return np.abs(place[:, 0] - border_x) <= reach_mm

    found, more = Collector(), More(radius_px=LIMIT_PX + 1, span_mm=span_mm, meets=meets)
    report_widest(mask, LIMIT_PX, 12, VOID, LAYER, GRID, found, more)
    return found.count


def test_about_a_border_a_disc_may_be_wider() -> None:
    middle = GRID.middle(30, 30)[0]
    assert findings(disc(9), middle + 0.15) == 0
    assert findings(disc(9), middle + 0.25) == 1
    assert findings(disc(10), middle) == 1
    assert findings(disc(8), middle + 9) == 0


def test_every_disc_has_to_lie_about_one() -> None:
    middle = GRID.middle(30, 30)[0]
    two = disc(9, 15, 30) | disc(9, 45, 12)
    assert findings(two, middle) == 1
    assert findings(disc(9, 15, 30) | disc(9, 45, 33), middle) == 0


def test_what_is_left_open_about_them_is_one_place() -> None:
    middle = GRID.middle(30, 30)[0]
    # A line of 2 mm that lacks: a slit of 0.35 mm, too narrow for the disc but where it is wider.
    slit = np.zeros((60, 60), dtype=np.bool_)
    slit[10:51, 27:34] = True
    assert findings(disc(9) | slit, middle, span_mm=1.0) == 1
    assert findings(disc(9) | slit, middle, span_mm=3.0) == 0
    assert findings(disc(9), middle, span_mm=1.0) == 0
    # A crack between two beads is no slit.
    crack = np.zeros((60, 60), dtype=np.bool_)
    crack[10:51, 29:32] = True
    assert findings(disc(9) | crack, middle, span_mm=1.0) == 0


def test_middles_are_those_of_a_plain_search(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(3)
    mask = (chance.random((60, 60)) > 0.004) & disc(25)
    assert widest(mask, 4, 5) is not None
    row, column = middles(mask, 4, 10_000)
    plain = [
        (r, c)
        for r in range(60)
        for c in range(60)
        if mask[r, c] and not (disc(4, r, c) & ~mask).any() and min(r, c, 59 - r, 59 - c) >= 4
    ]
    assert sorted(zip(row.tolist(), column.tolist(), strict=True)) == plain
    # With more than are looked at nothing is excused.
    monkeypatch.setattr(discs, "MOST_MIDDLES", 0)
    assert findings(disc(9), GRID.middle(30, 30)[0]) == 1
    assert round(9 * PIXEL_MM, 2) == 0.45
