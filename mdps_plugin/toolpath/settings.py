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
from .codes_window import (
    ACCELERATION,
    BED_COMMAND,
    BED_IN_FORCE,
    FAN_COMMAND,
    FAN_IN_FORCE,
    NOZZLE_COMMAND,
    NOZZLE_IN_FORCE,
)
from .collect import Collector
from .grammar import SCALE
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
    body = (blocks.settled, blocks.end)
    for kind, words, wanted in (
        (NOZZLE_COMMAND, _NOZZLE, [rule.nozzle_c for rule in window.temperatures]),
        (BED_COMMAND, _BED, [rule.bed_c for rule in window.temperatures]),
    ):
        rows = job.rows(words, *body)
        rule = _rule_of_layer(window.temperatures, layers.of_lines(rows))
        scaled = np.array([round(value * SCALE) for value in wanted], dtype=np.int64)
        wrong = np.flatnonzero(_value(job, rows) != scaled[rule])
        limits = [wanted[at] for at in rule[wrong]]
        _name_commands(kind, rows[wrong], limits, "°C", job, layers, found)
    rules = window.temperatures
    nozzle_rules = [(rule.from_layer, (rule.nozzle_c,)) for rule in rules]
    bed_rules = [(rule.from_layer, (rule.bed_c,)) for rule in rules]
    _in_force(NOZZLE_IN_FORCE, 0, nozzle_rules, job, trace, layers, "°C", found)
    _in_force(BED_IN_FORCE, 1, bed_rules, job, trace, layers, "°C", found)


def check_fan(
    job: Job, blocks: Blocks, trace: Trace, layers: Layers, window: ProcessWindow, found: Collector
) -> None:
    """Fan: one of the signed values of the layer. Off is always a value to command, not to keep."""
    rows = job.rows(("M106",), blocks.settled, blocks.end)
    rule = _rule_of_layer(window.fan, layers.of_lines(rows))
    value = _value(job, rows)
    wrong = np.zeros(len(rows), dtype=np.bool_)
    for number, entry in enumerate(window.fan):
        allowed = [0, *(allowed * SCALE for allowed in entry.values)]
        wrong |= (rule == number) & ~np.isin(value, allowed)
    limits = [_either(window.fan[number].values) for number in rule[wrong]]
    _name_commands(FAN_COMMAND, rows[wrong], limits, "", job, layers, found)
    rules = [(rule.from_layer, rule.values) for rule in window.fan]
    _in_force(FAN_IN_FORCE, 2, rules, job, trace, layers, "", found)


def check_accelerations(job: Job, blocks: Blocks, window: ProcessWindow, found: Collector) -> None:
    """Every value of M204 is one of the signed accelerations."""
    allowed = [value * SCALE for value in window.accelerations_mm_s2]
    rows = job.rows(("M204",), blocks.settled, blocks.end)
    place, row = job.places(rows)
    wrong = ~np.isin(job.values[place], allowed)
    place, row = place[wrong], row[wrong]
    found.add_each(
        np.arange(len(place)),
        lambda at: Finding(
            kind=ACCELERATION,
            where=Where(line=job.lines[int(row[at])]),
            measured=_shown(int(job.values[place[at]])),
            limit=_either(window.accelerations_mm_s2),
            unit="mm/s²",
        ),
    )


def _value(job: Job, rows: Ints) -> Ints:
    """S of each command; :data:`UNKNOWN`, which no rule allows, where it names none."""
    value = np.full(len(rows), UNKNOWN, dtype=np.int64)
    named = job.has("S", rows)
    value[named] = job.value("S", rows[named])
    return value


def _rule_of_layer(rules: Sequence[Rule], layer: Ints) -> Ints:
    bounds = np.array([rule.from_layer for rule in rules])
    return np.asarray(np.searchsorted(bounds, layer, side="right") - 1)


def _name_commands(
    kind: FindingKind,
    rows: Ints,
    limits: Sequence[str | float],
    unit: str,
    job: Job,
    layers: Layers,
    found: Collector,
) -> None:
    """One finding for each of the commands ``rows``, all with a value that is not signed."""
    found.add_each(
        np.arange(len(rows)),
        lambda at: Finding(
            kind=kind,
            where=Where(line=job.lines[int(rows[at])], layer=layers.of_line(int(rows[at]))),
            measured=_shown(job.command(int(rows[at])).get("S")),
            limit=limits[at],
            unit=unit,
        ),
    )


def _in_force(
    kind: FindingKind,
    column: int,
    rules: Sequence[tuple[int, Sequence[float]]],
    job: Job,
    trace: Trace,
    layers: Layers,
    unit: str,
    found: Collector,
) -> None:
    """One finding per layer that prints with a value which its rule does not have.

    ``column`` is that of ``trace.kept``: a value is judged once for each rule, not at each move.
    """
    values = trace.kept[:, column]
    wrong = np.empty((len(rules), len(values)), dtype=np.bool_)
    for number, (_, allowed) in enumerate(rules):
        scaled = np.array([round(value * SCALE) for value in allowed], dtype=np.int64)
        wrong[number] = ~np.isin(values, scaled)
    if not wrong.any():
        return
    bounds = [from_layer for from_layer, _ in rules]
    rule = np.searchsorted(bounds, np.arange(layers.count), side="right") - 1
    found_rows = []
    for begin, part in trace.parts():
        of_move = layers.of_move[begin : begin + len(part.index)]
        bad = wrong[rule[of_move], part.kept_row] & part.extruding
        found_rows.append(np.flatnonzero(bad) + begin)
    rows = np.concatenate(found_rows)
    first_of_layer = np.unique(layers.of_move[rows], return_index=True)[1]
    found.add_each(
        rows[first_of_layer],
        lambda row: Finding(
            kind=kind,
            where=Where(line=job.lines[int(trace.index[row])], layer=int(layers.of_move[row])),
            measured=_shown(int(values[trace.kept_row[row]])),
            limit=_either(rules[int(rule[layers.of_move[row]])][1]),
            unit=unit,
        ),
    )


def _shown(value: int | None) -> str:
    return "unknown" if value is None or value == UNKNOWN else number_text(value / SCALE)


def _either(values: Sequence[float]) -> str:
    return " or ".join(number_text(value) for value in values)
