"""Honest jobs of shapes as patients have them, refused once; and what is refused beside."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from benchmarks.attacks import trial
from benchmarks.attacks.on_flow import _cut, _through
from benchmarks.attacks.recipes import Setup
from mdps_plugin.toolpath.kernel_link import SWITCH

from .test_borders import prusa, sliced

pytestmark = pytest.mark.slicer

CURA = Setup(slicer="CuraEngine", infill=20, layer_mm=0.3)
#: Where fills meet in a flat part; where an edge of a surface ends; in a corner of the walls behind
#: a border; in what is left to fill of a layer above; where a widened surface meets other walls.
REFUSED_ONCE = [
    (prusa(100, 0.2), "heel_pad"),
    (prusa(20, 0.2), "heel_pad"),
    (prusa(100, 0.1), "bone_guide"),
    (prusa(100, 0.2), "bone_guide"),
    (CURA, "bone_guide"),
    (prusa(100, 0.3), "jaw_segment"),
]


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize(("setup", "model"), REFUSED_ONCE)
def test_what_the_slicer_does_is_no_fault(setup, model, compiled, bench, monkeypatch):
    specimen = sliced(bench, setup, model, 0)
    if not compiled:
        monkeypatch.setenv(SWITCH, "off")
    assert trial.look(specimen, specimen.gcode, "AC") == (True, {})


def without(specimen, layer, x, y, radius):
    """The job with the lines of one layer cut about a place."""
    changes = {}
    for move in specimen.job.printed:
        found = _through(move, x, y, radius) if move.layer == layer else None
        if found is not None:
            changes[move.index], _ = _cut(move, *found)
    assert changes
    return specimen.job.edited(changes)


@pytest.mark.parametrize(
    ("setup", "model", "layer", "x", "y", "radius"),
    [
        # As wide as the honest void, elsewhere; and the honest void made wider.
        (prusa(100, 0.2), "heel_pad", 7, 118.0, 114.5, 0.25),
        (prusa(100, 0.2), "heel_pad", 7, 122.553, 114.844, 0.8),
        (prusa(20, 0.2), "heel_pad", 7, 122.553, 114.844, 0.8),
        (prusa(100, 0.2), "bone_guide", 27, 132.275, 113.375, 0.9),
        (prusa(100, 0.1), "bone_guide", 53, 118.973, 113.225, 0.25),
        (prusa(100, 0.1), "bone_guide", 53, 118.2, 112.4, 0.25),
        (prusa(100, 0.3), "jaw_segment", 12, 120.6, 112.6, 0.25),
        (CURA, "bone_guide", 11, 126.4, 105.9, 0.75),
    ],
)
def test_a_void_there_is_refused_all_the_same(setup, model, layer, x, y, radius, bench):
    specimen = sliced(bench, setup, model, 0)
    accepted, found = trial.look(specimen, without(specimen, layer, x, y, radius), "AC")
    assert not accepted
    assert {"TP-100", "TP-102", "TP-111"} & set(found["C"])


@pytest.mark.parametrize("compiled", [True, False])
def test_a_line_that_ends_where_others_turn_was_cut(compiled, bench, monkeypatch):
    """Filling lines turn at a second depth; a run ends there only where it grazes a wall."""
    if not compiled:
        monkeypatch.setenv(SWITCH, "off")
    specimen = sliced(bench, prusa(100, 0.2), "wedge", 0)
    last = [
        one
        for one, other in pairwise(specimen.job.printed)
        if one.layer == 6 and other.begin != one.end and not one.wall and one.length > 2
    ]
    # From the outer to the inner offset: 0.45 of a spacing, of a line at 45 degrees.
    way = 0.45 * 0.407 * math.sqrt(2)
    for move in last[:4]:
        lines, _ = _cut(move, 1 - way / move.length, 1.0)
        _, found = trial.look(specimen, specimen.job.edited({move.index: lines}), "AC")
        assert found["C"] == ["TP-111"]
    assert len(last) > 3


@pytest.mark.parametrize("compiled", [True, False])
def test_chords_look_like_another_size_and_a_smaller_part_is_refused(compiled, bench, monkeypatch):
    """Decision 0054: of ``twist`` the walls seem 0.008 mm larger at the edge of the part."""
    if not compiled:
        monkeypatch.setenv(SWITCH, "off")
    specimen = sliced(bench, prusa(100, 0.3), "twist", 0)
    assert trial.look(specimen, specimen.gcode, "AC") == (True, {})
    larger = specimen.placed * [1.001, 1.001, 1.0]
    larger += (specimen.placed - larger).mean(axis=(0, 1)) * [1, 1, 0]
    _, found = trial.look(specimen, specimen.sliced(larger), "AC")
    assert "TP-107" in found["C"]


@pytest.mark.parametrize(
    ("model", "layer", "first", "last", "length_mm"),
    [("saddle", 6, 12, 12, 14.1), ("stairs", 13, 12, 14, 3.1), ("cranial_plate", 9, 338, 342, 6.5)],
)
def test_lines_that_lack_are_no_place_where_fills_meet(model, layer, first, last, length_mm, bench):
    """A slit is longer than what honest fills leave where they meet (decision 0052)."""
    specimen = sliced(bench, prusa(100, 0.2), model, 0)
    moves = [move for move in specimen.job.printed if move.layer == layer][first : last + 1]
    assert sum(move.length for move in moves) == pytest.approx(length_mm, abs=0.1)
    gone = {move.index: [f"G1 X{move.end[0]:.3f} Y{move.end[1]:.3f} F7800"] for move in moves}
    gone[moves[-1].index].append(f"G1 F{moves[-1].feed:g}")
    _, found = trial.look(specimen, specimen.job.edited(gone), "C")
    assert "TP-100" in found["C"]
