"""Plates, prisms and cell bodies: guides, brackets, gears, lattices, marks, several parts."""

from __future__ import annotations

import numpy as np

from mdps_plugin.authoring.geometry import mask_extender
from mdps_plugin.authoring.geometry.solids import Floats, loft, prism

from . import letters
from .solids import cells, circle, holed_plate, moved, polar, skin
from .vary import Vary


def rectangle(x: float, y: float, at: tuple[float, float] = (0.0, 0.0)) -> Floats:
    """Counter-clockwise, centred."""
    half = np.array([(-x, -y), (x, -y), (x, y), (-x, y)]) / 2
    return np.asarray(half + np.array(at))


def block(vary: Vary) -> Floats:
    """A plain block."""
    return prism(rectangle(vary(12, 16), vary(9, 11)), 3.6)


def wedge(vary: Vary) -> Floats:
    """A block whose top edge draws in to one side."""
    length, width = vary(13, 16), vary(9, 11)
    top = rectangle(length * 0.55, width, (-length * 0.225, 0))
    return loft([(0.0, rectangle(length, width)), (4.2, top)])


def guide(vary: Vary) -> Floats:
    """A drill guide: a plate with round holes of three sizes."""
    outline = rectangle(vary(19, 22), 12)
    holes = [
        circle(1.6, 24, (-5.5, 2)),
        circle(2.1, 28, (0, -1.5)),
        circle(2.6, 32, (5.2, 1)),
    ]
    return holed_plate(outline, holes, 3.0)


def strap(vary: Vary) -> Floats:
    """The mask extender of the shipped recipe, smaller."""
    outline = mask_extender.mesh()
    scale = np.array([vary(0.3, 0.36), 0.6, 1.5])
    return np.asarray(outline * scale)


def gear(vary: Vary) -> Floats:
    """A wheel with twelve teeth and a bore."""
    pitch = vary(8, 9)
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    teeth = np.tile([1.0, 1.0, -1.0, -1.0], 12)
    return holed_plate(polar(pitch + 0.9 * teeth, angle), [circle(2.5, 24)], 3.0)


def bracket(vary: Vary) -> Floats:
    """An L of two plates with a rib between them."""
    length, width = vary(13, 16), vary(9, 12)
    filled = np.zeros((3, 3, 2), dtype=bool)
    filled[:, :, 0] = True
    filled[0, :, 1] = True
    filled[1, 1, 1] = True
    ys = [0, width / 2 - 1.25, width / 2 + 1.25, width]
    return cells([0, 3, 7, length], ys, [0, 1.8, 4.2], filled)


def lattice(vary: Vary) -> Floats:
    """A square lattice of bars, two storeys crossing."""
    bar, gap, count = 2.0, vary(2.2, 3.0), 4
    marks = np.cumsum([0.0, *([bar, gap] * count), bar])
    bars = np.arange(2 * count + 1) % 2 == 0
    filled = np.zeros((len(bars), len(bars), 2), dtype=bool)
    filled[:, :, 0] = bars[:, None] | bars[None, :]
    filled[:, :, 1] = bars[:, None] & (np.arange(len(bars)) % 4 == 0)[None, :]
    filled[:, :, 1] |= (np.arange(len(bars)) % 4 == 0)[:, None]
    return cells(marks, marks, [0, 1.8, 3.0], filled)


def honeycomb(vary: Vary) -> Floats:
    """A round plate with hexagonal holes."""
    hole, pitch = vary(1.5, 1.8), 5.0
    corners = [
        (pitch * np.cos(a), pitch * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 6, endpoint=False)
    ]
    holes = [circle(hole, 6, (float(x), float(y))) for x, y in [(0.0, 0.0), *corners]]
    return holed_plate(circle(9.5, 44), holes, 2.4)


def many_parts(vary: Vary) -> Floats:
    """Six small bodies of different section on one plate."""
    size = vary(2.6, 3.2)
    parts = [
        moved(prism(rectangle(2 * size, 2 * size), 2.4), -9, -5),
        moved(skin([(0, size), (2.4, size)], 24), 0, -5),
        moved(skin([(0, size), (3.6, size * 0.7)], 6), 9, -5),
        moved(prism(rectangle(2 * size, 1.4 * size), 3.0), -9, 5),
        moved(skin([(0, size), (3.0, size)], 3), 0, 5),
        moved(skin([(0, size), (1.8, size), (1.8, size - 1.6), (0.9, size - 1.6)], 28), 9, 5),
    ]
    return np.concatenate(parts)


def engraved(vary: Vary) -> Floats:
    """A plate with letters cut 0.6 mm deep."""
    return _marked("MDPS", vary(0.95, 1.1), sunk=True)


def raised(vary: Vary) -> Floats:
    """A plate with letters 0.9 mm high."""
    return _marked("LEFT", vary(1.2, 1.35), sunk=False)


def _marked(text: str, cell: float, *, sunk: bool) -> Floats:
    mask = letters.mask(text)
    xs, ys = cell * np.arange(mask.shape[0] + 1), cell * np.arange(mask.shape[1] + 1)
    top = ~mask if sunk else mask
    filled = np.stack([np.ones_like(mask), top], axis=2)
    return cells(xs, ys, [0, 1.8, 2.4] if sunk else [0, 1.5, 2.4], filled)


def comb(vary: Vary) -> Floats:
    """A back with five teeth."""
    tooth, gap = 1.8, vary(1.6, 2.4)
    marks = np.cumsum([0.0, *([tooth, gap] * 4), tooth])
    filled = np.zeros((9, 2, 1), dtype=bool)
    filled[:, 0] = True
    filled[::2, 1] = True
    return cells(marks, [0, 4, vary(10, 13)], [0, 2.4], filled)


def pill_tray(vary: Vary) -> Floats:
    """A block with six pockets."""
    wall, pocket = 2.0, vary(3.6, 4.4)
    xs = np.cumsum([0.0, *([wall, pocket] * 3), wall])
    ys = np.cumsum([0.0, *([wall, pocket] * 2), wall])
    filled = np.ones((7, 5, 2), dtype=bool)
    filled[1::2, 1::2, 1] = False
    return cells(xs, ys, [0, 1.2, 3.6], filled)


def clip(vary: Vary) -> Floats:
    """A C with lips, as for a cable or a drain."""
    inner, wall = vary(4.5, 5.5), 2.48
    angle = np.linspace(np.radians(35), 2 * np.pi - np.radians(35), 28)
    ones = np.ones_like(angle)
    outline = np.vstack([polar((inner + wall) * ones, angle), polar(inner * ones, angle)[::-1]])
    return prism(outline, 3.6)


def adapter(vary: Vary) -> Floats:
    """A hexagon with a round bore."""
    return holed_plate(circle(vary(7.5, 8.5), 6), [circle(3.2, 36)], 3.6)


def posts(vary: Vary) -> Floats:
    """A foot with nine square posts."""
    post, gap = 2.4, vary(2.0, 2.6)
    marks = np.cumsum([0.0, 1.0, *([post, gap] * 2), post, 1.0])
    filled = np.zeros((7, 7, 2), dtype=bool)
    filled[:, :, 0] = True
    filled[1::2, 1::2, 1] = True
    return cells(marks, marks, [0, 1.2, 3.6], filled)


def stairs(vary: Vary) -> Floats:
    """Four steps of one layer pack each."""
    step = vary(3, 3.6)
    filled = np.zeros((4, 1, 4), dtype=bool)
    for level in range(4):
        filled[level:, :, level] = True
    return cells([step * i for i in range(5)], [0, 9], [0, 1.2, 2.1, 3.0, 3.9], filled)


def bridge(vary: Vary) -> Floats:
    """Two feet with a beam over a gap that is bridged without support."""
    span = vary(4, 6)
    filled = np.array([[[1, 1]], [[0, 1]], [[1, 1]]], dtype=bool)
    return cells([0, 4, 4 + span, 8 + span], [0, 8], [0, 2.4, 4.2], filled)


def star(vary: Vary) -> Floats:
    """A star with blunt points."""
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    return prism(polar(7.5 + vary(0.8, 1.2) * np.cos(5 * angle), angle), 3.0)


def saddle(vary: Vary) -> Floats:
    """A plate whose top is a saddle over a flat foot."""
    span, rise = 7.0, vary(0.9, 1.3)
    count = 14
    grid = np.linspace(-span, span, count + 1)
    x, y = np.meshgrid(grid, grid, indexing="ij")
    top = 2.6 + rise * (x**2 - y**2) / span**2
    return _height_field(x, y, top)


def _height_field(x: Floats, y: Floats, top: Floats) -> Floats:
    """A solid from the plate to heights over a grid (n, n)."""
    high = np.stack([x, y, top], axis=2)
    low = np.stack([x, y, np.zeros_like(x)], axis=2)
    found: list[tuple[Floats, Floats, Floats]] = []
    for sheet, turn in ((high, 1), (low, -1)):
        a, b, c, d = sheet[:-1, :-1], sheet[1:, :-1], sheet[1:, 1:], sheet[:-1, 1:]
        for one, two, three in ((a, b, c), (a, c, d)):
            corners = (one, two, three)[::turn]
            found += list(zip(*(corner.reshape(-1, 3) for corner in corners), strict=True))
    last = len(x) - 1
    edge = [(0, i) for i in range(last)] + [(i, last) for i in range(last)]
    edge += [(last, i) for i in range(last, 0, -1)] + [(i, 0) for i in range(last, 0, -1)]
    # That way round runs clockwise seen from above.
    for here, there in zip([*edge[1:], edge[0]], edge, strict=True):
        found.append((low[here], low[there], high[there]))
        found.append((low[here], high[there], high[here]))
    return np.array(found)
