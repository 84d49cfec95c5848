"""``mdps recipe approve``: a recipe for use here, with the local qualification. Converts only.

With ``--cell`` a person signs in the cell; with ``--repository`` the hospital's own repository
names the bytes that the manufacturer's names, as verified by ``--client``.
"""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...build.signature import Act
from ...canonical import Json
from ...errors import DocumentError, UsageFault
from ..output import add_json_flag, print_json
from .client_options import add_client_options, ask_cell, open_chain
from .key_options import add_key_options
from .repository_options import change, now, read_label, refuse_manufacturers

if TYPE_CHECKING:
    from ...distribution.edit import Repository
    from ...distribution.view import Named


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe approve``."""
    parser = acts.add_parser("approve", help="approve a recipe at the hospital")
    parser.add_argument("recipe", metavar="ID/REVISION")
    parser.add_argument(
        "--qualification", required=True, help="the local qualification record, for instance OQ 7"
    )
    parser.add_argument(
        "--repository", type=Path, metavar="HOSPITAL", help="with --client: the hospital's"
    )
    parser.add_argument("--zip", type=Path, metavar="STICK.zip", help="also write one zip of it")
    add_client_options(parser, signing=True)
    add_key_options(parser)
    add_json_flag(parser)
    parser.set_defaults(run=run_approve)


def run_approve(arguments: argparse.Namespace) -> int:
    """0 approved; 1 refused, or signatures are missing."""
    read_label(arguments.recipe)
    if arguments.cell is not None:
        values: dict[str, Json] = {
            "bundle": arguments.recipe,
            "local_qualification": arguments.qualification,
        }
        answer = ask_cell(arguments, "approve_recipe", Act.APPROVE_RECIPE, values)
        if arguments.json:
            print_json({"accepted": True, "answer": answer})
        else:
            print(f"{arguments.recipe}: signed for use in this cell")
        return 0
    if arguments.repository is None:
        raise UsageFault("--client without --repository: which repository shall name the recipe?")
    named = _genuine(arguments)

    def act(repository: Repository, at: datetime) -> dict[str, Json]:
        refuse_manufacturers(repository, "a manufacturer publishes")
        repository.approve(
            named.path,
            sha256=named.sha256,
            length=named.length,
            recipe_digest=str(named.custom.get("recipe_digest", "")),
            qualification=arguments.qualification,
            at=at,
        )
        return {"named": named.path}

    return change(arguments, act, arguments.zip)


def _genuine(arguments: argparse.Namespace) -> Named:
    """The recipe as the manufacturer's mirror names it today; DocumentError with the reason."""
    with open_chain(arguments) as chain, chain.look(now()) as look:
        maker = look.views["manufacturer"]
        path = look.path_of(*read_label(arguments.recipe))
        findings = [*look.time_findings, *maker.findings, *look.signers_findings]
        reason = maker.why_not(path) if path is not None and maker.accepted else None
        findings += [reason] if reason is not None else []
        if path is not None and path in maker.named:
            # The bundle itself too: what no cell would accept is not named by its hospital.
            findings += look.judge_bundle(path).refusals()
        for finding in findings:
            raise DocumentError(
                arguments.recipe,
                finding.code,
                f"{finding.title()} {finding.observed()}",
                f"{finding.allowed()}. Next: {finding.next_step()}",
            )
        if path is None:
            raise DocumentError(
                arguments.recipe, "", "the manufacturer names no such recipe", "an imported recipe"
            )
        return maker.named[path]
