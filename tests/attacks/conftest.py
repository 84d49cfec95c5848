"""Two honest jobs, one of each slicer, sliced anew for these tests."""

from __future__ import annotations

import pytest

from benchmarks.attacks import limits
from benchmarks.attacks.bench_store import Bench, Case, load
from benchmarks.attacks.recipes import SETUPS


@pytest.fixture(scope="package")
def specimens(tmp_path_factory):
    """A clip by PrusaSlicer, solid, and a tray by CuraEngine, sparse; both in 0.3 mm layers."""
    bench, signed = Bench(tmp_path_factory.mktemp("lab")), limits.read()
    setups = {setup.name: setup for setup in SETUPS}
    cases = [
        Case(setup=setups["prusa-slicer-100-0.3"], model="clip", variant=0),
        Case(setup=setups["CuraEngine-20-0.3"], model="pill_tray", variant=0),
    ]
    return [load(bench, case, signed[case.setup]) for case in cases]
