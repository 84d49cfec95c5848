"""However many layers are looked at beside each other, the verdict is the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.toolpath import sure
from mdps_plugin.toolpath.examine import Examination, examine
from mdps_plugin.toolpath.kernel_link import kernel

from . import parts

SIGNED = replace(parts.recipe(), rings=("A", "C"))
JOB = parts.honest()
PRINTED = [
    number
    for number, line in enumerate(JOB.split(b"\n"), start=1)
    if line.startswith(b"G1 X") and b" E" in line
][20:-5]


def look(job: bytes, threads: int) -> Examination:
    return examine(
        *(job, SIGNED, parts.bundle(), parts.geometry(parts.box()), frozenset("AC"), {}),
        threads=threads,
    )


def spoilt(number: int, way: str) -> bytes:
    """The honest job with one printed line left out, thinned, or drawn aside a little."""
    line = JOB.split(b"\n")[number - 1].decode()
    if way == "left out":
        return parts.drop(number, number)
    words = line.split(" ")
    key, by = {"thinned": ("E", 0.97), "aside": ("X", 1.002)}[way]
    changed = [
        f"{key}{float(word[1:]) * by:.5f}" if word.startswith(key) else word for word in words
    ]
    return parts.swap(number, " ".join(changed))


@pytest.mark.parametrize("threads", [2, 3, 9])
def test_an_honest_job_is_the_same_for_any_number(threads: int) -> None:
    assert look(JOB, 1) == look(JOB, threads)
    assert look(JOB, threads).verdict.accepted


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(PRINTED),
    st.sampled_from(["left out", "thinned", "aside"]),
    st.integers(2, 6),
)
def test_a_spoilt_job_is_the_same_for_any_number(number: int, way: str, threads: int) -> None:
    job = spoilt(number, way)
    assert look(job, 1) == look(job, threads)


@pytest.mark.skipif(kernel() is None, reason="without the kernel there is one thread")
def test_ranges_are_really_looked_at_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else this file would compare one thread with itself."""
    seen: list[int] = []
    calls = sure.ModelKernel.all_layers

    def counted(self: Any, task: Any, ranges: Any, room: int) -> bool:
        seen.append(len(ranges))
        assert [begin for begin, _ in ranges[1:]] == [end for _, end in ranges[:-1]]
        return calls(self, task, ranges, room)

    monkeypatch.setattr(sure.ModelKernel, "all_layers", counted)
    for threads in (1, 2, 3, 9):
        look(JOB, threads)
    assert seen == [1, 2, 3, 3]
