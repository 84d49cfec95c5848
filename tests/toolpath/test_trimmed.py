"""The trimmed fit of the kernel is that of fit.py, whatever it may leave out of its way there."""

from __future__ import annotations

import numpy as np
import pytest

from mdps_plugin.toolpath import fit
from mdps_plugin.toolpath.kernel_link import kernel
from mdps_plugin.toolpath.model_link import ModelKernel, Rules, model_kernel

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
COUNTS = (1, 31, 32, 33, 256, 4096, 4097, 20_000)
NOISE_MM = (1e-5, 1e-3, 4e-3, 0.02)


def _calls() -> ModelKernel:
    calls = model_kernel(kernel())
    assert calls is not None, "build it: pip install --editable ."
    return calls


def _insets(kind: str, columns: Floats, noise_mm: float, random: np.random.Generator) -> Floats:
    """How far walls lie off: moved by up to 0.01 mm, and what else may be wrong with them."""
    count = len(columns)
    inset = columns @ random.normal(scale=0.005, size=columns.shape[1])
    inset += random.normal(scale=noise_mm, size=count)
    if kind == "some far off":
        inset[random.random(count) < 0.2] += 0.2
    if kind == "in steps":
        inset = np.round(inset, 3)
    if kind == "in order":
        inset = np.sort(inset)
    if kind == "half of them moved":
        inset[: count // 2] += 0.1
    return inset


@pytest.mark.parametrize(
    "kind", ["as they are", "some far off", "in steps", "in order", "half of them moved"]
)
def test_the_kernel_solves_as_the_reference_does(kind: str) -> None:
    random, calls, told = np.random.default_rng(len(kind)), _calls(), {-1: 0, 0: 0, 1: 0}
    for count in COUNTS:
        for noise_mm in NOISE_MM:
            for width in (3, 4):
                columns = random.normal(size=(count, width))
                inset = _insets(kind, columns, noise_mm, random)
                made, solved = calls.trimmed(columns, inset, RULES)
                wanted = fit._solve(columns, inset)
                told[made] += 1
                if made == 1:
                    assert wanted is not None
                    np.testing.assert_allclose(solved[:width], wanted, rtol=1e-9, atol=1e-12)
                elif made == 0:
                    assert wanted is None
    assert told[1] >= 32
    assert told[-1] <= 16
