"""Reads the parts of a recipe that say how a build is made: material, printer, window, envelope.

Bounds are those of desktop FDM printers: nozzle up to 300 °C (limit of PTFE-free hot ends), bed
up to 120 °C, axes up to 1 m. They keep slips of the pen out; the tight limits are the recipe's.
"""

from __future__ import annotations

import math
import re

from ..reading import Fields
from ..units import Range
from .document import (
    DesignEnvelope,
    Drying,
    FanRule,
    FeatureClass,
    FeatureWindow,
    LotRules,
    Material,
    Printer,
    ProcessWindow,
    Retraction,
    TemperatureRule,
    ValidatedWith,
    Variable,
)

ALLOWED_COMMANDS = (
    *("G0", "G1", "G21", "G28", "G90", "G92", "M82", "M83", "M84", "M104", "M106", "M107"),
    *("M109", "M140", "M190", "M200", "M204", "M211", "M220", "M221"),
)
_VERSION_BOUND = r"(==|>=|<=|<|>)[0-9]+(\.[0-9]+){0,3}"
VERSION_RANGE = f"{_VERSION_BOUND}(,{_VERSION_BOUND})*"
NUMBER_TEXT = r"-?[0-9]{1,6}(\.[0-9]{1,4})?"
AXIS_MM, NOZZLE_C, BED_C, SPEED_MM_S, DAY_S = 1000.0, 300.0, 120.0, 500.0, 86_400.0


def read_material(fields: Fields) -> Material:
    """Raw material and the rules its lots must follow."""
    material = Material(
        kind=fields.text("kind", max_length=50),
        manufacturer=fields.text("manufacturer", max_length=200),
        product=fields.text("product", max_length=200),
        colours=fields.texts("colours", least=1, most=50),
        diameter_mm=fields.number("diameter_mm", minimum=1, maximum=3.5, unit="mm"),
        density_g_cm3=fields.number("density_g_cm3", minimum=0.5, maximum=5, unit="g/cm³"),
        is_medical_device=fields.boolean("is_medical_device"),
        intended_uses=fields.texts("intended_uses", most=50),
        lot_rules=_lot_rules(fields.child("lot_rules")),
    )
    fields.close()
    return material


def _lot_rules(fields: Fields) -> LotRules:
    rules = LotRules(
        certificate_required=fields.boolean("certificate_required"),
        opened_at_most_days=fields.integer("opened_at_most_days", minimum=1, maximum=3650),
        drying=_drying(fields.child("drying")) if fields.take("drying") is not None else None,
    )
    fields.close()
    return rules


def _drying(fields: Fields) -> Drying:
    drying = Drying(
        temperature_c=fields.range("temperature_c", minimum=30, maximum=120, unit="°C"),
        minimum_h=fields.number("minimum_h", minimum=0.5, maximum=48, unit="h"),
        use_within_h=fields.number("use_within_h", minimum=1, maximum=8760, unit="h"),
    )
    fields.close()
    return drying


def read_printer(fields: Fields) -> Printer:
    """The printer that the process was validated on."""
    printer = Printer(
        model=fields.text("model", max_length=100),
        firmware_profile=fields.matching(
            "firmware_profile", r"[a-z0-9][a-z0-9.-]{0,63}", "the name of a firmware profile"
        ),
        nozzle_mm=fields.number("nozzle_mm", minimum=0.1, maximum=1.2, unit="mm"),
        plate=fields.text("plate", max_length=100),
    )
    fields.close()
    return printer


def read_validated_with(fields: Fields) -> ValidatedWith:
    """Versions of software and equipment of the validated process."""
    words = "a version range like >=1.11.8,<2"
    validated = ValidatedWith(
        slicer=fields.text("slicer", max_length=50),
        slicer_version=fields.matching("slicer_version", VERSION_RANGE, words),
        octoprint=fields.matching("octoprint", VERSION_RANGE, words),
        plugin=fields.matching("plugin", VERSION_RANGE, words),
        controller=fields.matching("controller", VERSION_RANGE, words),
        post_processing_equipment=fields.texts("post_processing_equipment", most=50),
    )
    fields.close()
    return validated


def read_window(fields: Fields) -> ProcessWindow:
    """What the body of a job may contain."""
    window = ProcessWindow(
        commands=_commands(fields),
        relative_extrusion=fields.boolean("relative_extrusion"),
        layer_height_mm=fields.number("layer_height_mm", minimum=0.03, maximum=1, unit="mm"),
        first_layer_height_mm=fields.number(
            "first_layer_height_mm", minimum=0.03, maximum=1, unit="mm"
        ),
        temperatures=fields.objects("temperatures", _temperature_rule, least=1, most=20),
        nozzle_c=fields.range("nozzle_c", minimum=100, maximum=NOZZLE_C, unit="°C"),
        bed_c=fields.range("bed_c", minimum=0, maximum=BED_C, unit="°C"),
        excursion_s=fields.number("excursion_s", minimum=0, maximum=60, unit="s"),
        features=fields.objects("features", _feature, least=1, most=len(FeatureClass)),
        travel_speed_mm_s=_speed(fields, "travel_speed_mm_s"),
        retraction=_retraction(fields.child("retraction")),
        z_hop_mm=fields.number("z_hop_mm", minimum=0, maximum=5, unit="mm"),
        fan=fields.objects("fan", _fan_rule, least=1, most=20),
        accelerations_mm_s2=_integers(fields, "accelerations_mm_s2", 1, 20_000, most=20),
        outside_model_mm=fields.number("outside_model_mm", minimum=0, maximum=10, unit="mm"),
        layer_volume_ratio=fields.range("layer_volume_ratio", minimum=0.01, maximum=3),
        total_filament_mm=fields.range(
            "total_filament_mm", minimum=1, maximum=1_000_000, unit="mm"
        ),
        print_time_s=fields.range("print_time_s", minimum=1, maximum=7 * DAY_S, unit="s"),
        lines_at_most=fields.integer("lines_at_most", minimum=1, maximum=5_000_000),
    )
    fields.close()
    return window


def _commands(fields: Fields) -> tuple[str, ...]:
    commands = fields.texts("commands", least=1, most=len(ALLOWED_COMMANDS))
    for command in commands:
        if command not in ALLOWED_COMMANDS:
            raise fields.fault(
                "commands", repr(command[:40]), f"only: {', '.join(ALLOWED_COMMANDS)}"
            )
    if len(set(commands)) != len(commands):
        raise fields.fault("commands", ", ".join(commands), "each command once")
    return commands


def _temperature_rule(fields: Fields) -> TemperatureRule:
    return TemperatureRule(
        from_layer=fields.integer("from_layer", minimum=0, maximum=100_000),
        nozzle_c=fields.number("nozzle_c", minimum=150, maximum=NOZZLE_C, unit="°C"),
        bed_c=fields.number("bed_c", minimum=0, maximum=BED_C, unit="°C"),
    )


def _fan_rule(fields: Fields) -> FanRule:
    return FanRule(
        from_layer=fields.integer("from_layer", minimum=0, maximum=100_000),
        values=_integers(fields, "values", 0, 255, most=256),
    )


def _integers(
    fields: Fields, key: str, minimum: int, maximum: int, *, most: int
) -> tuple[int, ...]:
    found: list[int] = []
    for path, item in fields.items(key, least=1, most=most):
        place = path.removeprefix(f"{fields.path}.")
        if isinstance(item, bool) or not isinstance(item, int):
            raise fields.fault(place, repr(item)[:80], "a whole number")
        if not minimum <= item <= maximum:
            raise fields.fault(place, str(item), f"{minimum} to {maximum}")
        if item in found:
            raise fields.fault(place, f"{item} twice", "each value once")
        found.append(item)
    return tuple(found)


def _speed(fields: Fields, key: str) -> Range:
    return fields.range(key, minimum=0.1, maximum=SPEED_MM_S, unit="mm/s")


def _feature(fields: Fields) -> FeatureWindow:
    return FeatureWindow(
        feature=fields.choice("feature", FeatureClass),
        flow_mm3_per_mm=fields.range("flow_mm3_per_mm", minimum=0.001, maximum=2, unit="mm³/mm"),
        width_mm=fields.range("width_mm", minimum=0.05, maximum=3, unit="mm"),
        speed_mm_s=_speed(fields, "speed_mm_s"),
        minimum_segment_mm=fields.number("minimum_segment_mm", minimum=0, maximum=5, unit="mm"),
    )


def _retraction(fields: Fields) -> Retraction:
    retraction = Retraction(
        length_mm=fields.number("length_mm", minimum=0, maximum=10, unit="mm"),
        speed_mm_s=fields.number("speed_mm_s", minimum=0.1, maximum=150, unit="mm/s"),
        deretract_speed_mm_s=fields.number(
            "deretract_speed_mm_s", minimum=0.1, maximum=150, unit="mm/s"
        ),
    )
    fields.close()
    return retraction


def read_envelope(fields: Fields) -> DesignEnvelope:
    """What geometry may be built."""

    def size(key: str) -> Range:
        return fields.range(key, minimum=0.1, maximum=AXIS_MM, unit="mm")

    envelope = DesignEnvelope(
        size_x_mm=size("size_x_mm"),
        size_y_mm=size("size_y_mm"),
        size_z_mm=size("size_z_mm"),
        volume_cm3=fields.range("volume_cm3", minimum=0.001, maximum=100_000, unit="cm³"),
        bodies=fields.integer("bodies", minimum=1, maximum=100),
        placed_at_x_mm=fields.number("placed_at_x_mm", minimum=0, maximum=AXIS_MM, unit="mm"),
        placed_at_y_mm=fields.number("placed_at_y_mm", minimum=0, maximum=AXIS_MM, unit="mm"),
        quantity_per_plate=fields.integer("quantity_per_plate", minimum=1, maximum=100),
    )
    fields.close()
    return envelope


def read_variable(fields: Fields) -> Variable:
    """A value the site may pick: a choice of texts, or a number with limits and step."""
    kind = fields.matching("kind", "choice|number", "choice or number")
    name = fields.matching("name", r"[a-z][a-z0-9_]{0,47}", "a lower-case name")
    default = fields.text("default", max_length=200)
    unit = fields.text("unit", empty=True, max_length=20)
    affects = fields.text("affects", max_length=500)
    allowed: tuple[str, ...] = ()
    limits: Range | None = None
    step: float | None = None
    if kind == "choice":
        allowed = fields.texts("allowed", least=1, most=200)
        if len(set(allowed)) != len(allowed):
            raise fields.fault("allowed", ", ".join(allowed)[:200], "each text once")
    else:
        limits = fields.range("limits", minimum=-1e6, maximum=1e6, unit=unit)
        step = fields.number("step", minimum=1e-4, maximum=1e6, unit=unit)
    variable = Variable(
        name=name,
        kind=kind,
        allowed=allowed,
        limits=limits,
        step=step,
        unit=unit,
        default=default,
        affects=affects,
    )
    if not variable_allows(variable, default):
        raise fields.fault("default", repr(default[:80]), "a value that the variable allows")
    return variable


def variable_allows(variable: Variable, text: str) -> bool:
    """True if ``text`` is a value that the manufacturer signed for ``variable``.

    Numbers are written plainly (no exponent, at most four decimals) and lie on the grid that
    starts at the lower limit.
    """
    if variable.kind == "choice":
        return text in variable.allowed
    if variable.limits is None or variable.step is None:
        return False
    if re.fullmatch(NUMBER_TEXT, text) is None or not variable.limits.contains(float(text)):
        return False
    steps = (float(text) - variable.limits.minimum) / variable.step
    return math.isclose(steps, round(steps), abs_tol=1e-6)
