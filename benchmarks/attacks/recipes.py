"""Recipes of the laboratory, built in code: slicer x infill x layer height, limits aside.

Everything but the process window is the shipped recipe of the anatomical model. Limits that depend
on a slicer are handed in: :mod:`benchmarks.attacks.limits` keeps what the threshold models gave.
What a setup changes of the slicer's settings is in :mod:`benchmarks.attacks.variants`.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping
from dataclasses import dataclass

from mdps_plugin.authoring.blocks import canonical_lines
from mdps_plugin.authoring.cura_settings import cura_settings_bytes
from mdps_plugin.authoring.examples import anatomical_model, common
from mdps_plugin.authoring.settings import Process, end_lines, settings_bytes, start_lines
from mdps_plugin.authoring.signing import pin
from mdps_plugin.recipes.document import Recipe
from mdps_plugin.recipes.parse import parse_recipe

from . import variants

PLACE_MM = (125.0, 110.0)
SLICERS = {"prusa-slicer": ">=2.5.0,<2.6", "CuraEngine": "==4.13.0"}
INFILLS = (100, 20)
LAYERS_MM = (0.1, 0.2, 0.3)

_ROLES = {
    "settings.ini": "slicer_settings",
    "start.gcode": "start_gcode",
    "end.gcode": "end_gcode",
    "instructions.md": "instructions_for_use",
}
#: Wide on purpose: attacks are to be found by what the examiner compares, not by a lucky total.
_FILAMENT_MM, _TIME_S, _LINES = (1.0, 1e5), (1.0, 6e5), 1_000_000


@dataclass(frozen=True, kw_only=True, order=True)
class Setup:
    """Slicer, infill in percent, layer height in mm, and what is unlike the main grid.

    ``around``: what is printed besides the part: nothing, "skirt", "brim", "supports",
    "plate-supports", which stand on the plate only, or "skirt-supports", with a skirt around.
    ``absolute``: E counts on (M82) instead of line by line. ``one_fill``: surfaces are not filled
    apart; only for solid parts of PrusaSlicer.
    """

    slicer: str
    infill: int
    layer_mm: float
    nozzle_mm: float = 0.4
    around: str = ""
    absolute: bool = False
    one_fill: bool = False

    @property
    def name(self) -> str:
        """For tables and files."""
        more = [self.special] if self.special else []
        return "-".join([self.slicer, f"{self.infill}", f"{self.layer_mm:g}", *more])

    @property
    def special(self) -> str:
        """What is unlike the main grid; empty within it."""
        more = [f"nozzle{self.nozzle_mm:g}"] if self.nozzle_mm != 0.4 else []
        more += [self.around] if self.around else []
        more += ["absolute"] if self.absolute else []
        return "-".join([*more, *(["one-fill"] if self.one_fill else [])])

    @property
    def rings(self) -> str:
        """Rings that its recipe asks for."""
        return "ABC"

    @property
    def width_mm(self) -> float:
        """Width of every line."""
        return variants.WIDTHS_MM[self.nozzle_mm]

    @property
    def twin(self) -> Setup:
        """The setup of the main grid whose measured limits it takes over."""
        return Setup(slicer=self.slicer, infill=self.infill, layer_mm=self.layer_mm)

    @property
    def process(self) -> Process:
        """As the shipped recipes have it.

        CuraEngine sets the heat of layer 1 before layer 0 has ended, so it has one for both.
        """
        return Process(
            first_layer_nozzle_c=240,
            nozzle_c=240 if self.slicer == "CuraEngine" else 235,
            bed_c=85,
            fan_percent=40,
            layer_mm=self.layer_mm,
            perimeters=3,
            infill_percent=self.infill,
            infill_angle=45,
            highest_mm=60,
        )

    def settings(self) -> bytes:
        """The signed slicer settings."""
        make = cura_settings_bytes if self.slicer == "CuraEngine" else settings_bytes
        plain = make(self.process)
        return plain if self == self.twin else variants.changed(plain, self)

    def start(self) -> tuple[str, ...]:
        """The author's start block."""
        lines = start_lines(self.process)
        return variants.in_absolute(lines) if self.absolute else lines


SETUPS = tuple(
    Setup(slicer=slicer, infill=infill, layer_mm=layer)
    for slicer in SLICERS
    for infill in INFILLS
    for layer in LAYERS_MM
)

#: Beside the main grid: other nozzles, absolute E, what lies around a part, and one fill.
BREADTH = tuple(
    Setup(slicer=slicer, infill=infill, layer_mm=layer, **more)
    for layer, more in variants.BREADTH
    for slicer in SLICERS
    for infill in INFILLS
    if not more.get("one_fill") or (slicer, infill) == ("prusa-slicer", 100)
)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What was measured on the threshold models: flow in mm³/mm, layer volume over the model's."""

    flow: tuple[float, float]
    volume: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A recipe and its files."""

    recipe: Recipe
    files: Mapping[str, bytes]


def build(setup: Setup, limits: Limits, start: bytes, end: bytes) -> Signed:
    """The recipe of a setup; ``start`` and ``end`` are its blocks in canonical form."""
    files = {
        "settings.ini": setup.settings(),
        "start.gcode": start,
        "end.gcode": end,
        "instructions.md": b"Only for the laboratory.\n",
    }
    document = copy.deepcopy(anatomical_model.document())
    document["identity"] = common.identity("attack-laboratory", 1, f"Laboratory {setup.name}")
    document["printer"] = {**common.PRINTER, "nozzle_mm": setup.nozzle_mm}
    document["evidence"] = [
        {**item, "covers_nozzle_mm": setup.nozzle_mm} for item in document["evidence"]
    ]
    document["rings"] = list(setup.rings)
    document["validated_with"] = {
        **common.VALIDATED_WITH,
        "slicer": setup.slicer,
        "slicer_version": SLICERS[setup.slicer],
    }
    document["window"] = {
        **common.window(
            setup.process,
            flow=limits.flow,
            total_filament_mm=_FILAMENT_MM,
            print_time_s=_TIME_S,
            lines_at_most=_LINES,
            layer_volume_ratio=limits.volume,
            outside_model_mm=variants.OUTSIDE_MM[setup.around],
        ),
        "relative_extrusion": not setup.absolute,
        "commands": ["G0", "G1", "G92", "M104", "M106", "M107"],
        "travel_speed_mm_s": _travel(setup),
    }
    document["envelope"] = {
        "size_x_mm": common.limits(1, 200),
        "size_y_mm": common.limits(1, 180),
        "size_z_mm": common.limits(0.5, 200),
        "volume_cm3": common.limits(0.05, 500),
        "bodies": 6,
        "placed_at_x_mm": PLACE_MM[0],
        "placed_at_y_mm": PLACE_MM[1],
        "quantity_per_plate": 1,
    }
    document["files"] = [pin(_ROLES[name], name, data) for name, data in files.items()]
    return Signed(recipe=parse_recipe(document, setup.name), files=files)


def _travel(setup: Setup) -> dict[str, float]:
    """CuraEngine joins short lines inside by moves without filament, at the speed of printing."""
    return common.limits(15 if setup.slicer == "CuraEngine" else 120, 120)


#: No block of the laboratory, with the lines about it, has as many lines.
_MOST_BLOCK = 200


def cut_blocks(setup: Setup, gcode: bytes) -> tuple[bytes, bytes]:
    """Start and end block of an honest job, with the lines that the slicer puts about them.

    Such lines set modes, heat or the fan; the body begins and ends with a move.
    """
    lines = [line for line in gcode.split(b"\n") if line and not line.startswith(b";")]
    head = canonical_lines(b"\n".join(lines[:_MOST_BLOCK]) + b"\n", setup.name)
    tail = canonical_lines(b"\n".join(lines[-_MOST_BLOCK:]) + b"\n", setup.name)
    start, end = setup.start(), end_lines(setup.process)
    settled = _find(head, start) + len(start)
    last = _find(tail, end)
    while tail[last - 1] in ("M107", "M82"):
        last -= 1
    return _block(head[:settled]), _block(tail[last:])


def _find(lines: tuple[str, ...], wanted: tuple[str, ...]) -> int:
    for place in range(len(lines)):
        if lines[place : place + len(wanted)] == wanted:
            return place
    raise ValueError(f"no block {wanted[0]} ... {wanted[-1]} in this job")


def _block(lines: tuple[str, ...]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("ascii")


@functools.cache
def plain_limits(setup: Setup) -> Limits:
    """Limits wide enough to measure with."""
    return Limits(flow=(0.01, 0.25), volume=(0.01, 3.0))
