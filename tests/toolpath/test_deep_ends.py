"""Where walls run and filling lines end: honest jobs keep to it, small changes do not."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from mdps_plugin.toolpath.astray import Astray, moving, off_depths, off_every
from mdps_plugin.toolpath.deep_ends import END_MM, grazes_walls
from mdps_plugin.toolpath.depth import MOST_MITRE, Outline
from mdps_plugin.toolpath.little_room import MOST_IN_NECKS, in_middles, in_necks
from mdps_plugin.toolpath.places import Places, places

from .carving import carve
from .parts import (
    PLACES,
    SETTINGS,
    bundle,
    codes,
    geometry,
    honest,
    layer_change,
    line_of,
    look,
    prism,
    settings_file,
    slice_plainly,
    swap,
    with_places,
)

PINNED = {**SETTINGS, **PLACES}
WIDE = [(-20.0, -20.0), (20.0, -20.0), (20.0, 20.0), (-20.0, 20.0)]
SQUARE = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]
BROAD_ELL = [(-9.0, -9.0), (19.0, -9.0), (19.0, 4.0), (4.0, 4.0), (4.0, 19.0), (-9.0, 19.0)]
ELL = [(0.0, 0.0), (10.0, 0.0), (10.0, 4.0), (4.0, 4.0), (4.0, 10.0), (0.0, 10.0)]


def outline(*loops: list[tuple[float, float]]) -> Outline:
    """Loops with the inside on the left."""
    return Outline(
        np.array([pair for loop in loops for pair in zip(loop, loop[1:] + loop[:1], strict=True)])
    )


def test_honest_lines_lie_where_they_may() -> None:
    assert look(honest(), files=with_places()).verdict.accepted


@pytest.mark.parametrize("x", [100.0, 104.3])
def test_only_the_ends_show_a_cut_of_0_3_mm(x: float) -> None:
    """In sparse infill no hole is seen, and the gap is too short for the rule of open ends."""
    first, last = layer_change(12), layer_change(13)
    lines = honest().split(b"\n")
    changed = carve(b"\n".join(lines[first:last]), x, 100.2, 0.3)
    job = b"\n".join([*lines[:first], changed, *lines[last:]])
    assert job != honest()
    assert codes(look(job, files=with_places())) - {"TP-102", "TP-109"} == {"TP-111"}


def test_a_wall_cut_open_ends_among_the_walls() -> None:
    job = carve(honest(), 109.775, 100, 0.25, first=line_of("G1 Z.2 F7800"))
    refused = look(job, files=with_places()).verdict.refusals()
    cut = [one for one in refused if one.code == "TP-111"]
    assert cut
    for one in cut:
        # Two depths, and none between.
        assert one.allowed() == "0.754 mm, or 0.937 mm, within 0.05"
        # At the cut, not at the seam nor at another joint of the wall, which all lie as deep.
        assert one.where.x == pytest.approx(109.775, abs=0.05)
        assert one.where.y == pytest.approx(100, abs=0.3)


def test_a_wall_dented_by_0_1_mm_is_seen() -> None:
    wall = line_of("G1 X90.632 Y104.368 E.63419", layer_change(6))
    dented = swap(wall, "G1 X100 Y104.268 E.31709\nG1 X90.632 Y104.368 E.31709")
    assert codes(look(dented, files=with_places())) == {"TP-112"}


def test_settings_that_leave_places_open_give_none() -> None:
    assert places(PINNED, 1, 0.2) is not None
    for name in (*PLACES, "perimeter_generator", "thin_walls", "fill_pattern", "extrusion_width"):
        left = {key: text for key, text in PINNED.items() if key != name}
        assert (places(left, 1, 0.2) is None) == (name != "extrusion_width"), name
    assert places({**PINNED, "top_fill_pattern": "concentric"}, 1, 0.2) is None


def test_depths_are_those_of_a_plain_search() -> None:
    """Against each segment in turn, for points all over two outlines and beyond them."""
    chance = np.random.default_rng(7)
    for loops in ([SQUARE], [ELL], [SQUARE, [(4.0, 4.0), (4.0, 6.0), (6.0, 6.0), (6.0, 4.0)]]):
        points = chance.uniform(-1, 11, size=(400, 2))
        segments = np.array(
            [pair for loop in loops for pair in zip(loop, loop[1:] + loop[:1], strict=True)]
        )
        begin, way = segments[:, 0], segments[:, 1] - segments[:, 0]
        share = ((points[:, None] - begin) * way).sum(axis=2) / (way * way).sum(axis=1)
        foot = begin + np.clip(share, 0, 1)[:, :, None] * way
        plain = np.hypot(*np.moveaxis(points[:, None] - foot, 2, 0)).min(axis=1)
        rungs = np.array([[1.0, 1.1]])
        depth, on = outline(*loops).depth(points, rungs, 0.05, 2.5)
        near = plain <= 2.5
        assert np.allclose(depth[near], plain[near])
        assert np.isinf(depth[~near]).all()
        assert on[(plain >= 0.95) & (plain <= 1.15)].all()
        assert not on[plain < 0.95].any()


def test_a_mitre_reaches_deeper_about_a_corner_into_the_part_only() -> None:
    rungs = np.array([[1.0, 1.0]])
    mitred = np.array([[3.0, 3.0], [3.05, 3.05], [2.9, 2.9], [3.0, 5.0]])
    depth, on = outline(ELL).depth(mitred, rungs, 0.01, 3.0)
    assert depth[0] == pytest.approx(2**0.5)
    assert on.tolist() == [True, True, False, True]
    depth, on = outline(SQUARE).depth(np.array([[1.0, 1.0], [1.4, 1.4]]), rungs, 0.01, 3.0)
    assert on.tolist() == [True, False]
    open_end = Outline(np.array([[[0.0, 0.0], [10.0, 0.0]]]))
    on = open_end.depth(np.array([[-1.0, 1.0], [-3.0, 3.0]]), rungs, 0.01, 9.0)[1]
    assert on.tolist() == [True, MOST_MITRE > 3 * 2**0.5]


def test_about_a_corner_into_the_part_lines_end_on_the_mitre_itself() -> None:
    """Where one of both sides of the corner, drawn on, is as far as filling lines keep from it."""
    rungs = np.array([[1.0, 1.0]])
    on_it = [(3.0, 3.0), (3.4, 3.0), (3.0, 3.9), (3.0, 7.0)]
    beside = [(3.2, 3.2), (3.3, 3.2), (2.9, 2.9)]
    place = np.array([*on_it, *beside])
    _, on = outline(ELL).depth(place, rungs, 0.01, 3.0, mitred=True)
    assert on.tolist() == [True] * 4 + [False] * 3
    _, anywhere = outline(ELL).depth(place, rungs, 0.01, 3.0)
    assert anywhere.tolist() == [True] * 6 + [False]


def test_on_a_mitre_of_the_inner_depth_a_run_ends_whatever_its_line_leads_to() -> None:
    """Beside a straight wall it was cut there."""
    spot = places(PINNED, 3, 0.2)
    assert spot is not None
    inner = spot.ends[-1][1]
    place = np.array([(4 - inner, 4 - inner), (9 - inner, inner)])
    depth = np.array([inner * 2**0.5, inner])
    ends = Astray(place=place, row=np.arange(2), depth=depth, deep=np.ones(2, dtype=np.bool_))
    ahead = np.array([(0.6, 0.8), (0.6, -0.8)])
    assert grazes_walls(ends, ahead, (outline(ELL),), spot).tolist() == [True, False]


NECK = [
    *((0.0, 0.0), (20.0, 0.0), (20.0, 8.7), (26.0, 9.0), (26.0, 11.0), (20.0, 11.3), (20.0, 20.0)),
    (0.0, 20.0),
]


def before_the_neck(*places: tuple[float, float], loop: list[tuple[float, float]]) -> list[bool]:
    ends_mm = (1.283, 1.0575, 1.1925)
    spot = Places(
        walls=(0.225, 0.675, 1.125),
        ends=tuple((depth, depth) for depth in ends_mm),
        borders=(1.0575, 1.1925),
    )
    side, place = outline(loop), np.array(places)
    depth, _ = side.depth(place, np.empty((0, 2)), 0.0, 9.0)
    none = np.zeros(len(place), dtype=np.bool_)
    ends = Astray(place=place, row=np.arange(len(place)), depth=depth, deep=none)
    return in_necks(ends, (side,), spot, END_MM).tolist()


def test_before_a_neck_a_line_of_curaengine_ends_somewhat_before_both_mitres() -> None:
    """1.3 mm to either side of its middle two corners point into the part."""
    x = 20 - (1.78**2 - 1.3**2) ** 0.5
    assert before_the_neck((x, 10.0), (x + 0.1, 10.0), loop=NECK) == [True, True]
    # Further from both, and from one of them; a wall's corner alone, on the mitre of which it lies.
    assert before_the_neck((x - 0.3, 10.0), (x - 0.1, 9.4), loop=NECK) == [False, False]
    assert before_the_neck((4 - 1.3, 4 - 1.3), loop=BROAD_ELL) == [False]


def test_a_row_of_ends_before_a_neck_is_none() -> None:
    x = 20 - (1.78**2 - 1.3**2) ** 0.5
    row = [(x + 0.01 * step, 10.0) for step in range(MOST_IN_NECKS + 1)]
    assert before_the_neck(*row[:-1], loop=NECK) == [True] * MOST_IN_NECKS
    assert before_the_neck(*row, loop=NECK) == [False] * (MOST_IN_NECKS + 1)


def test_only_an_outline_that_moves_far_is_looked_at_between_both_sides() -> None:
    place = np.array([(9.0, 5.0), (5.0, 5.0), (9.5, 5.0)])
    assert moving(place, (_square(0.0), _square(0.3)), 2.0).tolist() == [True, False, True]
    assert not moving(place, (_square(0.0), _square(0.2)), 2.0).any()
    nothing = Outline(np.empty((0, 2, 2)))
    assert not moving(place, (_square(0.0), nothing), 2.0).any()


def _square(grown: float) -> Outline:
    low, high = -grown, 10 + grown
    return outline([(low, low), (high, low), (high, high), (low, high)])


@pytest.mark.parametrize(("steps", "astray"), [(2, 1), (4, 0), (8, 0)])
def test_where_it_is_nearly_level_the_outlines_between_both_sides_count(
    steps: int, astray: int
) -> None:
    """It moves by 0.8 mm between both cuts: the wall keeps 1 mm from one of those between."""
    every = [_square(grown) for grown in np.linspace(-0.4, 0.4, steps + 1)]
    rungs = [(1.0, 1.0)]
    place = np.array([[9.1, 5.0], [8.0, 5.0]])
    off = off_depths(place, np.array([7, 8]), (every[0], every[-1]), rungs, 0.05)
    assert off.row.tolist() == [7, 8]
    left = off_every(off, lambda: every, rungs, 0.05, 0.25)
    assert left.row.tolist() == [7, 8][1 - astray :]


def test_an_outline_of_many_short_edges_is_looked_at_few_points_at_a_time() -> None:
    """Anybody's model: all pairs at once of 20,000 points and edges in a cell would be GB."""
    turn = np.linspace(0, 2 * np.pi, 20_000, endpoint=False)
    circle = np.stack((np.cos(turn), np.sin(turn)), axis=1)
    crowded = Outline(np.stack((circle, np.roll(circle, -1, axis=0)), axis=1))
    points = 1.5 * circle[::10]
    tracemalloc.start()
    distance, _ = crowded.depth(points, np.empty((0, 2)), 0.0, 1.0)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert distance == pytest.approx(np.full(len(points), 0.5), abs=1e-6)
    assert most < 1 << 30


def test_above_the_tip_of_a_tooth_the_outline_below_counts_alone() -> None:
    nothing = Outline(np.empty((0, 2, 2)))
    place = np.array([[9.1, 5.0]])
    off = off_depths(place, np.array([7]), (_square(0.4), nothing), [(1.0, 1.0)], 0.05)
    every = [_square(0.4), _square(0.1), nothing]
    assert len(off_every(off, lambda: every, [(1.0, 1.0)], 0.05, 0.25).row) == 0
    assert len(off_every(off, lambda: every[::2], [(1.0, 1.0)], 0.05, 0.25).row) == 1


def _with_hole(half: float) -> Outline:
    hole = [(-half, -half), (-half, half), (half, half), (half, -half)]
    return outline(WIDE, hole)


@pytest.mark.parametrize(("mitred", "astray"), [(True, [1, 2]), (False, [2])])
def test_a_hole_that_begins_between_both_sides_has_mitres(mitred: bool, astray: list[int]) -> None:
    """As in ``bone_guide``, where a drill ends in the middle of a layer."""
    rungs = [(1.2, 1.2)]
    every = [outline(WIDE), _with_hole(0.2), _with_hole(1.5)]
    # About the corner of the lesser hole: on the mitre, before it, beyond it.
    place = np.array([(1.4, 1.4), (1.3, 1.3), (1.5, 1.5)])
    off = off_depths(place, np.arange(3), (every[0], every[-1]), rungs, 0.05)
    assert off.row.tolist() == [0, 1, 2]
    left = off_every(off, lambda: every, rungs, 0.05, 0.25, mitred)
    assert left.row.tolist() == astray
    assert len(off_every(off, lambda: every[::2], rungs, 0.05, 0.25, mitred).row) == 3


@pytest.mark.parametrize(("apart", "astray"), [(0.1, 0), (0.2, 0), (0.3, 1)])
def test_on_a_shallow_slope_the_depth_may_lie_between_both_sides(apart: float, astray: int) -> None:
    """The outline moves by ``apart`` between both cuts; the wall keeps 1 mm from its middle."""

    low, high = apart / 2, 10 - apart / 2
    inner = outline([(low, low), (high, low), (high, high), (low, high)])
    low, high = -apart / 2, 10 + apart / 2
    sides = inner, outline([(low, low), (high, low), (high, high), (low, high)])
    place, row = np.array([[9.0, 5.0]]), np.array([7])
    assert len(off_depths(place, row, sides, ((1.0, 1.0),), 0.05).row) == astray
    # The same place is too deep for both.
    assert len(off_depths(place - [0.3, 0], row, sides, ((1.0, 1.0),), 0.05).row) == 1


STEP = [(0.0, 0.0), (24.0, 0.0), (24.0, 2.0), (12.0, 2.0), (12.0, 4.0), (0.0, 4.0)]


@pytest.mark.slicer
@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("joint", [0.0, 0.4])
def test_near_a_skin_of_a_solid_part_a_cut_of_0_5_mm_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: bool, joint: float
) -> None:
    """Two steps: from 3 mm beside the upper one on fills may meet, in some layers they do.

    A joint beside the cut is no turn.
    """
    if not compiled:
        monkeypatch.setenv("MDPS_KERNEL", "off")
    upright = prism(STEP, 16.0, at=0.0)[:, ::-1][:, :, [0, 2, 1]]
    low = upright.min(axis=(0, 1))
    steps = upright - low + np.array([90.0, 90.0, 0.0])
    solid = {**PLACES, "fill_density": "100%"}
    job = slice_plainly(steps, tmp_path, **solid)
    changes = {
        "files": {**bundle(), "settings.ini": settings_file(**solid)},
        "model": geometry(steps),
        "window.lines_at_most": 200_000,
        "window.total_filament_mm": {"minimum": 1, "maximum": 100_000},
        "window.print_time_s": {"minimum": 1, "maximum": 100_000},
    }
    assert codes(look(job, "C", required="C", **changes)) == set()
    lines = job.split(b"\n")
    first, last = (
        [number for number, line in enumerate(lines) if line == b";LAYER_CHANGE"][layer]
        for layer in (8, 9)
    )
    changed = carve(b"\n".join(lines[first:last]), 104.0, 98.0, 0.25, joint=joint)
    spoilt = b"\n".join([*lines[:first], changed, *lines[last:]])
    assert spoilt != job
    found = look(spoilt, "C", required="C", **changes)
    assert codes(found) == {"TP-111"}
    # In a solid part the second depth is for ends along a wall alone.
    allowed = {one.allowed() for one in found.verdict.refusals()}
    assert allowed == {"0.754 mm, or 0.937 mm along a wall, within 0.05"}


@pytest.mark.parametrize(("half_turn", "in_tip"), [(3, True), (15, True), (25, True), (90, False)])
def test_only_in_a_tip_is_there_a_crumb_of_an_outer_wall(half_turn: float, in_tip: bool) -> None:
    """At the wall's depth from both sides; along a straight side a row of crumbs is no wall."""
    spot = places(PINNED, 3, 0.2)
    assert spot is not None
    wall, angle = spot.walls[0], np.radians(half_turn)
    corner = (20 * np.cos(angle), 20 * np.sin(angle))
    wedge = outline([(0, 0), (corner[0] + 1, -corner[1]), (corner[0] + 1, corner[1])])
    place = np.array([[wall / np.sin(angle), 0.0]])
    if half_turn == 90:
        wedge = outline([(0, -9), (9, -9), (9, 9), (0, 9)])
    crumb = Astray(place=place, row=np.array([0]), depth=np.array([wall]), deep=np.zeros(1, bool))
    assert in_middles(crumb, (wedge, wedge)).tolist() == [in_tip]
