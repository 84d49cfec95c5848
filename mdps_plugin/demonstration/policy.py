"""The site policy of the demonstration hospital, signed with a key of its quality manager."""

from __future__ import annotations

from datetime import datetime

from ..authoring.policy_signing import sign_policy
from ..authoring.policy_template import policy_document
from ..authoring.signing import SigningKey, load_signing_key
from ..recipes.store import recipes_folder


def example_quality_key() -> SigningKey:
    """The example key of role quality, which anybody has (docs/adr/0003)."""
    path = recipes_folder() / "example-keys" / "quality.pem"
    return load_signing_key(path.read_bytes(), path.name)


def signed_policy(institution: str, at: datetime, key: SigningKey) -> bytes:
    """The signed policy: the envelope as it lies in the repository or beside ``cell.json``."""
    return sign_policy(policy_document(institution, at), [key], "demonstration policy")
