"""Parser and JSON Schema say the same of every field; the pages made from the table are current."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mdps_plugin.authoring.examples import EXAMPLES
from mdps_plugin.authoring.fields import FIELDS
from mdps_plugin.authoring.make_examples import example_document
from mdps_plugin.authoring.reference import complete_document, reference
from mdps_plugin.authoring.schema import recipe_schema, schema_text
from mdps_plugin.errors import DocumentError
from mdps_plugin.recipes import document as types
from mdps_plugin.recipes.parse import ENVELOPE_NAME, read_draft
from mdps_plugin.recipes.store import load_bundle, recipes_folder

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = recipe_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
COMPLETE = complete_document()
Place = tuple[str | int, ...]


def nodes(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    yield place, value
    entries: Any = ()
    if isinstance(value, dict):
        entries = value.items()
    elif isinstance(value, list):
        entries = enumerate(value)
    for key, inner in entries:
        yield from nodes(inner, (*place, key))


NODES = list(nodes(COMPLETE))


def name(place: Place) -> str:
    text = "".join("[]" if isinstance(part, int) else f".{part}" for part in place)
    return text.removeprefix(".")


def changed(place: Place, probe: Any) -> Any:
    document: Any = copy.deepcopy(COMPLETE)
    inner = document
    for part in place[:-1]:
        inner = inner[part]
    inner[place[-1]] = probe
    return document


def parser_fault(document: Any) -> DocumentError | None:
    try:
        read_draft(document, "test")
    except DocumentError as fault:
        return fault
    return None


def parser_takes(document: Any) -> bool:
    return parser_fault(document) is None


def is_between_fields(fault: DocumentError | None) -> bool:
    """What the parser says of two fields of one part; the schema sees one at a time."""
    if fault is None:
        return False
    known = {
        "a value that the variable allows",
        "inside the limits",
        f"at most {COMPLETE['hold']['total_s']} s",
        "at most 0 s",
    }
    return fault.allowed in known


def first_places() -> dict[str, Place]:
    """One place in the complete document for every field of the table."""
    found: dict[str, Place] = {}
    for place, value in NODES:
        plain = name(place)
        objects = isinstance(value, list) and value and isinstance(value[0], dict)
        found.setdefault(plain + "[]" if objects else plain, place)
    return found


PLACES = first_places()


def probes(schema: dict[str, Any]) -> list[Any]:
    """Values outside what the table says: another type, beyond a bound, not of the pattern."""
    found: list[Any] = [{"no": "field"}, 7.5e300, True, "?\u202e", ["", ""], [], None]
    for part in (schema, *schema.get("anyOf", ())):
        for key in ("minimum", "maximum"):
            if key in part:
                step = -1 if key == "minimum" else 1
                found += [part[key] + step, part[key]]
        if "maxLength" in part:
            found += ["a" * (part["maxLength"] + 1), "a" * part["maxLength"]]
        if part.get("type") == "array":
            found += [["a"] * (part["maxItems"] + 1), [{}] * (part["maxItems"] + 1)]
            found += [["a", "a"], [1, 1]]
        if "properties" in part:
            low, high = (part["properties"]["minimum"][end] for end in ("minimum", "maximum"))
            found += [
                {"minimum": low, "maximum": high},
                {"minimum": low - 1, "maximum": high},
                {"minimum": low, "maximum": high + 1},
                {"minimum": low},
                {"minimum": low, "maximum": high, "nominal": low},
            ]
        found += part.get("enum", [])
    return found


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.path)
def test_each_field_is_refused_and_taken_by_both_alike(field: Any) -> None:
    place = PLACES[field.path]
    refused = 0
    for probe in probes(field.schema):
        document = changed(place, probe)
        fault = parser_fault(document)
        valid = VALIDATOR.is_valid(document)
        assert valid == (fault is None or is_between_fields(fault)), f"{probe!r}: {fault}"
        refused += not valid
    assert refused, "no probe was refused"


def test_every_key_is_needed_by_both_or_optional_in_both() -> None:
    optional = {field.path.removesuffix("[]") for field in FIELDS if field.optional}
    for place, value in NODES:
        if not isinstance(value, dict):
            continue
        for key in value:
            inner: Any = copy.deepcopy(COMPLETE)
            part = inner
            for step in place:
                part = part[step]
            del part[key]
            takes = parser_takes(inner)
            assert VALIDATOR.is_valid(inner) == takes, (*place, key)
            assert takes == (name((*place, key)) in optional), (*place, key)


def test_an_unknown_key_is_refused_by_both_in_every_part() -> None:
    for place, value in NODES:
        if isinstance(value, dict):
            document = changed((*place, "more"), 1)
            assert not parser_takes(document), place
            assert not VALIDATOR.is_valid(document), place


def test_every_example_of_both_schemas_is_valid() -> None:
    VALIDATOR.check_schema(SCHEMA)
    VALIDATOR.validate(COMPLETE)
    for example in EXAMPLES:
        files = dict(load_bundle(recipes_folder() / example.name / str(example.revision)))
        del files[ENVELOPE_NAME]
        VALIDATOR.validate(example_document(example, files))
    old = copy.deepcopy(COMPLETE)
    old["schema"] = "mdps-recipe/1"
    assert not VALIDATOR.is_valid(old)
    for report in old["evidence"]:
        del report["coverage"]
    VALIDATOR.validate(old)


def test_every_field_of_the_dataclasses_has_a_row_and_every_row_a_place() -> None:
    words = {part for field in FIELDS for part in field.path.replace("[]", "").split(".")}
    computed = {"digest", "raw"}
    for kind in vars(types).values():
        if dataclasses.is_dataclass(kind) and kind.__module__ == types.__name__:
            missing = {field.name for field in dataclasses.fields(kind)} - words - computed
            assert not missing, kind
    paths = [field.path for field in FIELDS]
    assert len(set(paths)) == len(paths)
    assert set(paths) <= set(PLACES)


def test_the_pages_are_what_the_code_says() -> None:
    assert (DOCS / "recipe-fields.md").read_text(encoding="utf-8") == reference(COMPLETE)
    assert (DOCS / "recipe.schema.json").read_text(encoding="utf-8") == schema_text()
    json.loads(schema_text())
