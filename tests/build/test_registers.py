"""What the fold keeps beside the builds: recipes and lots, refusals, wrong passwords."""

from __future__ import annotations

import pytest

from mdps_plugin.build.decide import decide
from mdps_plugin.build.lifecycle import (
    OrderState,
)
from mdps_plugin.build.signature import Act
from mdps_plugin.errors import DocumentError

from .history import History
from .scenarios import EVIDENCE
from .world import QUALITY, TECHNICIAN


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
