"""The fold: valid histories fold at every prefix, impossible ones are refused by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.audit.entry import Entry
from mdps_plugin.build.decide import decide
from mdps_plugin.build.deviation import parse_decision
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
from mdps_plugin.build.states import IGNORED, KNOWN_KINDS, check_next, expired, fold, interrupted
from mdps_plugin.errors import DocumentError, IllegalTransition

from .scenarios import EVIDENCE
from .world import (
    BOTH,
    JOB_SHA,
    LOT,
    QUALITY,
    RELEASER,
    TECHNICIAN,
    History,
    accepted_verdict,
    timed_recipe,
)


def whole_history() -> History:
    history = History(timed_recipe()).to_building()
    history.append("build_held", {"build_id": "B-1", "by": "tess"})
    history.append("build_resumed", {"build_id": "B-1", "by": "tess"})
    return history.streamed().steps_signed().inspected().released().handed_over()


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


def _bodies(history: History, build_id: str = "B-1") -> dict[str, dict[str, Any]]:
    """A body for each kind of a build, as right as it can be for that build."""
    build = {"build_id": build_id}

    def signed(person: Any, act: Act, **body: Any) -> dict[str, Any]:
        return {**body, "signature": history.sign(person, act, body).to_json()}

    verdict = accepted_verdict().to_json()
    step = history.recipe.post_processing[0].step_id
    return {
        "order_verified": {"order_id": "O-1", "verdict": verdict},
        "order_refused": {"order_id": "O-1", "verdict": verdict},
        "permit_refused": {"order_id": "O-1", "verdict": verdict},
        "build_armed": {**build, "planned": JOB_SHA},
        "build_started": build,
        "build_held": {**build, "by": "tess"},
        "build_resumed": build,
        "build_aborted": {**build, "reason": "Stop was pressed"},
        "build_streamed": history.streamed_body(build_id),
        "step_started": {**build, "step_id": step},
        "step_refused": {
            **build, "step_id": step, "readings": [], "by": "tess", "verdict": verdict,
        },
        "step_signed": signed(
            TECHNICIAN, Act.STEP, build_id=build_id, step_id=step, readings=[]
        ),
        "inspection_signed": signed(
            TECHNICIAN, Act.INSPECTION, build_id=build_id, measurements=[]
        ),
        "release_refused": {**build, "verdict": verdict},
        "release_signed": signed(
            RELEASER, Act.RELEASE, build_id=build_id, record_sha256="9a" * 32
        ),
        "build_rejected": signed(QUALITY, Act.REJECT, build_id=build_id, reason="Warped"),
        "handed_over": signed(
            TECHNICIAN, Act.HAND_OVER, build_id=build_id, to="Ward 4", copy_given=True
        ),
        "controller_started": {},
        "line_refused": {**build, "line": "G28", "who": "sam"},
    }  # fmt: skip


_KINDS = sorted(_bodies(History()))


def _choices(history: History, lawful: bool) -> list[str]:
    """Kinds to go on with: only those that the table allows now, or any."""
    build = history.state.build_of("O-1")
    if not lawful:
        return [*_KINDS, "permit"]
    if build is None or build.state.lost:
        return ["permit"]
    return [kind for kind in possible(build.state) if kind in _KINDS] or ["line_refused"]


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_walk_folds_or_is_refused_and_never_breaks(data: st.DataObject) -> None:
    history = History().registers().ordered().verified()
    for _ in range(data.draw(st.integers(1, 25))):
        before = history.state
        lawful = data.draw(st.integers(0, 3)) > 0
        kind = data.draw(st.sampled_from(_choices(history, lawful)))
        body = (
            history.permit_body(f"B-{len(before.builds) + 1}")
            if kind == "permit"
            else _bodies(history, f"B-{max(1, len(before.builds))}")[kind]
        )
        try:
            history.append("build_permitted" if kind == "permit" else kind, body)
        except DocumentError as fault:
            assert fault.source == "audit log"
            assert history.state is before
        builds = list(history.state.builds.values())
        assert sum(build.state.printer_taken for build in builds) <= 1
        assert sum(not build.state.lost for build in builds) <= 1
        for build in builds:
            if build.state in (BuildState.RELEASED, BuildState.HANDED_OVER):
                assert build.released is not None
                assert build.released.signature.user not in build.makers
                assert build.armed_at is not None
                assert build.inspected is not None
    assert history.refold() == history.state


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@settings(max_examples=100)
@given(kind=st.sampled_from(sorted(KNOWN_KINDS)), body=st.dictionaries(st.text(max_size=8), _JSON))
def test_any_body_folds_or_is_a_document_error(kind: str, body: dict[str, Any]) -> None:
    try:
        state = check_next(CellState(), kind, body, History().now)
    except DocumentError as fault:
        assert "entry 0" in fault.path
    else:
        assert state.size == 1


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_member_taken_out_or_spoiled_is_refused_or_harmless(data: st.DataObject) -> None:
    entries = whole_history().entries
    index = data.draw(st.integers(0, len(entries) - 1))
    body = dict(entries[index].body)
    if body:
        key = data.draw(st.sampled_from(sorted(body)))
        if data.draw(st.booleans()):
            del body[key]
        else:
            body[key] = data.draw(_JSON)
    spoiled = replace(entries[index], body=body)
    try:
        fold([*entries[:index], spoiled, *entries[index + 1 :]])
    except DocumentError as fault:
        assert fault.path.startswith("entry ")


def test_restart_closes_a_build_and_nothing_resumes() -> None:
    history = History().to_building()
    assert [build.build_id for build in interrupted(history.state)] == ["B-1"]
    history.append("controller_started", {})
    for kind, body in (("build_held", {}), ("build_streamed", history.streamed_body())):
        with pytest.raises(DocumentError) as caught:
            history.append(kind, {"build_id": "B-1", **body})
        assert "nothing resumes" in caught.value.allowed
    history.append("build_aborted", {"build_id": "B-1", "reason": "Power was lost"})
    assert history.build().state is BuildState.ABORTED
    assert interrupted(history.state) == ()


def test_permit_survives_a_restart_but_not_its_end() -> None:
    history = History().registers().ordered().verified().permitted()
    history.append("controller_started", {})
    assert interrupted(history.state) == ()
    assert expired(history.state, history.now) == ()
    with pytest.raises(DocumentError):
        history.append("permit_expired", {"build_id": "B-1"})
    history.now += timedelta(seconds=1800)
    assert [build.build_id for build in expired(history.state, history.now)] == ["B-1"]
    with pytest.raises(DocumentError):
        history.armed()
    history.append("permit_expired", {"build_id": "B-1"})
    assert history.build().state is BuildState.EXPIRED
    history.permitted("B-2")
    assert history.state.orders["O-1"].builds == ("B-1", "B-2")


def test_arming_twice_or_with_another_job_is_refused() -> None:
    history = History().registers().ordered().verified().permitted()
    with pytest.raises(DocumentError):
        history.append("build_armed", {"build_id": "B-1", "planned": "00" * 32})
    history.armed()
    with pytest.raises(DocumentError):
        history.armed()


def test_arming_takes_material_for_good() -> None:
    history = History().registers().ordered().verified().permitted().armed()
    left = history.state.lots["22B"].remaining_g
    assert left == pytest.approx(LOT.remaining_g - history.build().permit.material_g)
    history.append("build_aborted", {"build_id": "B-1", "reason": "Stop was pressed"})
    assert history.state.lots["22B"].remaining_g == left


def test_steps_in_another_order_are_refused() -> None:
    history = History(timed_recipe()).to_building().streamed()
    with pytest.raises(DocumentError) as caught:
        history.signed(
            "step_signed", TECHNICIAN, Act.STEP, build_id="B-1", step_id="deburr", readings=[]
        )
    assert "'wash'" in caught.value.allowed


def test_recipe_without_steps_is_post_processed_when_streamed() -> None:
    history = History(timed_recipe(post_processing=[])).to_building().streamed()
    assert history.build().state is BuildState.POST_PROCESSED


def test_second_device_on_an_order_is_refused() -> None:
    history = History().to_inspected().released()
    with pytest.raises(DocumentError) as caught:
        history.permitted("B-2")
    assert "one device an order" in caught.value.allowed


def test_permit_while_another_build_has_the_printer_is_refused() -> None:
    history = History().to_building().ordered("O-2").verified("O-2")
    with pytest.raises(DocumentError):
        history.permitted("B-2", "O-2")


def test_permit_signed_by_another_person_is_refused() -> None:
    history = History().registers().ordered().verified()
    body = history.permit_body()
    body["signature"] = history.sign(BOTH, Act.PERMIT).to_json()
    with pytest.raises(DocumentError) as caught:
        history.append("build_permitted", body)
    assert "operator" in caught.value.allowed


def test_release_by_a_maker_is_refused_by_the_fold_itself() -> None:
    history = History().to_building().streamed().steps_signed(person=BOTH).inspected()
    with pytest.raises(DocumentError) as caught:
        history.released(person=BOTH)
    assert caught.value.allowed == "another person"


def test_verifying_again_while_a_build_is_open_is_refused() -> None:
    history = History().registers().ordered().verified().permitted()
    with pytest.raises(DocumentError):
        history.verified()


def test_withdrawn_recipe_stays_withdrawn() -> None:
    history = History().registers()
    digest = history.recipe.digest
    body = {"recipe_digest": digest, "recipe_id": "test-clip", "revision": 1}
    history.signed("recipe_withdrawn", QUALITY, Act.WITHDRAW_RECIPE, **body)
    assert digest not in history.state.approvals
    assert digest in history.state.withdrawn
    with pytest.raises(DocumentError):
        history.signed("recipe_approved", QUALITY, Act.APPROVE_RECIPE, **body)


def test_lot_opened_again_is_no_younger() -> None:
    history = History().registers()
    opened = history.state.lots["22B"].opened_at
    history.signed("lot_opened", TECHNICIAN, Act.OPEN_LOT, lot_id="22B")
    assert history.state.lots["22B"].opened_at == opened


def test_signature_of_another_act_is_refused() -> None:
    history = History().registers()
    with pytest.raises(DocumentError):
        history.signed("lot_quarantined", QUALITY, Act.OPEN_LOT, lot_id="22B")


def test_repeated_refusals_count_up_instead_of_stacking() -> None:
    history = History().to_building()
    for _ in range(3):
        history.append("line_refused", {"line": "G28", "who": "sam", "build_id": "B-1"})
    history.append("line_refused", {"line": "G29\x00\u202e", "who": "sam"})
    first, second = history.state.refusals
    assert (first.count, first.number) == (3, 1)
    assert (second.count, second.number) == (1, 2)
    assert "\x00" not in second.observed
    assert history.build().refused_lines == 3


def test_refusals_are_kept_to_the_newest() -> None:
    history = History()
    for number in range(130):
        history.append("line_refused", {"line": f"G1 X{number}", "who": "sam"})
    assert len(history.state.refusals) == 100
    assert history.state.refusals[-1].number == 130


def test_refused_order_shows_its_first_reason() -> None:
    history = History().registers().ordered()
    verdict = decide(EVIDENCE["BD-051"]())
    history.append("order_refused", {"order_id": "O-1", "verdict": verdict.to_json()})
    assert history.state.orders["O-1"].state is OrderState.REFUSED
    assert history.state.refusals[-1].code == "BD-051"


def test_wrong_passwords_are_remembered() -> None:
    history = History()
    history.append("signature_failed", {"user": "tess", "act": "permit"})
    assert history.state.failed_signatures == (("tess", history.state.last_at),)


def test_many_wrong_passwords_for_one_name_hide_no_other() -> None:
    history = History()
    history.append("signature_failed", {"user": "rob"})
    for _ in range(300):
        history.append("signature_failed", {"user": "unknown"})
    users = [user for user, _ in history.state.failed_signatures]
    assert "rob" in users
    assert len(users) < 20


def test_deviation_is_decided_once_and_by_its_name() -> None:
    history = History().to_building()
    history.append(
        "deviation_raised",
        {"build_id": "B-1", "deviation_id": "D1", "code": "seen", "seen": "A gap."},
    )
    assert history.build().open_deviations[0].raised_by == "controller"
    decision = {
        "build_id": "B-1", "deviation_id": "D1", "decision": "no_effect", "justification": "Dust.",
    }  # fmt: skip
    with pytest.raises(DocumentError):
        history.signed(
            "deviation_decided", QUALITY, Act.DECIDE_DEVIATION, **{**decision, "deviation_id": "D2"}
        )
    history.signed("deviation_decided", QUALITY, Act.DECIDE_DEVIATION, **decision)
    assert history.build().open_deviations == ()
    with pytest.raises(DocumentError):
        history.signed("deviation_decided", QUALITY, Act.DECIDE_DEVIATION, **decision)


@pytest.mark.parametrize(
    ("decision", "reference", "good"),
    [("use_as_is", "M-1", True), ("use_as_is", None, False), ("scrap", "M-1", False)],
)
def test_only_the_manufacturer_lets_a_part_be_used_as_it_is(
    decision: str, reference: str | None, good: bool
) -> None:
    document = {"decision": decision, "justification": "x", "manufacturer_reference": reference}
    if good:
        now = History().now
        assert parse_decision(document, "d", "quinn", now).manufacturer_reference == "M-1"
    else:
        with pytest.raises(DocumentError):
            parse_decision(document, "d", "quinn", History().now)
