"""Holes that a review found, one row each: the fault is made real, the refusal is named."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from securesystemslib.signer import SSlibKey
from tuf.api.metadata import Key, Metadata, TargetFile, Targets

from mdps_plugin.cli.recipe.repository_options import paths_in
from mdps_plugin.distribution.edit import Repository
from mdps_plugin.distribution.layout import WITHDRAWN
from mdps_plugin.distribution.marks import Mark
from mdps_plugin.distribution.marks_store import MarksStore
from mdps_plugin.distribution.mirror_store import write_zip
from mdps_plugin.distribution.repository_store import load_repository, save_repository
from mdps_plugin.distribution.updater_link import key_value
from mdps_plugin.errors import DocumentError, StoreError
from mdps_plugin.recipes.store import default_root_path

from .world import (
    DAY,
    EVERYBODY,
    HOSPITAL,
    MODEL,
    NOW,
    PATH,
    World,
    newest,
    shipped,
    signed_by,
    signer,
)

AIDS = "example-maker.aids"
OTHER = "models/mask-extender/1/recipe.dsse.json"


def recall(world: World, name: str = "mask-extender") -> list[str]:
    with world.chain.look(world.at) as look:
        verdict = look.judge_recall(name, 1)
        assert verdict.accepted != bool(verdict.refusals())
        return sorted({finding.code for finding in verdict.refusals()})


def taken(world: World, files: dict[str, bytes] | None = None) -> list[str]:
    return [finding.code for finding in world.take("manufacturer", files).verdict.refusals()]


def in_second_family(maker: Repository, data: bytes | None = None) -> None:
    """``publish`` refuses it: a manufacturer with other tools names one revision twice."""
    role = "example-maker.models"
    metadata = maker.edit(role, NOW)
    envelope = data or shipped("mask-extender")[1]["recipe.dsse.json"]
    maker._name(metadata.signed, OTHER, envelope, {"recipe_digest": "0" * 64})
    maker.stage(role, metadata, NOW)


# Keys


def _p256(document: dict[str, Any]) -> None:
    public = ec.derive_private_key(7, ec.SECP256R1()).public_key()
    document.update(SSlibKey.from_crypto(public).to_dict(), keytype="ecdsa-sha2-nistp256")


def _spaced(document: dict[str, Any]) -> None:
    value = document["keyval"]["public"]
    document["keyval"]["public"] = f"{value[:2]} {value[2:].upper()}"


@pytest.mark.parametrize("spell", [_p256, _spaced])
def test_one_key_in_two_spellings(world: World, spell: Callable[[dict[str, Any]], None]) -> None:
    maker = world.maker
    metadata = maker.edit("targets", NOW)
    delegations = metadata.signed.delegations
    role = delegations.roles[AIDS]
    first = delegations.keys[role.keyids[0]]
    if spell is _p256:
        first = SSlibKey.from_crypto(ec.derive_private_key(7, ec.SECP256R1()).public_key())
        delegations.keys[first.keyid] = first
    other = copy.deepcopy(first.to_dict())
    spell(other)
    delegations.keys["f" * 64] = Key.from_dict("f" * 64, other)
    role.keyids[:] = [first.keyid, "f" * 64]
    files = dict(maker.files)
    files["metadata/2.targets.json"] = signed_by(metadata.to_bytes(), "quinn", "reg")
    forged = Repository(files, "maker")
    forged.renew([signer("machine"), signer("clockwork")], NOW)
    assert taken(world, forged.files) == ["TR-022"]


def test_a_key_of_an_unknown_kind_is_a_value_too() -> None:
    der = bytearray(
        ec.derive_private_key(7, ec.SECP256R1())
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    der[der.index(bytes.fromhex("2a8648ce3d030107")) + 7] = 0x77
    pem = base64.encodebytes(bytes(der)).decode()
    for public in (f"-----BEGIN PUBLIC KEY-----\n{pem}-----END PUBLIC KEY-----\n", "\ud800"):
        key = SSlibKey("a" * 64, "ecdsa", "ecdsa-sha2-nistp256", {"public": public})
        assert key_value(key) == key_value(key)


def test_a_root_that_names_a_key_it_does_not_hold(world: World) -> None:
    metadata = world.maker.edit("root", NOW)
    metadata.signed.roles["timestamp"].keyids.append("a" * 64)
    files = dict(world.maker.files)
    files["metadata/2.root.json"] = signed_by(metadata.to_bytes(), "ruth", "ralf")
    assert taken(world, files) == ["TR-028"]


# Versions and marks


@pytest.mark.parametrize("version", [2**60, 2**63])
def test_a_version_that_no_record_can_hold(world: World, version: int) -> None:
    metadata: Metadata[Any] = Metadata.from_bytes(world.maker.files["metadata/timestamp.json"])
    metadata.signed.version = version
    files = dict(world.maker.files)
    files["metadata/timestamp.json"] = signed_by(metadata.to_bytes(), "clockwork")
    assert taken(world, files) == ["TR-028"]
    assert world.take("manufacturer").verdict.accepted


def test_marks_never_go_down_between_two_processes(tmp_path: Path) -> None:
    path = tmp_path / "marks.sqlite"
    one, two = MarksStore(path), MarksStore(path)

    def mark(version: int) -> Mark:
        return Mark(repository="manufacturer", role="timestamp", keys="k", version=version)

    one.accept([mark(1)], {}, None)
    two.accept([mark(9)], {}, None)
    one.accept([mark(3)], {}, None)
    assert one.version("manufacturer", "timestamp", "k") == 9
    with pytest.raises(StoreError):
        one.accept([mark(2**63)], {}, None)
    again = MarksStore(path)
    assert again.version("manufacturer", "timestamp", "k") == 9
    for store in (one, two, again):
        store.close()


# A copy of staged/ that comes back


def _on_disk(world: World) -> Path:
    path = world.folder / "repository"
    world.maker.changed = list(world.maker.files)
    save_repository(world.maker, path)
    return path


def test_an_old_staged_list_does_not_undo_a_recall(world: World) -> None:
    maker = world.maker
    maker.publish("aids", [shipped("finger-splint")], NOW)
    for name in ("quinn", "reg"):
        maker.sign(AIDS, signer(name))
    old = maker.files[f"staged/{AIDS}.json"]
    world.install(maker, *EVERYBODY)
    # What a crash before the end of staged/ leaves: the very bytes that are installed.
    maker._write(f"staged/{AIDS}.json", old)
    maker.withdraw(PATH, "recall 7", NOW)
    world.install(maker, *EVERYBODY)
    assert taken(world) == []
    assert world.codes() == ["TR-019"]
    # Now it is older than the recall: it may neither be changed nor installed.
    waiting: Metadata[Any] = Metadata.from_bytes(old)
    waiting.signed.expires += DAY
    maker._write(f"staged/{AIDS}.json", signed_by(waiting.to_bytes(), "quinn", "reg"))
    before = dict(maker.files)
    with pytest.raises(DocumentError, match="version 2, and version 3 is installed"):
        world.install(maker, *EVERYBODY)
    assert {k: v for k, v in maker.files.items() if k in before} == before
    assert maker.edit(AIDS, NOW).signed.version == 4
    assert PATH not in maker.current(AIDS).signed.targets


def test_the_installed_bytes_staged_again_are_only_cleared_away(world: World) -> None:
    path = _on_disk(world)
    repository = load_repository(path)
    repository._write(f"staged/{AIDS}.json", repository.files[newest(repository.files, AIDS)])
    save_repository(repository, path)
    repository = load_repository(path)
    installed = newest(repository.files, AIDS)
    world.install(repository, "machine", "clockwork")
    save_repository(repository, path)
    after = load_repository(path)
    assert (after.staged_roles(), newest(after.files, AIDS)) == ((), installed)


@pytest.mark.parametrize(
    ("name", "data"),
    [("nobody", "1.targets.json"), ("targets", "1.root.json")],
    ids=["no such role", "a list of another kind"],
)
def test_what_does_not_belong_in_staged(world: World, name: str, data: str) -> None:
    world.maker._write(f"staged/{name}.json", world.maker.files[f"metadata/{data}"])
    with pytest.raises(DocumentError):
        world.maker.states()


# Recalls


def _withdraw(world: World) -> None:
    world.maker.withdraw(PATH, "recall", world.at)


def _expired(world: World) -> None:
    _withdraw(world)
    world.install(world.maker, *EVERYBODY)
    assert taken(world) == []
    world.at = NOW + 366 * DAY
    for repository, names in ((world.maker, EVERYBODY), (world.hospital, HOSPITAL)):
        repository.stage("targets", repository.edit("targets", world.at), world.at)
        world.install(repository, *names)
    assert world.take("hospital").verdict.accepted


def _family_dropped(world: World) -> None:
    metadata = world.maker.edit("targets", NOW)
    del metadata.signed.delegations.roles[AIDS]
    world.maker.stage("targets", metadata, NOW)


def _unnamed(world: World) -> None:
    metadata = world.maker.edit(AIDS, NOW)
    metadata.signed.targets.clear()
    world.maker.stage(AIDS, metadata, NOW)


def _second_family(world: World) -> None:
    in_second_family(world.maker)
    _withdraw(world)


@pytest.mark.parametrize(
    ("hide", "code"),
    [
        (_expired, "TR-011"),
        (_family_dropped, "TR-001"),
        (_unnamed, "TR-001"),
        (_second_family, "TR-019"),
    ],
)
def test_a_recall_is_not_hidden(world: World, hide: Callable[[World], None], code: str) -> None:
    assert recall(world) == []
    hide(world)
    world.install(world.maker, *EVERYBODY)
    assert taken(world) == []
    assert [one for one in recall(world) if one != "TR-036"] == [code]
    with world.chain.look(world.at) as look:
        assert not look.judge_recipe("mask-extender", 1).accepted


def test_one_revision_in_two_families(world: World) -> None:
    with pytest.raises(DocumentError, match="named by another family"):
        world.maker.publish("models", [shipped("mask-extender")], NOW)
    in_second_family(world.maker)
    assert paths_in(world.maker, "mask-extender/1") == (PATH, OTHER)
    for path in paths_in(world.maker, "mask-extender/1"):
        world.maker.withdraw(path, "recall", NOW)
    world.install(world.maker, *EVERYBODY)
    assert taken(world) == []
    assert [world.codes(path)[0] for path in (PATH, OTHER)] == ["TR-019", "TR-019"]
    with pytest.raises(DocumentError, match="withdrawn before"):
        world.maker.publish("models", [shipped("mask-extender")], NOW)


@pytest.mark.parametrize("value", [[PATH], "all", {PATH: "recall"}, {PATH: {}}, None])
@pytest.mark.parametrize("role", [AIDS, "targets"])
def test_malformed_withdrawals_are_a_fault(world: World, role: str, value: Any) -> None:
    metadata = world.maker.edit(role, NOW)
    metadata.signed.unrecognized_fields[WITHDRAWN] = value
    world.maker.stage(role, metadata, NOW)
    world.install(world.maker, *EVERYBODY)
    assert taken(world) == ["TR-028"]
    # A mirror that already holds it refuses too; the other family goes on.
    write_zip(world.folder / "trust" / "manufacturer.zip", world.maker.files)
    assert world.codes() == ["TR-028"]
    assert world.codes(MODEL) == ([] if role == AIDS else ["TR-028"])
    assert recall(world) == ["TR-028", "TR-036"]
    if not isinstance(value, dict) and role == AIDS:
        with pytest.raises(DocumentError, match="no object"):
            world.maker.withdraw(PATH, "recall", NOW)


# What the status says


def _rows(world: World) -> dict[str, list[str]]:
    with world.chain.look(world.at) as look:
        return {row.path: [f.code for f in row.verdict.refusals()] for row in look.rows()}


def test_status_judges_the_bundle_too(world: World) -> None:
    assert _rows(world) == {PATH: [], MODEL: []}
    envelope = json.loads(shipped("mask-extender")[1]["recipe.dsse.json"])
    envelope["signatures"] = envelope["signatures"][:1]
    in_second_family(world.maker, json.dumps(envelope).encode())
    world.install(world.maker, *EVERYBODY)
    assert taken(world) == []
    world.approve(OTHER)
    assert world.take("hospital").verdict.accepted
    assert world.codes(OTHER) == []
    assert _rows(world)[OTHER] == ["RC-007"]


def test_status_judges_the_signers_of_today(world: World) -> None:
    signers = json.loads(default_root_path().read_bytes())
    signers["expires"] = "2026-11-20T00:00:00Z"
    world.maker.publish_signers(json.dumps(signers).encode(), NOW)
    world.install(world.maker, *EVERYBODY)
    assert taken(world) == []
    assert _rows(world) == {PATH: ["RC-017"], MODEL: ["RC-017"]}


def test_a_path_that_promises_another_recipe(world: World) -> None:
    metadata = world.maker.edit(AIDS, NOW)
    targets: Targets = metadata.signed
    path = PATH.replace("/1/", "/2/")
    targets.targets[path] = TargetFile.from_dict(targets.targets[PATH].to_dict(), path)
    data = shipped("mask-extender")[1]["recipe.dsse.json"]
    world.maker._name(targets, path, data, {"recipe_digest": "0" * 64})
    world.maker.stage(AIDS, metadata, NOW)
    world.install(world.maker, *EVERYBODY)
    assert taken(world) == []
    world.approve(path)
    assert world.take("hospital").verdict.accepted
    assert _rows(world)[path] == ["TR-001"]


def test_a_hospital_carries_no_recipes_and_misses_none(world: World) -> None:
    assert world.take("hospital").missing == ()


@pytest.mark.parametrize("days", [{"timestamp": "x"}, {"timestamp": 0}, [1]])
def test_days_that_are_no_days(world: World, days: Any) -> None:
    metadata = world.maker.edit("root", NOW)
    metadata.signed.unrecognized_fields["x-mdps-valid-days"] = days
    world.maker._stage("root", metadata, NOW, 365)
    with pytest.raises(DocumentError, match="no number of days"):
        world.install(world.maker, *EVERYBODY)


@pytest.mark.parametrize("spoil", [lambda data: data[:-9], lambda data: data * 2, lambda _: b""])
def test_a_damaged_file_on_a_stick_takes_no_good_one_away(
    world: World, spoil: Callable[[bytes], bytes]
) -> None:
    """Found by the fuzzer: the stick is accepted for its lists, as one without files would be."""
    files = dict(world.maker.files)
    for name in files:
        if name.startswith("targets/"):
            files[name] = spoil(files[name])
    imported = world.take("manufacturer", files)
    assert imported.verdict.accepted
    assert imported.missing == ()
    assert _rows(world) == {PATH: [], MODEL: []}
