"""Two honest jobs, one of each slicer, sliced anew for these tests."""

from __future__ import annotations

import pytest

from benchmarks.attacks import limits
from benchmarks.attacks.bench_store import Bench, Case, load
from benchmarks.attacks.recipes import BREADTH, SETUPS


@pytest.fixture(scope="package")
def bench(tmp_path_factory):
    return Bench(tmp_path_factory.mktemp("lab"))


def sliced(bench, setup, model):
    signed = limits.read()
    case = Case(
        setup=next(one for one in SETUPS if one.name == setup),
        model=model,
        variant=0,
    )
    return load(bench, case, signed[case.setup])


@pytest.fixture(scope="package")
def specimens(bench):
    """A clip by PrusaSlicer, solid, and a tray by CuraEngine, sparse; both in 0.3 mm layers."""
    return [
        sliced(bench, "prusa-slicer-100-0.3", "clip"),
        sliced(bench, "CuraEngine-20-0.3", "pill_tray"),
    ]


@pytest.fixture(scope="package")
def plate(bench):
    """Six parts on a plate by CuraEngine, sparse, in 0.3 mm layers."""
    return sliced(bench, "CuraEngine-20-0.3", "many_parts")


@pytest.fixture(scope="package")
def brimmed(bench):
    """A plate with holes by CuraEngine, with a brim about it, in 0.2 mm layers."""
    setup = next(one for one in BREADTH if one.name == "CuraEngine-20-0.2-brim")
    return load(bench, Case(setup=setup, model="adapter", variant=0), limits.read()[setup])


@pytest.fixture(scope="package")
def crumbly(bench):
    """A knob by PrusaSlicer, sparse, in 0.3 mm layers: where its infill turns, lines are short."""
    return sliced(bench, "prusa-slicer-20-0.3", "knob")


@pytest.fixture(scope="package")
def supported(bench):
    """A model with overhangs, sparse, with supports, in 0.2 mm layers; by name and slicer."""
    signed = limits.read()

    def make(model, slicer="prusa-slicer"):
        setup = next(
            one
            for one in BREADTH
            if (one.around, one.infill, one.slicer) == ("supports", 20, slicer)
        )
        return load(bench, Case(setup=setup, model=model, variant=0), signed[setup])

    return make
