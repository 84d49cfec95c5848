"""The real CuraEngine: exactly the signed list, where the model lies, the same job each time."""

from __future__ import annotations

import re

import numpy as np
import pytest

from mdps_plugin.authoring.cura_settings import base_settings, cura_settings_bytes
from mdps_plugin.authoring.examples import anatomical_model
from mdps_plugin.models.stl import encode_binary_stl
from mdps_plugin.slicing.cura import CURA, names
from mdps_plugin.slicing.settings import build_area, judge_settings, parse_settings
from mdps_plugin.slicing.slicer import slice_model, slicer_version
from tests.models.shapes import box

real = pytest.mark.slicer
PLACED = encode_binary_stl(box(20, 10, 2, at=(115, 100, 0)))
SETTINGS = cura_settings_bytes(anatomical_model.PROCESS)


def run(settings=SETTINGS, stl=PLACED, version="==4.13.0", **more):
    return slice_model(stl, settings, "CuraEngine", version, **more)


def judge(settings, compared=True):
    return judge_settings(settings, "s", compared, "CuraEngine")


def codes(verdict):
    return [finding.code for finding in verdict.findings]


def changed(name: str, value: str) -> bytes:
    """The strict list with another value of one setting that is in it."""
    data, count = re.subn(rf"(?m)^{name} =.*$", f"{name} = {value}", SETTINGS.decode())
    assert count == 1
    return data.encode()


def test_the_strict_list_is_accepted_and_holds_every_name():
    assert base_settings().keys() == names()
    assert codes(judge(SETTINGS)) == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("infill_randomize_start_location", "true", "SL-003"),
        ("magic_fuzzy_skin_enabled", "true", "SL-003"),
        ("z_seam_type", "random", "SL-003"),
        ("mesh_rotation_matrix", "[[0,1,0], [1,0,0], [0,0,1]]", "SL-019"),
        ("material_shrinkage_percentage", "100.1", "SL-019"),
        ("mesh_position_x", "0", "SL-019"),
        ("mesh_position_y", "-104.9", "SL-019"),
        ("xy_offset", "-0.05", "SL-019"),
        ("magic_spiralize", "true", "SL-019"),
        ("coasting_enable", "true", "SL-020"),
        ("infill_material_flow", "99", "SL-020"),
        ("travel_compensate_overlapping_walls_0_enabled", "true", "SL-020"),
    ],
)
def test_what_would_vary_or_change_the_part_is_found(name, value, code):
    verdict = judge(changed(name, value))
    assert codes(verdict) == [code]
    assert verdict.accepted == (code == "SL-020")
    assert verdict.findings[0].where.path == name


def test_a_setting_too_many_or_too_few_refuses():
    assert codes(judge(SETTINGS + b"post_process = /bin/sh\n")) == ["SL-014"]
    assert codes(judge(SETTINGS.replace(b"\nxy_offset = 0\n", b"\n"))) == ["SL-018"]


def test_another_slicer_is_not_judged_by_these_rules():
    assert codes(judge_settings(SETTINGS, "s", True, "Slic3r")) == ["SL-010"]


def test_the_signed_machine_is_the_build_area():
    area = build_area(parse_settings(SETTINGS, "s"))
    assert [(axis.minimum, axis.maximum) for axis in area] == [(0, 250), (0, 210), (0, 210)]
    centred = build_area(parse_settings(changed("machine_center_is_zero", "true"), "s"))
    assert (centred[0].minimum, centred[0].maximum) == (-125, 125)
    assert build_area(parse_settings(changed("machine_height", "high"), "s")) is None


@real
def test_a_model_is_sliced_where_it_lies_and_the_same_each_time():
    first, second = run(), run()
    assert first.verdict.accepted
    assert first.version == slicer_version("CuraEngine") == "4.13.0"
    assert first.gcode == second.gcode
    printed = re.findall(r"^G1 (?:F\d+ )?X(\S+) Y(\S+) E", first.gcode.decode(), re.MULTILINE)
    ends = np.array(printed, dtype=float)
    assert ends.min(axis=0) == pytest.approx([115.225, 100.225], abs=0.02)
    assert ends.max(axis=0) == pytest.approx([134.775, 109.775], abs=0.02)


@real
def test_the_blocks_of_the_author_stand_line_by_line():
    assert b"\nG1 Z0.3 F600\nG1 X20 Y5 F6000\nG1 X80 E9 F900\nG92 E0\n" in run().gcode


@real
@pytest.mark.parametrize(
    "stl", [b"", b"not a model", b"PK\x03\x04" + b"\0" * 200], ids=["empty", "text", "3MF"]
)
def test_what_is_no_stl_gives_no_job(stl):
    sliced = run(stl=stl)
    assert sliced.gcode == b""
    assert not sliced.verdict.accepted


@real
def test_an_engine_of_another_version_is_refused_without_running():
    sliced = run(version="==5.0.0")
    assert codes(sliced.verdict) == ["SL-011"]
    assert sliced.gcode == b""


@real
def test_a_value_that_the_engine_cannot_use_gives_no_job():
    sliced = run(changed("layer_height", "abc"), time_limit_s=60)
    assert sliced.gcode == b""
    assert not sliced.verdict.accepted


def test_half_an_output_is_no_job():
    whole = b";LAYER_COUNT:1\nG1 X1\n;End of Gcode\n"
    assert CURA.output(whole, {}) == ()
    assert CURA.output(whole[:-1], {}) is None
    assert CURA.output(b"", {}) is None
    (empty,) = CURA.output(whole.replace(b"COUNT:1", b"COUNT:0"), {})
    assert empty.code == "SL-012"
