"""What must never get into the log or out of the cell unsigned: names, passwords, foreign files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mdps_plugin.build.signature import ACT_RULES, Act
from tests.harness import ROOT

from .workshop import QUICK, Workshop

PATIENT = {"name": "Jordan Example", "record_number": "EX-000-1", "date_of_birth": None}


def newest(shop: Workshop) -> dict[str, Any]:
    return shop.entries(1)[0]


def test_a_password_typed_as_a_name_stays_out_of_the_log(desk: Workshop) -> None:
    signature = {**desk.signature("tina", Act.OPEN_LOT), "user": "Hunter2-secret"}
    said = desk.error("open_lot", {"lot_id": "22B", "signature": signature})
    assert said["kind"] == "signature"
    entry = newest(desk)
    assert (entry["kind"], entry["body"]["user"]) == ("signature_failed", "unknown")
    assert "Hunter2" not in json.dumps(desk.entries())
    assert "Hunter2" not in json.dumps(said)


@pytest.mark.parametrize(
    ("verb", "act", "user", "other", "args", "kind"),
    [
        ("record_room", Act.RECORD_ROOM, "tina", "ines",
         {"temperature_c": 21, "humidity_percent": 40}, "room_recorded"),
        ("export", Act.EXPORT, "ines", "tina", {"reason": "inspection"}, "log_exported"),
        ("open_lot", Act.OPEN_LOT, "tina", "ines", {"lot_id": "P-118"}, "lot_opened"),
    ],
)  # fmt: skip
def test_an_act_is_signed_by_its_role_and_stands_in_the_entry(
    desk: Workshop, verb: str, act: Act, user: str, other: str, args: dict[str, Any], kind: str
) -> None:
    before = desk.call("registers")["entries"]
    assert desk.error(verb, args)["kind"] == "document", "no signature"
    assert set(desk.findings(verb, {**args, "signature": desk.signature(other, act)})) == {"BD-003"}
    assert desk.call("registers")["entries"] == before
    desk.call(verb, {**args, "signature": desk.signature(user, act)})
    entry = newest(desk)
    assert entry["kind"] == kind
    assert entry["body"]["signature"]["user"] == user
    assert entry["body"]["signature"]["act"] == act.value


def test_a_name_is_shown_to_whoever_signs_for_it_and_written_into_nothing(desk: Workshop) -> None:
    order, model = desk.make_order(QUICK)
    token = order["individual"]["token"]
    desk.call("receive_order", {"order": order, "patient": {**PATIENT, "token": token}}, body=model)
    before = desk.call("registers")["entries"]
    assert desk.error("patient_name", {"token": token, "reason": "call"})["kind"] == "document"
    assert "BD-003" in desk.findings("patient_name", desk.name_question(token, "ines"))
    named = desk.error("patient_name", desk.name_question(token, reason="is it EXAMPLE, Jordan?"))
    assert named["allowed"] == "the patient's token only"
    assert desk.call("registers")["entries"] == before
    assert desk.call("patient_name", desk.name_question(token))["name"] == PATIENT["name"]
    entry = newest(desk)
    assert entry["kind"] == "patient_name_shown"
    assert entry["body"]["signature"]["user"] == "tina"
    assert "Jordan" not in json.dumps(desk.entries())


def test_who_recorded_a_training_is_who_signed_it(desk: Workshop) -> None:
    values = {"user": "tina", "training": "mdps-operator", "valid_until": "2031-01-01T00:00:00Z"}
    signature = desk.signature("quinn", Act.RECORD_TRAINING)
    desk.call("record_training", {**values, "signature": signature}, actor="tina")
    assert newest(desk)["body"]["training"]["recorded_by"] == "quinn"


def test_a_path_is_looked_at_for_a_quality_manager_only(desk: Workshop, tmp_path: Path) -> None:
    """And tells nobody what lies there."""
    secret = tmp_path / "private"
    secret.mkdir()
    (secret / "salary list.txt").write_text("x")
    for path in (secret, secret / "salary list.txt", ROOT / "nowhere", "/etc/shadow", "/dev/zero"):
        args = {"bundle": str(path), "local_qualification": "x"}
        other = desk.findings(
            "approve_recipe", {**args, "signature": desk.signature("tina", Act.APPROVE_RECIPE)}
        )
        assert set(other) == {"BD-003"}
        answer = desk.refused(
            "approve_recipe", {**args, "signature": desk.signature("quinn", Act.APPROVE_RECIPE)}
        )
        assert "salary" not in json.dumps(answer), answer
        assert "shadow" not in json.dumps(answer), answer


def test_free_text_about_a_part_holds_no_name(shop: Workshop) -> None:
    order, model = shop.make_order(QUICK)
    patient = {**PATIENT, "token": order["individual"]["token"]}
    order_id = shop.call("receive_order", {"order": order, "patient": patient}, body=model)[
        "order_id"
    ]
    shop.check(order_id)
    build_id = shop.call("permit_build", shop.permit_arguments(order_id))["build_id"]
    shop.streamed(build_id)
    before = shop.call("registers")["entries"]
    for verb, act, key, user, texts in (
        (
            "raise_deviation",
            Act.RAISE_DEVIATION,
            "deviation",
            "tina",
            {"seen": "for Jordan Example"},
        ),
        ("reject", Act.REJECT, "reject", "quinn", {"reason": "EX-000-1 declined"}),
    ):
        signature = shop.shown(user, act, order_id, key)
        said = shop.error(verb, {"build_id": build_id, **texts, "signature": signature})
        assert said["allowed"] == "the patient's token only", said
        assert "Jordan" not in json.dumps(said)
    assert shop.call("registers")["entries"] == before
    shop.sign_steps(order_id, build_id)
    shop.sign_inspection(order_id, build_id)
    release = {
        "build_id": build_id,
        "signature": shop.shown("rob", Act.RELEASE, order_id, "release"),
    }
    shop.call("sign_release", release)
    last = shop.entries(2)
    assert [one["kind"] for one in last] == ["release_signed", "documents_made"]
    assert last[0]["time"] == last[1]["time"], "one commit"
    said = shop.error(
        "hand_over",
        {
            "build_id": build_id,
            "to": "example jordan, ward 4B",
            "copy_given": True,
            "signature": shop.shown("tina", Act.HAND_OVER, order_id, "hand_over"),
        },
    )
    assert said["allowed"] == "the patient's token only"


def test_the_page_shows_the_meaning_that_an_export_is_signed_with() -> None:
    script = ROOT / "mdps_plugin" / "octoprint_host" / "static" / "js" / "screens.js"
    assert json.dumps(ACT_RULES[Act.EXPORT].meaning) in script.read_text()
