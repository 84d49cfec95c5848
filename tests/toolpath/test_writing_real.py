"""What both slicers really write, under settings that change how: no line of another hand."""

from __future__ import annotations

import re

import numpy as np
import pytest

from mdps_plugin.authoring.cura_settings import cura_settings_bytes
from mdps_plugin.authoring.examples import anatomical_model
from mdps_plugin.authoring.settings import end_lines, start_lines
from mdps_plugin.models.stl import encode_binary_stl
from mdps_plugin.slicing.cura import CURA as CURA_ENGINE
from mdps_plugin.slicing.engine import Engine
from mdps_plugin.slicing.process_link import ask_version, run_engine
from mdps_plugin.slicing.prusa import PRUSA as PRUSA_ENGINE
from mdps_plugin.slicing.settings import parse_settings
from mdps_plugin.slicing.slicer import ignore_progress
from mdps_plugin.toolpath.collect import Collector
from mdps_plugin.toolpath.reader import read_job
from mdps_plugin.toolpath.writing import CURA, PRUSA, Writing

from .parts import END_LINES, START_LINES, ball, box, settings_file

pytestmark = pytest.mark.slicer

PRUSA_SETTINGS = {
    "with comments": {"gcode_comments": "1", "fill_pattern": "gyroid"},
    "odd numbers": {
        "default_acceleration": "1000",
        "first_layer_acceleration": "500",
        "travel_speed": "123.4567",
        "retract_lift": "0.1357",
        "layer_height": "0.123",
        "min_fan_speed": "33",
        "max_fan_speed": "77",
    },
    "about zero, wiping": {
        "bed_shape": "-100x-100,100x-100,100x100,-100x100",
        "wipe": "1",
        "brim_width": "2",
        "support_material": "1",
        "perimeter_generator": "arachne",
    },
}
CURA_SETTINGS = {
    "as shipped": {},
    "about zero": {
        "machine_center_is_zero": "true",
        "mesh_position_x": "0",
        "mesh_position_y": "0",
        "speed_wall_0": "33.333",
        "retraction_hop_enabled": "true",
        "retraction_hop": "0.13",
        "cool_fan_speed_max": "77",
        "infill_pattern": "gyroid",
    },
}
_NOT_THE_BODY = {
    PRUSA: {*START_LINES, *END_LINES},
    CURA: {
        *start_lines(anatomical_model.PROCESS),
        *end_lines(anatomical_model.PROCESS),
        *("M82 ;absolute extrusion mode", "M83 ;relative extrusion mode"),
    },
}


def _shapes(at: float) -> np.ndarray:
    """A ball cut off at the plate and a block beside it: arcs, slopes, corners, top skins."""
    round_one = ball(6.0, at, steps=24) - np.array([8.0, 0, 0])
    return np.concatenate([round_one, box(8, 8, 4, at) + np.array([8.0, 0, 0])])


def _foreign(engine: Engine, settings: bytes, at: float, writing: Writing) -> tuple[int, set[str]]:
    """Commands of the job, and lines outside the blocks that ``writing`` would not give."""
    files = engine.files(settings, parse_settings(settings, "s"))
    made = run_engine(engine, encode_binary_stl(_shapes(at)), files, ignore_progress, 120, 3072)
    job = read_job(made.gcode, 1_000_000, Collector(), writing=writing)
    assert job is not None, made.messages
    lines = made.gcode.decode().split("\n")
    return len(job), {lines[number - 1] for number in job.foreign} - _NOT_THE_BODY[writing]


@pytest.mark.parametrize("name", PRUSA_SETTINGS)
def test_prusa_slicer(name: str) -> None:
    settings = settings_file(**PRUSA_SETTINGS[name])
    count, foreign = _foreign(PRUSA_ENGINE, settings, 0.0 if "zero" in name else 100.0, PRUSA)
    assert count > 1_000
    assert foreign == set()


@pytest.mark.parametrize("name", CURA_SETTINGS)
def test_cura_engine(name: str) -> None:
    text = cura_settings_bytes(anatomical_model.PROCESS).decode()
    for setting, value in CURA_SETTINGS[name].items():
        text, count = re.subn(rf"(?m)^{setting} =.*$", f"{setting} = {value}", text)
        assert count == 1, setting
    at = 0.0 if "zero" in name else 100.0
    count, foreign = _foreign(CURA_ENGINE, text.encode(), at, CURA)
    assert count > 1_000
    assert foreign == set()


def test_the_versions_looked_at_are_those_that_are_tested() -> None:
    assert ask_version(PRUSA_ENGINE).startswith(PRUSA.version)
    assert ask_version(CURA_ENGINE).startswith(CURA.version)
