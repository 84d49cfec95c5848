"""``mdps recipe lint``: what ring C cannot judge, or could not tell, is not signed with it."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.attacks import variants
from mdps_plugin.authoring.lint import lint
from mdps_plugin.authoring.refusals import honest, put, setting
from mdps_plugin.authoring.strength import CURA
from mdps_plugin.findings import Verdict
from tests.toolpath.supported import SUPPORTING

from .judged import AT, judge, only


@pytest.mark.parametrize(
    ("name", "value"),
    [("raft_layers", "2"), ("draft_shield", "enabled"), ("wipe_tower", "1")],
)
def test_what_ring_c_cannot_judge_is_not_signed_with_it(name: str, value: str) -> None:
    finding = only(judge(setting(name, value)), "AU-023")
    assert finding.observed() == f"{name} = {value}"
    without = judge(setting(name, value), put("rings", ["A", "B"]))
    assert "AU-023" not in {item.code for item in without.findings}


SUPPORTS = {
    **SUPPORTING,
    "support_material_speed": "40",
    "support_material_interface_speed": "40",
}


def with_supports(**changes: str) -> tuple[Any, ...]:
    chosen = {**SUPPORTS, **changes}
    room = put("window.outside_model_mm", 5)
    return (*(setting(name, value) for name, value in chosen.items()), room)


def test_supports_that_ring_c_judges_may_be_signed() -> None:
    verdict = judge(*with_supports())
    assert verdict.accepted
    # A spoilt slicer could still choose its places within a shadow: that is said.
    assert only(verdict, "AU-025").where.path == "support_material"


def test_supports_are_not_signed_without_ring_b() -> None:
    alone = judge(*with_supports(), put("rings", ["A", "C"]))
    assert "support_material" in {
        item.where.path for item in alone.refusals() if item.code == "AU-024"
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("support_material_contact_distance", "0"),
        ("support_material_contact_distance", "0.25"),
        ("support_material_style", "snug"),
        ("dont_support_bridges", "1"),
        ("max_layer_height", "0.3"),
    ],
)
def test_supports_that_ring_c_cannot_judge_are_not_signed_with_it(name: str, value: str) -> None:
    finding = only(judge(*with_supports(**{name: value})), "AU-023")
    assert finding.observed() == f"{name} = {value}"
    without = judge(*with_supports(**{name: value}), put("rings", ["A", "B"]))
    assert "AU-023" not in {item.code for item in without.findings}


def test_supports_have_speed_flow_and_room_as_the_window_says() -> None:
    fast = judge(*with_supports(support_material_speed="200"))
    assert only(fast, "AU-020").where.path == "support_material_speed"
    wide = judge(*with_supports(support_material_extrusion_width="0.6"))
    assert only(wide, "AU-021").where.path.startswith("support_material_extrusion_width")
    far = only(judge(*with_supports(raft_first_layer_expansion="4")), "AU-020")
    assert far.where.path == "support_material"
    assert far.limit == "at most 5"


def by_cura(*flaws: Any) -> Verdict:
    draft = honest(CURA)
    for flaw in flaws:
        flaw(draft)
    return lint(draft.document, draft.files, AT, "test")


def with_cura_supports(**changes: str) -> tuple[Any, ...]:
    layers = ("support_top_distance", "support_bottom_distance", "support_infill_sparse_thickness")
    chosen = {**variants.CURA_SUPPORTS, **dict.fromkeys(layers, "0.2"), **changes}
    room = put("window.outside_model_mm", 5)
    return (*(setting(name, value) for name, value in chosen.items()), room)


def test_supports_of_cura_that_ring_c_judges_may_be_signed() -> None:
    verdict = by_cura(*with_cura_supports())
    assert verdict.accepted, [item.message() for item in verdict.refusals()]
    assert only(verdict, "AU-025").where.path == "support_enable"
    alone = by_cura(*with_cura_supports(), put("rings", ["A", "C"]))
    assert "support_enable" in {
        item.where.path for item in alone.refusals() if item.code == "AU-024"
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("support_pattern", "zigzag"),
        ("support_top_distance", "0"),
        ("support_xy_overrides_z", "z_overrides_xy"),
        ("support_structure", "tree"),
        ("support_join_distance", "2"),
    ],
)
def test_supports_of_cura_that_ring_c_cannot_judge_are_not_signed_with_it(
    name: str, value: str
) -> None:
    finding = only(by_cura(*with_cura_supports(**{name: value})), "AU-023")
    assert finding.observed() == f"{name} = {value}"
    without = by_cura(*with_cura_supports(**{name: value}), put("rings", ["A", "B"]))
    assert "AU-023" not in {item.code for item in without.findings}


def test_supports_of_cura_have_speed_flow_and_room_as_the_window_says() -> None:
    fast = by_cura(*with_cura_supports(speed_support_infill="200"))
    assert only(fast, "AU-020").where.path == "speed_support_infill"
    wide = by_cura(*with_cura_supports(support_line_width="0.6"))
    assert {item.where.path for item in wide.findings if item.code == "AU-021"} == {
        "support_line_width = 0.6"
    }
    near = by_cura(*with_cura_supports(), put("window.outside_model_mm", 0.2))
    assert only(near, "AU-020").where.path == "support_enable"


def test_a_skirt_of_cura_has_flow_and_room_as_the_window_says() -> None:
    skirt = {"adhesion_type": "skirt", "skirt_gap": "2", "skirt_line_count": "2"}
    flaws = [setting(name, value) for name, value in skirt.items()]
    assert only(by_cura(*flaws), "AU-020").where.path == "skirt_gap"
    assert by_cura(*flaws, put("window.outside_model_mm", 4)).accepted
    wide = by_cura(
        *flaws, setting("skirt_brim_line_width", "0.6"), put("window.outside_model_mm", 4)
    )
    assert only(wide, "AU-021").where.path == "skirt_brim_line_width = 0.6"


def test_a_brim_wider_than_the_window_allows_is_refused() -> None:
    wide = (setting("brim_type", "outer_only"), setting("brim_width", "3"))
    assert only(judge(*wide), "AU-020").where.path == "brim_width"
    assert judge(*wide, put("window.outside_model_mm", 4)).accepted
    assert judge(setting("brim_width", "3")).accepted
    around = (setting("skirts", "1"), setting("skirt_distance", "6"))
    assert only(judge(*around), "AU-020").where.path == "skirt_distance"


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("extra_perimeters", "1", "voids and cuts narrower than 0.7 mm"),
        ("bridge_flow_ratio", "0.8", "less plastic on a single line"),
    ],
)
def test_what_ring_c_could_not_tell_is_said_and_not_signed_without_ring_b(
    name: str, value: str, what: str
) -> None:
    assert not {"AU-024", "AU-025"} & {item.code for item in judge().findings}
    warned = [
        item.measured for item in judge(setting(name, value)).findings if item.code == "AU-025"
    ]
    assert what in warned
    alone = judge(setting(name, value), put("rings", ["A", "C"]))
    assert what in [item.measured for item in alone.refusals() if item.code == "AU-024"]
    without = judge(setting(name, value), put("rings", ["A", "B"]))
    assert not {"AU-024", "AU-025"} & {item.code for item in without.findings}


@pytest.mark.parametrize(
    ("width", "density", "what"),
    [
        ("0.65", "100%", "empty discs up to 1 mm wide, 1.2 mm near borders of skins"),
        ("0.85", "100%", "empty discs up to 1.3 mm wide, 1.5 mm near borders of skins"),
        (
            "0.85",
            "20%",
            "empty discs up to 1.3 mm wide, 0.8 mm in skins, ends up to 0.76 mm short",
        ),
    ],
)
def test_what_wide_lines_may_leave_open_is_said_in_numbers(
    width: str, density: str, what: str
) -> None:
    kinds = ("perimeter", "external_perimeter", "solid_infill", "infill", "top_infill")
    lines = [setting(f"{kind}_extrusion_width", width) for kind in kinds]
    changed = (*lines, setting("fill_density", density))
    warned = [item for item in judge(*changed).findings if item.code == "AU-025"]
    told = [item.measured for item in warned if item.where.path == "widths of lines"]
    assert told == [f"{what}, if all lines end where lines may"]
    alone = judge(*changed, put("rings", ["A", "C"]))
    assert told[0] in [item.measured for item in alone.refusals() if item.code == "AU-024"]
    thin = judge(*(setting(f"{kind}_extrusion_width", "0.5") for kind in kinds))
    assert "widths of lines" not in {item.where.path for item in thin.findings}


def test_sparse_infill_is_not_signed_where_ring_c_stands_alone() -> None:
    sparse = judge(setting("fill_density", "20%"), put("rings", ["A", "C"]))
    told = [item.measured for item in sparse.refusals() if item.code == "AU-024"]
    assert told == ["voids below 1.5 mm in sparse infill"]
    unknown = judge(setting("fill_density", "20%"), setting("fill_pattern", "gyroid"))
    told = [item.measured for item in unknown.findings if item.code == "AU-025"]
    assert "voids in the infill" in told
