"""``mdps recipe revoke``: the manufacturer takes a recipe back, for every site. Converts only."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...canonical import Json
from ..output import add_json_flag
from .key_options import add_key_options
from .repository_options import change, paths_in, refuse_hospitals

if TYPE_CHECKING:
    from ...distribution.edit import Repository


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe revoke``."""
    parser = acts.add_parser("revoke", help="recall a recipe in the manufacturer's repository")
    parser.add_argument("repository", type=Path, metavar="REPOSITORY", help="folder or zip")
    parser.add_argument("recipe", metavar="ID/REVISION")
    parser.add_argument("--reason", required=True, help="what the hospital reads")
    parser.add_argument("--zip", type=Path, metavar="STICK.zip", help="also write one zip of it")
    add_key_options(parser)
    add_json_flag(parser)
    parser.set_defaults(run=run_revoke)


def run_revoke(arguments: argparse.Namespace) -> int:
    """0 if it is installed; 1 while signatures are missing, with whose."""

    def act(repository: Repository, at: datetime) -> dict[str, Json]:
        refuse_hospitals(repository, "a hospital withdraws")
        paths = paths_in(repository, arguments.recipe)
        for path in paths:
            repository.withdraw(path, arguments.reason, at)
        return {"recalled": ", ".join(paths)}

    return change(arguments, act, arguments.zip)
