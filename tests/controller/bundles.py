"""Bundles made from a shipped recipe and signed again with the public example keys."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mdps_plugin.authoring.signing import (
    load_signing_key,
    make_payload,
    pin,
    sign_payload,
)
from mdps_plugin.canonical import canonical_json
from mdps_plugin.recipes.bundle import PREDICATE_TYPE, STATEMENT_TYPE, read_statement
from mdps_plugin.recipes.envelope import parse_envelope
from mdps_plugin.recipes.parse import ENVELOPE_NAME
from mdps_plugin.recipes.store import find_bundle, load_bundle, recipes_folder


def example_key(name: str) -> Any:
    path = recipes_folder() / "example-keys" / f"{name}.pem"
    return load_signing_key(path.read_bytes(), path.name)


def shipped(name: str = "mask-extender") -> tuple[dict[str, Any], dict[str, bytes]]:
    """The recipe document of a shipped bundle and the files that it pins."""
    files = dict(load_bundle(find_bundle(f"validated_recipes/{name}")))
    payload = parse_envelope(files.pop(ENVELOPE_NAME), ENVELOPE_NAME).payload
    _, document = read_statement(payload, ENVELOPE_NAME)
    return copy.deepcopy(json.loads(json.dumps(document))), files


def statement(document: Mapping[str, Any]) -> bytes:
    """A Statement over any document, whether it is a recipe or not."""
    return canonical_json(
        {
            "_type": STATEMENT_TYPE,
            "subject": [
                {"name": item["name"], "digest": {"sha256": item["sha256"]}}
                for item in document["files"]
            ],
            "predicateType": PREDICATE_TYPE,
            "predicate": document,
        }
    )


def signed(payload: bytes, *keys: str) -> bytes:
    """An envelope with the signatures of these example keys."""
    return sign_payload(payload, [example_key(name) for name in keys])


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    """A bundle folder."""
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def variant(
    folder: Path,
    change: Callable[[dict[str, Any]], None],
    *,
    base: str = "mask-extender",
    files: Mapping[str, bytes] | None = None,
    sign_as: str | None = None,
) -> Path:
    """A bundle of its own: the shipped recipe with ``change`` and with other ``files``.

    ``sign_as`` "anything" signs even what is no recipe.
    """
    document, pinned = shipped(base)
    pinned.update(files or {})
    roles = {item["name"]: item["role"] for item in document["files"]}
    document["files"] = [pin(roles[name], name, data) for name, data in sorted(pinned.items())]
    change(document)
    if sign_as == "anything":
        payload = statement(document)
    else:
        kept = {item["name"] for item in document["files"]}
        pinned = {name: data for name, data in pinned.items() if name in kept}
        payload = make_payload(document, pinned, "recipe.json")
    envelope = signed(payload, "quality", "regulatory")
    return write(folder, {**pinned, ENVELOPE_NAME: envelope})


def brought_strap(folder: Path) -> Path:
    """The strap as a recipe whose job the order brings; ring B slices the model again."""

    def change(document: dict[str, Any]) -> None:
        document["identity"].update(recipe_id="brought-strap")
        document["job_source"] = "brought"
        document["rings"] = ["A", "B", "C"]
        document["files"] = [one for one in document["files"] if one["role"] != "job_gcode"]

    return variant(folder, change)
