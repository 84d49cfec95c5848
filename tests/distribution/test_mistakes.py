"""What is no attack: mix-ups, half-done acts, system files, a full disk; each says what helps."""

from __future__ import annotations

import json
import os
import sqlite3
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from mdps_plugin.distribution.marks import Mark
from mdps_plugin.distribution.marks_store import MarksStore
from mdps_plugin.distribution.mirror_store import one_writer
from mdps_plugin.distribution.repository_store import load_repository, save_repository
from mdps_plugin.distribution.source_store import open_source
from mdps_plugin.distribution.system_files import is_system_file
from mdps_plugin.errors import DocumentError, StoreError, UsageFault

from .desk import Desk, as_client, public, role
from .world import DAY, EVERYBODY, MODEL, NOW, PATH, World, newest

LEFT = ("metadata/.DS_Store", "__MACOSX/maker/metadata/._timestamp.json", "Thumbs.db",
        "targets/desktop.ini", "System Volume Information/WPSettings.dat")  # fmt: skip


def codes_of(world: World, repository: str, files: dict[str, bytes]) -> list[str]:
    return [f.code for f in world.take(repository, files).verdict.refusals()]


# System files


def as_folder(world: World) -> Path:
    folder = world.folder / "stick"
    world.maker.changed = list(world.maker.files)
    save_repository(world.maker, folder)
    return folder


@pytest.mark.parametrize("wrap", ["", "maker/"], ids=["flat", "in its folder"])
def test_a_zip_with_what_a_computer_leaves(world: World, wrap: str) -> None:
    path = world.folder / "mac.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in world.maker.files.items():
            archive.writestr(wrap + name, data)
        for name in LEFT:
            # Neither is read: one is a bomb by its header, both hold what is no JSON.
            archive.writestr(name, b"\x00\x01")
        archive.writestr(f"{wrap}targets/.DS_Store", b"\x00")
    imported = world.chain.take_in("manufacturer", path, NOW)
    assert imported.verdict.accepted, [f.message() for f in imported.verdict.findings]
    assert set(imported.ignored) == {*LEFT, f"{wrap}targets/.DS_Store"}
    assert world.codes() == []


def test_a_folder_with_what_a_computer_leaves(world: World) -> None:
    folder = as_folder(world)
    for name in LEFT:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        # Opening it would hang for ever: it is never opened.
        os.mkfifo(folder / name)
    imported = world.chain.take_in("manufacturer", folder, NOW)
    assert imported.verdict.accepted
    assert set(imported.ignored) == {
        *("metadata/.DS_Store", "Thumbs.db", "targets/desktop.ini"),
        *("__MACOSX", "System Volume Information"),
    }
    assert set(load_repository(folder).files) == set(world.maker.files)


@pytest.mark.parametrize(
    "name",
    [
        *("../.DS_Store", "metadata/../Thumbs.db", "/.DS_Store", "a\\.DS_Store", "x y/.DS_Store"),
        *(
            ".DS_Store/x",
            ".ds_store",
            "._timestamp.json",
            "__MACOSX x/x",
            "autorun.inf ",
        ),
        *("__MACOSX/../metadata/x", "System Volume Information", ".hidden", "metadata/.DS_Store2"),
    ],
)
def test_whatever_else_is_refused(world: World, name: str) -> None:
    assert not is_system_file(name)
    path = world.folder / "bad.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for good, data in world.maker.files.items():
            archive.writestr(good, data)
        archive.writestr(name, b"x")
    refused = world.chain.take_in("manufacturer", path, NOW).verdict
    assert [f.code for f in refused.refusals()] == ["TR-002"]


# Sticks and repositories that are not what somebody took them for


def test_the_other_repositorys_stick(world: World) -> None:
    assert codes_of(world, "manufacturer", world.hospital.files) == ["TR-033"]
    assert codes_of(world, "hospital", world.maker.files) == ["TR-033"]
    (finding,) = world.take("hospital", world.maker.files).verdict.refusals()
    assert finding.next_step() == "Import it as the manufacturer's, or take the hospital's stick."
    # A mixed-up name cannot pass anything: an attacker's root beside it is refused all the same.
    forged = {**world.maker.files, "metadata/1.root.json": world.roots["hospital"]}
    assert codes_of(world, "manufacturer", forged) == ["TR-033"]
    assert world.codes() == []


def test_a_repository_that_nobody_finished(world: World) -> None:
    path = world.folder / "half"
    half = load_repository(as_folder(world))
    half.files = {f"staged/{name}.json": half.files[newest(half.files, name)]
                  for name in ("root", "targets")}  # fmt: skip
    half.changed = list(half.files)
    save_repository(half, path)
    refused = world.chain.take_in("manufacturer", path, NOW).verdict
    assert [f.code for f in refused.refusals()] == ["TR-034"]


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def test_wrong_repositories_are_named_as_what_they_are(desk: Desk) -> None:
    both = role(2, 365, quality=public("quality"), regulatory=public("regulatory"))
    online = role(1, 120, online=desk.key("online"))
    roles = {"root": online, "targets": both, "snapshot": online, "timestamp": online}
    signing = ["online", "quality.pem", "regulatory.pem"]
    maker = desk.found("maker", {**roles, "families": {"aids": both}}, signing)
    client = as_client(desk, maker)
    site, ask, words = desk.folder / "clinic", ("--client", client), desk.keys("clinic")
    recipe = "mask-extender/1"
    for act, says in (
        (("approve", recipe, "--qualification", "x", "--repository", maker, *ask), "publishes"),
        (("withdraw", recipe, "--reason", "x", "--repository", maker), "a manufacturer revokes"),
        (("revoke", site, recipe, "--reason", "x"), "a hospital withdraws"),
        (("publish", site, "mask-extender", "--family", "aids"), "a hospital approves"),
    ):
        desk.run(*act, *words, expect=1, as_json=False)
        assert says in desk.said
    for act in (("status", "--repository", client), ("people", client)):
        desk.run(*act, expect=2, as_json=False)
        assert "no repository: neither metadata/ nor staged/" in desk.said

    # A day before the import is no clock that somebody set back.
    text = desk.run("status", *ask, "--at", "2026-11-01T00:00:00Z", expect=1, as_json=False)
    assert "TR-035" in text
    assert "TR-023" not in text
    assert "The clock is not at fault" in text


def test_a_half_founded_repository(desk: Desk) -> None:
    roles = {name: role(1, 30, site=desk.key("site")) if name == "root" else
             role(1, 30, site=desk.pub("site").read_text())
             for name in ("root", "targets", "snapshot", "timestamp")}  # fmt: skip
    desk.folder.joinpath("site.json").write_text(
        json.dumps({"schema": "mdps-plan/1", "name": "half", **roles, "families": {}})
    )
    site, plan = desk.folder / "half", desk.folder / "site.json"
    found = ("repository", site, "--plan", plan)
    desk.run(*found, expect=1)
    desk.run("publish", site, "--renew", *desk.keys("site"), expect=1, as_json=False)
    assert "whose signatures are missing" in desk.said
    desk.run(*found, expect=2, as_json=False)
    assert "founded already" in desk.said
    stick = desk.folder / "stick.zip"
    desk.run("publish", site, "--zip", stick, expect=1, as_json=False)
    assert "not written, lists still wait" in desk.said
    assert not stick.exists()
    (site / "staged" / "root.json").unlink()
    desk.run(*found, expect=2, as_json=False)
    assert "remove this folder, then found it again" in desk.said


def test_a_folder_that_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(UsageFault, match="no repository"):
        load_repository(tmp_path)


# A release that cannot know of a recall


def test_a_list_of_another_family_holds_a_release_and_says_what_helps(world: World) -> None:
    assert world.maker.families() == ("aids", "models")
    world.at = NOW + 366 * DAY
    for name in ("targets", "example-maker.aids"):
        world.maker.stage(name, world.maker.edit(name, world.at), world.at)
    world.install(world.maker, *EVERYBODY)
    world.hospital.stage("targets", world.hospital.edit("targets", world.at), world.at)
    world.install(world.hospital, "qm", "qms")
    for repository in ("manufacturer", "hospital"):
        assert world.take(repository).verdict.accepted
    with world.chain.look(world.at) as look:
        assert look.judge(PATH).accepted
        assert not look.judge(MODEL).accepted
        first, second = look.judge_recall("mask-extender", 1).refusals()
    assert (first.code, second.code) == ("TR-036", "TR-011")
    assert "example-maker.models" in second.observed()
    assert "TR-011 Old list" in first.observed()
    step = "Import the newest manufacturer's stick, then release. The part keeps."
    assert first.next_step() == step


# A disk that fails


def test_what_helps_when_the_disk_is_full_or_closed(tmp_path: Path) -> None:
    store = MarksStore(tmp_path / "marks.sqlite")
    pages = store._database.execute("PRAGMA page_count").fetchone()[0]
    store._database.execute(f"PRAGMA max_page_count = {pages}")
    many = [
        Mark(repository="hospital", role=f"role-{index:05}", keys="k" * 64, version=1)
        for index in range(2000)
    ]
    with pytest.raises(StoreError, match=r"full\. Next step: make room on this disk"):
        store.accept(many, {}, None)
    assert store.all("hospital") == ()
    store._database.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreError, match="ask IT to let this program write"):
        store.accept(many[:1], {}, None)
    store._database.execute("PRAGMA query_only = OFF")
    other = sqlite3.connect(tmp_path / "marks.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    store._database.execute("PRAGMA busy_timeout = 1")
    with pytest.raises(StoreError, match="another program holds this file"):
        store.accept(many[:1], {}, None)
    other.close()
    store.close()


def test_two_programs_that_import_at_once(world: World) -> None:
    with one_writer(world.folder / "trust"), pytest.raises(StoreError, match="import again"):
        world.take("manufacturer")
    assert world.take("manufacturer").verdict.accepted


def test_a_name_that_no_repository_has_is_refused_for_editing_too(tmp_path: Path) -> None:
    (tmp_path / "metadata").mkdir()
    (tmp_path / "metadata" / "1.root.json").write_bytes(b"{}")
    (tmp_path / "metadata" / ".writing-ab12cd_3").write_bytes(b"half")
    assert open_source(tmp_path).names() == ("metadata/1.root.json",)
    (tmp_path / "metadata" / ".writing").write_bytes(b"x")
    with pytest.raises(DocumentError, match="file name"):
        load_repository(tmp_path)


def test_time_is_not_asked_of_a_later_day(world: World) -> None:
    with world.chain.look(NOW + timedelta(hours=1), as_of=True) as look:
        assert look.time_findings == ()
