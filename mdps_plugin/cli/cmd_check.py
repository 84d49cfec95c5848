"""``mdps check``: one job against a signed recipe and a model, outside any build. Converts only.

Judges bundle, variables and model first; the job is examined only under a recipe that may be
used. Ends 0 if everything required ran and nothing refuses, 1 otherwise.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..canonical import Json, sha256_hex
from ..errors import DocumentError, ToolError, UsageFault
from ..findings import CheckRun, Finding, Verdict, Where, merge
from ..models.check import shows_one_body
from ..models.placement import place, place_encoded
from ..recipes.bundle import SignedRecipe
from ..recipes.document import FileRole, Recipe
from ..recipes.store import read_capped
from ..toolpath.codes import INPUT_UNREADABLE, RING_NOT_RUN
from ..toolpath.examine import RINGS, Examination, examine
from ..toolpath.geometry import ModelGeometry
from ..toolpath.reader import MAX_FILE_BYTES
from .model_input import judge_model, open_model, pinned_bytes
from .output import add_json_flag, complain, print_finding, print_json, progress
from .recipe_options import add_recipe_options, choose_variables, open_recipe


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``check``."""
    parser = subparsers.add_parser("check", help="examine one job against a signed recipe")
    add_recipe_options(parser)
    parser.add_argument(
        "--model", type=Path, metavar="M.stl", help="STL in millimetres; not for fixed geometry"
    )
    parser.add_argument(
        "--rings",
        metavar="ABC",
        help="A bytes and window, B second slicing, C model (default: those of the recipe)",
    )
    parser.add_argument(
        "--picture",
        type=Path,
        metavar="OUT.png",
        help="draw the layer of the first finding that has a place, beside the signed model",
    )
    parser.add_argument("gcode", type=Path, metavar="FILE.gcode", help="the job")
    add_json_flag(parser)
    parser.set_defaults(run=run_check)


# Of malloc.h, for mallopt(3).
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3


@dataclass(kw_only=True)
class _Run:
    """What one call has found so far."""

    verdicts: list[Verdict] = field(default_factory=list)
    examination: Examination | None = None
    geometry: ModelGeometry | None = None
    picture: bytes | None = None

    @property
    def verdict(self) -> Verdict:
        return merge(self.verdicts)


def run_check(arguments: argparse.Namespace) -> int:
    """0 accepted, 1 refused with the reasons."""
    rings = _read_rings(arguments.rings)
    _keep_freed_memory()
    gcode = read_capped(arguments.gcode, MAX_FILE_BYTES)
    run = _Run()
    recipe: Recipe | None = None
    try:
        signed = open_recipe(arguments)
        run.verdicts.append(signed.verdict)
        recipe = signed.recipe
        if recipe is not None and signed.verdict.accepted:
            _examine(arguments, gcode, signed, recipe, rings or frozenset(recipe.rings), run)
            _draw(arguments, gcode, signed, recipe, run)
    except DocumentError as fault:
        run.verdicts.append(_unreadable(fault))
    progress("")
    if arguments.picture is not None:
        _write_picture(arguments.picture, run)
    digests = _digests(gcode, recipe, run.examination)
    accepted = run.examination is not None and run.verdict.accepted
    if arguments.json:
        _print_json(run, digests, accepted)
    else:
        _print_text(arguments.gcode, run, digests, accepted)
    return 0 if accepted else 1


def _keep_freed_memory() -> None:
    """Columns of some MB come and go; glibc would fetch each anew from the system.

    That is a twentieth of all the time, and the most that is held is the same. As the examining
    process of the controller has it.
    """
    with contextlib.suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_TRIM_THRESHOLD, 256 << 20)
        mallopt(_MMAP_THRESHOLD, 32 << 20)


def _read_rings(text: str | None) -> frozenset[str] | None:
    if text is None:
        return None
    rings = frozenset(text)
    if not rings or not rings <= RINGS:
        raise UsageFault(f"--rings {text}: one or more of A, B and C")
    return rings


def _examine(
    arguments: argparse.Namespace,
    gcode: bytes,
    signed: SignedRecipe,
    recipe: Recipe,
    rings: frozenset[str],
    run: _Run,
) -> None:
    variables, verdict = choose_variables(recipe, arguments.set)
    run.verdicts.append(verdict)
    reslice = None
    mesh = open_model(arguments.model, signed, recipe)
    if mesh is not None:
        judged = judge_model(mesh, arguments.model, signed, recipe, variables)
        run.verdicts += judged
        if "B" in rings:
            placed, encoded = place_encoded(mesh, recipe.envelope)
            reslice = _slice_again(encoded, signed, recipe, run)
        else:
            placed = place(mesh, recipe.envelope)
        run.geometry = ModelGeometry(
            corners=placed.corners,
            digest=placed.digest,
            known_box=placed.bounds(),
            one_body=shows_one_body(judged[0], recipe.envelope),
        )
    progress(f"examining {arguments.gcode}")
    run.examination = examine(
        gcode,
        recipe,
        signed.files,
        run.geometry,
        rings,
        variables,
        reslice=reslice,
        clock=time.perf_counter,
    )
    run.verdicts.append(run.examination.verdict)


def _draw(
    arguments: argparse.Namespace, gcode: bytes, signed: SignedRecipe, recipe: Recipe, run: _Run
) -> None:
    if arguments.picture is None or run.examination is None:
        return
    # Loads what draws: only where a picture is wanted.
    from ..toolpath.drawing import draw_first

    progress("drawing")
    found = run.examination.verdict.findings
    drawing = draw_first(found, gcode, recipe, signed.files, run.geometry)
    if drawing is not None:
        # Loads Pillow and the fonts of the documents: only where there is something to draw.
        from ..documents.render_layer import layer_png

        run.picture = layer_png(drawing)


def _write_picture(path: Path, run: _Run) -> None:
    if run.picture is not None:
        # Loads temporary files: only where there is one to write.
        from .write_file import write_file

        write_file(path, run.picture)
    else:
        complain(f"{path}: not drawn: no finding has a place on a layer")


def _slice_again(
    placed_stl: bytes, signed: SignedRecipe, recipe: Recipe, run: _Run
) -> bytes | None:
    """A second slicing, or None with the reason among the findings: then ring B has not run."""
    settings = pinned_bytes(signed, recipe, FileRole.SLICER_SETTINGS)
    if settings is None:
        return None
    # Loads what runs a slicer: only where ring B asks for one.
    from ..slicing.slicer import slice_model

    validated = recipe.validated_with
    try:
        sliced = slice_model(
            placed_stl,
            settings,
            validated.slicer,
            validated.slicer_version,
            lambda percent, step: progress(f"slicing again {percent} % {step}"),
            compared=True,
        )
    except ToolError as fault:
        finding = Finding(kind=RING_NOT_RUN, measured="B", facts={"reason": str(fault)})
        run.verdicts.append(_verdict_of(finding, "slicer"))
        return None
    run.verdicts.append(sliced.verdict)
    return sliced.gcode or None


def _unreadable(fault: DocumentError) -> Verdict:
    place_in_file = f" {fault.path}" if fault.path else ""
    finding = Finding(
        kind=INPUT_UNREADABLE,
        where=Where(path=f"{fault.source}{place_in_file}"),
        measured=fault.observed,
        limit=fault.allowed,
    )
    return _verdict_of(finding, "inputs")


def _verdict_of(finding: Finding, name: str) -> Verdict:
    return Verdict(
        findings=(finding,),
        checks=(CheckRun(name=name, ran=True),),
        required=frozenset({name}),
    )


def _digests(
    gcode: bytes, recipe: Recipe | None, examination: Examination | None
) -> dict[str, Json]:
    """All four of the contract; null for what there is not, and for a file read in part only."""
    known = examination.digests if examination is not None else {}
    whole = len(gcode) <= MAX_FILE_BYTES
    return {
        "gcode": (known.get("gcode") or sha256_hex(gcode)) if whole else None,
        "canonical": known.get("canonical"),
        "model": known.get("model"),
        "recipe": recipe.digest if recipe is not None else None,
    }


def _print_json(run: _Run, digests: dict[str, Json], accepted: bool) -> None:
    examined = run.examination
    summary = examined.summary if examined is not None else None
    print_json(
        {
            **run.verdict.to_json(),
            "accepted": accepted,
            "digests": digests,
            "lines": examined.lines if examined is not None else 0,
            "layers": examined.layers if examined is not None else 0,
            "summary": summary.to_json() if summary is not None else None,
            "picture": sha256_hex(run.picture) if run.picture is not None else None,
        }
    )


def _print_text(path: Path, run: _Run, digests: dict[str, Json], accepted: bool) -> None:
    for finding in run.verdict.findings:
        print_finding(finding)
    examined = run.examination
    if examined is not None:
        _print_checks(examined.verdict.checks)
    if accepted and examined is not None:
        print(f"{path}: accepted, {examined.lines} lines, {examined.layers} layers")
        print(f"planned digest {digests['canonical']}")
        return
    missing = ", ".join(run.verdict.not_run)
    complain(f"{path}: refused" + (f"; did not run: {missing}" if missing else ""))


def _print_checks(checks: Sequence[CheckRun]) -> None:
    for check in checks:
        seconds = f"{check.seconds:.2f} s" if check.seconds is not None else ""
        print(f"ring {check.ring}  {'ran' if check.ran else 'not run':7}  {check.name}  {seconds}")
