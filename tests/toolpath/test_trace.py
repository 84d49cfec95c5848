"""Moves folded many at once: the same columns, and the same printer left behind, as one by one."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.toolpath import trace as trace_file
from mdps_plugin.toolpath.collect import Collector
from mdps_plugin.toolpath.reader import Job, read_job
from mdps_plugin.toolpath.trace import Machine, Trace, run, run_plainly

from .parts import honest

NUMBER = st.one_of(
    st.integers(-3, 30).map(str),
    st.integers(-99_999_999, 99_999_999).map(lambda value: f"{value / 1e5:.5f}"),
    st.just("99999.99999"),
)


@st.composite
def _moves(draw: st.DrawFn) -> str:
    letters = draw(st.lists(st.sampled_from("XYZEFXYES"), unique=True, max_size=5))
    words = "".join(f" {letter}{draw(NUMBER)}" for letter in letters)
    return draw(st.sampled_from(["G1", "G1", "G0"])) + words


SETTERS = st.one_of(
    st.sampled_from(
        ["G92 E0", "G92 E1.5", "M107", "M104", "M109", "M106", "G4 P100", "G92", "M140"]
    ),
    st.builds(
        lambda word, value: f"{word} S{value}",
        st.sampled_from(["M104", "M109", "M140", "M190", "M106", "M220", "M221", "M204"]),
        st.integers(0, 300),
    ),
)
TURNS = st.sampled_from(
    ["G90", "G91", "M82", "M83", "G28", "G28 X", "G92 X0", "G92 Z1 E2", "G20", "G21"]
)
LINES = st.lists(st.one_of(_moves(), _moves(), _moves(), SETTERS, TURNS), min_size=1, max_size=40)
COLUMNS = (
    *("index", "begin", "end", "filament", "feed", "planar", "vertical", "feeding"),
    *("nozzle", "bed", "fan", "extruding"),
)


def _job(lines: list[str]) -> Job:
    found = Collector()
    job = read_job("".join(f"{line}\n" for line in lines).encode(), 100_000, found)
    assert job is not None, found.result()
    return job


def _same(job: Job, first: int, stop: int, machine: Machine) -> None:
    other = copy.deepcopy(machine)
    fast, slow = run(job, first, stop, machine), run_plainly(job, first, stop, other)
    _equal(fast, slow)
    assert machine == other


def _equal(fast: Trace, slow: Trace) -> None:
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(fast, name), getattr(slow, name), err_msg=name)
    np.testing.assert_array_equal(fast.length_mm(), slow.length_mm())


@given(LINES, st.data())
@settings(max_examples=120, deadline=None)
def test_a_fold_of_columns_is_the_fold_of_commands(lines: list[str], data: st.DataObject) -> None:
    job = _job(lines)
    cut = data.draw(st.integers(0, len(job)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trace_file, "BLOCK_LINES", data.draw(st.sampled_from([1, 3, 1 << 14])))
        machine = Machine()
        _same(job, 0, cut, machine)
        _same(job, cut, len(job), machine)


def test_a_job_with_many_turns_is_folded_the_same() -> None:
    machine = Machine()
    job = _job(["G91", "G1 X1 E1", "G90", "G1 X5 Y5 E2 F100"] * 300)
    _same(job, 0, len(job), machine)


def test_an_honest_job_is_folded_the_same() -> None:
    found = Collector()
    job = read_job(honest(), 100_000, found)
    assert job is not None
    _same(job, 0, len(job), Machine())
    _equal(run(job, 0, len(job), Machine()).part(10, 50), _part(job, 10, 50))


def _part(job: Job, begin: int, stop: int) -> Trace:
    return run_plainly(job, 0, len(job), Machine()).part(begin, stop)
