"""The page docs/recipe-fields.md: every field, what is allowed, what it means. Writes no file.

``python -m mdps_plugin.authoring.reference`` prints it. What is allowed is asked from the parser:
each leaf of a complete document is replaced by values that cannot be right, and what the parser
then says stands on the page. So the page cannot promise a bound that the parser does not hold.
Meaning, clause and revalidation come from the table of fields.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import DocumentError
from ..recipes.parse import read_draft
from .examples.common import Document
from .fields import FIELDS
from .refusals import honest

_HEAD = """# Fields of a recipe

Written by `python scripts/write_reference.py`; a test holds it against the code. What is allowed is
asked from the parser. The same table as JSON Schema: [recipe.schema.json](recipe.schema.json).
Rules across fields and how a bundle is built: [recipe-format.md](recipe-format.md).

`[]` is each member of a list. "Row 4" is a row of [clauses.md](clauses.md). The last column is what
`mdps recipe diff` goes by. Texts have at most 8192 characters.
"""
_RANGE = {"minimum", "maximum"}
_FREE_TEXT = "text that is not empty"
Place = tuple[str | int, ...]


def complete_document() -> Document:
    """A recipe in which every part of the format occurs."""
    document = honest().document
    document["registrations"] = [{"authority": "EUDAMED", "kind": "device", "number": None}]
    document["unmet_requirements"] = [{"requirement": "none", "grounds": "none"}]
    return document


def reference(document: Document) -> str:
    """Markdown: one table per part of the document, one row per field."""
    places: dict[str, tuple[Place, object]] = {}
    for place, value in _nodes(document, ()):
        places.setdefault(_name(place) + ("[]" if _inner(value) else ""), (place, value))
    lines = [_HEAD]
    part = ""
    for field in FIELDS:
        head = field.path.split(".")[0].removesuffix("[]")
        title = head if "." in field.path or "[]" in field.path else "top"
        if title != part:
            part = title
            columns = "| field | meaning | allowed | clause | change asks for validation |"
            lines += ["", f"## {title}", "", columns, "|---|---|---|---|---|"]
        place, value = places[field.path]
        row = (f"`{field.path}`", field.meaning, _allowed(document, place, value), field.clause)
        lines.append(f"| {' | '.join(row)} | {field.change.value} |")
    return "\n".join(lines) + "\n"


def _nodes(value: object, place: Place) -> Iterator[tuple[Place, object]]:
    """Every value of the document with its place, parts as well as leaves."""
    if place:
        yield place, value
    if isinstance(value, Mapping) and set(value) != _RANGE:
        for key in value:
            yield from _nodes(value[key], (*place, key))
    elif _inner(value) and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _nodes(item, (*place, index))


def _inner(value: object) -> bool:
    """True for a list of objects."""
    return isinstance(value, list) and any(isinstance(item, Mapping) for item in value)


def _name(place: Place) -> str:
    text = "".join("[]" if isinstance(part, int) else f".{part}" for part in place)
    return text.removeprefix(".")


def _path(place: Place) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.removeprefix(".")


def _allowed(document: Document, place: Place, value: object) -> str:
    if _inner(value):
        return f"list, {_answer(document, place, [{}] * 10_001)}"
    if isinstance(value, Mapping) and set(value) != _RANGE:
        return "a part of its own, or null"
    if isinstance(value, Mapping):
        bounds = _answer(document, (*place, "minimum"), 1e300) or "any number"
        return f"range `{{minimum, maximum}}`, {bounds}"
    if isinstance(value, list):
        members = _answer(document, place, []) or "may be empty"
        inner = _answer(document, (*place, 0), "?") if value else None
        if inner is not None and inner != _FREE_TEXT:
            return f"list, {members}, each: {inner}"
        return f"list, {members}"
    kind = _answer(document, place, {}) or "anything"
    if kind == "a number":
        return f"number, {_answer(document, place, 1e300) or 'any'}"
    if kind == "a whole number":
        return f"whole number, {_answer(document, place, 2**53 - 1) or 'any'}"
    if kind == "text":
        # A null may stand where the example has one, or where it is taken without complaint.
        optional = value is None or _answer(document, place, None) is None
        words = _answer(document, place, "?") or "text"
        return f"{words}, or null" if optional else words
    return kind


def _answer(document: Document, place: Place, probe: object) -> str | None:
    """What the parser says is allowed at ``place`` when ``probe`` stands there; None if taken."""
    changed = copy.deepcopy(document)
    inner: Any = changed
    for part in place[:-1]:
        inner = inner[part]
    inner[place[-1]] = probe
    try:
        read_draft(changed, "reference")
    except DocumentError as fault:
        # Only what is said of this very field or its parent list counts, not a later rule.
        parent = _path(place[:-1]) if isinstance(place[-1], int) else None
        return fault.allowed.replace("|", "\\|") if fault.path in (_path(place), parent) else None
    return None


if __name__ == "__main__":
    sys.stdout.write(reference(complete_document()))
