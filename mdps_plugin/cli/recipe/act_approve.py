"""``mdps recipe approve``: a recipe for use here, with the local qualification. Converts only.

With ``--cell`` a person signs in the cell; with ``--repository`` the hospital's own repository
names the bytes that the manufacturer's names, as verified by ``--client``. Either way, what the
hospital's own site policy denies is refused here already.
"""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...build.signature import Act
from ...canonical import Json
from ...errors import DocumentError, UsageFault
from ...findings import Finding
from ...policy.judge import judge
from ...policy.signed import policy_of_envelope
from ...recipes.bundle import read_statement
from ...recipes.document import Recipe
from ...recipes.envelope import parse_envelope
from ...recipes.parse import ENVELOPE_NAME, parse_recipe
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
    named, recipe = _genuine(arguments)

    def act(repository: Repository, at: datetime) -> dict[str, Json]:
        refuse_manufacturers(repository, "a manufacturer publishes")
        _require_policy(repository, recipe, arguments.recipe)
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


def _require_policy(repository: Repository, recipe: Recipe, label: str) -> None:
    """:class:`DocumentError` with the first reason if the hospital's own policy denies the recipe.

    As the repository names it now: who edits it is who signs it. A repository without a policy says
    nothing here; no cell of that hospital prints anything.
    """
    from ...distribution.layout import POLICY_TARGET, target_file

    target = repository.current("targets").signed.targets.get(POLICY_TARGET)
    data = None
    if target is not None:
        data = repository.files.get(target_file(POLICY_TARGET, target.hashes["sha256"]))
    if data is None:
        return
    for finding in judge(recipe, policy_of_envelope(data, POLICY_TARGET)):
        if finding.refuses:
            raise _refused(label, finding)


def _refused(label: str, finding: Finding) -> DocumentError:
    return DocumentError(
        label,
        finding.code,
        f"{finding.title()} {finding.observed()}",
        f"{finding.allowed()}. Next: {finding.next_step()}",
    )


def _genuine(arguments: argparse.Namespace) -> tuple[Named, Recipe]:
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
            raise _refused(arguments.recipe, finding)
        files = look.bundle(path) if path is not None else None
        if isinstance(files, Finding):
            raise _refused(arguments.recipe, files)
        if path is None or files is None:
            raise DocumentError(
                arguments.recipe, "", "the manufacturer names no such recipe", "an imported recipe"
            )
        payload = parse_envelope(files[ENVELOPE_NAME], path).payload
        return maker.named[path], parse_recipe(read_statement(payload, path)[1], path)
