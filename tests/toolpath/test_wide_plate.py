"""Ring C: a plate so wide that most of it is far from any outline, with joints of lines everywhere.

The kernel lists what is near a place by cells. Cells with nothing near have a list too, and there
are more of them than a model with twelve triangles gives room for.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from mdps_plugin.toolpath.collect import Collector
from mdps_plugin.toolpath.deep_ends import check_places
from mdps_plugin.toolpath.geometry import LayerLines
from mdps_plugin.toolpath.kernel_link import kernel
from mdps_plugin.toolpath.model_link import SURE_PLACES, model_kernel
from mdps_plugin.toolpath.places import places
from mdps_plugin.toolpath.sections import Sections
from mdps_plugin.toolpath.solid_rule import signed_settings, solid_rule
from mdps_plugin.toolpath.sure import Strokes, look

from .parts import box, geometry, recipe, with_places

WIDE_MM, LAYERS = 290.0, 5
Path = list[tuple[float, float]]
#: A loop of lines about the middle of the plate, where no wall may run.
LOOP = [(0.225 * math.cos(turn), 0.225 * math.sin(turn)) for turn in np.linspace(0, 2 * np.pi, 13)]
LOOP[-1] = LOOP[0]


def strokes_of(paths: list[tuple[int, Path]]) -> Strokes:
    """Printed lines as the kernel writes them (kernel.h), all of one flow."""
    per_mm = 0.0814 / (math.pi * 1.75**2 / 4)
    places = [
        (layer, *begin, *end, math.dist(begin, end) * per_mm)
        for layer, path in paths
        for begin, end in pairwise(path)
    ]
    return np.rint(np.array(places) * ([1] + 5 * [1e5])).astype(np.int32)


def walls_and_filling(walls: tuple[float, ...], end: float) -> list[Path]:
    low, high = -WIDE_MM / 2, WIDE_MM / 2
    paths: list[Path] = []
    for depth in walls:
        near, far = low + depth, high - depth
        paths.append([(near, near), (far, near), (far, far), (near, far), (near, near)])
    across = [float(x) for x in np.linspace(low + end, high - end, 200)]
    for number, y in enumerate(np.arange(low + end, high - end, 1.9)):
        paths.append([(x, float(y)) for x in (across[::-1] if number % 2 else across)])
    return paths


def test_where_the_kernel_is_sure_of_a_wide_plate_the_rule_finds_nothing() -> None:
    files = with_places()
    wide = {"window.layer_volume_ratio": {"minimum": 0.1, "maximum": 1.1}}
    signed = recipe(files, **wide)
    settings = signed_settings(signed, files)
    spot = places(settings, 3, 0.2)
    assert spot is not None
    plate = geometry(box(WIDE_MM, WIDE_MM, 1.0, at=0.0))
    paths = [
        (layer, path)
        for layer in range(LAYERS)
        for path in walls_and_filling(spot.walls, spot.least_mm)
    ]
    calls = model_kernel(kernel())
    assert calls is not None
    sure = look(calls, strokes_of([*paths, (4, LOOP)]), LAYERS, plate, signed, settings)
    assert sure is not None
    begin, end = np.array(LOOP[:-1]), np.array(LOOP[1:])
    count = len(begin)
    loop = LayerLines(
        layer=4,
        begin=begin,
        end=end,
        width=np.full(count, 0.45),
        flow=np.full(count, 0.0814),
        volume=np.full(count, 0.01),
        joined=np.arange(count) < count - 1,
        lines=np.arange(count),
        volume_mm3=0.12,
        height_mm=0.2,
        line=0,
    )
    found = Collector()
    sections, rule = Sections(plate.triangles, signed.window), solid_rule(settings, signed.window)
    check_places([loop], sections, rule, settings, signed.window, plate.box(), found)
    assert [one.code for one in found.result()] == ["TP-112"]
    assert not sure.of(4, SURE_PLACES)
