"""The patient's identity, which never stands in an order. Encrypts nothing, stores nothing.

The controller hands it in beside the order, keeps it encrypted under the token, and logs every
look-up (row 17). An order in which the name occurs is refused by :func:`refuse_identity_in`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..canonical import Json
from ..errors import DocumentError
from ..reading import Fields
from .order import check_token


@dataclass(frozen=True, kw_only=True)
class PatientIdentity:
    """Who a token stands for. ``record_number`` is the hospital's own number of the person."""

    token: str
    name: str
    record_number: str | None
    date_of_birth: str | None

    def to_json(self) -> dict[str, Json]:
        """What the controller encrypts."""
        return {
            "token": self.token,
            "name": self.name,
            "record_number": self.record_number,
            "date_of_birth": self.date_of_birth,
        }

    def __repr__(self) -> str:
        """The token only: representations end up in traces."""
        return f"PatientIdentity(token={self.token!r})"


def parse_patient_identity(document: Json, source: str) -> PatientIdentity:
    """Read one identity; ``DocumentError`` names the place and never shows the text."""
    fields = Fields(document, source)
    birth = fields.optional_text("date_of_birth")
    identity = PatientIdentity(
        token=check_token(fields.text("token"), source, "token"),
        name=fields.text("name", max_length=200),
        record_number=fields.optional_text("record_number"),
        date_of_birth=birth,
    )
    fields.close()
    return identity


def refuse_identity_in(document: Json, identity: PatientIdentity, source: str) -> None:
    """``DocumentError`` where a text of ``document`` holds the name or the record number."""
    secrets = [identity.name] + ([identity.record_number] if identity.record_number else [])
    # Whole words only: a patient called "Li" must not make every "lid" a finding.
    patterns = [
        re.compile(rf"(?<!\w){re.escape(' '.join(secret.split()).casefold())}(?!\w)")
        for secret in secrets
    ]
    for path, text in _texts(document, ""):
        plain = " ".join(text.split()).casefold()
        if any(pattern.search(plain) for pattern in patterns):
            raise DocumentError(
                source, path, "the patient's name or record number", "the patient's token only"
            )


def _texts(value: Json, path: str) -> list[tuple[str, str]]:
    if isinstance(value, str):
        return [(path, value)]
    if isinstance(value, Mapping):
        return [
            found
            for key, item in value.items()
            for found in _texts(item, f"{path}.{key}" if path else key)
        ]
    if isinstance(value, (list, tuple)):
        return [
            found for index, item in enumerate(value) for found in _texts(item, f"{path}[{index}]")
        ]
    return []
