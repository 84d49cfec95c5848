"""Example recipe: anatomical model, patient-matched, PETG, sliced from the ordered STL."""

from __future__ import annotations

from ..geometry import anatomical_model as shape
from ..settings import Process
from . import common, parts

PROCESS = Process(
    first_layer_nozzle_c=240,
    nozzle_c=240,
    bed_c=85,
    fan_percent=40,
    layer_mm=0.2,
    perimeters=2,
    infill_percent=20,
    infill_angle=45,
    highest_mm=200,
)


def document() -> common.Document:
    """The recipe without its pinned files."""
    return {
        **common.shared(),
        "schema": "mdps-recipe/1",
        "identity": common.identity("anatomical-model", 1, "Anatomical model"),
        "device": {
            **common.DEVICE,
            "description": "Model of one patient's anatomy, at scale 1.",
            "generic_name": "anatomical model",
            "intended_use": (
                "Shows the anatomy of one patient for planning and for explaining a procedure."
            ),
            "contraindications": [
                "Use in the sterile field",
                "Measurements finer than 1 mm",
            ],
            "users": ["surgeons", "radiologists", "patients being informed"],
            "warnings": ["Not sterile. Not for the sterile field."],
        },
        "pathway": "patient_matched",
        "registrations": [
            {"authority": "EUDAMED", "kind": "device", "number": None},
        ],
        "request_required": True,
        "material": common.PETG,
        "model_source": "order",
        # Measured on eleven shapes (domes, frames, plates, needles): flow 0.0812 to 0.0977 mm³/mm,
        # 0.22 to 1.07 of the model's volume a layer (20 % infill under closed skins).
        "window": common.window(
            PROCESS,
            flow=(0.0810, 0.1000),
            total_filament_mm=(80, 230_000),
            print_time_s=(60, 250_000),
            lines_at_most=2_000_000,
            layer_volume_ratio=(0.18, 1.12),
            outside_model_mm=0.1,
        ),
        "envelope": {
            "size_x_mm": common.limits(5, 200),
            "size_y_mm": common.limits(5, 180),
            "size_z_mm": common.limits(2, 200),
            "volume_cm3": common.limits(1, 500),
            "bodies": 1,
            "placed_at_x_mm": 125,
            "placed_at_y_mm": 110,
            "quantity_per_plate": 1,
        },
        "variables": [common.colour_variable(common.PETG)],
        "post_processing": [parts.COOL_DOWN, parts.DEBURR],
        "inspection": [
            {
                "characteristic_id": "landmark-distance-deviation",
                "name": "Largest deviation of three marked distances from the model file",
                "unit": "mm",
                "nominal": 0,
                "limits": common.limits(-1, 1),
                "gauge": "caliper",
                "key": True,
            },
            parts.visual("complete", "Complete, no gap, no loose string"),
            parts.visual("identified", "Label matches the order"),
        ],
        "evidence": [
            parts.literature(
                "accuracy-reports",
                common.PETG,
                "anatomical models; the limit of 1 mm",
                "Reported for material extrusion: all deviations below 1 mm, mean 0.26 mm.",
            )
        ],
        "essential_principles": parts.principles(
            parts.principle("biological", False, "Does not touch a patient in use."),
            parts.principle("infection", True, "Wiped with 70 % alcohol; not for sterile use."),
            parts.principle("sterilization", False, "Not sterile, stated as a warning."),
            parts.principle("environment", True, "PETG softens above 70 °C."),
            parts.principle(
                "information",
                True,
                "A wrong size misleads: scale 1, three distances measured on every model.",
                ("accuracy-reports",),
            ),
        ),
        "sources": [
            "PMC9156585: deviations of printed models, below 1 mm, mean 0.26 mm",
            "3D Printing in Medicine 2017, 0014-3: landing blocks for calipers",
            "GliaX/Stethoscope e388c56: PETG at 240 °C, 0.2 mm layers, nozzle 0.4 mm",
            common.VALIDATION_NOTE,
            common.WINDOW_NOTE,
        ],
    }


EXAMPLE = common.Example(
    name="anatomical-model",
    process=PROCESS,
    document=document,
    mesh=shape.mesh,
    pinned_model=False,
)
