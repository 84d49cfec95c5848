"""What a value must look like to leave the cell, and the JSON Schema that says the same. Pure.

A shape is a closed pattern: identifiers of our own making, digests, counts, codes from a list.
There is no shape for free text, so a text that somebody typed cannot leave, whatever field it is
in. A value that does not fit is left out, never shortened or masked.
"""

from __future__ import annotations

import hashlib
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..canonical import MAX_SAFE_INTEGER, Json


class Missing:
    """The value is absent or does not fit."""


MISSING = Missing()


class Shape(ABC):
    """Picks a value that fits, and describes itself as JSON Schema."""

    @abstractmethod
    def pick(self, value: Json) -> Json | Missing:
        """The value that leaves the cell, or :data:`MISSING`."""

    @abstractmethod
    def schema(self) -> dict[str, Json]:
        """JSON Schema (draft-07) of what :meth:`pick` lets through."""


@dataclass(frozen=True, kw_only=True)
class Text(Shape):
    """Text that matches a pattern as a whole."""

    pattern: str

    def pick(self, value: Json) -> Json | Missing:
        """Text that fits."""
        fits = isinstance(value, str) and re.fullmatch(self.pattern, value) is not None
        return value if fits else MISSING

    def schema(self) -> dict[str, Json]:
        """A string with the pattern."""
        return {"type": "string", "pattern": f"^(?:{self.pattern})$"}


@dataclass(frozen=True, kw_only=True)
class Choice(Shape):
    """One word of a list."""

    words: tuple[str, ...]

    def pick(self, value: Json) -> Json | Missing:
        """A word of the list."""
        return value if isinstance(value, str) and value in self.words else MISSING

    def schema(self) -> dict[str, Json]:
        """An enumeration."""
        return {"type": "string", "enum": list(self.words)}


@dataclass(frozen=True, kw_only=True)
class Reference(Shape):
    """A digest in place of an identifier that the hospital chose and that might tell a person."""

    def pick(self, value: Json) -> Json | Missing:
        """SHA-256 of the identifier."""
        if not isinstance(value, str):
            return MISSING
        return hashlib.sha256(b"mdps-reference/1\n" + value.encode("utf-8", "replace")).hexdigest()

    def schema(self) -> dict[str, Json]:
        """64 hexadecimal digits."""
        return DIGEST.schema()


@dataclass(frozen=True, kw_only=True)
class Whole(Shape):
    """A count."""

    def pick(self, value: Json) -> Json | Missing:
        """A whole number from 0."""
        if isinstance(value, int) and not isinstance(value, bool):
            return value if 0 <= value <= MAX_SAFE_INTEGER else MISSING
        return MISSING

    def schema(self) -> dict[str, Json]:
        """An integer."""
        return {"type": "integer", "minimum": 0, "maximum": MAX_SAFE_INTEGER}


@dataclass(frozen=True, kw_only=True)
class Celsius(Shape):
    """A temperature in °C."""

    def pick(self, value: Json) -> Json | Missing:
        """A finite number that a printer can measure."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return MISSING
        return value if math.isfinite(value) and -100 <= value <= 600 else MISSING

    def schema(self) -> dict[str, Json]:
        """A number."""
        return {"type": "number", "minimum": -100, "maximum": 600}


@dataclass(frozen=True, kw_only=True)
class Flag(Shape):
    """True or false."""

    def pick(self, value: Json) -> Json | Missing:
        """A boolean."""
        return value if isinstance(value, bool) else MISSING

    def schema(self) -> dict[str, Json]:
        """A boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True, kw_only=True)
class ListOf(Shape):
    """A list; members that do not fit are left out, and what is beyond ``most``."""

    member: Shape
    most: int = 100

    def pick(self, value: Json) -> Json | Missing:
        """The members that fit."""
        if not isinstance(value, Sequence) or isinstance(value, str):
            return MISSING
        picked = (self.member.pick(item) for item in value)
        return [item for item in picked if not isinstance(item, Missing)][: self.most]

    def schema(self) -> dict[str, Json]:
        """An array."""
        return {"type": "array", "items": self.member.schema(), "maxItems": self.most}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One field that may leave: its name, where it stands in the entry, what it must look like.

    ``path`` names the members on the way, dotted; ``[]`` after a name looks into every member of a
    list: ``verdict.findings[].code``.
    """

    name: str
    shape: Shape
    path: str = ""

    def pick(self, body: Mapping[str, Json]) -> Json | Missing:
        """The value of the rule in the body of an entry."""
        found = _look(body, (self.path or self.name).replace("[]", ".[]").split("."))
        return found if isinstance(found, Missing) else self.shape.pick(found)


@dataclass(frozen=True, kw_only=True)
class Record(Shape):
    """An object with the fields that the rules name; no other."""

    rules: tuple[Rule, ...]

    def pick(self, value: Json) -> Json | Missing:
        """The fields that are there and fit; :data:`MISSING` if there are none."""
        if not isinstance(value, Mapping):
            return MISSING
        picked = {rule.name: rule.pick(value) for rule in self.rules}
        kept = {name: item for name, item in picked.items() if not isinstance(item, Missing)}
        return kept or MISSING

    def schema(self) -> dict[str, Json]:
        """An object; every field may be absent, none may be added."""
        return {
            "type": "object",
            "properties": {rule.name: rule.shape.schema() for rule in self.rules},
            "additionalProperties": False,
        }


def _look(value: Json, steps: Sequence[str]) -> Json | Missing:
    if not steps:
        return value
    if steps[0] == "[]":
        if not isinstance(value, Sequence) or isinstance(value, str):
            return MISSING
        found = (_look(item, steps[1:]) for item in value)
        return [item for item in found if not isinstance(item, Missing)]
    if not isinstance(value, Mapping) or steps[0] not in value:
        return MISSING
    return _look(value[steps[0]], steps[1:])


DIGEST = Text(pattern="[0-9a-f]{64}")
INDEX = Text(pattern="0|[1-9][0-9]{0,15}")
MOMENT = Text(pattern=r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")
#: Made by the controller: ``B-20261123-0A1B2C``; a deviation adds ``-D1``.
BUILD_ID = Text(pattern="B-[0-9A-Z]+(-[0-9A-Z]+)*")
#: Signed by the manufacturer of the recipe.
SLUG = Text(pattern="[a-z][a-z0-9]*(-[a-z0-9]+)*")
#: A row of our own catalogue.
CODE = Text(pattern="[A-Z]{2}-[0-9]{2,4}")
#: Of a program: at most three digits between the dots, which a date of birth has not.
VERSION = Text(pattern=r"[0-9]{1,3}(\.[0-9]{1,3}){1,3}([.+-]?[a-z]{1,8}[0-9]{0,3})?")
COUNT = Whole()
CELSIUS = Celsius()
FLAG = Flag()
REFERENCE = Reference()
