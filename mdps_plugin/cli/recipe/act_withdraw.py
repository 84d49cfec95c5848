"""``mdps recipe withdraw``: the hospital stops using a recipe. Converts only."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...build.signature import Act
from ...canonical import Json
from ...controller.client_link import ControllerClient
from ...errors import DocumentError, UsageFault
from ..output import add_json_flag, print_json
from .client_options import ask_cell
from .key_options import add_key_options
from .repository_options import change, paths_in, read_label, refuse_manufacturers

if TYPE_CHECKING:
    from ...distribution.edit import Repository


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe withdraw``."""
    parser = acts.add_parser("withdraw", help="stop using a recipe at the hospital")
    parser.add_argument("recipe", metavar="ID/REVISION")
    parser.add_argument("--reason", required=True, help="what the technician reads")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--cell", type=Path, metavar="CELL", help="folder of a cell, for ever")
    place.add_argument("--repository", type=Path, metavar="HOSPITAL", help="for every cell")
    parser.add_argument("--user", help="with --cell: who signs")
    parser.add_argument("--password-file", type=Path, metavar="FILE", help="with --cell")
    parser.add_argument("--zip", type=Path, metavar="STICK.zip", help="also write one zip of it")
    add_key_options(parser)
    add_json_flag(parser)
    parser.set_defaults(run=run_withdraw)


def run_withdraw(arguments: argparse.Namespace) -> int:
    """0 withdrawn; 1 refused, or signatures are missing."""
    wanted = read_label(arguments.recipe)
    if arguments.cell is not None:
        values: dict[str, Json] = {
            "recipe_digest": _digest(arguments.cell, wanted),
            "reason": arguments.reason,
        }
        answer = ask_cell(arguments, "withdraw_recipe", Act.WITHDRAW_RECIPE, values)
        if arguments.json:
            print_json({"accepted": True, "answer": answer})
        else:
            print(f"{arguments.recipe}: withdrawn from this cell, for ever")
        return 0
    if arguments.repository is None:
        raise UsageFault("withdraw where? Name a --cell or the hospital's --repository")

    def act(repository: Repository, at: datetime) -> dict[str, Json]:
        refuse_manufacturers(repository, "a manufacturer revokes")
        paths = paths_in(repository, arguments.recipe)
        for path in paths:
            repository.withdraw(path, arguments.reason, at)
        return {"withdrawn": ", ".join(paths)}

    return change(arguments, act, arguments.zip)


def _digest(cell: Path, wanted: tuple[str, int]) -> str:
    with ControllerClient(cell / "run" / "controller.sock") as controller:
        rows = controller.call("recipes")
    for row in rows if isinstance(rows, list) else []:
        if (row["recipe_id"], row["revision"]) == wanted and "digest" in row:
            return str(row["digest"])
    raise DocumentError(str(cell), f"{wanted[0]}/{wanted[1]}", "not in this cell", "a recipe here")
