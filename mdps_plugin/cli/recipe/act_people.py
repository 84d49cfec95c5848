"""``mdps recipe people``: who signs what in a repository, and until when. Changes nothing."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ...canonical import Json
from ...reading import instant_text
from ..output import add_json_flag, print_json
from .sign_lists import print_states, states_json

if TYPE_CHECKING:
    from ...distribution.edit import Repository


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe people``."""
    parser = acts.add_parser("people", help="say who signs what in a repository, and until when")
    parser.add_argument("repository", type=Path, metavar="REPOSITORY", help="folder or zip")
    add_json_flag(parser)
    parser.set_defaults(run=run_people)


def run_people(arguments: argparse.Namespace) -> int:
    """0 with every role; what waits for signatures counts as it will be."""
    from ...distribution.repository_store import load_repository

    repository = load_repository(arguments.repository)
    rows = [_row(repository, role) for role in repository.keyed_roles()]
    states = repository.states()
    if arguments.json:
        print_json({"roles": list(rows), "waiting": states_json(states)})
        return 0
    for row in rows:
        until = f"until {row['expires']}" if row["expires"] else "not installed yet"
        people = row["people"] if isinstance(row["people"], list) else []
        print(f"{row['role']}: {row['threshold']} of {len(people)} must sign, {until}")
        for one in people:
            print(f"    {one['name']}, key {str(one['key_id'])[:16]}")
    print_states(states)
    return 0


def _row(repository: Repository, role: str) -> dict[str, Json]:
    from ...distribution.people import holder_of

    keys = repository.keys_for(role)
    installed = repository.newest(role)
    people: list[Json] = [{"name": holder_of(key), "key_id": key.keyid} for key in keys.keys]
    return {
        "role": role,
        "threshold": keys.threshold,
        "valid_days": keys.valid_days,
        "version": installed.signed.version if installed is not None else None,
        "expires": instant_text(installed.signed.expires) if installed is not None else None,
        "people": people,
    }
