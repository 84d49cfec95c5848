"""Ring C by the kernel: of which layers and checks there is surely nothing to find. Finds nothing.

The kernel looks at every layer; what it does not answer for is left to the rules themselves, which
alone make findings (docs/adr/0032). All limits come from the modules of the rules. The two fits
over the whole part are made here from the samples that the kernel took.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..recipes.document import FeatureClass, ProcessWindow, Recipe
from . import (
    borders,
    chains,
    coverage,
    cut_ends,
    deep_ends,
    facing,
    fit,
    flow_level,
    gaps,
    geometry,
    grazing,
    inside,
    linked,
    little_room,
    offsets,
    outline,
    surroundings,
    twice,
)
from .flow_level import FlowRule, flow_rule
from .grammar import SCALE
from .layers import Layers
from .lines import FILAMENT_ROUNDING_MM, LENGTH_ROUNDING_MM, feature, filament_area_mm2
from .model_link import (
    FLOW_WIDTHS,
    MOST_ENDS,
    MOST_WALLS,
    SURE_COVERED,
    SURE_FLOW,
    SURE_INSIDE,
    SURE_PLACED,
    SURE_PLACES,
    SURE_SAMPLED,
    SURE_SECTION,
    SURE_WALLED,
    ModelKernel,
    Rules,
    Samples,
    Task,
    laid_out,
    layout,
)
from .places import Widened, places
from .raster import PIXEL_MM, PIXELS_PER_MM, Grid, grid_about
from .sections import MOST_CUTS, PLANE_OFFSET_MM, Sections
from .solid_rule import SolidRule, solid_rule
from .trace import Trace

Floats = npt.NDArray[np.float64]
Strokes = npt.NDArray[np.int32]

# Beyond this many bytes for one range of layers the reference does the work, which keeps less.
MOST_BYTES = 1 << 30
MOST_SKINS = 40
MOST_IN_A_STROKE = 1 << 31
# Each range begins with two layers of the one below it; fewer than these are not worth a thread.
LEAST_LAYERS = 8
_MARGIN = 1e-6
_EVERY = SURE_SECTION | SURE_INSIDE | SURE_WALLED | SURE_COVERED | SURE_FLOW | SURE_PLACES


@dataclass(frozen=True, kw_only=True, eq=False)
class Sure:
    """``layers``: bits of checks that hold, by layer. The others: of the part as a whole."""

    layers: npt.NDArray[np.uint8]
    outline: bool
    fit: bool
    one_body: bool

    @property
    def everything(self) -> bool:
        """Whether no rule of ring C is left to run but the count of layers."""
        whole = self.outline and self.fit and self.one_body
        return whole and bool((self.layers & _EVERY == _EVERY).all())

    def of(self, layer: int, bits: int) -> bool:
        """Whether all of ``bits`` hold for a layer."""
        return bool(self.layers[layer] & bits == bits)

    def uncovered(self) -> frozenset[int]:
        """Layers to look at for holes: a hole over three layers needs those before it."""
        open_ = np.flatnonzero(self.layers & SURE_COVERED == 0)
        return frozenset(int(layer) - back for layer in open_ for back in range(3))


def nothing_sure(layers: int) -> Sure:
    """Everything is left to the rules."""
    return Sure(layers=np.zeros(layers, dtype=np.uint8), outline=False, fit=False, one_body=False)


def printed_strokes(trace: Trace, layers: Layers) -> Strokes | None:
    """Strokes as the kernel writes them (kernel.h), for a job that the reference has read.

    None where a line rises or does not fit: the kernel would say nothing of it.
    """
    rows = np.flatnonzero(trace.extruding)
    begin, end = trace.begin[rows], trace.end[rows]
    columns = (layers.of_move[rows, None], begin[:, :2], end[:, :2], trace.filament[rows, None])
    table = np.concatenate(columns, axis=1)
    if len(rows) and ((begin[:, 2] != end[:, 2]).any() or np.abs(table).max() >= MOST_IN_A_STROKE):
        return None
    return table.astype(np.int32)


def first_of_layers(strokes: Strokes, layer_count: int) -> npt.NDArray[np.int64]:
    """The first stroke of each layer, and the one behind the last."""
    # Of the same kind as the strokes, which NumPy would copy else.
    layers = np.arange(layer_count + 1, dtype=strokes.dtype)
    return np.searchsorted(strokes[:, 0], layers)


def look(
    kernel: ModelKernel | None,
    strokes: Strokes,
    layer_count: int,
    model: geometry.ModelGeometry,
    recipe: Recipe,
    settings: Mapping[str, str],
    threads: int = 1,
) -> Sure | None:
    """What of a job surely keeps ring C; None where all is left to the rules.

    ``strokes``: printed lines as the kernel writes them. ``settings``: those of the slicer, signed.
    ``threads``: ranges of layers to look at beside each other.
    """
    window, box = recipe.window, model.box()
    solid = solid_rule(settings, window)
    margin = coverage.MARGIN_MM + window.outside_model_mm
    grid = grid_about(box[0][:2], box[1][:2], margin)
    if kernel is None or grid is None or layer_count == 0 or len(strokes) == 0:
        return None
    if solid.top + solid.bottom > MOST_SKINS and not solid.one_fill:
        return None
    rules = _rules(recipe, settings, solid, grid)
    made = _Made(kernel, rules, strokes, layer_count, model)
    if made.task is None or not made.run(threads):
        return None
    return Sure(
        layers=made.sure,
        outline=_outline_sure(made),
        fit=_fit_sure(made, solid.outer_inset_mm, model, window, kernel),
        one_body=model.one_body or kernel.one_body(model.triangles),
    )


class _Made:
    """A task for the kernel, and the arrays that it points to."""

    task: Task | None = None

    def __init__(
        self,
        kernel: ModelKernel,
        rules: Rules,
        strokes: Strokes,
        layer_count: int,
        model: geometry.ModelGeometry,
    ) -> None:
        self.rules, self._kernel = rules, kernel
        self._corners = laid_out(model.corners)
        self._strokes = np.ascontiguousarray(strokes)
        heights = (rules.first_height, rules.layer_height)
        sorted_ = kernel.sort(self._corners, heights, rules.plane_offset, MOST_CUTS)
        if sorted_ is None or layer_count > sorted_.layers + 1:
            return
        self._sorted = sorted_
        self._layer_rows = first_of_layers(self._strokes, layer_count)
        self.sure = np.zeros(layer_count, dtype=np.uint8)
        fitted, outlined = 2 * rules.fit_samples, rules.outline_samples
        self.points, self.normals = np.zeros((2, layer_count, fitted, 2))
        self.insets = np.zeros((layer_count, fitted))
        self.outline_normals = np.zeros((layer_count, outlined, 2))
        self.low, self.high = np.zeros((2, layer_count, outlined))
        self.task = self._task()

    def _task(self) -> Task:
        kept, (address, stride, wide) = self._sorted, layout(self._corners)
        return Task(
            *(ctypes.pointer(self.rules), address, len(self._corners), stride, wide),
            *(kept.order.ctypes.data, len(kept.order)),
            *(kept.edges.ctypes.data, kept.layers, kept.most),
            *(self._strokes.ctypes.data, len(self._strokes)),
            *(self._layer_rows.ctypes.data, len(self.sure), int(np.diff(self._layer_rows).max())),
            self.sure.ctypes.data,
            *(part.ctypes.data for part in (self.points, self.normals, self.insets)),
            *(part.ctypes.data for part in (self.outline_normals, self.low, self.high)),
        )

    def run(self, threads: int) -> bool:
        """Whether the kernel has looked at all layers, ranges of them beside each other.

        What it says of a layer does not hang on the range that it lies in.
        """
        if self.task is None:
            return False
        room = self._kernel.room(self.task)
        if not 0 <= room <= MOST_BYTES:
            return False
        count = len(self.sure)
        ranges = max(1, min(threads, count // LEAST_LAYERS, MOST_BYTES // (room + 64)))
        edges = [count * number // ranges for number in range(ranges + 1)]
        return self._kernel.all_layers(self.task, list(pairwise(edges)), room + 64)

    def ends(self) -> Iterator[tuple[int, Floats]]:
        """Ends of the lines of some layers, as the rule looks at them."""
        for layer in offsets.spread(np.flatnonzero(np.diff(self._layer_rows))).tolist():
            rows = self._strokes[self._layer_rows[layer] : self._layer_rows[layer + 1]]
            yield layer, fit.ends_of(rows[:, 1:3] / SCALE, rows[:, 3:5] / SCALE)


def _rules(recipe: Recipe, settings: Mapping[str, str], solid: SolidRule, grid: Grid) -> Rules:
    window = recipe.window
    rules = Rules(
        first_height=window.first_layer_height_mm,
        layer_height=window.layer_height_mm,
        plane_offset=PLANE_OFFSET_MM,
        filament_area=filament_area_mm2(recipe),
        round_sides=1 - math.pi / 4,
        seam=chains.SEAM_MM,
        beyond=geometry.BEYOND_MM,
        shorter=geometry.SHORT_MM,
        volume_least=window.layer_volume_ratio.minimum,
        volume_most=window.layer_volume_ratio.maximum,
        inside=inside.OUTSIDE_MM,
        gap=gaps.GAP_MM,
        piece=gaps.PIECE_MM,
        near=outline.NEAR_MM,
        thin=gaps.THIN_BEADS * feature(window, FeatureClass.BODY).width_mm.maximum,
        probe=gaps.PROBE_MM,
        outer_inset=solid.outer_inset_mm or 0.0,
        layer_shift=fit.LAYER_MM,
        fit_near=offsets.NEAR_MM,
        fit_least_usual=fit.USUAL_MM,
        fit_least_hold=fit.LEAST_HOLD * fit.LEAST_LEVER,
        fit_least_share=fit.LEAST_SHARE,
        fit_samples=0 if solid.outer_inset_mm is None else offsets.SAMPLES,
        fit_least_samples=fit.LEAST_SAMPLES,
        fit_rounds=fit.ROUNDS,
        outline_samples=outline.SAMPLES,
        twice_most=twice.MOST,
        twice_spare=twice.SPARE_MM2,
        twice_step=twice.STEP_MM,
        spare_first=window.outside_model_mm > 0,
    )
    wall = coverage.wall_mm(solid)
    for place in range(2):
        rules.twice_spot[place] = twice.spot_spare_mm2(window, place, wall)
    _set_lines(rules, recipe, flow_rule(settings))
    _set_coverage(rules, solid, grid)
    _set_places(rules, settings, window, solid)
    return rules


def _set_lines(rules: Rules, recipe: Recipe, flow: FlowRule | None) -> None:
    window = recipe.window
    for place, kind in enumerate((FeatureClass.FIRST_LAYER, FeatureClass.BODY)):
        limits = feature(window, kind)
        rules.width_least[place] = limits.width_mm.minimum
        rules.width_most[place] = limits.width_mm.maximum
        rules.short_length[place] = limits.minimum_segment_mm
        rules.short_least[place] = limits.flow_mm3_per_mm.minimum
        rules.short_most[place] = limits.flow_mm3_per_mm.maximum
    rules.filament_rounding, rules.length_rounding = FILAMENT_ROUNDING_MM, LENGTH_ROUNDING_MM
    if flow is None:
        return
    # With more widths than there is room for the kernel doubts.
    rules.flow_count = len(flow.widths_mm)
    for place, width in enumerate(flow.widths_mm[:FLOW_WIDTHS]):
        rules.flow_widths[place] = width
    rules.flow_length, rules.flow_filament = flow.length_mm, flow.filament_mm
    rules.flow_spare, rules.flow_seam = flow_level.SPARE, flow_level.SEAM_MM
    rules.flow_rest, rules.flow_long = flow_level.LEAST_RUN_MM, flow_level.LEAST_LENGTH_MM
    rules.flow_every, rules.flow_full = flow.every_line, flow.full


def _set_coverage(rules: Rules, solid: SolidRule, grid: Grid) -> None:
    rules.grid_x, rules.grid_y, rules.pixels_per_mm = grid.x_mm, grid.y_mm, PIXELS_PER_MM
    rules.rows, rules.columns = grid.rows, grid.columns
    rules.walls = solid.walls * solid.spacing_mm
    rules.beyond_walls = (solid.walls + 1) * solid.spacing_mm
    rules.cut, rules.cut_step = coverage.cut_limit_mm(solid), PIXEL_MM
    rules.cut_share, rules.cut_steps = coverage.OPEN_SHARE, round(coverage.LOOK_MM / PIXEL_MM)
    rules.solid, rules.one_fill, rules.knows_infill = (
        solid.solid,
        solid.one_fill,
        solid.knows_infill,
    )
    if not solid.one_fill:
        rules.top, rules.bottom = solid.top, solid.bottom
    rules.border = coverage.border_px(solid)
    rules.outside_px, rules.open_px = coverage.OUTSIDE_PX, coverage.open_px(solid)
    rules.deep_px, rules.lasting_px = coverage.deep_px(solid), coverage.LASTING_PX
    if solid.knows_infill and not solid.solid:
        rules.infill_px = coverage.infill_limit_px(solid)


def _set_places(
    rules: Rules, settings: Mapping[str, str], window: ProcessWindow, solid: SolidRule
) -> None:
    for kind, height in enumerate((window.first_layer_height_mm, window.layer_height_mm)):
        spot = places(settings, kind, height)
        if spot is None:
            continue
        # With more walls than there is room for the kernel doubts.
        rules.place_wall_count[kind] = len(spot.walls)
        rules.place_end_count[kind] = len(spot.ends)
        for number, wall in enumerate(spot.walls[:MOST_WALLS]):
            rules.place_walls[kind][number] = wall
        for number, end in enumerate(spot.ends[:MOST_ENDS]):
            rules.place_ends[kind][number][0], rules.place_ends[kind][number][1] = end
        rules.place_spacing[kind] = (spot.spacing_mm or 0.0) if solid.solid else 0.0
        rules.faced_least[kind] = cut_ends.least_steps(rules.place_spacing[kind])
        if spot.widened is not None:
            _set_borders(rules, kind, spot.widened)
        if spot.borders is not None:
            rules.place_bordered[kind] = True
            rules.place_border[kind][0], rules.place_border[kind][1] = spot.borders
    rules.place_end, rules.place_wall = deep_ends.END_MM, deep_ends.WALL_MM
    rules.place_room, rules.place_round = little_room.room_mm(solid), little_room.ROUND_MM
    rules.place_every, rules.place_far = deep_ends.EVERY_MM, surroundings.FAR
    rules.place_around, rules.place_link = little_room.AROUND, linked.link_mm(solid)
    rules.turn_line, rules.turn_stub = linked.TURN_LINE_MM, linked.TURN_STUB_MM
    rules.turn_back, rules.turn_aside = linked.TURN_BACK, linked.TURN_ASIDE
    rules.turn_way = linked.TURN_WAY_MM
    rules.graze_every, rules.graze_ends = grazing.EVERY_MM, grazing.MOST_ENDS
    rules.graze_steps = round(grazing.REACH_MM / grazing.EVERY_MM)
    rules.place_border_px = surroundings.border_px(solid)
    rules.border_near, rules.border_piece = borders.BORDER_MM, borders.PIECE_MM
    rules.faced_from, rules.faced_to = cut_ends.FACING_MM
    rules.faced_every, rules.faced_opposite = cut_ends.EVERY_MM, facing.OPPOSITE
    rules.border_sure, rules.border_slope = borders.SURE_MM, surroundings.slope_mm(solid)


def _set_borders(rules: Rules, kind: int, widened: Widened) -> None:
    rules.border_fill[kind] = widened.fill_mm
    rules.border_ends[kind], rules.border_turns[kind] = widened.ends_mm, widened.turns_mm
    rules.border_link[kind][0], rules.border_link[kind][1] = widened.link_mm
    for number, border in enumerate((widened.surface, widened.behind)):
        rules.border_away[kind][number] = border.away_mm
        rules.border_corner[number], rules.border_tip[number] = border.corner, border.tip


def _outline_sure(made: _Made) -> bool:
    """As outline.check_outline, with bounds for samples at which two lines are equally near.

    A fit A x = b whose b is off by d moves by at most |d| / sqrt(e), e the least eigenvalue of
    A'A; m more rows of length a and residual r move it by at most m a r / e.
    """
    wanted = SURE_SECTION | SURE_SAMPLED
    if not (made.sure & wanted == wanted).all():
        return False
    part = slice(1, None) if len(made.sure) > 1 else slice(None)
    low, high = made.low[part].ravel(), made.high[part].ravel()
    normal = made.outline_normals[part].reshape(-1, 2)
    most, least = np.maximum(np.abs(low), np.abs(high)), np.minimum(np.abs(low), np.abs(high))
    near = most <= outline.NEAR_MM - _MARGIN
    torn = ~near & ((least <= outline.NEAR_MM + _MARGIN) | (low * high < 0))
    if 100 * near.mean() < outline.FOLLOWED_PERCENT + _MARGIN:
        return False
    # Sums, not products of matrices: those would wake the threads of a linear algebra library.
    columns = np.ones((3, int(near.sum())))
    np.negative(normal.compress(near, axis=0).T, out=columns[1:])
    square = np.array([[float((one * two).sum()) for two in columns] for one in columns])
    hold = float(np.linalg.eigvalsh(square)[0])
    if hold < 1:
        return False
    middle = (low + high)[near] / 2
    solved = np.linalg.solve(square, np.array([float((one * middle).sum()) for one in columns]))
    off = float(np.linalg.norm((high - low)[near])) / 2 / math.sqrt(hold)
    residual = outline.NEAR_MM + 1.5 * float(np.abs(solved).sum())
    off += int(torn.sum()) * math.sqrt(2) * residual / hold + _MARGIN
    shift = math.hypot(solved[1], solved[2])
    return shift + off < outline.SHIFT_MM and abs(solved[0]) + off < outline.INSET_MM


def _fit_sure(
    made: _Made,
    inset_mm: float | None,
    model: geometry.ModelGeometry,
    window: ProcessWindow,
    kernel: ModelKernel,
) -> bool:
    """As fit.check_fit: each layer, and the part as one body."""
    if inset_mm is None:
        return True
    box = model.box()
    skipped = int(window.outside_model_mm > 0 and len(made.sure) > 1)
    wanted = SURE_SAMPLED | SURE_PLACED
    if not (made.sure[skipped:] & wanted == wanted).all():
        return False
    part = slice(1, None) if len(made.sure) > 1 else slice(None)
    samples = Samples(
        made.points[part].reshape(-1, 2),
        made.normals[part].reshape(-1, 2),
        made.insets[part].ravel(),
    )
    low, high = box[0][:2], box[1][:2]
    told = kernel.part_fit(samples, (low + high) / 2, math.hypot(*(high - low)) / 2, made.rules)
    if told is None or (told[0] < 0).any():
        return False
    (has_size, has_turn), (size, turn) = told
    if not has_size:
        return True
    shift, scale = math.hypot(size[0], size[1]), abs(size[2])
    if not (shift < fit.PART_MM - _MARGIN and scale < fit.EDGE_MM - _MARGIN):
        return False
    if not scale < fit.SIZE_MM - _MARGIN:
        sections = Sections(lambda: model.triangles, window)
        ends = offsets.at_ends(made.ends(), sections, inset_mm)
        if not fit.only_chords(ends, box, _MARGIN):
            return False
    # Without a lever the rule asks for no turn; asking all the same is the stricter way.
    return not has_turn or bool(abs(turn[3]) < fit.EDGE_MM - _MARGIN)
