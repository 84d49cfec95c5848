"""The shared words: strict JSON, closed reading, findings, verdicts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdps_plugin.canonical import canonical_json, read_json
from mdps_plugin.errors import DocumentError
from mdps_plugin.findings import (
    CheckRun,
    Finding,
    FindingKind,
    Severity,
    Verdict,
    Where,
    merge,
)
from mdps_plugin.reading import Fields
from mdps_plugin.units import Range, number_text, range_text

KIND = FindingKind(
    code="XX-001",
    severity=Severity.REFUSE,
    clause="-",
    title="Too wide",
    observed="Width {measured} {unit} ({path}).",
    allowed="{limit} {unit}.",
    next_step="Ask for another size.",
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-(2**53) + 1, 2**53 - 1)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=12,
)


@given(JSON)
def test_canonical_bytes_read_back_to_the_same_bytes(value: object) -> None:
    encoded = canonical_json(value)
    assert canonical_json(read_json(encoded, "test")) == encoded


@given(st.integers() | st.floats() | st.floats(9e15, 1e22))
def test_a_number_that_is_read_is_read_again_and_any_other_has_no_bytes(value: float) -> None:
    """Fuzzing found 1e16: read as no whole number, written as one, and not read again."""
    try:
        found = read_json(json.dumps(value).encode(), "test")
    except DocumentError:
        with pytest.raises(ValueError, match=r"."):
            canonical_json(value)
    else:
        encoded = canonical_json(found)
        assert canonical_json(read_json(encoded, "test")) == encoded


@given(st.binary(max_size=200))
def test_any_bytes_are_a_document_or_a_document_error(data: bytes) -> None:
    try:
        read_json(data, "test")
    except DocumentError as fault:
        assert fault.source == "test"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": 1, "a": 2}', "twice"),
        ('{"a": NaN}', "NaN"),
        ('{"a": 1e999}', "1e999"),
        ('{"a": 9007199254740993}', "2\\^53"),
        ('{"a": 1e16}', "2\\^53"),
        ('{"a": -9007199254740992.0}', "2\\^53"),
        ("[" * 65 + "]" * 65, "nesting"),
        ("{", "one JSON document"),
    ],
)
def test_what_two_parsers_could_read_differently_is_refused(text: str, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        read_json(text.encode(), "test")


@given(st.integers(-(10**300), 10**300) | st.floats(), st.floats())
def test_a_finding_of_any_size_can_be_written_and_read(measured: float, limit: float) -> None:
    found = Finding(kind=KIND, measured=measured, limit=limit).to_json()
    assert canonical_json(read_json(canonical_json(found), "test")) == canonical_json(found)


def test_an_unknown_key_is_refused_with_its_place() -> None:
    fields = Fields({"window": {"speed": 1, "sped": 2}}, "recipe.json").child("window")
    assert fields.number("speed") == 1
    with pytest.raises(DocumentError) as caught:
        fields.close()
    assert caught.value.path == "window.sped"


@pytest.mark.parametrize("value", [True, "5", None, float("nan"), 1e9])
def test_a_number_is_a_finite_number_between_its_bounds(value: object) -> None:
    with pytest.raises(DocumentError):
        Fields({"speed": value}, "recipe.json").number("speed", minimum=0, maximum=300)


def test_direction_changing_characters_are_refused_in_text() -> None:
    with pytest.raises(DocumentError, match="control character"):
        Fields({"name": "a\u202eb"}, "order.json").text("name")


def test_an_instant_that_does_not_exist_is_refused() -> None:
    with pytest.raises(DocumentError, match="a date that exists"):
        Fields({"due": "2026-02-30T00:00:00Z"}, "order.json").instant("due")


def test_a_range_cannot_be_the_wrong_way_round() -> None:
    with pytest.raises(DocumentError, match="minimum"):
        Fields({"x": {"minimum": 2, "maximum": 1}}, "r").range("x")
    with pytest.raises(ValueError, match="wrong way round"):
        Range(minimum=2, maximum=1)


def test_numbers_are_written_as_people_write_them() -> None:
    assert number_text(231.4) == "231.4"
    assert number_text(-0.00001) == "0"
    assert range_text(Range(minimum=40, maximum=180), "mm") == "40 to 180 mm"


def test_a_finding_renders_its_four_lines() -> None:
    finding = Finding(
        kind=KIND, where=Where(path="size"), measured=231.4, limit="40 to 180", unit="mm"
    )
    assert finding.observed() == "Width 231.4 mm (size)."
    assert finding.allowed() == "40 to 180 mm."
    assert finding.to_json()["message"].startswith("Too wide. Observed: Width 231.4 mm")


def test_nothing_checked_is_refused() -> None:
    empty = Verdict(findings=(), checks=(), required=frozenset())
    ran = Verdict(findings=(), checks=(CheckRun(name="a", ran=True),), required=frozenset({"a"}))
    skipped = Verdict(
        findings=(), checks=(CheckRun(name="a", ran=False),), required=frozenset({"a"})
    )
    assert not empty.accepted
    assert ran.accepted
    assert not skipped.accepted
    assert skipped.not_run == ("a",)
    assert not merge([ran, empty]).accepted
    assert merge([ran, ran]).accepted


def test_one_run_does_not_make_up_for_another_of_the_same_name() -> None:
    ran, skipped = (
        Verdict(
            findings=(),
            checks=(CheckRun(name="recipe", ran=did),),
            required=frozenset({"recipe"}),
        )
        for did in (True, False)
    )
    assert merge([ran, skipped]).not_run == ("recipe",)
    assert not merge([skipped, ran]).accepted


def test_a_verdict_is_not_a_condition() -> None:
    with pytest.raises(TypeError, match="accepted"):
        bool(Verdict(findings=(), checks=(), required=frozenset()))
