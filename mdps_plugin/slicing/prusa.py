"""PrusaSlicer: its command line, settings that it must have, and the list of what it used. Pure.

Measured with 2.5.0 of Debian 12: it ends with 0 on open and inverted meshes, skips settings that
it does not know without a word, and lists at the end of a job what it used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..findings import Finding, Where
from . import codes
from .engine import Engine, Settings
from .held import held_to
from .values import same

_BEGIN, _END = b"; prusaslicer_config = begin", b"; prusaslicer_config = end"

#: Settings that make the slicer run programs or talk to machines.
_PROGRAMS = ("post_process", "print_host", "printhost_apikey", "printhost_cafile")

#: What the slicer must be told so that a second slicing has the same set of moves. Measured with
#: 2.5.0: Arachne walls, gap fill and thin walls differ from run to run; the last two are random
#: by design. Seams that are not random differ with the order of its threads: so it has one
#: (``one_cpu_link.py``). Value allowed, and what PrusaSlicer 2.5 takes where the line is missing.
REPRODUCIBLE = {
    "perimeter_generator": (frozenset({"classic"}), "arachne"),
    "gap_fill_enabled": (frozenset({"0"}), "1"),
    "thin_walls": (frozenset({"0"}), "0"),
    "fuzzy_skin": (frozenset({"none"}), "none"),
    "seam_position": (frozenset({"aligned", "nearest", "rear"}), "aligned"),
}

#: Anything else moves or reshapes the model, closes its holes or leaves its inside out. As they
#: stand where a line is missing.
_MODEL_AS_IT_IS = {
    "elefant_foot_compensation": "0",
    "slicing_mode": "regular",
    "spiral_vase": "0",
    "xy_size_compensation": "0",
    "z_offset": "0",
}


def used_settings(gcode: bytes) -> Settings | None:
    """The settings that the slicer lists at the end of its output; None where not whole."""
    begin = gcode.rfind(_BEGIN)
    end = gcode.find(_END, begin)
    if begin < 0 or end < 0:
        return None
    used: dict[str, str] = {}
    for raw in gcode[begin + len(_BEGIN) : end].split(b"\n"):
        name, sign, value = raw.decode("utf-8", "replace").removeprefix("; ").partition("=")
        if sign:
            used[name.strip()] = value.strip()
    return used


def compare_settings(signed: Settings, used: Settings) -> tuple[Finding, ...]:
    """Signed settings that the slicer left out or took differently.

    PrusaSlicer skips names it does not know without a word; its own list of what it used shows it.
    """
    found: list[Finding] = []
    for name, value in signed.items():
        taken = used.get(name)
        if taken is None and not value:
            continue
        if taken is None or not same(value, taken):
            found.append(
                Finding(
                    kind=codes.SETTING_NOT_USED,
                    where=Where(path=name),
                    measured="(not used)" if taken is None else taken[:120],
                    limit=value[:120],
                )
            )
    return tuple(found)


def _rules(settings: Settings, compared: bool) -> tuple[Finding, ...]:
    return (
        *_programs(settings),
        *_variation(settings, compared),
        *held_to(_MODEL_AS_IT_IS, settings, codes.MODEL_CHANGED),
    )


def _programs(settings: Settings) -> Iterable[Finding]:
    for name in _PROGRAMS:
        value = settings.get(name, "")
        if value.strip('"'):
            where = Where(path=name)
            yield Finding(kind=codes.RUNS_PROGRAMS, where=where, measured=value[:80], limit="")


def _variation(settings: Settings, compared: bool) -> Iterable[Finding]:
    kind = codes.NOT_REPRODUCIBLE if compared else codes.MAY_VARY
    for name, (allowed, default) in REPRODUCIBLE.items():
        value = settings.get(name, default)
        if value not in allowed:
            limit = " or ".join(sorted(allowed))
            yield Finding(kind=kind, where=Where(path=name), measured=value, limit=limit)


def _output(gcode: bytes, settings: Settings) -> tuple[Finding, ...] | None:
    used = used_settings(gcode)
    return None if used is None else compare_settings(settings, used)


#: ``--load`` takes the signed bytes as they are; ``--datadir`` hides every other configuration.
PRUSA = Engine(
    name="PrusaSlicer",
    program="prusa-slicer",
    package="prusa-slicer",
    version_arguments=("--help",),
    version_in=re.compile(r"PrusaSlicer-([0-9][^\s]{0,40})"),
    files=lambda signed, _: {"settings.ini": signed},
    arguments=(
        *("--datadir", "data"),
        *("--load", "settings.ini"),
        *("--config-compatibility", "disable"),
        *("--loglevel", "2"),
        "--dont-arrange",
        *("--output", "job.gcode"),
        "--export-gcode",
        "model.stl",
    ),
    rules=_rules,
    output=_output,
    one_thread=True,
)
