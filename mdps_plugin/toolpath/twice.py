"""Ring C: no layer, and no part of one, is printed twice. Pure.

What is printed again, in place or a little aside, keeps outlines, coverage and the flow of each
line. But more plastic lies there than beads side by side would hold. So: plastic over the area that
beads cover, times the height of the layer. Looked at in the layer as a whole, in squares of 6.4 mm
every 3.2 mm and in squares of 1.6 mm every 0.8 mm; a line's plastic is shared out over the tiles of
0.8 mm on which its bead lies.

Honest lines overlap where a part is thin: the walls of its two sides still are a bead wide each.
Only there twice the area counts; which places are thin, the model says and not the job.

What this does not see: two beads or so laid upon others at one spot, and lines put between those of
sparse infill, where there is room for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ..findings import Finding
from ..recipes.document import FeatureClass, ProcessWindow
from .codes_model import PRINTED_TWICE
from .collect import Collector
from .geometry import LayerLines
from .lines import feature
from .raster import PIXEL_MM, Floats, Grid, Ints, Mask
from .whereabouts import where_at

#: Plastic of a place over what its beads hold side by side. Numbers: docs/examiner.md.
MOST = 1.4
#: Area of bead in a large square, or in the whole layer, that may lie beyond that.
SPARE_MM2 = 0.5
#: In a small square, in squares of the width of a wall.
SPOT_SPARE = 4.0
#: A quarter of a word of the kernel's rows of bits.
TILE_PX = 16
TILE_MM = TILE_PX * PIXEL_MM
#: Tiles of a large square's half side.
LARGE = 4
STEP_MM = 0.5
# A thin place is drawn in by this much more than it was drawn out.
_BACK_PX = 2
_PIECES_AT_ONCE = 1 << 18


def check_twice(
    layer: LayerLines,
    covered: Mask,
    grid: Grid,
    thin: Callable[[], Mask],
    spot_mm2: float,
    found: Collector,
    most: float = MOST,
) -> None:
    """At most one finding, about the middle of the square that holds the most beyond its beads.

    ``covered``: pixels of the layer's beads. ``thin``: those where the model is thin.
    ``spot_mm2``: what a small square may hold beyond, see :func:`spot_spare_mm2`.
    ``most``: plastic over what the beads hold.
    """
    plastic = plastic_by_tile(grid, layer) / layer.height_mm
    room = area_by_tile(covered)
    worst = _worst(plastic, room, layer, spot_mm2, most)
    if worst[0] > 0:
        room = room + area_by_tile(covered & thin())
        worst = _worst(plastic, room, layer, spot_mm2, most)
    beyond, ratio, row, column = worst
    if beyond > 0:
        x, y = grid.x_mm + column * TILE_MM, grid.y_mm + row * TILE_MM
        found.add(
            Finding(
                kind=PRINTED_TWICE,
                where=where_at(layer, x, y),
                measured=round(ratio, 2),
                limit=most,
                unit="times",
            )
        )


def spot_spare_mm2(window: ProcessWindow, layer: int, wall_mm: float | None) -> float:
    """Area of bead that may lie beyond :data:`MOST` in a small square; see thin_reach_mm()."""
    width = _wall_mm(window, layer, wall_mm)
    return SPOT_SPARE * width * width


_Worst = tuple[float, float, float, float]


def _worst(
    plastic: Floats, room: Floats, layer: LayerLines, spot_mm2: float, most: float
) -> _Worst:
    """Of all squares and the whole: most area beyond what is spared, ratio, middle in tiles."""
    large = _worst_square(_together(plastic), _together(room), LARGE, SPARE_MM2, most)
    worst = max(_worst_square(plastic, room, 1, spot_mm2, most), large)
    all_, area = layer.volume_mm3 / layer.height_mm, float(room.sum())
    beyond = all_ - most * area - SPARE_MM2
    if beyond > max(worst[0], 0) and area > 0:
        middle = np.argwhere(room > 0).mean(axis=0) + 0.5
        return beyond, all_ / area, float(middle[0]), float(middle[1])
    return worst


def _worst_square(
    plastic: Floats, room: Floats, tiles: int, spare_mm2: float, most: float
) -> _Worst:
    """``tiles``: how many lie along half a square."""
    held, has = _squares(plastic), _squares(room)
    beyond = held - most * has
    row, column = np.unravel_index(int(beyond.argmax()), beyond.shape)
    ratio = float(held[row, column]) / max(float(has[row, column]), PIXEL_MM * PIXEL_MM)
    middle = float(row + 1) * tiles, float(column + 1) * tiles
    return float(beyond[row, column]) - spare_mm2, ratio, *middle


def _together(tiles: Floats) -> Floats:
    """Sums over the tiles of a large one."""
    rows, columns = (-(-side // LARGE) for side in tiles.shape)
    whole = np.zeros((rows * LARGE, columns * LARGE))
    whole[: tiles.shape[0], : tiles.shape[1]] = tiles
    return np.asarray(whole.reshape(rows, LARGE, columns, LARGE).sum(axis=(1, 3)))


def _squares(tiles: Floats) -> Floats:
    """Sums of two by two tiles, from each tile on."""
    rows, columns = (max(2 - side, 0) for side in tiles.shape)
    tiles = np.pad(tiles, ((0, rows), (0, columns)))
    pairs = tiles[1:] + tiles[:-1]
    return np.asarray(pairs[:, 1:] + pairs[:, :-1])


def area_by_tile(mask: Mask) -> Floats:
    """Area of the set pixels in each tile, mm²."""
    rows, columns = (-(-side // TILE_PX) for side in mask.shape)
    whole = np.zeros((rows * TILE_PX, columns * TILE_PX), dtype=np.bool_)
    whole[: mask.shape[0], : mask.shape[1]] = mask
    count = whole.reshape(rows, TILE_PX, columns, TILE_PX).sum(axis=(1, 3))
    return np.asarray(count * (PIXEL_MM * PIXEL_MM))


def plastic_by_tile(grid: Grid, layer: LayerLines) -> Floats:
    """Plastic of the beads in each tile, mm³; none of what lies beside the grid.

    A line goes in pieces, a piece as a square of the bead's width with its plastic spread evenly.
    """
    rows, columns = -(-grid.rows // TILE_PX), -(-grid.columns // TILE_PX)
    total = np.zeros(rows * columns)
    for line, number, count in _pieces(layer):
        share = (number + 0.5) / count
        middle = layer.begin[line] + share[:, None] * (layer.end[line] - layer.begin[line])
        half = np.clip(layer.width[line] / 2 / TILE_MM, 1e-6, 0.5)
        x, y = (middle[:, 0] - grid.x_mm) / TILE_MM, (middle[:, 1] - grid.y_mm) / TILE_MM
        volume = layer.volume[line] / count
        for row, down in _sides(y, half):
            for column, across in _sides(x, half):
                on = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
                cell = row[on] * columns + column[on]
                weight = (volume * down * across)[on]
                total += np.bincount(cell, weight, minlength=len(total))
    return total.reshape(rows, columns)


def _sides(middle: Floats, half: Floats) -> Iterator[tuple[Ints, Floats]]:
    """The two tiles, along one axis, on which pieces may lie, and how much of each lies there."""
    low, high = np.floor(middle - half), np.floor(middle + half)
    share = np.where(high > low, (high - (middle - half)) / (2 * half), 1.0)
    yield low.astype(np.int64), share
    yield high.astype(np.int64), 1.0 - share


def _pieces(layer: LayerLines) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Line of each piece, which of its line's it is, and of how many; some at a time."""
    way = layer.end - layer.begin
    length = np.sqrt(way[:, 0] * way[:, 0] + way[:, 1] * way[:, 1])
    count = np.maximum(np.ceil(length / STEP_MM), 1).astype(np.int64)
    group = np.cumsum(count) // _PIECES_AT_ONCE
    for part in np.split(np.arange(len(count)), np.flatnonzero(np.diff(group)) + 1):
        line = np.repeat(part, count[part])
        first = np.cumsum(count[part]) - count[part]
        number = np.arange(len(line)) - np.repeat(first, count[part])
        yield line, number, count[line]


def thin_reach_mm(window: ProcessWindow, layer: int, wall_mm: float | None) -> float:
    """Half the thickness up to which honest walls of two sides may hold :data:`MOST`.

    ``wall_mm``: the signed width of an outer wall; None where the settings do not give it. A window
    is wider than what it allows for, and the first layer may have a width of its own.
    """
    return _wall_mm(window, layer, wall_mm) / MOST


def _wall_mm(window: ProcessWindow, layer: int, wall_mm: float | None) -> float:
    if layer and wall_mm is not None:
        return wall_mm
    kind = FeatureClass.BODY if layer else FeatureClass.FIRST_LAYER
    return feature(window, kind).width_mm.maximum


def thin_places(inside: Mask, either: Mask, near: Mask, reach_mm: float) -> Mask:
    """Pixels of a section on which no disc of ``reach_mm`` lies that is all within it.

    ``inside``, ``either``: within both sides of the layer's middle, or one. ``near``: within
    ``reach_mm`` of the outline.
    """
    reach = round(reach_mm / PIXEL_MM) + _BACK_PX
    middles = np.pad(inside & ~near, reach)
    rows, columns = either.shape
    thick = np.zeros_like(either)
    for down in range(-reach, reach + 1):
        across = int(np.sqrt(reach * reach - down * down))
        band = middles[reach + down : reach + down + rows]
        count = np.cumsum(np.pad(band, ((0, 0), (1, 0))), axis=1, dtype=np.int32)
        right = count[:, reach + across + 1 : reach + across + 1 + columns]
        thick |= right > count[:, reach - across : reach - across + columns]
    return either & ~thick
