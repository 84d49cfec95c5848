"""Fields of a recipe that say how a device is made: material, printer, files, window, envelope."""

from __future__ import annotations

from ...recipes.document import FeatureClass, FileRole
from ...recipes.parse import FILE_NAME, MAX_FILE_BYTES
from ...recipes.parse_process import (
    ALLOWED_COMMANDS,
    AXIS_MM,
    BED_C,
    DAY_S,
    NOZZLE_C,
    SPEED_MM_S,
    VERSION_RANGE,
)
from .spec import (
    DIGEST,
    Change,
    Field,
    Group,
    limits,
    matching,
    members,
    nullable_part,
    number,
    one_of,
    short,
    subset,
    text,
    texts,
    truth,
    whole,
    wholes,
)

_MATERIAL = Group(
    clause="rows 24, 25",
    change=Change.ALWAYS,
    reason="Another material, grade or colour has other strength and other biology.",
)
_LOT = Group(
    clause="row 25",
    change=Change.ALWAYS,
    reason="Age and moisture of filament change strength and surface.",
)
_PRINTER = Group(
    clause="rows 25, 36",
    change=Change.ALWAYS,
    reason="Another machine, firmware, nozzle or plate is another process.",
)
_SOFTWARE = Group(
    clause="row 27; ISO 13485 4.1.6",
    change=Change.ALWAYS,
    reason="Software of the process is validated before its first use and after changes.",
)
_FILES = Group(
    clause="rows 9, 27",
    change=Change.ALWAYS,
    reason="Settings, code, model and instructions are the process itself.",
)
_WINDOW = Group(
    clause="rows 4, 5; ISO 13485 7.5.6",
    change=Change.ALWAYS,
    reason="A value of the validated process is another one.",
)
_BOUND = Group(
    clause="rows 4, 5; ISO 13485 7.5.6",
    change=Change.WIDER,
    reason="Inside what was validated nothing new is allowed; outside it something is.",
)
_ENVELOPE = Group(
    clause="rows 4, 8",
    change=Change.WIDER,
    reason="Tests bracket the envelope: what lies outside the old one was not tested.",
)
_PLACE = Group(
    clause="rows 4, 8",
    change=Change.ALWAYS,
    reason="Place, number and bodies on the plate change heat and time between layers.",
)
_VARIABLE = Group(
    clause="row 6",
    change=Change.WIDER,
    reason="The site may pick values that were not tested.",
)
_COMMANDS = tuple(ALLOWED_COMMANDS)

PROCESS: tuple[Field, ...] = (
    _MATERIAL.field("material.kind", text(50), "material", "Polymer, as lots are labelled."),
    _MATERIAL.field("material.manufacturer", text(200), "maker of the material", "Who makes it."),
    _MATERIAL.field("material.product", text(200), "product", "Trade name and grade."),
    _MATERIAL.field("material.colours", texts(1, 50), "colours", "Colours that may be used."),
    _MATERIAL.field(
        "material.diameter_mm", number(1, 3.5, "mm"), "filament diameter", "Nominal diameter."
    ),
    _MATERIAL.field(
        "material.density_g_cm3", number(0.5, 5, "g/cm³"), "density", "For the mass used."
    ),
    _MATERIAL.field(
        "material.is_medical_device",
        truth(),
        "material is a device",
        "Whether the material is itself sold as a medical device.",
    ),
    _MATERIAL.field(
        "material.intended_uses",
        texts(0, 50),
        "uses of the material",
        "Uses that its maker names; needed if it is a device.",
    ),
    _LOT.field(
        "material.lot_rules.certificate_required",
        truth(),
        "lot certificate",
        "Whether a lot needs a certificate.",
    ),
    _LOT.field(
        "material.lot_rules.opened_at_most_days",
        whole(1, 3650, "days"),
        "days after opening",
        "How long an opened spool may be used.",
    ),
    _LOT.field(
        "material.lot_rules.drying",
        nullable_part(),
        "drying",
        "How filament is dried; null if it is not.",
    ),
    _LOT.field(
        "material.lot_rules.drying.temperature_c",
        limits(30, 120, "°C"),
        "drying temperature",
        "Temperature of the dryer.",
    ),
    _LOT.field(
        "material.lot_rules.drying.minimum_h",
        number(0.5, 48, "h"),
        "drying time",
        "Least time in the dryer.",
    ),
    _LOT.field(
        "material.lot_rules.drying.use_within_h",
        number(1, 8760, "h"),
        "use after drying",
        "How long it stays dry.",
    ),
    _PRINTER.field("printer.model", text(100), "printer", "Model that was validated."),
    _PRINTER.field(
        "printer.firmware_profile",
        matching(r"[a-z0-9][a-z0-9.-]{0,63}"),
        "firmware",
        "Profile of the firmware, under firmware_profiles/.",
    ),
    _PRINTER.field(
        "printer.nozzle_mm", number(0.1, 1.2, "mm"), "nozzle", "Diameter of the nozzle."
    ),
    _PRINTER.field("printer.plate", text(100), "plate", "Build plate."),
    _SOFTWARE.field("validated_with.slicer", text(50), "slicer", "Name of the slicer."),
    *(
        _SOFTWARE.field(
            f"validated_with.{name}", matching(VERSION_RANGE), f"{label} version", meaning
        )
        for name, label, meaning in (
            ("slicer_version", "slicer", "Versions that were validated, like >=2.5.0,<2.6."),
            ("octoprint", "OctoPrint", "Versions that were validated."),
            ("plugin", "plugin", "Versions that were validated."),
            ("controller", "controller", "Versions that were validated."),
        )
    ),
    _SOFTWARE.field(
        "validated_with.post_processing_equipment",
        texts(0, 50),
        "equipment after printing",
        "Equipment that was validated.",
    ),
    _FILES.field("files[]", members(1, 100), "file", "Every file of the bundle, pinned."),
    _FILES.field(
        "files[].role", one_of(*(item.value for item in FileRole)), "role", "What it is for."
    ),
    _FILES.field("files[].name", matching(FILE_NAME), "name", "File name in the bundle."),
    _FILES.field("files[].sha256", {"type": "string", "pattern": DIGEST}, "content", "SHA-256."),
    _FILES.field("files[].size_bytes", whole(1, MAX_FILE_BYTES, "bytes"), "size", "Size."),
    _WINDOW.field(
        "window.commands", subset(_COMMANDS), "commands of a job", "Commands that a body may hold."
    ),
    _WINDOW.field(
        "window.relative_extrusion", truth(), "relative extrusion", "True: M83; false: M82."
    ),
    _WINDOW.field(
        "window.layer_height_mm", number(0.03, 1, "mm"), "layer height", "From layer 1 on, exact."
    ),
    _WINDOW.field(
        "window.first_layer_height_mm",
        number(0.03, 1, "mm"),
        "first layer height",
        "Of layer 0, exact.",
    ),
    _WINDOW.field(
        "window.temperatures[]", members(1, 20), "set temperatures", "Exact, from a layer on."
    ),
    _WINDOW.field(
        "window.temperatures[].from_layer", whole(0, 100_000), "from layer", "First such layer."
    ),
    _WINDOW.field(
        "window.temperatures[].nozzle_c", number(150, NOZZLE_C, "°C"), "nozzle", "Set temperature."
    ),
    _WINDOW.field("window.temperatures[].bed_c", number(0, BED_C, "°C"), "bed", "Set temperature."),
    _BOUND.field(
        "window.nozzle_c",
        limits(100, NOZZLE_C, "°C"),
        "nozzle while printing",
        "What the printer may report once the set value is reached.",
    ),
    _BOUND.field(
        "window.bed_c", limits(0, BED_C, "°C"), "bed while printing", "The same for the bed."
    ),
    _BOUND.field(
        "window.excursion_s",
        number(0, 60, "s"),
        "time outside temperature",
        "How long a report may be outside.",
    ),
    _WINDOW.field(
        "window.features[]", members(1, len(FeatureClass)), "printed lines", "Limits per class."
    ),
    _WINDOW.field(
        "window.features[].feature",
        one_of(*(item.value for item in FeatureClass)),
        "class of line",
        "First layer or body.",
    ),
    _BOUND.field(
        "window.features[].flow_mm3_per_mm",
        limits(0.001, 2, "mm³/mm"),
        "flow",
        "Volume of filament per millimetre of line.",
    ),
    _BOUND.field(
        "window.features[].width_mm", limits(0.05, 3, "mm"), "line width", "Follows from the flow."
    ),
    _BOUND.field(
        "window.features[].speed_mm_s",
        limits(0.1, SPEED_MM_S, "mm/s"),
        "printing speed",
        "Speed of printed lines.",
    ),
    _WINDOW.field(
        "window.features[].minimum_segment_mm",
        number(0, 5, "mm"),
        "shortest judged line",
        "Flow of shorter lines is judged by volume.",
    ),
    _BOUND.field(
        "window.travel_speed_mm_s",
        limits(0.1, SPEED_MM_S, "mm/s"),
        "travel speed",
        "Speed of moves that print nothing.",
    ),
    _WINDOW.field(
        "window.retraction.length_mm", number(0, 10, "mm"), "retraction", "Filament pulled back."
    ),
    _WINDOW.field(
        "window.retraction.speed_mm_s", number(0.1, 150, "mm/s"), "retraction speed", "Exact."
    ),
    _WINDOW.field(
        "window.retraction.deretract_speed_mm_s",
        number(0.1, 150, "mm/s"),
        "speed of giving back",
        "Exact.",
    ),
    _WINDOW.field("window.z_hop_mm", number(0, 5, "mm"), "lift on travel", "Exact; 0 for none."),
    _WINDOW.field("window.fan[]", members(1, 20), "fan", "Values allowed from a layer on."),
    _WINDOW.field("window.fan[].from_layer", whole(0, 100_000), "from layer", "First such layer."),
    _WINDOW.field(
        "window.fan[].values", wholes(1, 256, 0, 255, "of 255"), "fan values", "Values allowed."
    ),
    _WINDOW.field(
        "window.accelerations_mm_s2",
        wholes(1, 20, 1, 20_000, "mm/s²"),
        "accelerations",
        "Values that a job may set.",
    ),
    _BOUND.field(
        "window.outside_model_mm",
        number(0, 10, "mm"),
        "beside the model",
        "How far lines may lie outside the model in plan.",
    ),
    _BOUND.field(
        "window.layer_volume_ratio",
        limits(0.01, 3),
        "how full a layer is",
        "Printed volume of a layer over that of the model.",
    ),
    _BOUND.field(
        "window.total_filament_mm", limits(1, 1_000_000, "mm"), "filament of a job", "In all."
    ),
    _BOUND.field(
        "window.print_time_s",
        limits(1, 7 * DAY_S, "s"),
        "time of a job",
        "By distance and speed, without heating.",
    ),
    _BOUND.field("window.lines_at_most", whole(1, 5_000_000), "lines of a job", "In all."),
    *(
        _ENVELOPE.field(
            f"envelope.size_{axis}_mm",
            limits(0.1, AXIS_MM, "mm"),
            f"size along {axis.upper()}",
            "Box of the placed model.",
        )
        for axis in "xyz"
    ),
    _ENVELOPE.field(
        "envelope.volume_cm3", limits(0.001, 100_000, "cm³"), "volume", "Of the model."
    ),
    _PLACE.field("envelope.bodies", whole(1, 100), "separate bodies", "Exact."),
    *(
        _PLACE.field(
            f"envelope.placed_at_{axis}_mm",
            number(0, AXIS_MM, "mm"),
            f"place along {axis.upper()}",
            "Middle of the part on the plate.",
        )
        for axis in "xy"
    ),
    _PLACE.field("envelope.quantity_per_plate", whole(1, 100), "parts on a plate", "Exact."),
    _VARIABLE.field("variables[]", members(0, 50), "variable", "Values that the site may pick."),
    _VARIABLE.field(
        "variables[].name",
        matching(r"[a-z][a-z0-9_]{0,47}"),
        "variable",
        "Name in orders.",
        change=Change.ALWAYS,
    ),
    _VARIABLE.field(
        "variables[].kind",
        one_of("choice", "number"),
        "kind",
        "A choice of texts, or a number.",
        change=Change.ALWAYS,
    ),
    _VARIABLE.field(
        "variables[].allowed",
        {**texts(1, 200), "uniqueItems": True},
        "choices",
        "Texts to choose from; kind choice.",
    ),
    _VARIABLE.field(
        "variables[].limits",
        limits(-1e6, 1e6),
        "limits",
        "In the unit of the variable; kind number.",
    ),
    _VARIABLE.field(
        "variables[].step",
        number(1e-4, 1e6),
        "step",
        "Grid that begins at the lower limit; kind number.",
        change=Change.NONE,
        reason="Both ends of the range were tested; the step lies between them.",
    ),
    _VARIABLE.field(
        "variables[].unit", short(20), "unit", "Unit that people read.", change=Change.ALWAYS
    ),
    _VARIABLE.field(
        "variables[].default",
        text(200),
        "default",
        "Value where the order names none.",
        change=Change.NONE,
        reason="One of the values that were allowed before.",
    ),
    _VARIABLE.field(
        "variables[].affects",
        text(500),
        "what it changes",
        "envelope.size_x_mm, y or z binds that size to the value; else words.",
        change=Change.ALWAYS,
    ),
)
