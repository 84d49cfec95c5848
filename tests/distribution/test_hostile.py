"""Zip slip, bombs, duplicate names, links, deep nesting, duplicate keys: each word, each reader.

One row is one hostile thing at one place where this project reads what others wrote. What comes
out is a finding or a document error; what was accepted before still stands.
"""

from __future__ import annotations

import base64
import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.canonical import Json, read_json
from mdps_plugin.distribution.chain import Chain
from mdps_plugin.distribution.edit import Repository
from mdps_plugin.distribution.layout import SIGNERS_TARGET
from mdps_plugin.distribution.mirror_store import write_zip
from mdps_plugin.distribution.plan import parse_plan
from mdps_plugin.distribution.repository_store import load_repository
from mdps_plugin.errors import DocumentError, UsageFault
from mdps_plugin.recipes.bundle import verify_bundle
from mdps_plugin.recipes.parse import ENVELOPE_NAME
from mdps_plugin.recipes.store import default_root_path, load_bundle, load_root
from mdps_plugin.recipes.trust import parse_root

from .world import EVERYBODY, HOSPITAL, NOW, PATH, World, newest, shipped

ROOT = load_root(default_root_path())
LISTS = ("timestamp", "snapshot", "targets", "example-maker.aids")
DEEP = b'{"a":' * 50_000 + b"1" + b"}" * 50_000
BRACKETS = b"[" * 200_000

pytestmark = pytest.mark.filterwarnings("ignore:Duplicate name")


Member = tuple[zipfile.ZipInfo | str, bytes]


def archive(path: Path, *members: Member) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for member, data in members:
            opened.writestr(member, data)
    return path


def linked(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def slip(name: str) -> list[Member]:
    return [(name, b"{}"), ("../../evil", b"x")]


def bomb(name: str) -> list[Member]:
    return [(name, b"0" * 120_000_000)]


def twice(name: str) -> list[Member]:
    return [(name, b"{}"), (name, b"[]")]


def cased(name: str) -> list[Member]:
    return [(name, b"{}"), (name.upper(), b"[]")]


def link(name: str) -> list[Member]:
    return [(linked(name), b"/etc/passwd")]


def nested(name: str) -> list[Member]:
    return [(name, b"{}"), ("a/" * 2000 + "b", b"x")]


ZIPS = (slip, bomb, twice, cased, link, nested)


@pytest.mark.parametrize("make", ZIPS, ids=lambda make: make.__name__)
def test_a_repository_in_a_hostile_zip(world: World, make: Callable[[str], list[Member]]) -> None:
    before = set(world.folder.iterdir())
    path = archive(world.folder / "hostile.zip", *make("metadata/timestamp.json"))
    refused = world.chain.take_in("manufacturer", path, NOW).verdict
    assert refused.refusals()
    assert {f.code for f in refused.findings} <= {"TR-002", "TR-009", "TR-028"}
    with pytest.raises((DocumentError, UsageFault)):
        Repository(load_repository(path).files, "x").states()
    assert set(world.folder.iterdir()) - before == {path}
    assert world.codes() == []


@pytest.mark.parametrize("make", ZIPS, ids=lambda make: make.__name__)
def test_a_bundle_in_a_hostile_zip(tmp_path: Path, make: Callable[[str], list[Member]]) -> None:
    path = archive(tmp_path / "hostile.zip", *make(ENVELOPE_NAME))
    if make is cased:
        # Two names here, for a bundle never leaves its zip; the second is pinned by nobody.
        assert not verify_bundle(load_bundle(path), ROOT, NOW, "hostile").verdict.accepted
    else:
        with pytest.raises(DocumentError):
            load_bundle(path)
    assert [one.name for one in tmp_path.iterdir()] == ["hostile.zip"]


def doubled(data: bytes) -> bytes:
    """A second member in front: who reads the first one sees another document."""
    name = next(iter(json.loads(data)))
    return b'{"%s":null,' % name.encode() + data.lstrip()[1:]


@pytest.mark.parametrize("role", LISTS)
@pytest.mark.parametrize("spoil", [doubled, lambda _: DEEP, lambda _: BRACKETS])
def test_a_hostile_list(world: World, role: str, spoil: Callable[[bytes], bytes]) -> None:
    files = dict(world.maker.files)
    name = newest(files, role)
    files[name] = spoil(files[name])
    # The mirror too, as if it had been accepted: nothing named by that list is usable then.
    path = world.stick(files)
    fresh = Chain(world.folder / "fresh", world.roots, demonstration=True)
    assert not fresh.take_in("manufacturer", path, NOW).verdict.accepted
    write_zip(world.folder / "fresh" / "manufacturer.zip", files)
    write_zip(world.folder / "fresh" / "hospital.zip", world.hospital.files)
    with fresh.look(NOW) as look:
        assert not look.judge(PATH).accepted
    fresh.close()
    assert world.codes() == []


def test_a_name_twice_in_a_list_is_said(world: World) -> None:
    files = dict(world.maker.files)
    files["metadata/timestamp.json"] = doubled(files["metadata/timestamp.json"])
    (said,) = world.take("manufacturer", files).verdict.refusals()
    assert said.code == "TR-028"
    assert "the name twice" in said.observed()


@pytest.mark.parametrize("data", [doubled(default_root_path().read_bytes()), DEEP, BRACKETS])
def test_a_hostile_signers_list_that_everybody_signed(world: World, data: bytes) -> None:
    with pytest.raises(DocumentError):
        parse_root(data, SIGNERS_TARGET)
    world.maker.publish_signers(data, NOW)
    world.install(world.maker, *EVERYBODY)
    assert world.take("manufacturer").verdict.accepted
    assert world.codes() == ["TR-029"]


@pytest.mark.parametrize("data", [b'{"a":1,"a":2}', DEEP, BRACKETS, b'{"payload":"","payload":""}'])
def test_a_hostile_policy_that_everybody_signed(world: World, data: bytes) -> None:
    world.hospital.publish_policy(data, 1, NOW)
    world.install(world.hospital, *HOSPITAL)
    assert world.take("hospital").verdict.accepted
    with world.chain.look(NOW) as look:
        assert look.policy.policy is None
        assert not look.policy.verdict.accepted


def payload(data: bytes) -> bytes:
    envelope = json.loads(shipped("mask-extender")[1][ENVELOPE_NAME])
    return json.dumps({**envelope, "payload": base64.b64encode(data).decode()}).encode()


@pytest.mark.parametrize(
    "envelope",
    [
        doubled(shipped("mask-extender")[1][ENVELOPE_NAME]),
        DEEP,
        BRACKETS,
        payload(DEEP),
        payload(doubled(base64.b64decode(
            json.loads(shipped("mask-extender")[1][ENVELOPE_NAME])["payload"]))),
    ],
)  # fmt: skip
def test_a_hostile_envelope(envelope: bytes) -> None:
    files = {**shipped("mask-extender")[1], ENVELOPE_NAME: envelope}
    assert not verify_bundle(files, ROOT, NOW, "hostile").verdict.accepted


def test_a_pinned_file_that_is_a_bomb(world: World) -> None:
    """A blob of the right name and endless length is no blob: the bundle says what is missing."""
    files = dict(world.maker.files)
    name = next(key for key in files if key.startswith("targets/blobs/"))
    files[name] = b"0" * 120_000_000
    imported = world.take("manufacturer", files)
    assert imported.verdict.accepted
    # The mirror before had it whole: it is taken from there.
    assert imported.missing == ()
    assert world.codes() == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
NAMES = ("schema", "name", "root", "targets", "snapshot", "timestamp", "families")


@settings(max_examples=60, deadline=None)
@given(document=st.fixed_dictionaries(dict.fromkeys(NAMES, JSON)) | JSON)
def test_any_plan(document: Json) -> None:
    """A plan is read or refused with the place of the fault."""
    if isinstance(document, dict):
        document["schema"] = "mdps-plan/1"
    with pytest.raises(DocumentError):
        parse_plan(document, "plan.json")


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_as_a_plan(data: bytes) -> None:
    with pytest.raises(DocumentError):
        parse_plan(read_json(data, "plan.json"), "plan.json")
