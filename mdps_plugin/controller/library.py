"""The recipes of this cell: imported bundles on disk, verified again at every use.

Keeps folders ``recipes/ID/REVISION``. Whether a recipe may be used here (approved, withdrawn) is
in the audit log, not in this file. A bundle is never trusted because it was trusted yesterday:
expiry and thresholds are judged at the moment of use.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..canonical import sha256_hex
from ..errors import DocumentError, StoreError
from ..recipes.bundle import SignedRecipe, verify_bundle
from ..recipes.document import Recipe
from ..recipes.store import load_bundle
from ..recipes.trust import TrustRoot, parse_root


@dataclass(frozen=True, kw_only=True)
class LibraryBundle:
    """One bundle of the cell as it verified just now. ``recipe`` is None if it did not parse."""

    name: str
    revision: int
    signed: SignedRecipe
    envelope_sha256: str

    @property
    def recipe(self) -> Recipe | None:
        """The recipe, whatever the verdict says; ask the verdict before building."""
        return self.signed.recipe


class Library:
    """Bundles under ``folder``, judged against the root in ``root_file``."""

    def __init__(self, folder: Path, root_file: Path) -> None:
        """Read the root once; a changed root needs a restart."""
        self._folder = folder
        try:
            data = root_file.read_bytes()
        except OSError as fault:
            raise StoreError(f"{root_file}: {fault.strerror}") from None
        self.root: TrustRoot = parse_root(data, root_file.name)
        self.root_sha256 = sha256_hex(data)

    def names(self) -> Iterator[tuple[str, int]]:
        """(recipe id, revision) of every bundle here, newest revision first."""
        for family in sorted(path for path in self._folder.glob("*") if path.is_dir()):
            revisions = [int(path.name) for path in family.iterdir() if path.name.isdigit()]
            for revision in sorted(revisions, reverse=True):
                yield family.name, revision

    def open(self, recipe_id: str, revision: int, at: datetime) -> LibraryBundle:
        """Verify one bundle at ``at``; :class:`DocumentError` if it is not here or unreadable."""
        path = self._folder / recipe_id / str(revision)
        if not path.is_dir():
            raise DocumentError(
                "recipes", recipe_id, f"no revision {revision} in this cell", "an imported recipe"
            )
        files = load_bundle(path)
        source = f"{recipe_id}/{revision}"
        signed = verify_bundle(files, self.root, at, source)
        envelope = files.get("recipe.dsse.json", b"")
        return LibraryBundle(
            name=recipe_id,
            revision=revision,
            signed=signed,
            envelope_sha256=sha256_hex(envelope),
        )

    def take_in(self, path: Path, at: datetime) -> LibraryBundle:
        """Copy a bundle into the cell if its signatures hold; a partial copy is never seen."""
        signed = verify_bundle(load_bundle(path), self.root, at, path.name)
        if signed.recipe is None:
            raise DocumentError(
                path.name,
                "",
                "; ".join(finding.observed() for finding in signed.verdict.refusals()),
                "a bundle that enough known keys signed",
            )
        identity = signed.recipe.identity
        target = self._folder / identity.recipe_id / str(identity.revision)
        if not target.exists():
            scratch = self._folder / f".incoming-{identity.recipe_id}-{identity.revision}"
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir(parents=True)
            for name, data in signed.files.items():
                (scratch / name).parent.mkdir(parents=True, exist_ok=True)
                (scratch / name).write_bytes(data)
            target.parent.mkdir(parents=True, exist_ok=True)
            scratch.rename(target)
        return self.open(identity.recipe_id, identity.revision, at)
