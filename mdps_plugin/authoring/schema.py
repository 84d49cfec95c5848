"""JSON Schema of the recipe, built from the table of fields. Writes no file.

``python -m mdps_plugin.authoring.schema`` prints it; ``recipe.schema.json`` in docs/ is its output.
It holds what one field may be. What spans fields (``recipes/rules.py``) it cannot say: a document
that the schema accepts is not yet a recipe, and only the parser decides.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from ..recipes.parse import OLD_SCHEMA
from .fields import FIELDS
from .fields.spec import Field, Schema

_ID = "https://mdps.example/recipe/v1/schema"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
#: A variable is one of two closed shapes: what only the other one has.
_ONLY = {"choice": ("allowed",), "number": ("limits", "step")}


def recipe_schema() -> Schema:
    """The schema of ``mdps-recipe/2``; it also takes ``mdps-recipe/1``, without coverage."""
    root: Schema = _part()
    for field in FIELDS:
        _put(root, field)
    variables = root["properties"]["variables"]
    variables["items"] = {"oneOf": [_variant(variables["items"], kind) for kind in _ONLY]}
    report = root["properties"]["evidence"]["items"]
    report["required"].remove("coverage")
    return {
        "$schema": _DIALECT,
        "$id": _ID,
        "title": "Recipe of a device, as a manufacturer signs it",
        "description": "Written from the code. Rules across fields: docs/recipe-format.md.",
        **root,
        "if": {"properties": {"schema": {"const": OLD_SCHEMA}}},
        "then": _evidence({"properties": {"coverage": False}}),
        "else": _evidence({"required": ["coverage"]}),
    }


def _evidence(items: Schema) -> Schema:
    return {"properties": {"evidence": {"items": items}}}


def _part() -> Schema:
    return {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def _put(root: Schema, field: Field) -> None:
    """Add one field at its path; parts on the way are made as they are met."""
    place = root
    *parents, last = field.path.split(".")
    for name in parents:
        place = _inner(place, name)
    name = last.removesuffix("[]")
    described = {
        **field.schema,
        "title": field.label,
        "description": _description(field),
    }
    if described.get("type") == ["object", "null"]:
        described = {**_part(), **described}
    if last.endswith("[]"):
        described["items"] = _part()
    place["properties"][name] = described
    if not field.optional:
        place["required"].append(name)


def _inner(place: Schema, name: str) -> Schema:
    key = name.removesuffix("[]")
    properties = place["properties"]
    if key not in properties:
        properties[key] = _part()
        place["required"].append(key)
    found: Schema = properties[key]["items"] if name.endswith("[]") else properties[key]
    return found


def _description(field: Field) -> str:
    unit = f" Unit: {field.unit}." if field.unit else ""
    return f"{field.meaning}{unit} Clause: {field.clause}."


def _variant(part: Schema, kind: str) -> Schema:
    absent = {name for other, names in _ONLY.items() if other != kind for name in names}
    properties = {key: value for key, value in part["properties"].items() if key not in absent}
    properties["kind"] = {**properties["kind"], "enum": [kind]}
    required = [name for name in part["required"] if name not in absent]
    return {**part, "properties": properties, "required": required}


def schema_text() -> str:
    """The file ``recipe.schema.json`` of docs/."""
    value: Any = recipe_schema()
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
