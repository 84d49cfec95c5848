"""Parts, recipe and slicer settings that the tests of this room share. Holds no tests.

``data/*.gcode`` were written by PrusaSlicer 2.5.0 from the meshes of this file with
``SETTINGS``; ``test_slicer.py`` writes them again and compares.
"""

from __future__ import annotations

import copy
import math
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mdps_plugin.authoring.signing import pin
from mdps_plugin.recipes.document import Recipe
from mdps_plugin.recipes.parse import parse_recipe
from mdps_plugin.toolpath.examine import Examination, examine, examine_or_raise
from mdps_plugin.toolpath.geometry import ModelGeometry
from tests.factories import recipe_document

BEYOND = 0.1  # mm that a bead may lie beyond the model, docs/examiner.md
DATA = Path(__file__).parent / "data"

START_LINES = (
    *("G21", "G90", "M83", "M220 S100", "M221 S100", "M107", "M140 S60", "M104 S215"),
    *("G28", "M190 S60", "M109 S215", "G92 E0", "G1 Z0.3 F600", "G1 X10 Y10 F6000"),
    *("G1 X60 Y10 E6 F1200", "G92 E0"),
)
END_LINES = ("G91", "G1 Z5 F600", "G90", "M104 S0", "M140 S0", "M107", "G28 X", "M84")
START = "\n".join(START_LINES).encode() + b"\n"
END = "\n".join(END_LINES).encode() + b"\n"

SETTINGS: Mapping[str, str] = {
    "layer_height": "0.2",
    "first_layer_height": "0.2",
    "perimeter_generator": "classic",
    "gap_fill_enabled": "0",
    "thin_walls": "0",
    "thick_bridges": "0",
    "perimeters": "2",
    "fill_density": "40%",
    "fill_pattern": "rectilinear",
    "use_relative_e_distances": "1",
    "layer_gcode": "G92 E0",
    "nozzle_diameter": "0.4",
    "filament_diameter": "1.75",
    "temperature": "210",
    "first_layer_temperature": "215",
    "bed_temperature": "60",
    "first_layer_bed_temperature": "60",
    "start_gcode": "\\n".join(START_LINES),
    "end_gcode": "\\n".join(END_LINES),
    "retract_length": "0.8",
    "retract_speed": "35",
    "deretract_speed": "25",
    "retract_lift": "0.2",
    "skirts": "0",
    "gcode_flavor": "marlin2",
    "machine_limits_usage": "ignore",
    "bed_shape": "0x0,200x0,200x200,0x200",
    "cooling": "1",
    "fan_always_on": "1",
    "min_fan_speed": "100",
    "max_fan_speed": "100",
    "bridge_fan_speed": "100",
    "disable_fan_first_layers": "1",
    "full_fan_speed_layer": "0",
    "slowdown_below_layer_time": "5",
    "min_print_speed": "10",
    "travel_speed": "130",
    "extrusion_width": "0.45",
    "first_layer_extrusion_width": "0.45",
    "external_perimeter_extrusion_width": "0.45",
    "perimeter_extrusion_width": "0.45",
    "infill_extrusion_width": "0.45",
    "solid_infill_extrusion_width": "0.45",
    "top_infill_extrusion_width": "0.45",
}

#: What else has to be pinned for the places of walls and ends; the jobs were sliced with the same.
PLACES: Mapping[str, str] = {
    "extra_perimeters": "0",
    "fuzzy_skin": "none",
    "elefant_foot_compensation": "0",
    "xy_size_compensation": "0",
    "spiral_vase": "0",
    "ironing": "0",
    "top_fill_pattern": "rectilinear",
    "bottom_fill_pattern": "rectilinear",
    "infill_overlap": "25%",
}


def _range(minimum: float, maximum: float) -> dict[str, float]:
    return {"minimum": minimum, "maximum": maximum}


def _feature(name: str, flow: tuple[float, float]) -> dict[str, Any]:
    return {
        "feature": name,
        "flow_mm3_per_mm": _range(*flow),
        "width_mm": _range(0.43, 0.57),
        "speed_mm_s": _range(10, 80),
        "minimum_segment_mm": 0.5,
    }


_WINDOW: dict[str, Any] = {
    "window.commands": ["G1", "G92", "M104", "M106", "M107", "M140", "M204"],
    "window.temperatures": [
        {"from_layer": 0, "nozzle_c": 215, "bed_c": 60},
        {"from_layer": 1, "nozzle_c": 210, "bed_c": 60},
    ],
    "window.features": [
        _feature("first_layer", (0.078, 0.105)),
        _feature("body", (0.078, 0.105)),
    ],
    "window.travel_speed_mm_s": _range(130, 130),
    "window.retraction": {"length_mm": 0.8, "speed_mm_s": 35, "deretract_speed_mm_s": 25},
    "window.z_hop_mm": 0.2,
    "window.fan": [{"from_layer": 0, "values": [0]}, {"from_layer": 1, "values": [255]}],
    "window.outside_model_mm": 0,
    "window.layer_volume_ratio": _range(0.4, 1.1),
    "window.total_filament_mm": _range(100, 2000),
    "window.print_time_s": _range(30, 3600),
    "window.lines_at_most": 20_000,
    "envelope.placed_at_x_mm": 100,
    "envelope.placed_at_y_mm": 100,
}


def bundle(start: bytes = START, end: bytes = END, job: bytes | None = None) -> dict[str, bytes]:
    """Pinned files by name."""
    files = {
        "start.gcode": start,
        "end.gcode": end,
        "instructions.md": b"How to use it.\n",
        "settings.ini": settings_file(),
    }
    if job is not None:
        files |= {"job.gcode": job, "model.stl": b"the model"}
    return files


_ROLES = {
    "start.gcode": "start_gcode",
    "end.gcode": "end_gcode",
    "instructions.md": "instructions_for_use",
    "settings.ini": "slicer_settings",
    "job.gcode": "job_gcode",
    "model.stl": "model",
}


def recipe(files: Mapping[str, bytes] | None = None, **overrides: Any) -> Recipe:
    """The recipe that ``data/*.gcode`` were made for."""
    return parse_recipe(document(files, **overrides), "recipe.json")


def document(files: Mapping[str, bytes] | None = None, **overrides: Any) -> dict[str, Any]:
    """The same as a document, to be signed."""
    files = bundle() if files is None else files
    pinned = [pin(_ROLES[name], name, data) for name, data in files.items()]
    if "job.gcode" in files:
        overrides |= {"model_source": "pinned", "job_source": "signed_gcode"}
    return recipe_document(**(copy.deepcopy(_WINDOW) | {"files": pinned} | overrides))


def settings_file(**changes: str) -> bytes:
    """The slicer settings as an .ini file."""
    return "".join(f"{key} = {text}\n" for key, text in ({**SETTINGS, **changes}).items()).encode()


def with_places() -> dict[str, bytes]:
    """The pinned files, with settings that say where walls run and filling lines end."""
    return {**bundle(), "settings.ini": settings_file(**PLACES)}


def box(x: float = 20.0, y: float = 10.0, z: float = 5.0, at: float = 100.0) -> np.ndarray:
    """Triangles of a block about (at, at), standing on the plate."""
    return prism([(-x / 2, -y / 2), (x / 2, -y / 2), (x / 2, y / 2), (-x / 2, y / 2)], z, at)


def prism(outline: list[tuple[float, float]], height: float, at: float = 100.0) -> np.ndarray:
    """Triangles of a convex outline (counter-clockwise) pulled up from the plate."""
    points = [np.array([px + at, py + at, 0.0]) for px, py in outline]
    up = np.array([0.0, 0.0, height])
    triangles = []
    for i in range(1, len(points) - 1):
        triangles.append([points[0], points[i + 1], points[i]])
        triangles.append([points[0] + up, points[i] + up, points[i + 1] + up])
    for i, here in enumerate(points):
        there = points[(i + 1) % len(points)]
        triangles.append([here, there, there + up])
        triangles.append([here, there + up, here + up])
    return np.array(triangles)


def ball(radius: float, at: float = 100.0, steps: int = 48) -> np.ndarray:
    """Triangles of a ball with its lowest point on the plate."""

    def point(i: int, j: int) -> np.ndarray:
        tilt, turn = math.pi * i / steps, 2 * math.pi * j / (2 * steps)
        ring = radius * math.sin(tilt) if 0 < i < steps else 0.0
        return np.array(
            [at + ring * math.cos(turn), at + ring * math.sin(turn), radius * (1 - math.cos(tilt))]
        )

    triangles = []
    for i in range(steps):
        for j in range(2 * steps):
            k = (j + 1) % (2 * steps)
            if i > 0:
                triangles.append([point(i, j), point(i, k), point(i + 1, j)])
            if i < steps - 1:
                triangles.append([point(i + 1, j), point(i, k), point(i + 1, k)])
    return np.array(triangles)


def placed(triangles: np.ndarray) -> np.ndarray:
    """The box centre at (100, 100), lowest z at 0, as a placed model has it."""
    low, high = triangles.min(axis=(0, 1)), triangles.max(axis=(0, 1))
    return triangles + np.array(
        [100 - (low[0] + high[0]) / 2, 100 - (low[1] + high[1]) / 2, -low[2]]
    )


def stl_bytes(triangles: np.ndarray) -> bytes:
    """Binary STL."""
    records = np.zeros(len(triangles), dtype=[("n", "<f4", 3), ("v", "<f4", (3, 3)), ("a", "<u2")])
    records["v"] = triangles
    return b"\0" * 80 + np.uint32(len(triangles)).tobytes() + records.tobytes()


def geometry(triangles: np.ndarray) -> ModelGeometry:
    """The mesh as ring C takes it."""
    return ModelGeometry(corners=triangles, digest="0" * 64)


def honest() -> bytes:
    """The sliced block, as PrusaSlicer wrote it."""
    return (DATA / "block.gcode").read_bytes()


ANY_WRITING: Mapping[str, Any] = {"validated_with.slicer": "another slicer"}


def look(gcode: bytes, rings: str = "AC", **changes: Any) -> Examination:
    """Examine against the block; ``files``, ``model``, ``reslice``, ``variables`` may be given.

    ``required``: the rings of the recipe, where they are not those that are run. ``own``: under the
    recipe of the slicer that wrote the block, whose writing then counts too (test_writing.py); else
    of one whose writing is not known, so that an edit is seen by its own rule alone. ``breaks``: a
    check is meant to break off; else a fault of the examiner is a fault of the test.
    """
    act = examine if changes.pop("breaks", False) else examine_or_raise
    if not changes.pop("own", False):
        changes = {**ANY_WRITING, **changes}
    files = changes.pop("files", bundle())
    model = changes.pop("model", geometry(box()))
    reslice = changes.pop("reslice", None)
    variables = changes.pop("variables", {})
    required = changes.pop("required", rings)
    # Which rings a recipe may leave out is a rule of recipes; here each is looked at by itself.
    signed = replace(recipe(files, **changes), rings=tuple(required))
    return act(gcode, signed, files, model, frozenset(rings), variables, reslice=reslice)


def codes(examination: Examination) -> set[str]:
    """Codes of the findings that refuse."""
    return {found.code for found in examination.verdict.refusals()}


def swap(line: int, text: str, gcode: bytes | None = None) -> bytes:
    """The honest job with another text at ``line``, counted from 1."""
    lines = (honest() if gcode is None else gcode).split(b"\n")
    lines[line - 1] = text.encode("latin-1")
    return b"\n".join(lines)


def insert(line: int, *texts: str, gcode: bytes | None = None) -> bytes:
    """The honest job with ``texts`` put in before ``line``."""
    lines = (honest() if gcode is None else gcode).split(b"\n")
    lines[line - 1 : line - 1] = [text.encode("latin-1") for text in texts]
    return b"\n".join(lines)


def drop(first: int, last: int, gcode: bytes | None = None) -> bytes:
    """The honest job without the lines ``first`` to ``last``, both included."""
    lines = (honest() if gcode is None else gcode).split(b"\n")
    del lines[first - 1 : last]
    return b"\n".join(lines)


def line_of(text: str, after: int = 0, gcode: bytes | None = None) -> int:
    """Number of the first line after ``after`` that is ``text`` without its comment."""
    lines = (honest() if gcode is None else gcode).split(b"\n")
    for number, raw in enumerate(lines, start=1):
        if number > after and raw.split(b";")[0].strip() == text.encode():
            return number
    raise AssertionError(f"no line {text!r} after {after}")


def layer_change(layer: int) -> int:
    """Line of the slicer's comment that begins ``layer``; for making edits only."""
    lines = honest().split(b"\n")
    return [n for n, raw in enumerate(lines, start=1) if raw == b";LAYER_CHANGE"][layer]


def moved(change: Callable[[float, float], tuple[float, float]], first: int = 1) -> bytes:
    """The honest job with ``change`` applied to X and Y of every line with both, from ``first``."""
    lines = honest().decode().split("\n")
    start = max(first, line_of("M83", 20))
    for index in range(start, len(lines)):
        match = re.fullmatch(r"G1 X([\d.]+) Y([\d.]+)(.*)", lines[index])
        if match is not None:
            x, y = change(float(match[1]), float(match[2]))
            lines[index] = f"G1 X{x:.3f} Y{y:.3f}{match[3]}"
    return "\n".join(lines).encode()


def slice_plainly(triangles: np.ndarray, folder: Path, **changes: str) -> bytes:
    """What the real slicer makes of a placed mesh under ``SETTINGS`` with these changes."""
    (folder / "part.stl").write_bytes(stl_bytes(triangles))
    (folder / "settings.ini").write_bytes(settings_file(**changes))
    subprocess.run(
        [
            *("prusa-slicer", "--export-gcode", "--load", str(folder / "settings.ini")),
            *("--dont-arrange", "-o", str(folder / "part.gcode"), str(folder / "part.stl")),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return (folder / "part.gcode").read_bytes()


def absolute() -> tuple[bytes, dict[str, bytes]]:
    """The honest job with M82, E counting from the G92 E0 of each layer, and its signed files."""
    lines, total = [], 0.0
    start = line_of("M83", 20)
    for number, line in enumerate(honest().decode().split("\n"), start=1):
        text = line.replace("M83", "M82") if not line.startswith(";") else line
        if number > start and text == "G92 E0":
            total = 0.0
        elif number > start and text.startswith("G1") and " E" in text:
            head, _, tail = text.partition(" E")
            value, _, rest = tail.partition(" ")
            total += float(value)
            text = f"{head} E{total:.5f} {rest}".strip()
        lines.append(text)
    job = "\n".join(lines).encode()
    return job, bundle(start="\n".join(START_LINES).replace("M83", "M82").encode() + b"\n")
