"""Shapes as patients have them: finely meshed, no two places alike. They only ever judge.

Drawn on 29 November 2026, after all limits. Surfaces are sums of waves, so that the same name and
seed give the same model. As in :mod:`.blind`, one that a limit is changed for is blind no more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from mdps_plugin.authoring.geometry.solids import Floats, ring

from .solids import circle, holed_plate, moved, polar
from .vary import Vary

_CORNERS = 72
_ANGLE = np.linspace(0.0, 2 * np.pi, _CORNERS, endpoint=False)


def _waves(angle: Floats, z: float, seed: int) -> Floats:
    """Bumps of -1 to 1 mm over an angle and a height: seven waves, whole about the angle."""
    rng = np.random.default_rng(seed)
    found = np.zeros_like(angle)
    for about in range(1, 8):
        rise, phase = rng.uniform(0.05, 0.55), rng.uniform(0, 2 * np.pi)
        found += np.sin(about * angle + rise * z + phase) / about
    return np.asarray(found / 2.6)


def _at(outline: Floats, z: Floats | float) -> Floats:
    return np.column_stack([outline, np.broadcast_to(z, len(outline))])


def _skin(rings: Sequence[Floats]) -> Floats:
    """A closed solid through loops of equally many places (n, 3), a fan at either end."""
    parts = []
    for lower, upper in pairwise(rings):
        next_lower, next_upper = np.roll(lower, -1, axis=0), np.roll(upper, -1, axis=0)
        parts.append(np.stack([lower, next_lower, next_upper], axis=1))
        parts.append(np.stack([lower, next_upper, upper], axis=1))
    for loop, up in ((rings[0], False), (rings[-1], True)):
        middle = np.broadcast_to(loop.mean(axis=0), loop.shape)
        fan = [middle, loop, np.roll(loop, -1, axis=0)]
        parts.append(np.stack(fan if up else fan[::-1], axis=1))
    return np.concatenate(parts)


def _profiles(loops: Sequence[Floats]) -> list[Floats]:
    """Loops about an axis, out of a closed profile, as profiles about it."""
    table = np.array(loops)
    return [table[:, corner] for corner in range(table.shape[1])]


def bone_segment(vary: Vary) -> Floats:
    """A piece of a long bone with its bend and its crest, sawn off flat."""
    radius = vary(7.5, 9.0)
    rings = []
    for z in np.linspace(0, 14, 36):
        bend = np.array([0.9 * np.sin(z / 9), 0.02 * (z - 7) ** 2 / 2])
        bow = radius + 0.9 * _waves(_ANGLE, z, 11) + 1.3 * np.exp(-(((_ANGLE - 2.1) / 0.35) ** 2))
        rings.append(_at(polar(bow, _ANGLE, 1.1) + bend, z))
    return _skin(rings)


def hearing_shell(vary: Vary) -> Floats:
    """The shell of a hearing aid: a cup of even wall about a bent and uneven canal."""
    wall, high = vary(1.5, 1.8), 9.0

    def loop(z: float, inward: float) -> Floats:
        size = 7.2 - 0.16 * z + 0.8 * _waves(_ANGLE, z, 23) - inward
        return _at(polar(size, _ANGLE, 1.25) + np.array([0.03 * z * z, -0.12 * z]), z)

    outside = [loop(z, 0.0) for z in np.linspace(0, high, 24)]
    inside = [loop(z, wall) for z in np.linspace(high, wall, 20)]
    return _skin([*outside, *inside])


def finger_shell(vary: Vary) -> Floats:
    """An open splint for a finger whose joint is thicker, as scanned."""
    wall, turn = vary(2.1, 2.6), np.linspace(0.6, 2 * np.pi - 0.6, 60)
    rings = []
    for z in np.linspace(0, 16, 40):
        inner = 8.2 + 0.9 * np.exp(-(((z - 8) / 4) ** 2)) + 0.35 * _waves(turn, z, 31)
        outer = inner + wall
        rings.append(_at(np.vstack([polar(outer, turn), polar(inner, turn)[::-1]]), z))
    return _strip(rings, len(turn))


def _strip(rings: Sequence[Floats], half: int) -> Floats:
    """A solid through loops of an outer and an inner line back, flat ends as a strip."""
    parts = []
    for lower, upper in pairwise(rings):
        next_lower, next_upper = np.roll(lower, -1, axis=0), np.roll(upper, -1, axis=0)
        parts.append(np.stack([lower, next_lower, next_upper], axis=1))
        parts.append(np.stack([lower, next_upper, upper], axis=1))
    k = np.arange(half - 1)
    a, b, c, d = k, k + 1, 2 * half - 1 - k, 2 * half - 2 - k
    for loop, up in ((rings[0], False), (rings[-1], True)):
        for corners in ((a, b, c), (b, d, c)):
            faces = np.stack([loop[one] for one in corners], axis=1)
            parts.append(faces if up else faces[:, ::-1])
    return np.concatenate(parts)


def airway_stent(vary: Vary) -> Floats:
    """A bent tube whose bore is uneven and whose ends flare."""
    wall = vary(1.7, 2.0)

    def loop(z: float, inward: float) -> Floats:
        size = 6.0 + 0.012 * (z - 7) ** 2 + 0.3 * _waves(_ANGLE, z, 43) - inward
        return _at(polar(size, _ANGLE) + np.array([0.025 * z * z / 2, 0.0]), z)

    heights = np.linspace(0, 14, 36)
    loops = [loop(z, 0.0) for z in heights] + [loop(z, wall) for z in heights[::-1]]
    return ring(_profiles(loops))


def socket(vary: Vary) -> Floats:
    """The lower end of a prosthetic socket, wide, with a thick floor."""
    wall = vary(2.6, 3.1)

    def loop(z: float, inward: float) -> Floats:
        size = 13.5 + 0.28 * z + 1.1 * _waves(_ANGLE, z, 59) - inward
        return _at(polar(size, _ANGLE, 1.15), z)

    outside = [loop(z, 0.0) for z in np.linspace(0, 8, 20)]
    inside = [loop(z, wall) for z in np.linspace(8, 2.4, 15)]
    return _skin([*outside, *inside])


def aligner_model(vary: Vary) -> Floats:
    """A dental arch as a horseshoe with bumps for teeth along its top."""
    turn, wide = np.linspace(-1.9, 1.9, 90), vary(3.4, 4.0)
    teeth = 0.7 * np.abs(np.sin(7 * turn)) ** 0.7
    rings = []
    for share in np.linspace(0, 1, 14):
        narrow = 0.5 * share * share
        outer = polar(15 + 0.35 * teeth * share - narrow, turn, 0.95)
        inner = polar(15 - wide + narrow + 0 * turn, turn, 0.95)
        high = share * (4.2 + 0.5 * teeth)
        rings.append(_at(np.vstack([outer, inner[::-1]]), np.concatenate([high, high[::-1]])))
    return _strip(rings, len(turn))


def bone_guide(vary: Vary) -> Floats:
    """A block whose top is the negative of a bone: a cutting guide before its slots."""
    across, along, high = np.linspace(-9, 9, 46), np.linspace(-6, 6, 31), vary(4.5, 5.2)
    x, y = np.meshgrid(across, along, indexing="ij")
    rng = np.random.default_rng(67)
    top = high + 0.05 * x * x - 0.5 * np.cos(y / 2.6)
    for _ in range(6):
        top += 0.16 * np.sin(rng.uniform(-1, 1) * x + rng.uniform(-1, 1) * y + rng.uniform(0, 6))
    return _field(x, y, np.maximum(top, 1.2))


def _field(x: Floats, y: Floats, top: Floats) -> Floats:
    """A solid from z = 0 up to heights over a grid (m, n)."""
    upper, lower = np.stack([x, y, top], axis=2), np.stack([x, y, 0 * top], axis=2)
    parts = []
    for sheet, up in ((upper, True), (lower, False)):
        a, b, c, d = sheet[:-1, :-1], sheet[1:, :-1], sheet[1:, 1:], sheet[:-1, 1:]
        for corners in ((a, b, c), (a, c, d)):
            faces = np.stack(corners, axis=2).reshape(-1, 3, 3)
            parts.append(faces if up else faces[:, ::-1])
    edges = [(part[:, 0], part[-1], part[::-1, -1], part[0, ::-1]) for part in (lower, upper)]
    for low, high in zip(*edges, strict=True):
        parts.append(np.stack([low[:-1], low[1:], high[1:]], axis=1))
        parts.append(np.stack([low[:-1], high[1:], high[:-1]], axis=1))
    return np.concatenate(parts)


def cranial_patch(vary: Vary) -> Floats:
    """A patch of a skull on its edge, of uneven thickness."""
    turn = np.linspace(-0.55, 0.55, 60)
    rings = []
    for z in np.linspace(0, 15, 40):
        radius = 26 - 0.5 * ((z - 7.5) / 7.5) ** 2
        outer = radius + 0.3 * _waves(3 * turn, z, 71)
        inner = radius - vary(2.8, 3.2) + 0.25 * _waves(2 * turn, z, 73)
        rings.append(_at(np.vstack([polar(outer, turn), polar(inner, turn)[::-1]]), z))
    return _strip(rings, len(turn))


def insole(vary: Vary) -> Floats:
    """A small insole: a foot in plan, its arch raised, its edge rounded."""
    foot = 6.2 + 1.5 * np.cos(2 * _ANGLE) + 0.5 * np.cos(_ANGLE) + 0.4 * np.sin(3 * _ANGLE)
    edge = polar(foot, _ANGLE, vary(1.5, 1.7))
    rings = [_at(edge, 0.0), _at(edge, 1.1)]
    for share in np.linspace(0.97, 0.1, 14):
        place = edge * share
        arch = 0.9 * np.exp(-(((place[:, 0] - 1) / 4) ** 2)) * (0.5 + place[:, 1] / 12)
        rim = 1.1 + 1.2 * np.sqrt(1 - share**2)
        rings.append(_at(place, rim + arch * (1 - share**4)))
    return _skin(rings)


def spine_cage(vary: Vary) -> Floats:
    """A cage for a spine: a rounded frame with a toothed top."""
    box = (np.abs(np.cos(_ANGLE)) ** 6 + np.abs(np.sin(_ANGLE)) ** 6) ** (-1 / 6)
    outer, inner = polar(6.5 * box, _ANGLE, 1.35), polar(vary(3.2, 3.8) * box, _ANGLE, 1.5)
    heights = np.linspace(0, 1, 12)

    def loop(place: Floats, share: float) -> Floats:
        teeth = 5.0 + 0.35 * np.abs((1.1 * place[:, 0]) % 2 - 1)
        return _at(place, share * teeth)

    loops = [loop(outer, share) for share in heights]
    return ring(_profiles([*loops, *(loop(inner, share) for share in heights[::-1])]))


def two_phalanges(vary: Vary) -> Floats:
    """Two bones of a finger side by side on the plate."""
    parts = []
    for seed, size, at in ((83, vary(3.8, 4.4), -6.5), (89, 3.4, 6.5)):
        rings = []
        for z in np.linspace(0, 10, 28):
            waist = size + 0.9 * ((z - 5) / 5) ** 2 + 0.35 * _waves(_ANGLE, z, seed)
            rings.append(_at(polar(waist, _ANGLE, 1.15), z))
        parts.append(moved(_skin(rings), at))
    return np.concatenate(parts)


def hip_cup(vary: Vary) -> Floats:
    """A hemisphere of uneven wall on its pole, cut flat below."""
    wall, radius = vary(2.6, 3.0), 11.0

    def loop(z: float, inward: float) -> Floats:
        size = math.sqrt((radius - inward) ** 2 - min(radius - z, radius - inward - 0.1) ** 2)
        return _at(polar(size + 0.25 * _waves(_ANGLE, z, 97), _ANGLE), z)

    outside = [loop(z, 0.0) for z in np.linspace(1.5, 10, 26)]
    inside = [loop(z, wall) for z in np.linspace(10, wall + 1.5, 20)]
    return moved(_skin([*outside, *inside]), z=-1.5)


def finger_cap(vary: Vary) -> Floats:
    """A thimble, open below: its dome closes over air."""
    wall, high = vary(1.7, 2.0), 11.0

    def loop(z: float, inward: float) -> Floats:
        size = 7.0 - inward - 3.4 * (z / high) ** 4 + 0.3 * _waves(_ANGLE, z, 101)
        return _at(polar(size, _ANGLE, 1.1), z)

    inside = [loop(z, wall) for z in np.linspace(high - wall, 0, 22)]
    return _skin([*inside, *(loop(z, 0.0) for z in np.linspace(0, high, 26))])


def jaw_segment(vary: Vary) -> Floats:
    """Half an arch of bone whose crest rises and falls smoothly."""
    turn = np.linspace(0.2, 2.6, 70)
    rings = []
    for share in np.linspace(0, 1, 20):
        belly = 0.5 * math.sin(share * np.pi)
        outer = polar(14 + belly + 0.3 * _waves(3 * turn, 4 * share, 103), turn)
        inner = polar(14 - vary(4.4, 5.0) - belly + 0.3 * _waves(2 * turn, 4 * share, 107), turn)
        crest = share * (6.0 + 0.9 * np.sin(2.3 * turn) + 0.4 * np.sin(5.1 * turn))
        rings.append(_at(np.vstack([outer, inner[::-1]]), np.concatenate([crest, crest[::-1]])))
    return _strip(rings, len(turn))


def heel_pad(vary: Vary) -> Floats:
    """A round pad, hollow on top, its rim rounded."""
    edge = polar(9.0 + 0.5 * _waves(_ANGLE, 0.0, 109), _ANGLE, vary(1.1, 1.3))
    rings = [_at(edge, 0.0), _at(edge, 1.6)]
    for share in np.linspace(0.97, 0.08, 16):
        rings.append(_at(edge * share, 1.6 + 1.1 * (1 - share) ** 0.5 - 1.5 * (1 - share) ** 2))
    return _skin(rings)


def liner_ring(vary: Vary) -> Floats:
    """A wide ring whose upper edge rises and falls in three waves."""
    heights, inner = np.linspace(0, 1, 16), vary(8.0, 9.0)
    edge = 4.5 + 0.8 * np.sin(3 * _ANGLE) + 0.2 * np.sin(7 * _ANGLE)

    def loop(size: float, share: float) -> Floats:
        return _at(polar(size + 0.2 * _waves(_ANGLE, 3 * share, 113), _ANGLE), share * edge)

    loops = [loop(inner + 3.2, share) for share in heights]
    return ring(_profiles([*loops, *(loop(inner, share) for share in heights[::-1])]))


def nasal_splint(vary: Vary) -> Floats:
    """A flat splint with two holes, its outline drawn by hand."""
    angle = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    outline = polar(7.0 + 1.6 * np.cos(2 * angle) + 0.8 * _waves(angle, 0.0, 127), angle, 1.5)
    return holed_plate(
        outline, [circle(1.3, 24, (-4.0, 0.5)), circle(1.6, 24, (3.6, -0.4))], vary(1.7, 2.1)
    )


#: Rules were changed after honest jobs of these had been refused (decisions 0049, 0051).
ONCE_BLIND = {
    "bone_guide": bone_guide,
    "finger_cap": finger_cap,
    "hearing_shell": hearing_shell,
    "jaw_segment": jaw_segment,
    "liner_ring": liner_ring,
    "socket": socket,
    "spine_cage": spine_cage,
}

MODELS = {
    "airway_stent": airway_stent,
    "aligner_model": aligner_model,
    "bone_segment": bone_segment,
    "cranial_patch": cranial_patch,
    "finger_shell": finger_shell,
    "heel_pad": heel_pad,
    "hip_cup": hip_cup,
    "insole": insole,
    "nasal_splint": nasal_splint,
    "two_phalanges": two_phalanges,
}
