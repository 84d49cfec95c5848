"""The site policy ``mdps-site-policy/1`` as frozen types, made by one parser. Judges nothing.

What a hospital allows to be made at all, whatever recipes say: the highest class in each
jurisdiction, pathways, implantables, device types (row 29). It can only forbid: nothing in it makes
a recipe usable.
"""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from ..canonical import Json, digest_of
from ..errors import DocumentError
from ..reading import Fields, instant_text
from ..recipes.document import Pathway

SCHEMA = "mdps-site-policy/1"
_NAME = r"[a-z0-9][a-z0-9-]{0,62}"
_EU = ("none", "I", "Im", "Is", "Ir", "IIa", "IIb", "III")

CLASS_ORDER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "EU": _EU,
        "GB": _EU,
        "AU": ("none", "I", "Im", "Is", "IIa", "IIb", "III"),
        "US": ("none", "I", "II", "III"),
        "CA": ("none", "I", "II", "III", "IV"),
    }
)
"""Classes of a jurisdiction from the lowest up; ``none`` is no medical device.

MDR (EU) 2017/745 Annex VIII and Art. 52(7) (Im, Is, Ir: class I with a notified body's part);
UK MDR 2002; Therapeutic Goods (Medical Devices) Regulations 2002, 3.2;
21 CFR 860.3; SOR/98-282, 6.
"""

MIN_TYPE_LENGTH = 4
"""A shorter denied word would meet parts of other words."""


class Unlisted(enum.Enum):
    """What happens to a device type that the policy does not list."""

    ALLOWED = "allowed"
    DENIED = "denied"


@dataclass(frozen=True, kw_only=True)
class SitePolicy:
    """A policy as signed. ``digest``: SHA-256 over its canonical JSON.

    ``max_class``: highest class by jurisdiction. ``allowed_types``: generic names that may be made
    if ``unlisted`` types are denied. ``denied_types``: words that no name of a device may hold.
    Names and words are as :func:`plain` gives them.
    """

    institution: str
    version: int
    issued: datetime
    expires: datetime
    max_class: Mapping[str, str]
    pathways: frozenset[Pathway]
    implantable_allowed: bool
    unlisted: Unlisted
    allowed_types: frozenset[str]
    denied_types: tuple[str, ...]
    digest: str

    @property
    def label(self) -> str:
        """How findings name it."""
        return f"site policy {self.version} of {self.institution}"

    def to_json(self) -> dict[str, Json]:
        """What a permit keeps: which policy judged it."""
        return {
            "institution": self.institution,
            "version": self.version,
            "sha256": self.digest,
            "expires": instant_text(self.expires),
        }


def plain(text: str) -> str:
    """Text for comparing: compatibility form, case folded, hyphens and spaces as one space."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    parted = "".join(char if char.isalnum() else " " for char in folded)
    return " ".join(parted.split())


def parse_policy(document: Json, source: str) -> SitePolicy:
    """Read a policy; :class:`DocumentError` for whatever is not one.

    Refused besides the closed schema: a jurisdiction or class that :data:`CLASS_ORDER` does not
    know (nobody could say what is above it), one named twice, an end before the beginning.
    """
    fields = Fields(document, source)
    if fields.text("schema") != SCHEMA:
        raise fields.fault("schema", "another format", SCHEMA)
    issued, expires = fields.instant("issued"), fields.instant("expires")
    if expires <= issued:
        raise fields.fault("expires", instant_text(expires), f"after {instant_text(issued)}")
    types = fields.child("device_types")
    unlisted = types.choice("unlisted", Unlisted)
    allowed, denied = _types(types, "allowed"), _types(types, "denied")
    types.close()
    institution = fields.matching("institution", _NAME, "lower-case letters, digits, hyphens")
    version = fields.integer("version", minimum=1, maximum=1_000_000)
    max_class, pathways = _classes(fields), _pathways(fields)
    implantable_allowed = fields.boolean("implantable_allowed")
    fields.close()
    return SitePolicy(
        institution=institution,
        version=version,
        issued=issued,
        expires=expires,
        max_class=max_class,
        pathways=pathways,
        implantable_allowed=implantable_allowed,
        unlisted=unlisted,
        allowed_types=frozenset(allowed),
        denied_types=denied,
        digest=digest_of(document),
    )


def _classes(fields: Fields) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for jurisdiction, highest in fields.objects("jurisdictions", _limit, least=1, most=20):
        if jurisdiction in found:
            raise fields.fault("jurisdictions", f"{jurisdiction} twice", "each once")
        found[jurisdiction] = highest
    return MappingProxyType(found)


def _limit(fields: Fields) -> tuple[str, str]:
    jurisdiction, highest = fields.text("jurisdiction"), fields.text("max_class")
    order = CLASS_ORDER.get(jurisdiction)
    if order is None:
        raise fields.fault("jurisdiction", repr(jurisdiction[:80]), " or ".join(CLASS_ORDER))
    if highest not in order:
        raise fields.fault("max_class", repr(highest[:80]), " or ".join(order))
    return jurisdiction, highest


def _pathways(fields: Fields) -> frozenset[Pathway]:
    known = {pathway.value: pathway for pathway in Pathway}
    found: set[Pathway] = set()
    for name in fields.texts("pathways", least=1, most=len(known)):
        if name not in known:
            raise fields.fault("pathways", repr(name[:80]), " or ".join(known))
        if known[name] in found:
            raise fields.fault("pathways", f"{name} twice", "each once")
        found.add(known[name])
    return frozenset(found)


def _types(fields: Fields, key: str) -> tuple[str, ...]:
    found: list[str] = []
    for index, text in enumerate(fields.texts(key, most=200)):
        name = plain(text)
        if not MIN_TYPE_LENGTH <= len(name) <= 100:
            place = fields.place(f"{key}[{index}]")
            allowed = f"{MIN_TYPE_LENGTH} to 100 letters and digits"
            raise DocumentError(fields.source, place, repr(text[:80]), allowed)
        found.append(name)
    return tuple(found)
