"""The order: the written request for one device, ``mdps-order/1``. Judges no completeness.

Parsing checks the shape; whether the order suffices for its recipe is said by
:mod:`mdps_plugin.build.checks.order`. The patient is a random token here. Name and clinical notes
have no field: they are refused as unknown keys (:mod:`mdps_plugin.build.identity` reads the name,
which the controller keeps apart, encrypted). Format: docs/order-format.md.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..canonical import Json, digest_of
from ..errors import DocumentError
from ..reading import Fields
from ..recipes.document import Pathway

SCHEMA = "mdps-order/1"

#: Base 32 after Crockford: no I, L, O, U, so that a token can be read aloud and typed.
_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TOKEN = re.compile(rf"P-(?=[0-9]*[A-Z])[{_BASE32}]{{12,26}}")
_FORM = "P- and 12 to 26 random characters of 0-9 A-Z without I, L, O, U, a letter among them"
_IDENTIFIER = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_TOKEN_BYTES = 10


class IndividualKind(enum.Enum):
    """For whom the device is (row 1)."""

    PATIENT = "patient"
    PROFESSIONAL = "professional"


@dataclass(frozen=True, kw_only=True)
class Individual:
    """The one person the device is for, by a random token (row 17)."""

    token: str
    kind: IndividualKind


@dataclass(frozen=True, kw_only=True)
class Prescriber:
    """The authorized professional who asks for the device (row 1)."""

    name: str
    registration_number: str
    workplace: str


@dataclass(frozen=True, kw_only=True)
class WrittenRequest:
    """The signed request as a file: its SHA-256, who signed it and when."""

    document_sha256: str
    signed_at: datetime
    signed_by: str


@dataclass(frozen=True, kw_only=True)
class ReleasedModel:
    """Geometry that a named designer released for this order: SHA-256 of the STL."""

    sha256: str
    released_by_name: str
    released_by_role: str
    released_at: datetime


@dataclass(frozen=True, kw_only=True)
class Order:
    """One order. ``sha256`` is the digest of the canonical document, ``raw`` the document."""

    order_id: str
    pathway: Pathway
    recipe_id: str
    revision: int | None
    individual: Individual
    prescriber: Prescriber
    request: WrittenRequest | None
    design_characteristics: tuple[str, ...]
    condition_or_feature: str | None
    model: ReleasedModel | None
    gcode_sha256: str | None
    variables: Mapping[str, str]
    quantity: int
    need_justification: str | None
    due: datetime
    ward: str
    received_at: datetime
    sha256: str
    raw: Json


def parse_order(document: Json, source: str) -> Order:
    """Read one order; ``DocumentError`` names the place. Unknown keys are refused."""
    fields = Fields(document, source)
    schema = fields.text("schema")
    if schema != SCHEMA:
        raise fields.fault("schema", repr(schema[:80]), SCHEMA)
    order = Order(
        order_id=fields.matching(
            "order_id", _IDENTIFIER, "1 to 64 letters, digits, dots, dashes or underscores"
        ),
        pathway=fields.choice("pathway", Pathway),
        recipe_id=fields.matching(
            "recipe_id", _IDENTIFIER, "1 to 64 letters, digits, dots, dashes or underscores"
        ),
        revision=_optional_revision(fields),
        individual=_individual(fields),
        prescriber=_prescriber(fields),
        request=_request(fields),
        design_characteristics=fields.texts("design_characteristics", most=100),
        condition_or_feature=fields.optional_text("condition_or_feature"),
        model=_model(fields),
        gcode_sha256=fields.digest("gcode_sha256") if _present(fields, "gcode_sha256") else None,
        variables=_variables(fields),
        # One order is one device for one individual; more devices are more orders (row 1).
        quantity=fields.integer("quantity", minimum=1, maximum=1),
        need_justification=fields.optional_text("need_justification"),
        due=fields.instant("due"),
        ward=fields.text("ward", max_length=200),
        received_at=fields.instant("received_at"),
        sha256=digest_of(document),
        raw=document,
    )
    fields.close()
    return order


def token_from(random_bytes: bytes) -> str:
    """A patient token from at least 10 bytes of the caller's randomness (80 bits).

    Never a hash of a record number: such a token could be found again by trying numbers.
    """
    if len(random_bytes) < _TOKEN_BYTES:
        raise RuntimeError(f"a token needs {_TOKEN_BYTES} random bytes")
    number = int.from_bytes(random_bytes[:_TOKEN_BYTES], "big")
    characters = [_BASE32[(number >> (5 * place)) & 31] for place in range(16)]
    if not any(character.isalpha() for character in characters):
        characters[0] = "P"
    return "P-" + "".join(characters)


def check_token(token: str, source: str, path: str) -> str:
    """``token`` itself if it has the form of a patient token, else ``DocumentError``."""
    if _TOKEN.fullmatch(token) is None:
        # The text is not shown: what stands here in place of a token may be a name.
        raise DocumentError(source, path, f"{len(token)} characters of other form", _FORM)
    return token


def _present(fields: Fields, key: str) -> bool:
    """True if there is a value; missing and null both mean that there is none."""
    fields.ignore(key)
    return fields.has(key)


def _optional_revision(fields: Fields) -> int | None:
    if not _present(fields, "revision"):
        return None
    return fields.integer("revision", minimum=1, maximum=1_000_000)


def _individual(fields: Fields) -> Individual:
    inner = fields.child("individual")
    individual = Individual(
        token=check_token(inner.text("token"), fields.source, inner.place("token")),
        kind=inner.choice("kind", IndividualKind),
    )
    inner.close()
    return individual


def _prescriber(fields: Fields) -> Prescriber:
    inner = fields.child("prescriber")
    prescriber = Prescriber(
        name=inner.text("name", max_length=200),
        registration_number=inner.text("registration_number", max_length=100),
        workplace=inner.text("workplace", max_length=400),
    )
    inner.close()
    return prescriber


def _request(fields: Fields) -> WrittenRequest | None:
    if not _present(fields, "request"):
        return None
    inner = fields.child("request")
    request = WrittenRequest(
        document_sha256=inner.digest("document_sha256"),
        signed_at=inner.instant("signed_at"),
        signed_by=inner.text("signed_by", max_length=200),
    )
    inner.close()
    return request


def _model(fields: Fields) -> ReleasedModel | None:
    if not _present(fields, "model"):
        return None
    inner = fields.child("model")
    person = inner.child("released_by")
    model = ReleasedModel(
        sha256=inner.digest("sha256"),
        released_by_name=person.text("name", max_length=200),
        released_by_role=person.text("role", max_length=200),
        released_at=inner.instant("released_at"),
    )
    person.close()
    inner.close()
    return model


def _variables(fields: Fields) -> dict[str, str]:
    value = fields.take("variables")
    if not isinstance(value, Mapping):
        raise fields.fault("variables", "no object", "an object of texts by name")
    inner = Fields(value, fields.source, fields.place("variables"))
    variables = {name: inner.text(name, max_length=200) for name in sorted(value)}
    inner.close()
    return variables
