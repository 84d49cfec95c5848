"""A short line from the inner depth makes no turn: the kernel is no surer of it than the rule.

A run that begins at the second depth for ends, goes 0.7 mm in, across and back out to the walls,
beside a line that was cut 1.4 mm away: were that a turn, the cut would hang together with it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mdps_plugin.toolpath.chains import chains
from mdps_plugin.toolpath.collect import Collector
from mdps_plugin.toolpath.deep_ends import check_places
from mdps_plugin.toolpath.geometry import LayerLines, layer_lines
from mdps_plugin.toolpath.grammar import SCALE
from mdps_plugin.toolpath.kernel_link import kernel
from mdps_plugin.toolpath.model_link import SURE_PLACES, model_kernel
from mdps_plugin.toolpath.one_pass import accept
from mdps_plugin.toolpath.places import places
from mdps_plugin.toolpath.sections import Sections
from mdps_plugin.toolpath.solid_rule import signed_settings, solid_rule
from mdps_plugin.toolpath.sure import Strokes, look

from .test_borders import prusa, sliced

pytestmark = pytest.mark.slicer


def hooks(sections: Sections, layer: int, first_mm: float, second_mm: float) -> np.ndarray:
    """Six places (n, 6, 2) of each: the hook's four, and both ends of the line beside it."""
    point, normal = sections.pair(layer).below.samples(400)
    along = np.stack((-normal[:, 1], normal[:, 0]), axis=1)
    stop = point - normal * second_mm
    deep, free = stop - normal * 0.7, point - normal * first_mm + along * 1.4
    aside = deep + along * 0.46
    back = aside + normal * (0.7 + second_mm - first_mm)
    return np.stack((stop, deep, aside, back, free - normal * 1.3, free), axis=1)


def with_hook(strokes: Strokes, rows: np.ndarray, layer: LayerLines, at: np.ndarray) -> Strokes:
    """The layer's walls, the hook and the line beside it, as much plastic to the mm as before."""
    closed = chains(layer)
    kept = strokes[rows[closed.closed[closed.of_line]]]
    open_ = strokes[rows[~closed.closed[closed.of_line]]][0]
    whole = np.round(at * 1000).astype(np.int64) * (SCALE // 1000)
    made = np.repeat(open_[None], 4, axis=0)
    made[:, 1:3], made[:, 3:5] = whole[[0, 1, 2, 4]], whole[[1, 2, 3, 5]]
    length = np.hypot(*(made[:, 3:5] - made[:, 1:3]).T)
    made[:, 5] = open_[5] / np.hypot(*(open_[3:5] - open_[1:3])) * length
    parts = (strokes[: rows[0]], kept, made, strokes[rows[-1] + 1 :])
    return np.ascontiguousarray(np.concatenate(parts).astype(np.int32))


@pytest.mark.parametrize(("model", "layers"), [("stairs", (2, 3, 7)), ("saddle", (11,))])
def test_a_hook_at_the_inner_depth_is_no_turn(model, layers, bench):
    specimen = sliced(bench, prusa(100, 0.2), model, 0)
    recipe, files, box = specimen.signed.recipe, specimen.signed.files, specimen.geometry.box()
    settings = signed_settings(recipe, files)
    read = accept(kernel(), specimen.gcode, recipe, files, box, None, with_strokes=True)
    trace, on_layer, job = read.printed()
    honest = layer_lines(trace, on_layer, recipe, job)
    sections = Sections(specimen.geometry.triangles, recipe.window)
    calls, rule = model_kernel(kernel()), solid_rule(settings, recipe.window)

    def lines_of(strokes: Strokes, layer: int) -> LayerLines:
        begin, end = np.zeros((2, len(strokes), 3), dtype=np.int64)
        begin[:, :2], end[:, :2] = strokes[:, 1:3], strokes[:, 3:5]
        cut = {name: getattr(trace, name)[: len(strokes)] for name in ROWS}
        fed = {"filament": strokes[:, 5].astype(np.int64), "begin": begin, "end": end}
        other = replace(trace, **{**cut, **fed})
        return layer_lines(other, replace(on_layer, of_move=strokes[:, 0]), recipe, job)[layer]

    tried = refused = 0
    for layer in layers:
        rows = np.flatnonzero(read.strokes[:, 0] == layer)
        ends = places(settings, layer, honest[layer].height_mm).ends
        for at in hooks(sections, layer, ends[0][1], ends[1][1])[::10]:
            strokes = with_hook(read.strokes, rows, honest[layer], at)
            sure = look(calls, strokes, len(honest), specimen.geometry, recipe, settings)
            found = Collector()
            spoilt = [lines_of(strokes, layer)]
            check_places(spoilt, sections, rule, settings, recipe.window, box, found)
            tried, refused = tried + 1, refused + bool(found.result())
            assert not (sure is not None and sure.of(layer, SURE_PLACES) and found.result())
    assert tried > 30
    assert refused


#: Columns of a trace with a row for each move.
ROWS = ("index", "feed", "planar", "vertical", "feeding", "kept", "kept_row")
