"""Ring C: where the kernel is sure, the rules find nothing; of honest layers it mostly is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.recipes.document import Recipe
from mdps_plugin.toolpath.collect import Collector
from mdps_plugin.toolpath.coverage import check_coverage
from mdps_plugin.toolpath.deep_ends import check_places
from mdps_plugin.toolpath.examine import Examination
from mdps_plugin.toolpath.fit import check_bodies, check_fit
from mdps_plugin.toolpath.flow_level import check_flow_level, check_short_lines, flow_rule
from mdps_plugin.toolpath.gaps import check_gaps
from mdps_plugin.toolpath.geometry import LayerLines, ModelGeometry, check_layers, layer_lines
from mdps_plugin.toolpath.inside import check_inside
from mdps_plugin.toolpath.kernel_link import SWITCH, kernel
from mdps_plugin.toolpath.model_link import (
    SURE_COVERED,
    SURE_FLOW,
    SURE_INSIDE,
    SURE_PLACES,
    SURE_SECTION,
    SURE_WALLED,
    ModelKernel,
    model_kernel,
)
from mdps_plugin.toolpath.one_pass import accept
from mdps_plugin.toolpath.outline import check_outline
from mdps_plugin.toolpath.sections import MOST_CUTS, PLANE_OFFSET_MM, Sections
from mdps_plugin.toolpath.solid_rule import SolidRule, signed_settings, solid_rule
from mdps_plugin.toolpath.sure import Strokes, Sure, look, printed_strokes

from .parts import ball, box, bundle, geometry, honest, moved, recipe
from .parts import look as examine_job

RECIPE, FILES, BOX = recipe(), bundle(), geometry(box())
SIGNED = signed_settings(RECIPE, FILES)
_ACCEPTED = accept(kernel(), honest(), RECIPE, FILES, BOX.box(), None, with_strokes=True)


def _calls() -> ModelKernel:
    calls = model_kernel(kernel())
    assert calls is not None, "build it: pip install --editable ."
    return calls


def _honest() -> tuple[Strokes, list[LayerLines]]:
    assert _ACCEPTED is not None
    assert _ACCEPTED.strokes is not None
    trace, layers, job = _ACCEPTED.printed()
    np.testing.assert_array_equal(printed_strokes(trace, layers), _ACCEPTED.strokes)
    return _ACCEPTED.strokes, layer_lines(trace, layers, RECIPE, job)


#: Columns: layer, begin x y, end x y, filament.
STROKES, LINES = _honest()


class _Layers:
    """Strokes of a job as lines of layers."""

    def __init__(self, strokes: Strokes, like: list[LayerLines]) -> None:
        trace, layers, job = _printed(strokes)
        self.lines = layer_lines(trace, layers, RECIPE, job)
        assert len(self.lines) == len(like)


def _printed(strokes: Strokes) -> tuple:
    assert _ACCEPTED is not None
    trace, layers, job = _ACCEPTED.printed()
    short = len(strokes)
    begin, end = np.zeros((2, short, 3), dtype=np.int64)
    begin[:, :2], end[:, :2] = strokes[:, 1:3], strokes[:, 3:5]
    changed = replace(trace, begin=begin, end=end, filament=strokes[:, 5].astype(np.int64))
    changed = replace(
        changed,
        index=trace.index[:short],
        feed=trace.feed[:short],
        planar=trace.planar[:short],
        vertical=trace.vertical[:short],
        feeding=trace.feeding[:short],
        kept=trace.kept[:short],
        kept_row=trace.kept_row[:short],
    )
    return changed, replace(layers, of_move=strokes[:, 0]), job


def _never_less_strict(
    strokes: Strokes,
    lines: list[LayerLines],
    model: ModelGeometry = BOX,
    signed: Recipe = RECIPE,
    settings_: Mapping[str, str] = SIGNED,
) -> Sure:
    """What the kernel is sure of, after each rule has found nothing there."""
    sure = look(_calls(), strokes, len(lines), model, signed, settings_)
    assert sure is not None
    sections, window = Sections(model.triangles, signed.window), signed.window
    rule, flow = solid_rule(settings_, window), flow_rule(settings_)
    for layer in lines:
        _judge_layer(layer, sure, sections, signed, rule, settings_, model)
        if sure.of(layer.layer, SURE_FLOW):
            found = Collector()
            check_short_lines([layer], signed, found)
            check_flow_level([layer], signed, flow, found)
            assert found.result() == ()
        if sure.of(layer.layer, SURE_COVERED):
            found = Collector()
            near = [one for one in lines if 0 <= layer.layer - one.layer <= 2]
            check_coverage(near, sections, rule, window, model.box(), found)
            assert [one for one in found.result() if one.where.layer == layer.layer] == []
    found = Collector()
    if sure.outline:
        check_outline(check_layers(lines, sections, signed, Collector()), found)
    if sure.fit:
        check_fit(lines, sections, rule, model.box(), found)
    if sure.one_body:
        check_bodies(lines, model.triangles, rule, window, found)
    assert found.result() == ()
    return sure


def _judge_layer(
    layer: LayerLines,
    sure: Sure,
    sections: Sections,
    signed: Recipe,
    rule: SolidRule,
    settings_: Mapping[str, str],
    model: ModelGeometry,
) -> None:
    found, window = Collector(), signed.window
    if sure.of(layer.layer, SURE_PLACES):
        check_places([layer], sections, rule, settings_, window, model.box(), found)
    if sure.of(layer.layer, SURE_SECTION):
        matches = check_layers([layer], sections, signed, found)
        assert matches[0].section is sections.pair(layer.layer).below
        if sure.of(layer.layer, SURE_INSIDE):
            check_inside(matches, window, found)
        if sure.of(layer.layer, SURE_WALLED):
            check_gaps(matches, window, found)
    assert found.result() == ()


def test_the_kernel_is_sure_of_an_honest_job() -> None:
    assert _never_less_strict(STROKES, LINES).everything


def test_what_a_stroke_cannot_hold_is_left_to_the_rules() -> None:
    assert _ACCEPTED is not None
    trace, layers, _ = _ACCEPTED.printed()
    for column, value in ((2, 1), (0, 1 << 31), (1, -(1 << 60))):
        end = trace.end.copy()
        end[7, column] += value
        assert printed_strokes(replace(trace, end=end), layers) is None


def test_an_honest_job_is_examined_without_a_rule_of_ring_c(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("check_layers", "check_coverage", "check_places", "check_fit", "check_bodies"):
        monkeypatch.delattr(f"mdps_plugin.toolpath.ring_c.{name}")
    assert examine_job(honest(), rings="AC").verdict.refusals() == ()


def test_without_the_kernel_the_rules_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: list[Callable[[], Examination]] = [
        lambda: examine_job(honest(), rings="AC"),
        lambda: examine_job(moved(lambda x, y: (x + 0.04, y)), rings="AC"),
        lambda: examine_job(honest(), rings="AC", model=geometry(box(20.5))),
        lambda: examine_job(honest(), rings="AC", model=geometry(ball(8))),
    ]
    with_kernel = [job() for job in jobs]
    monkeypatch.setenv(SWITCH, "off")
    assert with_kernel == [job() for job in jobs]


def test_a_layer_printed_twice_is_left_to_the_rule() -> None:
    first, last = np.searchsorted(STROKES[:, 0], [9, 10])
    strokes = np.concatenate((STROKES[:last], STROKES[first:last], STROKES[last:]))
    sure = look(_calls(), strokes, len(LINES), BOX, RECIPE, SIGNED)
    assert sure is not None
    assert [layer for layer in range(len(LINES)) if not sure.of(layer, SURE_COVERED)] == [9]


def test_a_line_laid_again_and_again_is_left_to_the_rule() -> None:
    """A short one: the squares of 6.4 mm hold it."""
    length = np.hypot(*(STROKES[:, 3:5] - STROKES[:, 1:3]).T) / 100_000
    line = int(np.flatnonzero((STROKES[:, 0] == 9) & (length < 4) & (length > 1.5))[0])
    for times, surely in ((1, True), (4, False)):
        again = np.repeat(STROKES[line : line + 1], times, axis=0)
        strokes = np.concatenate((STROKES[: line + 1], again, STROKES[line + 1 :]))
        sure = look(_calls(), strokes, len(LINES), BOX, RECIPE, SIGNED)
        assert sure is not None
        assert sure.of(9, SURE_COVERED) == surely


# A line of a layer, and what is done to it: moved, cut short, made thin, left out.
_LINE = st.integers(0, len(STROKES) - 1)
_CHANGES = st.lists(
    st.tuples(
        _LINE,
        st.sampled_from(["shift", "short", "thin", "drop", "far"]),
        st.sampled_from([2_000, 5_000, 9_000, 20_000, 60_000, 300_000]),
        st.sampled_from([1, 2, 3, 4]),
    ),
    min_size=1,
    max_size=4,
)


def _changed(changes: list[tuple[int, str, int, int]]) -> Strokes:
    strokes = STROKES.astype(np.int64)
    kept = np.ones(len(strokes), dtype=np.bool_)
    for line, kind, size, column in changes:
        if kind == "shift":
            strokes[line, column] += size
        elif kind == "short":
            back = strokes[line, 1:3] - strokes[line, 3:5]
            strokes[line, 3:5] += back * min(size, 90_000) // 100_000
        elif kind == "thin":
            strokes[line, 5] = strokes[line, 5] * (1_000_000 - size) // 1_000_000
        elif kind == "far":
            strokes[line, column] = size * 7_000
        else:
            layer = strokes[line, 0]
            first, last = np.searchsorted(strokes[:, 0], [layer, layer + 1])
            kept[line] = kept[first:last].sum() == 1
    return strokes[kept].astype(np.int32)


@settings(max_examples=25, deadline=None)
@given(_CHANGES)
def test_any_change_that_the_kernel_is_sure_of_is_none_to_the_rules(
    changes: list[tuple[int, str, int, int]],
) -> None:
    strokes = _changed(changes)
    layers = _Layers(strokes, LINES)
    # The rules look at the layers about a change; the kernel at all of them.
    sure = look(_calls(), strokes, len(LINES), BOX, RECIPE, SIGNED)
    assert sure is not None
    near = {int(STROKES[line, 0]) + step for line, _, _, _ in changes for step in range(3)}
    sections, rule = Sections(BOX.triangles, RECIPE.window), solid_rule(SIGNED, RECIPE.window)
    for layer in (one for one in layers.lines if one.layer in near):
        _judge_layer(layer, sure, sections, RECIPE, rule, SIGNED, BOX)
        if sure.of(layer.layer, SURE_COVERED):
            found = Collector()
            about = [one for one in layers.lines if 0 <= layer.layer - one.layer <= 2]
            check_coverage(about, sections, rule, RECIPE.window, BOX.box(), found)
            assert [one for one in found.result() if one.where.layer == layer.layer] == []
        if sure.of(layer.layer, SURE_FLOW):
            found = Collector()
            check_short_lines([layer], RECIPE, found)
            check_flow_level([layer], RECIPE, flow_rule(SIGNED), found)
            assert found.result() == ()
    found = Collector()
    if sure.outline:
        check_outline(check_layers(layers.lines, sections, RECIPE, Collector()), found)
    if sure.fit:
        check_fit(layers.lines, sections, rule, BOX.box(), found)
    assert found.result() == ()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(STROKES) - 1),
            st.integers(1, 5),
            st.integers(-(2**31), 2**31 - 1),
        ),
        max_size=6,
    ),
    st.sampled_from([0.0, 1e-30, 1e30, -1e9, float("inf"), float("-inf"), float("nan")]),
    st.integers(0, 35),
)
def test_no_number_breaks_the_kernel(
    wild: list[tuple[int, int, int]], corner: float, place: int
) -> None:
    """Whatever a job or a mesh holds, the answer is an answer."""
    strokes = STROKES.copy()
    for line, column, value in wild:
        strokes[line, column] = value
    triangles = box().copy()
    triangles.reshape(-1)[place] = corner
    model = ModelGeometry(corners=triangles, digest="")
    # The box of a model is finite, or the examiner does not get here.
    object.__setattr__(model, "_box", BOX.box())
    look(_calls(), strokes, len(LINES), model, RECIPE, SIGNED)


def test_triangles_are_sorted_as_the_sections_sort_them() -> None:
    window = RECIPE.window
    for triangles in (box(), ball(6, steps=16), ball(3.33, steps=9)):
        heights = (window.first_layer_height_mm, window.layer_height_mm)
        sorted_ = _calls().sort(triangles, heights, PLANE_OFFSET_MM, MOST_CUTS)
        assert sorted_ is not None
        sections = Sections(triangles, window)
        assert sorted_.layers == sections.top + 1
        assert len(sorted_.order) == sections.cuts
        for layer in range(sorted_.layers):
            part = sorted_.order[sorted_.edges[layer] : sorted_.edges[layer + 1]]
            np.testing.assert_array_equal(part, sections._met(layer))
        assert _calls().sort(triangles, heights, PLANE_OFFSET_MM, sections.cuts - 1) is None


def test_bodies_are_told_apart() -> None:
    assert _calls().one_body(box())
    assert _calls().one_body(ball(6, steps=16))
    apart = np.concatenate((box(), box() + np.array([40.0, 0, 0])))
    assert not _calls().one_body(apart)
    touching = np.concatenate((box(), box() + np.array([20.0, 0, 0])))
    assert _calls().one_body(touching)
