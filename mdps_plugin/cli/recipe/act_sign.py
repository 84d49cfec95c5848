"""``mdps recipe sign``: a bundle or a site policy signed, or one more signature added."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from ...authoring.lint import lint
from ...authoring.signing import (
    SigningKey,
    add_signature,
    complete_pins,
    make_payload,
    sign_payload,
)
from ...canonical import Json, read_json
from ...errors import UsageFault
from ...recipes.bundle import read_statement
from ...recipes.envelope import parse_envelope
from ...recipes.keys import key_id_of
from ...recipes.parse import ENVELOPE_NAME, parse_recipe
from ...recipes.store import load_bundle
from ..output import add_json_flag, complain, print_grouped, print_json, read_file
from ..write_file import write_file
from .draft_options import DOCUMENT_NAME, FILES_FOLDER, is_draft, signed_document
from .key_options import add_passphrase_option, open_signer
from .sign_lists import is_repository, sign_lists
from .sign_policy import sign_policy_act


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe sign``."""
    parser = acts.add_parser("sign", help="sign a bundle, a site policy, or waiting lists")
    parser.add_argument(
        "folder",
        type=Path,
        metavar="FOLDER",
        help="folder of a draft, a bundle or a repository, or the file of a site policy",
    )
    parser.add_argument(
        "--key",
        type=Path,
        required=True,
        metavar="KEY",
        help="private key: an encrypted PEM file, or pkcs11:token=…;object=…?module-path=…",
    )
    add_passphrase_option(parser)
    parser.add_argument(
        "--document",
        type=Path,
        metavar="RECIPE.json",
        help="make a new signed document from this recipe; without it, sign the one that is there",
    )
    parser.add_argument(
        "--key-changes",
        action="store_true",
        help="of a repository: you have read what changes about who signs, and mean it",
    )
    add_json_flag(parser)
    parser.set_defaults(run=run_sign)


def run_sign(arguments: argparse.Namespace) -> int:
    """0 with the signed document written beside the pinned files; 1 for what lint refuses."""
    folder: Path = arguments.folder
    if folder.is_file() and arguments.document is None:
        return sign_policy_act(arguments)
    if not folder.is_dir():
        raise UsageFault(f"{folder}: no such folder")
    if is_repository(folder):
        return sign_lists(arguments)
    if is_draft(folder):
        if arguments.document is None and not (folder / FILES_FOLDER / ENVELOPE_NAME).exists():
            arguments.document = folder / DOCUMENT_NAME
        folder = folder / FILES_FOLDER
    files = dict(load_bundle(folder))
    present = files.pop(ENVELOPE_NAME, None)
    key = open_signer(str(arguments.key), arguments.passphrase_file, complain)
    if arguments.document is not None:
        envelope = _sign_new(arguments.document, files, key)
    elif present is not None:
        envelope = add_signature(present, files, key, str(folder / ENVELOPE_NAME))
    else:
        raise UsageFault(f"{folder}: holds no {ENVELOPE_NAME}; name the recipe with --document")
    if _refuses(envelope, files, arguments):
        return 1
    write_file(folder / ENVELOPE_NAME, envelope)
    parsed = parse_envelope(envelope, ENVELOPE_NAME)
    _, document = read_statement(parsed.payload, ENVELOPE_NAME)
    recipe = parse_recipe(document, ENVELOPE_NAME)
    result: dict[str, Json] = {
        "output": str(folder / ENVELOPE_NAME),
        "recipe": recipe.label,
        "digest": recipe.digest,
        "key_id": key_id_of(key.public_key()),
        "signatures": len(parsed.signatures),
    }
    if arguments.json:
        print_json(result)
    else:
        print(f"{recipe.label}, digest {recipe.digest}")
        print(f"{result['output']} written with {result['signatures']} signatures")
    return 0


def _refuses(envelope: bytes, files: Mapping[str, bytes], arguments: argparse.Namespace) -> bool:
    """True, and said so, for what lint refuses: every signer looks again, not only the first."""
    source = str(arguments.folder)
    verdict = lint(signed_document(envelope, source), files, datetime.now(UTC), source)
    if verdict.accepted:
        return False
    if arguments.json:
        print_json(verdict.to_json())
    else:
        print_grouped(verdict.refusals())
    complain("not signed: mdps recipe lint says why")
    return True


def _sign_new(path: Path, files: Mapping[str, bytes], key: SigningKey) -> bytes:
    document = complete_pins(read_json(read_file(path), str(path)), files)
    return sign_payload(make_payload(document, files, str(path)), [key])
