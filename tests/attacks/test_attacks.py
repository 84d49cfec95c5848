"""A seeded part of the laboratory: honest jobs are accepted, every class of attack is refused."""

from __future__ import annotations

import ast
import random
import re
from pathlib import Path

import pytest

import mdps_plugin.toolpath
from benchmarks.attacks import limits, trial
from benchmarks.attacks.bench_store import Case, load
from benchmarks.attacks.catalogue import ATTACKS
from benchmarks.attacks.models.catalogue import HELD_OUT
from benchmarks.attacks.mutation import RULES, gets_through
from benchmarks.attacks.on_supports import KINDS
from benchmarks.attacks.recipes import BREADTH, SETUPS, SLICERS
from benchmarks.attacks.trial import same

pytestmark = pytest.mark.slicer

#: Attacks that ring C has to find by itself, with a size that it surely finds.
BY_MODEL = {
    "void_cut": 3.0,
    "shift_part": 0.2,
    "scale_part": 3.0,
    "turn_part": 5.0,
    "layer_deleted": 0.0,
    "top_deleted": 3.0,
    "layer_again": 0.0,
    "another_job": 0.0,
    "model_scaled": 3.0,
    "model_moved": 0.2,
    "setting_shrinks": 0.1,
    "support_moved": 0.1,
    "support_bridged": 1,
    "support_removed": 3.0,
    "support_gone": 1,
    "tower_added": 0.5,
    "hole_closed": 1,
    "support_again": 0.0,
    "support_filled": 4,
    "support_flow": 1,
}
#: Moved along the part's side, a support of CuraEngine leaves its shadow a little later.
BY_CURA = {"support_moved": 0.4}


def tries(attack, sizes, specimens):
    """Every subject spoilt once at every size, but for tries that change nothing."""
    for specimen in specimens:
        for size in sizes:
            spoilt = attack.make(specimen, size, random.Random(f"{attack.name} {size}"))
            bytes_count = attack.group == "bytes"
            if not spoilt.nothing and (bytes_count or not same(spoilt.data, specimen.gcode)):
                yield specimen, size, spoilt


def test_there_are_enough_classes_and_each_is_described():
    assert len(ATTACKS) >= 24
    assert {attack.group for attack in ATTACKS.values()} == {
        *("plastic", "place", "settings", "lines", "bytes", "model")
    }
    for attack in ATTACKS.values():
        assert attack.make.__doc__
        # The fewer lines between two that are robbed, the larger the attack.
        assert list(attack.sizes) == sorted(attack.sizes, reverse=attack.name == "relocation")
        assert len(attack.names) in (0, len(attack.sizes))
    assert len(ATTACKS["grammar_trick"].sizes) >= 40


@pytest.mark.parametrize("setup", SETUPS[2::3], ids=lambda setup: setup.name)
def test_honest_jobs_are_accepted(setup, specimens):
    model = random.Random(setup.name).choice(sorted(HELD_OUT))
    case = Case(setup=setup, model=model, variant=1)
    specimen = load(specimens[0].bench, case, limits.read()[setup])
    assert trial.look(specimen, specimen.gcode) == (True, {})


def test_a_part_that_ends_in_four_tips_is_accepted(bench):
    """Two tips side by side are no place as wide as a bead; the blind saddle was refused for it."""
    setup = next(one for one in SETUPS if one.name == "CuraEngine-100-0.2")
    specimen = load(bench, Case(setup=setup, model="saddle", variant=0), limits.read()[setup])
    assert trial.look(specimen, specimen.gcode) == (True, {})


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("prusa-slicer-20-0.1", "bone_guide"),
        ("CuraEngine-100-0.2", "bone_guide"),
        ("prusa-slicer-20-0.2", "spine_cage"),
        ("CuraEngine-20-0.3", "spine_cage"),
        ("CuraEngine-20-0.2", "socket"),
    ],
)
def test_shapes_of_patients_are_accepted(name, model, bench):
    """Ridges whose last blades hold no bead, nearly level teeth, tips of notches (ADR 0051)."""
    setup = next(one for one in SETUPS if one.name == name)
    specimen = load(bench, Case(setup=setup, model=model, variant=0), limits.read()[setup])
    assert trial.look(specimen, specimen.gcode) == (True, {})


@pytest.mark.parametrize(
    "name",
    [
        "prusa-slicer-20-0.1-nozzle0.25",
        "CuraEngine-20-0.3-nozzle0.8",
        "prusa-slicer-100-0.2-absolute",
        "CuraEngine-100-0.2-absolute",
        "prusa-slicer-20-0.2-skirt",
        "CuraEngine-100-0.2-brim",
        "CuraEngine-20-0.2-skirt",
    ],
)
def test_honest_jobs_beside_the_main_grid_are_accepted(name, bench):
    setup = next(one for one in BREADTH if one.name == name)
    case = Case(setup=setup, model="bracket", variant=0)
    specimen = load(bench, case, limits.read()[setup])
    assert trial.look(specimen, specimen.gcode) == (True, {})


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("prusa-slicer-20-0.2-supports", "table"),
        ("prusa-slicer-100-0.2-supports", "goblet"),
        ("prusa-slicer-20-0.2-supports", "wrist_shell"),
        ("prusa-slicer-100-0.2-supports", "two_shelves"),
        ("prusa-slicer-20-0.2-plate-supports", "two_shelves"),
        ("prusa-slicer-100-0.2-plate-supports", "table"),
        ("CuraEngine-20-0.2-supports", "table"),
        ("CuraEngine-100-0.2-supports", "hooked_rail"),
        ("CuraEngine-20-0.2-supports", "wrist_shell"),
        ("CuraEngine-100-0.2-plate-supports", "flanged_tube"),
    ],
)
def test_honest_jobs_with_supports_are_accepted(name, model, bench):
    setup = next(one for one in BREADTH if one.name == name)
    specimen = load(bench, Case(setup=setup, model=model, variant=0), limits.read()[setup])
    assert any(b";TYPE:" + kind.encode() in specimen.gcode for kind in KINDS)
    assert trial.look(specimen, specimen.gcode) == (True, {})


def test_a_skirt_of_curaengine_about_several_parts_is_no_support_astray(bench):
    """Its hull runs 0.3 mm inside the convex one; drawn in by as much again it is refused."""
    setup = next(one for one in BREADTH if one.name == "CuraEngine-20-0.2-skirt-supports")
    case = Case(setup=setup, model="tray_of_three", variant=0)
    specimen = load(bench, case, limits.read()[setup])
    assert trial.look(specimen, specimen.gcode) == (True, {})
    nearer = setup.settings().replace(b"skirt_gap = 2\n", b"skirt_gap = 1.7\n")
    drawn_in = specimen.sliced(specimen.placed, nearer)
    accepted, rings = trial.look(specimen, drawn_in, "AC")
    assert not accepted
    assert "TP-125" in rings["C"]


def test_a_support_that_touches_the_part_by_design_is_refused(bench):
    """PrusaSlicer's way for a second material that dissolves; with one it is fused to the part."""
    setup = next(one for one in BREADTH if one.name == "prusa-slicer-100-0.2-supports")
    specimen = load(bench, Case(setup=setup, model="bridge", variant=0), limits.read()[setup])
    settings = setup.settings().replace(b"contact_distance = 0.2", b"contact_distance = 0")
    touching = specimen.sliced(specimen.placed, settings)
    assert trial.look(specimen, specimen.gcode, "AC") == (True, {})
    assert "TP-124" in trial.look(specimen, touching, "AC")[1]["C"]


@pytest.mark.parametrize(
    ("name", "value", "model"),
    [
        ("support_top_distance", "0", "hooked_rail"),
        ("support_bottom_distance", "0", "two_shelves"),
        ("support_xy_distance", "0.6", "hooked_rail"),
        ("support_xy_overrides_z", "z_overrides_xy", "wrist_shell"),
    ],
)
def test_a_support_nearer_than_signed_is_refused(name, value, model, supported):
    """CuraEngine with another setting than the signed one: a trojan in front of it."""
    specimen = supported(model, "CuraEngine")
    settings = re.sub(
        rf"(?m)^{name} = .*$", f"{name} = {value}", specimen.setup.settings().decode()
    )
    nearer = specimen.sliced(specimen.placed, settings.encode())
    assert nearer != specimen.gcode
    assert "TP-124" in trial.look(specimen, nearer, "AC")[1]["C"]


@pytest.mark.parametrize("slicer", SLICERS)
@pytest.mark.parametrize("attack", ["void_cut", "shift_layer", "scale_part"])
def test_the_part_is_judged_as_strictly_with_supports(attack, slicer, supported):
    """What is spoilt there is found by ring C alone, as in a job without supports."""
    specimen = supported("hooked_rail", slicer)
    size = ATTACKS[attack].sizes[-1]
    spoilt = ATTACKS[attack].make(specimen, size, random.Random(attack))
    accepted, rings = trial.look(specimen, spoilt.data, "AC")
    assert not accepted
    assert rings["C"]


@pytest.mark.parametrize(
    # CuraEngine lays no brim into holes of less than 20 mm².
    ("slicer", "model"),
    [("prusa-slicer", "guide"), ("CuraEngine", "finger_ring")],
)
def test_a_brim_that_closes_holes_is_refused(slicer, model, bench):
    """The same recipe, brim and part; a trojan slicer lays the brim into the holes as well."""
    setup = next(one for one in BREADTH if (one.around, one.slicer) == ("brim", slicer))
    specimen = load(bench, Case(setup=setup, model=model, variant=0), limits.read()[setup])
    settings = setup.settings().replace(b"= outer_only", b"= outer_and_inner")
    settings = settings.replace(b"brim_outside_only = true", b"brim_outside_only = false")
    assert trial.look(specimen, specimen.gcode, "AC") == (True, {})
    closed = specimen.sliced(specimen.placed, settings)
    assert trial.look(specimen, closed, "AC") == (False, {"C": ["TP-104"]})


@pytest.mark.parametrize("name", ATTACKS)
def test_every_class_is_refused_at_its_largest(name, specimens, plate, supported):
    attack = ATTACKS[name]
    specimens = [plate] if attack.models else specimens
    if attack.around:
        specimens = [supported(attack.models[0], slicer) for slicer in SLICERS]
    sizes = attack.sizes if attack.names else attack.sizes[-1:]
    if len(sizes) > 100:
        sizes = sizes[::5]  # the laboratory takes all of them
    done = 0
    for specimen, size, spoilt in tries(attack, sizes, specimens):
        kind = attack.names[int(size)] if attack.names else ""
        accepted, rings = trial.look(specimen, spoilt.data)
        assert not accepted, (kind or size, specimen.case.name, spoilt.changed)
        assert rings
        done += 1
    assert done > 0 or name in ("setting_infill", "setting_top")


@pytest.mark.parametrize("name", BY_MODEL)
def test_ring_c_finds_it_without_the_others(name, specimens, supported):
    attack = ATTACKS[name]
    chosen = [(specimens[0], BY_MODEL[name])]
    if attack.around:
        chosen = [
            (supported(attack.models[0]), BY_MODEL[name]),
            (supported(attack.models[0], "CuraEngine"), BY_CURA.get(name, BY_MODEL[name])),
        ]
    found = [
        "C" in trial.look(specimen, spoilt.data)[1]
        for one, size in chosen
        for specimen, _, spoilt in tries(attack, [size], [one])
    ]
    assert found == [True] * len(chosen)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.place)
def test_no_rule_is_idle(rule, specimens, plate, supported, brimmed, crumbly):
    """With the rule switched off, some attack that it refuses gets through."""
    own = {
        "ring_c.check_bodies": plate,
        "ring_c.check_holes": brimmed,
        "ring_c.check_short_lines": crumbly,
    }
    specimens = [own[rule.place]] if rule.place in own else specimens
    specimens = [supported("hooked_rail")] if rule.place.startswith("supports.") else specimens
    assert gets_through(rule, specimens) is not None


#: What only calls other rules.
_CALLERS = {"check_model", "check_places", "check_supports"}


def test_every_rule_is_tried():
    """A rule of the examiner that the list does not name would be tried by nobody."""
    room = Path(mdps_plugin.toolpath.__file__).parent
    rules = {
        one.name
        for file in room.glob("*.py")
        for one in ast.parse(file.read_bytes()).body
        if isinstance(one, ast.FunctionDef)
        and one.name.startswith("check_")
        and "found" in {argument.arg for argument in one.args.args}
    }
    listed = {rule.place.split(".")[1] for rule in RULES}
    assert rules - _CALLERS == {name for name in listed if name.startswith("check_")}


def test_a_trial_is_the_same_each_time(specimens):
    plan = trial.Plan(attack="void_cut", size=8, split="100 %", number=3, seed=7)
    assert plan.case(2) == plan.case(2)
    assert plan.case(2).setup.infill == 100
    attack = ATTACKS["void_cut"]
    one, two = (attack.make(specimens[0], 1.0, random.Random("1")) for _ in range(2))
    assert one == two
    assert one.mm3 > 0
