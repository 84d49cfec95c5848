"""What a review of key changes found: marks that a kept key carries on, changes that ride along."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mdps_plugin.distribution.people import Holder, tuf_key
from mdps_plugin.distribution.repository_store import load_repository, save_repository

from .desk import Desk
from .test_rotation import maker
from .world import EVERYBODY, NOW, PATH, World, private

__all__ = ["maker"]


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def recalled(world: World, *, keep: bool) -> dict[str, bytes]:
    """The stick from before a recall, under the root of after it, in which a timestamp key came.

    ``keep``: whether the key from before still signs.
    """
    old = dict(world.maker.files)
    world.at = NOW
    world.maker.withdraw(PATH, "breaks", world.at)
    world.install(world.maker, *EVERYBODY)
    assert world.take("manufacturer").verdict.accepted
    before = world.maker.keys_for("timestamp")
    added = tuf_key(Holder(name="clockwork2", public=private("clockwork2").public_key()))
    keys = (*before.keys, added) if keep else (added,)
    world.maker.set_keys([replace(before, keys=keys, threshold=1)], world.at)
    world.install(world.maker, *EVERYBODY, "clockwork2")
    roots = {name: data for name, data in world.maker.files.items() if name.endswith(".root.json")}
    return {**old, **roots}


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("keep", [True, False])
def test_a_key_that_is_added_does_not_hide_a_recall(world: World, lost: bool, keep: bool) -> None:
    forged = recalled(world, keep=keep)
    if lost:
        (world.folder / "trust" / "manufacturer.zip").unlink()
    taken = world.take("manufacturer", forged)
    assert not taken.verdict.accepted
    codes = {finding.code for finding in taken.verdict.refusals()}
    if keep and lost:
        # The old timestamp verifies: what holds is the mark of the keys before.
        assert codes == {"TR-021"}


def test_a_weaker_threshold_does_not_ride_along_with_a_lost_key(desk: Desk, maker: Path) -> None:
    # Somebody who can write to the folder, and has no key.
    staged = load_repository(maker)
    staged.set_keys([replace(staged.keys_for("root"), threshold=1)], NOW)
    save_repository(staged, maker)
    desk.key("rosa2")
    words = ("revoke-key", maker, "rosa", "--replace", f"rosa={desk.pub('rosa2')}")
    refused = desk.run(*words, *desk.keys("ruth", "ralf"), expect=1)
    assert "root: 1 of 3 must sign, until now 2" in str(refused)
    # Who means both says so, and who signs is told what.
    said = desk.run(*words, "--on-top", *desk.keys("ruth"), expect=1)
    assert "root: 1 of 3 must sign, until now 2" in said["changes"]
    assert "root: rosa no longer signs" in said["changes"]
    before_signing = load_repository(maker).states()
    untold = desk.run("sign", maker, *desk.keys("ralf"), expect=1)
    assert "root: 1 of 3 must sign, until now 2" in str(untold)
    assert load_repository(maker).states() == before_signing
    signed = desk.run("sign", maker, "--key-changes", *desk.keys("ralf"))
    assert "root: 1 of 3 must sign, until now 2" in signed["changes"]


def test_other_bytes_under_the_same_name_hold_a_release(world: World) -> None:
    role = "example-maker.aids"
    edited = world.maker.edit(role, world.at)
    made_from = edited.signed.targets[PATH].hashes["sha256"]
    with world.chain.look(world.at) as look:
        assert look.judge_recall("mask-extender", 1, made_from).accepted
    # No command of ours writes such a list; another program can.
    world.maker._name(edited.signed, PATH, b'{"other": "bytes"}', {})
    world.maker.stage(role, edited, world.at)
    world.install(world.maker, *EVERYBODY)
    assert world.take("manufacturer").verdict.accepted
    with world.chain.look(world.at) as look:
        held = look.judge_recall("mask-extender", 1, made_from)
    assert [finding.code for finding in held.refusals()] == ["TR-001"]
