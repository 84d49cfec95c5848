"""``mdps recipe rotate``: other keys for a role, by a signed list. Converts only."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...canonical import Json
from ...errors import DocumentError, UsageFault
from ..output import add_json_flag
from .key_options import add_key_options
from .people_options import add_people_options, follow_ups, read_holder
from .repository_options import add_on_top, change

if TYPE_CHECKING:
    from tuf.api.metadata import Key

    from ...distribution.edit import Repository


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe rotate``."""
    parser = acts.add_parser("rotate", help="change who signs a role of a repository")
    parser.add_argument("repository", type=Path, metavar="REPOSITORY", help="folder or zip")
    parser.add_argument(
        "role", metavar="ROLE", help="root, targets, snapshot, timestamp, or a device family"
    )
    add_people_options(parser, needed=False)
    parser.add_argument(
        "--remove",
        action="append",
        default=[],
        metavar="WHO",
        help="a name or a key id, as mdps recipe people prints them",
    )
    parser.add_argument("--zip", type=Path, metavar="STICK.zip", help="also write one zip of it")
    add_on_top(parser)
    add_key_options(parser)
    add_json_flag(parser)
    parser.set_defaults(run=run_rotate)


def run_rotate(arguments: argparse.Namespace) -> int:
    """0 if it is installed; 1 while signatures are missing, with whose."""
    numbers = (arguments.threshold, arguments.days)
    if not (arguments.add or arguments.remove) and numbers == (None, None):
        raise UsageFault("nothing to change: name --add, --remove, --threshold or --days")

    def act(repository: Repository, at: datetime) -> dict[str, Json]:
        from ...distribution.people import tuf_key

        before = repository.keys_for(repository.role_named(arguments.role))
        gone = tuple(_find(repository, before.keys, who, before.role) for who in arguments.remove)
        left = tuple(key for key in before.keys if key not in gone)
        added = tuple(tuf_key(read_holder(text)) for text in arguments.add)
        after = replace(
            before,
            keys=(*left, *added),
            threshold=before.threshold if arguments.threshold is None else arguments.threshold,
            valid_days=before.valid_days if arguments.days is None else arguments.days,
        )
        staged = repository.set_keys([after], at)
        return {"staged": list(staged), "next": follow_ups(repository, staged, gone)}

    return change(arguments, act, arguments.zip, keys=True)


def _find(repository: Repository, keys: tuple[Key, ...], who: str, role: str) -> Key:
    from ...distribution.updater_link import key_value

    value = key_value(repository.find_key(who))
    for key in keys:
        if key_value(key) == value:
            return key
    raise DocumentError(repository.source, role, f"{who} does not sign it", "one of its signers")
