"""``mdps recipe learn``: measured from real jobs, tried on them, tight, with every origin."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from mdps_plugin.authoring.examples import EXAMPLES
from mdps_plugin.authoring.learn import learn
from mdps_plugin.authoring.make_examples import example_document
from mdps_plugin.cli.main import main
from mdps_plugin.errors import DocumentError
from mdps_plugin.recipes.parse import ENVELOPE_NAME, parse_recipe
from mdps_plugin.recipes.store import load_bundle, recipes_folder
from mdps_plugin.toolpath.examine import examine

MASK = next(example for example in EXAMPLES if example.name == "mask-extender")
FOLDER = recipes_folder() / "mask-extender" / "1"
FILES = {name: data for name, data in load_bundle(FOLDER).items() if name != ENVELOPE_NAME}
DOCUMENT: Any = example_document(MASK, FILES)
JOB = FILES["job.gcode"]


def proposal(*jobs: bytes) -> Any:
    named = {f"good-{number}.gcode": data for number, data in enumerate(jobs)}
    return learn(DOCUMENT, FILES, named, "recipe.json")


LEARNT = proposal(JOB)


def codes(window: Any, job: bytes) -> set[str]:
    recipe = parse_recipe({**DOCUMENT, "window": window}, "recipe.json")
    defaults = {variable.name: variable.default for variable in recipe.variables}
    verdict = examine(job, recipe, FILES, None, frozenset("A"), defaults).verdict
    return {finding.code for finding in verdict.refusals()}


def test_the_window_is_a_recipe_part_and_lets_its_own_job_pass() -> None:
    assert LEARNT.refused == {}
    assert codes(LEARNT.window, JOB) == codes(DOCUMENT["window"], JOB)


def test_it_lies_inside_the_hand_made_window() -> None:
    made = DOCUMENT["window"]
    for name in ("travel_speed_mm_s", "total_filament_mm", "print_time_s"):
        assert made[name]["minimum"] <= LEARNT.window[name]["minimum"]
        assert LEARNT.window[name]["maximum"] <= made[name]["maximum"]
    for ours, theirs in zip(LEARNT.window["features"], made["features"], strict=True):
        for name in ("flow_mm3_per_mm", "speed_mm_s"):
            assert theirs[name]["minimum"] <= ours[name]["minimum"]
            assert ours[name]["maximum"] <= theirs[name]["maximum"]
    for name in ("temperatures", "retraction", "z_hop_mm", "fan"):
        assert LEARNT.window[name] == made[name]
    assert set(LEARNT.window["commands"]) <= set(made["commands"])
    assert set(LEARNT.window) == set(made)


def ranges(window: Any) -> dict[str, dict[str, float]]:
    found = {
        f"{entry['feature']}.{name}": entry[name]
        for entry in window["features"]
        for name in ("flow_mm3_per_mm", "speed_mm_s")
    }
    return {**found, **{name: window[name] for name in ("total_filament_mm", "print_time_s")}}


@pytest.mark.parametrize("name", sorted(ranges(LEARNT.window)))
@pytest.mark.parametrize("end", ["minimum", "maximum"])
def test_each_bound_is_tight(name: str, end: str) -> None:
    """One step inwards, in the digits in which bounds are written, and its own job is refused."""
    window = copy.deepcopy(LEARNT.window)
    place = ranges(window)[name]
    step = 0.0001 if "flow" in name else 0.001 if "speed" in name else 1
    inwards = step if end == "minimum" else -step
    if place["minimum"] + 2 * step > place["maximum"]:
        other = "maximum" if end == "minimum" else "minimum"
        place[other] += inwards
    place[end] += inwards
    assert codes(window, JOB) - codes(LEARNT.window, JOB)


def test_every_bound_says_where_it_came_from() -> None:
    lines = JOB.decode().splitlines()
    bounds = {origin.bound for origin in LEARNT.origins}
    assert {"features.body.flow_mm3_per_mm.minimum", "travel_speed_mm_s.maximum"} <= bounds
    assert {"lines_at_most.maximum", "retraction.length_mm", "commands"} <= bounds
    for origin in LEARNT.origins:
        assert origin.source == "good-0.gcode"
        assert 1 <= origin.line <= len(lines)
        if origin.bound == "commands":
            assert lines[origin.line - 1].split()[0] == origin.value
        if origin.bound.startswith("travel"):
            assert lines[origin.line - 1].startswith("G1")


def slower(job: bytes) -> bytes:
    return job.replace(b" F7200", b" F6000")


def test_a_second_job_widens_what_it_shows_and_is_named_for_it() -> None:
    learnt = proposal(JOB, slower(JOB))
    assert learnt.window["travel_speed_mm_s"] == {"minimum": 100, "maximum": 120}
    (origin,) = [item for item in learnt.origins if item.bound == "travel_speed_mm_s.minimum"]
    assert origin.source == "good-1.gcode"


@pytest.mark.parametrize(
    ("old", "new", "place", "observed"),
    [
        (b"G28\n", b"G28 X\n", "line", "TP-"),
        (b" E-0.8 ", b" E-0.9 ", "line", "retraction.length_mm is 0.9"),
        (b"\nM104 S210\n", b"\nM104 S211\n", "line", "nozzle_c"),
    ],
)
def test_what_cannot_be_one_window_is_refused_with_its_line(
    old: bytes, new: bytes, place: str, observed: str
) -> None:
    assert old in JOB, old
    with pytest.raises(DocumentError) as caught:
        proposal(JOB, JOB.replace(old, new, 1))
    assert caught.value.path.startswith(place)
    assert observed in caught.value.observed


def test_the_command_writes_a_part_and_never_over_a_file_without_being_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, out = tmp_path / "good.gcode", tmp_path / "window.json"
    good.write_bytes(JOB)
    words = ["recipe", "learn", str(good), "--recipe", "mask-extender", "--json", "-o", str(out)]
    assert main(words) == 0
    report = json.loads(capsys.readouterr().out)
    assert json.loads(out.read_text()) == {"window": report["window"]}
    assert report["window"] == LEARNT.window
    out.write_text("mine")
    assert main(words) == 2
    assert out.read_text() == "mine"
    capsys.readouterr()
    assert main([*words, "--overwrite"]) == 0
    assert out.read_text() != "mine"
    assert main(["recipe", "learn", str(good), "--recipe", "finger-splint"]) == 1
