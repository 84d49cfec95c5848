"""``mdps recipe repository``: a new repository from a plan of people and thresholds."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...canonical import Json, read_json
from ...errors import UsageFault
from ..output import add_json_flag, read_file
from .key_options import add_key_options
from .repository_options import change, now

if TYPE_CHECKING:
    from ...distribution.edit import Repository


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe repository``."""
    parser = acts.add_parser("repository", help="found a repository: who signs, how many, how long")
    parser.add_argument("repository", type=Path, metavar="REPOSITORY", help="a new folder")
    parser.add_argument("--plan", type=Path, required=True, help="mdps-plan/1, see docs/trust.md")
    add_key_options(parser)
    add_json_flag(parser)
    parser.set_defaults(run=run_repository)


def run_repository(arguments: argparse.Namespace) -> int:
    """0 if it is founded; 1 while signatures are missing."""
    from ...distribution.edit import Repository
    from ...distribution.plan import parse_plan
    from ...distribution.repository_store import save_repository

    folder: Path = arguments.repository
    try:
        taken = folder.exists() and any(folder.iterdir())
    except OSError as fault:
        raise UsageFault(f"{folder}: no new folder: {fault.strerror}") from None
    if taken:
        raise UsageFault(f"{folder}: not empty; {_what_lies_there(folder)}")
    plan = parse_plan(
        read_json(read_file(arguments.plan), str(arguments.plan)), str(arguments.plan)
    )
    save_repository(Repository.found(plan, now(), str(folder)), folder)

    def nothing(repository: Repository, at: datetime) -> dict[str, Json]:
        return {"repository": repository.name}

    return change(arguments, nothing)


def _what_lies_there(folder: Path) -> str:
    if any((folder / "metadata").glob("*.root.json")) or (folder / "staged" / "root.json").exists():
        return "founded already: mdps recipe status --repository says whose signatures are missing"
    if (folder / "staged").is_dir():
        return "an earlier founding was cut off: remove this folder, then found it again"
    return "name a new folder"
