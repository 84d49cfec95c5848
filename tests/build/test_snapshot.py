"""The snapshot and the detail of an order, state by state."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mdps_plugin.build.decide import decide
from mdps_plugin.build.order_detail import DetailSources, make_detail, subjects
from mdps_plugin.build.record import make_record
from mdps_plugin.build.screen_states import Checking
from mdps_plugin.build.signature import ACT_RULES, Act
from mdps_plugin.build.snapshot import (
    Catalogue,
    CellFacts,
    GateFacts,
    QmsFacts,
    make_snapshot,
)
from mdps_plugin.canonical import canonical_json

from .history import History, record_sources
from .scenarios import EVIDENCE
from .world import QUALITY, TECHNICIAN, make_order, timed_recipe

GATE = GateFacts(
    mode="production",
    connected=True,
    qualified=True,
    detail="",
    nozzle_c=210.0,
    nozzle_target_c=210.0,
    bed_c=60.0,
    bed_target_c=60.0,
    age_s=0.5,
    line=420,
    lines=1000,
    layer=10,
    layers=25,
    ready_at=None,
)
ABOUT = CellFacts(
    version="0.1.0",
    cell="printer-7",
    site="Example Hospital",
    demonstration=True,
    printer_model="Example i3",
    printer_serial="SN-7",
    printer_profile="example-i3-marlin-2.1",
)
QMS = QmsFacts(word="Connected", connected=True, unconfirmed=0, oldest_age_s=None)


def snapshot(history: History, checking: Checking | None = None) -> Any:
    catalogue = Catalogue(
        orders={name: make_order(order_id=name) for name in history.state.orders},
        recipes={history.recipe.digest: history.recipe},
    )
    made = make_snapshot(history.state, GATE, ABOUT, catalogue, QMS, checking, history.now, seq=3)
    canonical_json(made)
    return made


def detail(history: History, **overrides: Any) -> Any:
    build = history.state.build_of("O-1")
    base = DetailSources(
        cell=history.state,
        order=history.state.orders["O-1"],
        document=make_order(),
        recipe=history.recipe,
        printer_serial="SN-7",
        checking=None,
        draft=make_record(record_sources(history)) if build and build.streamed else None,
        log_whole=True,
        now=history.now,
    )
    sources = replace(base, **overrides)
    made = make_detail(sources)
    canonical_json(made)
    return made


def refused_order() -> History:
    history = History().registers().ordered()
    verdict = decide(EVIDENCE["BD-024"]()).to_json()
    history.append("order_refused", {"order_id": "O-1", "verdict": verdict})
    return history


def held() -> History:
    history = History().to_building()
    history.append("build_held", {"build_id": "B-1", "by": "tess"})
    return history


def aborted() -> History:
    history = History().to_building()
    history.append("build_aborted", {"build_id": "B-1", "reason": "Stop was pressed"})
    return history


def seen() -> History:
    history = aborted()
    history.signed(
        "deviation_raised",
        TECHNICIAN,
        Act.RAISE_DEVIATION,
        build_id="B-1",
        deviation_id="D1",
        code="seen",
        seen="A gap.",
    )
    return history


def decided() -> History:
    history = seen()
    history.signed(
        "deviation_decided",
        QUALITY,
        Act.DECIDE_DEVIATION,
        build_id="B-1",
        deviation_id="D1",
        decision="scrap",
        justification="Gap.",
    )
    return history


def verified() -> History:
    return History().registers().ordered().verified()


def post_processed() -> History:
    return History().to_building().streamed().steps_signed()


STATES: dict[str, tuple[Any, str, str, str, str]] = {
    # name: history, word, icon, next step, screen
    "none": (lambda: History().registers(), "Locked", "lock", "Scan an order", "today"),
    "ordered": (
        lambda: History().registers().ordered(), "Locked", "lock", "Check the order", "check",
    ),
    "refused": (
        refused_order, "Refused · locked", "crossed",
        "Quality manager: choose another revision. Quarantine the parts.", "check",
    ),
    "verified": (verified, "Ready to sign", "pen", "Sign and start", "ready"),
    "permitted": (
        lambda: verified().permitted(), "Starting, 29 min left", "hourglass",
        "Start the build, or stop", "build",
    ),
    "armed": (
        lambda: verified().permitted().armed(), "Starting", "hourglass", "Wait, or stop", "build",
    ),
    "building": (
        lambda: History().to_building(), "Building 42 %", "play", "Prepare: Remove burrs.", "build",
    ),
    "held": (held, "Held since 14:14", "pause", "Resume or stop", "build"),
    "aborted": (
        aborted, "Deviation · locked", "triangle", "Sign what you saw", "deviation",
    ),
    "seen": (seen, "Deviation · locked", "triangle", "Decide the deviation", "deviation"),
    "decided": (decided, "Ready to sign", "pen", "Sign and start", "ready"),
    "built": (
        lambda: History().to_building().streamed(), "Locked · step 1 of 1", "lock",
        "Remove burrs.", "post",
    ),
    "post_processed": (
        post_processed, "Locked · to inspect", "lock", "Measure the part", "inspect",
    ),
    "inspected": (
        lambda: History().to_inspected(), "Locked · to release", "lock", "Call the releaser",
        "release",
    ),
    "released": (
        lambda: History().to_inspected().released(), "Locked", "lock",
        "Print the label, scan it, hand over", "documents",
    ),
    "handed_over": (
        lambda: History().to_inspected().released().handed_over(), "Locked", "lock",
        "Scan an order", "today",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(STATES))
def test_words_and_next_step_of_each_state(name: str) -> None:
    make, word, icon, text, screen = STATES[name]
    made = snapshot(make())
    assert (made["lock"]["word"], made["lock"]["icon"]) == (word, icon)
    assert (made["next_step"]["text"], made["next_step"]["screen"]) == (text, screen)
    assert made["next_step"]["who"]


def test_keys_are_those_of_the_contract() -> None:
    made = snapshot(History().to_building())
    assert set(made) == {
        "seq", "at", "controller", "lock", "printer", "build", "next_step", "orders", "qms",
        "refusals",
    }  # fmt: skip
    assert set(made["lock"]) == {"mode", "word", "icon", "detail", "percent"}
    assert set(made["build"]) == {
        "build_id", "order_id", "state", "line", "lines", "layer", "layers", "percent",
        "ready_at", "held_since", "hold_left_s", "limits", "happened",
    }  # fmt: skip
    assert made["build"]["limits"] == {"nozzle_c": [200, 220], "bed_c": [55, 65]}
    assert set(made["orders"][0]) == {
        "order_id", "state", "recipe", "device", "patient_token", "due", "build_id", "next_step",
        "screen",
    }  # fmt: skip


def test_checking_shows_progress_of_its_own_order() -> None:
    history = History().registers().ordered()
    checking = Checking(order_id="O-1", name="slicing", done=3, of=14, seconds=2.0)
    made = snapshot(history, checking)
    assert made["lock"]["word"] == "Checking 3 of 14"
    assert made["lock"]["percent"] == 21
    assert made["orders"][0]["state"] == "verifying"


def test_a_build_is_shown_while_another_order_is_checked() -> None:
    history = History().to_building().ordered("O-2")
    checking = Checking(order_id="O-2", name="slicing", done=3, of=14, seconds=2.0)
    made = snapshot(history, checking)
    assert made["lock"]["icon"] == "play"
    assert {row["order_id"]: row["state"] for row in made["orders"]} == {
        "O-1": "building",
        "O-2": "verifying",
    }


def test_hold_counts_down_by_the_stricter_limit() -> None:
    history = held()
    assert snapshot(history)["build"]["hold_left_s"] == 240.0
    history.append("build_resumed", {"build_id": "B-1"})
    for _ in range(4):
        history.append("build_held", {"build_id": "B-1"})
        history.now += timedelta(minutes=1)
        history.append("build_resumed", {"build_id": "B-1"})
    history.append("build_held", {"build_id": "B-1"})
    # One minute, four times two minutes, one more: 600 s in all are used up.
    assert snapshot(history)["build"]["hold_left_s"] == 0.0


def test_newest_refusal_comes_first_and_at_most_twenty() -> None:
    history = History()
    for number in range(25):
        history.append("line_refused", {"line": f"G1 X{number}", "who": "sam"})
    shown = snapshot(history)["refusals"]
    assert len(shown) == 20
    assert "G1 X24 " in shown[0]["observed"]
    assert set(shown[0]) == {
        "number", "at", "count", "entry", "code", "clause", "title", "observed", "allowed",
        "next_step", "who",
    }  # fmt: skip


SIGNED = {
    "verified": {"permit"},
    "permitted": {"deviation"},
    "building": {"deviation"},
    "aborted": {"deviation"},
    "seen": {"deviation", "decision"},
    "decided": {"permit", "deviation"},
    "built": {"step", "reject", "deviation"},
    "post_processed": {"inspection", "reject", "deviation"},
    "inspected": {"release", "reject", "deviation"},
    "released": {"hand_over", "reject", "deviation"},
    "handed_over": {"deviation"},
}


@pytest.mark.parametrize("name", sorted(SIGNED))
def test_what_may_be_signed_in_each_state(name: str) -> None:
    made = detail(STATES[name][0]())
    assert set(made["to_sign"]) == SIGNED[name]
    meanings = {rule.meaning for rule in ACT_RULES.values()}
    for one in made["to_sign"].values():
        assert set(one) == {"subject_sha256", "meaning", "what"}
        assert one["meaning"] in meanings
        assert all(len(row) == 2 and row[1] for row in one["what"])


def test_what_is_shown_changes_with_what_happened() -> None:
    history = post_processed()
    before = detail(history)["to_sign"]["reject"]["subject_sha256"]
    assert detail(history)["to_sign"]["reject"]["subject_sha256"] == before
    history.append(
        "deviation_raised",
        {"build_id": "B-1", "deviation_id": "D1", "code": "seen", "seen": "A gap."},
    )
    assert detail(history)["to_sign"]["reject"]["subject_sha256"] != before


def test_release_is_over_the_draft() -> None:
    history = History().to_inspected()
    first = detail(history)["to_sign"]["release"]["subject_sha256"]
    changed = record_sources(history, layers=26)
    assert (
        detail(history, draft=make_record(changed))["to_sign"]["release"]["subject_sha256"] != first
    )


def test_keys_of_the_detail() -> None:
    made = detail(History(timed_recipe()).to_building().streamed())
    assert {
        "order", "state", "recipe", "checking", "checks", "findings", "build", "lots", "plate",
        "steps", "characteristics", "preconditions", "operator", "deviations", "documents",
        "to_sign",
    } <= set(made)  # fmt: skip
    assert made["steps"][0]["readings"][0]["gauge"] == "thermometer"
    assert made["steps"][0]["started_at"] is None
    assert made["operator"] == "tess"
    names = {one["name"]: one["met"] for one in made["preconditions"]}
    assert names["Streamed job is the planned job"] is True
    assert names["All steps signed"] is False
    assert "Released by a trained second person" not in names


def test_lots_are_judged_as_the_decision_judges_them() -> None:
    history = verified()
    assert detail(history)["lots"][0]["usable"] is True
    history.signed("lot_quarantined", QUALITY, Act.QUARANTINE_LOT, lot_id="22B")
    lot = detail(history)["lots"][0]
    assert lot["usable"] is False
    assert [reason["code"] for reason in lot["reasons"]] == ["BD-051"]


def test_done_step_shows_its_values() -> None:
    history = History(timed_recipe()).to_building().streamed().steps_signed()
    step = detail(history)["steps"][0]
    assert step["done"]["by"] == "Tess Technician"
    assert step["done"]["values"] == {"water temperature": 35}
    assert step["started_at"] is not None


def test_subjects_are_the_same_for_screen_and_controller() -> None:
    history = verified()
    sources = DetailSources(
        cell=history.state,
        order=history.state.orders["O-1"],
        document=make_order(),
        recipe=history.recipe,
        printer_serial="SN-7",
        checking=None,
        draft=None,
        log_whole=True,
        now=history.now + timedelta(seconds=30),
    )
    shown = detail(history)["to_sign"]["permit"]["subject_sha256"]
    assert subjects(sources)["permit"].sha256 == shown
    other = replace(sources, printer_serial="SN-8")
    assert subjects(other)["permit"].sha256 != shown
