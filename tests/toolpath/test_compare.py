"""Ring B: one job against the same job made again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.toolpath.collect import Collector
from mdps_plugin.toolpath.compare import compare_jobs, is_ordered
from mdps_plugin.toolpath.fold import Machine
from mdps_plugin.toolpath.reader import read_job
from mdps_plugin.toolpath.trace import run_plainly

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


def test_a_slicer_that_repeats_itself_has_to_give_the_same_order() -> None:
    job = insert(WALL - 1, "G1 F3600")
    found = compare_jobs(_canonical(job), _canonical(honest()), ordered=True)
    assert [finding.code for finding in found] == ["TP-090"]
    assert is_ordered("CuraEngine")
    assert is_ordered("cura-engine")
    assert not is_ordered("prusa-slicer")


HEAD = ["G21", "G90", "M83", "M104 S210", "G1 X0 Y0 Z0.2 F6000", "M204 S800"]
# Islands of one layer: a way there, then printed lines.
ISLANDS = [
    ["G1 X1 Y1 F7800", "G1 F1200", "G1 X5 Y1 E0.2", "G1 X5 Y5 E0.2"],
    ["G1 E-0.8 F2100", "G1 X20 Y1 F7800", "G1 E0.8 F1500", "G1 F1200", "G1 X25 Y1 E0.25"],
    ["G1 X40 Y9 F7800", "G1 F1800", "G1 X41 Y9 E0.1", "G1 X42 Y9 E0.1"],
]


def _job(order: list[int], change: dict[str, str] | None = None) -> bytes:
    lines = HEAD + [line for island in order for line in ISLANDS[island]]
    lines += ["G1 X0 Y90 F7800", "M104 S0"]
    return "".join(f"{(change or {}).get(line, line)}\n" for line in lines).encode()


@pytest.mark.parametrize("order", [[1, 0, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1], [2, 0, 1]])
def test_islands_in_another_order_are_a_note(order: list[int]) -> None:
    found = compare_jobs(_job(order), _job([0, 1, 2]))
    assert [finding.code for finding in found] == ["TP-091"]
    assert compare_jobs(_job(order), _job([0, 1, 2]), ordered=True)[0].code == "TP-090"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("G1 X20 Y1 F7800", "G1 X18 Y3 F7800\nG1 X20 Y1"),
        ("G1 X20 Y1 F7800", "G1 X20 Y1 F7000"),
        ("G1 X5 Y1 E0.2", "G1 X5 Y1.00001 E0.2"),
        ("G1 X5 Y1 E0.2", "G1 X5 Y1 E0.2 F1201"),
        ("G1 X41 Y9 E0.1", "G1 X41 Y9 E0.1\nG1 E-0.8 F2100\nG1 E0.8 F2100\nG1 F1800"),
        ("G1 X41 Y9 E0.1", "M204 S900\nG1 X41 Y9 E0.1"),
        ("G1 X25 Y1 E0.25", "G1 X25 Y1"),
    ],
)
@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0]])
def test_a_change_is_found_behind_another_order(order: list[int], line: str, text: str) -> None:
    found = compare_jobs(_job(order, {line: text}), _job([0, 1, 2]))
    assert [finding.code for finding in found] == ["TP-090"]


CANONICAL = _canonical(honest()).decode().split("\n")[:-1]
PLACES = st.integers(0, len(CANONICAL) - 1)


@st.composite
def _mutations(draw: st.DrawFn) -> list[str]:
    """One line changed in its last digit or by much, dropped, doubled, moved, or a new one."""
    lines, at = list(CANONICAL), draw(PLACES)
    kind = draw(st.sampled_from(["change", "change", "drop", "twice", "move", "new"]))
    if kind == "change":
        words = lines[at].split(" ")
        place = draw(st.integers(0, len(words) - 1))
        value = round(float(words[place][1:] or 0) * 1e5)
        value += draw(st.sampled_from([1, -1, 1000, -1000, 100_000, 2_000_000]))
        if place:
            words[place] = f"{words[place][0]}{value / 1e5:.5f}"
        lines[at] = " ".join(words)
    elif kind == "drop":
        del lines[at]
    elif kind == "twice":
        lines.insert(at, lines[at])
    elif kind == "move":
        lines.insert(draw(PLACES), lines.pop(at))
    else:
        new = ["M106 S254", "M107", "G1 F1000", "G1 X101 Y101", "G1 E0.1", "G1 Z9", "M104 S200"]
        lines.insert(at, draw(st.sampled_from([*new, "G1 X100 Y100 E0.05", "M204 S500"])))
    return lines


def _effects(lines: list[str]) -> tuple[list[object], list[object]] | None:
    """Everything that a job does, in order, from the plain fold; None if it cannot be read."""
    job = read_job("".join(f"{line}\n" for line in lines).encode(), 100_000, Collector())
    if job is None:
        return None
    trace = run_plainly(job, 0, len(job), Machine())
    does = trace.moving | (trace.filament != 0) | trace.extruding
    columns = (trace.begin, trace.end, trace.filament, trace.feed, trace.kept)
    rows = [tuple(column[row].tolist() for column in columns) for row in does.nonzero()[0]]
    return rows, [command for command in job.commands if command.word not in ("G0", "G1")]


@given(_mutations())
@settings(max_examples=40, deadline=None)
def test_every_change_of_one_line_that_does_something_is_refused(lines: list[str]) -> None:
    job = "".join(f"{line}\n" for line in lines).encode()
    found = compare_jobs(job, "".join(f"{line}\n" for line in CANONICAL).encode())
    effects = _effects(lines)
    refused = any(finding.refuses for finding in found)
    assert refused == (effects is None or effects != _effects(CANONICAL))
    if lines != CANONICAL:
        assert found
