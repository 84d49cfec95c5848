"""The recipes of this cell: imported bundles on disk, verified again at every use.

Keeps folders ``recipes/ID/REVISION``. Whether a recipe may be used here (approved, withdrawn) is
in the audit log, not in this file. A bundle is never trusted because it was trusted yesterday:
expiry and thresholds are judged at the moment of use. Where the cell has a chain of trust
(:mod:`mdps_plugin.distribution`), both repositories are asked each time, from their mirrors.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..canonical import sha256_hex
from ..durable_file import sync_folder, write_durably
from ..errors import DocumentError, StoreError
from ..findings import Finding, Verdict, merge
from ..policy.signed import PolicyReading, signers_of_root
from ..recipes.bundle import SignedRecipe, verify_bundle
from ..recipes.document import Recipe
from ..recipes.parse import ENVELOPE_NAME
from ..recipes.store import load_bundle
from ..recipes.trust import TrustRoot, parse_root
from .policy_store import PolicyFile, read_policy_file

if TYPE_CHECKING:
    from ..distribution.chain import Chain
    from ..distribution.look import Look


@dataclass(frozen=True, kw_only=True)
class LibraryBundle:
    """One bundle of the cell as it verified just now. ``recipe`` is None if it did not parse.

    ``policy``: the site policy at the same moment; None in an older cell that goes without one.
    """

    name: str
    revision: int
    signed: SignedRecipe
    envelope_sha256: str
    policy: PolicyReading | None

    @property
    def recipe(self) -> Recipe | None:
        """The recipe, whatever the verdict says; ask the verdict before building."""
        return self.signed.recipe


class Library:
    """Bundles under ``folder``, judged against the root in ``root_file``, or by ``chain``."""

    def __init__(
        self,
        folder: Path,
        root_file: Path,
        chain: Chain | None = None,
        *,
        policy: PolicyFile | None,
    ) -> None:
        """Read the root once; a changed root needs a restart. The policy is read at each use.

        ``policy``: where it lies in a cell without a chain; None where none is asked for.
        """
        self._folder = folder
        self._policy = policy
        self.chain = chain
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

    def look(self, at: datetime) -> AbstractContextManager[Look | None]:
        """Both repositories at ``at``, for many recipes at once; None in a cell without a chain."""
        return nullcontext(None) if self.chain is None else self.chain.look(at)

    def policy(self, at: datetime, look: Look | None) -> PolicyReading | None:
        """The site policy as it verifies at ``at``; None in an older cell that goes without one."""
        if look is not None:
            return look.policy
        if self._policy is None:
            return None
        return read_policy_file(self._policy, signers_of_root(self.root, at), at)

    def open(
        self, recipe_id: str, revision: int, at: datetime, look: Look | None = None
    ) -> LibraryBundle:
        """Verify one bundle at ``at``; :class:`DocumentError` if it is not here or unreadable."""
        path = self._folder / recipe_id / str(revision)
        if not path.is_dir():
            raise DocumentError(
                "recipes", recipe_id, f"no revision {revision} in this cell", "an imported recipe"
            )
        files = load_bundle(path)
        return self._judged(files, f"{recipe_id}/{revision}", at, look, (recipe_id, revision))

    def judge(self, path: Path, at: datetime) -> LibraryBundle:
        """Verify a bundle that lies elsewhere; nothing is kept."""
        return self._judged(load_bundle(path), path.name, at, None, (path.name, 0))

    def judge_imported(
        self, recipe_id: str, revision: int, at: datetime, look: Look | None = None
    ) -> LibraryBundle:
        """Verify a bundle out of the manufacturer's mirror; :class:`DocumentError` if not there."""
        if look is None and self.chain is not None:
            with self.chain.look(at) as opened:
                return self.judge_imported(recipe_id, revision, at, opened)
        label = f"{recipe_id}/{revision}"
        path = look.path_of(recipe_id, revision) if look is not None else None
        files: Mapping[str, bytes] | Finding | None = (
            look.bundle(path) if look is not None and path is not None else None
        )
        if files is None or isinstance(files, Finding):
            observed = "not in the mirror" if files is None else files.title()
            raise DocumentError("recipes", label, observed, "a recipe that was imported")
        return self._judged(files, label, at, look, (recipe_id, revision))

    def judge_recall(
        self, recipe_id: str, revision: int, at: datetime, envelope_sha256: str | None = None
    ) -> Verdict | None:
        """Was the recipe taken back since the part was begun? None in a cell without a chain.

        ``envelope_sha256``: of the bundle that the part was made from.

        Expiry of the recipe itself is no reason to hold back a part made before it; a repository
        that cannot be trusted today is, because it may be hiding the recall.
        """
        with self.look(at) as look:
            return None if look is None else look.judge_recall(recipe_id, revision, envelope_sha256)

    def _judged(
        self,
        files: Mapping[str, bytes],
        source: str,
        at: datetime,
        look: Look | None,
        named: tuple[str, int],
    ) -> LibraryBundle:
        if self.chain is not None and look is None:
            with self.chain.look(at) as opened:
                return self._judged(files, source, at, opened, named)
        signed = verify_bundle(files, self._signers(look), at, source)
        identity = signed.recipe.identity if signed.recipe is not None else None
        name, revision = (identity.recipe_id, identity.revision) if identity else named
        envelope = sha256_hex(files.get(ENVELOPE_NAME, b""))
        if look is not None:
            chain = look.judge_recipe(name, revision, envelope)
            signed = replace(signed, verdict=merge([signed.verdict, chain]))
        return LibraryBundle(
            name=name,
            revision=revision,
            signed=signed,
            envelope_sha256=envelope,
            policy=self.policy(at, look),
        )

    def _signers(self, look: Look | None) -> TrustRoot:
        """Whose signatures count; without a valid chain the installed root, to read, not to build.

        A record of last year must be readable on a day when nothing may be built.
        """
        return look.signers if look is not None and look.signers is not None else self.root

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
