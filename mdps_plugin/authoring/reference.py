"""The field reference of docs/recipe-format.md, asked from the parser itself. Writes no file.

``python -m mdps_plugin.authoring.reference`` prints it. Each leaf of a complete document is
replaced by values that cannot be right; what the parser then says is allowed is the reference. So
the page cannot promise a bound that the parser does not hold.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import DocumentError
from ..recipes.parse import parse_recipe
from .examples.common import Document
from .refusals import honest

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
    lines: list[str] = []
    part = ""
    seen: set[str] = set()
    for place, value in _leaves(document, ()):
        name = _name(place)
        if name in seen:
            continue
        seen.add(name)
        head = str(place[0])
        title = head if len(place) > 1 else "top"
        if title != part:
            part = title
            lines += ["", f"### {title}", "", "| field | allowed |", "|---|---|"]
        lines.append(f"| `{name}` | {_allowed(document, place, value)} |")
    return "\n".join(lines).strip() + "\n"


def _leaves(value: object, place: Place) -> Iterator[tuple[Place, object]]:
    """Fields in the order of the document; lists of objects are entered at every member."""
    if isinstance(value, Mapping) and set(value) != _RANGE:
        # Plain fields of the top come before its parts, so that they share one table.
        keys = sorted(value, key=lambda key: bool(_inner(value[key]))) if not place else value
        for key in keys:
            yield from _leaves(value[key], (*place, key))
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for index, item in enumerate(value):
            yield from _leaves(item, (*place, index))
    else:
        yield place, value


def _inner(value: object) -> bool:
    if isinstance(value, list):
        return any(isinstance(item, Mapping) for item in value)
    return isinstance(value, Mapping)


def _name(place: Place) -> str:
    text = "".join("[]" if isinstance(part, int) else f".{part}" for part in place)
    return text.removeprefix(".")


def _path(place: Place) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.removeprefix(".")


def _allowed(document: Document, place: Place, value: object) -> str:
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
        parse_recipe(changed, "reference")
    except DocumentError as fault:
        # Only what is said of this very field or its parent list counts, not a later rule.
        parent = _path(place[:-1]) if isinstance(place[-1], int) else None
        return fault.allowed.replace("|", "\\|") if fault.path in (_path(place), parent) else None
    return None


if __name__ == "__main__":
    sys.stdout.write(reference(complete_document()))
