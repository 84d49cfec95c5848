"""Example recipe: finger splint, custom-made, PETG, geometry drawn for one patient."""

from __future__ import annotations

from ..geometry import finger_splint as shape
from ..settings import Process
from . import common, parts

PROCESS = Process(
    first_layer_nozzle_c=240,
    nozzle_c=235,
    bed_c=85,
    fan_percent=40,
    layer_mm=0.2,
    perimeters=3,
    infill_percent=100,
    infill_angle=45,
    highest_mm=60,
)


def document() -> common.Document:
    """The recipe without its pinned files."""
    return {
        **common.shared(),
        "schema": "mdps-recipe/1",
        "identity": common.identity("finger-splint", 1, "Finger splint"),
        "device": {
            **common.DEVICE,
            "description": "Open shell around one finger joint, drawn to the patient's measures.",
            "generic_name": "finger splint",
            "intended_use": (
                "Rests one finger joint of the patient named in the written request, "
                "under the care of the person who wrote it."
            ),
            "contraindications": [
                "Open wound under the splint",
                "Loss of feeling in the finger",
                "Swelling that still grows",
            ],
            "users": ["hand therapists", "the named patient"],
            "warnings": [
                "For exclusive use by the named patient.",
                "Not sterile.",
                "Take it off if the finger turns pale or numb.",
            ],
        },
        "pathway": "custom_made",
        "responsibility": "co_located_manufacturer",
        "need_justification": (
            "Splints on the market come in fixed sizes. They do not fit a finger whose joints "
            "differ in size after injury or disease."
        ),
        "request_required": True,
        "material": common.PETG,
        "model_source": "order",
        # Measured on five sizes: flow 0.0813 to 0.0815 mm³/mm, 0.992 to 0.994 of the model's volume
        # a layer; other wall thicknesses leave a thin gap or need a narrow line.
        "window": common.window(
            PROCESS,
            flow=(0.0810, 0.0840),
            total_filament_mm=(300, 9000),
            print_time_s=(200, 30_000),
            lines_at_most=300_000,
            layer_volume_ratio=(0.90, 1.06),
            outside_model_mm=0.1,
        ),
        "envelope": {
            **common.ONE_ON_THE_PLATE,
            "size_x_mm": common.limits(12, 40),
            "size_y_mm": common.limits(12, 40),
            "size_z_mm": common.limits(15, 60),
            "volume_cm3": common.limits(0.8, 20),
        },
        "variables": [
            {
                "name": "length_mm",
                "kind": "number",
                "limits": common.limits(15, 60),
                "step": 0.5,
                "unit": "mm",
                "default": "24",
                "affects": "envelope.size_z_mm",
            },
            common.colour_variable(common.PETG),
        ],
        "post_processing": [
            parts.COOL_DOWN,
            parts.DEBURR,
            {
                "step_id": "clean",
                "instruction": "Wipe all faces with 70 % alcohol and let it dry.",
                "readings": [],
                "minimum_s": 60,
                "equipment": None,
            },
        ],
        "inspection": [
            parts.size("wall", "Wall thickness", shape.WALL_MM, 0.25),
            {
                "characteristic_id": "length-deviation",
                "name": "Deviation of the length from the written request",
                "unit": "mm",
                "nominal": 0,
                "limits": common.limits(-0.5, 0.5),
                "gauge": "caliper",
                "key": True,
            },
            parts.visual("edges", "No sharp edge towards the skin"),
        ],
        "evidence": [
            parts.literature(
                "orthosis-reports",
                common.PETG,
                "shell orthoses of the hand",
                "Wrist and hand orthoses of PETG were bent to fracture and modelled.",
            )
        ],
        "essential_principles": parts.principles(
            parts.principle(
                "biological",
                True,
                "Long contact with intact skin: the site asks for a filament with evidence.",
                ("orthosis-reports",),
            ),
            parts.principle("infection", True, "One patient only; wiped with 70 % alcohol."),
            parts.principle("environment", True, "PETG softens above 70 °C."),
        ),
        "sources": [
            "Materials 2023, 16:6132; Materials 2020, 13:4091: PETG hand orthoses (abstracts)",
            "GliaX/Stethoscope e388c56: PETG at 240 °C, 0.2 mm layers, nozzle 0.4 mm",
            common.VALIDATION_NOTE,
            common.WINDOW_NOTE,
        ],
    }


EXAMPLE = common.Example(
    name="finger-splint",
    process=PROCESS,
    document=document,
    mesh=shape.mesh,
    pinned_model=False,
)
