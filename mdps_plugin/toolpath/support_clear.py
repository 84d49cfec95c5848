"""Ring C: supports keep the signed distance to the part, so that they can be taken off. Pure.

Beside the part in their own layer, and in the layers that are left clear below and above. Distances
are exact, to the sections of the model. CuraEngine keeps them to the outline that its outer wall
draws: where a corner of a section is too sharp for that wall, a second look asks how far away what
lies half a wall deep is. Where supports may stand at all, :mod:`.shadow` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import numpy as np

from ..findings import Finding, Where
from .apart import along
from .codes_model import SUPPORT_TOUCHES
from .collect import Collector
from .coverage import OUTSIDE_PX
from .depth import Flags, Outline
from .geometry import LayerLines
from .raster import Floats, Grid, Ints, Mask, draw, widest
from .section import Section
from .sections import Sections
from .support_terms import SupportRule
from .whereabouts import where_at
from .within import Within

#: Beads nearer than the signed distance by this: seen 0.015 mm, above layer 0.
NEARER_MM = 0.03
#: A corner of less than 40 degrees leaves so many times half a wall empty; sharper ones are judged
#: as if they were printed.
CORNER_DEPTHS = 1.92
# How far within the part something lies is not told beyond this.
_WITHIN_MM = 0.2
# Circles about a place, and places on each, 3 degrees apart: a pin that one wall fills is met.
_RING_MM = 0.05
_AROUND = np.stack([turn(np.radians(np.arange(0, 360, 3))) for turn in (np.cos, np.sin)], axis=1)
# Places looked at together, and those that are taken for one.
_AT_ONCE = 256
_ALIKE_MM = 0.01


class _Side:
    """A layer's section on one side of its middle, asked how far away many places lie."""

    def __init__(self, section: Section) -> None:
        self._within, self._outline = Within(section), Outline(section.segments)

    def away(self, place: Floats, reach_mm: float) -> Floats:
        """Distance to the section, infinite beyond ``reach_mm``; inside it, less than none."""
        distance, _ = self._outline.depth(place, np.empty((0, 2)), 0.0, reach_mm)
        return np.where(self._within.of(place), -reach_mm, distance)

    def holds(self, place: Floats, depth_mm: float) -> Flags:
        """Which places lie so deep in the section."""
        inside = self._within.of(place)
        distance, _ = self._outline.depth(place[inside], np.empty((0, 2)), 0.0, depth_mm)
        inside[inside] = distance >= depth_mm
        return inside


def check_distances(
    beside: Sequence[LayerLines],
    sections: Sections,
    rule: SupportRule,
    found: Collector,
) -> None:
    """``beside``: lines beside the part, every layer of the job in order."""
    clear = _Clear(sections, rule)
    for layer in beside:
        if found.enough:
            return
        if len(layer.begin):
            clear.check(layer, found)


class _Clear:
    """The distances of one job."""

    def __init__(self, sections: Sections, rule: SupportRule) -> None:
        self._rule = rule

        # A layer is looked at once for each clear layer about it.
        @lru_cache(maxsize=rule.below_layers + rule.above_layers + 1)
        def sides(layer: int) -> tuple[_Side, _Side]:
            pair = sections.pair(layer)
            return _Side(pair.below), _Side(pair.above)

        self._sides = sides

    def check(self, layer: LayerLines, found: Collector) -> None:
        """The line that lies nearest to the part, where one lies nearer than signed.

        In the layer itself either side of its middle counts; below and above, where a face in the
        middle belongs to one side, the side that is further away.
        """
        worst: Finding | None = None
        least = -NEARER_MM
        for other in clear_layers(layer.layer, self._rule):
            wanted = self._rule.gap_mm if other == layer.layer else self._rule.over_mm
            for row, place, away in self._nearer(layer, other, wanted):
                first = int(away.argmin())
                if away[first] - wanted < least:
                    least = float(away[first] - wanted)
                    worst = _touching(layer, int(row[first]), place[first], least, wanted)
        if worst is not None:
            found.add(worst)

    def _nearer(
        self, layer: LayerLines, other: int, wanted_mm: float
    ) -> Iterator[tuple[Ints, Floats, Floats]]:
        """Places that are nearer than wanted: the line of each, where, and how far away."""
        reach = abs(wanted_mm) + float(layer.width.max()) / 2
        for row, place in along(layer):
            one, two = (side.away(place, reach) for side in self._sides(other))
            away = np.minimum(one, two) if other == layer.layer else np.maximum(one, two)
            away = away - layer.width[row] / 2
            near = np.flatnonzero(away < wanted_mm - NEARER_MM)
            if self._rule.corner_mm and len(near):
                least = wanted_mm - CORNER_DEPTHS * self._rule.corner_mm
                surely = near[away[near] < least]
                half = layer.width[row] / 2
                near = surely if len(surely) else self._flat(near, place, away, half, other, layer)
            if len(near):
                yield row[near], place[near], away[near]

    def _flat(
        self, near: Ints, place: Floats, away: Floats, half: Floats, other: int, layer: LayerLines
    ) -> Ints:
        """Of the places ``near`` the first few, nearest first, that lie at no sharp corner.

        A job is anybody's bytes: places within 0.01 mm are one, and the rest need not be known.
        """
        near = near[np.argsort(away[near], kind="stable")]
        about = np.column_stack((place[near], half[near]))
        _, first = np.unique(np.round(about / _ALIKE_MM), axis=0, return_index=True)
        near = near[np.sort(first)]
        own = other == layer.layer
        wanted = self._rule.gap_mm if own else self._rule.over_mm
        for start in range(0, len(near), _AT_ONCE):
            some = near[start : start + _AT_ONCE]
            met = some[self._met(place[some], half[some] + wanted - NEARER_MM, other, own)]
            if len(met):
                return np.asarray(met)
        return near[:0]

    def _met(self, place: Floats, reach: Floats, other: int, own: bool) -> Flags:
        """Places within ``reach``, and half a wall, of what lies half a wall deep in the part.

        Looked for on circles about each place: a flat side is met to 1 µm, a corner to 0.03 mm.
        """
        deep = self._rule.corner_mm
        hit = np.zeros((2, len(reach)), dtype=np.bool_)
        for inner in np.arange(0, CORNER_DEPTHS * deep + _RING_MM, _RING_MM):
            radius = np.maximum(reach + deep - inner, 0.0)
            ring = (place[:, None] + radius[:, None, None] * _AROUND).reshape(-1, 2)
            for at, side in enumerate(self._sides(other)):
                hit[at] |= side.holds(ring, deep).reshape(len(reach), -1).any(axis=1)
        # As everywhere: either side in its own layer, both in another.
        return np.asarray(hit.any(axis=0) if own else hit.all(axis=0))


def clear_layers(layer: int, rule: SupportRule) -> range:
    """A layer and those about it that a support in it has to keep clear of.

    Layer 0 of PrusaSlicer is not held against the layers above: it is widened beside its own
    section.
    """
    above = rule.above_layers if layer or rule.clears_first else 0
    return range(max(layer - rule.below_layers, 0), layer + above + 1)


def about_lines(grid: Grid, layer: LayerLines, reach_mm: float) -> Mask:
    """Pixels within ``reach_mm`` of a bead."""
    half = layer.width / 2 + reach_mm
    every = np.ones(len(half), dtype=np.bool_)
    forth = draw(grid, layer.begin, layer.end, half, every)
    return forth | draw(grid, layer.end, layer.begin, half, every)


def _touching(
    layer: LayerLines, line: int, place: Floats, less_mm: float, wanted_mm: float
) -> Finding:
    limit = wanted_mm - NEARER_MM
    return Finding(
        kind=SUPPORT_TOUCHES,
        where=Where(
            line=int(layer.lines[line]),
            layer=layer.layer,
            x=round(float(place[0]), 3),
            y=round(float(place[1]), 3),
        ),
        measured=round(max(wanted_mm + less_mm, -_WITHIN_MM if limit < 0 else 0.0), 3),
        limit=round(limit, 3),
        unit="mm",
    )


def check_beads(
    layer: LayerLines,
    own: Mask,
    layers: int,
    part: Callable[[int], Mask],
    grid: Grid,
    rule: SupportRule,
    found: Collector,
) -> None:
    """No bead of the part over or under one of the support, within the clear layers.

    Where a level face lies in the middle of a layer the section leaves open whether that layer is
    the part's: the job itself says so.
    """
    for other in clear_layers(layer.layer, rule):
        if other >= layers:
            return
        disc = widest(own & part(other), OUTSIDE_PX, OUTSIDE_PX + 1)
        if disc is not None:
            x, y = grid.middle(disc[1], disc[2])
            limit = round(rule.over_mm - NEARER_MM, 3)
            where = where_at(layer, x, y)
            measured = -_WITHIN_MM if limit < 0 else 0
            found.add(
                Finding(
                    kind=SUPPORT_TOUCHES, where=where, measured=measured, limit=limit, unit="mm"
                )
            )
            return
