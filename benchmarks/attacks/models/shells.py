"""Shells, bodies of revolution and lofts: splints, cups, domes, tubes."""

from __future__ import annotations

import numpy as np

from mdps_plugin.authoring.geometry import anatomical_model, bottle_grip, finger_splint
from mdps_plugin.authoring.geometry.solids import Floats, loft

from .solids import lathe, polar, skin
from .vary import Vary


def splint(vary: Vary) -> Floats:
    """The open shell of the shipped recipe, short."""
    return finger_splint.mesh(vary(3.0, 4.2), vary(15, 18), vary(13, 14.5))


def phantom(vary: Vary) -> Floats:
    """The landmark phantom of the shipped recipe, smaller."""
    return anatomical_model.mesh() * vary(0.45, 0.6)


def grip(vary: Vary) -> Floats:
    """The bottle grip of the shipped recipe, smaller."""
    return bottle_grip.mesh() * vary(0.45, 0.55)


def orthosis(vary: Vary) -> Floats:
    """An open shell with a wavy edge along its height, as a wrist orthosis has."""
    wall, inner = 2.5, vary(8, 10)
    angle = np.linspace(0.9, 2 * np.pi - 0.9, 20)

    def section(share: float) -> Floats:
        wave = 1 + 0.05 * np.cos(3 * angle) * share
        outer = polar((inner + wall) * wave, angle, 1.2)
        return np.vstack([outer, polar(inner * wave, angle, 1.2)[::-1]])

    return loft([(share * 4.2, section(share)) for share in (0.0, 0.25, 0.5, 0.75, 1.0)])


def cranial_plate(vary: Vary) -> Floats:
    """A shallow bowl with one thickness, on its small flat, as a cranial plate may be printed."""
    radius, wall = vary(14, 17), 2.6
    foot, rim, bowl = 0.35, 0.85, radius - wall
    level = radius * np.cos(foot)
    outer = [(level - radius * np.cos(t), radius * np.sin(t)) for t in np.linspace(foot, rim, 9)]
    # The inside ends at the height of the rim, so that the rim is flat.
    top = float(np.arccos(radius * np.cos(rim) / bowl))
    inner = [(level - bowl * np.cos(t), bowl * np.sin(t)) for t in np.linspace(top, 0.2, 8)]
    return skin([*outer, *inner])


def cup(vary: Vary) -> Floats:
    """A thin-walled cup with a floor."""
    outer, wall, height = vary(6.5, 8), 1.65, 4.2
    return skin(
        [(0, outer - 0.4), (height, outer), (height, outer - wall), (1.2, outer - wall - 0.3)]
    )


def tube(vary: Vary) -> Floats:
    """A straight tube."""
    inner, wall, height = vary(4, 5), 2.48, 3.6
    return lathe([(inner, 0), (inner + wall, 0), (inner + wall, height), (inner, height)])


def stethoscope_head(vary: Vary) -> Floats:
    """A bell with a rim and a stepped bore."""
    rim = vary(8.5, 10)
    return lathe(
        [
            (rim - 3, 0),
            (rim, 0),
            (rim, 1.2),
            (rim - 1, 2.1),
            (rim - 2.5, 3.0),
            (rim - 3, 4.2),
            (2.0, 4.2),
            (2.0, 2.4),
            (rim - 4, 1.5),
        ]
    )


def ball(vary: Vary) -> Floats:
    """A ball with its lowest part cut off, so that it stands."""
    radius = vary(5, 6)
    tilt = np.linspace(0.6, np.pi - 0.25, 15)
    return skin([(radius * (np.cos(0.6) - np.cos(t)), radius * np.sin(t)) for t in tilt])


def cone(vary: Vary) -> Floats:
    """A frustum."""
    low = vary(7, 9)
    return skin([(0, low), (4.2, low - 4.5)])


def overhang(vary: Vary) -> Floats:
    """Walls that lean out by up to 40 degrees, and a cap that closes again."""
    lean = vary(0.6, 0.8)
    return skin([(0, 4.5), (2.4, 4.5 + 2.4 * lean), (3.0, 4.5 + 2.4 * lean), (4.5, 4.5)], 24)


def twist(vary: Vary) -> Floats:
    """A rounded square that turns while it rises."""
    size, turn = vary(5.5, 7), vary(15, 30)
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    radius = size * (1 + 0.12 * np.cos(4 * angle))

    def section(share: float) -> Floats:
        return polar(radius, angle) @ _rotation(np.radians(turn) * share)

    return loft([(4.2 * share, section(float(share))) for share in np.linspace(0, 1, 8)])


def handle(vary: Vary) -> Floats:
    """An oval grip with ripples."""
    long, angle = vary(10, 12), np.linspace(0, 2 * np.pi, 60, endpoint=False)
    radius = 6 + 0.35 * np.cos(10 * angle)
    sections = [
        (z, polar(radius * part, angle, long / 6)) for z, part in ((0, 0.96), (1, 1), (3.3, 1))
    ]
    return loft(sections)


def lens(vary: Vary) -> Floats:
    """A flat dome on an oval foot."""
    width, angle = vary(8, 10), np.linspace(0, 2 * np.pi, 44, endpoint=False)
    ones = np.ones_like(angle)
    rise = np.linspace(0, 0.85, 7)
    return loft(
        [(0.0, polar(width * ones, angle, 1.3))]
        + [(1.2 + 3 * float(s), polar(width * np.sqrt(1 - s**2) * ones, angle, 1.3)) for s in rise]
    )


def finger_ring(vary: Vary) -> Floats:
    """A ring with rounded edges."""
    inner, wall = vary(7, 8), 2.48
    return lathe(
        [
            (inner + 0.3, 0),
            (inner + wall - 0.3, 0),
            (inner + wall, 0.6),
            (inner + wall, 3.0),
            (inner + wall - 0.3, 3.6),
            (inner + 0.3, 3.6),
            (inner, 3.0),
            (inner, 0.6),
        ],
        48,
    )


def knob(vary: Vary) -> Floats:
    """A foot, a waist and a head."""
    waist = vary(4, 5)
    return skin(
        [(0, 7), (1.5, 7), (2.4, waist), (3.3, waist), (4.2, waist + 1.2), (5.1, waist + 1)]
    )


def _rotation(angle: float) -> Floats:
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
