"""``mdps recipe new``: a folder to write a recipe in, from a template. Converts only."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

from ...authoring.template import Answers, new_document
from ...errors import UsageFault
from ...recipes.parse import SLUG, parse_recipe
from ...recipes.store import find_bundle, recipes_folder
from ..output import add_json_flag, complain, print_json
from ..recipe_options import read_moment
from ..write_file import write_file
from .draft_options import DOCUMENT_NAME, FILES_FOLDER, Draft, open_draft

_QUESTIONS = (
    ("template", "Template"),
    ("id", "Name of the recipe, in lower-case words joined by hyphens"),
    ("title", "Title"),
    ("manufacturer", "Legal name of the manufacturer"),
    ("address", "Postal address"),
    ("contact", "Where complaints go"),
)


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe new``."""
    parser = acts.add_parser("new", help="begin a recipe from a template; asks on a terminal")
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help="a folder that is not there yet"
    )
    parser.add_argument("--template", metavar="R", help="a shipped recipe, or any bundle")
    parser.add_argument("--id", metavar="NAME", help="name of the recipe (default: the folder's)")
    parser.add_argument("--title", metavar="TEXT", help="title that people read")
    parser.add_argument("--manufacturer", metavar="TEXT", help="legal name")
    parser.add_argument("--address", metavar="TEXT", help="postal address")
    parser.add_argument("--contact", metavar="TEXT", help="where complaints go")
    parser.add_argument(
        "--at", metavar="TIME", help="valid from 2026-11-23T14:05:00Z (default: now)"
    )
    add_json_flag(parser)
    parser.set_defaults(run=run_new)


def run_new(arguments: argparse.Namespace) -> int:
    """0 with the folder written: the document, and beside it the files that will be pinned."""
    folder: Path = arguments.folder
    if folder.exists():
        raise UsageFault(f"{folder}: is there already")
    if sys.stdin.isatty() and not arguments.json:
        _ask(arguments)
    if arguments.template is None:
        raise UsageFault(f"--template: name one of {_templates()}, or a bundle")
    recipe_id = arguments.id or folder.name
    if re.fullmatch(SLUG, recipe_id) is None:
        raise UsageFault(f"--id {recipe_id}: lower-case words joined by hyphens")
    template = open_draft(str(find_bundle(arguments.template)))
    parse_recipe(template.document, template.source)
    answers = Answers(
        recipe_id=recipe_id,
        title=arguments.title or recipe_id.replace("-", " ").capitalize(),
        manufacturer=arguments.manufacturer,
        address=arguments.address,
        contact=arguments.contact,
    )
    document = new_document(template.document, answers, read_moment(arguments.at))
    _write(folder, f"{json.dumps(document, indent=2, ensure_ascii=False)}\n", template)
    if arguments.json:
        print_json(
            {
                "document": str(folder / DOCUMENT_NAME),
                "files": str(folder / FILES_FOLDER),
                "template": template.source,
            }
        )
        return 0
    print(f"{folder / DOCUMENT_NAME} and {folder / FILES_FOLDER} written")
    complain(f"what is left to write: mdps recipe lint {folder}")
    return 0


def _ask(arguments: argparse.Namespace) -> None:
    """Every value that was not given as an option; an empty answer leaves it open."""
    for name, question in _QUESTIONS:
        if getattr(arguments, name) is None:
            more = f" ({_templates()})" if name == "template" else ""
            print(f"{question}{more}: ", end="", file=sys.stderr, flush=True)
            setattr(arguments, name, sys.stdin.readline().strip() or None)


def _templates() -> str:
    folders = (path.parent.parent.name for path in recipes_folder().glob("*/*/recipe.dsse.json"))
    return ", ".join(sorted(set(folders)))


def _write(folder: Path, document: str, template: Draft) -> None:
    """All or nothing: a folder that is there is a folder that is whole."""
    try:
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as fault:
        raise UsageFault(f"{folder}: cannot be made: {fault.strerror}") from None
    try:
        (partial / FILES_FOLDER).mkdir()
        write_file(partial / DOCUMENT_NAME, document.encode("utf-8"))
        for name, data in template.files.items():
            write_file(partial / FILES_FOLDER / name, data)
        partial.chmod(0o755)
        partial.rename(folder)
    except OSError as fault:
        raise UsageFault(f"{folder}: cannot be written: {fault.strerror}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
