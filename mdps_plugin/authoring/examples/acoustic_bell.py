"""Example recipe: acoustic bell like that of a stethoscope, PETG, fixed geometry, 100 % infill."""

from __future__ import annotations

from ..geometry import acoustic_bell as shape
from ..settings import Process
from . import common, parts

PROCESS = Process(
    first_layer_nozzle_c=240,
    nozzle_c=240,
    bed_c=80,
    fan_percent=60,
    layer_mm=0.2,
    perimeters=3,
    infill_percent=100,
    infill_angle=45,
    highest_mm=shape.HEIGHT_MM,
    more={"bottom_solid_layers": "4", "top_solid_layers": "6"},
)


def document() -> common.Document:
    """The recipe without its pinned files."""
    return {
        **common.shared(),
        "identity": common.identity("acoustic-bell", 1, "Acoustic bell"),
        "device": {
            **common.DEVICE,
            "description": "Solid head, 30 mm wide and 6 mm high, with a cone and a bore of 6 mm.",
            "generic_name": "stethoscope head",
            "intended_use": (
                "Gathers heart and breath sounds from the skin into a tube of a stethoscope. "
                "Air left inside by missing infill would damp the sound."
            ),
            "contraindications": [
                "Use as the only ground of a decision",
                "Broken skin under the head",
            ],
            "users": ["physicians", "nurses"],
            "warnings": [
                "Not sterile.",
                "Compare its sound with a known one before first use.",
            ],
        },
        "pathway": "adaptable",
        "material": common.PETG,
        "model_source": "pinned",
        # Measured on the model: flow 0.0813 to 0.0844 mm³/mm, 0.885 to 1.092 of the model's volume
        # a layer (the cone), 1360.6 mm of filament, 991.6 s, 30 377 lines.
        "window": common.window(
            PROCESS,
            flow=(0.0811, 0.085),
            total_filament_mm=(1347, 1374),
            print_time_s=(972, 1012),
            lines_at_most=31_000,
            layer_volume_ratio=(0.87, 1.11),
            outside_model_mm=0.1,
        ),
        "envelope": {
            **common.ONE_ON_THE_PLATE,
            "size_x_mm": common.limits(29.9, 30.1),
            "size_y_mm": common.limits(29.9, 30.1),
            "size_z_mm": common.limits(5.99, 6.01),
            "volume_cm3": common.limits(3.25, 3.29),
        },
        "variables": [common.colour_variable(common.PETG)],
        "post_processing": [
            parts.COOL_DOWN,
            parts.DEBURR,
            {
                "step_id": "clear-bore",
                "instruction": "Push the bore gauge through. It passes freely from both sides.",
                "readings": [],
                "minimum_s": 0,
                "equipment": "bore gauge",
            },
            parts.CLEAN,
        ],
        "inspection": [
            {
                "characteristic_id": "mass",
                "name": "Mass: shows infill that is missing",
                "unit": "g",
                "nominal": 4.15,
                "limits": common.limits(4.0, 4.3),
                "gauge": "scale",
                "key": True,
            },
            parts.size("outer", "Outer diameter", shape.OUTER_MM, 0.3, key=False),
            parts.size("bore", "Bore", shape.BORE_MM, 0.3),
            {
                "characteristic_id": "sound",
                "name": "Level against the reference head, worst band from 100 to 1000 Hz",
                "unit": "dB",
                "nominal": 0,
                "limits": common.limits(-3, 3),
                "gauge": "acoustic bench",
                "key": True,
            },
        ],
        "prerequisites": {
            **common.PREREQUISITES,
            "calibrations": ["caliper", "scale", "acoustic bench"],
        },
        "evidence": [
            parts.untested(
                "published-head",
                common.PETG,
                "a published head; this one is another shape",
                "A published head of ABS, 0.2 mm, 100 % infill, was measured on a water balloon.",
            )
        ],
        "essential_principles": parts.principles(
            parts.principle("biological", True, "Short contact with intact skin of many people."),
            parts.principle("infection", True, "Wiped with 70 % alcohol between two patients."),
            parts.principle("environment", True, "PETG softens above 70 °C: no autoclave."),
            parts.principle(
                "information",
                True,
                "A dull sound misleads: mass and sound of each head are measured.",
                ("published-head",),
            ),
        ),
        "sources": [
            "GliaX/Stethoscope e388c56: PETG, 0.2 mm, 3 perimeters, 4 and 6 solid layers, 100 %",
            "PLOS ONE 0193087: a head of ABS on another printer; its evidence does not cover PETG",
            common.VALIDATION_NOTE,
            common.WINDOW_NOTE,
        ],
    }


EXAMPLE = common.Example(
    name="acoustic-bell",
    process=PROCESS,
    document=document,
    mesh=shape.mesh,
    pinned_model=True,
)
