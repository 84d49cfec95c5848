"""The 25 attacks of the study, one row each: what is done, what the refusal names, the next step.

The last four are those that a stock TUF client lets through. Each row begins at a client that has
accepted both repositories, and ends with the code that refuses the recipe.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tuf.api.metadata import Metadata

from mdps_plugin.distribution import codes
from mdps_plugin.distribution.mirror_store import write_zip
from mdps_plugin.findings import FindingKind

from .world import (
    DAY,
    EVERYBODY,
    HOSPITAL,
    MODEL,
    NOW,
    PATH,
    World,
    newest,
    private,
    reworked,
    role,
    shipped,
    signed_by,
    signer,
)

AIDS = "example-maker.aids"


@dataclass(frozen=True)
class Attack:
    """``run`` attacks and returns the codes that refuse; ``names`` must be among them."""

    title: str
    run: Callable[[World], list[str]]
    names: FindingKind
    step: str


def _imported(world: World, files: dict[str, bytes]) -> list[str]:
    """Codes of the refused import. What was accepted before must still stand."""
    imported = world.take("manufacturer", files)
    assert not imported.verdict.accepted, "the attack was accepted"
    return [finding.code for finding in imported.verdict.refusals()]


def _released(world: World) -> dict[str, bytes]:
    """A good newer repository, for the attacker to spoil."""
    world.maker.publish("aids", [shipped("finger-splint")], NOW)
    world.install(world.maker, *EVERYBODY)
    return dict(world.maker.files)


def planted(world: World) -> list[str]:
    return world.codes("aids/planted/1/recipe.dsse.json")


def path_trick(world: World) -> list[str]:
    return world.codes("aids/../../../etc/1/recipe.dsse.json")


def unsigned(world: World) -> list[str]:
    files = _released(world)
    name = newest(files, "targets")
    files[newest(files, AIDS)] = signed_by(files[newest(files, AIDS)])
    assert name in files
    return _imported(world, files)


def strangers(world: World) -> list[str]:
    files = _released(world)
    name = newest(files, AIDS)
    files[name] = signed_by(files[name], "mallory", "mike")
    return _imported(world, files)


def one_of_two(world: World) -> list[str]:
    files = _released(world)
    name = newest(files, AIDS)
    files[name] = signed_by(files[name], "quinn")
    return _imported(world, files)


def doubled(world: World) -> list[str]:
    files = _released(world)
    name = newest(files, AIDS)
    once = signed_by(files[name], "quinn")
    files[name] = reworked(once, lambda d: d["signatures"].append(d["signatures"][0]))
    return _imported(world, files)


def target_changed(world: World) -> list[str]:
    mirror = world.folder / "trust" / "manufacturer.zip"
    files = dict(world.maker.files)
    (name,) = [key for key in files if key.startswith("targets/aids/")]
    write_zip(mirror, {**files, name: files[name].replace(b"payload", b"daolyap")})
    with world.chain.look(NOW) as look:
        data = look.bundle(PATH)
    return [getattr(data, "code", "accepted")]


def endless(world: World) -> list[str]:
    mirror = world.folder / "trust" / "manufacturer.zip"
    files = dict(world.maker.files)
    (name,) = [key for key in files if key.startswith("targets/aids/")]
    write_zip(mirror, {**files, name: files[name] + b" " * 10_000_000})
    with world.chain.look(NOW) as look:
        data = look.bundle(PATH)
    return [getattr(data, "code", "accepted")]


def byte_changed(world: World) -> list[str]:
    files = _released(world)
    name = newest(files, AIDS)

    def change(document: dict[str, Any]) -> None:
        document["signed"]["expires"] = "2099-01-01T00:00:00Z"

    files[name] = reworked(files[name], change)
    return _imported(world, files)


def timestamp_expired(world: World) -> list[str]:
    world.at = NOW + 130 * DAY
    return world.codes()


def role_expired(world: World) -> list[str]:
    # The lists of the families end a year on; only snapshot and timestamp are renewed.
    world.at = NOW + 366 * DAY
    for item in ("targets",):
        world.maker.stage(item, world.maker.edit(item, world.at), world.at)
    world.install(world.maker, *EVERYBODY)
    world.take("manufacturer")
    world.hospital.stage("targets", world.hospital.edit("targets", world.at), world.at)
    world.install(world.hospital, *HOSPITAL)
    world.take("hospital")
    return world.codes()


def root_expired(world: World) -> list[str]:
    world.at = NOW + 3700 * DAY
    world.maker.renew([signer("machine"), signer("clockwork")], world.at)
    return _imported(world, dict(world.maker.files))


def old_stick(world: World) -> list[str]:
    old = dict(world.maker.files)
    _released(world)
    assert world.take("manufacturer").verdict.accepted
    return _imported(world, old)


def rollback_inside(world: World) -> list[str]:
    before = dict(world.maker.files)
    _released(world)
    assert world.take("manufacturer").verdict.accepted
    # The snapshot keys are stolen: a new snapshot names the family's old list.
    thief = world.maker
    for name in [key for key in thief.files if key.endswith(f".{AIDS}.json")]:
        if name not in before:
            del thief.files[name]
    thief.renew([signer("machine"), signer("clockwork")], NOW)
    return _imported(world, dict(thief.files))


def mixed(world: World) -> list[str]:
    old = dict(world.maker.files)
    files = _released(world)
    name = newest(files, "snapshot")
    files[name] = old[newest(old, "snapshot")]
    return _imported(world, files)


def revoked_key(world: World) -> list[str]:
    world.maker.rotate(AIDS, role("quinn", "nina"), NOW)
    world.install(world.maker, *EVERYBODY, "nina")
    assert world.take("manufacturer").verdict.accepted
    world.maker.publish("aids", [shipped("finger-splint")], NOW)
    world.install(world.maker, *EVERYBODY, "nina")
    files = dict(world.maker.files)
    name = newest(files, AIDS)
    files[name] = signed_by(files[name], "quinn", "reg")
    return _imported(world, files)


def usurped_root(world: World) -> list[str]:
    files = dict(world.maker.files)
    metadata: Metadata[Any] = Metadata.from_bytes(files["metadata/1.root.json"])
    metadata.signed.version = 2
    from securesystemslib.signer import SSlibKey

    for keyid in list(metadata.signed.roles["root"].keyids):
        metadata.signed.revoke_key(keyid, "root")
    for name in ("ruth", "mallory"):
        metadata.signed.add_key(SSlibKey.from_crypto(private(name).public_key()), "root")
    files["metadata/2.root.json"] = signed_by(metadata.to_bytes(), "ruth", "mallory")
    return _imported(world, files)


def rotated_away(world: World) -> list[str]:
    world.maker.rotate("timestamp", role("newclock", days=120), NOW)
    world.install(world.maker, *EVERYBODY, "newclock")
    assert world.take("manufacturer").verdict.accepted
    world.maker.renew([signer("machine"), signer("newclock")], NOW)
    files = dict(world.maker.files)
    name = "metadata/timestamp.json"
    files[name] = signed_by(files[name], "clockwork")
    return _imported(world, files)


def foreign_family(world: World) -> list[str]:
    maker = world.maker
    name = "example-maker.models"
    metadata = maker.edit(name, NOW)
    stolen = "aids/finger-splint/1/recipe.dsse.json"
    maker._name(metadata.signed, stolen, shipped("finger-splint")[1]["recipe.dsse.json"], {})
    maker.stage(name, metadata, NOW)
    world.install(maker, *EVERYBODY)
    assert world.take("manufacturer").verdict.accepted
    return [code for code in world.codes(stolen) if code != "TR-025"]


def recalled(world: World) -> list[str]:
    world.maker.withdraw(PATH, "recall 2026-7", NOW)
    world.install(world.maker, *EVERYBODY)
    assert world.take("manufacturer").verdict.accepted
    return world.codes()


def no_timestamp(world: World) -> list[str]:
    files = _released(world)
    del files["metadata/timestamp.json"]
    return _imported(world, files)


def emptied_state(world: World) -> list[str]:
    old = dict(world.maker.files)
    _released(world)
    assert world.take("manufacturer").verdict.accepted
    # A power cut leaves files of no length where the last accepted lists were.
    mirror = world.folder / "trust" / "manufacturer.zip"
    mirror.write_bytes(b"")
    return _imported(world, old)


def wiped_state(world: World) -> list[str]:
    old = dict(world.maker.files)
    _released(world)
    imported = world.take("manufacturer")
    assert imported.verdict.accepted
    for file in (world.folder / "trust").iterdir():
        file.unlink()
    # Marks and mirror are gone; the audit log still holds what was accepted.
    world.reopen(seed=imported.marks)
    return _imported(world, old)


def one_key_twice(world: World) -> list[str]:
    maker = world.maker
    metadata = maker.edit("targets", NOW)
    role_ = metadata.signed.delegations.roles[AIDS]
    keyid = role_.keyids[0]
    key = metadata.signed.delegations.keys[keyid].to_dict()
    from tuf.api.metadata import Key

    metadata.signed.delegations.keys["f" * 64] = Key.from_dict("f" * 64, key)
    role_.keyids[:] = [keyid, "f" * 64]
    maker.stage("targets", metadata, NOW)
    world.install(maker, *EVERYBODY)
    return _imported(world, dict(maker.files))


def clock_back(world: World) -> list[str]:
    world.at = NOW + 5 * DAY
    world.hospital.renew([signer("qms")], world.at)
    assert world.take("hospital").verdict.accepted
    world.at = NOW
    return world.codes()


TABLE = (
    Attack("a file that no list names", planted, codes.NOT_NAMED, "came from"),
    Attack("a name with ..", path_trick, codes.BAD_PATH, "quality manager"),
    Attack("an unsigned list", unsigned, codes.UNSIGNED, "fresh one"),
    Attack("a list signed by two strangers", strangers, codes.STRANGERS, "Tell the manufacturer"),
    Attack("one of two signatures", one_of_two, codes.BELOW_THRESHOLD, "everybody needed"),
    Attack("the same signature twice", doubled, codes.SIGNATURE_DOUBLED, "Tell the manufacturer"),
    Attack("a recipe changed", target_changed, codes.TARGET_ALTERED, "fresh one"),
    Attack("an endless recipe", endless, codes.ENDLESS, "fresh one"),
    Attack("one byte of a list changed", byte_changed, codes.METADATA_ALTERED, "fresh one"),
    Attack("freeze: the timestamp expired", timestamp_expired, codes.FROZEN, "newest stick"),
    Attack("a family's list expired", role_expired, codes.ROLE_EXPIRED, "newest stick"),
    Attack("the root expired", root_expired, codes.ROOT_EXPIRED, "newer root"),
    Attack("an old stick, whole and validly signed", old_stick, codes.ROLLBACK, "newest stick"),
    Attack("rollback in a new snapshot", rollback_inside, codes.SNAPSHOT_ROLLBACK, "Tell"),
    Attack("mix and match", mixed, codes.MIXED, "fresh one"),
    Attack("a revoked key of a family", revoked_key, codes.REVOKED_KEY, "stolen"),
    Attack("a root by one old key and a stranger", usurped_root, codes.ROOT_NOT_CHAINED, "at once"),
    Attack("a timestamp key rotated away", rotated_away, codes.REVOKED_KEY, "stolen"),
    Attack("a family names another's recipe", foreign_family, codes.FOREIGN_FAMILY, "Tell"),
    Attack("a recipe withdrawn", recalled, codes.RECALLED, "Quarantine"),
    Attack("a stick without timestamp", no_timestamp, codes.INCOMPLETE, "whole"),
    Attack("old stick after the state was emptied", emptied_state, codes.ROLLBACK_OF_RECORD, "IT"),
    Attack("old stick after the state was wiped", wiped_state, codes.ROLLBACK_OF_RECORD, "IT"),
    Attack("one key under two key ids", one_key_twice, codes.KEY_TWICE, "at once"),
    Attack("the clock set back", clock_back, codes.CLOCK_BACK, "Set the clock"),
)


def test_the_study_has_25() -> None:
    assert len(TABLE) == 25


@pytest.mark.parametrize("attack", TABLE, ids=lambda attack: attack.title)
def test_attack_is_refused_and_named(world: World, attack: Attack) -> None:
    refused = attack.run(world)
    assert attack.names.code in refused, refused
    assert attack.step in attack.names.next_step


@pytest.mark.parametrize(
    "attack",
    [row for row in TABLE if row.run in (unsigned, strangers, one_of_two, mixed, byte_changed)],
    ids=lambda attack: attack.title,
)
def test_a_refused_stick_changes_nothing(world: World, attack: Attack) -> None:
    attack.run(world)
    assert world.codes() == []
    assert world.codes(MODEL) == []


def test_fast_forward_is_mended_by_a_new_key(world: World) -> None:
    """TUF 1.0.34, 5.3.11: a thief set the timestamp to a huge version; new keys begin anew."""
    metadata: Metadata[Any] = Metadata.from_bytes(world.maker.files["metadata/timestamp.json"])
    metadata.signed.version = 2**31
    files = dict(world.maker.files)
    files["metadata/timestamp.json"] = signed_by(metadata.to_bytes(), "clockwork")
    assert world.take("manufacturer", files).verdict.accepted
    assert not world.take("manufacturer").verdict.accepted
    world.maker.rotate("timestamp", role("newclock", days=120), NOW)
    world.install(world.maker, *EVERYBODY, "newclock")
    assert world.take("manufacturer").verdict.accepted
    assert world.codes() == []
