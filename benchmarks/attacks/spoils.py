"""Attacks on rules that none of the catalogue meets by itself; not in the tables.

The models and setups of the laboratory have few places for them: rows of crumbs, a hole within a
brim, a level underside in the middle of a layer. :mod:`.mutation` asks whether the rule alone finds
them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping

import numpy as np

from mdps_plugin.authoring.geometry.solids import Floats
from mdps_plugin.recipes.document import FeatureClass
from mdps_plugin.toolpath.lines import feature
from mdps_plugin.toolpath.sections import Sections

from .attack import Attack, Spoilt, Subject, nothing
from .bench_store import Specimen
from .hand import by_the_slicers_hand
from .job import Move
from .on_supports import support_raised

_LEAST_CRUMBS = 4
_HOLE_MM = 2.0


def crumbs_richer(subject: Subject, size: float, rng: random.Random) -> Spoilt:
    """A row of short lines above layer 0, with so many percent more filament."""
    assert isinstance(subject, Specimen)
    window = subject.signed.recipe.window
    short_mm = feature(window, FeatureClass.BODY).minimum_segment_mm
    rows: list[list[Move]] = []
    last = -2
    for number, move in enumerate(subject.job.printed):
        if move.layer and move.length < short_mm:
            if number != last + 1:
                rows.append([])
            rows[-1].append(move)
            last = number
    rows = [row for row in rows if len(row) >= _LEAST_CRUMBS]
    if not rows:
        return nothing("no row of crumbs")
    row = rng.choice(rows)
    lines = list(subject.job.lines)
    for move in row:
        lines[move.index] = move.written(filament=(1 + size / 100) * move.filament)
    return _spoilt(lines, f"{len(row)} crumbs", row[0])


def plastic_in_a_hole(subject: Subject, size: float, rng: random.Random) -> Spoilt:
    """A line of layer 0 so many mm long in a hole of the part."""
    holes = [loop for loop in _loops(subject) if _area(loop) < -math.pi * _HOLE_MM**2]
    first = [move for move in subject.job.printed if move.layer == 0]
    if not holes or not first:
        return nothing("no hole")
    x, y = rng.choice(holes).mean(axis=0)
    move = first[-1]
    amount = size * move.filament / move.length
    way = [
        f"G1 X{x - size / 2:.3f} Y{y:.3f}",
        f"G1 X{x + size / 2:.3f} Y{y:.3f} E{amount:.5f}",
        f"G1 X{move.end[0]:.3f} Y{move.end[1]:.3f}",
    ]
    lines = list(subject.job.lines)
    lines[move.index + 1 : move.index + 1] = way
    return _spoilt(lines, f"{size:g} mm in a hole", move)


def _spoilt(lines: list[str], changed: str, move: Move) -> Spoilt:
    data = "\n".join(lines).encode("ascii")
    return Spoilt(data=data, changed=changed, line=move.index + 1, layer=move.layer)


def _loops(subject: Subject) -> list[Floats]:
    """Closed outlines of layer 0 below its middle, corners (n, 2) in order."""
    assert isinstance(subject, Specimen)
    section = Sections(subject.placed, subject.signed.recipe.window).pair(0).below
    follows = {tuple(np.round(one[0], 4)): one for one in section.segments}
    found = []
    while follows:
        at = next(iter(follows))
        loop = []
        while at in follows:
            begin, end = follows.pop(at)
            loop.append(begin)
            at = tuple(np.round(end, 4))
        found.append(np.array(loop))
    return found


def _area(loop: Floats) -> float:
    """Positive where the inside is on the left: a hole's is negative."""
    x, y = loop.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


#: By name, written by the slicer's hand.
SPOILS: Mapping[str, Attack] = {
    make.__name__: by_the_slicers_hand(Attack(name=make.__name__, group="", make=make))
    for make in (crumbs_richer, plastic_in_a_hole, support_raised)
}
