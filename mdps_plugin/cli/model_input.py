"""``--model``: the mesh of an order, or the one that a recipe pins; placed once. Converts only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..errors import DocumentError
from ..findings import CheckRun, Finding, Verdict, Where
from ..models.check import BuildArea, check_model
from ..models.mesh import Mesh
from ..models.stl import MAX_BYTES, read_stl
from ..recipes.bundle import SignedRecipe
from ..recipes.document import FileRole, ModelSource, Recipe
from ..recipes.store import read_capped
from ..slicing import codes
from ..slicing.settings import build_area, parse_settings


def pinned_bytes(signed: SignedRecipe, recipe: Recipe, role: FileRole) -> bytes | None:
    """Bytes of the pinned file of that role; verification has compared its digest."""
    pinned = recipe.file(role)
    return None if pinned is None else signed.files.get(pinned.name)


def open_model(path: Path | None, signed: SignedRecipe, recipe: Recipe) -> Mesh | None:
    """The pinned mesh where the geometry is fixed, else the one at ``path``; None without one.

    UsageFault for a file that cannot be opened, DocumentError for one that is no STL.
    """
    if recipe.model_source is ModelSource.PINNED:
        pinned, data = recipe.file(FileRole.MODEL), pinned_bytes(signed, recipe, FileRole.MODEL)
        if pinned is None or data is None:
            return None
        # Verifying the bundle has just made the digest of these bytes, and it was this one.
        digest = pinned.sha256 if signed.verdict.accepted else None
        return read_stl(data, f"{signed.source}: {FileRole.MODEL.value}", digest)
    if path is None:
        return None
    data = read_capped(path, MAX_BYTES)
    if len(data) > MAX_BYTES:
        raise DocumentError(
            str(path), "", f"more than {MAX_BYTES} bytes", f"at most {MAX_BYTES} bytes"
        )
    return read_stl(data, str(path))


def judge_model(
    mesh: Mesh,
    path: Path | None,
    signed: SignedRecipe,
    recipe: Recipe,
    variables: Mapping[str, str],
) -> tuple[Verdict, ...]:
    """The mesh against the design envelope; and a file brought along against the pinned one."""
    verdict = check_model(mesh, recipe, variables, _build_area(signed, recipe))
    if path is None or recipe.model_source is not ModelSource.PINNED:
        return (verdict,)
    data = read_capped(path, MAX_BYTES)
    brought = read_stl(data, str(path)) if len(data) <= MAX_BYTES else None
    findings: tuple[Finding, ...] = ()
    if brought is None or brought.digest != mesh.digest:
        seen = "another file" if brought is None else brought.digest
        findings = (
            Finding(
                kind=codes.OTHER_MODEL,
                where=Where(path="model"),
                measured=seen,
                limit=mesh.digest,
            ),
        )
    other = Verdict(
        findings=findings,
        checks=(CheckRun(name="pinned_model", ran=True),),
        required=frozenset({"pinned_model"}),
    )
    return verdict, other


def _build_area(signed: SignedRecipe, recipe: Recipe) -> BuildArea | None:
    """The signed bed; settings that do not read are reported where they are judged."""
    settings = pinned_bytes(signed, recipe, FileRole.SLICER_SETTINGS)
    if settings is None:
        return None
    try:
        area = build_area(parse_settings(settings, FileRole.SLICER_SETTINGS.value))
    except DocumentError:
        return None
    return None if area is None else BuildArea(x_mm=area[0], y_mm=area[1], z_mm=area[2])
