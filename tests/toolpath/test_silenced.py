"""Jobs written so that a rule of ring C has nothing to look at: what a review tried.

The same plastic in the same place, as runs that turn instead of ending, or in crumbs too short for
a flow of their own.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterable

import pytest

from .parts import codes, honest, layer_change, look, with_places

FILES = with_places()
LINES = honest().decode().split("\n")
_FLOW_MM2 = 0.2 * (0.45 - 0.2 * (1 - math.pi / 4))
_FILAMENT_MM2 = math.pi * 1.75**2 / 4
Place = tuple[float, float]


def line(begin: Place, end: Place) -> str:
    """A printed line of nominal flow."""
    filament = math.dist(begin, end) * _FLOW_MM2 / _FILAMENT_MM2
    return f"G1 X{end[0]:.3f} Y{end[1]:.3f} E{filament:.5f}"


def path(places: Iterable[Place]) -> list[str]:
    """Printed lines from place to place."""
    return [line(*pair) for pair in itertools.pairwise(places)]


def with_layer(number: int, change: Callable[[list[str]], list[str]]) -> bytes:
    """The honest job with one layer changed."""
    begin, end = layer_change(number) - 1, layer_change(number + 1) - 1
    return "\n".join(LINES[:begin] + change(LINES[begin:end]) + LINES[end:]).encode()


def found(job: bytes) -> set[str]:
    return set(codes(look(job, files=FILES)))


@pytest.mark.parametrize("depth_mm", [0.1, 0.2, 0.3])
def test_a_dent_in_a_wall_that_is_written_as_an_open_run(depth_mm: float) -> None:
    start, corner = (109.063, 104.063), (109.775, 104.775)
    dent = [
        *(corner, (101.5, 104.775), (101.5, 104.775 - depth_mm)),
        *((98.5, 104.775 - depth_mm), (98.5, 104.775), (90.225, 104.775)),
    ]

    def change(layer: list[str]) -> list[str]:
        at = layer.index("G1 X90.225 Y104.775 E.66174")
        close = layer.index("G1 X109.775 Y104.715 E.32123")
        opened = [f"G1 X{start[0]} Y{start[1]} F7800", "G1 F1800", *path([start, *dent])]
        ended = path([(109.775, 95.225), (109.775, 104.3), (109.063, 103.6)])
        return [*layer[: at - 3], *opened, *layer[at + 1 : close], *ended, *layer[close + 2 :]]

    assert "TP-111" in found(with_layer(6, change))


@pytest.mark.parametrize("wide_mm", [0.6, 1.0])
def test_a_crack_at_which_filling_lines_turn(wide_mm: float) -> None:
    above, below = 100 + wide_mm / 2, 100 - wide_mm / 2
    first, second = (108.38, 104.063), (106.941, 104.063)

    def on(top: Place, y_mm: float) -> Place:
        return top[0] - (104.063 - y_mm), y_mm

    def change(layer: list[str]) -> list[str]:
        at = layer.index("G1 X100.255 Y95.937 E.38895")
        upper = path([first, on(first, above), on(second, above), second])
        begin = (99.6, 95.937)
        lower = [(100.255, 95.937), on(first, below), on(second, below), (98.816, 95.937)]
        travel = [f"G1 X{begin[0]} Y{begin[1]} F7800", "G1 F4800"]
        rest = path([begin, *lower, (99.4, 95.937)])
        return [*layer[:at], *upper, *layer[at + 3 :], *travel, *rest]

    assert "TP-111" in found(with_layer(12, change))


def crumbled(layer: list[str], share: float, longest_mm: float) -> list[str]:
    """Every printed line in pieces, with this share of its plastic."""
    place, out = (109.368, 104.368), []
    for text in layer:
        words = re.fullmatch(r"G1 X([\d.]+) Y([\d.]+)(?: E([\d.]+))?(?: F\d+)?", text)
        if words is None:
            out.append(text)
            continue
        begin, place = place, (float(words[1]), float(words[2]))
        if not words[3]:
            out.append(text)
            continue
        count, done = max(1, math.ceil(math.dist(begin, place) / longest_mm)), 0.0
        for piece in range(1, count + 1):
            filament = round(float(words[3]) * share * piece / count, 5) - done
            done += filament
            x, y = (a + (b - a) * piece / count for a, b in zip(begin, place, strict=True))
            out.append(f"G1 X{x:.3f} Y{y:.3f} E{filament:.5f}")
    return out


@pytest.mark.parametrize("share", [0.97, 1.25])
def test_the_flow_of_walls_in_crumbs(share: float) -> None:
    job = with_layer(8, lambda layer: crumbled(layer, share, 0.29))
    assert "TP-110" in found(job)


def test_what_would_take_memory_and_hours_is_refused_first() -> None:
    def far(layer: list[str]) -> list[str]:
        at = layer.index("G1 X90.225 Y104.775 E.66174")
        there = ["G1 X99999 Y104.775 E1", "G1 X109.775 Y104.775 E1"] * 50
        return [*layer[:at], *there, *layer[at:]]

    def heap(layer: list[str]) -> list[str]:
        at = layer.index("G1 X100.255 Y95.937 E.38895")
        spot = ["G1 X104.3 Y100 F7800", "G1 F4800", "G1 X104.1 Y100.4 E.017"] * 3100
        back = ["G1 X108.38 Y104.063 F7800", "G1 F4800"]
        return [*layer[:at], *spot, *back, *layer[at:]]

    def long(layer: list[str]) -> list[str]:
        at = layer.index("G1 X90.225 Y104.775 E.66174")
        rows = [f"G1 X{91 + 17 * (n % 2)} Y{91 + n % 1800 / 100:.2f} E.7" for n in range(16_200)]
        return [*layer[:at], *rows, *layer[at:]]

    wide = {"window.lines_at_most": 100_000}
    for job, said in (
        (with_layer(6, long), " m of printed lines, layer 6"),
        (with_layer(6, far), "a printed line of 99889 mm"),
        (with_layer(12, heap), "printed lines within 1 mm"),
    ):
        refused = look(job, files=FILES, **wide).verdict.refusals()
        (finding,) = [one for one in refused if one.code == "TP-105"]
        assert said in finding.observed()
