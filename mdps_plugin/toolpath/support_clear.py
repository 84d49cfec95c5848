"""Ring C: supports keep the signed distance to the part, so that they can be taken off. Pure.

Beside the part in their own layer, and in the layers that are left clear below and above. Distances
are exact, to the sections of the model. CuraEngine keeps them to the outline that its outer wall
draws: where a corner of a section is too sharp for that wall, a second look on pixels asks how far
what lies half a wall deep is away. Where supports may stand at all, :mod:`.shadow` says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from ..findings import Finding, Where
from .apart import along
from .codes_model import SUPPORT_TOUCHES
from .collect import Collector
from .coverage import OUTSIDE_PX
from .depth import Outline
from .geometry import LayerLines
from .raster import Floats, Grid, Mask, draw, fill, widest
from .section import Section
from .sections import Sections
from .support_terms import SupportRule
from .whereabouts import where_at
from .within import Within

#: Beads nearer than the signed distance by this: seen 0.015 mm, above layer 0.
NEARER_MM = 0.03
# How far within the part something lies is not told beyond this.
_WITHIN_MM = 0.2


class _Side:
    """A layer's section on one side of its middle, asked how far away many places lie."""

    def __init__(self, section: Section) -> None:
        self._within, self._outline = Within(section), Outline(section.segments)
        self._section = section

    def away(self, place: Floats, reach_mm: float) -> Floats:
        """Distance to the section, infinite beyond ``reach_mm``; inside it, less than none."""
        distance, _ = self._outline.depth(place, np.empty((0, 2)), 0.0, reach_mm)
        return np.where(self._within.of(place), -reach_mm, distance)

    def deep(self, grid: Grid, depth_mm: float) -> Mask:
        """Pixels that lie so deep in the section."""
        if self._section.empty:
            return grid.empty()
        segments = self._section.segments
        edge = draw(
            grid,
            segments[:, 0],
            segments[:, 1],
            np.full(len(segments), depth_mm),
            np.ones(len(segments), dtype=np.bool_),
        )
        return fill(grid, self._section) & ~edge


def check_distances(
    beside: Sequence[LayerLines],
    sections: Sections,
    rule: SupportRule,
    grid: Grid,
    found: Collector,
) -> None:
    """``beside``: lines beside the part, every layer of the job in order."""
    clear = _Clear(sections, rule, grid)
    for layer in beside:
        if found.enough:
            return
        if len(layer.begin):
            clear.check(layer, found)


class _Clear:
    """The distances of one job."""

    def __init__(self, sections: Sections, rule: SupportRule, grid: Grid) -> None:
        self._rule, self._grid = rule, grid

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
            spare, place, away = self._spare(layer, other, wanted)
            nearer = spare < -NEARER_MM
            if not nearer.any() or not self._surely(layer.chosen(nearer), other, wanted):
                continue
            line = int(spare.argmin())
            if spare[line] < least:
                least = float(spare[line])
                worst = _touching(layer, line, place[line], float(away[line]), wanted)
        if worst is not None:
            found.add(worst)

    def _spare(
        self, layer: LayerLines, other: int, wanted_mm: float
    ) -> tuple[Floats, Floats, Floats]:
        """Of each line: how much further than wanted it is away, its nearest place, how far."""
        reach = abs(wanted_mm) + float(layer.width.max()) / 2
        count = len(layer.begin)
        least, where = np.full(count, np.inf), np.zeros((count, 2))
        for row, place in along(layer):
            one, two = (side.away(place, reach) for side in self._sides(other))
            away = np.minimum(one, two) if other == layer.layer else np.maximum(one, two)
            first = np.flatnonzero(np.diff(row, prepend=-1))
            nearest = np.minimum.reduceat(away, first)
            lines = row[first]
            # The first of the nearest places of a line.
            hits = np.flatnonzero(away == np.repeat(nearest, np.diff(np.append(first, len(row)))))
            at = hits[np.unique(row[hits], return_index=True)[1]]
            least[lines], where[lines] = nearest, place[at]
        away = least - layer.width / 2
        return away - wanted_mm, where, away

    def _surely(self, lines: LayerLines, other: int, wanted_mm: float) -> bool:
        """Whether these lines are too near to what the walls of the part print as well."""
        deep = self._rule.corner_mm
        if not deep:
            return True
        one, two = (side.deep(self._grid, deep) for side in self._sides(other))
        part = one | two if other == lines.layer else one & two
        reach = wanted_mm + deep - NEARER_MM
        return bool((part & about_lines(self._grid, lines, reach)).any())


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
    layer: LayerLines, line: int, place: Floats, away_mm: float, wanted_mm: float
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
        measured=round(max(away_mm, -_WITHIN_MM if limit < 0 else 0.0), 3),
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
