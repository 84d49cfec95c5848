"""Example recipe: headband of a face shield, PETG, fixed geometry, layers of 0.3 mm."""

from __future__ import annotations

from ..geometry import shield_headband as shape
from ..settings import Process
from . import common, parts

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
        **common.shared(),
        "identity": common.identity("shield-headband", 1, "Face shield headband"),
        "device": {
            **common.DEVICE,
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
            "warnings": [
                "Not sterile.",
                "Do not change print settings.",
                "Throw it away when it cracks.",
            ],
        },
        "pathway": "adaptable",
        "classification": [
            {
                "jurisdiction": "EU",
                "device_class": "I",
                "rule": "MDR Annex VIII, rule 1, where it is a device; else EU 2016/425",
            },
        ],
        "material": common.PETG,
        "model_source": "pinned",
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
            **common.ONE_ON_THE_PLATE,
            "size_x_mm": common.limits(84.8, 85.1),
            "size_y_mm": common.limits(144.6, 144.9),
            "size_z_mm": common.limits(11.99, 12.01),
            "volume_cm3": common.limits(7.0, 7.2),
        },
        "variables": [common.colour_variable(common.PETG)],
        "post_processing": [
            parts.COOL_DOWN,
            parts.DEBURR,
            {
                "step_id": "disinfect",
                "instruction": "Lay it into 5000 ppm bleach, rinse with water, hang it to dry.",
                "readings": [],
                "minimum_s": 60,
                "equipment": None,
            },
        ],
        "inspection": [
            parts.size("height", "Height of the band", shape.HEIGHT_MM, 0.3),
            parts.size("wall", "Wall thickness", shape.WALL_MM, 0.25),
            parts.visual("strap", "Holds a strap pulled with 20 N for 10 s"),
            parts.visual("edges", "No sharp edge, no loose string"),
        ],
        "evidence": [
            parts.untested(
                "published-headbands",
                common.PETG,
                "published headbands; this one is another shape",
                "Published headbands of PETG were worn; a copy with no infill was not tested.",
            )
        ],
        "essential_principles": parts.principles(
            parts.principle("biological", True, "Short contact with intact skin of the forehead."),
            parts.principle("infection", True, "Disinfected before each use, for 1 min."),
            parts.principle("environment", True, "PETG softens above 70 °C: no autoclave."),
        ),
        "sources": [
            "GliaX/faceshield 137cd3b: PETG, 0.3 mm, bleach of 5000 ppm for 1 min",
            "Prusa RC3 headband: PETG recommended; a fork with 0 % infill was never tested",
            common.VALIDATION_NOTE,
            common.WINDOW_NOTE,
        ],
    }


EXAMPLE = common.Example(
    name="shield-headband",
    process=PROCESS,
    document=document,
    mesh=shape.mesh,
    pinned_model=True,
)
