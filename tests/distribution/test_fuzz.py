"""Whatever lies on a stick: findings come out, never a traceback, never a changed mirror."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdps_plugin.distribution.source_store import open_source, plain_name, read_from
from mdps_plugin.errors import DocumentError, UsageFault
from mdps_plugin.findings import Verdict
from mdps_plugin.recipes.bundle import verify_bundle
from mdps_plugin.recipes.parse import ENVELOPE_NAME
from mdps_plugin.recipes.store import default_root_path, load_bundle, load_root

from .world import NOW, PATH, World, make_world, newest, shipped

FEW = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ROOT = load_root(default_root_path())
NAMES = st.sampled_from(
    [
        *("../evil", "/etc/passwd", "a/../../b", "C:\\x", "a\\..\\b", ".", "..", "a//b"),
        *("metadata/timestamp.json", "metadata/2.root.json", "targets/\u202ex", "con:", "a\x00b"),
        "a/" * 40 + "x",
    ]
)


def refused(world: World, path: Path) -> Verdict:
    """Import must end in a verdict; what was accepted before must stand."""
    verdict = world.chain.take_in("manufacturer", path, NOW).verdict
    if not verdict.accepted:
        assert verdict.refusals()
        assert all(finding.code.startswith("TR-") for finding in verdict.findings)
    return verdict


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = make_world(tmp_path_factory.mktemp("fuzz"))
    yield made
    made.chain.close()


@FEW
@given(data=st.binary(max_size=600))
def test_any_bytes_as_a_zip(still: World, data: bytes) -> None:
    path = still.folder / "any.zip"
    path.write_bytes(data)
    assert not refused(still, path).accepted


@FEW
@given(cut=st.integers(0, 10**6), flips=st.lists(st.integers(0, 10**6), max_size=6))
def test_a_good_zip_cut_or_flipped(still: World, cut: int, flips: list[int]) -> None:
    good = still.stick(still.maker.files).read_bytes()
    data = bytearray(good[: cut % (len(good) + 1)] if cut % 3 else good)
    for flip in flips:
        if data:
            data[flip % len(data)] ^= 0x41
    path = still.folder / "flipped.zip"
    path.write_bytes(bytes(data))
    refused(still, path)
    assert still.codes() == []


@FEW
@given(
    role=st.sampled_from(["timestamp", "snapshot", "targets", "example-maker.aids"]),
    data=st.one_of(
        st.binary(max_size=300),
        st.sampled_from(
            [
                b"[" * 100_000,
                b'{"a":' * 50_000,
                b'{"signed":{},"signed":{}}',
                b'{"signatures":[],"signed":{"_type":"timestamp","version":1e400}}',
                b'{"signatures":{"a":1},"signed":[]}',
                b"null",
                b'"\\ud800"',
                b'{"signatures":[{"keyid":1,"sig":2}],"signed":{"_type":"targets"}}',
            ]
        ),
    ),
)
def test_any_bytes_as_a_list(still: World, role: str, data: bytes) -> None:
    files = dict(still.maker.files)
    files[newest(files, role)] = data
    verdict = refused(still, still.stick(files))
    if role == "timestamp":
        assert not verdict.accepted
    assert still.codes() == []


def _zip(path: Path, *members: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members:
            archive.writestr(member, data)
    return path


@FEW
@given(name=NAMES)
def test_zip_slip(still: World, name: str) -> None:
    path = still.folder / "slip.zip"
    _zip(path, ("metadata/1.root.json", b"{}"), (name, b"x"))
    refused(still, path)
    assert not (still.folder.parent / "evil").exists()
    try:
        plain_name(name, "test")
    except DocumentError:
        return
    assert ".." not in name
    assert not name.startswith("/")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_a_link_and_a_bomb(still: World) -> None:
    path = still.folder / "bad.zip"
    _zip(path, ("metadata/timestamp.json", b"1"), ("metadata/timestamp.json", b"2"))
    assert [f.code for f in refused(still, path).refusals()] == ["TR-028"]
    _zip(path, ("metadata/Timestamp.json", b"1"), ("metadata/timestamp.json", b"2"))
    assert [f.code for f in refused(still, path).refusals()] == ["TR-028"]
    link = zipfile.ZipInfo("metadata/timestamp.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    _zip(path, (link, b"/etc/passwd"))
    assert [f.code for f in refused(still, path).refusals()] == ["TR-028"]
    files = dict(still.maker.files)
    files["metadata/timestamp.json"] = b" " * 300_000_000
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    assert path.stat().st_size < 3_000_000
    assert [f.code for f in refused(still, path).refusals()] == ["TR-009"]


def test_links_and_pipes_in_a_folder(tmp_path: Path) -> None:
    import os

    (tmp_path / "metadata").mkdir()
    (tmp_path / "metadata" / "timestamp.json").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "metadata" / "1.root.json")
    (tmp_path / "targets").symlink_to("/etc")
    source = open_source(tmp_path)
    for name in ("metadata/timestamp.json", "metadata/1.root.json", "targets/passwd"):
        with pytest.raises(DocumentError):
            read_from(source, name, 1000)
    assert read_from(source, "metadata/none.json", 1000) is None


@FEW
@given(data=st.binary(max_size=400))
def test_any_bytes_as_an_envelope(data: bytes) -> None:
    files = {**shipped("mask-extender")[1], ENVELOPE_NAME: data}
    assert not verify_bundle(files, ROOT, NOW, "fuzz").verdict.accepted


@FEW
@given(data=st.binary(max_size=400), as_zip=st.booleans())
def test_any_bytes_as_a_bundle(tmp_path: Path, data: bytes, as_zip: bool) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(data)
    if as_zip:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(ENVELOPE_NAME, data)
        path.write_bytes(buffer.getvalue())
    try:
        files = load_bundle(path)
    except (DocumentError, UsageFault):
        return
    assert not verify_bundle(files, ROOT, NOW, "fuzz").verdict.accepted


def test_the_recipe_is_still_there(still: World) -> None:
    assert still.codes(PATH) == []
