"""``mdps recipe family``: a new device family with signers of its own. Converts only."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...canonical import Json
from ..output import add_json_flag
from .key_options import add_key_options
from .people_options import add_people_options, read_holder
from .repository_options import add_on_top, change

if TYPE_CHECKING:
    from ...distribution.edit import Repository


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe family``."""
    parser = acts.add_parser("family", help="add a device family with signers of its own")
    parser.add_argument("repository", type=Path, metavar="REPOSITORY", help="folder or zip")
    parser.add_argument("family", metavar="FAMILY", help="lower-case letters, digits, hyphens")
    add_people_options(parser, needed=True)
    parser.add_argument("--zip", type=Path, metavar="STICK.zip", help="also write one zip of it")
    add_on_top(parser)
    add_key_options(parser)
    add_json_flag(parser)
    parser.set_defaults(run=run_family)


def run_family(arguments: argparse.Namespace) -> int:
    """0 if it is installed; 1 while signatures are missing, with whose."""

    def act(repository: Repository, at: datetime) -> dict[str, Json]:
        from ...distribution.people import RolePlan

        plan = RolePlan(
            holders=tuple(read_holder(text) for text in arguments.add),
            threshold=arguments.threshold,
            valid_days=arguments.days,
        )
        return {"family": repository.add_family(arguments.family, plan, at)}

    return change(arguments, act, arguments.zip, keys=True)
