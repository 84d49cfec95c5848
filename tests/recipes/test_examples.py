"""The shipped bundles: they verify, they are what the code makes, their shapes are closed."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from mdps_plugin.authoring import make_examples
from mdps_plugin.authoring.blocks import canonical_lines, cut_blocks
from mdps_plugin.authoring.examples import EXAMPLES
from mdps_plugin.authoring.examples.common import Example
from mdps_plugin.authoring.geometry import (
    acoustic_bell,
    anatomical_model,
    finger_splint,
    solids,
    surgical_guide,
    wrist_splint,
)
from mdps_plugin.authoring.settings import end_lines, start_lines
from mdps_plugin.build.checks import site
from mdps_plugin.errors import DocumentError
from mdps_plugin.models.check import check_model
from mdps_plugin.models.placement import place
from mdps_plugin.models.stl import encode_binary_stl, read_stl
from mdps_plugin.models.surface import survey
from mdps_plugin.recipes.bundle import SignedRecipe, verify_bundle
from mdps_plugin.recipes.document import JobSource, Pathway
from mdps_plugin.recipes.store import default_root_path, load_bundle, load_root, recipes_folder
from mdps_plugin.slicing.settings import judge_settings
from mdps_plugin.toolpath.blocks import NEVER
from mdps_plugin.toolpath.examine import examine
from mdps_plugin.toolpath.geometry import ModelGeometry

from ..build.world import make_evidence, recipe_evidence

AT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
BY_NAME = {example.name: example for example in EXAMPLES}
each = pytest.mark.parametrize("name", sorted(BY_NAME))


def shipped(name: str) -> SignedRecipe:
    path = recipes_folder() / name / str(BY_NAME[name].revision)
    return verify_bundle(load_bundle(path), load_root(default_root_path()), AT, str(path))


@each
def test_verifies_against_the_committed_root_and_says_that_it_is_an_example(name: str) -> None:
    signed = shipped(name)
    assert signed.verdict.accepted
    assert {finding.code for finding in signed.verdict.findings} == {"RC-019", "RC-020"}
    assert len(signed.signers) == 2
    assert signed.recipe is not None
    assert signed.recipe.identity.recipe_id == name
    assert signed.recipe.identity.example_only
    assert any("own validation" in source for source in signed.recipe.sources)


def test_each_pathway_that_is_built_end_to_end_has_an_example() -> None:
    pathways = set()
    for name in BY_NAME:
        recipe = shipped(name).recipe
        assert recipe is not None
        pathways.add(recipe.pathway)
    assert pathways == {
        Pathway.ADAPTABLE,
        Pathway.PATIENT_MATCHED,
        Pathway.CUSTOM_MADE,
        Pathway.HEALTH_INSTITUTION,
    }


def test_making_the_bundles_again_gives_the_committed_bytes(tmp_path: Path) -> None:
    make_examples.make_all(recipes_folder(), tmp_path, run_slicer=False)
    made = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    more = sum(example.pinned_model + example.signed_job for example in EXAMPLES)
    assert len(made) == 1 + len(EXAMPLES) * (5 + 1) + more  # root; files and model of each
    for path in sorted(made):
        committed = recipes_folder() / path
        assert (tmp_path / path).read_bytes() == committed.read_bytes(), path


def test_nothing_lies_in_a_bundle_that_was_not_made(tmp_path: Path) -> None:
    make_examples.make_all(recipes_folder(), tmp_path, run_slicer=False)
    made = {path.relative_to(tmp_path) for path in tmp_path.rglob("*")}
    keys = Path(make_examples.KEYS_FOLDER)
    for path in recipes_folder().rglob("*"):
        relative = path.relative_to(recipes_folder())
        if relative == Path(".gitattributes"):
            continue
        assert relative in made or keys in (relative, *relative.parents), relative


@each
def test_no_command_that_no_job_may_hold(name: str) -> None:
    signed = shipped(name)
    for file, data in signed.files.items():
        if file.endswith(".gcode"):
            words = {line.split()[0] for line in canonical_lines(data, file)}
            assert not words & NEVER


@each
def test_the_blocks_set_every_mode_and_end_cold(name: str) -> None:
    signed = shipped(name)
    start = canonical_lines(signed.files["start.gcode"], "start.gcode")
    end = canonical_lines(signed.files["end.gcode"], "end.gcode")
    modes = {"G21", "G90", "M83", "G92 E0", "M220 S100", "M221 S100", "M200 D0", "M211 S1", "G28"}
    assert modes <= set(start)
    assert any(line.startswith("M204 ") for line in start)
    assert {"M107", "M104 S0", "M140 S0", "M84"} <= set(end)


@each
def test_the_prime_line_lies_inside_the_bed_and_outside_the_part(name: str) -> None:
    signed = shipped(name)
    assert signed.recipe is not None
    envelope = signed.recipe.envelope
    front = envelope.placed_at_y_mm - envelope.size_y_mm.maximum / 2
    back = envelope.placed_at_y_mm + envelope.size_y_mm.maximum / 2
    for line in canonical_lines(signed.files["start.gcode"], "start.gcode"):
        words = {word[0]: float(word[1:]) for word in line.split()[1:] if len(word) > 1}
        if line.startswith("G1") and "X" in words:
            assert 0 <= words["X"] <= 250
        if line.startswith("G1") and "Y" in words:
            assert 0 <= words["Y"] < front
    assert back <= 210
    assert envelope.placed_at_x_mm + envelope.size_x_mm.maximum / 2 <= 250


@each
def test_the_settings_make_slicing_reproducible(name: str) -> None:
    verdict = judge_settings(shipped(name).files["settings.ini"], "settings.ini", True)
    assert verdict.accepted
    assert verdict.findings == ()


@each
def test_the_example_model_is_closed_and_fits_the_envelope(name: str) -> None:
    signed = shipped(name)
    assert signed.recipe is not None
    data = (recipes_folder() / make_examples.MODELS_FOLDER / f"{name}.stl").read_bytes()
    model = place(read_stl(data, name), signed.recipe.envelope)
    surface = survey(model)
    assert surface.closed
    assert len(surface.body_volumes_mm3) == 1
    defaults = {variable.name: variable.default for variable in signed.recipe.variables}
    assert check_model(model, signed.recipe, defaults).findings == ()
    if "model.stl" in signed.files:
        assert signed.files["model.stl"] == data


def test_the_signed_job_passes_the_examination_without_a_slicer() -> None:
    signed = shipped("mask-extender")
    recipe = signed.recipe
    assert recipe is not None
    assert recipe.job_source is JobSource.SIGNED_GCODE
    placed = place(read_stl(signed.files["model.stl"], "model.stl"), recipe.envelope)
    model = ModelGeometry(corners=placed.corners, digest=placed.digest)
    defaults = {variable.name: variable.default for variable in recipe.variables}
    job = signed.files["job.gcode"]

    def judge(gcode: bytes) -> bool:
        rings = frozenset(recipe.rings)
        return examine(gcode, recipe, signed.files, model, rings, defaults).verdict.accepted

    assert judge(job)
    assert 1500 <= job.count(b"\n") <= 4000
    assert not judge(job.replace(b"M104 S210", b"M104 S211"))


def test_editing_a_text_and_making_again_gives_a_bundle_that_verifies(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(recipes_folder(), source)
    text = source / "mask-extender" / "1" / "instructions.md"
    text.write_text(text.read_text() + "\nOne more line.\n")
    root = load_root(default_root_path())
    edited = load_bundle(text.parent)
    assert not verify_bundle(edited, root, AT, "edited").verdict.accepted
    make_examples.make_all(source, source, run_slicer=False)
    assert verify_bundle(load_bundle(text.parent), root, AT, "made").verdict.accepted


def shapes() -> dict[str, np.ndarray]:
    found = {example.name: example.mesh() for example in EXAMPLES}
    for length, low, high in ((15.0, 12.0, 12.0), (60.0, 26.0, 18.0)):
        found[f"splint {length}"] = finger_splint.mesh(length, low, high)
    for side in ("left", "right"):
        found[f"wrist {side}"] = wrist_splint.mesh(180.0, 60.0, side)
    found["low guide"] = surgical_guide.mesh(6.0, 6.0)
    return found


@pytest.mark.parametrize("name", sorted(shapes()))
def test_shapes_stand_on_the_plate_and_point_outwards(name: str) -> None:
    mesh = read_stl(encode_binary_stl(shapes()[name]), name)
    low, _ = mesh.bounds()
    assert low[2] == 0
    assert mesh.volume_mm3() > 0
    assert survey(mesh).closed


def test_a_prism_has_the_volume_of_its_outline_times_its_height() -> None:
    outline = np.array([(0, 0), (10, 0), (10, 4), (6, 4), (6, 2), (3, 2), (3, 4), (0, 4)], float)
    mesh = read_stl(encode_binary_stl(solids.prism(outline, 5.0)), "notched")
    assert mesh.volume_mm3() == pytest.approx((40 - 6) * 5.0)


@pytest.mark.parametrize("flaw", ["crossing", "clockwise"])
def test_an_outline_that_cannot_be_filled_is_misuse(flaw: str) -> None:
    outline = np.array([(0, 0), (10, 10), (10, 0), (0, 10)], float)
    if flaw == "clockwise":
        outline = np.array([(0, 0), (0, 10), (10, 10), (10, 0), (5, -1)], float)
    with pytest.raises(ValueError, match="outline"):
        solids.triangulate(outline)


def test_the_phantom_narrows_upwards_so_that_it_needs_no_support() -> None:
    points = anatomical_model.mesh().reshape(-1, 3)
    radii = [
        float(np.hypot(*points[points[:, 2] == z][:, :2].T).max()) for z in np.unique(points[:, 2])
    ]
    rises = np.diff(radii)
    assert rises.max() < anatomical_model.STEP_MM


def test_left_and_right_wrist_are_mirror_images() -> None:
    def corners(side: str, sign: int) -> set[tuple[float, ...]]:
        points = wrist_splint.mesh(150.0, 80.0, side).reshape(-1, 3) * (1, sign, 1)
        return {tuple(point) for point in points.round(3) + 0.0}

    assert corners("left", -1) == corners("right", 1)
    assert corners("left", 1) != corners("right", 1)


def test_the_mass_that_is_accepted_is_that_of_a_solid_bell() -> None:
    """100 % infill is the key characteristic: at 20 % the bell would be far lighter."""
    recipe = shipped("acoustic-bell").recipe
    assert recipe is not None
    mesh = read_stl(encode_binary_stl(acoustic_bell.mesh()), "bell")
    solid_g = mesh.volume_mm3() / 1000 * recipe.material.density_g_cm3
    mass = next(item for item in recipe.inspection if item.characteristic_id == "mass")
    assert mass.key
    assert mass.limits.contains(solid_g)
    assert mass.limits.minimum > 0.9 * solid_g


def test_the_default_policy_of_a_site_denies_the_surgical_guide_and_nothing_else() -> None:
    for name in BY_NAME:
        recipe = shipped(name).recipe
        assert recipe is not None
        found = {one.code for one in site.check(make_evidence(recipe=recipe_evidence(recipe)))}
        assert found == ({"BD-027", "BD-029"} if name == "surgical-guide" else set()), name


def sliced(example: Example, *, first: str = "M107") -> list[str]:
    start, end = start_lines(example.process), end_lines(example.process)
    return [first, *start, "G21", "G90", "M83", "M107", "G1 X1 Y1 E0.1", "M107", *end]


def test_blocks_are_cut_with_the_lines_of_the_slicer_around_them() -> None:
    example = BY_NAME["mask-extender"]
    lines = sliced(example)
    arguments = (start_lines(example.process), end_lines(example.process), "job")
    start, end = cut_blocks(lines, *arguments)
    assert start.decode().splitlines() == lines[: lines.index("M107", 15)]
    assert end.decode().splitlines() == lines[-6:]
    for damaged in (lines[5:], lines[:-1]):
        with pytest.raises(DocumentError):
            cut_blocks(damaged, *arguments)
