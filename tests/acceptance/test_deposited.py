"""The shipped job, printed by the simulator: what was laid is the approved model's section.

The picture is ground truth of the simulator, the section is cut from the model that the recipe
signs; the two rooms share no code, so that they agree by being right only.
"""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mdps_plugin.models.stl import read_stl
from mdps_plugin.toolpath.section import cut
from simulator.control import answer
from simulator.deposit import Deposit
from simulator.faults import parse_fault
from simulator.machine import Simulator
from simulator.picture import Pictures

RECIPE = Path("validated_recipes/mask-extender/1")
MIDDLE_MM = (125.0, 105.0)
LAYER_MM = 0.2


def print_job(fault: str | None = None) -> dict[int, np.ndarray]:
    """Where plastic lies, one picture for each height in layers; rows from the near side."""
    simulator = Simulator()
    deposit = Deposit()
    simulator.plant.laid = deposit.lay
    if fault is not None:
        simulator.add_fault(parse_fault(fault))
    now = 2.0
    simulator.poll(now)
    for line in (RECIPE / "job.gcode").read_text().splitlines():
        simulator.receive(line.encode() + b"\n", now)
        reply = simulator.poll(now)
        while b"ok" not in reply and not simulator.firmware.killed:
            now = simulator.next_event_time()
            reply = simulator.poll(now)
    simulator.poll(now + 60.0)
    pictures = Pictures(deposit, simulator.printer.size_mm)
    found = {}
    for number in range(1, len(deposit.layers) + 1):
        request = json.dumps({"get": "picture", "layer": number}).encode()
        record = json.loads(answer(simulator, request, pictures))["picture"]
        height = record["z_mm"] / LAYER_MM
        if abs(height - round(height)) < 0.01:
            image = Image.open(io.BytesIO(base64.b64decode(record["png_base64"])))
            found[round(height)] = np.asarray(image)[::-1] < 128
    return found


def section(layer: int, pixels_mm: float = 0.1) -> np.ndarray:
    """The model's section in the middle of a layer, as the same kind of picture."""
    triangles = read_stl((RECIPE / "model.stl").read_bytes(), "model.stl").triangles
    low, high = triangles.min(axis=(0, 1)), triangles.max(axis=(0, 1))
    shift = np.append(np.array(MIDDLE_MM) - (low[:2] + high[:2]) / 2, -low[2])
    outline = cut(triangles + shift, (layer - 0.5) * LAYER_MM).segments
    x = (np.arange(2500) + 0.5) * pixels_mm
    inside = np.zeros((2100, 2500), dtype=bool)
    for row in range(2100):
        y = (row + 0.5) * pixels_mm
        ends = outline[(outline[:, :, 1].min(axis=1) <= y) & (outline[:, :, 1].max(axis=1) > y)]
        share = (y - ends[:, 0, 1]) / (ends[:, 1, 1] - ends[:, 0, 1])
        crossings = ends[:, 0, 0] + share * (ends[:, 1, 0] - ends[:, 0, 0])
        inside[row] = (crossings[:, np.newaxis] < x).sum(axis=0) % 2 == 1
    return inside


def likeness(one: np.ndarray, two: np.ndarray) -> float:
    """Common area over joined area, 0 to 1."""
    return float((one & two).sum() / (one | two).sum())


@pytest.fixture(scope="module")
def printed() -> dict[int, np.ndarray]:
    return print_job()


def test_every_layer_is_the_section_of_the_approved_model(printed: dict[int, np.ndarray]) -> None:
    assert sorted(printed) == [1, 2, 3, 4, 5, 6]
    for layer, picture in printed.items():
        assert likeness(picture, section(layer)) > 0.97, layer
        # No plastic stands further out than a rounded corner of a strand.
        assert (picture & ~section(layer)).sum() * 0.01 < 20.0, layer


def test_a_head_that_homed_at_the_wrong_place_is_seen(printed: dict[int, np.ndarray]) -> None:
    moved = print_job("endstop_shorted:x")
    assert likeness(moved[3], printed[3]) < 0.9
    assert likeness(moved[3], section(3)) < 0.9


def test_a_heater_that_dies_leaves_the_layer_unfinished() -> None:
    # The plant counts the purge line, at its own height, as the first layer.
    cold = print_job("thermal_runaway@layer=3")
    assert likeness(cold[2], section(2)) > 0.97
    assert likeness(cold[3], section(3)) < 0.95
    assert 4 not in cold
