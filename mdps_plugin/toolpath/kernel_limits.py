"""The signed process window as the table of numbers that the kernel compares with. Pure.

Every limit here is as tight as the one that the reference applies, or tighter: floating-point
limits are drawn in by a guard band, so that a value inside the table is inside for the reference
whatever the order of its operations. None where a window has a form that the table cannot hold.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable

import numpy as np

from ..recipes.document import FeatureClass, FeatureWindow, ProcessWindow, Recipe
from .bounds import place_of_part
from .grammar import SCALE
from .kernel_link import (
    FAN_VALUES,
    ClassLimits,
    FanSpeeds,
    HeatRule,
    Limits,
    WritingRules,
)
from .layers import TOLERANCE
from .lines import (
    FILAMENT_ROUNDING_MM,
    LENGTH_ROUNDING_MM,
    SPEED_TOLERANCE_MM_S,
    feature,
    filament_area_mm2,
)
from .retraction import ABSOLUTE_TOLERANCE, SPEED_TOLERANCE
from .writing import Writing, writing_of

GUARD = 1e-11
"""Relative; a dozen operations in double precision differ by less than 1e-14."""

_GUARD_STEPS = 1  # of 1e-5 mm or mm/min, for limits on integers
_LARGEST = 10**12
WORDS = ("G0", "G1", "G92", "M104", "M106", "M107", "M109", "M140", "M190", "M204")
"""In the order of the bits of ``enum word`` in kernel.h."""

Box = tuple[np.ndarray, np.ndarray]


def limits_of(recipe: Recipe, box: Box | None) -> Limits | None:
    """Table for one recipe and the box of one placed model; the caller sets counts of lines."""
    window = recipe.window
    if not _is_plain(window):
        return None
    table = Limits()
    heights = (window.first_layer_height_mm, window.layer_height_mm)
    for number, kind in enumerate((FeatureClass.FIRST_LAYER, FeatureClass.BODY)):
        table.classes[number] = _class_limits(
            feature(window, kind), heights[number], filament_area_mm2(recipe)
        )
    (left, right), (front, back) = place_of_part(recipe, box)
    table.left, table.right = _least(left, _mm) + _GUARD_STEPS, _most(right, _mm) - _GUARD_STEPS
    table.front, table.back = _least(front, _mm) + _GUARD_STEPS, _most(back, _mm) - _GUARD_STEPS
    table.first_height, table.layer_height = (round(height * SCALE) for height in heights)
    table.hop, table.height_tolerance = round(window.z_hop_mm * SCALE), TOLERANCE
    travel = window.travel_speed_mm_s
    table.travel_slowest, table.travel_fastest = _feeds(travel.minimum, travel.maximum)
    _set_retraction(table, window)
    _set_rules(table, window)
    table.words = sum(1 << bit for bit, word in enumerate(WORDS) if word in window.commands)
    table.relative = window.relative_extrusion
    writing = writing_of(recipe)
    if writing is not None:
        _set_writing(table.writing, writing)
    return table


def _is_plain(window: ProcessWindow) -> bool:
    """Whether the kernel's short cuts hold: rules in order, layers apart, nothing below zero."""
    flows = [entry.flow_mm3_per_mm for entry in window.features]
    widths = [entry.width_mm for entry in window.features]
    orders = [[rule.from_layer for rule in rules] for rules in (window.temperatures, window.fan)]
    fans = [value for rule in window.fan for value in rule.values]
    return (
        all(order and order[0] == 0 and order == sorted(set(order)) for order in orders)
        and all(0 <= value < FAN_VALUES for value in fans)
        and min(round(window.layer_height_mm * SCALE), round(window.first_layer_height_mm * SCALE))
        > 4 * TOLERANCE
        and all(0 <= limit.minimum <= limit.maximum < 1e6 for limit in (*flows, *widths))
        and all(0 <= entry.minimum_segment_mm < 1e6 for entry in window.features)
    )


def _class_limits(window: FeatureWindow, height_mm: float, area_mm2: float) -> ClassLimits:
    """Limits of flow and of width (lines.bead_width_mm solved for flow) as one pair, per area."""
    flow, width = window.flow_mm3_per_mm, window.width_mm
    round_side = height_mm * (1 - math.pi / 4)
    # The error of a difference is measured by its parts.
    slack = GUARD * (width.maximum + round_side) * height_mm
    least = max(_up(flow.minimum), (width.minimum - round_side) * height_mm + slack)
    most = min(_down(flow.maximum), (width.maximum - round_side) * height_mm - slack)
    slowest, fastest = _feeds(window.speed_mm_s.minimum, window.speed_mm_s.maximum)
    return ClassLimits(
        least_flow=_up(least / area_mm2),
        most_flow=_down(most / area_mm2),
        long_square=_down((window.minimum_segment_mm * SCALE) ** 2),
        short_least_flow=_up(flow.minimum / area_mm2),
        short_most_flow=_down(flow.maximum / area_mm2),
        short_length=_down(LENGTH_ROUNDING_MM * SCALE),
        short_filament=_down(FILAMENT_ROUNDING_MM * SCALE),
        slowest=slowest,
        fastest=fastest,
    )


def _up(limit: float) -> float:
    return limit + abs(limit) * GUARD


def _down(limit: float) -> float:
    return limit - abs(limit) * GUARD


def _set_retraction(table: Limits, window: ProcessWindow) -> None:
    rule = window.retraction
    table.rest_length = round(rule.length_mm * SCALE)
    table.rest_length_tolerance = 0 if window.relative_extrusion else ABSOLUTE_TOLERANCE
    table.retract_feed = int(np.round(rule.speed_mm_s * 60 * SCALE))
    table.deretract_feed = int(np.round(rule.deretract_speed_mm_s * 60 * SCALE))
    table.rest_feed_tolerance = SPEED_TOLERANCE


def _set_rules(table: Limits, window: ProcessWindow) -> None:
    """Arrays that the table points to; ctypes keeps them alive with it."""
    accelerations = [value * SCALE for value in window.accelerations_mm_s2]
    table.acceleration_count = len(accelerations)
    table.accelerations = (ctypes.c_int64 * max(1, len(accelerations)))(*accelerations)
    table.heat_count = len(window.temperatures)
    table.heat = (HeatRule * table.heat_count)(
        *(
            HeatRule(rule.from_layer, round(rule.nozzle_c * SCALE), round(rule.bed_c * SCALE))
            for rule in window.temperatures
        )
    )
    table.fan_count = len(window.fan)
    table.fan = (FanSpeeds * table.fan_count)()
    for number, rule in enumerate(window.fan):
        table.fan[number].from_layer = rule.from_layer
        for value in rule.values:
            table.fan[number].allowed[value] = 1


def _set_writing(rules: WritingRules, writing: Writing) -> None:
    rules.present = 1
    rules.zero_before_point, rules.remarks = writing.zero_before_point, writing.remarks
    rules.micrometres = sum(1 << ord(letter) - ord("A") for letter in writing.micrometres)
    rules.speed_last = "XYF" in writing.moves.get("G1", ())
    for place in range(len(rules.step)):
        rules.step[place] = writing.step(chr(ord("A") + place))
    for number, word in enumerate(("G0", "G1")):
        for place, shape in enumerate(writing.moves.get(word, ())):
            for column, letter in enumerate(shape):
                rules.moves[number][place][column] = ord(letter)


def _mm(value: int) -> float:
    """As bounds.check_place computes it."""
    return value / SCALE


def _mm_s(value: int) -> float:
    """As lines.check_speeds computes it."""
    return value / SCALE / 60


def _feeds(minimum_mm_s: float, maximum_mm_s: float) -> tuple[int, int]:
    return (
        _least(minimum_mm_s - SPEED_TOLERANCE_MM_S, _mm_s) + _GUARD_STEPS,
        _most(maximum_mm_s + SPEED_TOLERANCE_MM_S, _mm_s) - _GUARD_STEPS,
    )


def _least(limit: float, scaled: Callable[[int], float]) -> int:
    """Smallest integer whose ``scaled`` value is at least ``limit``; ``scaled`` never falls."""
    low, high = -_LARGEST, _LARGEST
    while low < high:
        middle = (low + high) // 2
        if scaled(middle) >= limit:
            high = middle
        else:
            low = middle + 1
    return low


def _most(limit: float, scaled: Callable[[int], float]) -> int:
    """Largest integer whose ``scaled`` value is at most ``limit``."""
    return -_least(-limit, scaled)
