"""Editing a repository: what its lists name. Publish, approve, withdraw; opens no file.

A change is staged and signed like any other list (:mod:`.list_signing`). Layout: docs/trust.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from tuf.api.metadata import TargetFile, Targets

from ..canonical import sha256_hex
from ..errors import DocumentError
from ..reading import instant_text
from ..recipes.document import Recipe
from ..recipes.parse import ENVELOPE_NAME
from .layout import (
    BLOBS,
    POLICY_TARGET,
    SIGNERS_TARGET,
    WITHDRAWN,
    family_role,
    read_recipe_path,
    recipe_path,
    target_file,
)
from .list_keys import KeyedLists


class Repository(KeyedLists):
    """A manufacturer's or a hospital's repository, to be changed."""

    def publish(
        self, family: str, bundles: Iterable[tuple[Recipe, Mapping[str, bytes]]], at: datetime
    ) -> tuple[str, ...]:
        """Name recipes in the list of a family; their files go beside it. The paths named."""
        if family not in self.families():
            known = ", ".join(self.families()) or "none"
            raise DocumentError(self.source, "family", repr(family[:80]), f"one of: {known}")
        role = family_role(self.name, family)
        metadata = self.edit(role, at)
        targets: Targets = metadata.signed
        named: list[str] = []
        for recipe, files in bundles:
            path = recipe_path(family, recipe.identity.recipe_id, recipe.identity.revision)
            envelope = files[ENVELOPE_NAME]
            self._refuse_reuse(role, path, envelope)
            custom = {
                "recipe_digest": recipe.digest,
                "revision": recipe.identity.revision,
                "printer": recipe.printer.model,
            }
            self._name(targets, path, envelope, custom)
            for name, data in files.items():
                blob = f"{BLOBS}/{sha256_hex(data)}"
                if name != ENVELOPE_NAME and blob not in self.files:
                    self._write(blob, data)
            named.append(path)
        self.stage(role, metadata, at)
        return tuple(named)

    def _refuse_reuse(self, role: str, path: str, envelope: bytes) -> None:
        """One name and revision is one file, in all families: a recall speaks of both alike."""
        wanted = (read_recipe_path(path) or ("", "", 0))[1:]
        for name in self.list_roles():
            targets: Targets = self.current(name).signed
            for used in self._withdrawn(targets):
                if (read_recipe_path(used) or ("", "", 0))[1:] == wanted:
                    raise DocumentError(self.source, used, "withdrawn before", "a new revision")
            for used, item in targets.targets.items():
                if (read_recipe_path(used) or ("", "", 0))[1:] != wanted:
                    continue
                same = (name, used) == (role, path)
                if not same or item.hashes.get("sha256") != sha256_hex(envelope):
                    observed = "other bytes named before" if same else "named by another family"
                    raise DocumentError(self.source, used, observed, "a new revision")

    def _withdrawn(self, targets: Targets) -> dict[str, Any]:
        """What a list withdraws; to change it, give it to the list again."""
        withdrawn = targets.unrecognized_fields.get(WITHDRAWN, {})
        if not isinstance(withdrawn, dict):
            raise DocumentError(self.source, WITHDRAWN, "no object", "paths with their reasons")
        return withdrawn

    def _name(self, targets: Targets, path: str, data: bytes, custom: Mapping[str, Any]) -> None:
        target = TargetFile.from_data(path, data, ["sha256"])
        target.unrecognized_fields["custom"] = dict(custom)
        targets.targets[path] = target
        self._write(target_file(path, target.hashes["sha256"]), data)

    def publish_signers(self, data: bytes, at: datetime) -> None:
        """Say whose signatures on recipes count: an ``mdps-root/1``, in the top list."""
        metadata = self.edit("targets", at)
        self._name(metadata.signed, SIGNERS_TARGET, data, {})
        self.stage("targets", metadata, at)

    def publish_policy(self, data: bytes, version: int, at: datetime) -> None:
        """Name the hospital's signed site policy; a version that does not rise is refused."""
        metadata = self.edit("targets", at)
        present = metadata.signed.targets.get(POLICY_TARGET)
        custom = present.unrecognized_fields.get("custom", {}) if present is not None else {}
        before = custom.get("version", 0)
        if not isinstance(before, int) or version <= before:
            raise DocumentError(
                self.source, POLICY_TARGET, f"version {version}", f"above version {before}"
            )
        self._name(metadata.signed, POLICY_TARGET, data, {"version": version})
        self.stage("targets", metadata, at)

    def approve(
        self,
        path: str,
        *,
        sha256: str,
        length: int,
        recipe_digest: str,
        qualification: str,
        at: datetime,
    ) -> None:
        """Name a manufacturer's recipe as approved here; the bytes stay the manufacturer's."""
        metadata = self.edit("targets", at)
        targets: Targets = metadata.signed
        target = TargetFile(length, {"sha256": sha256}, path)
        target.unrecognized_fields["custom"] = {
            "recipe_digest": recipe_digest,
            "local_qualification": qualification,
            "approved": instant_text(at.replace(microsecond=0)),
        }
        targets.targets[path] = target
        self._withdrawn(targets).pop(path, None)
        self.stage("targets", metadata, at)

    def withdraw(self, path: str, reason: str, at: datetime) -> str:
        """Name a recipe no longer, and say why; the list that named it.

        A manufacturer's revocation and a hospital's withdrawal are the same act on two
        repositories. :class:`DocumentError` if no list names the path.
        """
        for role in self.list_roles():
            if path not in self.current(role).signed.targets:
                continue
            metadata = self.edit(role, at)
            targets: Targets = metadata.signed
            del targets.targets[path]
            withdrawn = self._withdrawn(targets)
            withdrawn[path] = {"reason": reason, "at": instant_text(at.replace(microsecond=0))}
            targets.unrecognized_fields[WITHDRAWN] = withdrawn
            self.stage(role, metadata, at)
            return role
        raise DocumentError(self.source, path, "not named", "a recipe that the repository names")
