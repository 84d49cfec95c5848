"""High-water marks: the newest version of each signed list that was ever accepted. Pure.

A mark belongs to the keys of its role. When the keys change, a new mark begins: that is how a
fast-forward attack is mended (TUF 1.0.34, 5.3.11), and it needs a newer root, whose own mark
belongs to no key and never goes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..canonical import Json
from ..reading import Fields

ROOT = "root"


@dataclass(frozen=True, kw_only=True, order=True)
class Mark:
    """``keys``: SHA-256 over the values of the keys that can state the version; none for root."""

    repository: str
    role: str
    keys: str
    version: int

    @property
    def place(self) -> tuple[str, str, str]:
        """What the mark is of; its version apart."""
        return (self.repository, self.role, self.keys)

    def to_json(self) -> dict[str, Json]:
        """The shape in the audit log."""
        return {"role": self.role, "keys": self.keys, "version": self.version}


def read_mark(fields: Fields, repository: str) -> Mark:
    """One mark of an audit entry; the caller closes ``fields``."""
    return Mark(
        repository=repository,
        role=fields.text("role", max_length=200),
        keys=fields.text("keys", empty=True, max_length=64),
        version=fields.integer("version", minimum=1, maximum=2**53 - 1),
    )


def highest(marks: Iterable[Mark]) -> Mapping[tuple[str, str, str], int]:
    """The highest version by place."""
    found: dict[tuple[str, str, str], int] = {}
    for mark in marks:
        found[mark.place] = max(mark.version, found.get(mark.place, 0))
    return found
