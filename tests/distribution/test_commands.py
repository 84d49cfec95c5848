"""The commands as people use them: a manufacturer, a hospital, a recall, all offline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mdps_plugin.authoring.policy_template import policy_document

from .desk import EXAMPLE, Desk, public, role

RECIPE = "mask-extender/1"


def test_no_command_waits_for_tuf_before_it_needs_it() -> None:
    code = (
        "import sys; from mdps_plugin.cli.main import build_parser; build_parser();"
        "import mdps_plugin.controller.process, mdps_plugin.build.decide;"
        "sys.exit('tuf' in sys.modules or 'pkcs11' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


@pytest.fixture
def maker(desk: Desk) -> Path:
    """A manufacturer's repository, founded, with nothing published."""
    both = role(2, 365, quality=public("quality"), regulatory=public("regulatory"))
    online = role(1, 120, online=desk.key("online"))
    roles = {
        "root": role(1, 3650, root=desk.key("root")),
        "targets": both,
        "snapshot": online,
        "timestamp": online,
        "families": {"aids": both},
    }
    return desk.found("maker", roles, ["root", "online", "quality.pem", "regulatory.pem"])


@pytest.fixture
def hospital(desk: Desk) -> Path:
    """A hospital's repository, founded, that names its site policy and no recipe."""
    return desk.hospital("site")


@pytest.fixture
def client(desk: Desk, maker: Path, hospital: Path) -> Path:
    """A client that knows the first roots and nothing else."""
    folder = desk.folder / "client"
    folder.mkdir()
    for name, place in (("manufacturer", maker), ("hospital", hospital)):
        data = (place / "metadata" / "1.root.json").read_bytes()
        (folder / f"{name}-root.json").write_bytes(data)
    return folder


def test_from_key_to_recall(desk: Desk, maker: Path, hospital: Path, client: Path) -> None:
    # Two people who never meet; the third only installs.
    half = desk.run(
        "publish", maker, "mask-extender", "--family", "aids", *desk.keys("quality.pem"), expect=1
    )
    (waiting,) = half["waiting"]
    assert (waiting["signed"], waiting["missing"]) == (["quality"], ["regulatory"])
    desk.run("status", "--repository", maker, expect=1)
    desk.run("sign", maker, "--key", EXAMPLE / "regulatory.pem")
    text = desk.run("sign", maker, "--key", EXAMPLE / "regulatory.pem", as_json=False)
    assert "2 of 2 signatures, complete" in text
    stick = desk.folder / "maker.zip"
    done = desk.run("publish", maker, "--zip", stick, *desk.keys("online"))
    assert done["installed"] == ["example-maker.aids"]

    ask = ("--client", client)
    nothing = desk.run("status", *ask, expect=1)
    assert [r["findings"][0]["code"] for r in nothing["repositories"].values()] == ["TR-027"] * 2
    assert desk.run("import", stick, "--repository", "manufacturer", *ask)["accepted"]
    desk.run(
        *("approve", RECIPE, "--qualification", "OQ 7, 3 parts", "--repository", hospital),
        *(*ask, *desk.keys("site")),
    )
    # A folder is the same repository as a zip of it.
    assert desk.run("import", hospital, "--repository", "hospital", *ask)["accepted"]
    (row,) = desk.run("status", *ask)["recipes"]
    assert row["usable"], row
    assert f"yes {RECIPE}" in desk.run("status", *ask, as_json=False)

    words = desk.keys("quality.pem", "regulatory.pem", "online")
    desk.run("revoke", maker, RECIPE, "--reason", "recall 7: may break", *words)
    assert desk.run("import", maker, "--repository", "manufacturer", *ask)["accepted"]
    text = desk.run("status", *ask, expect=1, as_json=False)
    assert f"NO  {RECIPE}" in text
    assert "TR-019" in text
    assert "recall 7: may break" in text
    old = desk.run("import", stick, "--repository", "manufacturer", *ask, expect=1)
    assert [finding["code"] for finding in old["findings"]] == ["TR-013"]


def test_the_hospital_withdraws(desk: Desk, maker: Path, hospital: Path, client: Path) -> None:
    words = desk.keys("quality.pem", "regulatory.pem", "online")
    desk.run("publish", maker, "mask-extender", "--family", "aids", *words)
    ask = ("--client", client)
    desk.run("import", maker, "--repository", "manufacturer", *ask)
    desk.run(
        *("approve", RECIPE, "--qualification", "OQ 7", "--repository", hospital),
        *(*ask, *desk.keys("site")),
    )
    desk.run("withdraw", RECIPE, "--reason", "cracks", "--repository", hospital, *desk.keys("site"))
    desk.run("import", hospital, "--repository", "hospital", *ask)
    (row,) = desk.run("status", *ask, expect=1)["recipes"]
    refused = [finding for finding in row["findings"] if finding["severity"] == "refuse"]
    assert [finding["code"] for finding in refused] == ["TR-026"]


def test_what_cannot_be_done_is_said_plainly(desk: Desk, maker: Path, client: Path) -> None:
    ask = ("--client", client)
    said = desk.run(
        *("approve", "no-such/1", "--qualification", "x", "--repository", maker, *ask), expect=1
    )
    assert said["error"]["path"] == "TR-027"
    desk.run("publish", maker, "mask-extender", expect=2)
    desk.run("publish", maker, "mask-extender", "--family", "hips", expect=1)
    desk.run("revoke", maker, RECIPE, "--reason", "x", expect=1)
    desk.run("revoke", maker, "mask-extender", "--reason", "x", expect=2)
    desk.run("sign", maker, "--key", EXAMPLE / "quality.pem", expect=1)
    desk.run("import", desk.folder / "nowhere", "--repository", "hospital", *ask, expect=2)
    desk.run("status", "--client", desk.folder / "nowhere", expect=2)
    desk.run("key", desk.folder / "online.pem", "--passphrase-file", desk.secret, expect=2)
    desk.run("repository", maker, "--plan", desk.folder / "maker.json", expect=2)
    broken = desk.folder / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 not a zip")
    refused = desk.run("import", broken, "--repository", "hospital", *ask, expect=1)
    assert [finding["code"] for finding in refused["findings"]] == ["TR-028"]


def test_a_site_policy_denies_and_status_names_it(
    desk: Desk, maker: Path, hospital: Path, client: Path, tmp_path: Path
) -> None:
    words = desk.keys("quality.pem", "regulatory.pem", "online")
    desk.run("publish", maker, "mask-extender", "--family", "aids", *words)
    ask = ("--client", client)
    desk.run("import", maker, "--repository", "manufacturer", *ask)
    desk.run("approve", RECIPE, "--qualification", "OQ 7", "--repository", hospital,
             *ask, *desk.keys("site"))  # fmt: skip
    desk.run("import", hospital, "--repository", "hospital", *ask)
    said = desk.run("status", *ask)
    assert said["policy"]["named"]["version"] == 1
    assert said["recipes"][0]["usable"]

    strict = policy_document("example-site", datetime.now(UTC), version=2)
    strict["jurisdictions"] = [{"jurisdiction": "EU", "max_class": "none"}]
    (tmp_path / "policy.json").write_text(json.dumps(strict))
    signed = desk.run("sign", tmp_path / "policy.json", *desk.keys("site"))
    assert signed["signatures"] == 1
    publish = ("publish", hospital, "--policy", signed["output"], *desk.keys("site"))
    desk.run(*publish)
    desk.run(*publish, expect=1, as_json=False)
    assert "above version 2" in desk.said
    desk.run("import", hospital, "--repository", "hospital", *ask)
    (row,) = desk.run("status", *ask, expect=1)["recipes"]
    assert not row["usable"]
    refused = [one["code"] for one in row["findings"] if one["severity"] == "refuse"]
    assert refused == ["SP-021"]
    text = desk.run("status", *ask, expect=1, as_json=False)
    assert "site policy 2 of example-site: at most class none in EU" in text
    # Nor would it be taken into use a second time.
    said = desk.run("approve", RECIPE, "--qualification", "OQ 8", "--repository", hospital,
                    *ask, *desk.keys("site"), expect=1)  # fmt: skip
    assert said["error"]["path"] == "SP-021"

    # Somebody else's signature, and a manufacturer's repository, are refused when publishing.
    stranger = desk.key("stranger")
    assert stranger
    (tmp_path / "policy.json").write_text(json.dumps({**strict, "version": 3}))
    other = desk.run("sign", tmp_path / "policy.json", *desk.keys("stranger"))["output"]
    desk.run("publish", hospital, "--policy", other, *desk.keys("site"), expect=1, as_json=False)
    assert "SP-003" in desk.said
    desk.run("publish", maker, "--policy", other, *desk.keys("site"), expect=1, as_json=False)
    assert "the hospital's own" in desk.said
    desk.run("sign", tmp_path / "nowhere.json", *desk.keys("site"), expect=2, as_json=False)


def test_a_key_never_overwrites_a_public_key(desk: Desk) -> None:
    there = desk.folder / "quality.pub.pem"
    there.write_text("precious")
    desk.run("key", desk.folder / "quality.pem", "--passphrase-file", desk.secret, expect=2)
    assert there.read_text() == "precious"
    assert not (desk.folder / "quality.pem").exists()


def test_wrong_places_get_a_sentence(desk: Desk, maker: Path) -> None:
    file, pipe = desk.folder / "file", desk.folder / "pipe"
    file.touch()
    os.mkfifo(pipe)
    desk.run("repository", file, "--plan", file, expect=2)
    desk.run("sign", maker, "--key", pipe, expect=2)
    desk.run("revoke", maker, "x/\u00b2", "--reason", "none", expect=2)
    desk.run("key", "", "--passphrase-file", desk.secret, expect=2)
    (maker / "staged").mkdir(exist_ok=True)
    (maker / "staged" / "nobody.json").write_bytes(
        (maker / "metadata" / "1.targets.json").read_bytes()
    )
    desk.run("status", "--repository", maker, expect=1)
    assert "no such role" in desk.said
