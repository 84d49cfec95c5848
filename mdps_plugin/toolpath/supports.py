"""Ring C: supports lie where the model asks for them, clear of the part, and are there. Pure.

Lines beside the part (:mod:`.apart`) are held against where the model lets supports stand
(:mod:`.shadow`) and against the signed settings (:mod:`.support_rule`):

- every line keeps the signed distance beside the part, in its layer and in the clear layers below
  and above it: a support that touches the part is none that can be taken off;
- no bead lies but in the shadow of an overhang;
- what surely hangs over is carried, in every layer down to the plate or the part;
- a line has the flow of its signed width, and no place is printed twice (:mod:`.support_twice`);
  above layer 0 there is room between lines.

What this leaves to the second slicing: which of the places in a shadow a support takes, and its
pattern. The part is judged without these lines, by all other rules.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from ..findings import Finding, FindingKind, Where
from ..recipes.document import Recipe
from .apart import along
from .codes_model import (
    NOT_COMPARABLE,
    SUPPORT_ASTRAY,
    SUPPORT_CROWDED,
    SUPPORT_LACKS,
    SUPPORT_TOUCHES,
)
from .collect import Collector
from .coverage import OUTSIDE_PX, drawn, grown
from .depth import Outline
from .discs import report_widest
from .flow_level import FlowRule, check_flow_level, check_short_lines
from .geometry import LayerLines
from .lines import FILAMENT_ROUNDING_MM
from .raster import PIXEL_MM, Floats, Grid, Mask, draw, grid_about, widest
from .section import Section
from .sections import Sections
from .shadow import Shadow, shadows
from .support_rule import SupportRule
from .support_twice import check_support_twice, shrunk
from .whereabouts import where_at
from .within import Within

#: Beads nearer than the signed distance by this: seen 0.015 mm, above layer 0.
NEARER_MM = 0.03
#: From what must be carried to the nearest bead, beyond half the clear distance: seen 0.02 mm.
FURTHER_MM = 0.2
#: Radius of what may hang without a bead near: corners, and pixels of a slope.
LACKS_PX = 3
#: Radius of plastic without room between, above layer 0: in widths of a line, and more. Seen: 1.33.
CROWDED_WIDTHS, CROWDED_MM = 1.5, 0.15
#: Slits up to twice this wide are no room between lines.
_SLIT_PX = 2
_SEARCH_PX = 24
_MARGIN_MM = 1.0


class _Side:
    """A layer's section on one side of its middle, asked how far away many places lie."""

    def __init__(self, section: Section) -> None:
        self._within, self._outline = Within(section), Outline(section.segments)

    def away(self, place: Floats, reach_mm: float) -> Floats:
        """Distance to the section, infinite beyond ``reach_mm``; inside it, less than none."""
        distance, _ = self._outline.depth(place, np.empty((0, 2)), 0.0, reach_mm)
        return np.where(self._within.of(place), -reach_mm, distance)


def check_supports(
    part: Sequence[LayerLines],
    beside: Sequence[LayerLines],
    sections: Sections,
    rule: SupportRule,
    recipe: Recipe,
    box: tuple[Floats, Floats],
    found: Collector,
) -> None:
    """``part``, ``beside``: lines of the part and beside it, every layer of the job in order."""
    window = recipe.window
    grid = grid_about(box[0][:2], box[1][:2], _MARGIN_MM + window.outside_model_mm)
    if grid is None:
        size = " by ".join(f"{side:.0f}" for side in (box[1] - box[0])[:2])
        found.add(Finding(kind=NOT_COMPARABLE, measured=f"a part of {size} mm"))
        return

    # A layer is looked at once for each clear layer about it.
    @lru_cache(maxsize=2 * rule.gap_layers + 1)
    def sides(layer: int) -> tuple[_Side, _Side]:
        pair = sections.pair(layer)
        return _Side(pair.below), _Side(pair.above)

    for layer in beside:
        if found.enough:
            return
        if len(layer.begin):
            _check_touch(layer, sides, rule, found)
    sides.cache_clear()
    check_short_lines(beside, recipe, found)
    _check_flow(beside, rule, recipe, found)
    beads = lru_cache(maxsize=2 * rule.gap_layers + 1)(lambda layer: drawn(grid, part[layer]))
    for shadow in shadows(len(beside), sections, grid, rule):
        if found.enough:
            return
        layer = beside[shadow.layer]
        if len(layer.begin):
            own = drawn(grid, layer)
            _check_clear(layer, own, len(part), beads, grid, rule, found)
            _check_astray(layer, own, shadow, grid, found)
            _check_crowded(layer, own, rule, grid, found)
            check_support_twice(layer, own, rule, grid, found)
        _check_lacks(layer, shadow, rule, grid, found)


def _check_flow(
    beside: Sequence[LayerLines], rule: SupportRule, recipe: Recipe, found: Collector
) -> None:
    """Every line has the flow of the signed width of its layer."""
    exact = FILAMENT_ROUNDING_MM * (0.5 if recipe.window.relative_extrusion else 1.0)
    for layers, width in ((beside[:1], rule.first_width_mm), (beside[1:], rule.width_mm)):
        flow = FlowRule(
            widths_mm=(width,), every_line=True, length_mm=0.001, filament_mm=exact, full=False
        )
        check_flow_level([one for one in layers if len(one.begin)], recipe, flow, found)


def _check_touch(
    layer: LayerLines,
    sides: Callable[[int], tuple[_Side, _Side]],
    rule: SupportRule,
    found: Collector,
) -> None:
    """The line that lies nearest to the part, where one lies nearer than signed.

    In the layer itself either side of its middle counts; below and above, where a face in the
    middle belongs to one side, the side that is further away. Layer 0 is not held against the
    layers above it: PrusaSlicer widens it beside its own section.
    """
    reach = rule.gap_mm + float(layer.width.max()) / 2
    low = max(layer.layer - rule.gap_layers, 0)
    high = layer.layer + rule.gap_layers if layer.layer else 0
    clear, line, (x, y) = math.inf, 0, (0.0, 0.0)
    for row, place in along(layer):
        nearest = np.full(len(row), np.inf)
        for other in range(low, high + 1):
            one, two = (side.away(place, reach) for side in sides(other))
            choose = np.minimum if other == layer.layer else np.maximum
            nearest = np.minimum(nearest, choose(one, two))
        nearest -= layer.width[row] / 2
        worst = int(nearest.argmin())
        if nearest[worst] < clear:
            clear, line = float(nearest[worst]), int(layer.lines[row[worst]])
            x, y = (float(part) for part in place[worst])
    if clear < rule.gap_mm - NEARER_MM:
        found.add(
            Finding(
                kind=SUPPORT_TOUCHES,
                where=Where(
                    line=line,
                    layer=layer.layer,
                    x=round(x, 3),
                    y=round(y, 3),
                ),
                measured=round(max(clear, 0.0), 3),
                limit=round(rule.gap_mm - NEARER_MM, 3),
                unit="mm",
            )
        )


def _check_clear(
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
    low = max(layer.layer - rule.gap_layers, 0)
    high = min(layer.layer + rule.gap_layers, layers - 1) if layer.layer else 0
    for other in range(low, high + 1):
        disc = widest(own & part(other), OUTSIDE_PX, OUTSIDE_PX + 1)
        if disc is not None:
            x, y = grid.middle(disc[1], disc[2])
            limit = round(rule.gap_mm - NEARER_MM, 3)
            where = where_at(layer, x, y)
            found.add(
                Finding(kind=SUPPORT_TOUCHES, where=where, measured=0, limit=limit, unit="mm")
            )
            return


def _check_astray(
    layer: LayerLines, own: Mask, shadow: Shadow, grid: Grid, found: Collector
) -> None:
    """A bead where no shadow is; also one that reaches beyond the pixels, far from any."""
    for place in (layer.begin, layer.end):
        row, column = grid.cells(place)
        off = (row < 0) | (row >= grid.rows) | (column < 0) | (column >= grid.columns)
        if off.any():
            x, y = (float(part) for part in place[int(off.argmax())])
            where, limit = where_at(layer, x, y), round(2 * OUTSIDE_PX * PIXEL_MM, 2)
            worst = round(float(layer.width.max(initial=0.0)), 2)
            found.add(
                Finding(kind=SUPPORT_ASTRAY, where=where, measured=worst, limit=limit, unit="mm")
            )
            return
    # A pixel more: the edge of a bead that runs along the edge of a shadow.
    astray = own & ~grown(shadow.may, 1)
    _report(astray, OUTSIDE_PX, SUPPORT_ASTRAY, layer, grid, found)


def _check_crowded(
    layer: LayerLines, own: Mask, rule: SupportRule, grid: Grid, found: Collector
) -> None:
    """Layer 0 is filled as the signed density of a raft says; that is not looked at."""
    if layer.layer:
        limit = round((CROWDED_WIDTHS * rule.width_mm + CROWDED_MM) / PIXEL_MM)
        filled = shrunk(grown(own, _SLIT_PX), _SLIT_PX)
        _report(filled, limit, SUPPORT_CROWDED, layer, grid, found)


def _check_lacks(
    layer: LayerLines, shadow: Shadow, rule: SupportRule, grid: Grid, found: Collector
) -> None:
    if not shadow.must.any():
        return
    bare = shadow.must
    if len(layer.begin):
        bare = bare & ~_about(grid, layer, rule.clear_mm / 2 + FURTHER_MM)
    # Strips of a slope may part by a pixel.
    bare = ~grown(~grown(bare, 1), 1)
    _report(bare, LACKS_PX, SUPPORT_LACKS, layer, grid, found)


def _about(grid: Grid, layer: LayerLines, reach_mm: float) -> Mask:
    """Pixels within ``reach_mm`` of a bead."""
    half = layer.width / 2 + reach_mm
    every = np.ones(len(half), dtype=np.bool_)
    forth = draw(grid, layer.begin, layer.end, half, every)
    return forth | draw(grid, layer.end, layer.begin, half, every)


def _report(
    mask: Mask, limit_px: int, kind: FindingKind, layer: LayerLines, grid: Grid, found: Collector
) -> None:
    report_widest(mask, limit_px, _SEARCH_PX, kind, layer, grid, found)
