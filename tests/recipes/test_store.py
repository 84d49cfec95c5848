"""Bundles from folders and zips: hostile archives give errors, never files and never tracebacks."""

from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdps_plugin.errors import DocumentError, UsageFault
from mdps_plugin.recipes import store
from mdps_plugin.recipes.bundle import verify_bundle
from mdps_plugin.recipes.parse import ENVELOPE_NAME
from tests.factories import NOW, Manufacturer, recipe_document, signed_bundle


def write_folder(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def write_zip(path: Path, members: list[tuple[str | zipfile.ZipInfo, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def test_folder_and_zip_give_the_same_files(tmp_path: Path) -> None:
    bundle = signed_bundle()
    folder = write_folder(tmp_path / "clip", bundle)
    flat = write_zip(tmp_path / "flat.zip", list(bundle.items()))
    nested = write_zip(
        tmp_path / "nested.zip", [("clip/", b""), *((f"clip/{n}", d) for n, d in bundle.items())]
    )
    for path in (folder, flat, nested):
        assert store.load_bundle(path) == bundle
        root = Manufacturer().root()
        assert verify_bundle(store.load_bundle(path), root, NOW, str(path)).verdict.accepted


def test_what_cannot_be_opened_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageFault):
        store.load_bundle(tmp_path / "nowhere")
    with pytest.raises(UsageFault):
        store.load_bundle(Path("nul\0byte"))
    with pytest.raises(UsageFault):
        store.load_root(tmp_path / "root.json")


def refused(path: Path) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        store.load_bundle(path)
    return caught.value


def test_a_folder_with_links_folders_or_pipes(tmp_path: Path) -> None:
    link = write_folder(tmp_path / "link", {"a.txt": b"a"})
    (link / "b.txt").symlink_to("/etc/passwd")
    assert refused(link).observed == "a link"
    inner = write_folder(tmp_path / "inner", {"a.txt": b"a"})
    (inner / "more").mkdir()
    assert refused(inner).observed == "a folder"
    pipe = write_folder(tmp_path / "pipe", {"a.txt": b"a"})
    os.mkfifo(pipe / "b.txt")
    assert refused(pipe).observed == "a device or pipe"
    named = write_folder(tmp_path / "named", {".hidden": b"a"})
    assert "'.hidden'" in refused(named).observed


@pytest.mark.parametrize(
    "name",
    ["../up.txt", "/abs.txt", "a/b/c.txt", "..", "back\\slash", "C:evil", "umlaut-ä", "a b"],
)
def test_zip_names_that_leave_the_folder(name: str, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "slip.zip", [("ok.txt", b"ok"), (name, b"x")])
    assert "file name" in refused(path).observed
    assert sorted(os.listdir(tmp_path)) == ["slip.zip"]


def test_a_zip_with_one_name_twice(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = write_zip(tmp_path / "twice.zip", [("a.txt", b"1"), ("a.txt", b"2")])
    assert refused(path).observed == "the name twice"


def test_a_zip_with_a_link(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("a.txt")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert refused(write_zip(tmp_path / "l.zip", [(info, b"/etc/passwd")])).observed == "a link"


def test_bombs_and_crowds(tmp_path: Path) -> None:
    zeros = bytes(store.MAX_TOTAL_BYTES // 2 + 1)
    bomb = write_zip(tmp_path / "bomb.zip", [("a.bin", zeros), ("b.bin", zeros)])
    assert bomb.stat().st_size < 1_000_000
    assert str(store.MAX_TOTAL_BYTES) in refused(bomb).observed
    many = [(f"f{n}.txt", b"") for n in range(store.MAX_FILES + 1)]
    assert "files" in refused(write_zip(tmp_path / "many.zip", many)).observed
    assert "files" in refused(write_folder(tmp_path / "many", dict(many))).observed
    big = tmp_path / "big"
    big.mkdir()
    with (big / "a.bin").open("wb") as sparse:
        sparse.truncate(store.MAX_TOTAL_BYTES + 1)
    assert str(store.MAX_TOTAL_BYTES) in refused(big).observed


def test_a_zip_whose_header_understates_a_member(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "lie.zip", [("a.bin", bytes(100_000))])
    data = path.read_bytes()
    path.write_bytes(data.replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    assert "no readable zip" in refused(path).observed


def test_an_encrypted_member(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "secret.zip", [("a.txt", b"abc")])
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))
    assert "no readable zip" in refused(path).observed


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=8))
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_damaged_zip_gives_files_or_a_document_error(
    tmp_path: Path, place: int, patch: bytes
) -> None:
    path = write_zip(tmp_path / "fuzz.zip", list(signed_bundle().items()))
    data = bytearray(path.read_bytes())
    start = place % len(data)
    data[start : start + len(patch)] = patch
    path.write_bytes(bytes(data))
    try:
        files = store.load_bundle(path)
    except DocumentError:
        return
    assert all("/" not in name for name in files)


def shelf(folder: Path, *revisions: tuple[int, str]) -> Path:
    for revision, expires in revisions:
        document = recipe_document(**{"identity.revision": revision, "identity.expires": expires})
        write_folder(folder / str(revision), signed_bundle(document))
    return folder


def test_the_newest_valid_revision_is_found(tmp_path: Path) -> None:
    late, soon = "2028-01-01T00:00:00Z", "2026-06-01T00:00:00Z"
    folder = shelf(tmp_path / "clip", (2, late), (9, late), (10, soon))
    root = Manufacturer().root()
    assert store.find_bundle(str(folder)).name == "10"
    assert store.find_bundle(str(folder), root, NOW).name == "9"
    (folder / "9" / "start.gcode").write_bytes(b"G28\n")
    assert store.find_bundle(str(folder), root, NOW).name == "2"


def test_where_none_is_valid_the_newest_is_shown(tmp_path: Path) -> None:
    soon = "2026-06-01T00:00:00Z"
    folder = shelf(tmp_path / "clip", (1, soon), (2, soon))
    assert store.find_bundle(str(folder), Manufacturer().root(), NOW).name == "2"


def test_shipped_recipes_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    expected = store.recipes_folder() / "mask-extender" / "1"
    for text in ("mask-extender", "validated_recipes/mask-extender", "mask-extender/1"):
        assert store.find_bundle(text) == expected
    assert (expected / ENVELOPE_NAME).is_file()
    for text in ("no-such-recipe", "../mask-extender", "nul\0byte", ""):
        with pytest.raises(UsageFault):
            store.find_bundle(text + "/none")


def test_the_example_root_is_a_demonstration_root() -> None:
    assert store.load_root(store.default_root_path()).demonstration
