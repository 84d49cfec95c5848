"""A site policy to begin with: class I at most, nothing implantable. Signs nothing.

The demonstration and the refusal fixtures use it as it is; a hospital writes its own. The denied
types are examples of what a print laboratory should not take on by the way: devices whose failure
ends a life within minutes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ..canonical import Json
from ..policy.document import SCHEMA
from ..reading import instant_text
from ..recipes.document import Pathway

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
