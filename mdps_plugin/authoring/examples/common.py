"""What the example recipes share: manufacturer, printer, materials, rules, process windows.

Limits of a window are written next to what was measured on the sliced example (PrusaSlicer 2.5.0);
``tests/recipes/test_example_windows.py`` slices again and holds them against it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..settings import Process

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Example:
    """One shipped recipe: its document without files, its process, its geometry.

    ``pinned_model`` says that the bundle carries the geometry and the order none;
    ``signed_job`` that the bundle carries the whole job.
    """

    name: str
    process: Process
    document: Callable[[], Document]
    mesh: Callable[[], npt.NDArray[np.float64]]
    pinned_model: bool
    revision: int = 1
    signed_job: bool = False


def limits(minimum: float, maximum: float) -> dict[str, float]:
    """A closed range."""
    return {"minimum": minimum, "maximum": maximum}


def identity(recipe_id: str, revision: int, title: str) -> Document:
    """Identity of an example; five years, so that a clone of the project works for a while."""
    return {
        "recipe_id": recipe_id,
        "revision": revision,
        "title": title,
        "issued": "2026-11-01T00:00:00Z",
        "expires": "2031-11-01T00:00:00Z",
        "change_note": "First revision.",
        "example_only": True,
    }


MANUFACTURER: Document = {
    "name": "Example Device Works",
    "address": "1 Example Road, 00000 Example Town",
    "contact": "quality@example-device-works.invalid",
}

PRINTER: Document = {
    "model": "Example i3",
    "firmware_profile": "example-i3-marlin-2.1",
    "nozzle_mm": 0.4,
    "plate": "smooth PEI",
}

VALIDATED_WITH: Document = {
    "slicer": "prusa-slicer",
    "slicer_version": ">=2.5.0,<2.6",
    "octoprint": ">=1.11.8,<2.1",
    "plugin": ">=0.1,<1",
    "controller": ">=0.1,<1",
    "post_processing_equipment": ["deburring knife", "caliper"],
}

PREREQUISITES: Document = {
    "training": "mdps-operator",
    "calibrations": ["caliper"],
    "room_temperature_c": limits(18, 28),
    "room_humidity_percent": limits(20, 60),
    "oversight_certificate": None,
}

RETENTION: list[Document] = [
    {"rule": "IMDRF PMD/N58: 5 years from manufacture, not implantable", "years": 5},
    {"rule": "EU MDR Annex XIII 4: 10 years", "years": 10},
]

HOLD: Document = {"longest_s": 300, "total_s": 600, "count": 3}

VALIDATION_NOTE = (
    "The temperatures, speeds and limits are illustrative. They need the site's own validation."
)
WINDOW_NOTE = (
    "Process window: measured on the sliced example with PrusaSlicer 2.5.0, then widened by the "
    "margins listed in docs/recipe-format.md."
)

PLA: Document = {
    "kind": "PLA",
    "manufacturer": "Example Filament",
    "product": "PLA 1.75 mm",
    "colours": ["white", "blue"],
    "diameter_mm": 1.75,
    "density_g_cm3": 1.24,
    "is_medical_device": False,
    "intended_uses": [],
    "lot_rules": {
        "certificate_required": True,
        "opened_at_most_days": 90,
        "drying": {
            "temperature_c": limits(40, 50),
            "minimum_h": 4,
            "use_within_h": 336,
        },
    },
}

PETG: Document = {
    "kind": "PETG",
    "manufacturer": "Example Filament",
    "product": "PETG 1.75 mm",
    "colours": ["natural", "white"],
    "diameter_mm": 1.75,
    "density_g_cm3": 1.27,
    "is_medical_device": False,
    "intended_uses": [],
    "lot_rules": {
        "certificate_required": True,
        "opened_at_most_days": 90,
        "drying": {
            "temperature_c": limits(60, 70),
            "minimum_h": 4,
            "use_within_h": 168,
        },
    },
}


DEVICE: Document = {"single_use": False, "sterile": False}
ONE_ON_THE_PLATE: Document = {
    "bodies": 1,
    "placed_at_x_mm": 125,
    "placed_at_y_mm": 105,
    "quantity_per_plate": 1,
}


def shared() -> Document:
    """An example unless it says otherwise: class I, no implant, sliced, examined in full."""
    return {
        "schema": "mdps-recipe/2",
        "manufacturer": MANUFACTURER,
        "responsibility": "mdps_manufacturer",
        "classification": [
            {"jurisdiction": "EU", "device_class": "I", "rule": "MDR Annex VIII, rule 1"}
        ],
        "implantable": False,
        "registrations": [],
        "need_justification": None,
        "unmet_requirements": [],
        "gtin": None,
        "request_required": False,
        "printer": PRINTER,
        "validated_with": VALIDATED_WITH,
        "job_source": "slice",
        "files": [],
        "rings": ["A", "B", "C"],
        "hold": HOLD,
        "permit_valid_s": 1800,
        "prerequisites": PREREQUISITES,
        "retention": RETENTION,
    }


def colour_variable(material: Document) -> Document:
    """The colour, picked among those of the material."""
    colours = material["colours"]
    return {
        "name": "colour",
        "kind": "choice",
        "allowed": colours,
        "unit": "",
        "default": colours[0],
        "affects": "material.colours",
    }


def window(
    process: Process,
    *,
    flow: tuple[float, float],
    total_filament_mm: tuple[float, float],
    print_time_s: tuple[float, float],
    lines_at_most: int,
    layer_volume_ratio: tuple[float, float],
    outside_model_mm: float,
) -> Document:
    """The process window that belongs to ``settings_bytes(process)``.

    ``flow`` in mm³/mm holds for lines of at least 0.5 mm; the width in mm follows from it
    (w = flow / h + h (1 - pi/4)). Speeds in mm/s: the signed ones, and down to 15 where a layer
    is short.
    """
    spread = process.layer_mm * (1 - np.pi / 4)
    width = [round(value / process.layer_mm + spread, 4) for value in flow]
    temperatures = [
        {
            "from_layer": 0,
            "nozzle_c": process.first_layer_nozzle_c,
            "bed_c": process.bed_c,
        }
    ]
    if process.nozzle_c != process.first_layer_nozzle_c:
        temperatures.append({"from_layer": 1, "nozzle_c": process.nozzle_c, "bed_c": process.bed_c})

    def feature(name: str, fastest: float) -> Document:
        return {
            "feature": name,
            "flow_mm3_per_mm": limits(*flow),
            "width_mm": limits(round(width[0] - 0.0005, 4), round(width[1] + 0.0005, 4)),
            "speed_mm_s": limits(15, fastest),
            "minimum_segment_mm": 0.5,
        }

    return {
        "commands": ["G1", "G92", "M104", "M106", "M107"],
        "relative_extrusion": True,
        "layer_height_mm": process.layer_mm,
        "first_layer_height_mm": process.layer_mm,
        "temperatures": temperatures,
        "nozzle_c": limits(
            min(process.nozzle_c, process.first_layer_nozzle_c) - 10,
            max(process.nozzle_c, process.first_layer_nozzle_c) + 10,
        ),
        "bed_c": limits(process.bed_c - 5, process.bed_c + 5),
        "excursion_s": 10,
        "features": [feature("first_layer", 20), feature("body", 50)],
        "travel_speed_mm_s": limits(120, 120),
        "retraction": {"length_mm": 0.8, "speed_mm_s": 35, "deretract_speed_mm_s": 35},
        "z_hop_mm": 0,
        "fan": [
            {"from_layer": 0, "values": [0]},
            {"from_layer": 1, "values": [process.fan_value]},
        ],
        "accelerations_mm_s2": [800, 1000],
        "outside_model_mm": outside_model_mm,
        "layer_volume_ratio": limits(*layer_volume_ratio),
        "total_filament_mm": limits(*total_filament_mm),
        "print_time_s": limits(*print_time_s),
        "lines_at_most": lines_at_most,
    }
