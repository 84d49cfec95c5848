"""Signatures: what they cover, who may give them."""

from __future__ import annotations

import pytest

from mdps_plugin.build.people import Person, Role
from mdps_plugin.build.signature import (
    ACT_RULES,
    Act,
    may_sign,
    read_signature,
    sign,
    signed_subject,
)
from mdps_plugin.reading import Fields

from ..factories import NOW
from .world import BOTH, INSPECTOR, QUALITY, RELEASER, SHOWN, TECHNICIAN


def test_every_act_has_one_meaning_of_its_own() -> None:
    assert set(ACT_RULES) == set(Act)
    meanings = [rule.meaning for rule in ACT_RULES.values()]
    assert len(set(meanings)) == len(meanings)
    assert all(rule.roles for rule in ACT_RULES.values())


def test_signature_shows_name_time_meaning_and_covers_all_three_parts() -> None:
    one = sign(TECHNICIAN, Act.STEP, at=NOW, shown_sha256=SHOWN, values={"a": 1})
    assert (one.printed_name, one.at, one.role) == ("Tess Technician", NOW, Role.TECHNICIAN)
    assert one.meaning == ACT_RULES[Act.STEP].meaning
    others = {
        signed_subject(Act.STEP, SHOWN, {"a": 1}),
        signed_subject(Act.STEP, SHOWN, {"a": 2}),
        signed_subject(Act.RELEASE, SHOWN, {"a": 1}),
        signed_subject(Act.STEP, "00" * 32, {"a": 1}),
    }
    assert len(others) == 4
    assert one.subject_sha256 in others


def test_signature_round_trip() -> None:
    one = sign(RELEASER, Act.RELEASE, at=NOW, shown_sha256=SHOWN, values=None)
    assert read_signature(Fields(one.to_json(), "log")) == one


@pytest.mark.parametrize("act", [act for act in Act if act is not Act.EXPORT])
def test_inspector_signs_for_nothing_but_what_goes_out(act: Act) -> None:
    assert not may_sign(INSPECTOR, Act.EXPORT)
    assert [finding.code for finding in may_sign(INSPECTOR, act)] == ["BD-003"]
    with pytest.raises(RuntimeError):
        sign(INSPECTOR, act, at=NOW, shown_sha256=SHOWN, values=None)


@pytest.mark.parametrize("act", [Act.RELEASE, Act.DECIDE_DEVIATION, Act.APPROVE_RECIPE])
def test_technician_neither_releases_nor_decides(act: Act) -> None:
    assert may_sign(TECHNICIAN, act)


def test_roles_never_let_a_maker_release() -> None:
    everything = Person.of("bo", "Bo Both", [role.value for role in Role])
    assert may_sign(everything, Act.RELEASE, made_by=["tess"], operator="tess") == ()
    assert [one.code for one in may_sign(everything, Act.RELEASE, operator="bo")] == ["BD-004"]
    assert [one.code for one in may_sign(everything, Act.RELEASE, ["bo"])] == ["BD-004"]
    assert [one.code for one in may_sign(everything, Act.DECIDE_DEVIATION, ["bo"])] == ["BD-005"]


def test_both_roles_sign_as_what_the_act_asks_for() -> None:
    assert sign(BOTH, Act.RELEASE, at=NOW, shown_sha256=SHOWN, values=None).role is Role.RELEASER
    assert may_sign(QUALITY, Act.STEP)
