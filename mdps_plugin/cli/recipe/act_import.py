"""``mdps recipe import``: take in a stick, or say which attack it looks like. Converts only."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...build.recall import COUNTED
from ...build.signature import Act
from ...canonical import Json
from ...errors import UsageFault
from ...reading import instant_text
from ..output import add_json_flag, complain, print_finding, print_json
from .client_options import ROOTS, add_client_options, ask_cell, open_chain
from .repository_options import now


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe import``."""
    parser = acts.add_parser("import", help="import a repository from a folder, a stick or a zip")
    parser.add_argument("source", type=Path, metavar="STICK", help="folder or zip")
    parser.add_argument(
        "--repository", required=True, metavar="WHOSE", help="manufacturer or hospital"
    )
    add_client_options(parser, signing=True)
    add_json_flag(parser)
    parser.set_defaults(run=run_import)


def run_import(arguments: argparse.Namespace) -> int:
    """0 accepted, and the mirror is the new one; 1 refused, and the old one stands."""
    if arguments.repository not in ROOTS:
        raise UsageFault(f"--repository {arguments.repository}: allowed: {' or '.join(ROOTS)}")
    if arguments.cell is not None:
        values: dict[str, Json] = {
            "repository": arguments.repository,
            "path": str(arguments.source.absolute()),
        }
        answer = ask_cell(arguments, "import_recipes", Act.IMPORT_RECIPES, values)
        if arguments.json:
            print_json({"accepted": True, "answer": answer})
        else:
            print(f"{arguments.source}: imported by the cell, on record")
            told = answer if isinstance(answer, dict) else {}
            _print_recalled(told.get("recalled"))
            _print_missing(told.get("missing"))
            _print_ignored(told.get("ignored"))
        return 0
    with open_chain(arguments) as chain:
        imported = chain.take_in(arguments.repository, arguments.source, now())
    accepted = imported.verdict.accepted
    lists = [
        f"{item.role} version {item.version}, until {instant_text(item.expires)}"
        for item in imported.view.lists
    ]
    if arguments.json:
        said: dict[str, Json] = {
            **imported.verdict.to_json(),
            "lists": list(lists),
            "missing": list(imported.missing),
            "ignored": list(imported.ignored),
        }
        print_json(said)
    else:
        for finding in imported.verdict.findings:
            print_finding(finding)
        for line in lists if accepted else ():
            print(line)
        _print_missing(list(imported.missing))
        _print_ignored(list(imported.ignored))
    if not accepted:
        complain(f"refused: {arguments.source}; what was imported before still stands")
    return 0 if accepted else 1


def _print_recalled(rows: Json) -> None:
    """What the stick takes back, and where the parts made from it are."""
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            where = ", ".join(
                f"{row[name]} {name.replace('_', ' ')}" for name in COUNTED if row.get(name)
            )
            print(f"TAKEN BACK: {row['recipe']}: {row['reason']}")
            print(f"  parts made from it: {row['made']}" + (f" ({where})" if where else ""))


def _print_missing(names: Json) -> None:
    """Recipes that a list names and the stick does not hold."""
    for name in names if isinstance(names, list) else ():
        print(f"not on the stick: {name}")


def _print_ignored(names: Json) -> None:
    """Files that the computer which wrote the stick left there by itself."""
    for name in names if isinstance(names, list) else ():
        print(f"ignored, not read: {name}")
