"""An order made ready: recipe verified, model placed, job made, job examined. Signs nothing.

The pipeline of one order from bytes to verdicts. It reads and writes files by digest only, says
how far it is, and ends in a :class:`Verification`; whether a build may start is decided later, in
:mod:`mdps_plugin.build.decide`, from this and everything else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..build.evidence import ModelEvidence, ToolpathEvidence
from ..build.order import Order
from ..documents.render_layer import layer_png
from ..errors import DocumentError, ToolError
from ..findings import CheckRun, Finding, Verdict, Where
from ..interlock.profile import FirmwareProfile
from ..models.check import BuildArea, check_model
from ..models.mesh import Mesh
from ..models.placement import place
from ..models.stl import read_stl, write_binary_stl
from ..recipes.document import FileRole, JobSource, ModelSource, Recipe
from ..slicing.slicer import slice_model
from ..toolpath.drawing import draw_first
from ..toolpath.examine import Examination, ModelGeometry, examine
from ..units import Range
from . import codes
from .file_store import FileStore
from .library import LibraryBundle

Progress = Callable[[str, int, int], None]
STAGES = ("model", "placement", "slicing", "second slicing", "examination")


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


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What came of it. ``examination`` is None where nothing could be examined.

    ``picture``: PNG of the layer of the first finding that has a place, for the screen; it is not
    on record, because job and model are, and it can be drawn from them again.
    """

    bundle: LibraryBundle
    model: ModelEvidence | None
    toolpath: ToolpathEvidence | None
    examination: Examination | None
    slicer_version: str | None
    failures: tuple[Finding, ...]
    picture: bytes | None = None

    def verdict(self) -> Verdict:
        """Everything that was found, as one verdict for the log and the screen."""
        parts = [self.bundle.signed.verdict]
        if self.model is not None:
            parts.append(self.model.verdict)
        if self.toolpath is not None:
            parts.append(self.toolpath.verdict)
        required = frozenset().union(*(part.required for part in parts)) | {"toolpath_examined"}
        return Verdict(
            findings=(*self.failures, *(found for part in parts for found in part.findings)),
            checks=(
                *(check for part in parts for check in part.checks),
                CheckRun(name="toolpath_examined", ran=self.examination is not None),
            ),
            required=required,
        )


def verify(
    order: Order,
    bundle: LibraryBundle,
    profile: FirmwareProfile,
    files: FileStore,
    progress: Progress,
) -> Verification:
    """Run the pipeline; whatever is wrong with the content ends as a finding.

    :class:`~mdps_plugin.errors.StoreError` passes through: a disk that fails is nobody's verdict.
    """
    recipe = bundle.recipe
    if recipe is None or not bundle.signed.verdict.accepted:
        return _stopped(bundle, ())
    try:
        progress("model", 0, len(STAGES))
        mesh = _model_of(order, recipe, bundle.signed.files, files)
        model, placed = _placed(mesh, recipe, order.variables, profile, files, progress)
        if not model.verdict.accepted:
            return _stopped(bundle, (), model)
        made = _job_of(order, recipe, bundle.signed.files, placed, files, progress)
        if not made.gcode:
            return _stopped(bundle, made.findings, model)
        reslice = _second_slice(recipe, bundle.signed.files, placed, progress)
    except DocumentError as fault:
        finding = Finding(
            kind=codes.UNREADABLE_INPUT,
            where=Where(path=fault.path or None),
            measured=fault.observed,
            limit=fault.allowed,
            facts={"source": f"{fault.source}, {fault.path}" if fault.path else fault.source},
        )
        return _stopped(bundle, (finding,))
    except _DoesNotFit as fault:
        return _stopped(bundle, fault.verdict.refusals())
    except ToolError as fault:
        return _stopped(bundle, (Finding(kind=codes.NO_SLICER, measured=str(fault)),))
    progress("examination", 4, len(STAGES))
    geometry = ModelGeometry(triangles=placed.triangles, digest=placed.digest)
    examination = examine(
        made.gcode,
        recipe,
        bundle.signed.files,
        geometry,
        frozenset(recipe.rings),
        order.variables,
        reslice=reslice,
        clock=time.perf_counter,
    )
    drawing = draw_first(
        examination.verdict.findings, made.gcode, recipe, bundle.signed.files, geometry
    )
    progress("examination", len(STAGES), len(STAGES))
    return Verification(
        bundle=bundle,
        model=model,
        toolpath=ToolpathEvidence(
            verdict=examination.verdict,
            digests=examination.digests,
            lines=examination.lines,
            layers=examination.layers,
            filament_mm=examination.summary.filament_mm if examination.summary else 0.0,
            print_time_s=examination.summary.estimated_s if examination.summary else 0.0,
        ),
        examination=examination,
        slicer_version=made.slicer_version,
        failures=made.findings,
        picture=layer_png(drawing) if drawing is not None else None,
    )


def _stopped(
    bundle: LibraryBundle, failures: tuple[Finding, ...], model: ModelEvidence | None = None
) -> Verification:
    return Verification(
        bundle=bundle,
        model=model,
        toolpath=None,
        examination=None,
        slicer_version=None,
        failures=failures,
    )


def _pinned(recipe: Recipe, role: FileRole, pinned: Mapping[str, bytes]) -> bytes:
    file = recipe.file(role)
    if file is None:
        raise DocumentError(recipe.label, "files", f"no file of role {role.value}", "one")
    return pinned[file.name]


def _model_of(order: Order, recipe: Recipe, pinned: Mapping[str, bytes], files: FileStore) -> Mesh:
    if recipe.model_source is ModelSource.PINNED:
        return read_stl(_pinned(recipe, FileRole.MODEL, pinned), "model of the recipe")
    if order.model is None:
        raise DocumentError(order.order_id, "model", "no model", "a released model")
    return read_stl(files.get(order.model.sha256), f"model of {order.order_id}")


def build_area(profile: FirmwareProfile) -> BuildArea:
    """Box that the printer can reach, from its profile."""
    return BuildArea(
        x_mm=Range(minimum=0, maximum=profile.build_x_mm),
        y_mm=Range(minimum=0, maximum=profile.build_y_mm),
        z_mm=Range(minimum=0, maximum=profile.build_z_mm),
    )


def _placed(
    mesh: Mesh,
    recipe: Recipe,
    variables: Mapping[str, str],
    profile: FirmwareProfile,
    files: FileStore,
    progress: Progress,
) -> tuple[ModelEvidence, Mesh]:
    progress("placement", 1, len(STAGES))
    try:
        placed = place(mesh, recipe.envelope)
    except DocumentError:
        # Too far out to be placed at all: what the envelope says of it comes first.
        unplaced = check_model(mesh, recipe, variables, build_area(profile))
        if unplaced.accepted:
            raise
        raise _DoesNotFit(unplaced) from None
    verdict = check_model(placed, recipe, variables, build_area(profile))
    size = placed.size()
    evidence = ModelEvidence(
        verdict=verdict,
        source_sha256=mesh.digest,
        placed_sha256=files.put(write_binary_stl(placed)),
        size_mm=(float(size[0]), float(size[1]), float(size[2])),
        volume_cm3=placed.volume_mm3() / 1000.0,
    )
    return evidence, placed


def _slice(recipe: Recipe, pinned: Mapping[str, bytes], placed: Mesh, progress: Progress) -> _Made:
    sliced = slice_model(
        write_binary_stl(placed),
        _pinned(recipe, FileRole.SLICER_SETTINGS, pinned),
        recipe.validated_with.slicer,
        recipe.validated_with.slicer_version,
        lambda percent, text: progress(f"slicing, {text}, {percent} %", 2, len(STAGES)),
        compared="B" in recipe.rings,
    )
    return _Made(
        gcode=sliced.gcode, slicer_version=sliced.version, findings=sliced.verdict.findings
    )


def _job_of(
    order: Order,
    recipe: Recipe,
    pinned: Mapping[str, bytes],
    placed: Mesh,
    files: FileStore,
    progress: Progress,
) -> _Made:
    if recipe.job_source is JobSource.SLICE:
        progress("slicing", 2, len(STAGES))
        return _slice(recipe, pinned, placed, progress)
    if recipe.job_source is JobSource.SIGNED_GCODE:
        return _Made(gcode=_pinned(recipe, FileRole.JOB_GCODE, pinned))
    if order.gcode_sha256 is None:
        raise DocumentError(order.order_id, "gcode_sha256", "no G-code", "the job's digest")
    return _Made(gcode=files.get(order.gcode_sha256))


def _second_slice(
    recipe: Recipe, pinned: Mapping[str, bytes], placed: Mesh, progress: Progress
) -> bytes | None:
    """An independent second run for ring B; the first could have been disturbed alone."""
    if "B" not in recipe.rings:
        return None
    progress("second slicing", 3, len(STAGES))
    return _slice(recipe, pinned, placed, progress).gcode or None
