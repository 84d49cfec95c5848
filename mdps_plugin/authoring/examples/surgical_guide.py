"""Example recipe: drill guide, patient-matched, PETG; the default policy of a site denies it."""

from __future__ import annotations

from ..geometry import surgical_guide as shape
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
    highest_mm=30,
)


def document() -> common.Document:
    """The recipe without its pinned files."""
    return {
        "schema": "mdps-recipe/2",
        "identity": common.identity("surgical-guide", 1, "Drill guide"),
        "manufacturer": common.MANUFACTURER,
        "device": {
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
            "sterile": False,
            "warnings": [
                "Delivered not sterile.",
                "Sterilize with vaporized hydrogen peroxide, never with steam.",
                "One operation only.",
            ],
        },
        "pathway": "patient_matched",
        "responsibility": "mdps_manufacturer",
        "classification": [
            {
                "jurisdiction": "EU",
                "device_class": "IIa",
                "rule": "MDR Annex VIII, rule 6: surgically invasive, transient use",
            },
        ],
        "implantable": False,
        "registrations": [],
        "need_justification": None,
        "unmet_requirements": [],
        "gtin": None,
        "request_required": True,
        "material": common.PETG,
        "printer": common.PRINTER,
        "validated_with": common.VALIDATED_WITH,
        "model_source": "order",
        "job_source": "slice",
        "files": [],
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
            "size_x_mm": common.limits(23.9, 24.1),
            "size_y_mm": common.limits(23.9, 24.1),
            "size_z_mm": common.limits(6, 20),
            "volume_cm3": common.limits(1.2, 3),
            "bodies": 1,
            "placed_at_x_mm": 125,
            "placed_at_y_mm": 105,
            "quantity_per_plate": 1,
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
        "rings": ["A", "B", "C"],
        "hold": common.HOLD,
        "permit_valid_s": 1800,
        "post_processing": [
            common.COOL_DOWN,
            common.DEBURR,
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
            common.visual("particles", "No loose particle, no string in the bore"),
        ],
        "prerequisites": {
            **common.PREREQUISITES,
            "calibrations": ["caliper", "pin gauge"],
            "oversight_certificate": "surgical-guides",
        },
        "evidence": [
            common.untested(
                "guide-studies",
                common.PETG,
                "published guides; this one is another shape",
                (
                    "Guides of PETG were 0.09 mm off as printed and below 0.27 mm after hydrogen "
                    "peroxide; steam deformed most materials."
                ),
            )
        ],
        "essential_principles": [
            common.principle(
                "biological",
                True,
                "Contact with tissue for minutes: the site shows that residues are harmless.",
                ("guide-studies",),
            ),
            common.principle("infection", True, "Sterilized by the site before use; one use only."),
            common.principle(
                "sterilization",
                True,
                "Vaporized hydrogen peroxide only; steam deforms the guide.",
                ("guide-studies",),
            ),
            common.principle("environment", True, "Softens above 70 °C, also in a hot washer."),
            common.principle("radiation", False, "Not used under radiation."),
            common.principle(
                "energy", True, "A turning drill can shave the bore: one use, rinsed."
            ),
            common.principle("information", True, "Instructions for use in the bundle."),
        ],
        "retention": common.RETENTION,
        "sources": [
            "Open Dent J 13:410 and 3D print studies of guides after sterilization (abstracts)",
            "Studies conflict on plastics and steam; here steam is refused",
            common.VALIDATION_NOTE,
            common.WINDOW_NOTE,
        ],
    }


EXAMPLE = common.Example(
    name="surgical-guide",
    revision=1,
    process=PROCESS,
    document=document,
    mesh=shape.mesh,
    pinned_model=False,
    signed_job=False,
)
