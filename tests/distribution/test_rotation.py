"""Keys that change, as people do it: commands, copies that travel, and a client without a network.

Every act here is a command; the client sees nothing but sticks.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from mdps_plugin.build.permit import Refused
from mdps_plugin.distribution.repository_store import load_repository, save_repository
from tests.controller.site import ChainedSite

from .desk import Desk, as_client, public, role
from .world import role as plan_of
from .world import signer

RECIPE = "mask-extender/1"
BOTH = ("quality.pem", "regulatory.pem")


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


@pytest.fixture
def maker(desk: Desk) -> Path:
    """Root two of three; both signers for lists and family; one recipe published."""
    roots = {name: desk.key(name) for name in ("ruth", "ralf", "rosa")}
    both = role(2, 365, quality=public("quality"), regulatory=public("regulatory"))
    online = role(1, 120, online=desk.key("online"))
    return desk.found(
        "maker",
        {
            "root": role(2, 3650, **roots),
            "targets": both,
            "snapshot": online,
            "timestamp": online,
            "families": {"aids": both},
        },
        ["ruth", "ralf", "online", *BOTH],
    )


@pytest.fixture
def client(desk: Desk, maker: Path) -> Path:
    """A desk that has imported the first stick of the manufacturer."""
    return as_client(desk, maker)


def take(desk: Desk, client: Path, stick: Path, expect: int = 0) -> Any:
    words = ("import", stick, "--repository", "manufacturer", "--client", client)
    return desk.run(*words, expect=expect)


def versions(taken: Any) -> dict[str, int]:
    lines = [line.split(" ") for line in taken["lists"]]
    return {line[0]: int(line[2].rstrip(",")) for line in lines}


def codes(taken: Any) -> list[str]:
    return [finding["code"] for finding in taken["findings"]]


def missing(said: Any) -> dict[str, tuple[int, set[str]]]:
    return {one["role"]: (one["lacking"], set(one["missing"])) for one in said["waiting"]}


def test_a_new_root_needs_old_and_new_keys_and_a_client_follows_from_a_stick(
    desk: Desk, maker: Path, client: Path
) -> None:
    first = desk.folder / "first.zip"
    desk.run("publish", maker, "--renew", "--zip", first, *desk.keys("online"))
    desk.key("nora")
    # Rosa goes, Nora comes: two of the old three, and two of the new three, must agree.
    said = desk.run(
        *("rotate", maker, "root", "--remove", "rosa", "--add", f"nora={desk.pub('nora')}"),
        *desk.keys("ruth"),
        expect=1,
    )
    assert missing(said) == {
        "root": (1, {"ralf", "nora"}),
        "root (by the keys before)": (1, {"ralf", "rosa"}),
    }
    # The folder travels; Nora's signature meets the new threshold, not the old one.
    half = desk.run("sign", maker, "--key-changes", *desk.keys("nora"))
    assert missing(half)["root"][0] == 0
    assert missing(half)["root (by the keys before)"] == (1, {"ralf", "rosa"})
    desk.run("publish", maker, *desk.keys("online"), expect=1)
    # Who was removed may still agree: that is what "by the keys before" asks.
    desk.run("sign", maker, "--key-changes", *desk.keys("rosa"))
    assert desk.run("publish", maker, *desk.keys("online"))["installed"] == ["root"]

    # A second change before anybody carried a stick: the online key is replaced.
    desk.key("online2")
    desk.run(
        *("rotate", maker, "timestamp", "--remove", "online"),
        *("--add", f"online2={desk.pub('online2')}", "--days", "90"),
        *desk.keys("ruth", "nora"),
        expect=1,
    )
    stick = desk.folder / "second.zip"
    done = desk.run("publish", maker, "--zip", stick, *desk.keys("online", "online2"))
    assert done["installed"] == ["root"]
    taken = take(desk, client, stick)
    assert versions(taken)["root"] == 3
    people = {row["role"]: row for row in desk.run("people", maker)["roles"]}
    assert [one["name"] for one in people["root"]["people"]] == ["ruth", "ralf", "nora"]
    assert people["timestamp"]["valid_days"] == 90
    # The stick from before the rotation is an old stick now.
    assert codes(take(desk, client, first, expect=1)) == ["TR-013"]


def test_a_stolen_key_is_out_of_every_role_and_signs_nothing_more(
    desk: Desk, maker: Path, client: Path
) -> None:
    words = desk.keys("online", *BOTH)
    desk.key("quality2")
    refused = desk.run("revoke-key", maker, "quality", *words, expect=1)
    assert refused["error"]["observed"] == "2 of 1 keys"
    assert desk.run("status", "--repository", maker)["waiting"] == []
    said = desk.run(
        *("revoke-key", maker, "quality", "--replace", f"quality2={desk.pub('quality2')}"),
        *desk.keys("regulatory.pem"),
        expect=1,
    )
    assert said["staged"] == ["root", "targets", "example-maker.aids"]
    # Its signatures on recipes themselves are another list's matter, and somebody says so.
    assert "--signers" in said["next"][0]
    assert missing(said) == {
        "root": (2, {"ruth", "ralf", "rosa"}),
        "root (by the keys before)": (2, {"ruth", "ralf", "rosa"}),
        "targets": (1, {"quality2"}),
        "example-maker.aids": (1, {"quality2"}),
    }
    # The thief: the staged lists no longer ask for the key.
    thief = desk.run("sign", maker, "--key-changes", *desk.keys("quality.pem"), expect=1)
    assert thief["error"]["observed"] == "no waiting list asks for this key"
    stick = desk.folder / "revoked.zip"
    desk.run("publish", maker, "--zip", stick, *desk.keys("online", "ruth", "rosa", "quality2"))
    assert versions(take(desk, client, stick)) == {
        "root": 2,
        "timestamp": 4,
        "snapshot": 4,
        "targets": 3,
        "example-maker.aids": 3,
    }
    rows = desk.run("status", "--client", client, expect=1)
    assert rows["repositories"]["manufacturer"]["accepted"]
    people = desk.run("people", maker)
    assert "quality" not in {one["name"] for row in people["roles"] for one in row["people"]}


def test_a_family_is_added_by_the_top_list_alone(desk: Desk, maker: Path, client: Path) -> None:
    desk.key("mona")
    said = desk.run(
        *("family", maker, "masks", "--threshold", "1", "--days", "200"),
        *("--add", f"mona={desk.pub('mona')}"),
        *desk.keys(*BOTH),
        expect=1,
    )
    # No signature of the root is asked for: the days of the family stand beside its keys.
    assert missing(said) == {"example-maker.masks": (1, {"mona"}), "targets": (0, set())}
    desk.run("sign", maker, *desk.keys("mona"))
    desk.run("publish", maker, *desk.keys("online"))
    stick = desk.folder / "family.zip"
    desk.run(
        *("publish", maker, "finger-splint", "--family", "masks", "--zip", stick),
        *desk.keys("mona", "online"),
    )
    taken = take(desk, client, stick)
    assert versions(taken)["example-maker.masks"] == 2
    rows = desk.run("status", "--client", client, expect=1)["recipes"]
    assert {row["recipe_id"] for row in rows} == {"mask-extender", "finger-splint"}
    row = next(row for row in desk.run("people", maker)["roles"] if "masks" in row["role"])
    assert (row["valid_days"], row["threshold"]) == (200, 1)


def test_two_copies_signed_at_the_same_time(desk: Desk, maker: Path) -> None:
    desk.run("publish", maker, "finger-splint", "--family", "aids", expect=1)
    copies = [desk.folder / name for name in ("to-quality", "to-regulatory")]
    for copy, who in zip(copies, BOTH, strict=True):
        shutil.copytree(maker, copy)
        desk.run("sign", copy, "--key-changes", *desk.keys(who))
    done = desk.run(
        *("publish", maker, "--gather", copies[0], "--gather", copies[1]), *desk.keys("online")
    )
    assert done["gathered"] == ["example-maker.aids"] * 2
    assert done["installed"] == ["example-maker.aids"]
    again = desk.run("publish", maker, "--gather", copies[0], expect=1)
    assert again["error"]["observed"] == "no signature that is missing here"


def test_a_forged_signature_is_not_gathered(desk: Desk, maker: Path) -> None:
    desk.run("publish", maker, "finger-splint", "--family", "aids", expect=1)
    copy = desk.folder / "copy"
    shutil.copytree(maker, copy)
    desk.run("sign", copy, "--key-changes", *desk.keys("quality.pem"))
    path = copy / "staged" / "example-maker.aids.json"
    document = json.loads(path.read_bytes())
    signature = document["signatures"][0]
    signature["sig"] = signature["sig"][::-1]
    path.write_text(json.dumps(document))
    desk.run("publish", maker, "--gather", copy, expect=1)
    assert desk.run("status", "--repository", maker, expect=1)["waiting"][0]["lacking"] == 2


def test_a_list_lives_on_unchanged(desk: Desk, maker: Path, client: Path) -> None:
    words = desk.keys("ruth", "ralf", "online", *BOTH)
    stick = desk.folder / "again.zip"
    roles = [word for name in ("root", "targets", "aids") for word in ("--again", name)]
    done = desk.run("publish", maker, *roles, "--zip", stick, *words)
    assert done["installed"] == ["root", "targets", "example-maker.aids"]
    assert versions(take(desk, client, stick))["root"] == 2
    desk.run("publish", maker, "--again", "timestamp", *words, expect=2)


REFUSED = (
    (("rotate", "root"), 2, "nothing to change"),
    (("rotate", "hips", "--threshold", "1"), 1, "one of: root, targets"),
    (("rotate", "root", "--threshold", "0"), 1, "0 of 3 keys"),
    (("rotate", "root", "--threshold", "4"), 1, "name another key, or set it to 3"),
    (("rotate", "root", "--days", "0"), 1, "0 days"),
    (("rotate", "root", "--remove", "nobody"), 1, "mdps recipe people"),
    (("rotate", "root", "--remove", "online"), 1, "online does not sign it"),
    (("rotate", "root", "--add", "twin={ruth}"), 1, "each key once"),
    (("rotate", "root", "--add", "nora"), 2, "NAME=KEY.pub.pem"),
    (("rotate", "root", "--add", "nora={plan}"), 1, "not a public key"),
    (("rotate", "root", "--add", "nora=nowhere.pem"), 2, "cannot be opened"),
    (("revoke-key", "nobody"), 1, "nobody by this name"),
    (("revoke-key", "ruth", "--replace", "ruth={plan}"), 1, "not a public key"),
    (("family", "aids", "--add", "r={ruth}", "--threshold", "1", "--days", "9"), 1, "already"),
    (("family", "../x", "--add", "r={ruth}", "--threshold", "1", "--days", "9"), 1, "hyphens"),
    (("family", "hips", "--add", "r={ruth}", "--threshold", "2", "--days", "9"), 1, "2 of 1"),
    (("family", "hips", "--add", "r={ruth}", "--threshold", "1", "--days", "-1"), 1, "days"),
)


def test_what_cannot_be_done_is_said_and_nothing_is_changed(desk: Desk, maker: Path) -> None:
    before = {path: path.read_bytes() for path in maker.rglob("*") if path.is_file()}
    places = {name: desk.pub(name) for name in ("ruth", "ralf")}
    places["plan"] = desk.folder / "maker.json"
    for words, status, says in REFUSED:
        act, *rest = (word.format(**places) for word in words)
        desk.run(act, maker, *rest, *desk.keys("ruth"), expect=status, as_json=False)
        assert says in desk.said, words
        assert {path: path.read_bytes() for path in maker.rglob("*") if path.is_file()} == before


def test_people_as_a_page(desk: Desk, maker: Path) -> None:
    text = desk.run("people", maker, as_json=False)
    assert "root: 2 of 3 must sign, until 20" in text
    assert "    rosa, key " in text
    assert "example-maker.aids: 2 of 2 must sign" in text


def test_a_hospital_signs_its_policy_anew(desk: Desk) -> None:
    site, new = desk.hospital("site"), desk.key("site2")
    assert new
    said = desk.run(
        *("revoke-key", site, "site", "--replace", f"site2={desk.pub('site2')}"),
        *desk.keys("site", "site2"),
    )
    assert said["installed"] == ["root", "targets"]
    assert "higher version" in said["next"][0]
    desk.run("family", site, "aids", "--add", f"site2={desk.pub('site2')}", "--threshold", "1",
             "--days", "9", *desk.keys("site2"), expect=1)  # fmt: skip
    assert desk.said.count("delegates nothing") == 1


def test_a_cell_follows_a_rotation_and_remembers_it_without_its_mirror(tmp_path: Path) -> None:
    site = ChainedSite(tmp_path)
    site.take_both()
    site.approve()
    old = tmp_path / "old.zip"
    old.write_bytes(site.repositories.sticks(site.now)["manufacturer"].read_bytes())
    site.repositories._signers["new clock"] = signer("new clock")
    maker = load_repository(site.repositories.manufacturer)
    maker.rotate("timestamp", plan_of("new clock", days=90), site.now)
    site.repositories._finish(maker, site.now)
    save_repository(maker, site.repositories.manufacturer)
    site.take("manufacturer", site.repositories.sticks(site.now)["manufacturer"])
    assert site.refusals() == []
    *_, entry = (one for one in site.cell.log.entries() if one.kind == "recipes_imported")
    assert {mark["role"]: mark["version"] for mark in entry.body["marks"]}["root"] == 2
    site.cell.close()
    for file in (site.hospital.cell / "trust").iterdir():
        file.unlink()
    site.open()
    with pytest.raises(Refused) as refused:
        site.take("manufacturer", old)
    assert [f.code for f in refused.value.verdict.refusals()] == ["TR-021"]
    site.take("manufacturer", site.repositories.sticks(site.now)["manufacturer"])
    site.cell.close()
