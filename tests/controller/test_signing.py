"""Who may sign what, on a whole controller: passwords, roles, what was shown, what has run out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mdps_plugin.build.signature import ACT_RULES, Act
from mdps_plugin.controller.accounts import LOCKED_FOR
from mdps_plugin.reading import instant_text
from tests.harness import wait_until

from . import bundles
from .workshop import QUICK, Workshop, started

NOTHING = "0" * 64


def quarantine(shop: Workshop, who: str, **changes: Any) -> dict[str, Any]:
    """A harmless act that needs the quality manager; the lot does not exist."""
    signature = {**shop.signature(who, Act.QUARANTINE_LOT), **changes}
    return shop.refused("quarantine_lot", {"lot_id": "L-0", "reason": "x", "signature": signature})


# Passwords.


def turned_away(shop: Workshop, since: datetime) -> bool:
    """Whether quinn's right password is refused for the lock, which began after ``since``.

    The lock goes by the machine's clock. Where that clock went on by ten minutes while nothing ran,
    an open account is right.
    """
    answer = quarantine(shop, "quinn")
    if datetime.now(UTC) - since >= LOCKED_FOR:
        pytest.skip("the machine stood still for as long as the lock lasts")
    return answer["error"]["message"].startswith("Quinn Adeyemi is locked until ")


def test_three_wrong_passwords_lock_the_account_and_a_restart_opens_nothing(
    a_copy: Callable[..., Workshop],
) -> None:
    shop = a_copy()
    shop.start_controller(printer=False)
    since = datetime.now(UTC)
    said = [quarantine(shop, "quinn", password=f"guess {n}")["error"] for n in range(3)]
    assert turned_away(shop, since), "the right one, too"
    assert [one["message"] for one in said] == [
        "Wrong password. 2 tries left.",
        "Wrong password. 1 try left.",
        "Wrong password. 0 tries left.",
    ]
    assert all(one["kind"] == "signature" for one in said)
    assert said[0]["next_step"] == "Use your own password."
    locked = quarantine(shop, "quinn", password="guess 3")["error"]
    assert locked["next_step"] == "Use another person's signature, or a wait."
    failed = [one["body"] for one in shop.entries(20) if one["kind"] == "signature_failed"]
    assert [(one["user"], one["act"]) for one in failed] == [("quinn", "quarantine_lot")] * 3
    assert "guess" not in str(shop.entries(20))
    other = quarantine(shop, "tina")
    assert "BD-003" in {one["code"] for one in other["refusal"]["findings"]}, "others go on"

    shop.kill_controller()
    shop.start_controller(printer=False)
    assert turned_away(shop, since)
    assert shop.log_is_whole()


def test_a_stranger_and_a_wrong_password_are_answered_alike(desk: Workshop) -> None:
    stranger = quarantine(desk, "quinn", user="nobody", password="x")["error"]
    known = quarantine(desk, "ines", password="x")["error"]
    assert stranger == known


def test_a_person_who_is_disabled_signs_nothing(a_copy: Callable[..., Workshop]) -> None:
    shop = a_copy()
    people = shop.cell / "people.json"
    text = people.read_text()
    place = text.index('"disabled": false', text.index('"quinn"'))
    people.write_text(text[:place] + '"disabled": true' + text[place + len('"disabled": false') :])
    shop.start_controller(printer=False)
    assert "Wrong password" in quarantine(shop, "quinn")["error"]["message"]


# Roles. Each act asks for one, and says which.

_BUILD = "B-20261123-ABCDEF"


@pytest.mark.parametrize(
    ("verb", "act", "user", "values"),
    [
        ("receive_lot", Act.RECEIVE_LOT, "ines", {"lot": "LOT"}),
        ("quarantine_lot", Act.QUARANTINE_LOT, "tina", {"lot_id": "22B", "reason": "x"}),
        ("dry_lot", Act.DRY_LOT, "ines", {"lot_id": "22B", "dried": "DRIED"}),
        ("record_training", Act.RECORD_TRAINING, "tina",
         {"user": "tina", "training": "mdps-operator", "valid_until": "2030-01-01T00:00:00Z"}),
        ("record_calibration", Act.RECORD_CALIBRATION, "rob",
         {"equipment": "caliper", "certificate": "C", "due": "2030-01-01T00:00:00Z"}),
        ("withdraw_recipe", Act.WITHDRAW_RECIPE, "rob", {"recipe_digest": "D", "reason": "x"}),
        ("import_recipes", Act.IMPORT_RECIPES, "ines", {"repository": "hospital", "path": "B"}),
        ("approve_recipe", Act.APPROVE_RECIPE, "tina", {"bundle": "B", "local_qualification": "x"}),
    ],
)  # fmt: skip
def test_an_act_without_its_role(
    desk: Workshop, verb: str, act: Act, user: str, values: dict[str, Any]
) -> None:
    lot = {**desk.call("lots")[0], "lot_id": "L-1"}
    dried = {"temperature_c": 45, "hours": 5, "finished_at": "2026-11-01T00:00:00Z"}
    digest = next(row["digest"] for row in desk.call("recipes"))
    bundle = str(bundles.find_bundle("validated_recipes/mask-extender"))
    known = {"LOT": lot, "DRIED": dried, "D": digest, "B": bundle}
    args = {key: known.get(value, value) for key, value in values.items()}
    before = desk.call("registers")
    found = desk.findings(verb, {**args, "signature": desk.signature(user, act)})
    assert set(found) == {"BD-003"}
    wanted = ACT_RULES[act].role_words
    assert wanted in found["BD-003"]["allowed"], found
    assert desk.call("registers") == before


def test_another_meaning_than_the_one_shown(desk: Workshop) -> None:
    said = quarantine(desk, "quinn", meaning="I saw it.")["error"]
    assert said["kind"] == "signature"
    assert said["allowed"] == ACT_RULES[Act.QUARANTINE_LOT].meaning


# What was shown is what is signed.


def test_a_permit_over_something_else_than_was_shown(shop: Workshop) -> None:
    order_id = shop.verified(QUICK)
    args = shop.permit_arguments(order_id)
    other = shop.permit_arguments(shop.verified(QUICK))
    for digest in (NOTHING, other["signature"]["subject_sha256"]):
        changed = {**args, "signature": {**args["signature"], "subject_sha256": digest}}
        said = shop.error("permit_build", changed)
        assert said["kind"] == "transition"
        assert said["message"] == "The record changed while you read it. Close and read again."
    blind = {key: value for key, value in args["signature"].items() if key != "subject_sha256"}
    said = shop.error("permit_build", {**args, "signature": blind})
    assert said["kind"] == "document"
    assert "signature.subject_sha256" in said["message"]
    assert shop.state()["build"] is None


def test_an_order_that_was_checked_again_meanwhile_can_still_be_signed(shop: Workshop) -> None:
    """The same bytes make the same digest: a second look at the same thing is no change."""
    order_id = shop.verified(QUICK)
    args = shop.permit_arguments(order_id)
    shop.check(order_id)
    assert shop.permit_arguments(order_id)["signature"] == args["signature"]


# What has run out, is missing or is another one: the decision at signing.


@pytest.fixture(scope="module")
def verified(shop: Workshop) -> str:
    return shop.verified(QUICK)


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"lot_id": "P-118"}, "BD-046", "P-118"),
        ({"plate": "textured PEI"}, "BD-044", "smooth PEI"),
        ({"plate_clear": False}, "BD-044", "clear"),
    ],
)
def test_a_permit_with_the_wrong_thing_in_hand(
    shop: Workshop, verified: str, changes: dict[str, Any], code: str, words: str
) -> None:
    found = shop.findings("permit_build", shop.permit_arguments(verified, **changes))
    assert code in found, found
    assert words in str(found[code]), found[code]
    assert shop.kinds(1) == ["permit_refused"]
    assert shop.state()["refusals"][0]["code"] in found


def test_a_permit_with_a_lot_that_nobody_received(shop: Workshop, verified: str) -> None:
    said = shop.error("permit_build", shop.permit_arguments(verified, lot_id="L-0"))
    assert said["message"].startswith("request: lot_id: observed L-0, unknown")


def test_a_permit_by_somebody_without_the_role_or_the_training(
    shop: Workshop, verified: str
) -> None:
    found = shop.findings("permit_build", shop.permit_arguments(verified, "ines"))
    assert {"BD-003", "BD-060"} <= set(found), found
    assert "technician or releaser" in found["BD-003"]["allowed"]


def _spoil_lot(shop: Workshop, **changes: Any) -> str:
    lot = {**next(one for one in shop.call("lots") if one["lot_id"] == "22B"), **changes}
    lot["lot_id"] = f"L-{len(shop.call('lots'))}"
    shop.register("receive_lot", Act.RECEIVE_LOT, lot=lot)
    return str(lot["lot_id"])


_PAST = instant_text((datetime.now(UTC) - timedelta(days=200)).replace(microsecond=0))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"expires": _PAST}, "BD-047"),
        ({"certificate_sha256": None}, "BD-048"),
        ({"opened_at": _PAST}, "BD-049"),
        ({"dried": None}, "BD-050"),
        ({"quarantined": True}, "BD-051"),
        ({"remaining_g": 1}, "BD-052"),
        ({"colour": "blue"}, "BD-046"),
    ],
)
def test_a_lot_that_may_not_be_used(
    shop: Workshop, verified: str, changes: dict[str, Any], code: str
) -> None:
    lot_id = _spoil_lot(shop, **changes)
    offered = {one["lot_id"]: one for one in shop.order(verified)["lots"]}[lot_id]
    assert not offered["usable"]
    assert code in {one["code"] for one in offered["reasons"]}, offered
    found = shop.findings("permit_build", shop.permit_arguments(verified, lot_id=lot_id))
    assert set(found) == {code}
    assert lot_id in found[code]["observed"]


def _renew(shop: Workshop, certificate: str, until: str) -> None:
    """Put tina's training and the caliper's calibration on record anew."""
    training = {"user": "tina", "training": "mdps-operator", "valid_until": until}
    shop.register("record_training", Act.RECORD_TRAINING, **training)
    calibration = {"equipment": "caliper", "certificate": certificate, "due": until}
    shop.register("record_calibration", Act.RECORD_CALIBRATION, **calibration)


def test_what_the_site_lets_run_out(a_copy: Callable[..., Workshop]) -> None:
    """Training, calibration, room: each newest record counts, and a past one refuses."""
    with started(a_copy()) as shop:
        order_id = shop.verified(QUICK)
        args = shop.permit_arguments(order_id)
        _renew(shop, "C-2", _PAST)
        shop.room(35, 90)
        found = shop.findings("permit_build", args)
        assert set(found) == {"BD-061", "BD-062", "BD-064"}, found

        until = instant_text((datetime.now(UTC) + timedelta(days=9)).replace(microsecond=0))
        _renew(shop, "C-3", until)
        shop.room(22, 40)
        build_id = shop.call("permit_build", args)["build_id"]

        # Withdrawn and quarantined between signing and starting: the permit opens nothing.
        shop.connect_host()
        digest = shop.order(order_id)["recipe"]["digest"]
        shop.register("quarantine_lot", Act.QUARANTINE_LOT, lot_id="22B", reason="recall")
        shop.register("withdraw_recipe", Act.WITHDRAW_RECIPE, recipe_digest=digest, reason="recall")
        found = shop.findings("arm_build", {"build_id": build_id})
        assert set(found) == {"BD-024", "BD-051"}
        assert shop.build_state(build_id) == "permitted"
        shop.call("stop", {})
        assert shop.build_state(build_id) == "aborted"

        found = shop.findings("permit_build", shop.permit_arguments(order_id))
        assert {"BD-024", "BD-051"} <= set(found)
        said = shop.error("receive_order", {"order": shop.make_order(QUICK)[0]})
        assert said["observed"] == f"{QUICK}, any revision"
        said = shop.error(
            "approve_recipe",
            {
                "bundle": str(shop.cell / "recipes" / QUICK / "1"),
                "local_qualification": "again",
                "signature": shop.signature("quinn", Act.APPROVE_RECIPE),
            },
        )
        assert "withdrawn stays so" in said["allowed"]
        assert shop.log_is_whole()


# One permit, once.


def test_a_permit_burns_once_and_only_when_everything_is_there(shop: Workshop) -> None:
    order_id, build_id = shop.permitted(QUICK)
    assert shop.error("arm_build", {"build_id": build_id})["kind"] == "transition", "no host"
    again = shop.refused("permit_build", shop.permit_arguments(order_id))
    assert {"BD-015", "BD-016"} & {one["code"] for one in again["refusal"]["findings"]}
    other = shop.verified(QUICK)
    found = shop.findings("permit_build", shop.permit_arguments(other))
    assert any(build_id in one["observed"] for one in found.values()), found
    assert shop.error("verify_order", {"order_id": order_id})["kind"] == "transition"
    shop.connect_host()
    shop.call("arm_build", {"build_id": build_id})
    assert set(shop.findings("arm_build", {"build_id": build_id})) == {"BD-111"}
    shop.call("stop", {"reason": "Test"})
    wait_until(lambda: shop.build_state(build_id) == "aborted", what="the end of the build")
    answer = shop.refused("arm_build", {"build_id": build_id})
    assert "aborted" in str(answer["refusal"]["findings"])


def test_two_people_who_start_at_the_same_moment(shop: Workshop) -> None:
    """One of two permits for the one printer is given, whatever the threads do."""
    wait_until(lambda: shop.state()["build"] is None, what="a free printer")
    orders = [shop.verified(QUICK) for _ in range(2)]
    arguments = [shop.permit_arguments(one) for one in orders]
    given: list[str] = []
    refused: list[str] = []

    def start(args: dict[str, Any]) -> None:
        try:
            given.append(shop.call("permit_build", args)["build_id"])
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is counted
            refused.append(str(fault))

    threads = [threading.Thread(target=start, args=(args,)) for args in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == 1, refused
    assert len(refused) == 1
    shop.call("stop", {})
    assert shop.build_state(given[0]) == "aborted"
    assert shop.log_is_whole()
