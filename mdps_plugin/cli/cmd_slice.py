"""``mdps slice``: signed recipe and model to a job file, outside any build. Converts only.

The job is written only if bundle, variables, model and slicer were all accepted. It is not yet
examined: ``mdps check`` does that.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field
from pathlib import Path

from ..canonical import Json, sha256_hex
from ..errors import DocumentError, UsageFault
from ..findings import CheckRun, Finding, Verdict, merge
from ..models.mesh import Mesh
from ..models.placement import place
from ..models.stl import write_binary_stl
from ..recipes.bundle import SignedRecipe
from ..recipes.document import FileRole, JobSource, ModelSource, Recipe
from ..slicing import codes
from ..slicing.slicer import slice_model
from .model_input import judge_model, open_model, pinned_bytes
from .output import add_json_flag, complain, print_finding, print_json, progress
from .recipe_options import add_recipe_options, choose_variables, open_recipe
from .write_file import write_file


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``slice``."""
    parser = subparsers.add_parser("slice", help="make a job from a signed recipe and a model")
    add_recipe_options(parser)
    parser.add_argument(
        "--model", type=Path, metavar="M.stl", help="STL in millimetres; not for fixed geometry"
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT.gcode", help="the file to write"
    )
    add_json_flag(parser)
    parser.set_defaults(run=run_slice)


@dataclass(kw_only=True)
class _Run:
    """What one call has found and made so far."""

    verdicts: list[Verdict]
    digests: dict[str, Json] = field(default_factory=dict)
    variables: dict[str, Json] = field(default_factory=dict)
    slicer: dict[str, Json] | None = None
    gcode: bytes = b""

    @property
    def verdict(self) -> Verdict:
        return merge(self.verdicts)


def run_slice(arguments: argparse.Namespace) -> int:
    """0 with the file written, 1 with the reasons and no file."""
    signed = open_recipe(arguments)
    run = _Run(verdicts=[signed.verdict])
    if signed.recipe is not None and signed.verdict.accepted:
        _make(arguments, signed, signed.recipe, run)
    accepted = run.verdict.accepted and bool(run.gcode)
    if accepted:
        write_file(arguments.output, run.gcode)
    _report(arguments, run, accepted)
    return 0 if accepted else 1


def _make(arguments: argparse.Namespace, signed: SignedRecipe, recipe: Recipe, run: _Run) -> None:
    run.digests["recipe"] = recipe.digest
    variables, verdict = choose_variables(recipe, arguments.set)
    run.variables.update(variables)
    run.verdicts.append(verdict)
    if recipe.job_source is JobSource.BROUGHT:
        run.verdicts.append(_one(Finding(kind=codes.NOT_SLICED_HERE), "job_source"))
        return
    mesh = open_model(arguments.model, signed, recipe)
    if mesh is not None:
        run.digests["model"] = mesh.digest
        run.verdicts += judge_model(mesh, arguments.model, signed, recipe, variables)
    elif recipe.model_source is ModelSource.ORDER:
        raise UsageFault(f"{recipe.label} needs --model: its geometry comes with the order")
    if not run.verdict.accepted:
        return
    if recipe.job_source is JobSource.SIGNED_GCODE:
        run.gcode = _pinned(signed, recipe, FileRole.JOB_GCODE)
    elif mesh is None:
        raise DocumentError(signed.source, "files", "no model", "one model")
    else:
        placed = place(mesh, recipe.envelope)
        run.digests["placed"] = placed.digest
        _slice(signed, recipe, placed, run)
    if run.gcode:
        run.digests["gcode"] = sha256_hex(run.gcode)


def _one(finding: Finding, name: str) -> Verdict:
    check = CheckRun(name=name, ran=True)
    return Verdict(findings=(finding,), checks=(check,), required=frozenset({name}))


def _pinned(signed: SignedRecipe, recipe: Recipe, role: FileRole) -> bytes:
    """Bytes of a pinned file that the job cannot be made without."""
    data = pinned_bytes(signed, recipe, role)
    if data is None:
        raise DocumentError(signed.source, "files", f"no {role.value}", f"one {role.value}")
    return data


def _slice(signed: SignedRecipe, recipe: Recipe, placed: Mesh, run: _Run) -> None:
    started = time.monotonic()

    def show(percent: int, step: str) -> None:
        progress(f"slicing {percent} % {step} ({time.monotonic() - started:.0f} s)")

    sliced = slice_model(
        write_binary_stl(placed),
        _pinned(signed, recipe, FileRole.SLICER_SETTINGS),
        recipe.validated_with.slicer,
        recipe.validated_with.slicer_version,
        show,
        compared="B" in recipe.rings,
    )
    progress("")
    run.verdicts.append(sliced.verdict)
    run.slicer = {
        "version": sliced.version,
        "seconds": round(sliced.seconds, 3),
        "messages": sliced.messages,
    }
    run.gcode = sliced.gcode


def _report(arguments: argparse.Namespace, run: _Run, accepted: bool) -> None:
    verdict = run.verdict
    if arguments.json:
        print_json(
            {
                **verdict.to_json(),
                "accepted": accepted,
                "digests": run.digests,
                "variables": run.variables,
                "slicer": run.slicer,
                "output": str(arguments.output) if accepted else None,
            }
        )
        return
    for finding in verdict.findings:
        print_finding(finding)
    if accepted:
        print(f"{arguments.output} written, SHA-256 {run.digests['gcode']}")
        complain("the job is not examined yet: mdps check does that")
    else:
        complain(f"refused: {arguments.output} was not written")
