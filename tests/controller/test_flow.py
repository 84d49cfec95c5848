"""One device from order to hand-over on a whole cell, and each verb asked in each state."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from mdps_plugin.build.signature import Act
from mdps_plugin.controller.client_link import ControllerClient, RefusedByController
from tests.harness import wait_until

from .workshop import QUICK, Workshop

WRONG_NOW = {
    "sign_step": (Act.STEP, {"step_id": "deburr", "readings": {}}),
    "sign_inspection": (Act.INSPECTION, {"measurements": {"length": 1}}),
    "sign_release": (Act.RELEASE, {}),
    "reject": (Act.REJECT, {"reason": "x"}),
    "hand_over": (Act.HAND_OVER, {"to": "ward", "copy_given": True}),
    "decide_deviation": (
        Act.DECIDE_DEVIATION,
        {"deviation_id": "D1", "decision": "scrap", "reason": "x"},
    ),
}


def ask_everything(shop: Workshop, order_id: str, build_id: str, *, not_now: set[str]) -> None:
    """Every verb about the build answers, and those of ``not_now`` refuse, and change nothing."""
    state = shop.build_state(build_id)
    with ControllerClient(shop.hospital.socket) as client:
        assert client.call("order", {"order_id": order_id})
        assert client.call("documents", {"build_id": build_id}) is not None
        for verb in ("record", "job"):
            try:
                _, data = client.call_for_bytes(verb, {"build_id": build_id})
                assert data
            except RefusedByController as said:
                assert said.answer["error"]["kind"] in ("document", "transition"), said.answer
        for verb in sorted(not_now):
            user = {"reject": "quinn", "decide_deviation": "quinn", "sign_release": "rob"}
            signature: dict[str, Any] = {}
            args: dict[str, Any] = {}
            if verb in WRONG_NOW:
                act, args = WRONG_NOW[verb]
                signature = {
                    "signature": shop.signature(
                        user.get(verb, "tina"), act, hashlib.sha256().hexdigest()
                    )
                }
            elif verb == "start_step":
                args = {"step_id": "deburr"}
            try:
                client.call(verb, {"build_id": build_id, **args, **signature})
            except RefusedByController as said:
                error = said.answer.get("error", {"kind": "refusal", "message": "-"})
                assert error["kind"] in ("document", "transition", "refusal"), (verb, said.answer)
                continue
            raise AssertionError(f"{verb} was done in state {state}")
    assert shop.build_state(build_id) == state


ALL = {*WRONG_NOW, "start_step", "arm_build"}


def test_one_device_from_order_to_hand_over(shop: Workshop) -> None:
    order_id, build_id = shop.permitted(QUICK)
    ask_everything(shop, order_id, build_id, not_now=ALL)

    shop.begun(build_id)
    ask_everything(shop, order_id, build_id, not_now=ALL)
    shop.call("hold", actor="tina")
    assert shop.state()["lock"]["mode"] == "production"
    shop.call("resume", actor="tina")
    wait_until(lambda: shop.build_state(build_id) == "built", 60, "the last line")

    # No earlier part of the log can be had by pushing forward.
    ask_everything(shop, order_id, build_id, not_now=ALL - {"start_step", "sign_step", "reject"})
    ask_everything(shop, order_id, build_id, not_now={"sign_step", "reject"})
    shown = shop.shown("tina", Act.STEP, order_id, "step")
    first = shop.order(order_id)["steps"][0]
    shop.call("start_step", {"build_id": build_id, "step_id": first["step_id"]})
    readings = {one["name"]: one["minimum"] for one in first["readings"]}
    changed = shop.error(
        "sign_step",
        {
            "build_id": build_id,
            "step_id": first["step_id"],
            "readings": readings,
            "signature": shown,
        },
    )
    assert changed["message"].startswith("The record changed while you read it.")
    outside = shop.findings(
        "sign_step",
        {
            "build_id": build_id,
            "step_id": first["step_id"],
            "readings": dict.fromkeys(readings, 400),
            "signature": shop.shown("tina", Act.STEP, order_id, "step"),
        },
    )
    assert set(outside) == {"BD-083"}, outside
    assert shop.kinds(1) == ["step_refused"]
    shop.sign_steps(order_id, build_id)

    assert shop.build_state(build_id) == "post_processed"
    ask_everything(shop, order_id, build_id, not_now=ALL - {"sign_inspection"})
    shop.sign_inspection(order_id, build_id)

    assert shop.build_state(build_id) == "inspected"
    ask_everything(shop, order_id, build_id, not_now=ALL)
    shown = shop.shown("rob", Act.RELEASE, order_id, "release")
    own = shop.findings(
        "sign_release",
        {"build_id": build_id, "signature": shop.shown("tina", Act.RELEASE, order_id, "release")},
    )
    assert own, "a technician releases nothing"
    shop.call(
        "raise_deviation",
        {
            "build_id": build_id,
            "seen": "a scratch",
            "signature": shop.shown("tina", Act.RAISE_DEVIATION, order_id, "deviation"),
        },
    )
    answer = shop.refused("sign_release", {"build_id": build_id, "signature": shown})
    assert "deviation" in json.dumps(answer).lower()
    shop.call(
        "decide_deviation",
        {
            "build_id": build_id,
            "deviation_id": f"{build_id}-D1",
            "decision": "no_effect",
            "reason": "The scratch is on the side that is cut off.",
            "signature": shop.shown("quinn", Act.DECIDE_DEVIATION, order_id, "decision"),
        },
    )
    stale = shop.error("sign_release", {"build_id": build_id, "signature": shown})
    assert stale["message"].startswith("The record changed while you read it.")
    sealed = shop.call(
        "sign_release",
        {"build_id": build_id, "signature": shop.shown("rob", Act.RELEASE, order_id, "release")},
    )
    about, record = shop.call_for_bytes("record", {"build_id": build_id})
    assert about["sealed"]
    assert hashlib.sha256(record).hexdigest() == sealed["record_sha256"]
    assert "Jordan" not in record.decode()
    ask_everything(shop, order_id, build_id, not_now=ALL - {"hand_over"})
    shop.call(
        "hand_over",
        {
            "build_id": build_id,
            "to": "ward 4B",
            "copy_given": True,
            "signature": shop.shown("tina", Act.HAND_OVER, order_id, "hand_over"),
        },
    )
    ask_everything(shop, order_id, build_id, not_now=ALL)
    for paper in shop.call("documents", {"build_id": build_id}):
        _, data = shop.call_for_bytes("document", {"build_id": build_id, "name": paper["name"]})
        assert hashlib.sha256(data).hexdigest() == paper["sha256"]
    said = shop.error("document", {"build_id": build_id, "name": "../../people.json"})
    assert said["kind"] == "document"
    assert shop.log_is_whole()


def test_whoever_made_the_part_does_not_release_it(shop: Workshop) -> None:
    order_id = shop.verified(QUICK)
    build_id = shop.call("permit_build", shop.permit_arguments(order_id, "rob"))["build_id"]
    shop.streamed(build_id)
    shop.sign_steps(order_id, build_id, "rob")
    shop.sign_inspection(order_id, build_id, "rob")
    found = shop.findings(
        "sign_release",
        {"build_id": build_id, "signature": shop.shown("rob", Act.RELEASE, order_id, "release")},
    )
    assert "BD-004" in found, found
    assert found["BD-004"]["observed"] == "You made it."
    assert shop.build_state(build_id) == "inspected"
    shop.call(
        "reject",
        {
            "build_id": build_id,
            "reason": "nobody left to release it",
            "signature": shop.shown("quinn", Act.REJECT, order_id, "reject"),
        },
    )
    assert shop.build_state(build_id) == "rejected"
    ask_everything(shop, order_id, build_id, not_now=ALL)


@pytest.mark.parametrize("who", ["admin", "tina", ""])
def test_who_holds_or_stops_is_on_record_as_a_claim(shop: Workshop, who: str) -> None:
    """Stop is never behind a password, and with nothing to stop it harms nothing."""
    before = shop.call("registers")["entries"]
    args: Any = {"reason": ["not", "text"], "unknown": 1}
    assert shop.call("stop", args, actor=who or "unknown") == "stopped"
    assert shop.call("registers")["entries"] >= before
    assert shop.state()["lock"]["mode"] == "locked"
