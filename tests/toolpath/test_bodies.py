"""Several parts on a plate: each is fitted by itself, and what lies around them in layer 0."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mdps_plugin.toolpath import bodies as rooms_bodies
from mdps_plugin.toolpath import fit
from mdps_plugin.toolpath.bodies import bodies
from mdps_plugin.toolpath.holes import reached
from mdps_plugin.toolpath.inside import hull
from mdps_plugin.toolpath.section import Section

from .parts import ball, box, codes, geometry, honest, insert, layer_change, line_of, look
from .plates import AWAY, PLACE, Change, as_it_is, plate, two_blocks


def _codes(change: Change) -> set[str]:
    return codes(look(two_blocks(change), model=geometry(plate())))


def test_two_blocks_are_two_bodies() -> None:
    one, two = bodies(plate())
    assert len(one) == len(two) == 12
    assert abs(one[:, :, 0].mean() - two[:, :, 0].mean()) == pytest.approx(AWAY)
    assert look(two_blocks(), model=geometry(plate())).verdict.accepted


def test_one_part_of_a_plate_moved_by_0_02_mm_is_refused() -> None:
    """Of two, the whole looks larger or turned as well; only the fit of the body says which."""
    assert _codes(lambda x, y: (x + 0.02, y)) == {"TP-107", "TP-120"}
    assert _codes(lambda x, y: (x, y - 0.02)) == {"TP-108", "TP-120"}
    found = look(two_blocks(lambda x, y: (x, y - 0.02)), model=geometry(plate())).verdict.findings
    (finding,) = [item for item in found if item.code == "TP-120"]
    assert (finding.where.x, finding.where.y) == (100 + AWAY, 100)
    assert finding.measured == pytest.approx(0.02, abs=0.001)
    assert _codes(lambda x, y: (x + 0.005, y)) == set()


def test_one_layer_of_one_part_moved_by_0_04_mm_is_refused() -> None:
    changed, kept = two_blocks(lambda x, y: (x + 0.04, y)).split(b"\n"), two_blocks().split(b"\n")
    marks = [n for n, line in enumerate(kept) if line == b";LAYER_CHANGE"]
    job = b"\n".join([*kept[: marks[9]], *changed[marks[9] : marks[10]], *kept[marks[10] :]])
    examination = look(job, model=geometry(plate()))
    assert codes(examination) == {"TP-106"}
    assert {item.where.x for item in examination.verdict.findings} == {100 + AWAY}


def test_one_part_of_another_size_is_refused() -> None:
    middle = 100 + AWAY
    larger = _codes(lambda x, y: (middle + (x - middle) * 1.0005, 100 + (y - 100) * 1.0005))
    assert "TP-121" in larger
    assert "TP-107" not in larger


def test_one_part_turned_is_refused() -> None:
    middle = 100 + AWAY
    assert "TP-122" in _codes(lambda x, y: (x - (y - 100) * 0.0015, y + (x - middle) * 0.0015))


def test_a_part_that_is_not_printed_is_refused() -> None:
    assert not look(honest(), model=geometry(plate())).verdict.accepted


def test_too_many_bodies_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "MOST_BODIES", 1)
    assert _codes(as_it_is) == {"TP-105"}


def test_bodies_hang_together_over_corners() -> None:
    halves = ball(5, steps=12)
    assert len(bodies(halves)) == 1
    three = np.concatenate([halves, halves + np.array([20, 0, 0]), box() + np.array([0, 40, 0])])
    shuffled = three[np.random.default_rng(4).permutation(len(three))]
    assert [len(part) for part in bodies(shuffled)] == [len(halves), len(halves), 12]
    touching = np.concatenate([box(), box() + np.array([20, 10, 5])])
    assert len(bodies(touching)) == 1
    assert bodies(np.empty((0, 3, 3))) == []


def test_two_corners_with_one_key_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms_bodies, "_MIX", np.zeros(3, dtype=np.uint64))
    assert len(bodies(plate())) == 2


def test_the_hull_of_a_section() -> None:
    outline = np.array([(0, 0), (4, 0), (4, 4), (2, 1), (0, 4)], dtype=float)
    section = Section(segments=np.stack((outline, np.roll(outline, -1, axis=0)), axis=1))
    assert section.area_mm2() == 10
    assert hull(section).area_mm2() == 16


#: Before the first wall of layer 0; the nozzle is where that wall begins.
BRIM = ("G1 X112 Y104.368", "G1 X112 Y96 E.28318", "G1 X109.368 Y104.368")


@pytest.mark.parametrize(
    ("spare", "wanted"),
    [(0, {"TP-082", "TP-088"}), (1, {"TP-082", "TP-088"}), (3, set())],
)
def test_a_brim_lies_in_layer_0_where_the_recipe_allows_it(spare: float, wanted: set[str]) -> None:
    job = insert(line_of("G1 X90.632 Y104.368 E.63419"), *BRIM)
    found = codes(look(job, **{"window.outside_model_mm": spare}))
    assert found & {"TP-082", "TP-084", "TP-088", "TP-104"} == wanted


def test_a_brim_does_not_stand_for_the_part() -> None:
    """Layer 0 is a brim and nothing else: reach and plastic are those of the lines inside."""
    wide = {"window.outside_model_mm": 5}
    assert {"TP-083", "TP-084"} <= codes(look(_emptied(), **wide))


def _emptied() -> bytes:
    """All of layer 0 printed beside the part, at its feet."""
    lines = honest().split(b"\n")
    first, last = layer_change(0), layer_change(1)
    for row in range(first, last):
        match = PLACE.fullmatch(lines[row])
        if match is not None:
            lines[row] = b"G1 X%s Y%.3f%s" % (match[1], 105.3 + float(match[2]) / 100, match[3])
    return b"\n".join(lines)


@given(
    free=st.tuples(st.integers(1, 12), st.integers(1, 12)).flatmap(
        lambda size: arrays(np.bool_, size, elements=st.booleans())
    )
)
def test_what_is_reached_from_the_border(free: np.ndarray) -> None:
    """Against one step at a time."""
    found = np.zeros_like(free)
    edge = np.ones_like(free)
    edge[1:-1, 1:-1] = False
    step = edge & free
    while (step & ~found).any():
        found |= step
        padded = np.pad(found, 1)
        step = (padded[2:, 1:-1] | padded[:-2, 1:-1] | padded[1:-1, 2:] | padded[1:-1, :-2]) & free
    assert np.array_equal(reached(free), found)
