"""Shapes that only ever judge: no limit of ring C was set or changed for any of them.

A model whose honest job is refused stays here, with the refusal told in docs/attack-laboratory.md;
one that a limit is changed for moves to the held-out models.
"""

from __future__ import annotations

import numpy as np

from mdps_plugin.authoring.geometry.solids import Floats, loft, prism

from .plates import rectangle
from .solids import cells, circle, holed_plate, lathe, moved, polar, skin
from .vary import Vary


def teardrop(vary: Vary) -> Floats:
    """A drop in plan with a blunt tip and a round hole, as the eye of a cable guide."""
    radius, reach = vary(5.2, 6.2), 11.0
    bow = np.linspace(0.35 * np.pi, 1.65 * np.pi, 36)
    tip = np.array([(reach, -0.9), (reach, 0.9)])
    return holed_plate(np.vstack([polar(radius + 0 * bow, bow), tip]), [circle(2.4, 28)], 3.1)


def crescent(vary: Vary) -> Floats:
    """A sickle in plan whose ends are 1.8 mm wide, rising inward."""
    turn, radius = np.linspace(-2.2, 2.2, 40), vary(8.0, 9.0)
    wide = 1.8 + 2.6 * np.cos(turn / 2.2 * np.pi / 2)
    low = np.vstack([polar(radius + 0 * turn, turn), polar(radius - wide, turn)[::-1]])
    high = np.vstack([polar(radius + 0 * turn, turn), polar(radius - 0.8 * wide, turn)[::-1]])
    return loft([(0.0, low), (3.4, high)])


def stepped_disc(vary: Vary) -> Floats:
    """A ring of three steps, each narrower, as a stack of washers."""
    bore, step = vary(2.6, 3.2), 1.9
    profile = [(bore, 0.0), (bore + 3 * step + 1.5, 0.0)]
    for count in (3, 2, 1):
        height = 1.4 * (4 - count)
        profile.append((bore + count * step + 1.5, height))
        if count > 1:
            profile.append((bore + (count - 1) * step + 1.5, height))
    return lathe([*profile, (bore, 4.2)], 48)


def cross_key(vary: Vary) -> Floats:
    """A plus in plan that narrows upwards."""
    arm, half = vary(6.5, 8.0), 1.9
    corner = np.array([(arm, -half), (arm, half), (half, half)])
    turns = [np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) for a in _QUARTERS]
    outline = np.vstack([corner @ turn.T for turn in turns])
    return loft([(0.0, outline), (2.4, outline), (4.6, outline * 0.86)])


_QUARTERS = (0.0, np.pi / 2, np.pi, 3 * np.pi / 2)


def hourglass(vary: Vary) -> Floats:
    """A solid of revolution with a waist: first an inward slope, then an overhang of 30 degrees."""
    waist = vary(4.0, 5.0)
    return skin([(0.0, waist + 1.6), (2.6, waist), (3.4, waist), (6.0, waist + 1.5)], 52)


def battlement(vary: Vary) -> Floats:
    """A thick wall with four merlons and a walk behind them."""
    wide, gap = vary(2.4, 2.9), 2.3
    xs = np.cumsum([0.0, *([wide, gap] * 3), wide])
    filled = np.zeros((7, 2, 2), dtype=bool)
    filled[:, :, 0] = True
    filled[::2, 0, 1] = True
    return cells(xs, [0, 2.6, 6.4], [0, 2.3, 4.5], filled)


def zigzag(vary: Vary) -> Floats:
    """A folded strip of even width, with sharp inner corners."""
    pitch, wide = vary(4.6, 5.4), 2.7
    x = np.arange(6) * pitch
    y = np.where(np.arange(6) % 2, 4.5, 0.0)
    there = np.column_stack([x, y])
    back = np.column_stack([x, y + wide])[::-1]
    return prism(np.vstack([there, back]), 3.6)


def window(vary: Vary) -> Floats:
    """A frame with a bar between two openings, one rounded."""
    bar = vary(2.2, 2.8)
    left = rectangle(6.2, 7.0) + np.array([-(6.2 + bar) / 2, 0.0])
    right = circle(3.2, 34, ((6.2 + bar) / 2, 0.0))
    return holed_plate(rectangle(13.0 + bar + 5.0, 12.0), [left, right], 2.7)


def spiral(vary: Vary) -> Floats:
    """One and a half turns of a strip, as a flat spring."""
    turn, wide = np.linspace(0.0, 3 * np.pi, 70), 2.3
    radius = vary(3.0, 3.6) + 0.62 * turn
    outer, inner = polar(radius + wide, turn), polar(radius, turn)
    return prism(np.vstack([outer, inner[::-1]]), 2.9)


def hexagon_cup(vary: Vary) -> Floats:
    """Six sides without and within, closed below, its inside narrower at the floor."""
    outer, inner = circle(vary(6.8, 7.8), 6), circle(4.4, 6)
    return loft([(0.0, outer), (5.2, outer), (5.2, inner), (1.6, inner * 0.9)])


def footplate(vary: Vary) -> Floats:
    """A rounded sole with a raised bead along its middle: two bodies' heights in one."""
    angle = np.linspace(0, 2 * np.pi, 56, endpoint=False)
    sole = polar(5.5 + 0.8 * np.cos(2 * angle), angle, vary(1.5, 1.8))
    return loft([(0.0, sole), (1.5, sole * 1.02), (2.9, sole * 0.62), (3.8, sole * 0.34)])


def tray_of_three(vary: Vary) -> Floats:
    """Three unlike parts side by side: a bent bar, a thick washer and a slanted stump."""
    bar = np.array([(0, 0), (8, 0), (8, 2.4), (2.6, 2.4), (2.6, 7.5), (0, 7.5)], dtype=float)
    washer = lathe([(2.2, 0), (vary(4.6, 5.2), 0), (4.6, 2.2), (2.2, 2.2)], 36)
    foot = circle(3.2, 30)
    stump = loft([(0.0, foot), (3.3, foot * 0.8 + np.array([0.9, 0.2]))])
    parts = [moved(prism(bar, 2.7), -12.0, -3.5), moved(washer, 2.5, 2.5), moved(stump, 12.0, 0.0)]
    return np.concatenate(parts)


MODELS = {
    "battlement": battlement,
    "crescent": crescent,
    "cross_key": cross_key,
    "footplate": footplate,
    "hexagon_cup": hexagon_cup,
    "hourglass": hourglass,
    "spiral": spiral,
    "stepped_disc": stepped_disc,
    "teardrop": teardrop,
    "tray_of_three": tray_of_three,
    "window": window,
    "zigzag": zigzag,
}
