"""``mdps recipe lint``: everything that a signer must not sign. Converts only."""

from __future__ import annotations

import argparse

from ...authoring.lint import lint
from ..output import add_json_flag, complain, print_grouped, print_json
from ..recipe_options import read_moment
from .draft_options import add_draft_options, open_draft


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe lint``."""
    parser = acts.add_parser("lint", help="find everything in a recipe that nobody should sign")
    add_draft_options(parser)
    parser.add_argument(
        "--at", metavar="TIME", help="judge dates as of 2026-11-23T14:05:00Z (default: now)"
    )
    add_json_flag(parser)
    parser.set_defaults(run=run_lint)


def run_lint(arguments: argparse.Namespace) -> int:
    """0 fit to be signed, 1 with the reasons why not; signatures are not looked at."""
    draft = open_draft(arguments.recipe, arguments.document)
    verdict = lint(draft.document, draft.files, read_moment(arguments.at), draft.source)
    if arguments.json:
        print_json({**verdict.to_json(), "source": draft.source})
        return 0 if verdict.accepted else 1
    print_grouped(verdict.findings)
    refused, warned = len(verdict.refusals()), len(verdict.findings) - len(verdict.refusals())
    if verdict.accepted:
        print(f"{draft.source}: nothing that forbids signing, {warned} warnings")
        return 0
    missing = ", ".join(verdict.not_run)
    rest = f"; did not run: {missing}" if missing else ""
    complain(f"{draft.source}: {refused} reasons not to sign, {warned} warnings{rest}")
    return 1
