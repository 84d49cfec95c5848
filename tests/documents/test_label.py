"""The label's layout: letter heights, nothing over the edge or over something else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.canonical import digest_of
from mdps_plugin.documents.content_label import (
    HEIGHT_MM,
    MARGIN_MM,
    MINIMUM_LETTER_MM,
    MODULE_MM,
    WIDTH_MM,
    lay_out,
    wrap,
)
from mdps_plugin.documents.datamatrix import encode
from mdps_plugin.documents.fonts import REGULAR, unprintable, width_mm
from mdps_plugin.documents.identifier import Identifier, check_digit, identifier
from mdps_plugin.documents.view import View

from .record import pathway_record


def label_of(record):
    view = View(value=record)
    code = identifier(view)
    return lay_out(view, digest_of(record), code, encode(code))


RECORDS = {
    "plain": pathway_record("custom_made"),
    "institution": pathway_record("health_institution"),
    "gs1": pathway_record("adaptable", **{"recipe.gtin": "09506000134352"}),
    "long words": pathway_record(
        "adaptable",
        **{
            "recipe.device.generic_name": "Donaudampf" * 5,
            "order.patient_token": "W" * 40,
        },
    ),
}


@pytest.mark.parametrize("name", RECORDS)
def test_letters_are_at_least_one_millimetre_and_inside_the_label(name):
    label, findings = label_of(RECORDS[name])
    assert findings == ()
    for line in label.lines:
        assert line.letter_mm >= MINIMUM_LETTER_MM
        right = line.x_mm + width_mm(line.text, line.font, line.size_pt)
        assert line.x_mm >= MARGIN_MM
        assert right <= WIDTH_MM - MARGIN_MM + 0.01
        assert line.baseline_mm <= HEIGHT_MM - MARGIN_MM + 1.0


@pytest.mark.parametrize("name", RECORDS)
def test_no_line_runs_into_the_code_or_its_quiet_zone(name):
    label, _ = label_of(RECORDS[name])
    side = len(label.modules) * MODULE_MM
    quiet = MODULE_MM
    for line in label.lines:
        right = line.x_mm + width_mm(line.text, line.font, line.size_pt)
        top = line.baseline_mm - line.size_pt * 25.4 / 72 * 0.76
        beside = right <= label.code_x_mm - quiet
        under = top >= label.code_y_mm + side + quiet * 0.5
        assert beside or under, line


def test_the_label_says_what_it_must():
    label, _ = label_of(RECORDS["plain"])
    text = " ".join(line.text for line in label.lines)
    for part in (
        *("finger splint", "Custom-made device", "B-2026-000042", "K7QF-2M9P-XT4C"),
        *("Made 2026-11-23. Not sterile. Single use.", "lot 22B", "not a UDI"),
        *("Example Splints GmbH", "Registration: not registered", "MDPS controller 0.1.0"),
        *("Warning: Keep below 50 °C.", digest_of(RECORDS["plain"]), "log entry 4027"),
    ):
        assert part in text


def test_only_custom_made_devices_say_so():
    for name in ("institution", "gs1"):
        label, _ = label_of(RECORDS[name])
        assert not any("ustom-made" in line.text for line in label.lines)


def test_a_device_identifier_is_printed_below_its_code():
    label, _ = label_of(RECORDS["gs1"])
    shown = [line.text for line in label.lines if line.text.startswith("(")]
    assert shown == ["(01)09506000134352", "(11)261123", "(21)B-2026-000042"]
    assert not any("UDI" in line.text for line in label.lines)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec="latin-1", categories=["L", "N", "P", "Zs"]), max_size=80))
def test_wrapping_loses_no_letter_and_keeps_the_width(text):
    plain = " ".join(text.split())
    lines = wrap(plain, REGULAR, 6.3, 20.0)
    assert "".join(lines).replace(" ", "") == plain.replace(" ", "")
    assert all(width_mm(line, REGULAR, 6.3) <= 20.0 for line in lines)


@pytest.mark.parametrize(
    ("digits", "check"), [("0950600013435", "2"), ("400638133393", "1"), ("9638507", "4")]
)
def test_check_digits_of_known_numbers(digits, check):
    assert check_digit(digits) == check


@settings(max_examples=50, deadline=None)
@given(st.from_regex(r"\A[A-Za-z0-9._:-]{1,60}\Z"))
def test_symbols_are_square(text):
    modules = encode(Identifier(gs1=False, shown="", scanned=text))
    assert all(len(row) == len(modules) for row in modules)


@pytest.mark.parametrize("text", ["µ ³ ° ≤ ≥ × · … – ß Ł ż ő ř ğ Ω Ж €", "ÅÄÖ åäö", "A\u030a"])
def test_signs_of_the_field_and_of_european_names_can_be_printed(text):
    assert unprintable(text) is None


@pytest.mark.parametrize(
    "text", ["李", "א", "ع", "๛", "\u202e", "e\u0301\u0323\u0304", "\U0001fa7a"]
)
def test_what_would_print_as_a_box_or_turned_is_found(text):
    assert unprintable(text) is not None
