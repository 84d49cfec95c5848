"""Shapes with overhangs that call for supports: those that set limits, and those that judge.

On the main grid they are sliced without supports as well, where their overhangs sag; no test of
this laboratory prints anything, so that does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from mdps_plugin.authoring.geometry.solids import Floats, loft, prism

from .plates import rectangle
from .solids import cells, circle, holed_plate, lathe, moved, polar, skin
from .vary import Vary


def table(vary: Vary) -> Floats:
    """A top on four legs, with a sill between two of them: support stands on plate and part."""
    leg, gap = 2.6, vary(6.0, 8.0)
    filled = np.zeros((3, 3, 3), dtype=bool)
    filled[:, :, 2] = True
    filled[::2, ::2, :] = True
    filled[:, 0, 0] = True
    marks = np.cumsum([0.0, leg, gap, leg])
    return cells(marks, marks, [0, 1.8, 5.4, 7.2], filled)


def tee(vary: Vary) -> Floats:
    """A T: a stem with a wing to each side."""
    wing = vary(5.0, 8.0)
    filled = np.zeros((3, 1, 2), dtype=bool)
    filled[1, :, 0] = True
    filled[:, :, 1] = True
    return cells([0, wing, wing + 4, 2 * wing + 4], [0, vary(7, 10)], [0, 4.8, 7.2], filled)


def mushroom(vary: Vary) -> Floats:
    """A stem and a round cap with a level underside."""
    stem, cap = vary(2.6, 3.4), vary(7.5, 9.0)
    return skin([(0, stem), (4.2, stem), (4.2, cap), (6.0, cap), (7.5, cap - 2.5)])


def portal(vary: Vary) -> Floats:
    """Two feet and a beam between them."""
    span = vary(8, 12)
    filled = np.array([[[1, 1]], [[0, 1]], [[1, 1]]], dtype=bool)
    return cells([0, 4, 4 + span, 8 + span], [0, 7], [0, 5.4, 7.2], filled)


def leaning_shell(vary: Vary) -> Floats:
    """A wall of one thickness that leans by 55 degrees."""
    lean = 7.2 * np.tan(np.radians(vary(53, 58)))
    foot = rectangle(5.0, vary(10, 14))
    return loft([(0.0, foot), (7.2, foot + np.array([lean, 0.0]))])


def ledged_guide(vary: Vary) -> Floats:
    """A drill guide whose plate with holes reaches out over its foot."""
    length = vary(17, 20)
    foot = moved(prism(rectangle(6.0, 9.0), 4.2), -(length - 6.0) / 2)
    holes = [circle(1.7, 24, (0.5, 0.0)), circle(2.2, 28, (5.6, 0.5))]
    plate = moved(holed_plate(rectangle(length, 12.0), holes, 2.4), z=4.2)
    return np.concatenate([foot, plate])


#: Shapes that the limits of supports were measured on.
TUNED: Mapping[str, Callable[[Vary], Floats]] = {
    "ledged_guide": ledged_guide,
    "leaning_shell": leaning_shell,
    "mushroom": mushroom,
    "portal": portal,
    "table": table,
    "tee": tee,
}


def goblet(vary: Vary) -> Floats:
    """A foot, a stem and a bowl that opens at 60 degrees: support stands on the foot as well."""
    return skin([(0, 6.0), (1.5, 6.0), (1.5, 2.4), (3.9, 2.4), (6.6, vary(7.0, 7.8)), (8.1, 7.8)])


def arch(vary: Vary) -> Floats:
    """A round arch between two feet, lying along y."""
    inner, outer = vary(5.0, 6.0), 8.4
    tilt = np.linspace(0.0, np.pi, 25)
    out = np.column_stack([outer * np.cos(tilt), outer * np.sin(tilt)])
    within = np.column_stack([inner * np.cos(tilt), inner * np.sin(tilt)])[::-1]
    outline = np.vstack([out, within])
    body = prism(outline, vary(7.0, 9.0))
    return np.asarray(body[:, :, [2, 0, 1]])


def hooked_rail(vary: Vary) -> Floats:
    """A rail of Z section: one wing on the plate, one in the air above it."""
    wing = vary(5.0, 6.5)
    filled = np.zeros((3, 1, 3), dtype=bool)
    filled[:2, :, 0] = True
    filled[1, :, 1] = True
    filled[1:, :, 2] = True
    return cells([0, wing, wing + 3, 2 * wing + 3], [0, 11], [0, 1.8, 5.1, 6.9], filled)


def flanged_tube(vary: Vary) -> Floats:
    """A tube with a flange at its upper end and a shoulder inside."""
    bore = vary(3.4, 4.0)
    return lathe(
        [
            (bore + 1.4, 0),
            (bore + 3.4, 0),
            (bore + 3.4, 4.5),
            (bore + 7.0, 4.5),
            (bore + 7.0, 6.6),
            (bore - 1.0, 6.6),
            (bore - 1.0, 4.8),
            (bore + 1.4, 4.8),
        ],
        44,
    )


def two_shelves(vary: Vary) -> Floats:
    """A back with two shelves, one above the other, the upper one longer."""
    deep = vary(4.0, 5.0)
    filled = np.zeros((3, 1, 4), dtype=bool)
    filled[0] = True
    filled[:2, :, 1] = True
    filled[:, :, 3] = True
    return cells([0, 3, 3 + deep, 7 + 2 * deep], [0, 9], [0, 2.4, 3.9, 6.9, 8.4], filled)


def wrist_shell(vary: Vary) -> Floats:
    """An open shell that leans and swells, as a splint printed on its side."""
    wall, inner = 2.5, vary(6.5, 7.5)
    angle = np.linspace(0.9, 2 * np.pi - 0.9, 24)

    def section(share: float) -> Floats:
        outer = polar((inner + wall) * np.ones_like(angle), angle)
        both = np.vstack([outer, polar(inner * np.ones_like(angle), angle)[::-1]])
        return both + np.array([7.5 * share, 0.0])

    return loft([(share * 6.0, section(float(share))) for share in np.linspace(0, 1, 5)])


def plate_of_two(vary: Vary) -> Floats:
    """Two parts on one plate, one of them a T, the other a mushroom."""
    return np.concatenate([moved(tee(vary), -18.0, 0.0), moved(mushroom(vary), 12.0, 4.0)])


#: Shapes that judge those limits.
JUDGING: Mapping[str, Callable[[Vary], Floats]] = {
    "arch": arch,
    "flanged_tube": flanged_tube,
    "goblet": goblet,
    "hooked_rail": hooked_rail,
    "plate_of_two": plate_of_two,
    "two_shelves": two_shelves,
    "wrist_shell": wrist_shell,
}

MODELS: Mapping[str, Callable[[Vary], Floats]] = {**TUNED, **JUDGING}
