"""``mdps recipe revoke-key``: a lost or stolen key out of every role at once. Converts only."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...canonical import Json
from ..output import add_json_flag
from .key_options import add_key_options
from .people_options import follow_ups, read_holder
from .repository_options import add_on_top, change

if TYPE_CHECKING:
    from ...distribution.edit import Repository


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe revoke-key``."""
    parser = acts.add_parser("revoke-key", help="take a lost or stolen key out of every role")
    parser.add_argument("repository", type=Path, metavar="REPOSITORY", help="folder or zip")
    parser.add_argument(
        "who", metavar="WHO", help="a name or a key id, as mdps recipe people prints them"
    )
    parser.add_argument(
        "--replace", metavar="NAME=KEY.pub.pem", help="whose key takes its place in each role"
    )
    parser.add_argument("--zip", type=Path, metavar="STICK.zip", help="also write one zip of it")
    add_on_top(parser)
    add_key_options(parser)
    add_json_flag(parser)
    parser.set_defaults(run=run_revoke_key)


def run_revoke_key(arguments: argparse.Namespace) -> int:
    """0 if it is installed; 1 while signatures are missing, with whose."""

    def act(repository: Repository, at: datetime) -> dict[str, Json]:
        gone = repository.find_key(arguments.who)
        new = None if arguments.replace is None else read_holder(arguments.replace)
        staged = repository.replace_key(gone, new, at)
        return {
            "revoked": gone.keyid,
            "staged": list(staged),
            "next": follow_ups(repository, staged, (gone,)),
        }

    return change(arguments, act, arguments.zip, keys=True)
