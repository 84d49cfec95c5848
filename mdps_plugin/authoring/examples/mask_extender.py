"""Example recipe: mask extender, adaptable, PLA, fixed geometry, job signed by the manufacturer.

The job is part of the bundle, so that it can be built where no slicer is installed.
"""

from __future__ import annotations

from ..geometry import mask_extender as shape
from ..settings import Process
from . import common, parts

PROCESS = Process(
    first_layer_nozzle_c=215,
    nozzle_c=210,
    bed_c=60,
    fan_percent=100,
    layer_mm=0.2,
    perimeters=2,
    infill_percent=100,
    infill_angle=0,
    highest_mm=shape.THICKNESS_MM,
)


def document() -> common.Document:
    """The recipe without its pinned files."""
    return {
        **common.shared(),
        "schema": "mdps-recipe/1",
        "identity": common.identity("mask-extender", 1, "Mask extender"),
        "device": {
            **common.DEVICE,
            "description": "Flat strap, 120 mm by 20 mm, with four pairs of notches.",
            "generic_name": "mask extender",
            "intended_use": (
                "Holds the ear loops of a face mask behind the head, over hair or a cap, "
                "to take their pull off the ears."
            ),
            "contraindications": [
                "Broken skin where the strap lies",
                "Respirators whose fit was tested without the strap",
            ],
            "users": ["health care staff", "patients who wear a mask"],
            "warnings": ["Not sterile.", "Keep away from heat above 50 °C."],
        },
        "pathway": "adaptable",
        "registrations": [
            {"authority": "EUDAMED", "kind": "device", "number": None},
        ],
        "material": common.PLA,
        "model_source": "pinned",
        "job_source": "signed_gcode",
        # Measured on the signed job: flow 0.0814 to 0.0820 mm³/mm, 1.006 to 1.008 of the model's
        # volume a layer, 1129.1 mm of filament, 916.0 s by distance and speed, 3641 lines.
        "window": common.window(
            PROCESS,
            flow=(0.0812, 0.0822),
            total_filament_mm=(1118, 1140),
            print_time_s=(898, 934),
            lines_at_most=3700,
            layer_volume_ratio=(0.99, 1.02),
            outside_model_mm=0.1,
        ),
        "envelope": {
            **common.ONE_ON_THE_PLATE,
            "size_x_mm": common.limits(119.99, 120.01),
            "size_y_mm": common.limits(19.99, 20.01),
            "size_z_mm": common.limits(1.19, 1.21),
            "volume_cm3": common.limits(2.69, 2.71),
        },
        "variables": [common.colour_variable(common.PLA)],
        "rings": ["A", "C"],
        "post_processing": [
            parts.COOL_DOWN,
            parts.DEBURR,
            {
                "step_id": "fit-notches",
                "instruction": (
                    "Hook an ear loop into each notch and pull gently. "
                    "Choose the pair of notches that fits the wearer."
                ),
                "readings": [
                    {
                        "name": "notches that hold",
                        "unit": "notches",
                        "limits": common.limits(8, 8),
                        "gauge": "by hand",
                    }
                ],
                "minimum_s": 0,
                "equipment": None,
            },
        ],
        "inspection": [
            parts.size("length", "Length", shape.LENGTH_MM, 0.6),
            parts.size("width", "Width", shape.WIDTH_MM, 0.4),
            parts.size("thickness", "Thickness", shape.THICKNESS_MM, 0.15),
            parts.visual("edges", "No sharp edge, no loose string"),
        ],
        "evidence": [
            parts.literature(
                "mask-extender-reports",
                common.PLA,
                "straps of about this size",
                "Hospitals printed mask extenders in PLA on desktop printers in 2020.",
            )
        ],
        "essential_principles": parts.principles(
            parts.principle(
                "biological",
                True,
                "Lies on hair or a cap; short contact with intact skin. The site judges the "
                "filament by its certificate.",
                ("mask-extender-reports",),
            ),
            parts.principle("infection", True, "Kept by one person; wiped between uses."),
            parts.principle("environment", True, "PLA softens above 50 °C: stated as a warning."),
            parts.principle("radiation", False, "Emits none and is not used near any."),
            parts.principle("energy", False, "Holds no energy but the pull of the loops."),
        ),
        "sources": [
            "3D Printing in Medicine 2020, 00080-7: mask extenders in PLA, at most 7 a plate",
            common.VALIDATION_NOTE,
            common.WINDOW_NOTE,
        ],
    }


EXAMPLE = common.Example(
    name="mask-extender",
    process=PROCESS,
    document=document,
    mesh=shape.mesh,
    pinned_model=True,
    signed_job=True,
)
