"""What is reckoned for many places together is what a plain look at each of them gives."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdps_plugin.toolpath import gaps, section, winding
from mdps_plugin.toolpath.depth import Pieces
from mdps_plugin.toolpath.section import Section

# Few numbers, so that places lie on lines, lines through corners, and corners on each other.
_NUMBERS = st.sampled_from([-3.0, -2.0, -1.0, -0.5, 0.0, 0.3, 1.0, 2.5, 3.0])
_PLACES = st.lists(st.tuples(_NUMBERS, _NUMBERS), max_size=9)
_LOOPS = st.lists(st.lists(st.tuples(_NUMBERS, _NUMBERS), min_size=3, max_size=7), max_size=3)


@pytest.fixture(autouse=True, params=[1, 7, 2_000_000])
def at_once(request, monkeypatch):
    """So many pairs are looked at together: parts of the work, or all of it."""
    monkeypatch.setattr(section, "_PAIRS_AT_ONCE", request.param)
    monkeypatch.setattr(gaps, "_PAIRS_AT_ONCE", request.param)
    monkeypatch.setattr(winding, "PAIRS", request.param)


EACH = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)


def outline(loops, *, closed=True):
    ends = [
        (begin, end)
        for loop in loops
        for begin, end in zip(loop, [*loop[1:], loop[0]], strict=True)
        if begin != end
    ]
    return Section(segments=np.array(ends if closed else ends[:-1]).reshape(-1, 2, 2))


def winds(segments, x, y):
    """How often the outline runs about a place: up on its right less down on it."""
    count = 0
    for (x0, y0), (x1, y1) in segments.tolist():
        left = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)
        count += (y0 <= y < y1 and left > 0) - (y1 <= y < y0 and left < 0)
    return count


@EACH
@given(_LOOPS, _PLACES)
def test_inside(loops, places):
    found = winding.is_inside(outline(loops), np.array(places).reshape(-1, 2))
    assert found.tolist() == [winds(outline(loops).segments, x, y) > 0 for x, y in places]


def longest(segments, axis, value):
    """Along one line: what lies between where it comes in and where it has left."""
    met = []
    for place in segments:
        (a0, c0), (a1, c1) = ((one[axis], one[1 - axis]) for one in place)
        if min(a0, a1) <= value < max(a0, a1):
            turn = (1 if a1 > a0 else -1) * (-1 if axis == 1 else 1)
            met.append((c0 + (value - a0) / (a1 - a0) * (c1 - c0), turn))
    met.sort(key=lambda one: one[0])
    around, begin, found = 0, None, 0.0
    for place, turn in met:
        around += turn
        if around > 0 and begin is None:
            begin = place
        elif around <= 0 and begin is not None:
            found, begin = max(found, place - begin), None
    return found if begin is None else 0.0


@EACH
@given(_LOOPS, st.lists(_NUMBERS, max_size=6), st.sampled_from([0, 1]), st.booleans())
def test_longest_piece_across(loops, at, axis, closed):
    one = outline(loops, closed=closed)
    wanted = [longest(one.segments, axis, value) for value in at]
    assert one.widest_chord_mm(axis, np.array(at)).tolist() == pytest.approx(wanted)


def straight_in(segments, point, normal):
    """The nearest crossing of the way in with a segment, both as lines with a parameter."""
    found = math.inf
    for (x0, y0), (x1, y1) in segments.tolist():
        across = (x1 - x0) * normal[1] - (y1 - y0) * normal[0]
        if abs(across) <= 1e-12:
            continue
        away = x0 - point[0], y0 - point[1]
        reach = (away[0] * (y1 - y0) - away[1] * (x1 - x0)) / across
        share = (away[0] * normal[1] - away[1] * normal[0]) / -across
        if 0 <= share <= 1 and reach > gaps.PROBE_MM:
            found = min(found, reach)
    return found


@EACH
@given(_LOOPS, _PLACES, st.sampled_from([(1.0, 0.0), (0.0, -1.0), (0.6, 0.8)]))
def test_thickness(loops, places, normal):
    one, points = outline(loops), np.array(places).reshape(-1, 2)
    found = gaps.thickness_mm(one, points, np.tile(normal, (len(points), 1)))
    assert found.tolist() == [straight_in(one.segments, point, normal) for point in places]


@EACH
@given(_LOOPS, _PLACES, st.sampled_from([0.2, 0.9, 2.5]))
def test_pieces_near_a_place_are_all_found(loops, places, reach):
    one, points = outline(loops), np.array(places).reshape(-1, 2)
    if one.empty:
        return
    pieces = Pieces(one.segments)
    point, piece, gap, _ = pieces.near(points, reach)
    found = dict(zip(zip(point.tolist(), piece.tolist(), strict=True), gap.tolist(), strict=True))
    assert len(found) == len(point)
    for row, place in enumerate(points):
        for number, (begin, step) in enumerate(zip(pieces.begin, pieces.step, strict=True)):
            share = np.clip(((place - begin) @ step) / (step @ step), 0, 1)
            away = math.dist(place, begin + share * step)
            assert away > reach or found[row, number] == pytest.approx(away, abs=1e-9)
