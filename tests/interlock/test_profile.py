"""The firmware profile's parser, and the comparison of a printer with its profile."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.errors import DocumentError
from mdps_plugin.interlock import codes
from mdps_plugin.interlock.profile import parse_profile
from mdps_plugin.interlock.qualification import CHECKS, NO_PRINTER, qualify, read_snapshot

from .bench import PROFILE_FILE, job, profile

ANSWERS = (
    "FIRMWARE_NAME:Marlin 2.1.2.1 (Nov 23 2026) MACHINE_TYPE:Example i3 UUID:7c5c9d52",
    "Cap:EMERGENCY_PARSER:1",
    "Cap:AUTOREPORT_TEMP:1",
    "Cap:THERMAL_PROTECTION:1",
    "echo:; Linear Units:",
    "echo:  G21 ; (mm)",
    "echo:  M92 X80.00 Y80.00 Z400.00 E93.00",
    "echo:  M206 X0.00 Y0.00 Z0.00",
    "FR:110%",
    "echo:E0 Flow: 95%",
)


def document() -> dict[str, Any]:
    return dict(json.loads(PROFILE_FILE.read_bytes()))


def read(changed: Any) -> Any:
    return parse_profile(json.dumps(changed).encode(), "profile.json")


def test_the_example_profile_is_the_printer_of_the_recipes() -> None:
    example = profile()
    assert example.profile_id == "example-i3-marlin-2.1"
    assert (example.build_x_mm, example.build_y_mm, example.build_z_mm) == (250, 210, 210)
    assert example.limits.host_silence_s == 10
    assert len(example.digest) == 64


def change(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def apply(doc: dict[str, Any]) -> None:
        *way, last = path.split("/")
        for key in way:
            doc = doc[key]
        if value is None:
            del doc[last]
        else:
            doc[last] = value

    return apply


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("schema", "mdps-firmware-profile/2", "schema"),
        ("surprise", 1, "surprise"),
        ("limits/surprise", 1, "limits.surprise"),
        ("title", None, "title"),
        ("nozzle_max_c", "260", "nozzle_max_c"),
        ("nozzle_max_c", 2600, "nozzle_max_c"),
        ("baud", 115200.5, "baud"),
        ("safe_stop", [], "safe_stop"),
        ("safe_stop", ["M104 S0"], "safe_stop"),
        ("safe_stop", ["M104 S0", "M140 S0", "G28"], "safe_stop[2]"),
        ("safe_stop", ["M104 S0", "M140 S0", "M104 S0\nG28"], "safe_stop"),
        ("stop_words", ["M112", "M108", "M410", "M104 S200"], "stop_words[3]"),
        ("stop_words", ["M112"], "stop_words"),
        ("emergency_stop", "M999", "emergency_stop"),
        ("identity/firmware_name", "(", "identity.firmware_name"),
        ("factors", None, "factors"),
        ("factors", ["M220", "M220"], "factors[1]"),
        ("factors", ["M220 S100"], "factors[0]"),
        ("limits/factors_every_s", 31, "limits.factors_every_s"),
        ("limits/foreign_in_a_row", 9, "limits.foreign_in_a_row"),
        ("limits/host_silence_s", 0, "limits.host_silence_s"),
        ("build_volume_mm/x", -1, "build_volume_mm.x"),
    ],
)
def test_a_faulty_profile_names_the_place(path: str, value: Any, place: str) -> None:
    changed = document()
    change(path, value)(changed)
    with pytest.raises(DocumentError) as fault:
        read(changed)
    assert fault.value.path.startswith(place)
    assert fault.value.observed
    assert fault.value.allowed


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_break_the_parser(data: bytes) -> None:
    with pytest.raises(DocumentError):
        parse_profile(data, "fuzz")


def test_the_qualified_printer_is_accepted() -> None:
    verdict = qualify(read_snapshot(ANSWERS), profile())
    assert verdict.accepted, verdict.findings
    assert verdict.required == frozenset(CHECKS)


def test_a_printer_that_does_not_answer_is_refused() -> None:
    verdict = qualify(NO_PRINTER, profile())
    assert not verdict.accepted
    assert [finding.code for finding in verdict.findings] == ["GT-CONNECTED"]
    assert set(verdict.not_run) == set(CHECKS[1:])


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("Marlin 2.1.2.1", "Marlin 2.0.9", "GT-FIRMWARE"),
        ("Marlin 2.1.2.1", "Klipper", "GT-FIRMWARE"),
        ("Example i3", "Other i3", "GT-MACHINE"),
        ("EMERGENCY_PARSER:1", "EMERGENCY_PARSER:0", "GT-CAPABILITY"),
        ("Cap:AUTOREPORT_TEMP:1", "Cap:NOTHING:1", "GT-CAPABILITY"),
        ("E93.00", "E500.00", "GT-SETTING"),
        ("M206 X0.00", "M206 X0.50", "GT-SETTING"),
        ("echo:  G21 ; (mm)", "echo:  G20 ; (in)", "GT-SETTING"),
        ("FR:110%", "", "GT-FACTOR"),
        ("echo:E0 Flow: 95%", 'echo:Unknown command: "M221"', "GT-FACTOR"),
    ],
)
def test_each_difference_is_refused_and_named(old: str, new: str, code: str) -> None:
    snapshot = read_snapshot(line.replace(old, new) for line in ANSWERS)
    verdict = qualify(snapshot, profile())
    assert not verdict.accepted
    assert [finding.code for finding in verdict.findings] == [code]
    assert verdict.findings[0].observed() != verdict.findings[0].allowed()


def test_the_snapshot_for_the_log_changes_with_what_was_said() -> None:
    first = read_snapshot(ANSWERS).to_json()
    second = read_snapshot((*ANSWERS, "echo:  M413 S1 ; ON")).to_json()
    assert first["digest"] != second["digest"]


def test_a_percentage_left_by_the_last_job_makes_no_other_printer() -> None:
    other = (line.replace("110%", "90%") for line in ANSWERS)
    assert read_snapshot(other).to_json() == read_snapshot(ANSWERS).to_json()


def test_codes_have_short_sentences_and_no_forbidden_words() -> None:
    for kind in codes.ALL:
        assert kind.code.startswith("GT-")
        for text in (kind.title, kind.observed, kind.allowed, kind.next_step):
            for sentence in text.split("."):
                assert len(sentence.split()) <= 12, sentence
            for word in ("error", "invalid", "failed", "please", "compliant", "certified"):
                assert word not in text.lower()


@pytest.mark.parametrize(
    ("lines", "allowed"),
    [
        (("G28", "M105"), "no query word in a job"),
        (("g28",), "one canonical command"),
        (("G1 X1  Y1",), "one canonical command"),
        (("G1 X1 ;c",), "one canonical command"),
        (("G1 X1\rM104 S300",), "one canonical command"),
        (("",), "one canonical command"),
        (("G1 " + "X1 " * 30 + "X1",), "one canonical command"),
    ],
)
def test_only_a_canonical_job_can_be_armed(lines: tuple[str, ...], allowed: str) -> None:
    with pytest.raises(DocumentError, match=allowed):
        job(lines)


def test_a_job_with_another_digest_cannot_be_armed() -> None:
    with pytest.raises(DocumentError, match="planned digest"):
        job(planned_digest="0" * 64)
