"""Events: what leaves the cell, and that nothing else does."""

import functools
import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.audit.entry import Entry
from mdps_plugin.audit.tree import leaf_hash
from mdps_plugin.build.deviation import Decision
from mdps_plugin.build.states import KNOWN_KINDS
from mdps_plugin.controller.gate_entries import OTHER_REASONS, REASONS
from mdps_plugin.telemetry.ack import Ack, ack_document
from mdps_plugin.telemetry.asyncapi import asyncapi_document
from mdps_plugin.telemetry.events import event_bytes, event_for, topic_of
from mdps_plugin.telemetry.kinds import ABORT_REASONS, KINDS, OTHER
from mdps_plugin.telemetry.names import CellName
from mdps_plugin.telemetry.state import state_document

CELL = CellName(
    institution="clinic", site="lab", cell="printer-7", origin="clinic.example/printer-7/audit/1"
)
DOCUMENT = asyncapi_document()
ROOT = Path(__file__).parents[2]


def entry(kind, body, index=17):
    return Entry(
        index=index,
        time="2026-11-23T14:05:00Z",
        boot_id="b00t",
        kind=kind,
        body=body,
        salt="0" * 32,
    )


def validate(kind, event):
    """Check a message against the schema in the AsyncAPI document."""
    validator_of(kind).validate(event)


@functools.cache
def validator_of(kind):
    """The validator of a message; its references reach into the whole document."""
    root = {**DOCUMENT, "$ref": f"#/components/messages/{kind}/payload/schema"}
    return jsonschema.Draft7Validator(root)


def test_a_streamed_build():
    digest = "ab" * 32
    body = {
        "build_id": "B-20261123-0A1B2C",
        "planned": digest,
        "streamed": digest,
        "lines": 9000,
        "planned_lines": 9000,
        "started": "2026-11-23T14:05:00Z",
        "finished": "2026-11-23T15:05:00Z",
        "temperatures": {
            "nozzle": {"minimum": 209.5, "mean": 210, "maximum": 211},
            "bed": {"minimum": None, "mean": None, "maximum": None},
            "excursions": [],
        },
    }
    one = entry("build_streamed", body)
    event = event_for(one, CELL)
    assert event == {
        "specversion": "1.0",
        "id": "clinic.example/printer-7/audit/1:17",
        "source": "urn:mdps:clinic:lab:printer-7",
        "type": "org.mdps.build_streamed.v1",
        "subject": "B-20261123-0A1B2C",
        "time": "2026-11-23T14:05:00Z",
        "datacontenttype": "application/json",
        "dataschema": "https://mdps.example/schemas/build_streamed/v1",
        "data": {
            "entry": {
                "index": "17",
                "kind": "build_streamed",
                "boot_id": "b00t",
                "hash": leaf_hash(one.data()).hex(),
            },
            "facts": {
                "build_id": "B-20261123-0A1B2C",
                "planned": digest,
                "streamed": digest,
                "lines": 9000,
                "started": "2026-11-23T14:05:00Z",
                "finished": "2026-11-23T15:05:00Z",
                "nozzle_c": {"minimum": 209.5, "maximum": 211},
            },
        },
    }
    assert topic_of(one, CELL) == "mdps/v1/clinic/lab/printer-7/evt/build_streamed"
    assert json.loads(event_bytes(one, CELL)) == event
    validate("build_streamed", event)


def test_a_refused_order_leaves_with_codes_and_without_words():
    verdict = {
        "findings": [
            {"code": "MD-004", "observed": "Anna Müller's mask has holes"},
            {"code": "Anna Müller"},
        ]
    }
    body = {"order_id": "Mueller-Anna", "patient_token": "P-7", "verdict": verdict}
    event = event_for(entry("order_refused", body), CELL)
    assert event["data"]["facts"]["codes"] == ["MD-004"]
    assert set(event["data"]["facts"]) == {"codes", "order_ref"}
    text = json.dumps(event)
    assert "nna" not in text
    assert "P-7" not in text
    validate("order_refused", event)


def test_a_kind_outside_the_list_leaves_without_facts():
    event = event_for(entry("something_new", {"build_id": "B-1", "name": "Anna"}), CELL)
    assert event["type"] == "org.mdps.entry_recorded.v1"
    assert event["data"]["facts"] == {}
    assert event["data"]["entry"]["kind"] == OTHER
    assert event["subject"] == "printer-7"
    validate(OTHER, event)


def test_the_list_is_in_step_with_the_log():
    # These leave without facts on purpose: they are about people and rooms.
    silent = {
        "training_recorded",
        "calibration_recorded",
        "printer_qualified",
        "room_recorded",
        "signature_locked",
    }
    assert KNOWN_KINDS - set(KINDS) <= silent
    assert set(KINDS) - KNOWN_KINDS == {OTHER}
    assert {*REASONS, *OTHER_REASONS} == set(ABORT_REASONS)
    decisions = next(
        rule for rule in KINDS["deviation_decided"].facts.rules if rule.name == "decision"
    )
    assert set(decisions.shape.words) == {decision.value for decision in Decision}


# Whatever a hospital might type about a person: several words, one word, numbers, dates.
PHI = st.sampled_from(
    [
        "Anna Müller",
        "Müller",
        "mueller",
        "MRN 00123456",
        "00123456",
        "1961-04-12",
        "12.04.1961",
        "born 12.04.1961",
        "anna.mueller@example.org",
        "Left hip, osteosarcoma",
        "P-7QX2M4N8KD",
        "+49 30 1234567",
        "ward-3-bed-2-mueller",
    ]
)
# Fields that the controller or a manufacturer's signature makes; nobody types a person there.
MADE = {"build_id", "deviation_id", "step_id", "recipe_id", "kind"}
NAMES = sorted(
    {
        step
        for kind in KINDS.values()
        for rule in kind.facts.rules
        for step in (rule.path or rule.name).replace("[]", "").split(".")
    }
    - MADE
    | {"patient_token", "name", "note", "to", "why", "reason", "line", "user", "printed_name"}
)
BODIES = st.dictionaries(
    st.sampled_from(NAMES),
    st.recursive(
        PHI,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
        ),
        max_leaves=8,
    ),
    max_size=8,
)
SECRETS = [
    "anna",
    "müller",
    "mueller",
    "00123456",
    "1961",
    "example.org",
    "hip",
    "7QX2",
    "49 30",
    "ward",
]


@settings(max_examples=250, deadline=None)
@given(st.sampled_from([*KINDS, "something_else"]), BODIES)
def test_no_seeded_patient_data_leaves(kind, body):
    one = entry(kind, body)
    event = event_for(one, CELL)
    validate(event["data"]["entry"]["kind"], event)
    event["data"]["entry"]["hash"] = ""  # salted; checked above by equality
    facts = event["data"]["facts"]
    for name in ("order_ref", "lot_ref"):
        facts.pop(name, None)
    if event["subject"] != CELL.cell:
        assert len(event["subject"]) == 64
        event["subject"] = ""
    text = json.dumps(event, ensure_ascii=False).lower() + topic_of(one, CELL).lower()
    for secret in SECRETS:
        assert secret.lower() not in text


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(list(KINDS)), st.data())
def test_every_event_fits_its_schema(kind, data):
    names = [
        step
        for rule in KINDS[kind].facts.rules
        for step in (rule.path or rule.name).replace("[]", "").split(".")
    ] or ["x"]
    inner = st.dictionaries(st.sampled_from(names), JSON, max_size=6)
    body = data.draw(st.dictionaries(st.sampled_from(names), JSON | inner | st.lists(inner)))
    try:
        one = entry(kind, body)
        event = event_for(one, CELL)
    except ValueError:
        return  # a body that the log cannot hold: lone surrogates, 2^53
    validate(kind, event)


def test_the_committed_document_is_the_one_the_code_makes():
    committed = yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text(encoding="utf-8"))
    assert committed == asyncapi_document()


def references(value):
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref":
                yield item
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def test_every_reference_resolves_and_every_schema_is_one():
    for reference in references(DOCUMENT):
        found = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
    for message in DOCUMENT["components"]["messages"].values():
        jsonschema.Draft7Validator.check_schema(message["payload"]["schema"])


def test_state_and_ack_fit_their_schemas():
    validate("state", state_document(CELL, online=False))
    validate("ack", ack_document(Ack(origin=CELL.origin, through=4, leaf=bytes(32))))
    with pytest.raises(jsonschema.ValidationError):
        validate("ack", {"format": "mdps-ack/1", "through": 4})


@pytest.mark.parametrize("name", ["", "a/b", "a+b", "#", "A", "a" * 64])
def test_names_that_would_be_other_topics(name):
    with pytest.raises(RuntimeError):
        CellName(institution="clinic", site="lab", cell=name, origin="x")
