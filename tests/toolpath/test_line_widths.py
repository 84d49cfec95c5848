"""Limits of ring C that follow the signed widths of lines, but for lines of 0.4 to 0.5 mm."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdps_plugin.toolpath import coverage, linked, little_room
from mdps_plugin.toolpath.raster import PIXEL_MM
from mdps_plugin.toolpath.solid_rule import CURA_BORDER_MM, PRUSA_BORDER_MM, SolidRule, solid_rule

from .parts import SETTINGS, recipe

WINDOW = recipe().window
#: Discs away from borders, near them, deeper than the walls; border, room and link in mm.
AS_MEASURED = (7, 8, 4, 3.0, 0.3, 2.5)


def prusa(width: float | str, density: str = "100%", **changes: str) -> SolidRule:
    widths = {name: f"{width}" for name in SETTINGS if name.endswith("_width")}
    return solid_rule({**SETTINGS, **widths, "fill_density": density, **changes}, WINDOW)


def cura(width: float, bottom: int = 9999) -> SolidRule:
    names = ("wall_line_width_0", "wall_line_width_x", "skin_line_width", "infill_line_width")
    return solid_rule(
        {
            **dict.fromkeys((*names, "roofing_line_width", "infill_line_distance"), f"{width}"),
            "wall_line_count": "3",
            "infill_pattern": "lines",
            "bottom_layers": f"{bottom}",
            "top_layers": "4",
        },
        WINDOW,
    )


def limits(rule: SolidRule) -> tuple[Any, ...]:
    return (
        coverage.open_px(rule),
        coverage.bordered_px(rule),
        coverage.deep_px(rule),
        rule.border_mm,
        little_room.room_mm(rule),
        linked.link_mm(rule),
    )


@given(st.floats(0.4, 0.5))
def test_lines_of_about_a_nozzle_of_0_4_mm_keep_what_was_counted(width: float) -> None:
    assert limits(prusa(width)) == AS_MEASURED
    assert limits(prusa(width, "20%")) == (7, 7, *AS_MEASURED[2:])
    assert limits(cura(width)) == (7, 7, 4, CURA_BORDER_MM, 0.3, 2.5)
    assert coverage.cut_limit_mm(prusa(width, "20%")) == coverage.CUT_SPARSE_MM


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (prusa(0.28), (5, 5, 4, 3.0, 0.3, 2.5)),
        (prusa(0.65), (10, 12, 4, 3.7, 0.3, 3.75)),
        (prusa(0.85), (13, 15, 4, 4.4, 0.3, 3.75)),
        (prusa(0.85, "20%"), (13, 13, 8, 4.4, 0.647, 3.75)),
        (cura(0.28), (5, 5, 4, 1.0, 0.3, 2.5)),
        (cura(0.85), (13, 13, 4, 1.0, 0.3, 3.75)),
        (cura(0.85, bottom=4), (13, 13, 8, 1.0, 0.647, 3.75)),
    ],
)
def test_limits_of_other_nozzles(rule: SolidRule, expected: tuple[Any, ...]) -> None:
    assert limits(rule) == pytest.approx(expected, abs=1e-3)
    wide = 0.4 * rule.wider if not rule.solid else None
    assert wide is None or coverage.cut_limit_mm(rule) == pytest.approx(wide, abs=1e-3)


@given(st.floats(0.1, 3), st.floats(0.1, 3), st.sampled_from(["100%", "20%"]))
def test_no_limit_falls_as_lines_become_wider_nor_grows_without_end(
    one: float, other: float, density: str
) -> None:
    thin, wide = (limits(prusa(width, density)) for width in sorted((one, other)))
    assert all(low <= high for low, high in zip(thin, wide, strict=True))
    assert all(
        high <= low for low, high in zip(limits(prusa(0.9, density)), wide, strict=True)
    ) or (max(one, other) < 0.9)
    if max(one, other) <= 0.5:
        assert all(now <= then for now, then in zip(wide, AS_MEASURED, strict=True))


@pytest.mark.parametrize(
    "rule",
    [
        prusa("190%"),
        prusa("0.85", solid_infill_extrusion_width="0"),
        # A first layer of wide lines makes nothing else wide, nor lets thin lines be judged closer.
        prusa("0.45", first_layer_extrusion_width="0.85"),
        prusa("0.28", first_layer_extrusion_width="0.85"),
        prusa("0.28", top_infill_extrusion_width="150%"),
        solid_rule({}, WINDOW),
    ],
)
def test_what_is_no_signed_length_moves_no_limit(rule: SolidRule) -> None:
    assert rule.scale == 1
    assert rule.border_mm == PRUSA_BORDER_MM


def test_ends_are_linked_over_whole_cells() -> None:
    """The kernel links by exact places and must never reach further than the cells do."""
    cell = 5 * PIXEL_MM
    for width in (0.28, 0.45, 0.65, 0.85):
        reach = linked.link_mm(prusa(width)) / cell
        assert reach == pytest.approx(round(reach))
