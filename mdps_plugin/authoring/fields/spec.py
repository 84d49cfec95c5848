"""How one field is described: allowed values as JSON Schema, meaning, clause, change. Holds none.

``path`` writes list members as ``[]``. The parser stays the judge; tests hold this table against
it field by field (tests/authoring/test_schema.py).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]

_CONTROL = "\\u0000-\\u0008\\u000b-\\u001f\\u007f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069"
#: Not only blanks, no control or direction characters, as :mod:`mdps_plugin.reading` has it.
_TEXT = f"^[^{_CONTROL}]*[^\\s{_CONTROL}][^{_CONTROL}]*$"
_MAX_TEXT = 8192
DIGEST = "^[0-9a-f]{64}$"


class Change(enum.Enum):
    """What a change of a field asks for."""

    NONE = "no"
    WIDER = "only if wider"
    ALWAYS = "yes"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field. ``reason`` says why a change does or does not ask for a new validation.

    ``optional``: the key may be missing. ``label`` names it in clinical words.
    """

    path: str
    schema: Schema
    label: str
    meaning: str
    clause: str
    change: Change
    reason: str
    unit: str = ""
    optional: bool = False


@dataclass(frozen=True, kw_only=True)
class Group:
    """Clause, change and reason that the fields of one group share."""

    clause: str
    change: Change
    reason: str

    def field(
        self,
        path: str,
        schema: Schema,
        label: str,
        meaning: str,
        *,
        change: Change | None = None,
        reason: str | None = None,
        optional: bool = False,
    ) -> Field:
        """A field of the group; its own change and reason go before those of the group."""
        return Field(
            path=path,
            schema={key: value for key, value in schema.items() if key != "unit"},
            label=label,
            meaning=meaning,
            clause=self.clause,
            change=self.change if change is None else change,
            reason=self.reason if reason is None else reason,
            unit=schema.get("unit", ""),
            optional=optional,
        )


def text(most: int = _MAX_TEXT) -> Schema:
    """Text that is not empty."""
    return {"type": "string", "maxLength": most, "pattern": _TEXT}


def short(most: int) -> Schema:
    """Text that may be empty, such as a unit."""
    return {"type": "string", "maxLength": most, "pattern": f"^[^{_CONTROL}]*$"}


def matching(pattern: str, most: int = _MAX_TEXT) -> Schema:
    """Text that matches as a whole."""
    return {"type": "string", "maxLength": most, "pattern": f"^(?:{pattern})$"}


def one_of(*values: str) -> Schema:
    """One of these texts."""
    return {"enum": list(values)}


def texts(least: int, most: int) -> Schema:
    """A list of texts."""
    return {
        "type": "array",
        "minItems": least,
        "maxItems": most,
        "items": {"type": "string", "pattern": _TEXT},
    }


def number(minimum: float, maximum: float, unit: str = "") -> Schema:
    """A number between bounds, ends included."""
    return {"type": "number", "minimum": minimum, "maximum": maximum, "unit": unit}


def whole(minimum: int, maximum: int, unit: str = "") -> Schema:
    """A whole number between bounds."""
    return {"type": "integer", "minimum": minimum, "maximum": maximum, "unit": unit}


def wholes(least: int, most: int, minimum: int, maximum: int, unit: str = "") -> Schema:
    """A list of different whole numbers."""
    items = {"type": "integer", "minimum": minimum, "maximum": maximum}
    return {
        "type": "array",
        "minItems": least,
        "maxItems": most,
        "uniqueItems": True,
        "items": items,
        "unit": unit,
    }


def limits(minimum: float, maximum: float, unit: str = "") -> Schema:
    """A closed range. That minimum is not above maximum is the parser's to say."""
    end = {"type": "number", "minimum": minimum, "maximum": maximum}
    return {
        "type": "object",
        "properties": {"minimum": end, "maximum": end},
        "required": ["minimum", "maximum"],
        "additionalProperties": False,
        "unit": unit,
    }


def truth() -> Schema:
    """True or false."""
    return {"type": "boolean"}


def instant() -> Schema:
    """A moment in UTC."""
    return matching(r"[0-9]{4}(?:-[0-9]{2}){2}T[0-9]{2}(?::[0-9]{2}){2}(?:\.[0-9]{1,6})?Z")


def members(least: int, most: int) -> Schema:
    """A list of objects, whose fields stand in rows of their own."""
    return {"type": "array", "minItems": least, "maxItems": most}


def subset(values: tuple[str, ...]) -> Schema:
    """A list of different texts out of these."""
    return {
        "type": "array",
        "minItems": 1,
        "maxItems": len(values),
        "uniqueItems": True,
        "items": {"enum": list(values)},
    }


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    inner = {key: value for key, value in schema.items() if key != "unit"}
    return {"anyOf": [inner, {"type": "null"}], "unit": schema.get("unit", "")}


def nullable_part() -> Schema:
    """An object whose fields stand in rows of their own, or null."""
    return {"type": ["object", "null"]}
