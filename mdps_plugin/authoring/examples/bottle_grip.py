"""Example recipe: bottle grip, made by a health institution, PETG, fixed geometry, sliced."""

from __future__ import annotations

from ..geometry import bottle_grip as shape
from ..settings import Process
from . import common, parts

PROCESS = Process(
    first_layer_nozzle_c=240,
    nozzle_c=240,
    bed_c=85,
    fan_percent=40,
    layer_mm=0.3,
    perimeters=2,
    infill_percent=100,
    infill_angle=45,
    highest_mm=shape.HEIGHT_MM,
)


def document() -> common.Document:
    """The recipe without its pinned files."""
    return {
        **common.shared(),
        "schema": "mdps-recipe/1",
        "identity": common.identity("bottle-grip", 1, "Bottle grip"),
        "manufacturer": {
            "name": "Example Hospital",
            "address": "2 Example Street, 00000 Example Town",
            "contact": "devices@example-hospital.invalid",
        },
        "device": {
            **common.DEVICE,
            "description": "Lobed ring, 46 mm by 41 mm by 6 mm, with a conical opening.",
            "generic_name": "bottle grip",
            "intended_use": (
                "Slipped over the cap of a medicine bottle, it lets a patient with weak hands "
                "turn the cap."
            ),
            "contraindications": [
                "Caps that are child-resistant on purpose, in homes with children",
                "Caps wider than 29 mm or narrower than 26 mm",
            ],
            "users": ["patients of this institution", "occupational therapists"],
            "warnings": ["Not sterile.", "Keep out of reach of children."],
        },
        "pathway": "health_institution",
        "responsibility": "health_institution",
        "need_justification": (
            "Openers on the market did not hold the caps that the pharmacy of this institution "
            "gives out. The site repeats the search for such a device every year."
        ),
        "unmet_requirements": [
            {
                "requirement": "Long-term strength under repeated torque",
                "grounds": (
                    "Not tested. If the ring breaks, the patient asks for a new one; no harm "
                    "was identified."
                ),
            }
        ],
        "request_required": True,
        "material": common.PETG,
        "model_source": "pinned",
        # Measured on the model: flow 0.1156 to 0.1163 mm³/mm, 0.995 to 1.011 of the model's volume
        # a layer, 1980.6 mm of filament, 1021.6 s by distance and speed, 14 576 lines.
        "window": common.window(
            PROCESS,
            flow=(0.1154, 0.1166),
            total_filament_mm=(1961, 2000),
            print_time_s=(1001, 1042),
            lines_at_most=15_000,
            layer_volume_ratio=(0.98, 1.03),
            outside_model_mm=0.1,
        ),
        "envelope": {
            **common.ONE_ON_THE_PLATE,
            "size_x_mm": common.limits(45.9, 46.1),
            "size_y_mm": common.limits(41.3, 41.5),
            "size_z_mm": common.limits(5.99, 6.01),
            "volume_cm3": common.limits(4.7, 4.8),
        },
        "variables": [common.colour_variable(common.PETG)],
        "post_processing": [parts.COOL_DOWN, parts.DEBURR],
        "inspection": [
            parts.size("opening-wide", "Wide opening", shape.CAP_LOW_MM, 0.3),
            parts.size("height", "Height", shape.HEIGHT_MM, 0.2, key=False),
            parts.visual("turns-cap", "Turns the sample cap without slipping"),
            parts.visual("edges", "No sharp edge, no loose string"),
        ],
        "evidence": [
            parts.literature(
                "own-design",
                common.PETG,
                "this ring",
                "Own design; the settings follow public PETG parameters.",
            )
        ],
        "essential_principles": parts.principles(
            parts.principle("biological", True, "Short contact with intact skin of the hand."),
            parts.principle("infection", True, "One patient only; washed with soap."),
            parts.principle("environment", True, "PETG softens above 70 °C: no dishwasher."),
            parts.principle("energy", False, "Moved by hand only."),
        ),
        "sources": [
            "GliaX/Stethoscope e388c56: PETG at 240 °C, bed 85 °C, nozzle 0.4 mm",
            "MDCG 2023-1: what a health institution must justify (EU MDR 5(5))",
            common.VALIDATION_NOTE,
            common.WINDOW_NOTE,
        ],
    }


EXAMPLE = common.Example(
    name="bottle-grip",
    process=PROCESS,
    document=document,
    mesh=shape.mesh,
    pinned_model=True,
)
