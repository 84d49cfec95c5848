"""Intervals, the smallest sure size, and how rows are gathered into the tables."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.attacks.catalogue import ATTACKS
from benchmarks.attacks.chart import chart
from benchmarks.attacks.job import Job, meaning
from benchmarks.attacks.limits import section_area
from benchmarks.attacks.models.catalogue import mesh
from benchmarks.attacks.report import ladders
from benchmarks.attacks.run_link import plans, read_rows
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


def row(size, outcome, **rings):
    changed = "the ball meets no line" if outcome == "nothing" else "cut"
    base = {"attack": "void_cut", "split": "20 %", "size": size, "changed": changed}
    return {**base, "outcome": outcome, "rings": rings}


def test_rows_become_ladders_and_pictures():
    rows = [row(7, "found", B=["TP-090"]), row(7, "missed"), row(8, "nothing")]
    rows += [row(8, "found", C=["TP-089"], B=["TP-090"])] * 3
    (ladder,) = ladders(rows, ATTACKS)
    assert ladder.tried == [0] * 7 + [2, 3]
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


def test_plans_are_even_and_each_has_its_own_key():
    some = plans(5, 1, ["void_cut", "mirror_part"])
    assert len(some) == 5 * 2 * 9 + 1 * 2
    assert len({plan.key for plan in some}) == len(some)
    assert {plan.number for plan in some[:20]} == {0}


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
    assert meaning(JOB) == meaning(JOB.replace(b"Z.2 F7200", b"Z0.20 F7200.0 ; up"))
    assert meaning(JOB) != meaning(JOB.replace(b"Z.2", b"Z.3"))
    assert meaning(JOB) != meaning(JOB.replace(b"M107", b"m107"))
