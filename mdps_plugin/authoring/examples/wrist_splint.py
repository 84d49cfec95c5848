"""Example recipe: wrist splint, patient-matched by signed sizes and side, PLA, printed flat."""

from __future__ import annotations

from ..geometry import wrist_splint as shape
from ..settings import Process
from . import common, parts

PROCESS = Process(
    first_layer_nozzle_c=215,
    nozzle_c=215,
    bed_c=60,
    fan_percent=100,
    layer_mm=0.2,
    perimeters=3,
    infill_percent=100,
    infill_angle=45,
    highest_mm=shape.THICKNESS_MM,
)


def document() -> common.Document:
    """The recipe without its pinned files."""
    return {
        **common.shared(),
        "identity": common.identity("wrist-splint", 1, "Wrist splint"),
        "device": {
            **common.DEVICE,
            "description": "Flat plate with a thumb notch, in signed sizes, formed on the limb.",
            "generic_name": "wrist splint",
            "intended_use": (
                "Holds one wrist of the patient at rest after a clinician has measured it, "
                "chosen a size and a side, and formed the splint on the limb."
            ),
            "contraindications": [
                "Open wound under the splint",
                "Loss of feeling in the hand",
                "Swelling that still grows",
                "A fracture that is not yet stable",
            ],
            "users": ["hand therapists", "the patient"],
            "warnings": [
                "Not sterile.",
                "Keep below 50 °C: sun behind glass softens it.",
                "Take it off if the fingers turn pale or numb.",
            ],
        },
        "pathway": "patient_matched",
        "request_required": True,
        "material": common.PLA,
        "validated_with": {
            **common.VALIDATED_WITH,
            "post_processing_equipment": [
                "deburring knife",
                "caliper",
                "water bath",
                "thermometer",
            ],
        },
        "model_source": "order",
        # Measured on six sizes and sides: flow 0.0813 to 0.0817 mm³/mm, 0.999 to 1.002 of the
        # model's volume a layer, 6402 to 17 176 mm of filament, 4504 to 11 947 s.
        "window": common.window(
            PROCESS,
            flow=(0.0811, 0.0819),
            total_filament_mm=(6300, 17400),
            print_time_s=(4400, 12200),
            lines_at_most=20_000,
            layer_volume_ratio=(0.98, 1.02),
            outside_model_mm=0.1,
        ),
        "envelope": {
            **common.ONE_ON_THE_PLATE,
            "size_x_mm": common.limits(120, 180),
            "size_y_mm": common.limits(60, 100),
            "size_z_mm": common.limits(2.39, 2.41),
            "volume_cm3": common.limits(15, 42),
        },
        "variables": [
            {
                "name": "length_mm",
                "kind": "number",
                "limits": common.limits(120, 180),
                "step": 5,
                "unit": "mm",
                "default": "150",
                "affects": "envelope.size_x_mm",
            },
            {
                "name": "width_mm",
                "kind": "number",
                "limits": common.limits(60, 100),
                "step": 5,
                "unit": "mm",
                "default": "80",
                "affects": "envelope.size_y_mm",
            },
            {
                "name": "side",
                "kind": "choice",
                "allowed": ["right", "left"],
                "unit": "",
                "default": "right",
                "affects": "where the thumb notch lies; seen at inspection",
            },
            common.colour_variable(common.PLA),
        ],
        "post_processing": [
            parts.COOL_DOWN,
            parts.DEBURR,
            {
                "step_id": "form",
                "instruction": (
                    "Warm the blank in the bath, lay it over padding on the limb, hold it until "
                    "it is stiff. Never warm it on the skin."
                ),
                "readings": [
                    {
                        "name": "bath",
                        "unit": "°C",
                        "limits": common.limits(62, 68),
                        "gauge": "thermometer",
                    }
                ],
                "minimum_s": 60,
                "equipment": "water bath",
            },
            parts.CLEAN,
        ],
        "inspection": [
            parts.size("thickness", "Thickness", shape.THICKNESS_MM, 0.2),
            {
                "characteristic_id": "length-deviation",
                "name": "Deviation of the length from the order",
                "unit": "mm",
                "nominal": 0,
                "limits": common.limits(-1, 1),
                "gauge": "caliper",
                "key": True,
            },
            parts.visual("side", "The thumb notch lies on the side that was ordered"),
            parts.visual("fit", "A sheet of paper slides under every edge when worn"),
        ],
        "prerequisites": {**common.PREREQUISITES, "calibrations": ["caliper", "thermometer"]},
        "evidence": [
            parts.untested(
                "orthosis-fatigue",
                common.PLA,
                "wrist and hand orthoses, printed flat and formed",
                "Orthoses of PLA, printed flat and warmed, were fatigue tested.",
            )
        ],
        "essential_principles": parts.principles(
            parts.principle(
                "biological",
                True,
                "Long contact with intact skin: the site asks for a filament with evidence.",
                ("orthosis-fatigue",),
            ),
            parts.principle("infection", True, "One patient only; wiped with 70 % alcohol."),
            parts.principle("environment", True, "PLA softens above 55 °C: said on the label."),
            parts.principle(
                "energy", True, "A warm blank can burn: formed over padding, bath measured."
            ),
        ),
        "sources": [
            "Polymers 2023, 15:2737; Materials 2023, 16:6132: PLA and PETG orthoses (abstracts)",
            "Temperatures of PLA, bath and forming are illustrative; no source gave them",
            common.VALIDATION_NOTE,
            common.WINDOW_NOTE,
        ],
    }


EXAMPLE = common.Example(
    name="wrist-splint",
    process=PROCESS,
    document=document,
    mesh=shape.mesh,
    pinned_model=False,
)
