"""Reading orders and identities: shapes, refusals with their place, nothing but DocumentError."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdps_plugin.build.identity import parse_patient_identity, refuse_identity_in
from mdps_plugin.build.order import IndividualKind, check_token, parse_order, token_from
from mdps_plugin.canonical import digest_of
from mdps_plugin.errors import DocumentError
from mdps_plugin.recipes.document import Pathway

from .world import MODEL_SHA, TOKEN, order_document


def test_whole_order_is_read() -> None:
    document = order_document()
    order = parse_order(document, "order.json")
    assert order.pathway is Pathway.ADAPTABLE
    assert order.individual.token == TOKEN
    assert order.individual.kind is IndividualKind.PATIENT
    assert order.model is not None
    assert order.model.sha256 == MODEL_SHA
    assert order.model.released_by_name == "Dee Signer"
    assert order.variables == {"colour": "white"}
    assert order.sha256 == digest_of(document)


def test_what_may_be_missing_is_none() -> None:
    document = order_document(request=None, model=None)
    for key in ("revision", "condition_or_feature", "gcode_sha256", "need_justification"):
        document.pop(key)
    order = parse_order(document, "order.json")
    assert order.request is None
    assert order.model is None
    assert order.revision is None
    assert order.condition_or_feature is None
    assert order.gcode_sha256 is None
    assert order.need_justification is None


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("schema", "mdps-order/2", "schema"),
        ("order_id", "../../etc", "order_id"),
        ("pathway", "cosmetic", "pathway"),
        ("quantity", 2, "quantity"),
        ("quantity", 0, "quantity"),
        ("quantity", True, "quantity"),
        ("revision", 0, "revision"),
        ("individual.token", "Mary Patient", "individual.token"),
        ("individual.token", "P-12345678901234", "individual.token"),
        ("individual.kind", "cat", "individual.kind"),
        ("prescriber.name", " ", "prescriber.name"),
        ("prescriber.registration_number", None, "prescriber.registration_number"),
        ("request.document_sha256", "E1" * 32, "request.document_sha256"),
        ("request.signed_at", "2026-02-30T00:00:00Z", "request.signed_at"),
        ("request", "attached", "request"),
        ("design_characteristics", ["ok", ""], "design_characteristics[1]"),
        ("design_characteristics", "one text", "design_characteristics"),
        ("model.sha256", "short", "model.sha256"),
        ("model.released_by.role", "", "model.released_by.role"),
        ("gcode_sha256", 5, "gcode_sha256"),
        ("variables.colour", 3, "variables.colour"),
        ("variables", ["colour"], "variables"),
        ("due", "tomorrow", "due"),
        ("ward", "Ward\u202e4", "ward"),
        ("patient_name", "Mary Patient", "patient_name"),
        ("clinical_note", "sprained", "clinical_note"),
        ("prescriber.phone", "1", "prescriber.phone"),
    ],
)
def test_wrong_field_is_refused_with_its_place(path: str, value: Any, place: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_order(order_document(**{path: value}), "order.json")
    assert caught.value.path == place
    assert caught.value.source == "order.json"
    assert caught.value.observed
    assert caught.value.allowed


def test_a_name_in_place_of_a_token_is_not_repeated() -> None:
    with pytest.raises(DocumentError) as caught:
        parse_order(order_document(**{"individual.token": "Mary Patient"}), "order.json")
    assert "Mary" not in str(caught.value)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=10,
)


@given(st.data())
def test_any_value_anywhere_is_an_order_or_a_document_error(data: st.DataObject) -> None:
    document = order_document()
    key = data.draw(st.sampled_from(sorted(document)))
    document[key] = data.draw(_JSON)
    try:
        order = parse_order(document, "order.json")
    except DocumentError as fault:
        assert fault.path
    else:
        assert order.quantity == 1


@given(_JSON)
def test_any_json_is_an_order_or_a_document_error(document: Any) -> None:
    with pytest.raises(DocumentError):
        parse_order(document, "order.json")


@given(st.binary(min_size=10, max_size=16))
def test_every_made_token_is_accepted(data: bytes) -> None:
    token = token_from(data)
    assert check_token(token, "order.json", "token") == token


def test_tokens_tell_different_randomness_apart() -> None:
    made = {token_from(bytes([one] * 9 + [255 - one])) for one in range(256)}
    assert len(made) == 256


def test_too_little_randomness_is_misuse() -> None:
    with pytest.raises(RuntimeError):
        token_from(b"123456789")


IDENTITY = {"token": TOKEN, "name": "Li Wei", "record_number": "MRN-77"}


def test_identity_is_read_and_hides_its_name() -> None:
    identity = parse_patient_identity({**IDENTITY, "date_of_birth": "1970-01-01"}, "identity")
    assert identity.name == "Li Wei"
    assert "Li" not in repr(identity)
    assert parse_patient_identity(identity.to_json(), "identity") == identity


@pytest.mark.parametrize(
    "document", [{"token": TOKEN}, {**IDENTITY, "note": "x"}, {**IDENTITY, "token": "7"}, []]
)
def test_wrong_identity_is_refused(document: Any) -> None:
    with pytest.raises(DocumentError):
        parse_patient_identity(document, "identity")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("design_characteristics", ["For LI  WEI, 20 mm"]),
        ("condition_or_feature", "see mrn-77"),
        ("ward", "Ward of Li Wei"),
    ],
)
def test_order_with_the_name_in_it_is_refused(path: str, text: Any) -> None:
    identity = parse_patient_identity(IDENTITY, "identity")
    with pytest.raises(DocumentError) as caught:
        refuse_identity_in(order_document(**{path: text}), identity, "order.json")
    assert caught.value.path.startswith(path)
    assert "Wei" not in str(caught.value)


def test_parts_of_other_words_are_no_name() -> None:
    identity = parse_patient_identity({"token": TOKEN, "name": "Li"}, "identity")
    refuse_identity_in(order_document(condition_or_feature="eyelid"), identity, "order.json")


def test_order_survives_a_round_trip_through_text() -> None:
    document = order_document()
    again = json.loads(json.dumps(document))
    assert parse_order(again, "a") == parse_order(document, "b")


@pytest.mark.parametrize(
    "text",
    [
        "Example, Jordan",
        "EXAMPLE Jordan",
        "for Mr. Example (Jordan P.)",
        "jordan\n  example",
        "J\u00f3rdan Ex\u00e4mple",
        "jordan_example",
        "MRN ex 000 1",
    ],
)
def test_a_name_in_another_order_or_writing_is_found(text: str) -> None:
    identity = parse_patient_identity(
        {"token": TOKEN, "name": "Jordan Example", "record_number": "EX-000-1"}, "patient"
    )
    with pytest.raises(DocumentError) as said:
        refuse_identity_in({"seen": text}, identity, "request")
    assert "ordan" not in str(said.value)


@pytest.mark.parametrize(
    "text", ["an example of wear", "Jordan valley", "EX-000-12", "ward 4B", "", "exampleexample"]
)
def test_what_is_only_like_a_name_passes(text: str) -> None:
    identity = parse_patient_identity(
        {"token": TOKEN, "name": "Jordan Example", "record_number": "EX-000-1"}, "patient"
    )
    refuse_identity_in({"seen": text}, identity, "request")
