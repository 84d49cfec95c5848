"""What the kernel accepts, the plain reference accepts with the same result; it never finds.

Rule by rule and near the limits in test_kernel_rules.py; copies of a job in test_kernel_copy.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mdps_plugin.toolpath import one_pass
from mdps_plugin.toolpath.examine import Examination
from mdps_plugin.toolpath.geometry import LayerLines, layer_lines
from mdps_plugin.toolpath.kernel_link import kernel
from mdps_plugin.toolpath.one_pass import accept

from .both import BOX, FILES, RECIPE, WALL, by_reference, kernel_alone, never_less_strict
from .parts import (
    absolute,
    bundle,
    drop,
    honest,
    insert,
    look,
)
from .test_codes import CASES


def test_the_tests_have_a_kernel() -> None:
    assert kernel() is not None, "build it: pip install --editable ."


@pytest.mark.parametrize("own", [True, False])
def test_the_kernel_accepts_the_honest_job(own: bool) -> None:
    assert never_less_strict(honest(), own)


def test_the_kernel_accepts_the_canonical_job_and_one_without_comments() -> None:
    canonical = look(honest()).canonical
    assert never_less_strict(canonical)
    assert never_less_strict(canonical.replace(b"\n", b" ; G28\n"))


def test_the_kernel_follows_absolute_extrusion() -> None:
    job, files = absolute()
    accepted = kernel_alone(job, files=files, **{"window.relative_extrusion": False})
    assert accepted is not None
    assert accepted.summary == look(honest()).summary


@pytest.mark.parametrize("code", sorted(CASES))
def test_each_bad_input_gives_the_same_findings_with_and_without(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    act, _ = CASES[code]
    assert act() == by_reference(monkeypatch, act)


@pytest.mark.parametrize("rings", ["A", "AB", "AC", "ABC"])
def test_an_examination_is_the_same_with_and_without(
    rings: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def act() -> Examination:
        return look(honest(), rings=rings, reslice=honest().replace(b"; ", b";; "))

    assert act() == by_reference(monkeypatch, act)


def test_a_signed_job_is_compared_by_its_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    files = bundle(job=look(honest()).canonical)
    assert kernel_alone(honest(), files=files) is not None
    assert kernel_alone(insert(WALL, "G92 E0"), files=files) is None
    assert look(honest(), files=files) == by_reference(
        monkeypatch, lambda: look(honest(), files=files)
    )


def test_the_signed_job_itself_is_accepted_without_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    files = bundle(job=honest())
    plainly = by_reference(monkeypatch, lambda: look(honest(), files=files))
    assert look(honest(), files=files) == plainly
    monkeypatch.setattr(one_pass, "same_copy", lambda *_: False)
    assert look(honest(), files=files) == plainly
    assert kernel_alone(honest(), files=files) is not None
    assert kernel_alone(honest().replace(b"; ", b";; "), files=files) is None


def test_strokes_are_the_printed_lines_in_short() -> None:
    signed = (RECIPE, FILES, BOX, None)
    found, without = (
        accept(kernel(), honest(), *signed, with_strokes=wanted) for wanted in (True, False)
    )
    assert found is not None
    assert found.strokes is not None
    assert without is not None
    assert without.strokes is None
    trace, layers, job = found.printed()
    np.testing.assert_array_equal(found.strokes[:, 0], layers.of_move)
    np.testing.assert_array_equal(found.strokes[:, 1:3], trace.begin[:, :2])
    np.testing.assert_array_equal(found.strokes[:, 3:5], trace.end[:, :2])
    np.testing.assert_array_equal(found.strokes[:, 5], trace.filament)
    assert len(job.lines) == len(trace.index)
    assert found.canonical() == without.canonical()


def test_another_second_slicing_is_left_to_the_reference() -> None:
    job = honest()
    assert accept(kernel(), job, RECIPE, FILES, BOX, job) is not None
    for other in (insert(WALL, "G92 E0"), drop(WALL, WALL), b"", b"\x00\n", job[:-1]):
        assert accept(kernel(), job, RECIPE, FILES, BOX, other) is None


def test_the_columns_are_those_of_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[list[LayerLines]] = []

    def keep(*given: Any) -> list[LayerLines]:
        kept.append(layer_lines(*given))
        return kept[-1]

    monkeypatch.setattr("mdps_plugin.toolpath.ring_c.layer_lines", keep)
    monkeypatch.setattr("mdps_plugin.toolpath.ring_c.look", lambda *_: None)
    look(honest(), rings="AC")
    by_reference(monkeypatch, lambda: look(honest(), rings="AC"))
    mine, theirs = kept
    assert len(mine) == len(theirs) == 25
    for one, other in zip(mine, theirs, strict=True):
        assert (one.layer, one.line, one.volume_mm3) == (other.layer, other.line, other.volume_mm3)
        for column in ("begin", "end", "width"):
            np.testing.assert_array_equal(getattr(one, column), getattr(other, column))
