"""Ring C: is the job the placed model? Every check of it in order; itself checks none.

What the kernel is sure of is not run (docs/adr/0032). The limits stand in docs/examiner.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..errors import DocumentError
from ..findings import Finding, Where
from ..recipes.document import Recipe
from .apart import apart
from .besides import printed_besides
from .check_runs import CheckRuns
from .codes_model import BESIDES_PART, NOT_COMPARABLE, SETTINGS_UNREAD
from .collect import Collector
from .coverage import check_coverage
from .deep_ends import check_places
from .fit import check_bodies, check_fit
from .flat_ends import ends_that_graze
from .flow_level import check_flow_level, check_short_lines, flow_rule
from .gaps import check_gaps
from .geometry import (
    Floats,
    LayerLines,
    LayerMatch,
    ModelGeometry,
    check_layer_count,
    check_layers,
    layer_lines,
)
from .grammar import SCALE
from .holes import check_holes
from .inside import check_inside
from .kernel_link import kernel
from .layers import Layers
from .meeting import fills_meet
from .model_link import (
    SURE_FLOW,
    SURE_INSIDE,
    SURE_PLACES,
    SURE_SECTION,
    SURE_WALLED,
    model_kernel,
)
from .outline import check_outline
from .reader import Job
from .sections import MOST_CUTS, Sections
from .solid_rule import signed_settings, solid_rule
from .support_rule import support_rule
from .supports import check_supports
from .sure import Strokes, Sure, first_of_layers, look, nothing_sure, printed_strokes
from .trace import Trace

#: A printed line may be longer than the part by this: walls of a brim, corners.
FAR_MM = 10.0
#: Printed lines with their middle in one square of 1 mm. Beads of 0.2 mm in crumbs of 0.01 mm
#: would be 500.
MOST_IN_A_PLACE = 3000
#: Length of the lines of a layer, in what fills the place of the part with the narrowest beads
#: side by side. What is printed twice is refused long before, by rules and kernel alike.
MOST_FILLINGS = 4.0
# No narrower bead is reckoned with, whatever is signed.
_NARROW_MM = 0.05

MODEL_CHECKS = (
    "layers of the model",
    "inside the model",
    "outline of the model",
    "wall along the outline",
    "shift, size and turn",
    "parts of the plate",
    "filled place by place",
    "walls and ends in place",
    "plastic on single lines",
    "supports",
)


def _settings(
    recipe: Recipe, files: Mapping[str, bytes], found: Collector
) -> Mapping[str, str] | None:
    """The signed settings; None, with a finding, where they cannot be read."""
    try:
        return signed_settings(recipe, files)
    except DocumentError as fault:
        found.add(
            Finding(
                kind=SETTINGS_UNREAD,
                where=Where(path=fault.source),
                measured=f"{fault.path}: {fault.observed}".removeprefix(": "),
                limit=fault.allowed,
            )
        )
        return None


def _beyond_bounds(lines: list[LayerLines], recipe: Recipe, model: ModelGeometry) -> str | None:
    """What of the printed lines is no print of the model and would take the rules for ever.

    A job is anybody's bytes. Lines longer than the part, thousands of them in one place, or more in
    a layer than have room there, are refused by other rules as well; here they would cost memory
    and hours first.
    """
    low, high = model.box()
    sides = (high - low)[:2] + 2 * recipe.window.outside_model_mm
    most_mm = float(np.hypot(*(high - low)[:2])) + 2 * recipe.window.outside_model_mm + FAR_MM
    narrowest = min(entry.width_mm.minimum for entry in recipe.window.features)
    filling = float(np.prod(sides + FAR_MM)) / max(narrowest, _NARROW_MM)
    for layer in lines:
        length = np.hypot(*(layer.end - layer.begin).T)
        longest = float(length.max(initial=0.0))
        if longest > most_mm:
            return f"a printed line of {longest:.0f} mm, layer {layer.layer}"
        most = _most_in_a_place(layer.begin, layer.end)
        if most > MOST_IN_A_PLACE:
            return f"{most} printed lines within 1 mm, layer {layer.layer}"
        if float(length.sum()) > MOST_FILLINGS * filling:
            return f"{length.sum() / 1000:.0f} m of printed lines, layer {layer.layer}"
    return None


def _most_in_a_place(begin: Floats, end: Floats) -> int:
    """Most lines with their middle in one square of 1 mm; both in mm."""
    cells = np.floor((begin + end) / 2).astype(np.int64)
    _, count = np.unique(cells, axis=0, return_counts=True)
    return int(count.max(initial=0))


def _crowded(strokes: Strokes, layer_count: int) -> bool:
    """Whether :func:`_beyond_bounds` finds too many lines in one place.

    ``strokes``: as the kernel writes them (kernel.h): layer, begin and end in 1e-5 mm.
    """
    edges = first_of_layers(strokes, layer_count)
    for layer in np.flatnonzero(np.diff(edges) > MOST_IN_A_PLACE):
        lines = strokes[edges[layer] : edges[layer + 1]]
        if _most_in_a_place(lines[:, 1:3] / SCALE, lines[:, 3:5] / SCALE) > MOST_IN_A_PLACE:
            return True
    return False


@dataclass(frozen=True, kw_only=True)
class Printed:
    """What is printed: ``strokes`` where the kernel read the job, ``columns`` when asked for."""

    layer_count: int
    columns: Callable[[], tuple[Trace, Layers, Job]]
    strokes: Strokes | None = None

    def short(self) -> Strokes | None:
        """The strokes; None where the kernel takes no such lines."""
        if self.strokes is not None:
            return self.strokes
        trace, layers, _ = self.columns()
        return printed_strokes(trace, layers)


def check_model(
    printed: Printed,
    recipe: Recipe,
    files: Mapping[str, bytes],
    model: ModelGeometry,
    run_: CheckRuns,
) -> None:
    """Ring C."""
    found, count = run_.found, printed.layer_count
    settings = _settings(recipe, files, found)
    if settings is None:
        return
    found.add_all(
        Finding(kind=BESIDES_PART, where=Where(path=name), measured=value, limit=off)
        for name, value, off in printed_besides(settings, recipe.window)
    )
    sections = Sections(lambda: model.triangles, recipe.window)
    supports = support_rule(settings, recipe.window)

    def surely() -> Sure:
        # The seam of the kernel (docs/adr/0032): what it does not answer for is left to the rules.
        # It knows no supports.
        calls = model_kernel(kernel()) if supports is None else None
        strokes = printed.short() if calls is not None else None
        sure = None
        if calls is not None and strokes is not None and not _crowded(strokes, count):
            sure = look(calls, strokes, count, model, recipe, settings, run_.threads)
        return nothing_sure(count) if sure is None else sure

    sure = run_.check("C", "layers of the model", surely)
    if sure.everything:
        check_layer_count(count, model, sections, recipe.window, found)
        for name in MODEL_CHECKS:
            run_.check("C", name, lambda: None)
        return
    if sections.cuts > MOST_CUTS:
        found.add(Finding(kind=NOT_COMPARABLE, measured=f"{sections.cuts} cuts of faces"))
        return
    trace, layers, job = printed.columns()
    lines = layer_lines(trace, layers, recipe, job)
    beyond = _beyond_bounds(lines, recipe, model)
    if beyond is not None:
        found.add(Finding(kind=NOT_COMPARABLE, measured=beyond))
        return
    if count > sections.top + 2:
        # A million layers above the model would each be looked at; the rest is not run.
        run_.check(
            "C",
            "layers of the model",
            lambda: check_layer_count(count, model, sections, recipe.window, found),
        )
        return
    beside: list[LayerLines] = []
    if supports is not None:
        # What lies beside the part is held to the rules of supports alone, in every layer; the
        # part is judged as if nothing else were printed, with no room for a brim or a skirt.
        lines, beside = apart(lines, sections)
        strict = replace(recipe.window, outside_model_mm=0.0)
        _run_rules(lines, sure, sections, settings, replace(recipe, window=strict), model, run_)
    else:
        _run_rules(lines, sure, sections, settings, recipe, model, run_)

    def besides() -> None:
        if supports is not None:
            check_supports(lines, beside, sections, supports, recipe, model.box(), found)

    run_.check("C", "supports", besides)


def _run_rules(
    lines: list[LayerLines],
    sure: Sure,
    sections: Sections,
    settings: Mapping[str, str],
    recipe: Recipe,
    model: ModelGeometry,
    run_: CheckRuns,
) -> None:
    """The rules themselves, each on the layers of which the kernel is not sure."""
    found = run_.found
    rule, box = solid_rule(settings, recipe.window), model.box()

    def compare_layers() -> list[LayerMatch]:
        check_layer_count(len(lines), model, sections, recipe.window, found)
        matched = [] if sure.outline else lines
        bits = SURE_SECTION | SURE_INSIDE | SURE_WALLED
        matched = matched or [layer for layer in lines if not sure.of(layer.layer, bits)]
        inset = rule.outer_inset_mm
        wall_mm = None if inset is None else 2 * inset
        return check_layers(matched, sections, recipe, found, wall_mm)

    def without(bits: int) -> list[LayerMatch]:
        return [match for match in printed if not sure.of(match.lines.layer, bits)]

    # A layer may hold supports alone; what lacks of the part there, its volume tells.
    filled = [layer for layer in lines if len(layer.begin)]
    # Brims lie about the walls of layer 0.
    without_brims = recipe.window.outside_model_mm == 0 or len(lines) == 1
    fitted = filled if without_brims else [layer for layer in filled if layer.layer]

    def single_lines() -> None:
        left = [layer for layer in filled if not sure.of(layer.layer, SURE_FLOW)]
        check_short_lines(left, recipe, found)
        check_flow_level(left, recipe, flow_rule(settings), found)

    matches = run_.check("C", "layers of the model", compare_layers)
    printed = [match for match in matches if len(match.lines.begin)]
    window = recipe.window

    def inside() -> None:
        check_inside(without(SURE_INSIDE), window, found)
        check_holes(lines, model.triangles, window, model.box(), found)

    run_.check("C", "inside the model", inside)
    run_.check(
        "C", "outline of the model", lambda: None if sure.outline else check_outline(printed, found)
    )
    run_.check(
        "C", "wall along the outline", lambda: check_gaps(without(SURE_WALLED), window, found)
    )
    run_.check(
        "C",
        "shift, size and turn",
        lambda: None if sure.fit else check_fit(fitted, sections, rule, box, found),
    )
    uncovered = sure.uncovered()
    meets = fills_meet(sections, rule, settings, window, box)
    grazing = ends_that_graze(sections, rule, settings, window, box)
    astray = [layer for layer in filled if not sure.of(layer.layer, SURE_PLACES)]
    looked = [layer for layer in lines if layer.layer in uncovered]
    run_.check(
        "C",
        "parts of the plate",
        lambda: (
            None
            if sure.one_body
            else check_bodies(fitted, model.triangles, rule, recipe.window, found)
        ),
    )
    run_.check(
        "C",
        "filled place by place",
        lambda: check_coverage(looked, sections, rule, window, box, found, meets, grazing),
    )
    run_.check(
        "C",
        "walls and ends in place",
        lambda: check_places(astray, sections, rule, settings, recipe.window, box, found),
    )
    run_.check("C", "plastic on single lines", single_lines)
