"""The trimmed fit of the kernel is that of fit.py, whatever it may leave out of its way there."""

from __future__ import annotations

import numpy as np
import pytest

from mdps_plugin.toolpath import fit
from mdps_plugin.toolpath.kernel_link import kernel
from mdps_plugin.toolpath.model_link import ModelKernel, Rules, Samples, model_kernel
from mdps_plugin.toolpath.offsets import Offsets

Floats = fit.Floats

RULES = Rules(
    fit_near=fit.NEAR_MM,
    fit_least_share=fit.LEAST_SHARE,
    fit_least_samples=fit.LEAST_SAMPLES,
    fit_least_hold=fit.LEAST_HOLD * fit.LEAST_LEVER,
    fit_least_usual=fit.USUAL_MM,
    fit_rounds=fit.ROUNDS,
)
# About the least that are fitted, and about what the kernel takes the median of in its own way.
COUNTS = (1, 31, 32, 33, 256, 16_384, 16_385, 40_001)
NOISE_MM = (1e-5, 1e-3, 4e-3, 0.02)


def _calls() -> ModelKernel:
    calls = model_kernel(kernel())
    assert calls is not None, "build it: pip install --editable ."
    return calls


def _samples(kind: str, count: int, noise_mm: float, random: np.random.Generator) -> Samples:
    """Places on a part of 60 by 40 mm, and how far walls there lie off: moved, and what else."""
    points = random.uniform((-30.0, -20.0), (30.0, 20.0), (count, 2))
    turn = random.uniform(0.0, 2 * np.pi, count)
    normals = np.column_stack((np.cos(turn), np.sin(turn)))
    columns = _columns(points, normals)
    inset = columns @ random.normal(scale=0.005, size=4) + random.normal(scale=noise_mm, size=count)
    if kind == "some far off":
        inset[random.random(count) < 0.2] += 0.2
    if kind == "in steps":
        inset = np.round(inset, 3)
    if kind == "in order":
        inset = np.sort(inset)
    if kind == "half of them moved":
        inset[: count // 2] += 0.1
    if kind == "one that is none":
        inset[count // 2] = np.nan
    if kind == "along one side":
        normals[:] = (1.0, 0.0)
    return Samples(points, normals, inset)


MIDDLE, REACH_MM = np.array([1.0, -2.0]), 35.0


def _columns(points: Floats, normals: Floats) -> Floats:
    """As fit._size makes them."""
    count = len(points)
    nothing = np.zeros(count, dtype=np.int64)
    offsets = Offsets(layer=nothing, point=points, normal=normals, inset=np.zeros(count))
    half = REACH_MM / np.sqrt(2)
    size, turned = fit._size(offsets, (MIDDLE - half, MIDDLE + half))
    return np.column_stack((size, turned))


@pytest.mark.parametrize(
    "kind", ["as they are", "some far off", "in steps", "in order", "half of them moved"]
)
def test_the_kernel_solves_as_the_reference_does(kind: str) -> None:
    random, calls, told = np.random.default_rng(len(kind)), _calls(), {-1: 0, 0: 0, 1: 0}
    for count in COUNTS:
        for noise_mm in NOISE_MM:
            samples = _samples(kind, count, noise_mm, random)
            columns = _columns(samples.points, samples.normals)
            found = calls.part_fit(samples, MIDDLE, REACH_MM, RULES)
            assert found is not None
            for width, made, solved in zip((3, 4), *found, strict=True):
                wanted = fit._solve(columns[:, :width], samples.insets)
                told[int(made)] += 1
                if made == 1:
                    assert wanted is not None
                    np.testing.assert_allclose(solved[:width], wanted, rtol=1e-9, atol=1e-12)
                elif made == 0:
                    assert wanted is None
    assert told[1] >= 32
    assert told[-1] <= 16


@pytest.mark.parametrize("count", [1, 2, 4097])
def test_what_is_no_number_is_in_doubt(count: int) -> None:
    samples = _samples("one that is none", count, 1e-3, np.random.default_rng(count))
    found = _calls().part_fit(samples, MIDDLE, REACH_MM, RULES)
    assert found is not None
    assert (found[0] == -1).all()
    turned = samples._replace(normals=np.full((count, 2), np.nan), insets=np.zeros(count))
    found = _calls().part_fit(turned, MIDDLE, REACH_MM, RULES)
    assert found is not None
    assert (found[0] != 1).all()


def test_walls_along_one_side_tell_no_size() -> None:
    samples = _samples("along one side", 300, 1e-3, np.random.default_rng(1))
    found = _calls().part_fit(samples, MIDDLE, REACH_MM, RULES)
    assert found is not None
    assert (found[0] == 0).all()


def test_no_sample_gives_no_solution() -> None:
    nothing = Samples(np.empty((0, 2)), np.empty((0, 2)), np.empty(0))
    found = _calls().part_fit(nothing, MIDDLE, REACH_MM, RULES)
    assert found is not None
    assert (found[0] == 0).all()
