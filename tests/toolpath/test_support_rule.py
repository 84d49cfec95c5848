"""Supports: what the signed settings say of them, and which of them are judged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mdps_plugin.toolpath.besides import printed_besides
from mdps_plugin.toolpath.support_rule import support_rule, unjudged

from .parts import codes, honest, look
from .supported import ALL, WINDOW, rule, with_supports


def test_the_rule_of_signed_settings() -> None:
    found = rule()
    assert (found.gap_mm, found.above_layers, found.plate_only) == (0.4, 1, False)
    assert found.clear_mm == pytest.approx(2 - 0.0429, abs=1e-4)
    assert found.reach_mm == pytest.approx(0.1931, abs=1e-4)
    assert rule(support_material_xy_spacing="50%").gap_mm == pytest.approx(0.225)
    assert rule(support_material_buildplate_only="1").plate_only
    assert rule(support_material_contact_distance="0.4").below_layers == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("support_material_contact_distance", "0"),
        ("support_material_contact_distance", "0.25"),
        ("support_material_contact_distance", "0.8"),
        ("support_material_xy_spacing", "0.1"),
        ("support_material_xy_spacing", "nan"),
        ("support_material_style", "snug"),
        ("support_material_interface_layers", "3"),
        ("support_material_pattern", "honeycomb"),
        ("support_material_angle", "45"),
        ("support_material_auto", "0"),
        ("support_material_buildplate_only", "yes"),
        ("support_material_threshold", "0"),
        ("support_material_spacing", "9"),
        ("support_material_extrusion_width", "0"),
        ("dont_support_bridges", "1"),
        ("max_layer_height", "0.3"),
        ("brim_width", "3"),
        ("raft_layers", "2"),
        ("thick_bridges", "1"),
    ],
)
def test_what_is_not_judged_is_named_and_refused(name: str, value: str) -> None:
    settings = {**ALL, name: value}
    assert [one[0] for one in printed_besides(settings, WINDOW)] == [name]
    if name != "raft_layers":
        assert support_rule(settings, WINDOW) is None
    assert "TP-123" in codes(look(honest(), files=with_supports(**{name: value})))


@pytest.mark.parametrize("name", ["support_material_spacing", "max_layer_height", "brim_width"])
def test_what_is_left_to_the_slicer_is_not_judged(name: str) -> None:
    settings = {key: value for key, value in ALL.items() if key != name}
    named = [one[0] for one in unjudged(settings, WINDOW)]
    assert named == ([] if name == "brim_width" else [name])


def test_a_first_layer_of_another_height_is_not_judged() -> None:
    window = replace(WINDOW, first_layer_height_mm=0.3)
    assert "first_layer_height" in [one[0] for one in unjudged(ALL, window)]


def test_without_supports_nothing_changes() -> None:
    off = {**ALL, "support_material": "0"}
    assert support_rule(off, WINDOW) is None
    assert not list(printed_besides(off, WINDOW))
    assert codes(look(honest(), files=with_supports(support_material="0"))) == set()


def test_a_part_that_needs_no_support_is_accepted_under_such_a_recipe() -> None:
    assert codes(look(honest(), files=with_supports())) == set()
