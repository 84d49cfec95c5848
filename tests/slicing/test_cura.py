"""The real CuraEngine: exactly the signed list, where the model lies, the same job each time."""

from __future__ import annotations

import re

import numpy as np
import pytest

from benchmarks.attacks.recipes import Setup
from mdps_plugin.authoring.cura_settings import base_settings, cura_settings_bytes
from mdps_plugin.authoring.examples import anatomical_model
from mdps_plugin.models.stl import encode_binary_stl
from mdps_plugin.slicing.cura import CURA, names
from mdps_plugin.slicing.process_link import run_engine
from mdps_plugin.slicing.settings import build_area, judge_settings, parse_settings
from mdps_plugin.slicing.slicer import ignore_progress, slice_model, slicer_version
from tests.models.shapes import box
from tests.toolpath.parts import prism
from tests.toolpath.supported import gallows

real = pytest.mark.slicer
PLACED = encode_binary_stl(box(20, 10, 2, at=(115, 100, 0)))
SETTINGS = cura_settings_bytes(anatomical_model.PROCESS)


def run(settings=SETTINGS, stl=PLACED, version="==4.13.0", **more):
    return slice_model(stl, settings, "CuraEngine", version, **more)


def slice_raw(settings, stl):
    """What the engine itself makes of settings that nobody has judged."""
    files = CURA.files(b"", settings)
    return run_engine(CURA, stl, files, ignore_progress, 60, 2048)


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
    assert base_settings().keys() == names(base_settings())
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
        *(
            (f"{kind}_mesh", "true", "SL-019")
            for kind in ("infill", "cutting", "support", "anti_overhang")
        ),
        ("slicing_tolerance", "exclusive", "SL-019"),
        ("slicing_tolerance", "inclusive", "SL-019"),
        ("meshfix_union_all_remove_holes", "true", "SL-019"),
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


@real
@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((f"{kind}_mesh", "true") for kind in ("infill", "cutting", "support", "anti_overhang")),
        ("slicing_tolerance", "exclusive"),
        ("slicing_tolerance", "inclusive"),
        ("meshfix_union_all_remove_holes", "true"),
    ],
)
def test_each_of_these_makes_another_part(name, value):
    """Of a slope with a hole in it, as the engine slices it when nobody judges its settings."""
    wedge = prism([(0.0, 0.0), (20.0, 0.0), (4.0, 8.0), (0.0, 8.0)], 12.0, at=0.0)
    holed = wedge[:, :, [0, 2, 1]][:, ::-1] + np.array([115.0, 100.0, 0.0])
    stl = encode_binary_stl(np.concatenate((holed, box(4, 4, 9, at=(118, 104, -0.5))[:, ::-1])))
    plain = slice_raw(parse_settings(SETTINGS, "s"), stl).gcode
    spoilt = slice_raw(parse_settings(changed(name, value), "s"), stl).gcode
    assert filament(plain) > 0
    assert abs(filament(spoilt) - filament(plain)) > 0.005 * filament(plain)


def filament(job):
    return sum(float(one) for one in re.findall(rb" E(\d*\.?\d+)", job))


def test_a_setting_too_many_or_too_few_refuses():
    assert codes(judge(SETTINGS + b"post_process = /bin/sh\n")) == ["SL-014"]
    assert codes(judge(SETTINGS.replace(b"\nxy_offset = 0\n", b"\n"))) == ["SL-018"]


@pytest.mark.parametrize(("around", "more"), [("skirt", 2), ("brim", 0), ("supports", 19)])
def test_what_is_printed_around_a_part_asks_for_more_names(around, more):
    setup = Setup(slicer="CuraEngine", infill=20, layer_mm=0.2, around=around)
    settings = parse_settings(setup.settings(), "s")
    asked = names(settings) - base_settings().keys()
    assert len(asked) == more
    assert codes(judge(setup.settings())) == []
    for name in asked:
        less = "".join(f"{key} = {value}\n" for key, value in settings.items() if key != name)
        assert codes(judge(less.encode())) == ["SL-018"]
        # Where nothing of the kind is printed the engine never reads it, so nobody signs it.
        assert codes(judge(SETTINGS + f"{name} = {settings[name]}\n".encode())) == ["SL-014"]


@real
@pytest.mark.parametrize("around", ["skirt", "supports"])
def test_the_engine_gives_no_job_without_one_of_these_names(around):
    setup = Setup(slicer="CuraEngine", infill=20, layer_mm=0.2, around=around)
    settings = parse_settings(setup.settings(), "s")
    stl = encode_binary_stl(gallows())
    whole = slice_raw(settings, stl)
    assert whole.gcode.endswith(b";End of Gcode\n")
    for name in sorted(names(settings) - base_settings().keys()):
        less = {key: value for key, value in settings.items() if key != name}
        assert not slice_raw(less, stl).gcode.endswith(b";End of Gcode\n"), name


@real
@pytest.mark.parametrize("around", ["skirt", "brim", "supports", "plate-supports"])
def test_what_lies_around_a_part_is_the_same_in_each_slicing(around):
    setup = Setup(slicer="CuraEngine", infill=20, layer_mm=0.2, around=around)
    stl = encode_binary_stl(gallows())
    first, second = (run(setup.settings(), stl) for _ in range(2))
    assert first.verdict.accepted
    kind = b"SKIRT" if around in ("skirt", "brim") else b"SUPPORT"
    assert b";TYPE:" + kind + b"\n" in first.gcode
    assert first.gcode == second.gcode


@real
def test_a_brim_with_supports_asks_for_one_more_name():
    setup = Setup(slicer="CuraEngine", infill=20, layer_mm=0.2, around="supports")
    data = setup.settings().replace(b"\nadhesion_type = none", b"\nadhesion_type = brim")
    data = data.replace(b"\nbrim_line_count = 0", b"\nbrim_line_count = 3")
    assert codes(judge(data)) == ["SL-018"]
    data += b"brim_replaces_support = true\n"
    assert codes(judge(data)) == []
    assert run(data, encode_binary_stl(gallows())).verdict.accepted


@real
@pytest.mark.parametrize("word", ["yes", "True", "1", "on"])
def test_a_word_that_only_the_engine_takes_for_yes_asks_for_nothing(word):
    """Supports are on by it, and the engine ends without a job: their names may not be signed."""
    assert codes(judge(changed("support_enable", word))) == []
    assert "support_angle" not in names({"support_enable": word})
    assert run(changed("support_enable", word), encode_binary_stl(gallows())).gcode == b""


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
