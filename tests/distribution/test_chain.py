"""What holds when nobody attacks: both repositories agree, a recipe goes its whole way."""

from __future__ import annotations

import dataclasses
import threading
from typing import Any

import pytest

from mdps_plugin.distribution import chain
from mdps_plugin.distribution.edit import Repository
from mdps_plugin.findings import Finding
from mdps_plugin.recipes.bundle import verify_bundle

from .world import DAY, EVERYBODY, HOSPITAL, MODEL, NOW, PATH, World, role, shipped, signer


def test_both_name_the_same_bytes(world: World) -> None:
    with world.chain.look(NOW) as look:
        verdict = look.judge(PATH)
        assert verdict.accepted, [finding.message() for finding in verdict.findings]
        files = look.bundle(PATH)
        assert not isinstance(files, Finding)
        assert look.signers is not None
        assert verify_bundle(files, look.signers, NOW, PATH).verdict.accepted
        assert files == dict(shipped("mask-extender")[1])


def test_hospital_has_not_approved(world: World) -> None:
    world.maker.publish("aids", [shipped("finger-splint")], NOW)
    world.install(world.maker, *EVERYBODY)
    assert world.take("manufacturer").verdict.accepted
    assert world.codes("aids/finger-splint/1/recipe.dsse.json") == ["TR-025"]


def test_hospital_names_other_bytes(world: World) -> None:
    world.approve(sha256="0" * 64)
    world.take("hospital")
    assert world.codes() == ["TR-024"]


def test_hospital_withdraws_today(world: World) -> None:
    world.hospital.withdraw(PATH, "cracks found in the clip", NOW)
    world.install(world.hospital, *HOSPITAL)
    assert world.take("hospital").verdict.accepted
    assert world.codes() == ["TR-026"]
    assert world.codes(MODEL) == []


def test_stolen_hospital_keys_cannot_add_a_recipe(world: World) -> None:
    world.hospital.approve(
        "aids/evil/1/recipe.dsse.json",
        sha256="1" * 64,
        length=10,
        recipe_digest="2" * 64,
        qualification="none",
        at=NOW,
    )
    world.install(world.hospital, *HOSPITAL)
    world.take("hospital")
    assert world.codes("aids/evil/1/recipe.dsse.json") == ["TR-001"]


def test_recall_travels_on_a_stick_with_lists_only(world: World) -> None:
    world.maker.withdraw(PATH, "recall 2026-7: may break", NOW)
    world.install(world.maker, *EVERYBODY)
    lists = {k: v for k, v in world.maker.files.items() if k.startswith("metadata/")}
    imported = world.take("manufacturer", lists)
    assert imported.verdict.accepted
    assert world.codes() == ["TR-019"]
    # The recipe that stays is still whole: it came from the mirror before.
    with world.chain.look(NOW) as look:
        assert look.bundle(MODEL) == dict(shipped("anatomical-model")[1])


def test_hospital_goes_stale_before_the_manufacturer(world: World) -> None:
    world.at = NOW + 4 * DAY
    assert world.codes() == ["TR-010"]
    world.hospital.renew([signer("qms")], world.at)
    world.take("hospital")
    assert world.codes() == []


def test_nothing_imported_is_nothing_usable(world: World) -> None:
    for mirror in (world.folder / "trust").glob("*.zip"):
        mirror.unlink()
    assert world.codes() == ["TR-027", "TR-027"]


def test_rotation_of_keys(world: World) -> None:
    world.maker.rotate("example-maker.aids", role("quinn", "nina"), NOW)
    world.maker.rotate("timestamp", role("newclock", days=120), NOW)
    world.install(world.maker, *EVERYBODY, "nina", "newclock")
    imported = world.take("manufacturer")
    assert imported.verdict.accepted, [f.message() for f in imported.verdict.findings]
    assert world.codes() == []


def test_a_look_does_not_wait_for_an_import(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release looks while hundreds of megabytes are verified and packed."""
    begun, go_on = threading.Event(), threading.Event()
    real = chain.mirror_content

    def slowly(*arguments: Any) -> Any:
        begun.set()
        assert go_on.wait(30)
        return real(*arguments)

    monkeypatch.setattr(chain, "mirror_content", slowly)
    world.maker.withdraw(PATH, "recall 2026-7: may break", NOW)
    world.install(world.maker, *EVERYBODY)
    outcomes: list[bool] = []
    importing = threading.Thread(
        target=lambda: outcomes.append(world.take("manufacturer").verdict.accepted)
    )
    importing.start()
    try:
        assert begun.wait(30)
        # Until it is in place the mirror before stands, whole.
        assert world.codes() == []
        assert outcomes == []
    finally:
        go_on.set()
        importing.join(30)
    assert outcomes == [True]
    assert world.codes() == ["TR-019"]


def test_people_who_never_meet(world: World) -> None:
    maker = world.maker
    maker.publish("aids", [shipped("finger-splint")], NOW)
    (state,) = maker.states()
    assert (state.signed, set(state.missing), state.lacking) == ((), {"quinn", "reg"}, 2)
    one = Repository(maker.files, "the file at the first")
    assert one.sign(state.role, signer("quinn"))
    assert not one.sign(state.role, signer("mallory"))
    assert one.finish([signer("machine"), signer("clockwork")], NOW) == ()
    other = Repository(one.files, "the file at the second")
    (state,) = other.states()
    assert (state.signed, state.missing, state.lacking) == (("quinn",), ("reg",), 1)
    assert other.sign(state.role, signer("reg"))
    assert other.finish([signer("machine"), signer("clockwork")], NOW) == (state.role,)
    assert world.take("manufacturer", other.files).verdict.accepted


def test_a_newer_revision_is_only_a_warning(world: World) -> None:
    recipe, files = shipped("mask-extender")
    newer = dataclasses.replace(recipe, identity=dataclasses.replace(recipe.identity, revision=2))
    world.maker.publish("aids", [(newer, files)], NOW)
    world.install(world.maker, *EVERYBODY)
    assert world.take("manufacturer").verdict.accepted
    with world.chain.look(NOW) as look:
        verdict = look.judge(PATH)
    assert verdict.accepted
    assert [finding.code for finding in verdict.findings] == ["TR-031"]
