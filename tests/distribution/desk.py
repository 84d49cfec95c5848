"""Somebody at a terminal without a network: the commands as people type them, for the tests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mdps_plugin.authoring.policy_template import policy_document
from mdps_plugin.cli.main import main
from mdps_plugin.recipes.store import default_root_path, recipes_folder

EXAMPLE = recipes_folder() / "example-keys"


class Desk:
    """Somebody at a terminal without a network."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.secret = folder / "passphrase"
        self.secret.write_text("correct horse battery\n")
        self.said = ""

    def run(self, *words: object, expect: int = 0, as_json: bool = True) -> Any:
        arguments = ["recipe", *map(str, words), *(["--json"] if as_json else [])]
        status = main(arguments)
        out, self.said = self._capsys.readouterr()
        assert status == expect, (arguments, out, self.said)
        return json.loads(out) if as_json and out else out

    def key(self, name: str) -> str:
        path = self.folder / f"{name}.pem"
        self.run("key", path, "--passphrase-file", self.secret)
        return (self.folder / f"{name}.pub.pem").read_text()

    def pub(self, name: str) -> Path:
        """The public half of a key that was made here."""
        return self.folder / f"{name}.pub.pem"

    def found(self, name: str, roles: Mapping[str, Any], signing: Sequence[str]) -> Path:
        """A repository, founded and signed; a manufacturer's also names the example signers."""
        plan = {"schema": "mdps-plan/1", "name": f"example-{name}", **roles}
        (self.folder / f"{name}.json").write_text(json.dumps(plan))
        folder = self.folder / name
        words = self.keys(*signing)
        self.run("repository", folder, "--plan", self.folder / f"{name}.json", *words)
        if roles["families"]:
            self.run("publish", folder, "--signers", default_root_path(), *words)
        return folder

    def hospital(self, name: str) -> Path:
        """A hospital's repository with one key for everything; it names its policy, no recipe."""
        pem = self.key(name)
        lists = {one: role(1, 30, **{name: pem}) for one in ("targets", "snapshot", "timestamp")}
        roles = {"root": role(1, 3650, **{name: pem}), **lists, "families": {}}
        folder = self.found(name, roles, [name])
        document = policy_document(f"example-{name}", datetime.now(UTC))
        (self.folder / "policy.json").write_text(json.dumps(document))
        signed = self.run("sign", self.folder / "policy.json", *self.keys(name))
        said = self.run("publish", folder, "--policy", signed["output"], *self.keys(name))
        assert said["policy"] == f"site policy 1 of example-{name}"
        return folder

    def keys(self, *names: str) -> list[str]:
        words: list[str] = ["--passphrase-file", str(self.secret)]
        for name in names:
            words += ["--key", str(EXAMPLE / name if name.endswith(".pem") else self.folder / name)]
        return [word if word.endswith(".pem") or not (self.folder / f"{word}.pem").exists()
                else f"{word}.pem" for word in words]  # fmt: skip


def public(name: str) -> str:
    root = json.loads(default_root_path().read_bytes())
    return next(key["public_pem"] for key in root["keys"] if name in key["roles"])


def role(threshold: int, days: int, **holders: str) -> dict[str, Any]:
    named = [{"name": name, "public_pem": pem} for name, pem in holders.items()]
    return {"holders": named, "threshold": threshold, "valid_days": days}


def as_client(desk: Desk, maker: Path) -> Path:
    """A desk with the first roots that has imported the manufacturer's first recipe."""
    folder = desk.folder / "client"
    folder.mkdir()
    hospital = desk.hospital("clinic")
    for name, place in (("manufacturer", maker), ("hospital", hospital)):
        data = (place / "metadata" / "1.root.json").read_bytes()
        (folder / f"{name}-root.json").write_bytes(data)
    words = desk.keys("quality.pem", "regulatory.pem", "online")
    desk.run("publish", maker, "mask-extender", "--family", "aids", *words)
    desk.run("import", maker, "--repository", "manufacturer", "--client", folder)
    return folder
