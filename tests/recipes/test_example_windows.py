"""The real slicer under the signed settings: blocks, job and windows of the examples hold."""

from __future__ import annotations

import numpy as np
import pytest

from mdps_plugin.authoring import make_examples
from mdps_plugin.authoring.examples import EXAMPLES
from mdps_plugin.authoring.geometry import finger_splint, solids, wrist_splint
from mdps_plugin.models.placement import place
from mdps_plugin.models.stl import encode_binary_stl, read_stl, write_binary_stl
from mdps_plugin.recipes.parse import parse_recipe
from mdps_plugin.recipes.store import load_bundle, recipes_folder
from mdps_plugin.slicing.slicer import ignore_progress, slice_model
from mdps_plugin.toolpath.examine import Examination, examine
from mdps_plugin.toolpath.geometry import ModelGeometry

pytestmark = pytest.mark.slicer
BY_NAME = {example.name: example for example in EXAMPLES}


def box() -> np.ndarray:
    outline = np.array([(-15, -10), (15, -10), (15, 10), (-15, 10)], float)
    return solids.prism(outline, 6.0)


SHAPES = {
    **{name: (name, example.mesh()) for name, example in BY_NAME.items()},
    "box": ("anatomical-model", box()),
    "long splint": ("finger-splint", finger_splint.mesh(40.0, 24.0, 22.0)),
    "small left splint": ("wrist-splint", wrist_splint.mesh(120.0, 60.0, "left")),
}


def sliced(name: str, triangles: np.ndarray) -> Examination:
    folder = recipes_folder() / name / "1"
    files = dict(load_bundle(folder))
    pinned = {key: data for key, data in files.items() if key != "recipe.dsse.json"}
    document = make_examples.example_document(BY_NAME[name], pinned)
    recipe = parse_recipe(document, name)
    model = place(read_stl(encode_binary_stl(triangles), name), recipe.envelope)
    jobs = [
        slice_model(
            write_binary_stl(model),
            files["settings.ini"],
            recipe.validated_with.slicer,
            recipe.validated_with.slicer_version,
            ignore_progress,
            compared=True,
        ).gcode
        for _ in range(2)
    ]
    variables = {variable.name: variable.default for variable in recipe.variables}
    for variable in recipe.variables:
        axis = "xyz".find(variable.affects.removeprefix("envelope.size_").removesuffix("_mm"))
        if variable.affects.startswith("envelope.size_"):
            variables[variable.name] = f"{model.size()[axis]:.1f}".removesuffix(".0")
    geometry = ModelGeometry(corners=model.corners, digest=model.digest)
    rings = frozenset("ABC")
    return examine(jobs[0], recipe, files, geometry, rings, variables, reslice=jobs[1])


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_an_honest_job_passes_all_rings(shape: str) -> None:
    examination = sliced(*SHAPES[shape])
    assert [finding.message() for finding in examination.verdict.refusals()] == []
    assert examination.verdict.accepted


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_slicing_again_gives_the_committed_blocks_and_job(name: str) -> None:
    folder = recipes_folder() / name / "1"
    for file, data in make_examples.slice_example(BY_NAME[name], folder).items():
        assert data == (folder / file).read_bytes(), file
