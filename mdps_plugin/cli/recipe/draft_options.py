"""Opens a recipe that need not be signed yet: a document with its files. Judges nothing."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...canonical import Json, read_json
from ...errors import UsageFault
from ...recipes.bundle import read_statement
from ...recipes.envelope import MAX_ENVELOPE_BYTES, parse_envelope
from ...recipes.parse import ENVELOPE_NAME
from ...recipes.store import find_bundle, load_bundle
from ..output import read_file

DOCUMENT_NAME, FILES_FOLDER = "recipe.json", "files"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A recipe document, its pinned files by name, and where both came from."""

    document: Json
    files: Mapping[str, bytes]
    source: str


def add_draft_options(parser: argparse.ArgumentParser, name: str = "recipe") -> None:
    """The folder or bundle, and ``--document``."""
    parser.add_argument(
        name, metavar=name.upper(), help="folder of a draft, or a bundle, or a shipped recipe"
    )
    parser.add_argument(
        "--document",
        type=Path,
        metavar="RECIPE.json",
        help="the document of the draft (default: the signed one in the bundle)",
    )


def is_draft(folder: Path) -> bool:
    """True for a folder as ``mdps recipe new`` writes it."""
    return (folder / DOCUMENT_NAME).is_file() and (folder / FILES_FOLDER).is_dir()


def open_draft(text: str, document: Path | None = None) -> Draft:
    """What a person named: a draft, a folder with ``document``, a bundle or shipped recipe, JSON.

    A draft is a folder as ``mdps recipe new`` writes it: ``recipe.json`` beside ``files``.

    Signatures are not looked at. :class:`UsageFault` where nothing can be opened,
    :class:`DocumentError` where it is no JSON or no signed statement.
    """
    named = Path(text)
    if document is None and named.suffix == ".json" and named.is_file():
        return Draft(document=read_json(read_file(named), text), files={}, source=text)
    if document is None and is_draft(named):
        document, text = named / DOCUMENT_NAME, str(named / FILES_FOLDER)
    path = find_bundle(text)
    files = dict(load_bundle(path))
    present = files.pop(ENVELOPE_NAME, None)
    if document is not None:
        read = read_json(read_file(document), str(document), MAX_ENVELOPE_BYTES)
        return Draft(document=read, files=files, source=str(document))
    if present is None:
        raise UsageFault(f"{path}: holds no {ENVELOPE_NAME}; name the recipe with --document")
    source = str(path / ENVELOPE_NAME)
    return Draft(document=signed_document(present, source), files=files, source=source)


def signed_document(envelope: bytes, source: str) -> Json:
    """The recipe document inside a signed document; no signature is verified."""
    _, document = read_statement(parse_envelope(envelope, source).payload, source)
    return document
