"""``mdps recipe diff``: what changed between two revisions, in words. Converts only."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from ...authoring.compare import (
    Difference,
    compare_documents,
    compare_settings_files,
    settings_name,
)
from ...authoring.signing import complete_pins
from ..output import add_json_flag, print_json
from .draft_options import Draft, open_draft


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe diff``."""
    parser = acts.add_parser("diff", help="say in words what changed and what to validate again")
    for name, which in (("before", "older"), ("after", "newer")):
        parser.add_argument(
            name,
            metavar=name.upper(),
            help=f"the {which} one: a bundle, a shipped recipe (NAME/1), or a recipe.json",
        )
    add_json_flag(parser)
    parser.set_defaults(run=run_diff)


def run_diff(arguments: argparse.Namespace) -> int:
    """0 with the differences, also with none; signatures are not looked at."""
    before, after = open_draft(arguments.before), open_draft(arguments.after)
    found = compare_drafts(before, after)
    again = [item for item in found if item.revalidate]
    if arguments.json:
        print_json(
            {
                "before": before.source,
                "after": after.source,
                "revalidate": bool(again),
                "differences": [item.to_json() for item in found],
            }
        )
        return 0
    _print("To be validated again", again)
    _print("No new validation", [item for item in found if not item.revalidate])
    if not found:
        print("no difference")
    return 0


def compare_drafts(before: Draft, after: Draft) -> tuple[Difference, ...]:
    """Documents field by field, and the slicer settings line by line where both are at hand."""
    documents = [complete_pins(draft.document, draft.files) for draft in (before, after)]
    found = compare_documents(*documents)
    data = [
        draft.files.get(settings_name(document) or "")
        for draft, document in zip((before, after), documents, strict=True)
    ]
    if data[0] is None or data[1] is None:
        return found
    settings = compare_settings_files(data[0], data[1])
    return tuple(sorted((*found, *settings), key=lambda item: not item.revalidate))


def _print(title: str, found: Sequence[Difference]) -> None:
    if found:
        print(f"{title}:")
    for item in found:
        print(f"  {item.label}: {item.words}")
        print(f"      {item.path}. {item.reason}")
