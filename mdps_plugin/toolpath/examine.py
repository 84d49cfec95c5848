"""Examines one job: every check of rings A, B and C in order, to one verdict; itself checks none.

Ring A: bytes, blocks, commands and process window, from the G-code and the recipe alone. Ring B:
the job is what slicing the model again gives. Ring C: the job is the placed model. What the rings
guarantee together, and what one alone does not, is in docs/examiner.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from ..canonical import sha256_hex
from ..findings import CheckRun, Finding, Verdict
from ..recipes.document import FileRole, Recipe
from .blocks import Blocks, find_blocks
from .bounds import ToolpathSummary, check_place, check_top, check_totals, summarise
from .check_runs import CheckRuns
from .codes import RESLICE_UNUSABLE, RING_LEFT_OUT, RING_NOT_RUN
from .collect import Collector
from .commands import check_commands
from .compare import compare, is_ordered
from .geometry import ModelGeometry
from .kernel_link import kernel
from .layers import Layers, check_heights, find_layers
from .lines import check_flow, check_speeds
from .one_pass import Accepted, accept
from .pinned import check_signed_job, check_variables
from .reader import Job, read_job
from .retraction import check_retractions
from .ring_c import MODEL_CHECKS, Printed, check_model
from .settings import check_accelerations, check_fan, check_temperatures
from .start import check_end, check_start
from .trace import Machine, Trace, run
from .writing import writing_of
from .written import check_writing

__all__ = [
    "RINGS",
    "Examination",
    "ModelGeometry",
    "ToolpathSummary",
    "examine",
    "examine_or_raise",
]

T = TypeVar("T")

RINGS = frozenset("ABC")

_CHECKS = {
    "A": (
        "variables",
        "grammar",
        "start and end block",
        "writing of the slicer",
        "commands",
        "layers and heights",
        "temperatures",
        "fan",
        "accelerations",
        "retraction",
        "speeds",
        "flow and width",
        "place",
        "filament and time",
    ),
    "B": ("second slicing",),
    "C": MODEL_CHECKS,
}
_SIGNED_JOB = "signed job"
_WRITING = "writing of the slicer"

CHECK_NAMES = (*_CHECKS["A"], _SIGNED_JOB, *_CHECKS["B"], *_CHECKS["C"])
"""Every check that a verdict of this module may name."""


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What was examined and what came out.

    ``canonical`` is empty and ``summary`` None where the job could not be read that far.
    ``digests``: "gcode" of the bytes given, "canonical" (the planned digest), "model" as handed
    in, "recipe"; None where there is none. ``layers``: printed layers. ``layer_start[k]``: index
    of the first canonical line of layer k, travel to it included; the start block lies before
    layer 0, the end block belongs to the last layer. Nothing here may be used for a build unless
    ``verdict.accepted``: never so if a ring of the recipe was left out.
    """

    verdict: Verdict
    canonical: bytes
    digests: Mapping[str, str | None]
    lines: int
    layers: int
    summary: ToolpathSummary | None
    layer_start: tuple[int, ...]


def examine(
    gcode: bytes,
    recipe: Recipe,
    files: Mapping[str, bytes],
    model: ModelGeometry | None,
    rings: frozenset[str],
    variables: Mapping[str, str],
    *,
    reslice: bytes | None = None,
    clock: Callable[[], float] | None = None,
    threads: int = 1,
) -> Examination:
    """Decide from bytes whether ``gcode`` is a print that ``recipe`` allows, of ``model``.

    ``files``: the pinned files of the bundle by name, as verified against it. ``rings``: which
    rings to run; a build passes ``frozenset(recipe.rings)``. A ring of the recipe that is left out
    refuses, and so does one that has not its input (model for C, ``reslice`` for B) and did not
    run. ``reslice``: bytes of the second slicing, read by the same rules.
    ``clock`` gives seconds for the times in the verdict. ``threads``: layers that the kernel may
    look at beside each other; the verdict is the same for any number. Nothing of this raises, a
    check that breaks off (no memory left) refuses; unknown rings do raise (``RuntimeError``).
    """
    run_ = _start(rings, clock, threads)
    try:
        return _examine(gcode, recipe, files, model, rings, variables, reslice, run_)
    except Exception as fault:  # noqa: BLE001 - whatever a check raises must refuse the job
        broken = type(fault).__name__
    # Out here, where the columns of what broke off are let go.
    run_.broke_off(broken)
    return Examination(
        verdict=_verdict(run_, rings, recipe),
        canonical=b"",
        digests={
            "gcode": sha256_hex(gcode),
            "canonical": None,
            "model": model.digest if model is not None else None,
            "recipe": recipe.digest,
        },
        lines=0,
        layers=0,
        summary=None,
        layer_start=(),
    )


def examine_or_raise(
    gcode: bytes,
    recipe: Recipe,
    files: Mapping[str, bytes],
    model: ModelGeometry | None,
    rings: frozenset[str],
    variables: Mapping[str, str],
    *,
    reslice: bytes | None = None,
    clock: Callable[[], float] | None = None,
    threads: int = 1,
) -> Examination:
    """:func:`examine` for the examining process, which is ended after any fault: it is let out."""
    run_ = _start(rings, clock, threads)
    return _examine(gcode, recipe, files, model, rings, variables, reslice, run_)


def _start(rings: frozenset[str], clock: Callable[[], float] | None, threads: int) -> CheckRuns:
    if not rings <= RINGS:
        raise RuntimeError(f"unknown rings {sorted(rings - RINGS)}")
    return CheckRuns(clock, threads)


def _examine(
    gcode: bytes,
    recipe: Recipe,
    files: Mapping[str, bytes],
    model: ModelGeometry | None,
    rings: frozenset[str],
    variables: Mapping[str, str],
    reslice: bytes | None,
    run_: CheckRuns,
) -> Examination:
    """Everything of :func:`examine` that a job could break."""
    layers, summary = None, None
    run_.check("A", "variables", lambda: check_variables(recipe, variables, run_.found))
    # The seam of the kernel (docs/adr/0021): it accepts, or the reference below does everything.
    box = model.box() if model is not None else None
    again = reslice if "B" in rings else None
    compared = "C" in rings and model is not None
    writing = writing_of(recipe)
    job = run_.check(
        "A",
        "grammar",
        lambda: (
            accept(kernel(), gcode, recipe, files, box, again, with_strokes=compared)
            or read_job(gcode, recipe.window.lines_at_most, run_.found, writing=writing)
        ),
    )
    if isinstance(job, Accepted):
        return _conclude(job, gcode, recipe, files, model, rings, reslice, run_)
    if job is not None:
        layers, summary = _examine_job(job, gcode, recipe, files, model, rings, reslice, run_)
    _name_left_out(recipe, rings, model, reslice, run_.found)
    canonical = job.canonical() if job is not None else b""
    return Examination(
        verdict=_verdict(run_, rings, recipe),
        canonical=canonical,
        digests={
            "gcode": sha256_hex(gcode),
            "canonical": sha256_hex(canonical) if job is not None else None,
            "model": model.digest if model is not None else None,
            "recipe": recipe.digest,
        },
        lines=len(job) if job is not None else 0,
        layers=layers.count if layers is not None else 0,
        summary=summary,
        layer_start=layers.start if layers is not None else (),
    )


def _conclude(
    accepted: Accepted,
    gcode: bytes,
    recipe: Recipe,
    files: Mapping[str, bytes],
    model: ModelGeometry | None,
    rings: frozenset[str],
    reslice: bytes | None,
    run_: CheckRuns,
) -> Examination:
    """The kernel has carried out ring A, and B where the copies are equal; ring C is left.

    One pass has no times of its own for each check: all of it stands under "grammar".
    """
    for name in _checks("A", recipe)[2:]:
        run_.check("A", name, lambda: None)
    if "B" in rings and reslice is not None:
        run_.check("B", "second slicing", lambda: None)
    if "C" in rings and model is not None:
        printed = Printed(
            layer_count=accepted.summary.layers, columns=accepted.printed, strokes=accepted.strokes
        )
        check_model(printed, recipe, files, model, run_)
    _name_left_out(recipe, rings, model, reslice, run_.found)
    canonical = accepted.canonical()
    return Examination(
        verdict=_verdict(run_, rings, recipe),
        canonical=canonical,
        digests={
            "gcode": _digest_of(gcode, accepted, recipe),
            "canonical": sha256_hex(canonical),
            "model": model.digest if model is not None else None,
            "recipe": recipe.digest,
        },
        lines=accepted.lines,
        layers=accepted.summary.layers,
        summary=accepted.summary,
        layer_start=accepted.layer_start,
    )


def _digest_of(gcode: bytes, accepted: Accepted, recipe: Recipe) -> str:
    """SHA-256 of the job; that of the pinned one, if it is that to the last byte.

    Verifying the bundle has made the digest of each pinned file, and it was the signed one.
    """
    pinned = recipe.file(FileRole.JOB_GCODE)
    return pinned.sha256 if pinned is not None and accepted.as_signed else sha256_hex(gcode)


def _examine_job(
    job: Job,
    gcode: bytes,
    recipe: Recipe,
    files: Mapping[str, bytes],
    model: ModelGeometry | None,
    rings: frozenset[str],
    reslice: bytes | None,
    run_: CheckRuns,
) -> tuple[Layers | None, ToolpathSummary | None]:
    """Everything after reading; a check that has nothing to stand on is not run."""
    found, window = run_.found, recipe.window
    if recipe.file(FileRole.JOB_GCODE) is not None:
        run_.check("A", _SIGNED_JOB, lambda: check_signed_job(job, recipe, files, found))
    if "B" in rings and reslice is not None:
        run_.check("B", "second slicing", lambda: _check_reslice(job, reslice, recipe, found))
    machine = Machine()
    blocks = run_.check(
        "A", "start and end block", lambda: _check_blocks(job, recipe, files, machine, found)
    )
    if blocks is None:
        return None, None
    writing = writing_of(recipe)
    if writing is not None:
        run_.check("A", _WRITING, lambda: check_writing(job, gcode, blocks, writing, found))
    run_.check("A", "commands", lambda: check_commands(job, blocks, window, found))
    trace = run(job, blocks.settled, blocks.end, machine)
    run(job, blocks.end, len(job), machine)
    check_end(machine, found)

    def heights() -> Layers | None:
        layers = find_layers(trace, blocks.settled, window, job, found)
        if layers is not None:
            check_heights(trace, layers, window, job, found)
        return layers

    layers = run_.check("A", "layers and heights", heights)
    if layers is None:
        return None, None
    summary = _check_window(job, blocks, trace, layers, recipe, model, run_)
    if "C" in rings and model is not None:
        printed = Printed(layer_count=layers.count, columns=lambda: (trace, layers, job))
        check_model(printed, recipe, files, model, run_)
    return layers, summary


def _check_blocks(
    job: Job, recipe: Recipe, files: Mapping[str, bytes], machine: Machine, found: Collector
) -> Blocks | None:
    """Blocks as signed; ``machine`` ends in the state after the start block."""
    blocks = find_blocks(job, recipe, files, found)
    if blocks is not None:
        run(job, 0, blocks.settled, machine)
        check_start(machine, recipe.window, found)
    return blocks


def _check_window(
    job: Job,
    blocks: Blocks,
    trace: Trace,
    layers: Layers,
    recipe: Recipe,
    model: ModelGeometry | None,
    run_: CheckRuns,
) -> ToolpathSummary:
    """The process window, one group of rules after the other."""
    found, window = run_.found, recipe.window
    box = model.box() if model is not None else None
    run_.check(
        "A",
        "temperatures",
        lambda: check_temperatures(job, blocks, trace, layers, window, found),
    )
    run_.check("A", "fan", lambda: check_fan(job, blocks, trace, layers, window, found))
    run_.check("A", "accelerations", lambda: check_accelerations(job, blocks, window, found))
    pulled_back = False
    # Part by part, so that the columns of one check are still in the cache for the next.
    for begin, part in trace.parts():
        of_part = layers.part(begin, begin + len(part.index))
        pulled_back = run_.check(
            "A",
            "retraction",
            partial(check_retractions, part, of_part, window, job, found, pulled_back),
        )
        run_.check("A", "speeds", partial(check_speeds, part, of_part, window, job, found))
        run_.check("A", "flow and width", partial(check_flow, part, of_part, recipe, job, found))
        run_.check("A", "place", partial(check_place, part, of_part, recipe, box, job, found))
    summary = summarise(trace, layers, recipe, job)
    check_top(summary, recipe, found)
    run_.check("A", "filament and time", lambda: check_totals(summary, window, found))
    return summary


def _check_reslice(job: Job, reslice: bytes, recipe: Recipe, found: Collector) -> None:
    inner = Collector()
    again = read_job(reslice, recipe.window.lines_at_most, inner)
    if again is None:
        reason = inner.result()[0]
        found.add(Finding(kind=RESLICE_UNUSABLE, measured=f"{reason.code}: {reason.observed()}"))
        return
    ordered = is_ordered(recipe.validated_with.slicer)
    found.add_all(compare(job, again, ordered=ordered))


def _name_left_out(
    recipe: Recipe,
    rings: frozenset[str],
    model: ModelGeometry | None,
    reslice: bytes | None,
    found: Collector,
) -> None:
    for ring, given, reason in (
        ("B", reslice is not None, "no second slicing at hand"),
        ("C", model is not None, "no model was given"),
    ):
        if ring in rings and not given:
            found.add(Finding(kind=RING_NOT_RUN, measured=ring, facts={"reason": reason}))
    for ring in sorted(set(recipe.rings) - rings):
        found.add(Finding(kind=RING_LEFT_OUT, measured=ring, limit=", ".join(recipe.rings)))


def _checks(ring: str, recipe: Recipe) -> tuple[str, ...]:
    """Names of the checks that a ring has under this recipe."""
    names = _CHECKS[ring]
    if ring != "A":
        return names
    if writing_of(recipe) is None:
        names = tuple(name for name in names if name != _WRITING)
    return (*names, _SIGNED_JOB) if recipe.file(FileRole.JOB_GCODE) is not None else names


def _verdict(run_: CheckRuns, rings: frozenset[str], recipe: Recipe) -> Verdict:
    checks: list[CheckRun] = []
    required: set[str] = set()
    for ring in sorted(rings):
        names = _checks(ring, recipe)
        required.update(names)
        checks += [
            run_.checks.get(name, CheckRun(name=name, ran=False, ring=ring)) for name in names
        ]
    return Verdict(findings=run_.found.result(), checks=tuple(checks), required=frozenset(required))
