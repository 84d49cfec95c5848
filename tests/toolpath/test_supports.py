"""Supports: where they may stand, where they must, and what of them is refused."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from mdps_plugin.toolpath.besides import printed_besides
from mdps_plugin.toolpath.collect import Collector
from mdps_plugin.toolpath.geometry import LayerLines
from mdps_plugin.toolpath.raster import grid_about
from mdps_plugin.toolpath.sections import Sections
from mdps_plugin.toolpath.shadow import Shadow, shadows
from mdps_plugin.toolpath.support_rule import SupportRule, support_rule
from mdps_plugin.toolpath.supports import check_supports

from .parts import codes, geometry, honest, look
from .supported import (
    ALL,
    RECIPE,
    TOP,
    WINDOW,
    block,
    gallows,
    lines,
    rule,
    supports,
    under_the_arm,
    with_supports,
)


def judged(
    beside: Sequence[LayerLines],
    model: np.ndarray | None = None,
    part: Sequence[LayerLines] | None = None,
    rule_: SupportRule | None = None,
) -> set[str]:
    triangles = gallows() if model is None else model
    box = triangles.min(axis=(0, 1)), triangles.max(axis=(0, 1))
    found = Collector()
    part = part or [lines(layer) for layer in range(len(beside))]
    check_supports(part, beside, Sections(triangles, WINDOW), rule_ or rule(), RECIPE, box, found)
    for finding in found.result():
        assert "?" not in finding.message()
    return {finding.code for finding in found.result() if finding.code.startswith("TP-1")}


def shades(
    model: np.ndarray, layers: int = TOP, **changes: str
) -> tuple[dict[int, Shadow], object]:
    box = model.min(axis=(0, 1)), model.max(axis=(0, 1))
    grid = grid_about(box[0][:2], box[1][:2], 6.0)
    assert grid is not None
    made = shadows(layers, Sections(model, WINDOW), grid, rule(**changes))
    by_layer = {shadow.layer: shadow for shadow in made}

    def at(layer: int, x: float, y: float) -> tuple[bool, bool]:
        row, column = (int(part[0]) for part in grid.cells(np.array([[x, y]])))
        return bool(by_layer[layer].may[row, column]), bool(by_layer[layer].must[row, column])

    return by_layer, at


# Where supports may stand, and must.


SKIRT = {"skirts": "2", "skirt_distance": "2", "skirt_height": "1", "min_skirt_length": "0"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("skirts", "yes"),
        ("skirts", "40"),
        ("skirt_distance", "0.2"),
        ("skirt_height", "3"),
        ("min_skirt_length", "40"),
    ],
)
def test_a_skirt_around_supports_is_judged_as_signed(name: str, value: str) -> None:
    assert rule(**SKIRT).skirt_reach_mm == pytest.approx(2.9)
    settings = {**ALL, **SKIRT, name: value}
    assert [one[0] for one in printed_besides(settings, WINDOW)] == [name]
    assert support_rule(settings, WINDOW) is None


def test_a_skirt_lies_around_part_and_supports_in_layer_0_alone() -> None:
    by_layer, at = shades(gallows(), **SKIRT)
    # The post ends at y = 95, the arm above it at x = 102; supports reach further in layer 0.
    for x, y, skirt in [
        (92.0, 97.0, False),  # the post
        (88.5, 100.0, False),  # nearer than signed
        (87.5, 100.0, True),
        (86.5, 100.0, False),  # further than signed
        (106.0, 100.0, True),
    ]:
        assert at(0, x, y) == (skirt, False), (x, y)
        assert not at(1, x, y)[0]
    assert at(0, 98, 100) == (True, True)
    assert sorted(by_layer) == list(range(TOP))


def test_a_skirt_in_the_wrong_place_is_refused() -> None:
    def around(layer: int, away: float) -> list[tuple[float, float]]:
        low, high = (90 - away, 95 - away), (102 + away, 105 + away)
        return [low, (high[0], low[1]), high, (low[0], high[1]), low]

    def found(layer: int, away: float, **changes: str) -> set[str]:
        beside = supports()
        beside[layer] = lines(layer, *_paths(beside[layer]), around(layer, away))
        return judged(beside, rule_=rule(**changes))

    assert found(0, 2.5, **SKIRT) == set()
    assert found(0, 2.5) == {"TP-125"}
    assert found(1, 2.5, **SKIRT) == {"TP-125"}
    assert "TP-125" in found(0, 1.0, **SKIRT)


def test_the_shadow_lies_below_the_arm_down_to_the_plate() -> None:
    by_layer, at = shades(gallows())
    assert sorted(by_layer) == list(range(TOP))
    for layer in (1, 8, 13):
        assert at(layer, 98, 100) == (True, True)
        assert at(layer, 98, 106.5) == (True, False)  # within a cell of the grid
        assert at(layer, 98, 109.5) == (False, False)
        assert at(layer, 92, 100) == (False, False)  # the post
        assert at(layer, 87, 100) == (False, False)  # behind it
    assert at(14, 98, 100) == (False, False)  # the clear layer
    # Layer 0 is wider, as signed.
    assert at(1, 105.4, 100) == (False, False)
    assert at(0, 105.4, 100) == (True, False)


def test_a_shadow_ends_on_the_part_below() -> None:
    shelf = block((94, 95, 0), (98, 105, 1))
    model = np.concatenate([gallows(), shelf])
    _, at = shades(model)
    assert at(7, 96, 100) == (True, True)
    assert not at(4, 96, 100)[0]
    assert at(2, 100, 100) == (True, True)
    _, at = shades(model, support_material_buildplate_only="1")
    assert not at(7, 96, 100)[0]
    assert at(7, 101.5, 100)[0]
    assert at(2, 101.5, 100)[0]


def test_a_shadow_does_not_pass_through_walls() -> None:
    # A plate with a hole beside the arm: 1 mm of wall between hole and shadow.
    wall = [
        block((82, 95, 0), (83, 105, 2)),
        block((86, 95, 0), (90, 105, 2)),
        block((83, 95, 0), (86, 96, 2)),
        block((83, 104, 0), (86, 105, 2)),
    ]
    roof = block((88, 95, 2), (90, 105, 3))
    left = gallows() * np.array([-1, 1, 1]) + np.array([192, 0, 0])
    model = np.concatenate([*wall, roof, left[:, ::-1]])
    _, at = shades(model)
    assert not at(5, 84.5, 100)[0]


def test_the_first_layer_is_widened_from_cells_that_the_part_stands_in() -> None:
    """A foot about as long as a cell: the cells end in it, and the wider layer lies behind it."""
    model = np.concatenate([block((91, 95, 0), (94, 105, 3)), block((91, 95, 3), (102, 105, 4))])
    _, at = shades(model)
    assert at(0, 90.45, 100) == (True, False)
    assert at(0, 89.9, 100) == (False, False)
    assert at(1, 90.45, 100) == (False, False)


@pytest.mark.parametrize(("degrees", "leans"), [(35, False), (60, True)])
def test_a_wall_that_leans_beyond_the_threshold_has_a_shadow(degrees: float, leans: bool) -> None:
    lean = 4 * np.tan(np.radians(degrees))
    model = block((90, 95, 0), (95, 105, 4))
    model[:, :, 0] += model[:, :, 2] / 4 * lean
    _, at = shades(model)
    assert at(2, 96.2, 100)[0] == leans
    if leans:
        assert at(2, 97.5, 100) == (True, True)


def test_a_face_in_the_middle_of_a_layer_may_belong_to_it_or_not() -> None:
    model = np.concatenate(
        [block((90, 95, 0), (94, 105, 3.1)), block((90, 95, 3.1), (102, 105, 4))]
    )
    _, at = shades(model)
    assert at(14, 98, 100) == (True, False)
    assert at(13, 98, 100) == (True, True)


# What of a support is refused.


def test_a_support_as_it_has_to_be() -> None:
    assert judged(supports()) == set()


def test_no_support_at_all() -> None:
    assert judged([lines(layer) for layer in range(TOP)]) == {"TP-126"}


@pytest.mark.parametrize("layer", [0, 5, 13])
def test_no_support_in_one_layer(layer: int) -> None:
    beside = supports()
    beside[layer] = lines(layer)
    assert judged(beside) == {"TP-126"}


def test_a_line_of_the_support_is_missing() -> None:
    beside = supports()
    beside[5] = beside[5].chosen(np.arange(len(beside[5].begin)) < len(beside[5].begin) - 2)
    assert judged(beside) == {"TP-126"}


@pytest.mark.parametrize(("nearer", "found"), [(0.02, set()), (0.15, {"TP-124"})])
def test_a_support_keeps_its_distance(nearer: float, found: set[str]) -> None:
    beside = supports()
    line = 94 + 0.4 + 0.225 - nearer
    beside[5] = lines(5, *_paths(beside[5]), [(line, 97.0), (line, 99.0)])
    assert judged(beside) - {"TP-114"} == found


def test_a_support_in_the_clear_layer() -> None:
    beside = supports()
    beside[14] = under_the_arm(14)
    assert {"TP-124", "TP-125"} <= judged(beside)


@pytest.mark.parametrize(("first", "found"), [(15, {"TP-124"}), (16, set())])
def test_what_the_job_prints_above_a_support_decides_where_the_model_leaves_it_open(
    first: int, found: set[str]
) -> None:
    """The arm begins in the middle of layer 15: the support may reach up to one clear layer."""
    model = np.concatenate(
        [block((90, 95, 0), (94, 105, 3.1)), block((90, 95, 3.1), (102, 105, 4))]
    )
    beside = [*supports()[:14], under_the_arm(14), *(lines(layer) for layer in range(15, TOP))]
    arm = [[(x, 96.0), (x, 104.0)] for x in np.arange(90.5, 102, 0.45)]
    part = [lines(layer, *(arm if layer >= first else [])) for layer in range(TOP)]
    assert judged(beside, model, part) == found


def test_plastic_beside_the_part_that_is_no_support() -> None:
    for place in (87.0, 60.0):
        beside = supports()
        beside[5] = lines(5, *_paths(beside[5]), [(place, 97.0), (place, 99.0)])
        assert judged(beside) == {"TP-125"}


def test_a_support_without_room_between_lines() -> None:
    beside = supports()
    packed = [[(x, 96.0), (x, 104.0)] for x in np.arange(97.45, 99.2, 0.42)]
    beside[5] = lines(5, *_paths(beside[5]), *packed)
    assert judged(beside) == {"TP-127"}


def test_more_plastic_on_the_lines_of_a_support() -> None:
    assert judged(supports(flow=0.0822)) == {"TP-110"}


def test_a_support_printed_again() -> None:
    beside = supports()
    beside[5] = lines(5, *(2 * _paths(beside[5])))
    assert judged(beside) == {"TP-114"}


def test_one_line_in_three_printed_again() -> None:
    beside = supports()
    rungs = [[(x, 95.4), (x, 104.6)] for x in (97.0, 99.4)]
    beside[5] = lines(5, *_paths(beside[5]), *rungs)
    assert judged(beside) == {"TP-114"}


@pytest.mark.parametrize(("times", "found"), [(2, set()), (4, {"TP-114"})])
def test_a_narrow_strip_comes_back_upon_itself(times: int, found: set[str]) -> None:
    strip = [[(97.0, 96.0), (97.0, 104.0)]]
    beside = supports()
    beside[5] = lines(5, *(times * strip))
    assert judged(beside) - {"TP-126"} == found


@pytest.mark.parametrize("length_mm", [0.05, 0.4, 1.0])
def test_a_blob_at_the_top_of_a_support(length_mm: float) -> None:
    """Short lines on one spot: they would join the support to the part over the clear layer."""
    beside = supports()
    blob = [(98.2, 100.0), (98.2 + length_mm, 100.0)]
    times = round(2.0 / length_mm) + 4
    beside[13] = lines(13, *_paths(beside[13]), *(times * [blob]))
    assert judged(beside) == {"TP-114"}


@pytest.mark.parametrize("slit_mm", [0.07, 0.12])
def test_slits_are_no_room_between_lines(slit_mm: float) -> None:
    beside = supports()
    packed = [[(x, 96.0), (x, 104.0)] for x in np.arange(97.45, 99.2, 0.45 + slit_mm)]
    beside[5] = lines(5, *_paths(beside[5]), *packed)
    assert judged(beside) == {"TP-127"}


def test_a_part_too_large_for_the_pixels_is_refused() -> None:
    assert judged(supports(), gallows() * np.array([60.0, 60.0, 1.0])) == {"TP-105"}


def test_a_void_in_the_part_does_not_hide_behind_lines_beside_it() -> None:
    """Plastic that a layer of the part lacks lies beside it: its volume does not count."""
    arm = np.concatenate([block((90, 95, 0), (110, 105, 4)), block((110, 95, 4), (120, 105, 5))])
    found = codes(look(honest(), files=with_supports(), model=geometry(arm)))
    assert found & {"TP-083", "TP-084", "TP-126"}


def _paths(layer: LayerLines) -> list[list[tuple[float, float]]]:
    pairs = zip(layer.begin.tolist(), layer.end.tolist(), strict=True)
    return [[(one[0], one[1]), (two[0], two[1])] for one, two in pairs]
