"""Example recipe: finger splint, custom-made, PETG, geometry drawn for one patient."""

from __future__ import annotations

from ..geometry import finger_splint as shape
from ..settings import Process
from . import common

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
        "schema": "mdps-recipe/1",
        "identity": common.identity("finger-splint", 1, "Finger splint"),
        "manufacturer": common.MANUFACTURER,
        "device": {
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
            "single_use": False,
            "sterile": False,
            "warnings": [
                "For exclusive use by the named patient.",
                "Not sterile.",
                "Take it off if the finger turns pale or numb.",
            ],
        },
        "pathway": "custom_made",
        "responsibility": "co_located_manufacturer",
        "classification": [
            {"jurisdiction": "EU", "device_class": "I", "rule": "MDR Annex VIII, rule 1"},
        ],
        "implantable": False,
        "registrations": [],
        "need_justification": (
            "Splints on the market come in fixed sizes. They do not fit a finger whose joints "
            "differ in size after injury or disease."
        ),
        "unmet_requirements": [],
        "gtin": None,
        "request_required": True,
        "material": common.PETG,
        "printer": common.PRINTER,
        "validated_with": common.VALIDATED_WITH,
        "model_source": "order",
        "job_source": "slice",
        "files": [],
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
            "size_x_mm": common.limits(12, 40),
            "size_y_mm": common.limits(12, 40),
            "size_z_mm": common.limits(15, 60),
            "volume_cm3": common.limits(0.8, 20),
            "bodies": 1,
            "placed_at_x_mm": 125,
            "placed_at_y_mm": 105,
            "quantity_per_plate": 1,
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
        "rings": ["A", "B", "C"],
        "hold": common.HOLD,
        "permit_valid_s": 1800,
        "post_processing": [
            common.COOL_DOWN,
            common.DEBURR,
            {
                "step_id": "clean",
                "instruction": "Wipe all faces with 70 % alcohol and let it dry.",
                "readings": [],
                "minimum_s": 60,
                "equipment": None,
            },
        ],
        "inspection": [
            common.size("wall", "Wall thickness", shape.WALL_MM, 0.25),
            {
                "characteristic_id": "length-deviation",
                "name": "Deviation of the length from the written request",
                "unit": "mm",
                "nominal": 0,
                "limits": common.limits(-0.5, 0.5),
                "gauge": "caliper",
                "key": True,
            },
            common.visual("edges", "No sharp edge towards the skin"),
        ],
        "prerequisites": common.PREREQUISITES,
        "evidence": [
            common.literature(
                "orthosis-reports",
                common.PETG,
                "shell orthoses of the hand",
                "Wrist and hand orthoses of PETG were bent to fracture and modelled.",
            )
        ],
        "essential_principles": [
            common.principle(
                "biological",
                True,
                "Long contact with intact skin: the site asks for a filament with evidence.",
                ("orthosis-reports",),
            ),
            common.principle("infection", True, "One patient only; wiped with 70 % alcohol."),
            common.principle("sterilization", False, "Not sterile, not used where it must be."),
            common.principle("environment", True, "PETG softens above 70 °C."),
            common.principle("radiation", False, "Not used under radiation."),
            common.principle("energy", False, "Holds no energy."),
            common.principle("information", True, "Instructions for use in the bundle."),
        ],
        "retention": common.RETENTION,
        "sources": [
            "Materials 2023, 16:6132; Materials 2020, 13:4091: PETG hand orthoses (abstracts)",
            "GliaX/Stethoscope e388c56: PETG at 240 °C, 0.2 mm layers, nozzle 0.4 mm",
            common.VALIDATION_NOTE,
            common.WINDOW_NOTE,
        ],
    }


EXAMPLE = common.Example(
    name="finger-splint",
    revision=1,
    process=PROCESS,
    document=document,
    mesh=shape.mesh,
    pinned_model=False,
    signed_job=False,
)
