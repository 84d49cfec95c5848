"""Ring B: one job against the same job made again."""

from __future__ import annotations

import pytest

from mdps_plugin.toolpath.compare import compare_jobs

from .parts import codes, drop, honest, insert, layer_change, line_of, look, swap

WALL = line_of("G1 X90.632 Y104.368 E.63419", layer_change(6))


def _canonical(gcode: bytes) -> bytes:
    canonical = look(gcode, rings="A").canonical
    assert canonical
    return canonical


def _codes(job: bytes, again: bytes) -> list[str]:
    return [finding.code for finding in compare_jobs(_canonical(job), _canonical(again))]


def test_the_same_job_is_the_same() -> None:
    assert compare_jobs(_canonical(honest()), _canonical(honest())) == ()
    verdict = look(honest(), rings="ABC", reslice=honest()).verdict
    assert verdict.accepted
    assert [check.name for check in verdict.checks if check.ring == "B"] == ["second slicing"]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (WALL, "G1 X90.632 Y104.368 E.63418"),
        (WALL, "G1 X90.633 Y104.368 E.63419"),
        (WALL, "G1 X90.632 Y104.368 E.62151"),
        (WALL - 1, "G1 F3500"),
        (line_of("M104 S210"), "M104 S211"),
        (line_of("M106 S255"), "M106 S254"),
    ],
)
def test_one_changed_line_is_found(line: int, text: str) -> None:
    job = swap(line, text)
    finding = compare_jobs(_canonical(job), _canonical(honest()))[0]
    assert finding.code == "TP-090"
    assert "TP-090" in codes(look(job, rings="B", reslice=honest()))


def test_one_line_more_or_less_is_found() -> None:
    assert _codes(drop(WALL, WALL), honest()) == ["TP-090"]
    assert _codes(honest(), drop(WALL, WALL)) == ["TP-090"]
    assert _codes(insert(WALL, "M107"), honest()) == ["TP-090"]
    assert _codes(honest(), insert(WALL, "M107")) == ["TP-090"]


def test_the_first_differing_line_is_named() -> None:
    job = swap(WALL, "G1 X90.632 Y104.368 E.63418")
    found = look(job, rings="AB", reslice=honest()).verdict.refusals()
    assert [(finding.code, finding.where.line) for finding in found] == [("TP-090", WALL)]


def test_another_order_of_the_same_lines_is_a_note() -> None:
    job = insert(WALL - 1, "G1 F3600")
    assert _codes(job, honest()) == ["TP-091"]
    assert look(job, rings="ABC", reslice=honest()).verdict.accepted


def test_a_second_slicing_that_is_no_job_refuses() -> None:
    assert "TP-092" in codes(look(honest(), rings="AB", reslice=b"\xff\n"))


def test_ring_b_without_a_second_slicing_has_not_run() -> None:
    verdict = look(honest(), rings="AB").verdict
    assert not verdict.accepted
    assert verdict.not_run == ("second slicing",)
    assert "TP-096" in {finding.code for finding in verdict.refusals()}
