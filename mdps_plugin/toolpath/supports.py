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

from collections.abc import Sequence
from functools import lru_cache

from ..findings import Finding, FindingKind
from ..recipes.document import Recipe
from .codes_model import (
    NOT_COMPARABLE,
    SUPPORT_ASTRAY,
    SUPPORT_CROWDED,
    SUPPORT_LACKS,
)
from .collect import Collector
from .coverage import OUTSIDE_PX, drawn
from .discs import report_widest
from .flow_level import PRUSA_LENGTH_MM, FlowRule, check_flow_level, check_short_lines
from .geometry import LayerLines
from .lines import FILAMENT_ROUNDING_MM
from .masks import grown
from .raster import PIXEL_MM, Floats, Grid, Mask, grid_about
from .sections import Sections
from .shadow import Shadow, shadows
from .support_clear import about_lines, check_beads, check_distances
from .support_terms import SupportRule
from .support_twice import check_support_twice, shrunk
from .whereabouts import where_at

#: From what must be carried to the nearest bead, beyond half the clear distance: seen 0.02 mm.
FURTHER_MM = 0.2
#: Radius of what may hang without a bead near: corners, and pixels of a slope.
LACKS_PX = 3
#: Radius of plastic without room between, above layer 0, in widths of a line.
CROWDED_WIDTHS = 1.5
#: Slits up to twice this wide are no room between lines.
_SLIT_PX = 2
_SEARCH_PX = 24
_MARGIN_MM = 1.0


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

    check_distances(beside, sections, rule, found)
    check_short_lines(beside, recipe, found)
    _check_flow(beside, rule, recipe, found)
    beads = lru_cache(maxsize=rule.below_layers + rule.above_layers + 1)(
        lambda layer: drawn(grid, part[layer])
    )
    for shadow in shadows(len(beside), sections, grid, rule):
        if found.enough:
            return
        layer = beside[shadow.layer]
        if len(layer.begin):
            own = drawn(grid, layer)
            check_beads(layer, own, len(part), beads, grid, rule, found)
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
            widths_mm=(width,),
            every_line=True,
            # CuraEngine counts in whole µm.
            length_mm=0.0 if rule.full else PRUSA_LENGTH_MM,
            filament_mm=exact,
            full=rule.full,
        )
        check_flow_level([one for one in layers if len(one.begin)], recipe, flow, found)


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
        limit = round((CROWDED_WIDTHS * rule.width_mm + rule.crowded_mm) / PIXEL_MM)
        filled = shrunk(grown(own, _SLIT_PX), _SLIT_PX)
        _report(filled, limit, SUPPORT_CROWDED, layer, grid, found)


def _check_lacks(
    layer: LayerLines, shadow: Shadow, rule: SupportRule, grid: Grid, found: Collector
) -> None:
    if not shadow.must.any():
        return
    bare = shadow.must
    if len(layer.begin):
        bare = bare & ~about_lines(grid, layer, rule.clear_mm / 2 + FURTHER_MM)
    # Strips of a slope may part by a pixel.
    bare = ~grown(~grown(bare, 1), 1)
    _report(bare, LACKS_PX, SUPPORT_LACKS, layer, grid, found)


def _report(
    mask: Mask, limit_px: int, kind: FindingKind, layer: LayerLines, grid: Grid, found: Collector
) -> None:
    report_widest(mask, limit_px, _SEARCH_PX, kind, layer, grid, found)
