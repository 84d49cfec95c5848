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
from ..recipes.parse import ENVELOPE_NAME
from ..recipes.store import load_bundle
from ..recipes.trust import TrustRoot, parse_root
from .file_store import sync_folder, write_durably


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
        envelope = files.get(ENVELOPE_NAME, b"")
        return LibraryBundle(
            name=recipe_id,
            revision=revision,
            signed=signed,
            envelope_sha256=sha256_hex(envelope),
        )

    def judge(self, path: Path, at: datetime) -> LibraryBundle:
        """Verify a bundle that lies elsewhere; nothing is kept."""
        files = load_bundle(path)
        signed = verify_bundle(files, self.root, at, path.name)
        identity = signed.recipe.identity if signed.recipe is not None else None
        return LibraryBundle(
            name=identity.recipe_id if identity is not None else path.name,
            revision=identity.revision if identity is not None else 0,
            signed=signed,
            envelope_sha256=sha256_hex(files.get(ENVELOPE_NAME, b"")),
        )

    def keep(self, bundle: LibraryBundle, at: datetime) -> None:
        """Copy an accepted bundle into the cell, whole or not at all.

        :class:`DocumentError` where another bundle has its name and revision already,
        :class:`StoreError` where the disk does not take it.
        """
        if not bundle.signed.verdict.accepted:
            raise RuntimeError("a bundle that was not accepted")
        target = self._folder / bundle.name / str(bundle.revision)
        if target.exists():
            present = self.open(bundle.name, bundle.revision, at)
            if present.envelope_sha256 != bundle.envelope_sha256:
                raise DocumentError(
                    f"recipes/{bundle.name}/{bundle.revision}",
                    "",
                    f"another bundle, {present.envelope_sha256[:16]}",
                    "one bundle for each revision; the manufacturer gives a new one a new number",
                )
            return
        scratch = self._folder / f".incoming-{bundle.name}-{bundle.revision}"
        try:
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir(parents=True)
            for name, data in bundle.signed.files.items():
                write_durably(scratch / name, data)
            target.parent.mkdir(exist_ok=True)
            scratch.rename(target)
            sync_folder(target.parent)
            sync_folder(self._folder)
        except OSError as fault:
            shutil.rmtree(scratch, ignore_errors=True)
            raise StoreError(f"{target}: not written: {fault.strerror}") from None
