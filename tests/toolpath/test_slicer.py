"""Honest output of the real slicer is accepted, shape by shape; what is done to it is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mdps_plugin.cli.main import main
from mdps_plugin.models.placement import place
from mdps_plugin.models.stl import read_stl
from mdps_plugin.recipes.bundle import verify_bundle
from mdps_plugin.recipes.document import Recipe
from mdps_plugin.recipes.store import default_root_path, load_bundle, load_root, recipes_folder
from mdps_plugin.slicing.slicer import slice_model
from mdps_plugin.toolpath.examine import examine
from mdps_plugin.toolpath.geometry import ModelGeometry
from mdps_plugin.toolpath.kernel_link import kernel
from mdps_plugin.toolpath.one_pass import accept
from mdps_plugin.toolpath.section import cut

from . import parts
from .carving import carve
from .parts import (
    ball,
    box,
    bundle,
    codes,
    geometry,
    honest,
    look,
    placed,
    prism,
    slice_plainly,
    stl_bytes,
)

pytestmark = pytest.mark.slicer

_LIMITS = {
    "window.lines_at_most": 200_000,
    "window.total_filament_mm": {"minimum": 1, "maximum": 100_000},
    "window.print_time_s": {"minimum": 1, "maximum": 100_000},
}
LAME = [(-12.0, -7.0), (9.0, -9.0), (14.0, 3.0), (2.0, 11.0), (-10.0, 6.0)]
_SHIPPED = ("anatomical-model", "bottle-grip", "finger-splint", "mask-extender")


def test_the_kept_job_is_what_the_slicer_writes(tmp_path: Path) -> None:
    def commands(gcode: bytes) -> list[bytes]:
        return [line for line in gcode.split(b"\n") if line and not line.startswith(b";")]

    assert commands(slice_plainly(box(), tmp_path)) == commands(honest())


@pytest.mark.parametrize(
    "triangles",
    [
        placed(ball(6)),
        placed(prism([(0, 0), (25, -4), (25, 4)], 3)),
        placed(prism([(0, 0), (25, -2), (25, 2)], 3)),
        placed(prism(LAME, 4.1)),
        box(40, 30, 3),
    ],
    ids=["ball", "wedge", "needle", "lame pentagon", "plate"],
)
def test_honest_shapes_are_accepted_and_not_for_each_other(
    triangles: np.ndarray, tmp_path: Path
) -> None:
    job = slice_plainly(triangles, tmp_path)
    again = slice_plainly(triangles, tmp_path)
    model = geometry(triangles)
    examination = look(job, rings="ABC", model=model, reslice=again, **_LIMITS)
    assert examination.verdict.findings == ()
    assert examination.verdict.accepted
    assert accept(kernel(), job, parts.recipe(**_LIMITS), bundle(), model.box(), again)
    aside = triangles + np.array([0.11, 0, 0])
    larger = (triangles - [100, 100, 0]) * 1.01 + [100, 100, 0]
    for other in (box(), aside, larger):
        assert not look(job, model=geometry(other), **_LIMITS).verdict.accepted


def test_a_mirrored_or_turned_model_is_another_model(tmp_path: Path) -> None:
    triangles = placed(prism(LAME, 2))
    job = slice_plainly(triangles, tmp_path)
    mirrored = triangles[:, ::-1].copy()
    mirrored[:, :, 1] = 200 - mirrored[:, :, 1]
    turned = triangles.copy()
    turned[:, :, :2] = 200 - turned[:, :, :2]
    assert look(job, model=geometry(triangles), **_LIMITS).verdict.accepted
    for other in (mirrored, turned):
        assert "TP-088" in codes(look(job, model=geometry(other), **_LIMITS))


@pytest.mark.parametrize("name", _SHIPPED)
def test_shipped_recipes_slice_and_check(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = ["--model", str(recipes_folder() / "example-models" / f"{name}.stl")]
    job = tmp_path / "job.gcode"
    common = ["--recipe", f"validated_recipes/{name}", *model]
    assert main(["slice", *common, "-o", str(job)]) == 0
    capsys.readouterr()
    assert _check(common, job, capsys)["accepted"] is True
    recipe, files, placed_model = _opened(name)
    # Ring B would find each of these; here the others have to, without it.
    alone = replace(recipe, rings=("A", "C"))

    # No honest job of a shipped recipe is left to the slow reference.
    bytes_of_job = job.read_bytes()
    assert accept(kernel(), bytes_of_job, recipe, files, placed_model.box(), bytes_of_job)

    def accepted(gcode: bytes) -> bool:
        return examine(gcode, alone, files, placed_model, frozenset("AC"), {}).verdict.accepted

    assert accepted(job.read_bytes())
    for change in _attacks(job.read_bytes()):
        assert not accepted(change)


@pytest.mark.parametrize("name", ["anatomical-model", "finger-splint"])
def test_plastic_taken_from_a_wall_of_a_shipped_part(name: str, tmp_path: Path) -> None:
    """The walls of a disc of 2 mm about a place on the outline, through all layers."""
    recipe, files, model = _opened(name)
    sliced = slice_model(
        stl_bytes(model.triangles),
        files["settings.ini"],
        recipe.validated_with.slicer,
        recipe.validated_with.slicer_version,
        lambda _percent, _step: None,
        compared=True,
    ).gcode
    first = sliced.split(b"\n").index(b";LAYER_CHANGE")
    travel = round(recipe.window.travel_speed_mm_s.maximum * 60)
    alone = replace(recipe, rings=("A", "C"))
    places, _ = cut(model.triangles, float(model.box()[1][2]) / 2).samples(3)
    x, y = places[0]
    carved = carve(sliced, x, y, 2.0, travel, first)
    verdict = examine(carved, alone, files, model, frozenset("AC"), {}).verdict
    assert "TP-089" in {finding.code for finding in verdict.refusals()}


def _opened(name: str) -> tuple[Recipe, Mapping[str, bytes], ModelGeometry]:
    """A shipped recipe, its files, and its example model as placed."""
    signed = verify_bundle(
        load_bundle(recipes_folder() / name / "1"),
        load_root(default_root_path()),
        datetime(2026, 11, 23, tzinfo=UTC),
        name,
    )
    assert signed.recipe is not None
    stl = (recipes_folder() / "example-models" / f"{name}.stl").read_bytes()
    mesh = place(read_stl(stl, name), signed.recipe.envelope)
    model = ModelGeometry(corners=mesh.corners, digest=mesh.digest)
    return signed.recipe, signed.files, model


def _check(options: list[str], job: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    status = main(["check", *options, "--json", str(job)])
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert status == (0 if result["accepted"] else 1)
    return result


def _attacks(job: bytes) -> list[bytes]:
    """One temperature, one line, one layer, one segment's flow; fan, speed, an extra word."""
    lines = job.split(b"\n")
    heat = next(n for n, line in enumerate(lines) if line.startswith(b"M109"))
    heights = [n for n, line in enumerate(lines) if line.startswith(b"G1 Z") and n > heat + 10]
    middle = heights[len(heights) // 2]
    following = heights[len(heights) // 2 + 1]
    wall = next(
        n for n, line in enumerate(lines) if n > middle and b" E" in line and b"G1 X" in line
    )
    head, _, flow = lines[wall].rpartition(b" E")
    return [
        b"\n".join([*lines[:heat], b"M109 S260", *lines[heat + 1 :]]),
        b"\n".join([*lines[:wall], b"G1 X100 Y100 E.5", *lines[wall:]]),
        b"\n".join([*lines[:middle], *lines[following:]]),
        b"\n".join([*lines[:wall], head + b" E%.5f" % (float(flow) * 0.9), *lines[wall + 1 :]]),
        b"\n".join([*lines[:wall], b"M106 S77", *lines[wall:]]),
        b"\n".join([*lines[:wall], b"G1 F30000", *lines[wall:]]),
        b"\n".join([*lines[:wall], b"M500", *lines[wall:]]),
    ]
