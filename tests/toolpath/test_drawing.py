"""What is chosen for a picture of a finding, on honest and spoilt slicings of the block."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.documents.render_layer import layer_png
from mdps_plugin.findings import Finding
from mdps_plugin.toolpath import drawing
from mdps_plugin.toolpath.drawing import LayerDrawing, draw_first

from .carving import carve
from .parts import box, bundle, geometry, honest, layer_change, look, recipe, swap


def draw(job: bytes) -> LayerDrawing | None:
    files = bundle()
    return draw_first(look(job).verdict.findings, job, recipe(files), files, geometry(box()))


def lines_with(text: str, after: int) -> list[tuple[int, str]]:
    """Number and text, without comment, of the lines behind ``after`` that hold ``text``."""
    lines = enumerate(honest().decode().split("\n"), start=1)
    bare = [(number, line.split(";")[0].strip()) for number, line in lines]
    return [(number, line) for number, line in bare if number > after and text in line]


def thick_line(after: int) -> tuple[int, bytes]:
    """Source line of the first long line behind ``after``, with half its plastic again."""
    for line, text in lines_with(" E", after):
        head, tail = text.split(" E")
        amount, *rest = tail.split()
        if " X" in head and float(amount) > 0.1:
            return line, swap(line, " ".join([f"{head} E{float(amount) * 1.5:.5f}", *rest]))
    raise AssertionError("no long line")


def test_an_accepted_job_has_nothing_to_draw() -> None:
    assert draw(honest()) is None


def test_a_line_is_drawn_where_it_is_and_named_as_the_culprit() -> None:
    line, job = thick_line(layer_change(7))
    drawn = draw(job)
    assert drawn is not None
    assert drawn.finding.where.line == line
    assert drawn.layer == 7
    assert drawn.z_mm == pytest.approx(1.6)
    assert drawn.culprit.sum() == 1
    assert drawn.place is not None
    assert drawn.place == pytest.approx(tuple(drawn.end[drawn.culprit][0]), abs=0.002)
    # Half as much again on one line of 0.45 mm.
    assert drawn.width[drawn.culprit][0] > 1.4 * np.median(drawn.width)


def test_what_has_a_place_is_drawn_before_what_has_none() -> None:
    _, job = thick_line(layer_change(7))
    files = bundle()
    placed = next(one for one in look(job).verdict.findings if one.where.x is not None)
    nowhere = replace(placed, where=replace(placed.where, line=None, x=None, y=None))

    def draw_of(*findings: Finding) -> LayerDrawing:
        drawn = draw_first(findings, job, recipe(files), files, geometry(box()))
        assert drawn is not None
        return drawn

    assert draw_of(nowhere, placed).finding is placed
    assert draw_of(nowhere).finding is nowhere
    assert draw_of(nowhere).place is None


def test_a_finding_beside_lines_blames_none() -> None:
    drawn = draw(carve(honest(), 100.0, 105.0, 2.0, first=30))
    assert drawn is not None
    assert drawn.finding.code == "TP-102"
    assert not drawn.culprit.any()
    assert drawn.outline[:, :, 0].min() == pytest.approx(90)
    assert drawn.outline[:, :, 0].max() == pytest.approx(110)


def test_a_height_that_is_no_layer_is_drawn_all_the_same() -> None:
    line, text = lines_with("G1 Z", layer_change(3) - 3)[0]
    drawn = draw(swap(line, re.sub(r"Z[\d.]+", "Z0.87", text)))
    assert drawn is not None
    assert drawn.finding.code in {"TP-051", "TP-052", "TP-053", "TP-054"}, drawn.finding.code


@pytest.mark.parametrize(
    "job",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"G1 X1 X2\n", id="unreadable"),
        pytest.param(swap(8, "M104 S250"), id="start block"),
    ],
)
def test_without_a_place_there_is_no_picture(job: bytes) -> None:
    assert look(job).verdict.refusals()
    assert draw(job) is None


def test_a_layer_of_very_many_lines_is_drawn_about_the_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, job = thick_line(layer_change(7))
    whole = draw(job)
    monkeypatch.setattr(drawing, "MOST_LINES", 20)
    few = draw(job)
    assert whole is not None
    assert few is not None
    assert (len(few.begin), few.left_out) == (20, len(whole.begin) - 20)
    assert few.culprit.sum() == 1


@settings(max_examples=12)
@given(data=st.data())
def test_whatever_is_refused_the_picture_is_drawn_or_left(data: st.DataObject) -> None:
    lines = honest().split(b"\n")
    at = data.draw(st.integers(0, len(lines) - 2))
    other = data.draw(
        st.sampled_from(
            [b"G1 X0 Y0 E5", b"G1 Z999", b"G1 X999999 Y-999999 E1", b"G92 E0", b"G1 E-50", b"M107"]
        )
    )
    job = b"\n".join([*lines[:at], other, *lines[at:]])
    drawn = draw(job)
    assert drawn is None or layer_png(drawn).startswith(b"\x89PNG")
