"""Solid parts of PrusaSlicer without solid layers of their own: one fill, no border inside."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from benchmarks.attacks import limits, trial
from benchmarks.attacks.catalogue import ATTACKS
from benchmarks.attacks.recipes import build
from mdps_plugin.toolpath.kernel_link import SWITCH
from mdps_plugin.toolpath.solid_rule import signed_settings, solid_rule

from .test_borders import prusa, sliced


@pytest.mark.slicer
@pytest.mark.parametrize(
    ("layer", "code", "compiled"),
    [(0.1, "TP-111", True), (0.2, "TP-100", True), (0.2, "TP-100", False)],
)
def test_a_hole_that_the_slicer_leaves_at_a_border_is_not_left_in_one_fill(
    layer, code, compiled, bench, monkeypatch
):
    """PrusaSlicer leaves some 1 mm open beside a surface: that is refused, whoever made it."""
    setup = prusa(100, layer)
    if not compiled:
        monkeypatch.setenv(SWITCH, "off")
    apart = sliced(bench, setup, "bone_guide", 1)
    assert trial.look(apart, apart.gcode, "AC") == (False, {"C": [code]})
    whole = sliced(bench, replace(setup, one_fill=True), "bone_guide", 1)
    assert trial.look(whole, whole.gcode, "AC") == (True, {})
    spoilt = ATTACKS["void_cut"].make(whole, 0.5, random.Random(4))
    assert not spoilt.nothing
    assert "C" in trial.look(whole, spoilt.data, "AC")[1]


@pytest.mark.parametrize(
    ("changes", "one"),
    [
        ({}, True),
        ({"fill_density": "99%"}, False),
        ({"top_solid_layers": "1"}, False),
        ({"bottom_solid_layers": "3"}, False),
        ({"top_solid_min_thickness": "0.5"}, False),
    ],
)
def test_it_takes_every_setting_that_asks_for_surfaces_apart(changes, one):
    setup = prusa(100, 0.2)
    signed = build(setup, limits.read()[setup], b"G21\n", b"M84\n")
    settings = dict(signed_settings(signed.recipe, signed.files))
    settings |= {"top_solid_layers": "0", "bottom_solid_layers": "0", **changes}
    rule = solid_rule(settings, signed.recipe.window)
    assert rule.one_fill is one


@pytest.mark.slicer
@pytest.mark.parametrize(
    ("model", "layer", "nozzle"),
    [
        # A tooth that is cut off level in the middle of a layer.
        ("jaw_segment", 0.3, 0.8),
        # A hole that begins there: its corners have mitres.
        ("bone_guide", 0.2, 0.4),
        ("bone_guide", 0.1, 0.25),
        # Parted along the outline of the next layer.
        ("liner_ring", 0.2, 0.4),
        ("spine_cage", 0.3, 0.6),
        # Open before an end that grazes a wall by what its round end fills.
        ("jaw_segment", 0.1, 0.4),
        ("strap", 0.3, 0.8),
    ],
)
def test_honest_jobs_that_were_refused_are_accepted(model, layer, nozzle, bench):
    one = sliced(bench, replace(prusa(100, layer, nozzle), one_fill=True), model, 0)
    assert trial.look(one, one.gcode, "AC") == (True, {})


@pytest.mark.slicer
def test_a_longer_rest_that_lacks_beside_such_a_slit_is_a_hole(bench):
    """PrusaSlicer leaves 0.6 mm of a line out there, 0.45 mm of it empty."""
    one = sliced(bench, replace(prusa(100, 0.3), one_fill=True), "jaw_segment", 0)
    assert trial.look(one, one.gcode, "AC") == (False, {"C": ["TP-102", "TP-111"]})
