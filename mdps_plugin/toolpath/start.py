"""Whether the signed start and end block leave the printer in a known, safe state. Pure.

These are faults of the recipe, not of the job; they are looked for at every examination, since a
job can only be judged from a state that is known.
"""

from __future__ import annotations

from ..findings import Finding
from ..recipes.document import ProcessWindow
from .codes_writing import LEFT_HOT, MODE_UNSET, NOT_HOT
from .collect import Collector
from .grammar import SCALE
from .trace import UNKNOWN, Machine

_HUNDRED = 100 * SCALE


def check_start(machine: Machine, window: ProcessWindow, found: Collector) -> None:
    """Judge the state after the start block: every mode set, nozzle and bed waited for."""
    missing = _unset(machine, window)
    if missing:
        found.add(Finding(kind=MODE_UNSET, measured=", ".join(missing)))
    first = window.temperatures[0]
    for part, waited, target, wanted in (
        ("nozzle", machine.waited_nozzle, machine.nozzle, first.nozzle_c),
        ("bed", machine.waited_bed, machine.bed, first.bed_c),
    ):
        hot = round(wanted * SCALE)
        cold = part == "nozzle" and machine.cold_extrusion
        if hot and (waited != hot or target != hot or cold):
            seen = "no" if waited == UNKNOWN or cold else round(waited / SCALE, 5)
            found.add(
                Finding(kind=NOT_HOT, measured=seen, limit=wanted, unit="°C", facts={"part": part})
            )


def _unset(machine: Machine, window: ProcessWindow) -> list[str]:
    extrusion = "M83" if window.relative_extrusion else "M82"
    wanted_absolute = not window.relative_extrusion
    settings = {
        "G21": machine.millimetres,
        "G90": machine.absolute is True,
        extrusion: machine.absolute_extrusion is wanted_absolute,
        "G92 E0": window.relative_extrusion or machine.extruder != UNKNOWN,
        "M220 S100": machine.feed_percent == _HUNDRED,
        "M221 S100": machine.flow_percent == _HUNDRED,
    }
    return [name for name, holds in settings.items() if not holds]


def check_end(machine: Machine, found: Collector) -> None:
    """Judge the state after the end block: both heaters off."""
    for part, target in (("nozzle", machine.nozzle), ("bed", machine.bed)):
        if target != 0:
            seen = "no value" if target == UNKNOWN else round(target / SCALE, 5)
            found.add(
                Finding(kind=LEFT_HOT, measured=seen, limit=0, unit="°C", facts={"part": part})
            )
