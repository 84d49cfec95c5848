"""Intervals, the smallest sure size, and how rows are gathered into the tables."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.attacks import counted, page, run_link
from benchmarks.attacks.catalogue import ATTACKS
from benchmarks.attacks.chart import chart
from benchmarks.attacks.honest import honest_cases
from benchmarks.attacks.job import Job, same_meaning
from benchmarks.attacks.limits import read as read_limits
from benchmarks.attacks.limits import section_area
from benchmarks.attacks.models.catalogue import BLIND, mesh
from benchmarks.attacks.recipes import BREADTH, SETUPS
from benchmarks.attacks.report import ladders
from benchmarks.attacks.run_link import read_rows
from benchmarks.attacks.schedule import blank, next_round
from benchmarks.attacks.statistics import smallest_sure, upper_bound_of_none, wilson
from benchmarks.attacks.trial import ring_of


def test_wilson_intervals_are_those_of_the_paper():
    """Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 3."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson(29, 29)[0] == pytest.approx(0.8830, abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)
    assert upper_bound_of_none(300) == pytest.approx(0.00994, abs=1e-5)


@pytest.mark.parametrize(
    ("found", "tried", "place"),
    [
        ([0, 5, 10, 10], [10, 10, 10, 10], 2),
        ([10, 5, 10], [10, 10, 10], 2),
        ([10, 10], [10, 10], 0),
        ([10, 9], [10, 10], None),
        ([297, 300], [300, 300], 0),
        ([296, 300], [300, 300], 1),
        ([3, 0], [3, 0], 0),
        ([0, 0], [0, 0], None),
    ],
)
def test_the_smallest_sure_size(found, tried, place):
    assert smallest_sure(found, tried) == place


def row(size, outcome, looked="ABC", **rings):
    changed = "the ball meets no line" if outcome == "nothing" else "cut"
    base = {"attack": "void_cut", "split": "20 %", "size": size, "changed": changed}
    return {**base, "number": 0, "outcome": outcome, "looked": looked, "rings": rings}


def test_rows_become_ladders_and_pictures():
    rows = [row(7, "found", B=["TP-090"]), row(7, "missed"), row(8, "nothing")]
    rows += [row(8, "found", C=["TP-089"], B=["TP-090"])] * 3
    (ladder,) = ladders([one | {"number": n} for n, one in enumerate(rows)], ATTACKS)
    assert ladder.tried("") == [0] * 7 + [2, 3]
    assert ladder.sure_from("") == 8
    assert ladder.sure_from("C") == 8
    assert ladder.sure_from("A") is None
    assert ladder.rules() == ["TP-090", "TP-089"]
    assert ladder.cells[8].reasons == {"the ball meets no line": 1}
    drawn = chart("Voids & gaps", [ladder])
    assert "Voids &amp; gaps" in drawn
    assert drawn.count("<polyline") == 3


def test_codes_belong_to_rings():
    assert [ring_of(code) for code in ("TP-001", "TP-064", "TP-084", "TP-090")] == list("AACB")


SPLITS = {"": ("",), "infill": ("100 %", "20 %"), "slicer": ("Cura", "Prusa")}


def run_grid(attack, number, found_by):
    """A grid of one attack run to its end; ``found_by`` says which rings find a plan."""
    attacks, rows = {attack: ATTACKS[attack]}, []
    grid = {(one.attack.name, one.split): one for one in blank(attacks, SPLITS)}
    while todo := next_round(grid.values(), number, seed=1):
        assert len({plan.key for plan in todo}) == len(todo)
        for plan in todo:
            rings = {ring: ["TP-090"] for ring in found_by(plan) if ring in plan.rings}
            looked = plan.rings
            if not rings:
                looked, rings = "ABC", {ring: ["TP-090"] for ring in found_by(plan)}
            outcome = "found" if rings else "missed"
            rows.append(row(plan.size, outcome, looked, **rings))
            rows[-1] |= {"attack": plan.attack, "split": plan.split, "number": plan.number}
        grid |= {(one.attack.name, one.split): one for one in ladders(rows, attacks)}
    assert len({(one["split"], one["size"], one["number"]) for one in rows}) == len(rows)
    return next(iter(grid.values()))


def test_a_ring_is_followed_up_to_the_size_that_it_surely_finds():
    done = run_grid("shift_part", 100, lambda plan: "BC" if plan.size >= 3 else "B")
    assert done.sure_from("B") == 0
    assert done.sure_from("C") == 3
    assert done.sure_from("A") is None
    assert done.cells[0].tried("B") >= 100
    assert done.cells[3].tried("C") >= 100
    # What a ring has surely missed is not tried on; what lies above is tried a tenth as often.
    assert done.cells[5].tried("A") <= 20
    assert done.cells[0].tried("C") <= 20
    assert 10 <= done.cells[5].tried("C") <= 20


def test_a_size_above_that_is_missed_moves_the_sure_one_up():
    done = run_grid("shift_part", 100, lambda plan: "" if plan.size == 4 else "ABC")
    for ring in ("", "A", "B", "C"):
        assert done.sure_from(ring) == 5
        assert done.cells[5].tried(ring) >= 100


def test_a_kind_is_tried_a_fifth_as_often_by_every_ring():
    done = run_grid("start_block", 50, lambda plan: "ABC")
    assert all(cell.tried("C") == 10 for cell in done.cells)


def test_tries_that_are_no_attack_end():
    attacks = {"mirror_part": ATTACKS["mirror_part"]}
    grid, rows = blank(attacks, SPLITS), []
    for _ in range(100):
        todo = next_round(grid, 30, seed=1)
        if not todo:
            break
        rows += [
            row(plan.size, "nothing") | {"attack": plan.attack, "split": "", "number": plan.number}
            for plan in todo
        ]
        grid = ladders(rows, attacks)
    # Two kinds, each a fifth of 30 trials, and three tries for each of these.
    assert len(rows) == 2 * 6 * 3


def test_a_line_that_was_cut_off_is_run_again(tmp_path):
    path = tmp_path / "trials.jsonl"
    path.write_text('{"key": "a"}\n{"key": "b"}\n{"ke')
    assert [item["key"] for item in read_rows(path)] == ["a", "b"]
    assert read_rows(tmp_path / "none") == []


def test_the_area_of_a_section():
    block = mesh("block")
    low, high = block.min(axis=(0, 1)), block.max(axis=(0, 1))
    assert section_area(block, 1.0) == pytest.approx(np.prod((high - low)[:2]))
    assert section_area(block, 99.0) == 0.0
    guide = section_area(mesh("guide"), 1.0)
    assert 0 < guide < np.prod(mesh("guide").max(axis=(0, 1))[:2] * 2)


JOB = b""";LAYER_CHANGE
G1 Z.2 F7200
G1 X1 Y1 F7200
;TYPE:Perimeter
G1 X3 Y1 E.1 F1800
;LAYER_CHANGE
G1 Z.4
G1 X1 Y1 E.1
M107
"""


def test_a_job_is_taken_apart():
    job = Job(JOB)
    assert job.layers == 2
    assert job.heights == (0.2, 0.4)
    first, second = job.printed
    assert (first.length, first.feed, first.wall) == (2, 1800, True)
    assert second.feed == 1800
    assert job.edited({}) == JOB
    assert job.with_layers([job.layer_lines(0), job.layer_lines(1)]) == JOB
    assert first.written(filament=0.05) == "G1 X3 Y1 E0.05 F1800"


def test_a_layer_of_cura_begins_with_the_way_to_it(specimens):
    job = specimens[1].job
    assert job.layers == len(job.heights)
    assert list(job.heights) == sorted(job.heights)
    for layer in range(1, job.layers):
        assert any(" Z" in line for line in job.layer_lines(layer)), layer


def test_only_a_changed_meaning_is_an_attack():
    assert same_meaning(JOB, JOB.replace(b"Z.2 F7200", b"Z0.20 F7200.0 ; up"))
    assert same_meaning(JOB, JOB + b"\n; the end\n")
    assert not same_meaning(JOB, JOB.replace(b"Z.2", b"Z.3"))
    assert not same_meaning(JOB, JOB.replace(b"M107", b"m107"))
    assert not same_meaning(JOB, JOB + b"M107\n")
    assert not same_meaning(JOB + b"M107\n", JOB)


def test_honest_jobs_are_of_25_models_two_infills_three_heights_and_two_slicers():
    cases = honest_cases("both", "main", 1)
    assert len({case.model for case in cases}) >= 25
    grid = {(case.setup.slicer, case.setup.infill, case.setup.layer_mm) for case in cases}
    assert len(grid) == 2 * 2 * 3
    assert len({case.name for case in cases}) == len(cases) == 12 * len({c.model for c in cases})
    assert cases[0].model in BLIND
    assert {case.model for case in honest_cases("blind", "breadth", 2)} == set(BLIND)
    wide = {case.setup.special for case in honest_cases("held-out", "breadth", 1)}
    assert {"nozzle0.25", "nozzle0.8", "absolute", "skirt", "brim", "supports", "one-fill"} <= wide


def test_every_setup_has_limits_and_those_of_the_breadth_follow_their_twin():
    signed = read_limits()
    assert set(signed) == {*SETUPS, *BREADTH}
    for setup in BREADTH:
        low, high = signed[setup].flow
        twin_low, twin_high = signed[setup.twin].flow
        wide = setup.width_mm / setup.twin.width_mm
        assert 0.9 * wide < low / twin_low < 1.1 * wide
        assert high / low == pytest.approx(twin_high / twin_low, abs=0.01)


def test_the_page_tells_refusals_in_the_examiners_words():
    row = {"slicer": "CuraEngine", "models": "blind", "setup": "brim", "same": True}
    bad = {**row, "key": "hook.0 x", "outcome": "refused", "found": ["TP-100 0.8 mm wide; 0.7"]}
    good = {**row, "key": "arch.0 x", "outcome": "accepted", "models": "held out"}
    text = page._honest(counted.honest_groups([bad, good]))
    assert "| CuraEngine | blind | brim | 1 | 1 | 1 |" in text
    assert "- hook.0 x: TP-100 0.8 mm wide; 0.7" in text
    assert "None of 1 held out jobs refused" in text


def test_what_was_counted_is_written_and_read_and_gone_on_from(tmp_path):
    rows = [row(8, "found", A=["TP-064"]) | {"number": number} for number in (0, 1, 3)]
    rows.append(row(8, "nothing") | {"number": 4})
    before = counted.Counted(code="0123", where="a machine", seed=1)
    ladders(rows, ATTACKS, before.cells)
    job = {
        "slicer": "CuraEngine",
        "models": "blind",
        "setup": "brim",
        "same": True,
        "key": "hook.1 x",
    }
    before.honest = counted.honest_groups([job | {"outcome": "refused", "found": ["TP-100"]}])
    assert list(before.honest) == [("CuraEngine", "blind", "brim, second variants")]
    path = tmp_path / "counted.json"
    counted.write(before, path)
    again = counted.read(path)
    assert again == before
    counted.write(again, tmp_path / "second.json")
    assert (tmp_path / "second.json").read_bytes() == path.read_bytes()
    (cell,) = [ladder.cells[8] for ladder in ladders([], ATTACKS, again.cells)]
    # The gap that a stop has left comes first; a trial counts once.
    assert cell.following(3) == [2, 5, 6]
    (ladder,) = ladders([*rows, row(8, "missed") | {"number": 2}], ATTACKS, again.cells)
    assert (ladder.cells[8].tried(""), ladder.cells[8].count("")) == (4, 3)
    assert ladder.cells[8].nothing == 1


def test_a_count_that_is_not_over_is_put_by_and_the_page_stays(tmp_path, monkeypatch):
    whole, begun = tmp_path / "counted.json", tmp_path / "counting.json"
    monkeypatch.setattr(counted, "PATH", whole)
    monkeypatch.setattr(counted, "BEGUN", begun)
    counted.write(counted.Counted(code="of other sources"), whole)
    path = run_link.trials_path(tmp_path)
    path.write_text(json.dumps(row(8, "found", A=["TP-064"]) | {"number": 0, "seed": 1}) + "\n")
    assert page.keep(tmp_path) == begun
    assert counted.read(whole).code == "of other sources"
    kept = run_link.counted_before(1)
    assert kept.code == run_link.code_digest()
    assert kept.cells["void_cut", "20 %"][8].done == {0}
    # Another sitting, on another machine: nothing is lost, and nothing counts twice.
    path.write_text(json.dumps(row(8, "found", A=["TP-064"]) | {"number": 1, "seed": 1}) + "\n")
    page.keep(tmp_path)
    again = run_link.counted_before(1).cells["void_cut", "20 %"]
    assert again[8].done == {0, 1}


def test_a_group_of_honest_jobs_is_that_of_more_jobs():
    job = {"slicer": "CuraEngine", "models": "blind", "setup": "brim", "same": True, "key": "a.0 x"}
    few = counted.honest_groups([job | {"outcome": "accepted"}])
    many = counted.honest_groups([job | {"outcome": "accepted"}] * 2)
    assert counted.merged(few, many) == counted.merged(many, few) == many


def test_nothing_is_counted_where_there_is_no_file(tmp_path):
    assert counted.read(tmp_path / "none.json") == counted.Counted(code="none")


def test_the_page_tells_what_was_counted():
    """Mend with ``python -m benchmarks.attacks table``."""
    path = Path(page.__file__).parents[2] / "docs" / "attack-laboratory.md"
    assert path.read_text(encoding="utf-8") == page.text(counted.read())
