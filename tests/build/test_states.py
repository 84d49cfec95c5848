"""The fold and its table: valid histories fold at every prefix, impossible entries are refused.

Histories of every shape are in test_any_log.py; which entry may follow which in a build, and what
registers keep, in test_build_entries.py and test_registers.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mdps_plugin.audit.entry import Entry
from mdps_plugin.build.entities import CellState
from mdps_plugin.build.lifecycle import (
    TABLE,
    BuildState,
    Event,
    OrderState,
    order_transition,
    possible,
    transition,
)
from mdps_plugin.build.signature import Act
from mdps_plugin.build.states import IGNORED, check_next, fold
from mdps_plugin.errors import DocumentError, IllegalTransition

from .history import History, whole_history


def test_whole_history_ends_handed_over() -> None:
    history = whole_history()
    state = history.refold()
    assert state == history.state
    build = state.builds["B-1"]
    assert build.state is BuildState.HANDED_OVER
    assert [one.signature.act for one in build.signatures] == [
        Act.PERMIT,
        Act.STEP,
        Act.STEP,
        Act.INSPECTION,
        Act.RELEASE,
        Act.HAND_OVER,
    ]
    assert build.makers == {"tess"}
    assert build.streamed is not None
    assert build.streamed.match
    assert build.holds[0].length(history.now) == timedelta(minutes=1)
    assert state.orders["O-1"].builds == ("B-1",)
    assert state.room is not None
    assert state.qualifications["SN-7"].firmware == "2.1.2.5"


def test_every_prefix_of_a_valid_history_folds() -> None:
    entries = whole_history().entries
    state = CellState()
    for count, entry in enumerate(entries, start=1):
        state = fold([entry], onto=state)
        assert state == fold(entries[:count])
        assert state.size == count


def test_folding_does_not_change_what_it_starts_from() -> None:
    history = History().to_building()
    before = history.refold()
    fold([], onto=before)
    check_next(before, "build_held", {"build_id": "B-1"}, history.now)
    assert before == history.state


@pytest.mark.parametrize("kind", ["no_such_kind", "BUILD_ARMED", ""])
def test_unknown_kind_is_refused_by_its_index(kind: str) -> None:
    history = History().registers()
    bad = Entry(
        index=len(history.entries), time="2026-11-24T00:00:00Z", boot_id="b", kind=kind, body={}
    )
    with pytest.raises(DocumentError) as caught:
        fold([*history.entries, bad])
    assert f"entry {bad.index}" in caught.value.path
    assert "unknown kind" in caught.value.observed


def test_listed_kinds_are_ignored() -> None:
    history = History()
    for kind in sorted(IGNORED):
        history.append(kind, {"anything": [1, 2]})
    assert replace(history.state, size=0, last_at=None) == CellState()


@pytest.mark.parametrize("cut", [0, 3])
def test_missing_and_repeated_entries_are_refused(cut: int) -> None:
    entries = whole_history().entries
    with pytest.raises(DocumentError):
        fold(entries[:cut] + entries[cut + 1 :])
    with pytest.raises(DocumentError):
        fold(entries[: cut + 1] + entries[cut:])


def test_time_may_not_step_back() -> None:
    entries = History().registers().entries
    back = replace(entries[-1], time="2020-01-01T00:00:00Z")
    with pytest.raises(DocumentError) as caught:
        fold([*entries[:-1], back])
    assert "not before" in caught.value.allowed


@pytest.mark.parametrize("state", list(BuildState))
@pytest.mark.parametrize("event", list(Event))
def test_table_and_transition_agree(state: BuildState, event: Event) -> None:
    if (state, event) in TABLE:
        assert transition(state, event) is TABLE[state, event]
    else:
        with pytest.raises(IllegalTransition) as caught:
            transition(state, event)
        assert caught.value.allowed == ", ".join(possible(state))


def test_ends_are_ends() -> None:
    moving = {state for (state, event), following in TABLE.items() if following is not state}
    for state in (BuildState.EXPIRED, BuildState.ABORTED, BuildState.REJECTED):
        assert state not in moving
    assert BuildState.HANDED_OVER not in moving


def test_order_table() -> None:
    for state in OrderState:
        assert order_transition(state, Event.ORDER_VERIFIED) is OrderState.VERIFIED
    with pytest.raises(IllegalTransition):
        order_transition(OrderState.ORDERED, Event.BUILD_PERMITTED)
