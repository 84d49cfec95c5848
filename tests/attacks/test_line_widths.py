"""Nozzles of 0.25 to 0.8 mm, sliced: honest jobs pass, cuts and hidden voids do not."""

from __future__ import annotations

import random

import pytest

from benchmarks.attacks import limits, trial
from benchmarks.attacks.bench_store import Case, load
from benchmarks.attacks.catalogue import ATTACKS
from benchmarks.attacks.recipes import BREADTH
from mdps_plugin.toolpath.kernel_link import SWITCH

pytestmark = pytest.mark.slicer


def sliced(bench, name, model):
    setup = next(one for one in BREADTH if one.name == name)
    return load(bench, Case(setup=setup, model=model, variant=0), limits.read()[setup])


#: Each was refused by a limit in mm that had been chosen for lines of 0.45 mm.
REFUSED_ONCE = [
    # An empty disc: near a border of skins, away from it, in skins over sparse infill.
    ("prusa-slicer-100-0.3-nozzle0.8", "cranial_plate"),
    ("prusa-slicer-100-0.3-nozzle0.6", "pill_tray"),
    ("CuraEngine-100-0.3-nozzle0.8", "raised"),
    ("prusa-slicer-20-0.3-nozzle0.8", "strap"),
    # How far ends along a border lie apart, and how far such a border reaches.
    ("prusa-slicer-100-0.3-nozzle0.6", "lens"),
    ("prusa-slicer-100-0.3-nozzle0.8", "stepped_disc"),
    # An outline that moves within a layer; a corner with little room.
    ("prusa-slicer-100-0.3-nozzle0.6", "saddle"),
    ("CuraEngine-20-0.3-nozzle0.8", "saddle"),
]


@pytest.mark.parametrize(("name", "model"), REFUSED_ONCE)
def test_honest_jobs_of_wide_lines_are_accepted(name, model, bench):
    specimen = sliced(bench, name, model)
    assert trial.look(specimen, specimen.gcode) == (True, {})


@pytest.mark.parametrize("model", ["bracket", "ball"])
def test_honest_jobs_of_thin_lines_are_accepted(model, bench):
    specimen = sliced(bench, "prusa-slicer-100-0.1-nozzle0.25", model)
    assert trial.look(specimen, specimen.gcode) == (True, {})


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("prusa-slicer-100-0.1-nozzle0.25", 0.5),
        ("prusa-slicer-100-0.3-nozzle0.8", 1.0),
        ("CuraEngine-100-0.3-nozzle0.8", 1.0),
    ],
)
def test_voids_between_other_lines_are_found_by_the_model_alone(name, size, bench, monkeypatch):
    """With the kernel and without it the same is found."""
    specimen = sliced(bench, name, "bracket")
    for attack in ("void_cut", "void_in_model"):
        spoilt = ATTACKS[attack].make(specimen, size, random.Random(name))
        assert not spoilt.nothing
        accepted, found = trial.look(specimen, spoilt.data, "AC")
        assert not accepted
        assert found["C"]
        with monkeypatch.context() as without:
            without.setenv(SWITCH, "off")
            assert trial.look(specimen, spoilt.data, "AC") == (accepted, found)


@pytest.mark.parametrize("model", ["stepped_disc", "raised"])
def test_the_kernel_is_sure_of_wide_lines_only_where_the_rules_find_nothing(
    model, bench, monkeypatch
):
    specimen = sliced(bench, "prusa-slicer-100-0.3-nozzle0.8", model)
    for number in range(6):
        rng = random.Random(number)
        spoilt = ATTACKS["void_cut"].make(specimen, rng.choice((0.3, 0.5, 1.5)), rng)
        with_kernel = trial.look(specimen, spoilt.data, "AC")
        with monkeypatch.context() as without:
            without.setenv(SWITCH, "off")
            assert trial.look(specimen, spoilt.data, "AC") == with_kernel
