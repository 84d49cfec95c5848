"""Who signs a repository's lists: people with public keys, thresholds, plans. Opens no file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from securesystemslib.signer import SSlibKey
from tuf.api.metadata import Key

from ..recipes.keys import KeyMaterial
from .layout import HOLDER

MAX_HOLDERS = 32


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A person (or a service) with a public key."""

    name: str
    public: KeyMaterial


@dataclass(frozen=True, kw_only=True)
class RolePlan:
    """Who signs for a role, how many of them, and for how long a list is good."""

    holders: tuple[Holder, ...]
    threshold: int
    valid_days: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A repository to be founded. ``families`` is empty for a hospital: it delegates nothing."""

    name: str
    root: RolePlan
    targets: RolePlan
    snapshot: RolePlan
    timestamp: RolePlan
    families: Mapping[str, RolePlan] = field(default_factory=dict)


def tuf_key(holder: Holder) -> Key:
    """The TUF key of a holder; its id is computed from its value."""
    key = SSlibKey.from_crypto(holder.public)
    key.unrecognized_fields[HOLDER] = holder.name
    return key


def holder_of(key: Key) -> str:
    """The printed name that the repository gives for a key."""
    return str(key.unrecognized_fields.get(HOLDER, key.keyid[:16]))
