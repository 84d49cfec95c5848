"""Heat, fan and acceleration of the body, layer by layer, against the process window. Pure.

Judged twice: every command that sets a value, and the value in force at every line that prints.
The second is what a removed command, or a change of layer without one, runs into.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from ..findings import Finding, FindingKind, Where
from ..recipes.document import FanRule, ProcessWindow, TemperatureRule
from ..units import number_text
from .blocks import Blocks
from .codes import (
    ACCELERATION,
    BED_COMMAND,
    BED_IN_FORCE,
    FAN_COMMAND,
    FAN_IN_FORCE,
    NOZZLE_COMMAND,
    NOZZLE_IN_FORCE,
)
from .collect import Collector
from .grammar import SCALE, Command
from .layers import Layers
from .reader import Job
from .trace import UNKNOWN, Ints, Trace

Rule = TypeVar("Rule", TemperatureRule, FanRule)

_NOZZLE = ("M104", "M109")
_BED = ("M140", "M190")


def check_temperatures(
    job: Job, blocks: Blocks, trace: Trace, layers: Layers, window: ProcessWindow, found: Collector
) -> None:
    """Nozzle and bed: exactly the signed value of the layer."""
    for index in range(blocks.settled, blocks.end):
        command = job.commands[index]
        if command.word not in _NOZZLE + _BED:
            continue
        layer = layers.of_line(index)
        rule = _rule_at(window.temperatures, layer)
        nozzle = command.word in _NOZZLE
        wanted = rule.nozzle_c if nozzle else rule.bed_c
        value = command.get("S")
        if value != round(wanted * SCALE):
            found.add(
                Finding(
                    kind=NOZZLE_COMMAND if nozzle else BED_COMMAND,
                    where=Where(line=job.lines[index], layer=layer),
                    measured=_shown(value),
                    limit=wanted,
                    unit="°C",
                )
            )
    rules = window.temperatures
    nozzle_rules = [(rule.from_layer, (rule.nozzle_c,)) for rule in rules]
    bed_rules = [(rule.from_layer, (rule.bed_c,)) for rule in rules]
    _in_force(NOZZLE_IN_FORCE, trace.nozzle, nozzle_rules, job, trace, layers, "°C", found)
    _in_force(BED_IN_FORCE, trace.bed, bed_rules, job, trace, layers, "°C", found)


def check_fan(
    job: Job, blocks: Blocks, trace: Trace, layers: Layers, window: ProcessWindow, found: Collector
) -> None:
    """Fan: one of the signed values of the layer. Off is always a value to command, not to keep."""
    for index in range(blocks.settled, blocks.end):
        command = job.commands[index]
        if command.word != "M106":
            continue
        layer = layers.of_line(index)
        values = _rule_at(window.fan, layer).values
        value = command.get("S")
        if value not in [0, *(allowed * SCALE for allowed in values)]:
            found.add(
                Finding(
                    kind=FAN_COMMAND,
                    where=Where(line=job.lines[index], layer=layer),
                    measured=_shown(value),
                    limit=_either(values),
                )
            )
    rules = [(rule.from_layer, rule.values) for rule in window.fan]
    _in_force(FAN_IN_FORCE, trace.fan, rules, job, trace, layers, "", found)


def check_accelerations(job: Job, blocks: Blocks, window: ProcessWindow, found: Collector) -> None:
    """Every value of M204 is one of the signed accelerations."""
    allowed = {value * SCALE for value in window.accelerations_mm_s2}
    for index in range(blocks.settled, blocks.end):
        command = job.commands[index]
        if command.word != "M204":
            continue
        for value in _values(command):
            if value not in allowed:
                found.add(
                    Finding(
                        kind=ACCELERATION,
                        where=Where(line=job.lines[index]),
                        measured=_shown(value),
                        limit=_either(window.accelerations_mm_s2),
                        unit="mm/s²",
                    )
                )


def _values(command: Command) -> list[int | None]:
    return [value for _, value in command.values]


def _rule_at(rules: Sequence[Rule], layer: int) -> Rule:
    return [rule for rule in rules if rule.from_layer <= layer][-1]


def _in_force(
    kind: FindingKind,
    values: Ints,
    rules: Sequence[tuple[int, Sequence[float]]],
    job: Job,
    trace: Trace,
    layers: Layers,
    unit: str,
    found: Collector,
) -> None:
    """One finding per layer that prints with a value which its rule does not have."""
    bounds = [from_layer for from_layer, _ in rules]
    place = np.searchsorted(np.asarray(bounds), layers.of_move, side="right") - 1
    wrong = np.zeros(len(values), dtype=np.bool_)
    for number, (_, allowed) in enumerate(rules):
        scaled = np.array([round(value * SCALE) for value in allowed], dtype=np.int64)
        wrong |= (place == number) & ~np.isin(values, scaled)
    rows = np.flatnonzero(wrong & trace.extruding)
    first_of_layer = np.unique(layers.of_move[rows], return_index=True)[1]
    found.add_each(
        rows[first_of_layer],
        lambda row: Finding(
            kind=kind,
            where=Where(line=job.lines[int(trace.index[row])], layer=int(layers.of_move[row])),
            measured=_shown(int(values[row])),
            limit=_either(rules[int(place[row])][1]),
            unit=unit,
        ),
    )


def _shown(value: int | None) -> str:
    return "unknown" if value is None or value == UNKNOWN else number_text(value / SCALE)


def _either(values: Sequence[float]) -> str:
    return " or ".join(number_text(value) for value in values)
