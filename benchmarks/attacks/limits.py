"""Limits of the laboratory's recipes, measured on the threshold models only.

``limits.json`` holds them; ``python -m benchmarks.attacks fit`` writes it. The held-out models have
no part in it, so that a refusal of one of their honest jobs is a false refusal.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from mdps_plugin.authoring.geometry.solids import Floats

from .bench_store import Bench, Case, Specimen, load
from .job import FILAMENT_AREA_MM2
from .models.catalogue import THRESHOLD
from .recipes import BREADTH, SETUPS, Limits, Setup, plain_limits

PATH = Path(__file__).with_name("limits.json")
#: Beyond what was measured: flow by the rounding of one line of 0.5 mm. The volume of a layer hangs
#: on the shape (steps under shallow slopes), so that it is held to half and to 1.7 times only.
_FLOW_MARGIN, _VOLUME_LOW, _VOLUME_HIGH = 0.001, 0.5, 1.7
_SHORTEST_MM = 0.5
#: Of PrusaSlicer's widest lines alone, which are few: both ends of one of 0.5 mm lie on 1 µm, so
#: that it may be shorter by 1.41 µm than the line that its filament was reckoned for.
_ENDS = math.sqrt(2) * 1e-3 / _SHORTEST_MM


def section_area(triangles: Floats, z: float) -> float:
    """Area in mm² of the cut of a closed mesh at a height that holds no corner of it."""
    above = triangles[:, :, 2] > z
    crossing = triangles[above.any(axis=1) & ~above.all(axis=1)]
    if not len(crossing):
        return 0.0
    ends = []
    for i in range(3):
        a, b = crossing[:, i], crossing[:, (i + 1) % 3]
        rise = b[:, 2] - a[:, 2]
        cut = (a[:, 2] > z) != (b[:, 2] > z)
        share = np.where(cut, (z - a[:, 2]) / np.where(rise == 0, 1, rise), np.nan)
        ends.append((a + (b - a) * share[:, None])[:, :2])
    found = np.stack(ends, axis=1)
    order = np.argsort(np.isnan(found[:, :, 0]), axis=1, kind="stable")
    p, q = (found[np.arange(len(found)), order[:, i]] for i in (0, 1))
    normal = np.cross(crossing[:, 1] - crossing[:, 0], crossing[:, 2] - crossing[:, 0])
    way = np.where(
        ((q - p) * np.stack([-normal[:, 1], normal[:, 0]], axis=1)).sum(axis=1) > 0, 1, -1
    )
    return float((way * (p[:, 0] * q[:, 1] - q[:, 0] * p[:, 1])).sum() / 2)


def measure(specimen: Specimen) -> tuple[list[float], list[float]]:
    """Flow of each long line in mm³/mm; plastic of each layer over the model's volume there."""
    job, height = specimen.job, specimen.setup.layer_mm
    flows = [move.mm3 / move.length for move in job.printed if move.length >= _SHORTEST_MM]
    plastic = [0.0] * job.layers
    for move in job.printed:
        plastic[move.layer] += move.mm3
    ratios = []
    for layer, mm3 in enumerate(plastic):
        area = section_area(specimen.placed, (layer + 0.5) * height + 1e-5)
        if area > 1.0:
            ratios.append(mm3 / (area * height))
    return flows, ratios


def fit(bench: Bench, setup: Setup, show: Callable[[str], None]) -> Limits:
    """Limits that hold every honest threshold job, with the margins above."""
    flows: list[float] = []
    ratios: list[float] = []
    for model in THRESHOLD:
        case = Case(setup=setup, model=model, variant=0)
        show(case.name)
        more_flows, more_ratios = measure(load(bench, case, plain_limits(setup)))
        flows += more_flows
        ratios += more_ratios
    return Limits(
        flow=(round(min(flows) * (1 - _FLOW_MARGIN), 5), round(max(flows) * (1 + _FLOW_MARGIN), 5)),
        volume=(
            round(max(min(ratios) * _VOLUME_LOW, 0.01), 3),
            round(min(max(ratios) * _VOLUME_HIGH, 3.0), 3),
        ),
    )


def fit_all(bench: Bench, show: Callable[[str], None]) -> None:
    """Write ``limits.json``."""
    table = {}
    for setup in SETUPS:
        limits = fit(bench, setup, show)
        table[setup.name] = {"flow": limits.flow, "volume": limits.volume}
    PATH.write_text(json.dumps(table, indent=1) + "\n", encoding="ascii")


def read() -> Mapping[Setup, Limits]:
    """What ``limits.json`` holds, and from it the limits of the setups beside the main grid."""
    table = json.loads(PATH.read_text(encoding="ascii"))
    found = {setup: _measured(setup, table[setup.name]) for setup in SETUPS}
    return {**found, **{setup: _like_twin(setup, found[setup.twin]) for setup in BREADTH}}


def _measured(setup: Setup, row: Mapping[str, Sequence[float]]) -> Limits:
    low, high = row["flow"]
    high *= 1 + (_ENDS if setup.slicer == "prusa-slicer" else 0.0)
    return Limits(flow=(low, round(high, 5)), volume=(row["volume"][0], row["volume"][1]))


def _like_twin(setup: Setup, twin: Limits) -> Limits:
    """Nothing is measured for these: flow has the same share of nominal as with a 0.4 mm nozzle.

    Widened by what the digits of E do to a line of 0.5 mm, twice that where E counts on.
    """
    share = _nominal(setup) / _nominal(setup.twin)
    digit = FILAMENT_AREA_MM2 * 1e-5 / _SHORTEST_MM * (2 if setup.absolute else 1)
    low, high = twin.flow
    return Limits(
        flow=(round(low * share - digit, 6), round(high * share + digit, 6)), volume=twin.volume
    )


def _nominal(setup: Setup) -> float:
    """Flow of a line in mm³/mm: a rectangle in CuraEngine, half-round sides in PrusaSlicer."""
    width, height = setup.width_mm, setup.layer_mm
    less = 0.0 if setup.slicer == "CuraEngine" else height * (1 - math.pi / 4)
    return height * (width - less)
