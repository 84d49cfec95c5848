"""Example recipe: drill guide, patient-matched, PETG; the default policy of a site denies it."""

from __future__ import annotations

from ..geometry import surgical_guide as shape
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
    highest_mm=30,
)


def document() -> common.Document:
    """The recipe without its pinned files."""
    return {
        **common.shared(),
        "identity": common.identity("surgical-guide", 1, "Drill guide"),
        "device": {
            **common.DEVICE,
            "description": "Sleeve on a flange, drawn for one drill and one place on one patient.",
            "generic_name": "surgical drill guide",
            "intended_use": (
                "Guides one drill during one operation on the patient it was planned for. "
                "It is sterilized by the site, by vaporized hydrogen peroxide only."
            ),
            "contraindications": [
                "Steam sterilization: steam deformed most printed plastics",
                "Any patient but the one it was planned for",
            ],
            "users": ["surgeons"],
            "single_use": True,
            "warnings": [
                "Delivered not sterile.",
                "Sterilize with vaporized hydrogen peroxide, never with steam.",
                "One operation only.",
            ],
        },
        "pathway": "patient_matched",
        "classification": [
            {
                "jurisdiction": "EU",
                "device_class": "IIa",
                "rule": "MDR Annex VIII, rule 6: surgically invasive, transient use",
            },
        ],
        "request_required": True,
        "material": common.PETG,
        "model_source": "order",
        # Measured on three sizes: flow 0.0812 to 0.0839 mm³/mm, 0.987 to 1.029 of the model's
        # volume a layer, 612 to 1041 mm of filament, 495 to 1033 s.
        "window": common.window(
            PROCESS,
            flow=(0.081, 0.0845),
            total_filament_mm=(500, 2000),
            print_time_s=(400, 2500),
            lines_at_most=120_000,
            layer_volume_ratio=(0.96, 1.06),
            outside_model_mm=0.1,
        ),
        "envelope": {
            **common.ONE_ON_THE_PLATE,
            "size_x_mm": common.limits(23.9, 24.1),
            "size_y_mm": common.limits(23.9, 24.1),
            "size_z_mm": common.limits(6, 20),
            "volume_cm3": common.limits(1.2, 3),
        },
        "variables": [
            {
                "name": "height_mm",
                "kind": "number",
                "limits": common.limits(6, 20),
                "step": 0.2,
                "unit": "mm",
                "default": "9.6",
                "affects": "envelope.size_z_mm",
            },
            common.colour_variable(common.PETG),
        ],
        "post_processing": [
            parts.COOL_DOWN,
            parts.DEBURR,
            {
                "step_id": "wash",
                "instruction": "Wash, dry, look at it under a lens, pack it for the sterilizer.",
                "readings": [],
                "minimum_s": 300,
                "equipment": None,
            },
        ],
        "inspection": [
            {
                "characteristic_id": "bore-deviation",
                "name": "Deviation of the bore from the plan",
                "unit": "mm",
                "nominal": 0,
                "limits": common.limits(-0.1, 0.2),
                "gauge": "pin gauge",
                "key": True,
            },
            parts.visual("particles", "No loose particle, no string in the bore"),
        ],
        "prerequisites": {
            **common.PREREQUISITES,
            "calibrations": ["caliper", "pin gauge"],
            "oversight_certificate": "surgical-guides",
        },
        "evidence": [
            parts.untested(
                "guide-studies",
                common.PETG,
                "published guides; this one is another shape",
                (
                    "Guides of PETG were 0.09 mm off as printed and below 0.27 mm after hydrogen "
                    "peroxide; steam deformed most materials."
                ),
            )
        ],
        "essential_principles": parts.principles(
            parts.principle(
                "biological",
                True,
                "Contact with tissue for minutes: the site shows that residues are harmless.",
                ("guide-studies",),
            ),
            parts.principle("infection", True, "Sterilized by the site before use; one use only."),
            parts.principle(
                "sterilization",
                True,
                "Vaporized hydrogen peroxide only; steam deforms the guide.",
                ("guide-studies",),
            ),
            parts.principle("environment", True, "Softens above 70 °C, also in a hot washer."),
            parts.principle("energy", True, "A turning drill can shave the bore: one use, rinsed."),
        ),
        "sources": [
            "Open Dent J 13:410 and 3D print studies of guides after sterilization (abstracts)",
            "Studies conflict on plastics and steam; here steam is refused",
            common.VALIDATION_NOTE,
            common.WINDOW_NOTE,
        ],
    }


EXAMPLE = common.Example(
    name="surgical-guide",
    process=PROCESS,
    document=document,
    mesh=shape.mesh,
    pinned_model=False,
)
