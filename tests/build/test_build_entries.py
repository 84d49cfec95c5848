"""What may follow in the log of one build: restart, permit, arming, steps, release, deviations."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mdps_plugin.build.deviation import parse_decision
from mdps_plugin.build.lifecycle import (
    BuildState,
)
from mdps_plugin.build.signature import Act
from mdps_plugin.build.states import expired, interrupted
from mdps_plugin.errors import DocumentError

from .history import History
from .world import BOTH, LOT, QUALITY, TECHNICIAN, timed_recipe


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
