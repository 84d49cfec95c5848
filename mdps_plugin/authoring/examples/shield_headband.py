"""Example recipe: headband of a face shield, PETG, fixed geometry, layers of 0.3 mm."""

from __future__ import annotations

from ..geometry import shield_headband as shape
from ..settings import Process
from . import common

PROCESS = Process(
    first_layer_nozzle_c=240,
    nozzle_c=240,
    bed_c=85,
    fan_percent=40,
    layer_mm=0.3,
    perimeters=3,
    infill_percent=100,
    infill_angle=45,
    highest_mm=shape.HEIGHT_MM,
)


def document() -> common.Document:
    """The recipe without its pinned files."""
    return {
        "schema": "mdps-recipe/2",
        "identity": common.identity("shield-headband", 1, "Face shield headband"),
        "manufacturer": common.MANUFACTURER,
        "device": {
            "description": "Open band, 145 mm wide and 12 mm high, for a visor and a strap.",
            "generic_name": "face shield headband",
            "intended_use": (
                "Holds a clear visor before the face of staff, against splashes. "
                "It is no respirator and does not replace a mask."
            ),
            "contraindications": [
                "Protection against gas or aerosol",
                "Work with heat or sparks",
            ],
            "users": ["trained staff"],
            "single_use": False,
            "sterile": False,
            "warnings": [
                "Not sterile.",
                "Do not change print settings.",
                "Throw it away when it cracks.",
            ],
        },
        "pathway": "adaptable",
        "responsibility": "mdps_manufacturer",
        "classification": [
            {
                "jurisdiction": "EU",
                "device_class": "I",
                "rule": "MDR Annex VIII, rule 1, where it is a device; else EU 2016/425",
            },
        ],
        "implantable": False,
        "registrations": [],
        "need_justification": None,
        "unmet_requirements": [],
        "gtin": None,
        "request_required": False,
        "material": common.PETG,
        "printer": common.PRINTER,
        "validated_with": common.VALIDATED_WITH,
        "model_source": "pinned",
        "job_source": "slice",
        "files": [],
        # Measured on the model: flow 0.1156 to 0.1158 mm³/mm, 0.972 of the model's volume a layer,
        # 2866.6 mm of filament, 1692.6 s, 14 794 lines.
        "window": common.window(
            PROCESS,
            flow=(0.1154, 0.116),
            total_filament_mm=(2838, 2895),
            print_time_s=(1659, 1727),
            lines_at_most=15_100,
            layer_volume_ratio=(0.95, 1.0),
            outside_model_mm=0.1,
        ),
        "envelope": {
            "size_x_mm": common.limits(84.8, 85.1),
            "size_y_mm": common.limits(144.6, 144.9),
            "size_z_mm": common.limits(11.99, 12.01),
            "volume_cm3": common.limits(7.0, 7.2),
            "bodies": 1,
            "placed_at_x_mm": 125,
            "placed_at_y_mm": 105,
            "quantity_per_plate": 1,
        },
        "variables": [common.colour_variable(common.PETG)],
        "rings": ["A", "B", "C"],
        "hold": common.HOLD,
        "permit_valid_s": 1800,
        "post_processing": [
            common.COOL_DOWN,
            common.DEBURR,
            {
                "step_id": "disinfect",
                "instruction": "Lay it into 5000 ppm bleach, rinse with water, hang it to dry.",
                "readings": [],
                "minimum_s": 60,
                "equipment": None,
            },
        ],
        "inspection": [
            common.size("height", "Height of the band", shape.HEIGHT_MM, 0.3),
            common.size("wall", "Wall thickness", shape.WALL_MM, 0.25),
            common.visual("strap", "Holds a strap pulled with 20 N for 10 s"),
            common.visual("edges", "No sharp edge, no loose string"),
        ],
        "prerequisites": common.PREREQUISITES,
        "evidence": [
            common.untested(
                "published-headbands",
                common.PETG,
                "published headbands; this one is another shape",
                "Published headbands of PETG were worn; a copy with no infill was not tested.",
            )
        ],
        "essential_principles": [
            common.principle("biological", True, "Short contact with intact skin of the forehead."),
            common.principle("infection", True, "Disinfected before each use, for 1 min."),
            common.principle("sterilization", False, "Not sterile, not used where it must be."),
            common.principle("environment", True, "PETG softens above 70 °C: no autoclave."),
            common.principle("radiation", False, "Not used under radiation."),
            common.principle("energy", False, "Holds no energy."),
            common.principle("information", True, "Instructions for use in the bundle."),
        ],
        "retention": common.RETENTION,
        "sources": [
            "GliaX/faceshield 137cd3b: PETG, 0.3 mm, bleach of 5000 ppm for 1 min",
            "Prusa RC3 headband: PETG recommended; a fork with 0 % infill was never tested",
            common.VALIDATION_NOTE,
            common.WINDOW_NOTE,
        ],
    }


EXAMPLE = common.Example(
    name="shield-headband",
    revision=1,
    process=PROCESS,
    document=document,
    mesh=shape.mesh,
    pinned_model=True,
    signed_job=False,
)
