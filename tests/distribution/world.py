"""A manufacturer and a hospital with real keys and real repositories, to be attacked by tests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.metadata import Metadata

from mdps_plugin.distribution.chain import Chain, Imported
from mdps_plugin.distribution.edit import Repository
from mdps_plugin.distribution.mirror_store import write_zip
from mdps_plugin.distribution.people import Holder, Plan, RolePlan
from mdps_plugin.distribution.signer import KeySigner
from mdps_plugin.recipes.bundle import verify_bundle
from mdps_plugin.recipes.document import Recipe
from mdps_plugin.recipes.store import default_root_path, find_bundle, load_bundle, load_root

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PATH = "aids/mask-extender/1/recipe.dsse.json"
MODEL = "models/anatomical-model/1/recipe.dsse.json"


@cache
def private(name: str) -> Ed25519PrivateKey:
    """The key of a person: always the same for a name."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def signer(name: str) -> KeySigner:
    """Somebody who signs."""
    return KeySigner(private(name))


def role(*names: str, threshold: int | None = None, days: int = 365) -> RolePlan:
    """People for a role; all of them are needed unless said otherwise."""
    holders = tuple(Holder(name=name, public=private(name).public_key()) for name in names)
    return RolePlan(holders=holders, threshold=threshold or len(names), valid_days=days)


@cache
def shipped(name: str) -> tuple[Recipe, Mapping[str, bytes]]:
    """A shipped recipe with its files."""
    root = load_root(default_root_path())
    path = find_bundle(name)
    files = load_bundle(path)
    signed = verify_bundle(files, root, NOW, name)
    assert signed.recipe is not None
    return signed.recipe, files


def maker_plan() -> Plan:
    """Root two of three, both signers for each list, one family each."""
    return Plan(
        name="example-maker",
        root=role("ruth", "ralf", "rosa", threshold=2, days=3650),
        targets=role("quinn", "reg"),
        snapshot=role("machine"),
        timestamp=role("clockwork", days=120),
        families={"aids": role("quinn", "reg"), "models": role("mona", "reg")},
    )


def hospital_plan() -> Plan:
    """One quality manager; a timestamp that is good for three days."""
    return Plan(
        name="example-hospital",
        root=role("hanna", "hugo", days=3650),
        targets=role("qm"),
        snapshot=role("qms", days=30),
        timestamp=role("qms", days=3),
    )


@dataclass(repr=False)
class World:
    """Both repositories, and a client that takes in what it is handed."""

    folder: Path
    maker: Repository
    hospital: Repository
    chain: Chain
    roots: dict[str, bytes]
    at: datetime = NOW
    count: int = 0

    def stick(self, files: Mapping[str, bytes]) -> Path:
        """A zip with these files."""
        self.count += 1
        path = self.folder / f"stick-{self.count}.zip"
        write_zip(path, {k: v for k, v in files.items() if not k.startswith("staged/")})
        return path

    def take(self, repository: str, files: Mapping[str, bytes] | None = None) -> Imported:
        """Import a repository, as it is or as an attacker made it."""
        real = self.maker.files if repository == "manufacturer" else self.hospital.files
        path = self.stick(real if files is None else files)
        return self.chain.take_in(repository, path, self.at)

    def codes(self, path: str = PATH) -> list[str]:
        """Codes of what refuses the recipe now."""
        with self.chain.look(self.at) as look:
            return [finding.code for finding in look.judge(path).refusals()]

    def install(self, repository: Repository, *names: str) -> None:
        """Everybody named signs everything that waits, then it is installed."""
        install(repository, self.at, *names)

    def approve(self, path: str = PATH, **other: Any) -> None:
        """The hospital names the manufacturer's bytes."""
        approve(self.hospital, self.maker, path, self.at, **other)

    def reopen(self, seed: Any = ()) -> None:
        """The client after a restart."""
        self.chain.close()
        self.chain = Chain(self.folder / "trust", self.roots, demonstration=True, seed=seed)


def install(repository: Repository, at: datetime, *names: str) -> tuple[str, ...]:
    for waiting in repository.staged_roles():
        for name in names:
            repository.sign(waiting, signer(name))
    return repository.finish([signer(name) for name in names], at)


EVERYBODY = ("ruth", "ralf", "quinn", "reg", "mona", "machine", "clockwork")
HOSPITAL = ("hanna", "hugo", "qm", "qms")


def approve(hospital: Repository, maker: Repository, path: str, at: datetime, **other: Any) -> None:
    target = next(
        maker.current(name).signed.targets[path]
        for name in maker.list_roles()
        if path in maker.current(name).signed.targets
    )
    values = {
        "sha256": target.hashes["sha256"],
        "length": target.length,
        "recipe_digest": target.unrecognized_fields["custom"]["recipe_digest"],
        "qualification": "IQ/OQ/PQ report 7",
        **other,
    }
    hospital.approve(path, at=at, **values)
    install(hospital, at, *HOSPITAL)


@cache
def _founded() -> tuple[dict[str, bytes], dict[str, bytes]]:
    maker = Repository.found(maker_plan(), NOW - DAY, "maker")
    maker.publish_signers(default_root_path().read_bytes(), NOW - DAY)
    maker.publish("aids", [shipped("mask-extender")], NOW - DAY)
    maker.publish("models", [shipped("anatomical-model")], NOW - DAY)
    assert install(maker, NOW - DAY, *EVERYBODY)
    hospital = Repository.found(hospital_plan(), NOW - DAY / 24, "hospital")
    assert install(hospital, NOW - DAY / 24, *HOSPITAL)
    for path in (PATH, MODEL):
        approve(hospital, maker, path, NOW - DAY / 24)
    return maker.files, hospital.files


def make_world(folder: Path) -> World:
    """Two repositories with two recipes each, both imported."""
    maker, hospital = _founded()
    roots = {
        "manufacturer": maker["metadata/1.root.json"],
        "hospital": hospital["metadata/1.root.json"],
    }
    world = World(
        folder=folder,
        maker=Repository(maker, "maker"),
        hospital=Repository(hospital, "hospital"),
        chain=Chain(folder / "trust", roots, demonstration=True),
        roots=roots,
    )
    for name in ("manufacturer", "hospital"):
        assert world.take(name).verdict.accepted
    return world


# What an attacker does to a file of a repository.


def newest(files: Mapping[str, bytes], name: str) -> str:
    """The newest versioned file of a role."""
    if name == "timestamp":
        return "metadata/timestamp.json"
    found = [key for key in files if key.startswith("metadata/") and key.endswith(f".{name}.json")]
    return max(found, key=lambda key: int(key.removeprefix("metadata/").split(".")[0]))


def reworked(data: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The JSON with something changed, signatures as they are."""
    document = json.loads(data)
    change(document)
    return json.dumps(document).encode()


def signed_by(data: bytes, *names: str) -> bytes:
    """The list with signatures by exactly these people, whoever they are."""
    metadata: Metadata[Any] = Metadata.from_bytes(data)
    metadata.signatures.clear()
    for name in names:
        key = private(name)
        metadata.sign(CryptoSigner(key, SSlibKey.from_crypto(key.public_key())), append=True)
    return metadata.to_bytes()
