"""The site policy of the demonstration hospital: class I at most, nothing implantable. Signs it.

The denied types are examples of what a print laboratory should not take on by the way: devices
whose failure ends a life within minutes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ..authoring.policy_signing import sign_policy
from ..authoring.signing import SigningKey, load_signing_key
from ..canonical import Json
from ..policy.document import SCHEMA
from ..reading import instant_text
from ..recipes.document import Pathway
from ..recipes.store import recipes_folder

DENIED_TYPES = ("tourniquet", "ventilator", "intubation", "heart valve")


def policy_document(institution: str, at: datetime, version: int = 1) -> dict[str, Json]:
    """The policy as the quality manager of the demonstration writes it, good for a year."""
    issued = at.replace(microsecond=0)
    return {
        "schema": SCHEMA,
        "institution": institution,
        "version": version,
        "issued": instant_text(issued),
        "expires": instant_text(issued + timedelta(days=365)),
        "jurisdictions": [{"jurisdiction": "EU", "max_class": "I"}],
        "pathways": [pathway.value for pathway in Pathway],
        "implantable_allowed": False,
        "device_types": {"unlisted": "allowed", "allowed": [], "denied": list(DENIED_TYPES)},
    }


def example_quality_key() -> SigningKey:
    """The example key of role quality, which anybody has (docs/adr/0003)."""
    path = recipes_folder() / "example-keys" / "quality.pem"
    return load_signing_key(path.read_bytes(), path.name)


def signed_policy(institution: str, at: datetime, key: SigningKey) -> bytes:
    """The signed policy: the envelope as it lies in the repository or beside ``cell.json``."""
    return sign_policy(policy_document(institution, at), [key], "demonstration policy")
