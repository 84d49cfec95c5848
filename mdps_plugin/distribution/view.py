"""What a repository says at one moment: what it names, what it withdrew, why it may not count.

Made by :mod:`.refresh`, which verifies. Writes nothing, except the marks when somebody calls
:meth:`View.commit`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tuf.api.metadata import Root

from ..canonical import sha256_hex
from ..errors import DocumentError
from ..findings import Finding
from . import codes
from .layout import POLICY_TARGET, SIGNERS_TARGET, read_recipe_path, target_file
from .marks import Mark
from .marks_store import MarksStore
from .refusals import found, shape_finding
from .source_store import Source, read_from
from .updater_link import HardenedUpdater


@dataclass(frozen=True, kw_only=True)
class Named:
    """A target as the repository names it. ``custom`` as signed."""

    path: str
    role: str
    sha256: str
    length: int
    custom: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class SignedList:
    """A list that was accepted: role, version, end."""

    role: str
    version: int
    expires: datetime


@dataclass(kw_only=True)
class View:
    """A repository as it verified at ``at``. Nothing in it counts while ``findings`` refuse.

    ``faults`` are lists that did not verify, by role: only what they could name is refused.
    ``strays`` are paths that a list names without being allowed to.
    """

    repository: str
    at: datetime
    findings: tuple[Finding, ...] = ()
    faults: dict[str, Finding] = field(default_factory=dict)
    named: dict[str, Named] = field(default_factory=dict)
    strays: dict[str, str] = field(default_factory=dict)
    withdrawn: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    lists: tuple[SignedList, ...] = ()
    files: dict[str, bytes] = field(default_factory=dict)
    source: Source | None = None
    _updater: HardenedUpdater | None = None
    _marks: MarksStore | None = None

    @property
    def accepted(self) -> bool:
        """True if the repository as a whole verified."""
        return self._updater is not None and not any(item.refuses for item in self.findings)

    @property
    def fresh_until(self) -> datetime | None:
        """End of the timestamp: until then the repository speaks for today."""
        ends = [item.expires for item in self.lists if item.role == "timestamp"]
        return ends[0] if ends else None

    @property
    def root(self) -> Root:
        """The newest root that verified; only of an accepted view."""
        if self._updater is None or not self.accepted:
            raise RuntimeError("a repository that was not accepted")
        return self._updater.judged.root

    def commit(self, *, note_time: bool) -> tuple[Mark, ...]:
        """Raise the durable marks; only for an accepted view."""
        if self._updater is None or not self.accepted:
            raise RuntimeError("a repository that was not accepted")
        return self._updater.commit(note_time=note_time)

    def why_not(self, path: str) -> Finding | None:
        """Why a recipe's path is not usable by this repository; None if it names it."""
        if read_recipe_path(path) is None and path not in (SIGNERS_TARGET, POLICY_TARGET):
            return found(codes.BAD_PATH, self.repository, path=repr(path[:120]))
        if path in self.withdrawn:
            kind = codes.WITHDRAWN if self.repository == "hospital" else codes.RECALLED
            reason = str(self.withdrawn[path].get("reason", ""))[:200]
            return found(kind, self.repository, path=path, measured=reason)
        if path in self.named:
            return None
        for role, fault in self.faults.items():
            family = read_recipe_path(path)
            if family is not None and role.endswith(f".{family[0]}"):
                return fault
        if path in self.strays:
            return found(codes.FOREIGN_FAMILY, self.repository, role=self.strays[path], path=path)
        kind = codes.NOT_APPROVED if self.repository == "hospital" else codes.NOT_NAMED
        return found(kind, self.repository, path=path)

    def fetch(self, path: str, older: Source | None = None) -> bytes | Finding:
        """The bytes of a named target, held against the signed list; else why not.

        ``older``: the mirror before, asked for what the source lacks or holds damaged: a bad file
        on a stick must not take away the good one that is here.
        """
        refusal = self.why_not(path)
        if refusal is not None:
            return refusal
        item = self.named[path]
        place = target_file(path, item.sha256)
        faults: list[Finding] = []
        for source in (self.source, older):
            data = self._read(source, place, item) if source is not None else None
            if isinstance(data, bytes):
                return data
            faults += [data] if data is not None else []
        return faults[0] if faults else found(codes.INCOMPLETE, self.repository, path=place)

    def _read(self, source: Source, place: str, item: Named) -> bytes | Finding | None:
        try:
            data = read_from(source, place, item.length)
        except DocumentError as fault:
            if fault.observed.startswith("more than"):
                return found(codes.ENDLESS, self.repository, path=item.path)
            return shape_finding(fault, self.repository)
        if data is None:
            return None
        digest = sha256_hex(data)
        if digest == item.sha256 and len(data) == item.length:
            return data
        return found(
            codes.TARGET_ALTERED,
            self.repository,
            path=item.path,
            measured=f"SHA-256 {digest[:16]}…",
            limit=f"SHA-256 {item.sha256[:16]}…",
        )
