"""CuraEngine: its command line, and the settings that it must have. Pure.

Measured with 4.13.0 of Debian 12. The engine knows no formulas between settings: each value that
it reads has to be given, or it ends with an error. It says nothing of names that it does not know,
so the signed list has to hold exactly the names of ``cura_names.txt``: those that the engine asked
for, one after the other, when it was given none, and under a heading those that it asks for only
where the settings of the heading have these values. It puts the middle of the machine at 0 unless
``mesh_position_x`` and ``_y`` say otherwise. Its jobs were the same byte for byte in every rerun.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache

from ..findings import Finding, Where
from . import codes
from .engine import Engine, Settings
from .held import held_to
from .values import number

#: The last line that the engine writes after its end block.
_LAST_LINE = b";End of Gcode\n"
_LAYERS = re.compile(rb"^;LAYER_COUNT:(\d{1,9})$", re.MULTILINE)

#: Settings that hold several lines; in the signed list a line end is written ``\n``.
_BLOCKS = ("machine_start_gcode", "machine_end_gcode", "machine_extruder_start_code")

#: Random by design.
_REPRODUCIBLE = {
    "infill_randomize_start_location": frozenset({"false"}),
    "magic_fuzzy_skin_enabled": frozenset({"false"}),
    "z_seam_type": frozenset({"back", "shortest", "sharpest_corner"}),
}

#: Anything else moves, turns, resizes or reshapes the model, closes its holes, cuts its layers
#: elsewhere than in their middle, or takes it for no part at all.
_MODEL_AS_IT_IS = {
    "adaptive_layer_height_enabled": "false",
    "anti_overhang_mesh": "false",
    "center_object": "false",
    "conical_overhang_enabled": "false",
    "cutting_mesh": "false",
    "hole_xy_offset": "0",
    "infill_mesh": "false",
    "magic_mesh_surface_mode": "normal",
    "magic_spiralize": "false",
    "material_shrinkage_percentage": "100",
    "mesh_position_z": "0",
    "mesh_rotation_matrix": "[[1,0,0], [0,1,0], [0,0,1]]",
    "meshfix_union_all_remove_holes": "false",
    "mold_enabled": "false",
    "slicing_tolerance": "middle",
    "support_mesh": "false",
    "wireframe_enabled": "false",
    "xy_offset": "0",
    "xy_offset_layer_0": "0",
}

#: With anything else a line may carry less or more than its width asks for, so that no tight limit
#: on flow can be signed. Over 20 models: 0.999 to 1.001 of nominal with these values, 0.002 to
#: 1.43 with the engine's defaults.
_ONE_FLOW = {
    "bridge_settings_enabled": "false",
    "coasting_enable": "false",
    "fill_perimeter_gaps": "nowhere",
    "initial_layer_line_width_factor": "100",
    "ironing_enabled": "false",
    "speed_equalize_flow_enabled": "false",
    "travel_compensate_overlapping_walls_0_enabled": "false",
    "travel_compensate_overlapping_walls_x_enabled": "false",
}


@cache
def _sections() -> tuple[tuple[Mapping[str, str], frozenset[str]], ...]:
    """Names, and the settings under which the engine asks for them; the first are always."""
    # Loads a good part of the standard library: not for settings that are only looked at.
    from importlib import resources

    text = resources.files(__package__).joinpath("cura_names.txt").read_text("ascii")
    heads, *rest = re.split(r"^\[(.*)\]$", text, flags=re.MULTILINE)
    found: list[tuple[Mapping[str, str], frozenset[str]]] = [({}, frozenset(heads.split()))]
    for head, body in zip(rest[::2], rest[1::2], strict=True):
        asked = dict(part.split(" = ") for part in head.split(", "))
        found.append((asked, frozenset(body.split())))
    return tuple(found)


def names(settings: Settings) -> frozenset[str]:
    """Every setting that CuraEngine 4.13 may read when it slices with these."""
    found: frozenset[str] = frozenset()
    for asked, section in _sections():
        if asked.items() <= settings.items():
            found |= section
    return found


def _rules(settings: Settings, compared: bool) -> tuple[Finding, ...]:
    known = names(settings)
    missing = sorted(known - settings.keys())
    unknown = sorted(settings.keys() - known)
    return (
        *(Finding(kind=codes.SETTING_MISSING, where=Where(path=name)) for name in missing),
        *(_not_used(name, settings[name]) for name in unknown),
        *_variation(settings, compared),
        *_reshaped(settings),
        *_flow(settings),
    )


def _not_used(name: str, value: str) -> Finding:
    return Finding(
        kind=codes.SETTING_NOT_USED,
        where=Where(path=name),
        measured="(not used)",
        limit=value[:120],
    )


def _variation(settings: Settings, compared: bool) -> Iterable[Finding]:
    kind = codes.NOT_REPRODUCIBLE if compared else codes.MAY_VARY
    for name, allowed in _REPRODUCIBLE.items():
        value = settings.get(name)
        if value is not None and value not in allowed:
            limit = " or ".join(sorted(allowed))
            yield Finding(kind=kind, where=Where(path=name), measured=value, limit=limit)


def _reshaped(settings: Settings) -> Iterable[Finding]:
    wanted = dict(_MODEL_AS_IT_IS)
    if settings.get("machine_center_is_zero") == "true":
        wanted |= {"mesh_position_x": "0", "mesh_position_y": "0"}
    else:
        for axis, extent in (("x", "machine_width"), ("y", "machine_depth")):
            size = number(settings.get(extent, ""))
            wanted[f"mesh_position_{axis}"] = f"{-size[0] / 2:g}" if size is not None else "0"
    yield from held_to(wanted, settings, codes.MODEL_CHANGED)


def _flow(settings: Settings) -> Iterable[Finding]:
    wanted = dict(_ONE_FLOW)
    lines = {name for name in names(settings) if name.endswith("_material_flow")}
    wanted |= {name: "100" for name in lines if not name.startswith("bridge_")}
    yield from held_to(wanted, settings, codes.FLOW_MAY_VARY)


def _definition(signed: bytes, settings: Settings) -> dict[str, bytes]:
    """The signed list as a printer definition: the one form in which the engine takes it whole."""
    children = {}
    for name, value in settings.items():
        text = value.replace("\\n", "\n") if name in _BLOCKS else value
        children[name] = {"label": name, "description": "", "type": "str", "default_value": text}
    group = {"label": "signed", "description": "", "type": "category", "children": children}
    definition = {"version": 2, "name": "signed", "settings": {"signed": group}}
    return {"signed.def.json": json.dumps(definition, ensure_ascii=True).encode("ascii")}


def _output(gcode: bytes, settings: Settings) -> tuple[Finding, ...] | None:
    """An unreadable model or a layer height of 0 gives a whole job without a layer."""
    layers = _LAYERS.search(gcode)
    if layers is None or not gcode.endswith(_LAST_LINE):
        return None
    if int(layers[1]) > 0:
        return ()
    return (Finding(kind=codes.NO_JOB, measured="a job of 0 layers", limit="a whole job file"),)


CURA = Engine(
    name="CuraEngine",
    program="CuraEngine",
    package="cura-engine",
    version_arguments=("help",),
    version_in=re.compile(r"Cura_SteamEngine version ([0-9][^\s]{0,40})"),
    files=_definition,
    arguments=("slice", "-j", "signed.def.json", "-l", "model.stl", "-o", "job.gcode"),
    rules=_rules,
    output=_output,
    # It wrote the same bytes each time, however many threads it had (docs/attack-laboratory.md).
    one_thread=False,
)
