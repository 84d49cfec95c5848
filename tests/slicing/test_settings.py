"""Slicer settings from a bundle: read, judged, compared with what the slicer used."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.errors import DocumentError
from mdps_plugin.slicing.prusa import compare_settings, used_settings
from mdps_plugin.slicing.settings import build_area, judge_settings, parse_settings

from .profile import SETTINGS


def codes(verdict):
    return [finding.code for finding in verdict.findings]


def test_settings_are_read():
    read = parse_settings(SETTINGS, "settings.ini")
    assert read["layer_height"] == "0.2"
    assert read["layer_gcode"] == "G92 E0"
    assert read["post_process"] == ""


def test_a_value_may_hold_an_equals_sign():
    assert parse_settings(b"start_gcode = M104 S{a=1}\n", "s")["start_gcode"] == "M104 S{a=1}"


HOSTILE = {
    "empty": (b"", ""),
    "comments only": (b"# nothing\n", ""),
    "section": (b"layer_height = 0.2\n[print:x]\nperimeters = 1\n", "line 2"),
    "no sign": (b"layer_height\n", "line 1"),
    "twice": (b"layer_height = 0.2\nlayer_height = 0.3\n", "line 2"),
    "odd name": (b"Layer Height = 0.2\n", "line 1"),
    "binary": (b"\xff\xfe = 1", "byte 0"),
    "control character": (b"layer_height = 0.2\x00\n", "line 1"),
    "hidden line end": (b"layer_height = 0.2\rpost_process = /bin/sh\n", "line 1"),
    "too long": (b"#" * (1024 * 1024 + 1), ""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_flat_list_is_refused(name):
    data, place = HOSTILE[name]
    with pytest.raises(DocumentError) as fault:
        parse_settings(data, "settings.ini")
    assert (fault.value.source, fault.value.path) == ("settings.ini", place)
    verdict = judge_settings(data, "settings.ini", compared=True)
    assert codes(verdict) == ["SL-001"]
    assert not verdict.accepted


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_bytes_end_in_settings_or_a_document_error(data):
    try:
        assert parse_settings(data, "s")
    except DocumentError as fault:
        assert fault.allowed
    judge_settings(data, "s", compared=False)


def test_strict_settings_are_accepted():
    verdict = judge_settings(SETTINGS, "s", compared=True)
    assert verdict.accepted
    assert verdict.findings == ()


@pytest.mark.parametrize("name", ["post_process", "print_host", "printhost_apikey"])
def test_settings_that_run_programs_are_refused(name):
    data = SETTINGS.replace(b"post_process =\n", b"") + f"{name} = /bin/sh -c true\n".encode()
    verdict = judge_settings(data, "s", compared=False)
    assert codes(verdict) == ["SL-002"]
    assert not verdict.accepted
    assert verdict.findings[0].observed() == f"{name} = /bin/sh -c true."


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        (b"perimeter_generator = classic", b"perimeter_generator = arachne"),
        (b"perimeter_generator = classic\n", b""),
        (b"gap_fill_enabled = 0", b"gap_fill_enabled = 1"),
        (b"gap_fill_enabled = 0\n", b""),
        (b"thin_walls = 0", b"thin_walls = 1"),
        (b"seam_position = aligned", b"seam_position = random"),
        (b"skirts = 0", b"skirts = 0\nfuzzy_skin = external"),
    ],
)
def test_what_makes_slicing_vary_refuses_where_two_slicings_are_compared(line, instead):
    assert line in SETTINGS
    data = SETTINGS.replace(line, instead)
    strict = judge_settings(data, "s", compared=True)
    assert codes(strict) == ["SL-003"]
    assert not strict.accepted
    lenient = judge_settings(data, "s", compared=False)
    assert codes(lenient) == ["SL-004"]
    assert lenient.accepted


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("elefant_foot_compensation", "0.2"),
        ("slicing_mode", "close_holes"),
        ("slicing_mode", "even_odd"),
        ("spiral_vase", "1"),
        ("xy_size_compensation", "-0.05"),
        ("z_offset", "0.1"),
    ],
)
def test_what_would_change_the_model_is_refused(name, value):
    for compared in (True, False):
        verdict = judge_settings(SETTINGS + f"{name} = {value}\n".encode(), "s", compared)
        assert codes(verdict) == ["SL-019"]
        assert not verdict.accepted
        assert verdict.findings[0].where.path == name
        assert value in verdict.findings[0].message()


def test_the_model_stays_with_what_these_settings_stand_at():
    given = b"elefant_foot_compensation = 0\nslicing_mode = regular\nxy_size_compensation = 0.0\n"
    assert (
        codes(judge_settings(SETTINGS + given + b"spiral_vase = 0\nz_offset = 0\n", "s", True))
        == []
    )


def _output(*lines: str) -> bytes:
    body = "\n".join(f"; {line}" for line in lines)
    return f"G1 X1\n; prusaslicer_config = begin\n{body}\n; prusaslicer_config = end\n".encode()


def test_used_settings_are_found_at_the_end():
    used = used_settings(_output("layer_height = 0.2", "notes = a = b"))
    assert used == {"layer_height": "0.2", "notes": "a = b"}
    assert used_settings(b"G1 X1\n; prusaslicer_config = begin\n; layer_height = 0.2\n") is None
    assert used_settings(b"") is None


@pytest.mark.parametrize(
    ("signed", "used", "same"),
    [
        ("0.2", "0.2", True),
        ("0.20", "0.2", True),
        ("0.2", "0.3", False),
        ("10%", "10%", True),
        ("10%", "10", False),
        ("1,2.0", "1,2", True),
        ("1,2", "1,2,3", False),
        ("classic", "arachne", False),
        ("0.2", None, False),
        ("", None, True),
    ],
)
def test_signed_against_used(signed, used, same):
    found = compare_settings({"a_setting": signed}, {} if used is None else {"a_setting": used})
    assert [finding.code for finding in found] == ([] if same else ["SL-014"])


def test_the_signed_bed_is_the_build_area():
    area = build_area(parse_settings(SETTINGS, "s"))
    assert [(axis.minimum, axis.maximum) for axis in area] == [(0, 250), (0, 210), (0, 210)]


@pytest.mark.parametrize(
    "bed", ["", "0x0,10x0", "0x0,10x0,12x12,0x10", "ax0,1x0,1x1,0x1", "0x0,1.2.3x0,1x1,0x1"]
)
def test_a_bed_that_is_no_rectangle_is_no_build_area(bed):
    assert build_area({"bed_shape": bed, "max_print_height": "200"}) is None


def test_a_bed_without_a_height_is_no_build_area():
    assert build_area({"bed_shape": "0x0,9x0,9x9,0x9"}) is None
    assert build_area({"bed_shape": "0x0,9x0,9x9,0x9", "max_print_height": "9" * 400}) is None
