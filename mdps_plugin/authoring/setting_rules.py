"""What a process window asks of single slicer settings, by the names of each slicer. Pure tables.

The values are those of the recipe; a slicer only has other words for them. PrusaSlicer 2.5 and
CuraEngine 4.13 (``FffGcodeWriter``: speeds and temperatures of layer 0 and of all above it).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..recipes.document import FeatureClass, ProcessWindow, Recipe, TemperatureRule
from ..units import Range


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One setting, the parameter of the recipe that bounds it, and either limits or one word."""

    name: str
    parameter: str
    limits: Range | None = None
    unit: str = ""
    word: str | None = None


def _exactly(name: str, parameter: str, value: float, unit: str = "") -> Wanted:
    limits = Range(minimum=value, maximum=value)
    return Wanted(name=name, parameter=parameter, limits=limits, unit=unit)


def first_and_body(window: ProcessWindow) -> tuple[TemperatureRule, TemperatureRule]:
    """The temperatures of layer 0, and of layer 1: slicers know no third."""
    rules = {rule.from_layer: rule for rule in window.temperatures}
    return rules[0], rules[max(layer for layer in rules if layer <= 1)]


def _speeds(window: ProcessWindow) -> tuple[Range, Range]:
    by_feature = {entry.feature: entry.speed_mm_s for entry in window.features}
    return by_feature[FeatureClass.FIRST_LAYER], by_feature[FeatureClass.BODY]


_TEMPERATURES = "window.temperatures"
_FIRST_SPEED = "window.features first_layer speed_mm_s"
_BODY_SPEED = "window.features body speed_mm_s"
_TRAVEL = "window.travel_speed_mm_s"


def prusa(recipe: Recipe) -> Iterable[Wanted]:
    """PrusaSlicer 2.5. A speed of 0 lets the slicer choose and lies in no window."""
    window = recipe.window
    first, body = first_and_body(window)
    first_speed, body_speed = _speeds(window)
    pull = window.retraction
    yield _exactly("layer_height", "window.layer_height_mm", window.layer_height_mm, "mm")
    yield _exactly(
        "first_layer_height", "window.first_layer_height_mm", window.first_layer_height_mm, "mm"
    )
    yield _exactly("nozzle_diameter", "printer.nozzle_mm", recipe.printer.nozzle_mm, "mm")
    yield _exactly("filament_diameter", "material.diameter_mm", recipe.material.diameter_mm, "mm")
    yield _exactly("first_layer_temperature", _TEMPERATURES, first.nozzle_c, "°C")
    yield _exactly("temperature", _TEMPERATURES, body.nozzle_c, "°C")
    yield _exactly("first_layer_bed_temperature", _TEMPERATURES, first.bed_c, "°C")
    yield _exactly("bed_temperature", _TEMPERATURES, body.bed_c, "°C")
    yield _exactly("retract_length", "window.retraction.length_mm", pull.length_mm, "mm")
    yield _exactly("retract_lift", "window.z_hop_mm", window.z_hop_mm, "mm")
    relative = float(window.relative_extrusion)
    yield _exactly("use_relative_e_distances", "window.relative_extrusion", relative)
    if pull.length_mm:
        yield _exactly("retract_speed", "window.retraction.speed_mm_s", pull.speed_mm_s, "mm/s")
    travel = window.travel_speed_mm_s
    yield Wanted(name="travel_speed", parameter=_TRAVEL, limits=travel, unit="mm/s")
    yield Wanted(name="first_layer_speed", parameter=_FIRST_SPEED, limits=first_speed, unit="mm/s")
    for name in (
        *("perimeter_speed", "external_perimeter_speed", "infill_speed"),
        *("solid_infill_speed", "top_solid_infill_speed"),
    ):
        yield Wanted(name=name, parameter=_BODY_SPEED, limits=body_speed, unit="mm/s")


def prusa_supports(recipe: Recipe) -> Iterable[Wanted]:
    """PrusaSlicer 2.5, where it prints supports."""
    _, body_speed = _speeds(recipe.window)
    for name in ("support_material_speed", "support_material_interface_speed"):
        yield Wanted(name=name, parameter=_BODY_SPEED, limits=body_speed, unit="mm/s")


def cura_supports(recipe: Recipe) -> Iterable[Wanted]:
    """CuraEngine 4.13, where it prints supports; layer 0 has its own speed."""
    _, body_speed = _speeds(recipe.window)
    yield Wanted(name="speed_support_infill", parameter=_BODY_SPEED, limits=body_speed, unit="mm/s")


def cura(recipe: Recipe) -> Iterable[Wanted]:
    """CuraEngine 4.13. It heats for layer 1 before layer 0 ends, so both have one temperature."""
    window = recipe.window
    first, body = first_and_body(window)
    first_speed, body_speed = _speeds(window)
    pull = window.retraction
    layer = window.layer_height_mm
    yield _exactly("layer_height", "window.layer_height_mm", layer, "mm")
    yield _exactly("infill_sparse_thickness", "window.layer_height_mm", layer, "mm")
    yield _exactly(
        "layer_height_0", "window.first_layer_height_mm", window.first_layer_height_mm, "mm"
    )
    yield _exactly("machine_nozzle_size", "printer.nozzle_mm", recipe.printer.nozzle_mm, "mm")
    yield _exactly("material_diameter", "material.diameter_mm", recipe.material.diameter_mm, "mm")
    early = f"{_TEMPERATURES} of layer 0, which this engine leaves early"
    for name in ("material_print_temperature_layer_0", "material_initial_print_temperature"):
        yield _exactly(name, early, first.nozzle_c, "°C")
    if first.nozzle_c != body.nozzle_c:
        yield _exactly("material_print_temperature", early, first.nozzle_c, "°C")
    yield _exactly("material_print_temperature", _TEMPERATURES, body.nozzle_c, "°C")
    yield _exactly("material_bed_temperature_layer_0", _TEMPERATURES, first.bed_c, "°C")
    yield _exactly("material_bed_temperature", _TEMPERATURES, body.bed_c, "°C")
    yield Wanted(
        name="retraction_enable",
        parameter="window.retraction.length_mm",
        word="true" if pull.length_mm else "false",
    )
    yield Wanted(
        name="retraction_hop_enabled",
        parameter="window.z_hop_mm",
        word="true" if window.z_hop_mm else "false",
    )
    if window.z_hop_mm:
        yield _exactly("retraction_hop", "window.z_hop_mm", window.z_hop_mm, "mm")
    yield Wanted(
        name="relative_extrusion",
        parameter="window.relative_extrusion",
        word="true" if window.relative_extrusion else "false",
    )
    if pull.length_mm:
        yield _exactly("retraction_amount", "window.retraction.length_mm", pull.length_mm, "mm")
        back = "window.retraction.deretract_speed_mm_s"
        yield _exactly(
            "retraction_retract_speed", "window.retraction.speed_mm_s", pull.speed_mm_s, "mm/s"
        )
        yield _exactly("retraction_prime_speed", back, pull.deretract_speed_mm_s, "mm/s")
    travel = window.travel_speed_mm_s
    for name in ("speed_travel", "speed_travel_layer_0"):
        yield Wanted(name=name, parameter=_TRAVEL, limits=travel, unit="mm/s")
    yield Wanted(
        name="speed_print_layer_0", parameter=_FIRST_SPEED, limits=first_speed, unit="mm/s"
    )
    # With more layers of slowing down, layers above the first have speeds between the two.
    yield Wanted(
        name="speed_slowdown_layers", parameter=_BODY_SPEED, limits=Range(minimum=0, maximum=1)
    )
    for name in (
        *("speed_wall_0", "speed_wall_x", "speed_infill", "speed_topbottom", "speed_roofing"),
    ):
        yield Wanted(name=name, parameter=_BODY_SPEED, limits=body_speed, unit="mm/s")
