"""Signed slicer settings against the signed process window. Runs no slicer.

A bead with half-round sides of width w and height h carries h * (w - h * (1 - pi/4)) mm³ per mm
(Slic3r manual, "flow maths"). If that nominal flow lies outside the window, every job that these
settings give is refused: better told to the author than to a hospital.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from ..findings import Finding, Where
from ..recipes.document import FeatureClass, ProcessWindow, Recipe
from ..toolpath.besides import printed_besides
from ..units import Range, number_text, range_text
from . import codes
from .lint_evidence import STRENGTH

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_GENERAL = "extrusion_width"
_FIRST = "first_layer_extrusion_width"
#: Settings that give the width of a line above the first layer; 0 stands for the general one.
_WIDTHS = (
    "perimeter_extrusion_width",
    "external_perimeter_extrusion_width",
    "infill_extrusion_width",
    "solid_infill_extrusion_width",
    "top_infill_extrusion_width",
)
#: Speeds of printed lines above the first layer; 0 lets the slicer choose.
_SPEEDS = (
    "perimeter_speed",
    "external_perimeter_speed",
    "infill_speed",
    "solid_infill_speed",
    "top_solid_infill_speed",
)


def nominal_flow_mm3_per_mm(width_mm: float, height_mm: float) -> float:
    """Volume of filament per millimetre of a line of that width in a layer of that height."""
    return height_mm * (width_mm - height_mm * (1 - math.pi / 4))


def check_settings(recipe: Recipe, settings: Mapping[str, str]) -> Iterable[Finding]:
    """Single values, speeds and flow; a setting that is absent or automatic is named as such."""
    yield from _single(recipe, settings)
    yield from _speeds(recipe.window, settings)
    yield from _flow(recipe, settings)
    yield from _around(recipe, settings)
    for name, pattern in STRENGTH.items():
        if pattern.fullmatch(settings.get(name, "")) is None:
            yield _open(name, settings.get(name))


def _single(recipe: Recipe, settings: Mapping[str, str]) -> Iterable[Finding]:
    window = recipe.window
    rules = {rule.from_layer: rule for rule in window.temperatures}
    first = rules[0]
    # The slicer knows two temperatures: first layer, and from layer 1 on.
    body = max((rule for layer, rule in rules.items() if layer <= 1), key=lambda r: r.from_layer)
    wanted: list[tuple[str, str, float, str]] = [
        ("layer_height", "window.layer_height_mm", window.layer_height_mm, "mm"),
        ("first_layer_height", "window.first_layer_height_mm", window.first_layer_height_mm, "mm"),
        ("nozzle_diameter", "printer.nozzle_mm", recipe.printer.nozzle_mm, "mm"),
        ("filament_diameter", "material.diameter_mm", recipe.material.diameter_mm, "mm"),
        ("first_layer_temperature", "window.temperatures", first.nozzle_c, "°C"),
        ("temperature", "window.temperatures", body.nozzle_c, "°C"),
        ("first_layer_bed_temperature", "window.temperatures", first.bed_c, "°C"),
        ("bed_temperature", "window.temperatures", body.bed_c, "°C"),
        ("retract_length", "window.retraction.length_mm", window.retraction.length_mm, "mm"),
        ("retract_lift", "window.z_hop_mm", window.z_hop_mm, "mm"),
        (
            "use_relative_e_distances",
            "window.relative_extrusion",
            float(window.relative_extrusion),
            "",
        ),
    ]
    if window.retraction.length_mm:
        speed = window.retraction.speed_mm_s
        wanted.append(("retract_speed", "window.retraction.speed_mm_s", speed, "mm/s"))
    for name, parameter, value, unit in wanted:
        yield from _judge(settings, name, parameter, Range(minimum=value, maximum=value), unit)


def _speeds(window: ProcessWindow, settings: Mapping[str, str]) -> Iterable[Finding]:
    by_feature = {entry.feature: entry.speed_mm_s for entry in window.features}
    first, body = by_feature[FeatureClass.FIRST_LAYER], by_feature[FeatureClass.BODY]
    travel = window.travel_speed_mm_s
    yield from _judge(settings, "travel_speed", "window.travel_speed_mm_s", travel, "mm/s")
    place = "window.features first_layer speed_mm_s"
    yield from _judge(settings, "first_layer_speed", place, first, "mm/s")
    for name in _SPEEDS:
        yield from _judge(settings, name, "window.features body speed_mm_s", body, "mm/s")


def _judge(
    settings: Mapping[str, str], name: str, parameter: str, limits: Range, unit: str
) -> Iterable[Finding]:
    text = settings.get(name)
    if text is None or _NUMBER.fullmatch(text) is None:
        yield _open(name, text)
    elif not limits.contains(float(text)):
        yield Finding(
            kind=codes.SETTING_DIFFERS,
            where=Where(path=name),
            measured=text,
            limit=range_text(limits, ""),
            unit=unit,
            facts={"parameter": parameter},
        )


def _around(recipe: Recipe, settings: Mapping[str, str]) -> Iterable[Finding]:
    """What is printed beside the part: nothing that ring C cannot judge, nothing too far away."""
    if "C" in recipe.rings:
        for name, value, off in printed_besides(settings):
            yield Finding(
                kind=codes.BESIDES_PART, where=Where(path=name), measured=value[:40], limit=off
            )
    reach = Range(minimum=0.0, maximum=recipe.window.outside_model_mm)
    place = "window.outside_model_mm"
    if settings.get("brim_type", "outer_only") != "no_brim" and "brim_width" in settings:
        yield from _judge(settings, "brim_width", place, reach, "mm")
    if settings.get("skirts", "0") != "0":
        yield from _judge(settings, "skirt_distance", place, reach, "mm")


def _open(name: str, text: str | None) -> Finding:
    measured = "not set" if text is None else text[:40]
    return Finding(kind=codes.SETTING_OPEN, where=Where(path=name), measured=measured)


def _flow(recipe: Recipe, settings: Mapping[str, str]) -> Iterable[Finding]:
    window = recipe.window
    multiplier = settings.get("extrusion_multiplier", "1")
    if _NUMBER.fullmatch(multiplier) is None:
        yield _open("extrusion_multiplier", multiplier)
        return
    for entry in window.features:
        is_first = entry.feature is FeatureClass.FIRST_LAYER
        height = window.first_layer_height_mm if is_first else window.layer_height_mm
        for name in (_FIRST,) if is_first else _WIDTHS:
            width = _width_mm(settings, name)
            if width is None:
                yield _open(name, settings.get(name))
                continue
            flow = nominal_flow_mm3_per_mm(width, height) * float(multiplier)
            if not entry.flow_mm3_per_mm.contains(flow):
                yield Finding(
                    kind=codes.FLOW_IMPOSSIBLE,
                    where=Where(path=f"{name} = {settings.get(name, '')}"),
                    measured=round(flow, 4),
                    limit=range_text(entry.flow_mm3_per_mm, ""),
                    unit="mm³/mm",
                    facts={
                        "parameter": f"window.features {entry.feature.value} flow_mm3_per_mm",
                        "height": number_text(height),
                    },
                )


def _width_mm(settings: Mapping[str, str], name: str) -> float | None:
    """Width of a line; None where the slicer chooses it, or where it is a percentage."""
    for own in (name, _GENERAL):
        text = settings.get(own, "0")
        if _NUMBER.fullmatch(text) is None:
            return None
        if float(text) > 0:
            return float(text)
    return None
