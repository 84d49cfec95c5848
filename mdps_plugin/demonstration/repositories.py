"""The demonstration's two repositories: an example manufacturer's and the example hospital's.

Plays the people outside the cell: the manufacturer who publishes, the quality manager who names
what is used here, and the quality system that renews the hospital's short timestamp each day.
Recipes are signed with the example keys, which anybody has; the other keys are made at first use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..authoring.signing import load_signing_key
from ..canonical import sha256_hex
from ..controller.file_store import write_durably
from ..distribution.edit import Holder, Plan, Repository, RolePlan
from ..distribution.layout import recipe_path
from ..distribution.repository_store import export_zip, load_repository, save_repository
from ..distribution.signer import KeySigner
from ..recipes.bundle import verify_bundle
from ..recipes.document import Recipe
from ..recipes.parse import ENVELOPE_NAME
from ..recipes.store import default_root_path, load_bundle, load_root, recipes_folder
from .policy import signed_policy

INSTITUTION = "example-hospital"

FAMILIES: Mapping[str, str] = {"anatomical-model": "models", "finger-splint": "splints"}
"""Device family by recipe; every other recipe belongs to ``aids``."""

_EXAMPLE_KEYS = {"quality": "Example Quality", "regulatory": "Example Regulatory"}
_MADE_KEYS = ("maker-root", "maker-online", "site-root", "site-quality", "site-online")


class Repositories:
    """Both repositories and their keys, under ``folder``."""

    def __init__(self, folder: Path) -> None:
        """Makes the keys that are missing."""
        self.folder = folder
        self.manufacturer, self.hospital = folder / "manufacturer", folder / "hospital"
        self._keys = folder / "keys"
        self._keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._signers = {name: self._made(name) for name in _MADE_KEYS}
        for name in _EXAMPLE_KEYS:
            path = recipes_folder() / "example-keys" / f"{name}.pem"
            self._signers[name] = KeySigner(load_signing_key(path.read_bytes(), path.name))

    def _made(self, name: str) -> KeySigner:
        path = self._keys / f"{name}.pem"
        if not path.exists():
            pem = Ed25519PrivateKey.generate().private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            write_durably(path, pem)
        return KeySigner(load_signing_key(path.read_bytes(), path.name))

    def _role(self, days: int, *names: str) -> RolePlan:
        holders = tuple(
            Holder(name=_EXAMPLE_KEYS.get(name, name), public=self._signers[name].public_key())
            for name in names
        )
        return RolePlan(holders=holders, threshold=len(holders), valid_days=days)

    def found(self, roots: Path, at: datetime) -> None:
        """Make both repositories, without a recipe; their first roots are copied to ``roots``.

        The hospital's names its site policy from the first day.
        """
        both = self._role(3650, "quality", "regulatory")
        families = dict.fromkeys(("aids", *FAMILIES.values()), both)
        maker = Plan(
            name="example-manufacturer",
            root=self._role(3650, "maker-root"),
            targets=both,
            snapshot=self._role(180, "maker-online"),
            timestamp=self._role(180, "maker-online"),
            families=families,
        )
        site = Plan(
            name=INSTITUTION,
            root=self._role(3650, "site-root"),
            targets=self._role(365, "site-quality"),
            snapshot=self._role(7, "site-online"),
            timestamp=self._role(7, "site-online"),
        )
        repository = Repository.found(maker, at, "manufacturer")
        repository.publish_signers(default_root_path().read_bytes(), at)
        self._finish(repository, at)
        save_repository(repository, self.manufacturer)
        hospital = Repository.found(site, at, "hospital")
        policy = signed_policy(INSTITUTION, at, self._signers["site-quality"])
        hospital.publish_policy(policy, 1, at)
        self._finish(hospital, at)
        save_repository(hospital, self.hospital)
        roots.mkdir(parents=True, exist_ok=True)
        for name, made in (("manufacturer", repository), ("hospital", hospital)):
            write_durably(roots / f"{name}-root.json", made.files["metadata/1.root.json"])

    def _finish(self, repository: Repository, at: datetime) -> None:
        signers = list(self._signers.values())
        for role in repository.staged_roles():
            for signer in signers:
                repository.sign(role, signer)
        repository.finish(signers, at)

    def release(self, bundles: Iterable[Path], at: datetime) -> tuple[str, ...]:
        """Publish these bundles and name them as usable at the hospital; ``ID/REVISION`` each."""
        root = load_root(default_root_path())
        maker = load_repository(self.manufacturer)
        site = load_repository(self.hospital)
        names: list[str] = []
        for path in bundles:
            files = load_bundle(path)
            recipe = verify_bundle(files, root, at, str(path)).recipe
            if recipe is None:
                raise RuntimeError(f"{path}: no recipe of the example keys")
            names.append(_release(maker, site, recipe, files, at))
        for repository, place in ((maker, self.manufacturer), (site, self.hospital)):
            self._finish(repository, at)
            save_repository(repository, place)
        return tuple(names)

    def sticks(self, at: datetime) -> Mapping[str, Path]:
        """A zip of each, the hospital's with a timestamp of today."""
        paths: dict[str, Path] = {}
        for name, place in (("manufacturer", self.manufacturer), ("hospital", self.hospital)):
            repository = load_repository(place)
            if name == "hospital":
                repository.renew(list(self._signers.values()), at)
                save_repository(repository, place)
            paths[name] = self.folder / f"{name}-stick.zip"
            export_zip(repository, paths[name])
        return paths


def _release(
    maker: Repository, site: Repository, recipe: Recipe, files: Mapping[str, bytes], at: datetime
) -> str:
    name, revision = recipe.identity.recipe_id, recipe.identity.revision
    family = FAMILIES.get(name, "aids")
    maker.publish(family, [(recipe, files)], at)
    envelope = files[ENVELOPE_NAME]
    site.approve(
        recipe_path(family, name, revision),
        sha256=sha256_hex(envelope),
        length=len(envelope),
        recipe_digest=recipe.digest,
        qualification="Demonstration only: no local qualification was made.",
        at=at,
    )
    return f"{name}/{revision}"
