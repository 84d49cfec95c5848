"""The pinned model and the signed job, judged as every site would judge them. Runs no slicer.

A bundle whose own model lies outside its envelope, or whose own job its window refuses, can be
signed and never be printed. Ring B is left out: a signed job needs no second slicing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..errors import DocumentError
from ..findings import Finding, Where
from ..models.check import BuildArea, check_model
from ..models.mesh import Mesh
from ..models.placement import place
from ..models.stl import read_stl
from ..recipes.document import FileRole, Recipe
from ..slicing.settings import build_area
from ..toolpath.codes import RING_LEFT_OUT
from ..toolpath.examine import examine
from ..toolpath.geometry import ModelGeometry
from . import codes


def check_pinned_parts(
    recipe: Recipe, files: Mapping[str, bytes], settings: Mapping[str, str]
) -> Iterable[Finding]:
    """Findings of the models room on the model, of the toolpath room on the job (rings A, C).

    ``recipe`` must keep all rules; ``settings`` are the slicer settings, empty without any.
    """
    defaults = {variable.name: variable.default for variable in recipe.variables}
    data = _bytes(recipe, files, FileRole.MODEL)
    if data is None:
        return
    try:
        mesh = read_stl(data, FileRole.MODEL.value)
    except DocumentError as fault:
        where = Where(path=f"{fault.source} {fault.path}".strip())
        limit = fault.allowed
        yield Finding(kind=codes.BAD_MODEL, where=where, measured=fault.observed, limit=limit)
        return
    area = build_area(settings)
    box = None if area is None else BuildArea(x_mm=area[0], y_mm=area[1], z_mm=area[2])
    judged = check_model(mesh, recipe, defaults, box)
    yield from judged.findings
    job = _bytes(recipe, files, FileRole.JOB_GCODE)
    if job is not None and judged.accepted:
        yield from _job(job, recipe, files, mesh, defaults)


def _job(
    job: bytes,
    recipe: Recipe,
    files: Mapping[str, bytes],
    mesh: Mesh,
    variables: Mapping[str, str],
) -> Iterable[Finding]:
    placed = place(mesh, recipe.envelope)
    geometry = ModelGeometry(corners=placed.corners, digest=placed.digest)
    verdict = examine(job, recipe, files, geometry, frozenset("AC"), variables).verdict
    return (finding for finding in verdict.findings if finding.code != RING_LEFT_OUT.code)


def _bytes(recipe: Recipe, files: Mapping[str, bytes], role: FileRole) -> bytes | None:
    pinned = recipe.file(role)
    return None if pinned is None else files.get(pinned.name)
