"""The parser of ``mdps-site-policy/1``: closed, and nothing but DocumentError comes out of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.canonical import read_json
from mdps_plugin.errors import DocumentError
from mdps_plugin.policy.document import CLASS_ORDER, parse_policy, plain
from mdps_plugin.recipes.document import Pathway

from .policies import document

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)
PLACES = [
    (),
    *[(key,) for key in document()],
    ("jurisdictions", 0),
    ("jurisdictions", 0, "jurisdiction"),
    ("jurisdictions", 0, "max_class"),
    ("pathways", 0),
    ("device_types", "unlisted"),
    ("device_types", "allowed"),
    ("device_types", "denied"),
    ("device_types", "denied", 0),
]


def test_the_policy_of_the_demonstration_is_read() -> None:
    policy = parse_policy(document(), "policy")
    assert policy.max_class == {"EU": "I"}
    assert policy.pathways == frozenset(Pathway)
    assert "tourniquet" in policy.denied_types
    assert policy.label == "site policy 1 of example-hospital"


@given(place=st.sampled_from(PLACES), junk=JUNK)
@settings(max_examples=300, deadline=None)
def test_any_value_anywhere_is_read_or_refused_with_its_place(place: Any, junk: Any) -> None:
    made: Any = document()
    if place:
        *parents, last = place
        inner = made
        for name in parents:
            inner = inner[name]
        inner[last] = junk
    else:
        made = junk
    try:
        policy = parse_policy(made, "policy")
    except DocumentError as fault:
        assert fault.source == "policy"
        assert fault.observed
        assert fault.allowed
    else:
        # What is read is no looser than its own words.
        assert set(policy.max_class) <= set(CLASS_ORDER)
        assert all(policy.max_class[one] in CLASS_ORDER[one] for one in policy.max_class)
        assert policy.expires > policy.issued


@given(data=st.binary(max_size=200), at=st.integers(0, 2000))
@settings(max_examples=200, deadline=None)
def test_bytes_of_a_policy_written_over(data: bytes, at: int) -> None:
    whole = json.dumps(document()).encode()
    changed = whole[: at % len(whole)] + data + whole[at % len(whole) + len(data) :]
    try:
        parse_policy(read_json(changed, "policy"), "policy")
    except DocumentError as fault:
        assert fault.source == "policy"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"schema": "mdps-site-policy/2"}, "schema"),
        ({"turbo": True}, "turbo"),
        ({"device_types__turbo": []}, "device_types.turbo"),
        ({"institution": "St. Example"}, "institution"),
        ({"version": 0}, "version"),
        ({"version": True}, "version"),
        ({"expires": "2026-11-28T12:00:00Z"}, "expires"),
        ({"jurisdictions": []}, "jurisdictions"),
        ({"jurisdictions__0__max_class": "IV"}, "jurisdictions[0].max_class"),
        ({"jurisdictions__0__jurisdiction": "XX"}, "jurisdictions[0].jurisdiction"),
        (
            {"jurisdictions": [{"jurisdiction": "EU", "max_class": "I"}] * 2},
            "jurisdictions",
        ),
        ({"pathways": []}, "pathways"),
        ({"pathways": ["bespoke"]}, "pathways"),
        ({"pathways": ["adaptable", "adaptable"]}, "pathways"),
        ({"implantable_allowed": "no"}, "implantable_allowed"),
        ({"device_types__unlisted": "perhaps"}, "device_types.unlisted"),
        ({"device_types__denied": ["a"]}, "device_types.denied[0]"),
        ({"device_types__denied": ["- - - -"]}, "device_types.denied[0]"),
        ({"device_types__allowed": [7]}, "device_types.allowed[0]"),
    ],
)
def test_each_flaw_is_refused_at_its_place(change: dict[str, Any], place: str) -> None:
    with pytest.raises(DocumentError) as refused:
        parse_policy(document(**change), "policy")
    assert refused.value.path == place


@pytest.mark.parametrize("key", sorted(document()))
def test_no_field_may_be_left_out(key: str) -> None:
    made = document()
    del made[key]
    with pytest.raises(DocumentError, match=key):
        parse_policy(made, "policy")


def test_names_are_compared_without_case_hyphens_and_wide_letters() -> None:
    assert plain("Ｔourniquet–Band,  (arm)") == "tourniquet band arm"


def test_the_example_of_the_page_is_read_and_every_field_is_explained() -> None:
    page = (Path(__file__).parents[2] / "docs" / "trust.md").read_text(encoding="utf-8")
    section = page[page.index("## Site policy") :]
    example = json.loads(section.split("```json")[1].split("```")[0])
    assert parse_policy(example, "page").version == 1
    for key in example:
        assert key == "schema" or f"`{key}" in section.split("```json")[0]
