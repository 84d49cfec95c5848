"""A repository's lists in memory: what is installed, what waits, the next version. Opens no file.

Signing them: :mod:`.list_signing`; whose keys count: :mod:`.list_keys`; recipes: :mod:`.edit`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tuf.api import exceptions
from tuf.api.metadata import Metadata, Signed
from tuf.api.serialization import DeserializationError
from tuf.api.serialization.json import JSONSerializer

from ..errors import DocumentError
from .layout import NAME, TOP_ROLES, VALID_DAYS, family_role

MAX_DAYS = 36_525
SERIALIZER = JSONSerializer(compact=True)


class Lists:
    """Names to bytes. ``changed`` are the names to write, in an order that is safe to stop in."""

    def __init__(self, files: Mapping[str, bytes], source: str) -> None:
        """``source`` names the repository in errors."""
        self.files = dict(files)
        self.source = source
        self.changed: list[str] = []
        self.removed: list[str] = []

    def newest(self, role: str) -> Metadata[Any] | None:
        """The newest installed list of a role; None before the first."""
        if role == "timestamp":
            data = self.files.get("metadata/timestamp.json")
            return None if data is None else self._parse(data, "timestamp.json", role)
        suffix = f".{role}.json"
        versions = [
            int(head)
            for name in self.files
            if name.startswith("metadata/") and name.endswith(suffix)
            for head in [name.removeprefix("metadata/").removesuffix(suffix)]
            if head.isdigit()
        ]
        if not versions:
            return None
        name = f"metadata/{max(versions)}{suffix}"
        return self._parse(self.files[name], name, role)

    def _parse(self, data: bytes, name: str, role: str) -> Metadata[Any]:
        try:
            metadata = Metadata[Any].from_bytes(data)
        except (DeserializationError, exceptions.RepositoryError, RecursionError) as fault:
            raise DocumentError(self.source, name, str(fault)[:120], "a TUF list") from None
        kind = role if role in TOP_ROLES else "targets"
        if metadata.signed.type != kind:
            raise DocumentError(
                self.source, name, f"a {metadata.signed.type} list", f"a {kind} list"
            )
        return metadata

    def staged(self, role: str) -> Metadata[Any] | None:
        """The list that waits for signatures, if any."""
        name = f"staged/{role}.json"
        return self._parse(self.files[name], name, role) if name in self.files else None

    def _waiting(self, role: str) -> Metadata[Any]:
        metadata = self.staged(role)
        if metadata is None:
            raise DocumentError(self.source, f"staged/{role}.json", "no such file", "a staged list")
        return metadata

    def staged_roles(self) -> tuple[str, ...]:
        """Roles with a list that waits, in the order in which they are installed."""
        names = [
            name.removeprefix("staged/").removesuffix(".json")
            for name in self.files
            if name.startswith("staged/")
        ]
        order = {"root": 0, "targets": 1}
        return tuple(sorted(names, key=lambda role: (order.get(role, 2), role)))

    def current(self, role: str) -> Metadata[Any]:
        """What is staged, else what is installed; :class:`DocumentError` if neither.

        A copy of ``staged/`` that comes back is older than what is installed: it would undo a
        recall, and give a version number out twice. The installed list counts then.
        """
        staged, installed = self.staged(role), self.newest(role)
        if staged is not None and (
            installed is None or staged.signed.version > installed.signed.version
        ):
            return staged
        if installed is None:
            raise DocumentError(self.source, role, "no such list", "a repository with this role")
        return installed

    @property
    def name(self) -> str:
        """The name that the root gives the repository."""
        return str(self.current("root").signed.unrecognized_fields.get(NAME, ""))

    def families(self) -> tuple[str, ...]:
        """The families that the repository delegates."""
        delegations = self.current("targets").signed.delegations
        prefix = f"{self.name}."
        roles = delegations.roles if delegations is not None and delegations.roles else {}
        return tuple(role.removeprefix(prefix) for role in roles)

    def list_roles(self) -> tuple[str, ...]:
        """Every list that can name recipes."""
        return ("targets", *(family_role(self.name, family) for family in self.families()))

    def edit(self, role: str, at: datetime) -> Metadata[Any]:
        """A copy to change, one version on, unsigned; give it back to :meth:`stage`."""
        metadata = self.current(role)
        metadata.signatures.clear()
        installed = self.newest(role)
        if installed is not None and metadata.signed.version <= installed.signed.version:
            metadata.signed.version += 1
        return metadata

    def stage(self, role: str, metadata: Metadata[Any], at: datetime) -> None:
        """Put a changed list where it waits for signatures."""
        self._stage(role, metadata, at, self._days(self.current("root").signed, role, 30))

    def _days(self, root: Signed, role: str, default: int) -> int:
        """Days that a list of this role is good for: beside its delegation, else in the root."""
        found = self._all_days(root).get(role, default)
        if role not in TOP_ROLES:
            delegations = self.current("targets").signed.delegations
            roles = delegations.roles if delegations is not None and delegations.roles else {}
            if role in roles:
                found = roles[role].unrecognized_fields.get(VALID_DAYS, found)
        if type(found) is not int or not 1 <= found <= MAX_DAYS:
            raise self._no_days(role)
        return found

    def _all_days(self, root: Signed) -> dict[str, Any]:
        days = root.unrecognized_fields.get(VALID_DAYS, {})
        if not isinstance(days, dict):
            raise self._no_days("root")
        return days

    def _no_days(self, role: str) -> DocumentError:
        allowed = f"days by role, 1 to {MAX_DAYS}"
        return DocumentError(self.source, f"{VALID_DAYS}.{role}", "no number of days", allowed)

    def _stage(self, role: str, metadata: Metadata[Any], at: datetime, days: int) -> None:
        metadata.signed.expires = (at + timedelta(days=days)).replace(microsecond=0)
        metadata.signatures.clear()
        self._write(f"staged/{role}.json", metadata.to_bytes(SERIALIZER))

    def _write(self, name: str, data: bytes) -> None:
        self.files[name] = data
        if name in self.changed:
            self.changed.remove(name)
        self.changed.append(name)

    def _remove(self, name: str) -> None:
        self.files.pop(name, None)
        if name in self.changed:
            self.changed.remove(name)
        self.removed.append(name)
