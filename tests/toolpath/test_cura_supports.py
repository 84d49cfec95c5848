"""CuraEngine's supports: which are judged, how near they may lie, where they may stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mdps_plugin.toolpath import support_clear
from mdps_plugin.toolpath.besides import printed_besides
from mdps_plugin.toolpath.collect import Collector
from mdps_plugin.toolpath.geometry import LayerLines
from mdps_plugin.toolpath.raster import grid_about
from mdps_plugin.toolpath.sections import Sections
from mdps_plugin.toolpath.shadow import shadows
from mdps_plugin.toolpath.support_rule import SupportRule, support_rule, unjudged
from mdps_plugin.toolpath.supports import check_supports

from .parts import recipe
from .supported import CURA, LAYER_MM, WIDTH_MM, block, gallows, lines, with_supports

RECIPE = recipe(with_supports(), **{"window.outside_model_mm": 5})
WINDOW = RECIPE.window
FLOW = LAYER_MM * WIDTH_MM
TOP = 20


def rule(**changes: str) -> SupportRule:
    found = support_rule({**CURA, **changes}, WINDOW)
    assert found is not None
    return found


def judged(
    beside: Sequence[LayerLines], model: np.ndarray | None = None, **changes: str
) -> set[str]:
    triangles = gallows() if model is None else model
    box = triangles.min(axis=(0, 1)), triangles.max(axis=(0, 1))
    found, part = Collector(), [lines(layer) for layer in range(len(beside))]
    check_supports(part, beside, Sections(triangles, WINDOW), rule(**changes), RECIPE, box, found)
    for finding in found.result():
        assert "?" not in finding.message()
    return {finding.code for finding in found.result() if finding.code.startswith("TP-1")}


def under_the_arm(layer: int, flow: float = FLOW) -> LayerLines:
    """What the engine prints below the arm of the gallows: a wall, and lines every 2.5 mm."""
    left, right, front, back = 94.925, 101.775, 95.225, 104.775
    wall = [(left, front), (right, front), (right, back), (left, back), (left, front)]
    rungs = [[(x, front + 0.2), (x, back - 0.2)] for x in (97.5, 100.0)]
    return lines(layer, wall, *rungs, flow=flow)


def supports(flow: float = FLOW, layers: int = TOP) -> list[LayerLines]:
    return [under_the_arm(at, flow) if at < 14 else lines(at) for at in range(layers)]


def with_paths(layer: LayerLines, *more: Sequence[tuple[float, float]]) -> LayerLines:
    own = [[tuple(one), tuple(two)] for one, two in zip(layer.begin, layer.end, strict=True)]
    return lines(layer.layer, *own, *more, flow=FLOW)


# What is judged.


def test_the_rule_of_signed_settings() -> None:
    found = rule()
    assert (found.above_layers, found.below_layers, found.plate_only) == (1, 1, False)
    # A line of 0.45 by 0.2 mm carries what a bead with round sides of 0.493 mm does.
    assert found.gap_mm == pytest.approx(0.7 - 0.0215, abs=1e-4)
    assert found.over_mm == pytest.approx(-0.0215, abs=1e-4)
    assert found.reach_mm == pytest.approx(0.198)
    assert found.full
    assert rule(support_type="buildplate").plate_only
    assert rule(support_top_distance="0.4").above_layers == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("support_enable", "yes"),
        ("support_structure", "tree"),
        ("support_type", "none"),
        ("support_pattern", "zigzag"),
        ("support_pattern", "grid"),
        ("support_wall_count", "0"),
        ("support_infill_angles", "[45]"),
        ("support_angle", "0"),
        ("support_top_distance", "0"),
        ("support_top_distance", "0.1"),
        ("support_top_distance", "0.8"),
        ("support_bottom_distance", "0"),
        ("support_bottom_distance", "0.4"),
        ("support_infill_sparse_thickness", "0.4"),
        ("support_xy_distance", "0.1"),
        ("support_xy_distance", "0.5"),
        ("support_xy_distance", "nan"),
        ("support_xy_distance", "0.7_5"),
        ("support_xy_distance", "\u0660.\u0667"),
        ("support_xy_overrides_z", "z_overrides_xy"),
        ("support_line_distance", "0.45"),
        ("support_initial_layer_line_distance", "0"),
        ("support_line_width", "0"),
        ("support_bottom_stair_step_height", "0.3"),
        ("support_join_distance", "2"),
        ("support_offset", "0.4"),
        ("gradual_support_infill_steps", "1"),
        ("minimum_support_area", "5"),
        ("support_conical_enabled", "true"),
        ("support_use_towers", "true"),
        ("support_roof_enable", "true"),
        ("support_bottom_enable", "true"),
        ("support_brim_enable", "true"),
        ("support_mesh", "true"),
        ("support_skip_some_zags", "true"),
        ("zig_zaggify_support", "true"),
        ("support_fan_enable", "true"),
        ("support_material_flow", "90"),
        ("adhesion_type", "raft"),
        ("adhesion_type", "brim"),
    ],
)
def test_what_is_not_judged_is_named(name: str, value: str) -> None:
    settings = {**CURA, name: value}
    assert [one[0] for one in printed_besides(settings, WINDOW)] == [name]
    if name != "support_mesh":
        assert support_rule(settings, WINDOW) is None


@pytest.mark.parametrize("name", sorted(CURA.keys() - {"support_enable", "adhesion_type"}))
def test_what_is_not_signed_is_not_judged(name: str) -> None:
    settings = {key: value for key, value in CURA.items() if key != name}
    # The engine has no values of its own; where off is the only word, it may be left out here.
    off = CURA[name] in ("false", "0")
    assert [one[0] for one in unjudged(settings, WINDOW)] == ([] if off else [name])


def test_a_first_layer_of_another_height_is_not_judged() -> None:
    window = replace(WINDOW, first_layer_height_mm=0.3)
    assert "layer_height_0" in [one[0] for one in unjudged(CURA, window)]


def test_settings_of_both_slicers_at_once_are_judged_by_neither() -> None:
    both: Mapping[str, str] = {**CURA, "support_material": "1"}
    assert support_rule(both, WINDOW) is None
    assert next(printed_besides(both, WINDOW), None) is not None


SKIRT = {
    "adhesion_type": "skirt",
    "skirt_gap": "2",
    "skirt_line_count": "2",
    "skirt_brim_line_width": "0.45",
    "skirt_brim_minimal_length": "0",
    "skirt_brim_material_flow": "100",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("skirt_gap", "0.5"),
        ("skirt_line_count", "0"),
        ("skirt_brim_line_width", "0.5"),
        ("skirt_brim_minimal_length", "250"),
        ("skirt_brim_material_flow", "90"),
    ],
)
def test_a_skirt_around_supports_is_judged_as_signed(name: str, value: str) -> None:
    assert rule(**SKIRT).skirt_reach_mm == pytest.approx(2.9215, abs=1e-4)
    assert rule().skirt_reach_mm == 0
    settings = {**CURA, **SKIRT, name: value}
    assert [one[0] for one in printed_besides(settings, WINDOW)] == [name]
    assert support_rule(settings, WINDOW) is None


# How near.


def test_a_support_as_it_has_to_be() -> None:
    assert judged(supports()) == set()


@pytest.mark.parametrize(("nearer", "found"), [(0.02, set()), (0.06, {"TP-124"})])
def test_a_support_keeps_its_distance(nearer: float, found: set[str]) -> None:
    beside = supports()
    line = 94.925 - nearer
    beside[5] = with_paths(beside[5], [(line, 97.0), (line, 99.0)])
    assert judged(beside) & {"TP-124"} == found


@pytest.mark.parametrize("layer", [0, 5])
@pytest.mark.parametrize(("over", "found"), [(-0.02, set()), (0.08, {"TP-124"})])
def test_a_support_lies_neither_over_nor_under_the_part(
    layer: int, over: float, found: set[str]
) -> None:
    """A shelf beside the support begins in the next layer: so near in plan, but no nearer."""
    shelf = block((90, 105, 0.2 * (layer + 1)), (102, 110, 0.2 * (layer + 2)))
    model = np.concatenate([gallows(), shelf])
    line = 105.0 - WIDTH_MM / 2 + over
    beside = [lines(at) for at in range(TOP)]
    beside[layer] = lines(layer, [(97.0, line), (99.0, line)], flow=FLOW)
    assert judged(beside, model) & {"TP-124"} == found


def _corner(away_mm: float) -> LayerLines:
    """A line across the corner of a block at (94, 95), at 45 degrees, its edge so far away."""
    middle = np.array([94.0, 95.0]) + (away_mm + WIDTH_MM / 2) * np.array([1, -1]) / np.sqrt(2)
    along = 0.4 * np.array([1, 1]) / np.sqrt(2)
    one, two = middle - along, middle + along
    return lines(5, [(one[0], one[1]), (two[0], two[1])], flow=FLOW)


@pytest.mark.parametrize(
    ("away", "found"), [(0.7, set()), (0.61, set()), (0.5, {"TP-124"}), (0.3, {"TP-124"})]
)
def test_at_a_corner_the_distance_is_to_what_the_wall_draws(away: float, found: set[str]) -> None:
    """A wall of 0.45 mm leaves 0.093 mm of a square corner empty."""
    beside = [_corner(away) if layer == 5 else lines(layer) for layer in range(TOP)]
    assert judged(beside) & {"TP-124"} == found


@pytest.mark.parametrize("width", [0.55, 0.6, 0.9])
def test_a_pin_that_a_wall_fills_is_kept_clear_of(width: float) -> None:
    """Hardly anything of it lies half a wall deep."""
    half = width / 2
    pin = block((98 - half, 90 - half, 0), (98 + half, 90 + half, 4))
    line = 90 - half - 0.4 - WIDTH_MM / 2
    beside = [lines(layer) for layer in range(TOP)]
    beside[5] = lines(5, [(97.0, line), (99.0, line)], flow=FLOW)
    assert judged(beside, np.concatenate([gallows(), pin])) & {"TP-124"} == {"TP-124"}


def test_lines_upon_each_other_are_looked_at_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job is anybody's bytes: what a second look costs is bounded by where lines lie."""
    looked: list[int] = []
    met = support_clear._Clear._met

    def counted(self: support_clear._Clear, place: np.ndarray, *more: Any) -> np.ndarray:
        looked.append(len(place))
        return met(self, place, *more)

    monkeypatch.setattr(support_clear._Clear, "_met", counted)
    beside = [lines(layer) for layer in range(TOP)]
    beside[5] = lines(5, *(300 * [[(94.9, 97.0), (94.9, 99.0)]]), flow=FLOW)
    assert judged(beside) & {"TP-124"} == set()
    assert looked == []
    beside[5] = lines(5, *(300 * [[(94.8, 97.0), (94.8, 99.0)]]), flow=FLOW)
    assert judged(beside) & {"TP-124"} == {"TP-124"}
    assert looked == [11]


# Where they may stand.


def test_a_shadow_ends_soon_beside_the_overhang_and_does_not_come_back() -> None:
    """CuraEngine widens a support by rounded corners only; what the part took stays taken."""
    bulge = block((96, 95, 1), (98, 105, 1.6))
    model = np.concatenate([gallows(), bulge])
    box = model.min(axis=(0, 1)), model.max(axis=(0, 1))
    grid = grid_about(box[0][:2], box[1][:2], 6.0)
    assert grid is not None
    by_layer = {one.layer: one for one in shadows(TOP, Sections(model, WINDOW), grid, rule())}

    def may(layer: int, x: float, y: float) -> bool:
        row, column = (int(part[0]) for part in grid.cells(np.array([[x, y]])))
        return bool(by_layer[layer].may[row, column])

    assert may(10, 98, 100)
    assert may(10, 98, 105.25)
    assert not may(10, 98, 105.4)
    assert not may(6, 97, 100)
    # Below the bulge its own support begins again, one clear layer further down.
    assert not may(4, 97, 100)
    assert may(2, 97, 100)
    # Layer 0 is no wider than the others.
    assert not may(0, 98, 105.4)


def test_no_support_in_one_layer() -> None:
    for layer in (0, 5, 13):
        beside = supports()
        beside[layer] = lines(layer)
        assert judged(beside) == {"TP-126"}


def test_plastic_beside_the_part_that_is_no_support() -> None:
    beside = supports()
    beside[5] = with_paths(beside[5], [(87.0, 97.0), (87.0, 99.0)])
    assert judged(beside) == {"TP-125"}


def test_more_plastic_on_the_lines_of_a_support() -> None:
    assert judged(supports(flow=FLOW * 1.01)) == {"TP-110"}
    assert judged(supports(flow=FLOW - LAYER_MM**2 * 0.2146)) == {"TP-110"}


def test_a_support_without_room_between_lines() -> None:
    beside = supports()
    packed = [[(x, 95.7), (x, 104.3)] for x in np.arange(97.95, 100.0, 0.45)]
    beside[5] = with_paths(beside[5], *packed)
    assert judged(beside) == {"TP-127"}


def test_a_support_printed_again() -> None:
    beside = supports()
    own = [[tuple(a), tuple(b)] for a, b in zip(beside[5].begin, beside[5].end, strict=True)]
    beside[5] = with_paths(beside[5], *own)
    assert judged(beside) == {"TP-114"}
