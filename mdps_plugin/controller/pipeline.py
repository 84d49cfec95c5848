"""An order made ready: model read and placed, job made, job examined. Signs nothing, keeps nothing.

From bytes to what was found, in the examining process (:mod:`.worker_main_link`). Reads and writes
no file of the cell; the slicer has a folder of its own. Whether a build may start is decided by
the controller, in :mod:`mdps_plugin.build.decide`, from this and everything else.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from ..build.evidence import ModelEvidence, ToolpathEvidence
from ..errors import DocumentError, ToolError
from ..findings import Finding, Verdict, Where
from ..models.check import BuildArea, check_model, shows_one_body
from ..models.mesh import Mesh
from ..models.placement import place_encoded
from ..models.stl import read_stl
from ..recipes.document import FileRole, JobSource, ModelSource
from ..slicing.slicer import slice_model
from ..toolpath.drawing import draw_first
from ..toolpath.examine import ModelGeometry, examine_or_raise
from ..units import Range
from . import codes
from .verification import STAGES, Checked, Progress, Task


@dataclass(frozen=True, kw_only=True)
class _Made:
    """A job as it came; ``slicer_version`` None where no slicer made it here."""

    gcode: bytes
    slicer_version: str | None = None
    findings: tuple[Finding, ...] = ()


class _DoesNotFit(Exception):
    """A model so far outside the envelope that it has no place; carries the verdict on it."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__("the model does not fit")
        self.verdict = verdict


def check(task: Task, progress: Progress) -> Checked:
    """Run the pipeline; whatever is wrong with the content ends as a finding."""
    try:
        progress("model", 0, len(STAGES))
        mesh = _model_of(task)
        model, placed, placed_stl = _placed(mesh, task, progress)
        kept = Checked(model=model, placed=placed_stl)
        if not model.verdict.accepted:
            return kept
        made = _job_of(task, kept.placed, progress)
        if not made.gcode:
            return replace(kept, failures=made.findings)
        reslice = _second_slice(task, kept.placed, progress)
    except DocumentError as fault:
        finding = Finding(
            kind=codes.UNREADABLE_INPUT,
            where=Where(path=fault.path or None),
            measured=fault.observed,
            limit=fault.allowed,
            facts={"source": f"{fault.source}, {fault.path}" if fault.path else fault.source},
        )
        return Checked(failures=(finding,))
    except _DoesNotFit as fault:
        return Checked(failures=fault.verdict.refusals())
    except ToolError as fault:
        return Checked(failures=(Finding(kind=codes.NO_SLICER, measured=str(fault)),))
    progress("examination", 4, len(STAGES))
    done = _examined(kept, task, made, placed, reslice)
    progress("examination", len(STAGES), len(STAGES))
    return done


def _pinned(task: Task, role: FileRole) -> bytes:
    file = task.recipe.file(role)
    if file is None:
        raise DocumentError(task.recipe.label, "files", f"no file of role {role.value}", "one")
    return task.pinned[file.name]


def _model_of(task: Task) -> Mesh:
    if task.recipe.model_source is ModelSource.PINNED:
        data, file = _pinned(task, FileRole.MODEL), task.recipe.file(FileRole.MODEL)
        # Verifying the bundle has made the digest of these bytes, and it was this one; the
        # controller makes it again of what the examining process answers for.
        return read_stl(data, "model of the recipe", file.sha256 if file is not None else None)
    if task.model is None:
        raise DocumentError(task.order_id, "model", "no model", "a released model")
    return read_stl(task.model, f"model of {task.order_id}")


def _placed(mesh: Mesh, task: Task, progress: Progress) -> tuple[ModelEvidence, Mesh, bytes]:
    progress("placement", 1, len(STAGES))
    x, y, z = (Range(minimum=0, maximum=reach) for reach in task.reach_mm)
    area = BuildArea(x_mm=x, y_mm=y, z_mm=z)
    try:
        placed, placed_stl = place_encoded(mesh, task.recipe.envelope)
    except DocumentError:
        # Too far out to be placed at all: what the envelope says of it comes first.
        unplaced = check_model(mesh, task.recipe, task.variables, area)
        if unplaced.accepted:
            raise
        raise _DoesNotFit(unplaced) from None
    size = placed.size()
    evidence = ModelEvidence(
        verdict=check_model(placed, task.recipe, task.variables, area),
        source_sha256=mesh.digest,
        placed_sha256=placed.digest,
        size_mm=(float(size[0]), float(size[1]), float(size[2])),
        volume_cm3=placed.volume_mm3() / 1000.0,
    )
    return evidence, placed, placed_stl


def _slice(task: Task, placed_stl: bytes, progress: Progress) -> _Made:
    recipe = task.recipe
    sliced = slice_model(
        placed_stl,
        _pinned(task, FileRole.SLICER_SETTINGS),
        recipe.validated_with.slicer,
        recipe.validated_with.slicer_version,
        lambda percent, text: progress(f"slicing, {text}, {percent} %", 2, len(STAGES)),
        compared="B" in recipe.rings,
    )
    return _Made(
        gcode=sliced.gcode, slicer_version=sliced.version, findings=sliced.verdict.findings
    )


def _job_of(task: Task, placed_stl: bytes, progress: Progress) -> _Made:
    if task.recipe.job_source is JobSource.SLICE:
        progress("slicing", 2, len(STAGES))
        return _slice(task, placed_stl, progress)
    if task.recipe.job_source is JobSource.SIGNED_GCODE:
        return _Made(gcode=_pinned(task, FileRole.JOB_GCODE))
    if task.gcode is None:
        raise DocumentError(task.order_id, "gcode_sha256", "no G-code", "the job's digest")
    return _Made(gcode=task.gcode)


def _second_slice(task: Task, placed_stl: bytes, progress: Progress) -> bytes | None:
    """An independent second run for ring B; the first could have been disturbed alone."""
    if "B" not in task.recipe.rings:
        return None
    progress("second slicing", 3, len(STAGES))
    return _slice(task, placed_stl, progress).gcode or None


def _examined(
    kept: Checked, task: Task, made: _Made, placed: Mesh, reslice: bytes | None
) -> Checked:
    geometry = ModelGeometry(
        corners=placed.corners,
        digest=placed.digest,
        known_box=placed.bounds(),
        one_body=kept.model is not None
        and shows_one_body(kept.model.verdict, task.recipe.envelope),
    )
    examination = examine_or_raise(
        made.gcode,
        task.recipe,
        task.pinned,
        geometry,
        frozenset(task.recipe.rings),
        task.variables,
        reslice=reslice,
        clock=time.perf_counter,
        threads=task.threads,
    )
    summary = examination.summary
    return replace(
        kept,
        toolpath=ToolpathEvidence(
            verdict=examination.verdict,
            digests=examination.digests,
            lines=examination.lines,
            layers=examination.layers,
            filament_mm=summary.filament_mm if summary else 0.0,
            print_time_s=summary.estimated_s if summary else 0.0,
        ),
        canonical=examination.canonical if examination.verdict.accepted else b"",
        layer_start=examination.layer_start,
        slicer_version=made.slicer_version,
        failures=made.findings,
        picture=_picture(examination.verdict, made.gcode, task, geometry),
    )


def _picture(verdict: Verdict, gcode: bytes, task: Task, geometry: ModelGeometry) -> bytes | None:
    drawing = draw_first(verdict.findings, gcode, task.recipe, task.pinned, geometry)
    if drawing is None:
        return None
    # Loads Pillow and the fonts of the documents: only where there is something to draw.
    from ..documents.render_layer import layer_png

    return layer_png(drawing)
