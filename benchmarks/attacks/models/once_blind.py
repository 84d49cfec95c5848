"""Shapes drawn after the first limits of ring C, which judged those; limits have moved since.

A refusal of one of their honest jobs is told in docs/attack-laboratory.md.
"""

from __future__ import annotations

import numpy as np

from mdps_plugin.authoring.geometry.solids import Floats, loft, prism

from .plates import rectangle
from .solids import cells, circle, holed_plate, lathe, moved, polar, skin
from .vary import Vary


def hook(vary: Vary) -> Floats:
    """A J in plan, with a blunt tip, pulled up."""
    inner, wide = vary(3.4, 4.4), 3.0
    bow = np.linspace(np.pi, 2 * np.pi + 0.5, 24)
    ones = np.ones_like(bow)
    outer, within = polar((inner + wide) * ones, bow), polar(inner * ones, bow)
    shaft = np.array([(-inner, 12.0), (-inner - wide, 12.0)])
    return prism(np.vstack([shaft[1:], outer, within[::-1], shaft[:1]]), 3.7)


def finned_ring(vary: Vary) -> Floats:
    """A hub with ten radial fins, as on a knob or a heat sink."""
    hub, fin = vary(5.5, 6.5), 3.0
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    steps = np.tile([0.0, 1.0, 1.0, 1.0, 0.0, 0.0], 10)
    return holed_plate(polar(hub + fin * steps, angle), [circle(2.8, 30)], 3.3)


def ribbed_bracket(vary: Vary) -> Floats:
    """A foot, a back, and three ribs of two steps between them."""
    rib, gap = 1.8, vary(2.4, 3.2)
    ys = np.cumsum([0.0, *([rib, gap] * 2), rib])
    filled = np.zeros((4, 5, 3), dtype=bool)
    filled[:, :, 0] = True
    filled[0] = True
    filled[1, ::2, 1:] = True
    filled[2, ::2, 1] = True
    return cells([0, 2.2, 5.0, 7.8, 12.5], ys, [0, 1.7, 3.1, 4.7], filled)


def perforated_plate(vary: Vary) -> Floats:
    """A thin plate with twelve round holes in rows that stand between each other."""
    hole, pitch = vary(0.9, 1.2), 4.1
    places = [
        (pitch * (column - 1.5) + (0.5 if row % 2 else -0.5), pitch * (row - 1))
        for row in range(3)
        for column in range(4)
    ]
    holes = [circle(hole, 18, place) for place in places]
    return holed_plate(rectangle(19.0, 14.0), holes, 1.9)


def threaded_cone(vary: Vary) -> Floats:
    """A cone whose side waves around and upwards, as a coarse thread does."""
    low, depth = vary(7.0, 8.5), 0.45
    angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)

    def section(share: float) -> Floats:
        wave = depth * np.cos(angle - 2 * np.pi * 1.5 * share)
        return polar(low - 3.0 * share + wave, angle)

    return loft([(5.1 * share, section(float(share))) for share in np.linspace(0, 1, 18)])


def dome(vary: Vary) -> Floats:
    """A closed half shell, open below: the inside is a ceiling without support."""
    outer, wall = vary(6.5, 7.5), 2.1
    tilt = np.linspace(0.0, 0.92 * np.pi / 2, 12)
    inner = outer - wall
    within = [(inner * np.sin(t), inner * np.cos(t)) for t in tilt[::-1]]
    return skin([*within, *((outer * np.sin(t), outer * np.cos(t)) for t in tilt)])


def honeycomb_block(vary: Vary) -> Floats:
    """A block of seven open six-sided cells with thin walls."""
    cell, wall = vary(2.2, 2.6), 1.3
    pitch = np.sqrt(3) * cell + wall
    turn = np.linspace(0, 2 * np.pi, 6, endpoint=False) + np.pi / 6
    centres = [(0.0, 0.0)] + [
        (float(pitch * np.cos(a)), float(pitch * np.sin(a))) for a in turn - np.pi / 6
    ]
    holes = [
        np.array(centre) + cell * np.column_stack([np.cos(turn), np.sin(turn)])
        for centre in centres
    ]
    return holed_plate(circle(pitch + cell + 2.0, 48), holes, 4.4)


def slanted(vary: Vary) -> Floats:
    """A block that leans: both long sides at 25 degrees, one of them an overhang."""
    length, lean = vary(11, 14), 4.4 * np.tan(np.radians(25))
    foot = rectangle(length, 8.0)
    return loft([(0.0, foot), (4.4, foot + np.array([lean, 0.0]))])


def wave_tube(vary: Vary) -> Floats:
    """A tube whose wall swells and narrows along its height."""
    inner, wall = vary(4.6, 5.6), 2.2
    heights = np.linspace(0.0, 4.8, 13)
    swell = 0.5 * np.sin(heights * 2 * np.pi / 4.8)
    out = [(inner + wall + s, z) for s, z in zip(swell, heights, strict=True)]
    back = [(inner + s, z) for s, z in zip(swell[::-1], heights[::-1], strict=True)]
    return lathe(out + back, 44)


def insole_wedge(vary: Vary) -> Floats:
    """A kidney in plan that rises from one end to the other."""
    angle = np.linspace(0, 2 * np.pi, 50, endpoint=False)
    outline = polar(6.5 + 0.9 * np.cos(2 * angle) - 0.7 * np.sin(3 * angle), angle, vary(1.4, 1.6))
    x = outline[:, 0]
    rise = 1.4 + 2.3 * (x - x.min()) / (x.max() - x.min())
    low = np.column_stack([outline, np.zeros(len(outline))])
    high = np.column_stack([outline, rise])
    middle = outline.mean(axis=0)
    foot = np.array([*middle, 0.0])
    top = np.array([*middle, 1.4 + 2.3 * (middle[0] - x.min()) / (x.max() - x.min())])
    found = []
    for i in range(len(outline)):
        j = (i + 1) % len(outline)
        found += [(low[i], low[j], high[j]), (low[i], high[j], high[i])]
        found += [(foot, low[j], low[i]), (top, high[i], high[j])]
    return np.array(found)


def kit(vary: Vary) -> Floats:
    """Four unlike parts of one kit on the plate, one inside the ring of another."""
    size = vary(2.4, 2.9)
    ring = lathe([(5.4, 0), (7.6, 0), (7.6, 2.6), (5.4, 2.6)], 40)
    bar = np.array([(-6, -1.4), (6, -1.4), (6, 1.4), (-6, 1.4)])
    parts = [
        moved(ring, -5, 0),
        moved(skin([(0, size), (3.5, size - 0.6)], 30), -5, 0),
        moved(prism(rectangle(5.2, 6.0), 2.2), 8.5, 4.4),
        moved(loft([(0.0, bar), (3.0, bar * 0.8)]), 11.0, -5.0),
    ]
    return np.concatenate(parts)


MODELS = {
    "dome": dome,
    "finned_ring": finned_ring,
    "honeycomb_block": honeycomb_block,
    "hook": hook,
    "insole_wedge": insole_wedge,
    "kit": kit,
    "perforated_plate": perforated_plate,
    "ribbed_bracket": ribbed_bracket,
    "slanted": slanted,
    "threaded_cone": threaded_cone,
    "wave_tube": wave_tube,
}
