"""Where fills meet, of PrusaSlicer mostly: honest jobs refused once pass, cuts beside do not."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from benchmarks.attacks import limits, trial
from benchmarks.attacks.bench_store import Case, Specimen, load
from benchmarks.attacks.catalogue import ATTACKS
from benchmarks.attacks.models.plates import rectangle
from benchmarks.attacks.models.solids import cells, circle, holed_plate, lathe
from benchmarks.attacks.on_flow import _cut
from benchmarks.attacks.recipes import Setup, build, cut_blocks, plain_limits
from mdps_plugin.models.placement import place
from mdps_plugin.models.stl import encode_binary_stl, read_stl
from mdps_plugin.toolpath.geometry import ModelGeometry
from mdps_plugin.toolpath.kernel_link import SWITCH

pytestmark = pytest.mark.slicer


def prusa(infill, layer, nozzle=0.4):
    return Setup(slicer="prusa-slicer", infill=infill, layer_mm=layer, nozzle_mm=nozzle)


def sliced(bench, setup, model, variant):
    signed = limits.read().get(setup) or plain_limits(setup)
    return load(bench, Case(setup=setup, model=model, variant=variant), signed)


def made(bench, setup, name, triangles):
    """As bench_store.load, of a model that is in no set."""
    signed = limits.read()[setup]
    model = read_stl(encode_binary_stl(triangles), name)
    placed = place(model, build(setup, signed, b"G21\n", b"M84\n").recipe.envelope)
    gcode = bench.sliced(setup, encode_binary_stl(placed.triangles), setup.settings())
    return Specimen(
        case=Case(setup=setup, model=name, variant=0),
        bench=bench,
        signed=build(setup, signed, *cut_blocks(setup, gcode)),
        placed=placed.triangles,
        geometry=ModelGeometry(corners=placed.corners, digest=placed.digest),
        gcode=gcode,
        again=gcode,
    )


def overhanging_stairs():
    """Steps whose faces lie in the middle of layers of 0.2 mm."""
    filled = np.zeros((5, 1, 5), bool)
    for step in range(5):
        filled[: step + 1, :, step] = True
    return cells([0, 3, 5.3, 7.1, 9.9, 13], [0, 7], [0, 1.0, 2.0, 3.1, 4.3, 6.0], filled)


def upright_plate_with_holes():
    """Lying holes whose crowns and bottoms lie in the middle of layers."""
    holes = [circle(2.0, 32, (0.0, -2.0)), circle(1.2, 24, (4.2, 3.5))]
    plate = holed_plate(rectangle(14.0, 14.0), holes, 6.0)[:, :, [2, 0, 1]]
    return plate - np.array([0.0, 0.0, plate[:, :, 2].min()])


def cup_upside_down():
    """The floor has a hole of 0.01 mm radius along its axis, which every slicer closes."""
    return lathe([(4, 0), (6, 0), (6, 7), (0.01, 7), (0.01, 5), (4, 5)], 40)


#: Each was refused by TP-111; mostly what PrusaSlicer widens leaves a rest without room for a line.
REFUSED_ONCE = [
    (prusa(100, 0.3), "mushroom", 1),
    (prusa(100, 0.2), "plate_of_two", 2),
    (prusa(100, 0.1, 0.25), "dome", 0),
    (prusa(100, 0.1, 0.25), "insole_wedge", 0),
    (prusa(100, 0.15, 0.25), "lens", 0),
    (prusa(100, 0.1), "footplate", 1),
    (prusa(100, 0.2), "spine_cage", 2),
    # What a surface of a ring was widened to is widened again.
    (prusa(100, 0.3, 0.6), "liner_ring", 0),
    (prusa(100, 0.3, 0.8), "liner_ring", 0),
    # The area to fill ends before a neck; a surface lies in the middle of a layer above.
    (Setup(slicer="CuraEngine", infill=20, layer_mm=0.3), "finned_ring", 2),
    (Setup(slicer="CuraEngine", infill=20, layer_mm=0.3), "spine_cage", 2),
]


@pytest.mark.parametrize(("setup", "model", "variant"), REFUSED_ONCE)
def test_what_a_slicer_leaves_at_a_border_is_no_cut(setup, model, variant, bench, monkeypatch):
    specimen = sliced(bench, setup, model, variant)
    assert trial.look(specimen, specimen.gcode) == (True, {})
    monkeypatch.setenv(SWITCH, "off")
    assert trial.look(specimen, specimen.gcode, "AC") == (True, {})


@pytest.mark.parametrize("infill", [20, 100])
@pytest.mark.parametrize("make", [overhanging_stairs, upright_plate_with_holes, cup_upside_down])
def test_faces_in_the_middle_of_a_layer_and_specks_are_no_fault(make, infill, bench):
    specimen = made(bench, prusa(infill, 0.2), make.__name__, make())
    assert trial.look(specimen, specimen.gcode) == (True, {})


@pytest.mark.parametrize("layer", [0.1, 0.3])
def test_a_step_in_the_middle_of_a_layer_is_a_border_of_skins_for_curaengine(layer, bench):
    filled = np.zeros((4, 1, 4), bool)
    for step in range(4):
        filled[step:, :, step] = True
    heights = [0, 4.5 * layer, 9.5 * layer, 13.5 * layer, 20 * layer]
    stairs = cells([0, 3.1, 6.4, 9.2, 13], [0, 8], heights, filled)
    setup = Setup(slicer="CuraEngine", infill=20, layer_mm=layer)
    specimen = made(bench, setup, "stairs_up", stairs)
    assert trial.look(specimen, specimen.gcode) == (True, {})
    first = [one for one in specimen.job.printed if one.layer == 13 and not one.wall]
    longest = max((one for one in first if one.begin[0] > 128), key=lambda one: one.length)
    x, y = longest.point(0.5)
    assert not trial.look(specimen, cut_at(specimen, 13, x, y, 1.0), "AC")[0]


def cut_at(specimen, layer, x, y, gap):
    """The job with the line of a fill that passes nearest to a place cut there."""
    fills = [one for one in specimen.job.printed if one.layer == layer and not one.wall]

    def distance(move, share):
        at = move.point(share)
        return math.hypot(at[0] - x, at[1] - y)

    shares = np.linspace(0, 1, 201)
    move = min(fills, key=lambda one: min(distance(one, share) for share in shares))
    share = min(shares, key=lambda one: distance(move, one))
    half = gap / 2 / move.length
    lines, _ = _cut(move, share - half, share + half)
    return specimen.job.edited({move.index: lines})


@pytest.mark.parametrize("away", [0.8, 1.6, 2.4])
def test_a_cut_as_wide_as_the_rest_is_refused_elsewhere(away, bench):
    """In the mushroom a line is left out over 0.15 mm on the axis of its stem, 3 mm inside it."""
    specimen = sliced(bench, prusa(100, 0.3), "mushroom", 1)
    middle = specimen.placed.reshape(-1, 3)
    x, y = (middle.min(axis=0) + middle.max(axis=0))[:2] / 2
    for layer in (14, 16):
        accepted, found = trial.look(specimen, cut_at(specimen, layer, x + away, y, 0.15), "AC")
        assert not accepted
        assert "TP-111" in found["C"]


def test_a_cut_of_half_a_millimetre_on_a_slope_is_refused(bench):
    """Near borders of skins, where any end that hung together with a turn was excused once."""
    specimen = sliced(bench, prusa(100, 0.3), "wedge", 0)
    accepted, found = trial.look(specimen, cut_at(specimen, 6, 126.2, 110.06, 0.5), "AC")
    assert not accepted
    assert "TP-111" in found["C"]


@pytest.mark.parametrize(
    ("nozzle", "height", "layer", "x", "y", "gap"),
    [(0.4, 0.2, 20, 117.787, 116.767, 4.921), (0.8, 0.3, 28, 110.672, 121.77, 6.243)],
)
def test_a_cut_from_one_border_to_another_is_refused(nozzle, height, layer, x, y, gap, bench):
    """In rings edges are many: both ends of it lie where two borders are."""
    specimen = sliced(bench, prusa(100, height, nozzle), "liner_ring", 0)
    accepted, found = trial.look(specimen, cut_at(specimen, layer, x, y, gap), "AC")
    assert not accepted
    assert "TP-111" in found["C"]


@pytest.mark.parametrize("model", ["wedge", "lens", "saddle", "orthosis"])
def test_the_kernel_is_sure_of_borders_only_where_the_rules_find_nothing(model, bench, monkeypatch):
    specimen = sliced(bench, prusa(100, 0.3), model, 0)
    for number in range(5):
        rng = random.Random(number)
        attack = ATTACKS[rng.choice(("void_cut", "void_cut_split", "line_deleted", "point_moved"))]
        spoilt = attack.make(specimen, rng.choice(attack.sizes), rng)
        with_kernel = trial.look(specimen, spoilt.data, "AC")
        with monkeypatch.context() as without:
            without.setenv(SWITCH, "off")
            assert trial.look(specimen, spoilt.data, "AC") == with_kernel
