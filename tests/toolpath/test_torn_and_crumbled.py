"""Jobs that keep every line's own limits and are no print of the part: torn, ground, crumbled."""

from __future__ import annotations

import random
import re

import pytest

from .parts import codes, honest, insert, layer_change, line_of, look

LINES = honest().decode().split("\n")
LAYER = 6
# Where the first printed line of that layer begins, as PrusaSlicer wrote it.
FIRST = line_of("G1 F3600", layer_change(LAYER)) - 1
BEGIN = ("109.368", "104.368")
WALL = "G1 X109.775 Y104.715 E.32123"


def _printed() -> tuple[list[tuple[str, ...]], int]:
    """Ends, filament and speed of each printed line of the layer; index of the last in the file."""
    place, feed, found, last = BEGIN, "", [], FIRST
    for index in range(FIRST, layer_change(LAYER + 1) - 1):
        text = LINES[index].split(";")[0].strip()
        values = {word[0]: word[1:] for word in text.split()[1:]}
        if not text.startswith("G1 "):
            continue
        feed = values.get("F", feed)
        to = (values.get("X", place[0]), values.get("Y", place[1]))
        if "E" in values and "X" in values:
            found.append((*place, *to, values["E"], feed))
            last = index
        place = to
    return found, last


PRINTED, LAST = _printed()


def job(order: list[tuple[str, ...]], at: int = -1, extra: tuple[str, ...] = ()) -> bytes:
    """The block with one layer printed in another order; ``extra`` before its line ``at``."""
    made: list[str] = []
    place = BEGIN
    for number, (x, y, to_x, to_y, filament, feed) in enumerate(order):
        if (float(place[0]), float(place[1])) != (float(x), float(y)):
            made.append(f"G1 X{x} Y{y} F7800")
        if number == at:
            made += extra
        made += [f"G1 F{feed}", f"G1 X{to_x} Y{to_y} E{filament}"]
        place = (to_x, to_y)
    return "\n".join([*LINES[:FIRST], *made, *LINES[LAST + 1 :]]).encode()


def torn() -> bytes:
    order = PRINTED[:-1]
    random.Random(1).shuffle(order)
    return job([*order, PRINTED[-1]])


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param(torn(), id="every line by itself, in any order"),
        pytest.param(
            job(
                [*PRINTED[4:8], *PRINTED[:4], *PRINTED[8:]],
                4,
                ("G1 E-.8 F2100", "G1 E.8 F1500") * 400,
            ),
            id="pulled back and forth at one place",
        ),
        pytest.param(
            job([*PRINTED[4:8], *PRINTED[:4], *PRINTED[8:]], 4, ("G1 Z1.6 F7800", "G1 Z1.4") * 400),
            id="lifted at one place",
        ),
    ],
)
def test_another_order_is_an_order_of_islands_and_nothing_more(spoilt: bytes) -> None:
    assert "TP-090" in codes(look(spoilt, rings="ABC", reslice=honest()))


def test_a_wall_of_crumbs_is_no_wall() -> None:
    """Each line of 2 µm may lack its plastic by rounding; a row of them may not."""
    steps = (*range(1, 1000), *range(1000, -1, -1))
    crumbs = [f"G1 X{109.775 - 0.002 * step:.3f} Y104.715 E0" for step in steps]
    wall = line_of(WALL, layer_change(LAYER))
    spoilt = insert(wall + 1, *crumbs)
    assert "TP-066" in codes(look(spoilt))


def test_plastic_on_one_spot_adds_up() -> None:
    wall = line_of(WALL, layer_change(LAYER))
    spoilt = insert(wall + 1, *["G1 X109.775 Y104.715 E.00009"] * 3000)
    assert "TP-066" in codes(look(spoilt))


@pytest.mark.parametrize("by_mm", [0.03, 0.06, 0.09])
def test_the_first_layer_is_held_beside_the_model_too(by_mm: float) -> None:
    lines = list(LINES)
    for index in range(layer_change(0), layer_change(1) - 1):
        match = re.fullmatch(r"G1 X([\d.]+) (Y[\d.]+.*)", lines[index])
        if match is not None:
            lines[index] = f"G1 X{float(match[1]) + by_mm:.3f} {match[2]}"
    assert codes(look("\n".join(lines).encode())) & {"TP-106", "TP-082"}


@pytest.mark.timeout(60)
def test_layers_that_the_model_has_not_are_counted_and_not_measured() -> None:
    """A job may have a million of them: refused at once, and what was left out is not run."""
    above = [
        text
        for layer in range(25, 3000)
        for text in (f"G1 Z{0.2 * (layer + 1):.1f} F7800", "G1 F3600", "G1 X100 Y100 E.02")
    ]
    end = line_of("G91") - 1
    examined = look(insert(end, *above), **{"window.lines_at_most": 1_000_000})
    assert "TP-081" in codes(examined)
    assert not examined.verdict.accepted
    assert "inside the model" in examined.verdict.not_run
