"""The patch between two snapshots: applying it gives the newer one, nulls apart."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.octoprint_host.merge_patch import apply_patch, merge_patch

KEYS = st.sampled_from(["a", "b", "c", "d"])
LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.floats(0, 1) | st.text(max_size=3)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner), max_leaves=8
)
OBJECTS = st.dictionaries(KEYS, VALUES)


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return value


@settings(max_examples=300, deadline=None)
@given(OBJECTS, OBJECTS)
def test_patch_leads_from_old_to_new(old: dict[str, Any], new: dict[str, Any]) -> None:
    # As text: True, 1 and 1.0 are equal to Python and not to a screen.
    after = json.dumps(without_nulls(apply_patch(old, merge_patch(old, new))), sort_keys=True)
    assert after == json.dumps(without_nulls(new), sort_keys=True)


@given(OBJECTS)
def test_nothing_changed_is_an_empty_patch(value: dict[str, Any]) -> None:
    assert merge_patch(value, value) == {}


def test_true_is_not_one_and_lists_are_replaced() -> None:
    assert merge_patch({"a": 1, "b": [1, 2]}, {"a": True, "b": [2]}) == {"a": True, "b": [2]}


def test_only_what_changed_inside_an_object() -> None:
    old = {"printer": {"nozzle_c": 21.0, "bed_c": 20.0}, "seq": 1}
    new = {"printer": {"nozzle_c": 22.0, "bed_c": 20.0}, "seq": 2}
    assert merge_patch(old, new) == {"printer": {"nozzle_c": 22.0}, "seq": 2}
