"""The patient's identity, which never stands in an order. Encrypts nothing, stores nothing.

The controller hands it in beside the order, keeps it encrypted under the token, and logs every
look-up (row 17). An order in which the name occurs is refused by :func:`refuse_identity_in`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ..canonical import Json
from ..errors import DocumentError
from ..reading import Fields
from .order import check_token

#: Words that may stand between the parts of a name: titles, initials, "née".
WORDS_BETWEEN = 3


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
    """``DocumentError`` where a text of ``document`` holds the name or the record number.

    The name counts in any case and any order of its parts ("Example, Jordan"), with or without
    accents, where all parts stand near each other.
    """
    number = _words(identity.record_number or "")
    parts = _words(identity.name)
    for path, text in _texts(document, ""):
        words = _words(text)
        if _in_a_row(number, words) or _near(parts, words):
            raise DocumentError(
                source, path, "the patient's name or record number", "the patient's token only"
            )


def _words(text: str) -> list[str]:
    """Whole words, compared without case and accents: "Li" must not make every "lid" a finding."""
    bare = "".join(
        one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one)
    )
    return re.findall(r"[^\W_]+", bare.casefold())


def _in_a_row(wanted: list[str], words: list[str]) -> bool:
    size = len(wanted)
    places = range(len(words) - size + 1)
    return bool(wanted) and any(words[place : place + size] == wanted for place in places)


def _near(parts: list[str], words: list[str]) -> bool:
    """True where every part stands within a stretch of words not much longer than the name."""
    wanted = Counter(parts)
    reach = len(parts) + (WORDS_BETWEEN if len(parts) > 1 else 0)
    return bool(parts) and any(
        not wanted - Counter(words[place : place + reach])
        for place, word in enumerate(words)
        if word in wanted
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
