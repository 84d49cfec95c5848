"""Finding kinds of the toolpath room against the model (ring C): ``TP-08x``, ``TP-10x``.

Checks nothing. The rest of the room's kinds are in codes.py, which says what a code promises.
"""

from __future__ import annotations

from .kinds import refuse

_MODEL = "IMDRF PMD/N58 (design envelope): the device is the ordered model"

# Against the model (ring C).
LAYER_MISSING = refuse(
    80,
    _MODEL,
    "A layer of the model is missing.",
    "{measured} layers",
    "{limit} layers, as high as the model",
)
LAYER_EXTRA = refuse(
    81,
    _MODEL,
    "This job has more layers than the model.",
    "{measured} layers",
    "{limit} layers, as high as the model",
)
BEYOND_MODEL = refuse(
    82,
    _MODEL,
    "A layer is larger than the model.",
    "{measured} mm beyond the model at {side}, layer {layer}",
    "at most {limit} mm",
)
SHORT_OF_MODEL = refuse(
    83,
    _MODEL,
    "A layer is smaller than the model.",
    "{measured} mm short of the model at {side}, layer {layer}",
    "at most {limit} mm",
)
LAYER_VOLUME = refuse(
    84,
    _MODEL,
    "A layer has too much or too little plastic.",
    "{measured} of the model's volume in layer {layer}",
    "{limit}",
)
SHIFTED = refuse(
    85,
    _MODEL,
    "This job lies beside the model.",
    "{measured} mm beside it",
    "at most {limit} mm",
)
OUTLINE_OFFSET = refuse(
    86,
    _MODEL,
    "The outline of this job is not as large as the model.",
    "walls {measured} mm inside the signed place, on average",
    "at most {limit} mm inside or outside",
)
OUTLINE_LEFT = refuse(
    87,
    _MODEL,
    "The walls do not follow the model.",
    "a wall along {measured} % of the outline",
    "at least {limit} %",
)

OUTSIDE_SECTION = refuse(
    88,
    _MODEL,
    "Plastic lies outside the model.",
    "{measured} mm outside at X {x} Y {y} mm, layer {layer}",
    "at most {limit} mm",
)

OUTLINE_BARE = refuse(
    89,
    _MODEL,
    "A piece of the outline has no wall.",
    "{measured} mm bare at X {x} Y {y} mm, layer {layer}",
    "at most {limit} mm, where the part is thick enough",
)

# The model against the toolpath, place by place (ring C).
VOID = refuse(
    100,
    _MODEL,
    "A place that must be solid is empty.",
    "{measured} mm wide at X {x} Y {y} mm, layer {layer}",
    "at most {limit} mm",
)
VOID_LASTING = refuse(
    101,
    _MODEL,
    "The same place is empty in three layers.",
    "{measured} mm wide at X {x} Y {y} mm, layer {layer}",
    "at most {limit} mm, deeper than the walls",
)
LINE_CUT = refuse(
    102,
    _MODEL,
    "A printed line ends before nothing.",
    "{measured} mm empty at X {x} Y {y} mm, layer {layer}",
    "at most {limit} mm",
)
INFILL_OPEN = refuse(
    103,
    _MODEL,
    "The infill is more open than signed.",
    "{measured} mm clear at X {x} Y {y} mm, layer {layer}",
    "at most {limit} mm",
)
BEAD_OUTSIDE = refuse(
    104,
    _MODEL,
    "A bead reaches out of the model.",
    "{measured} mm wide outside at X {x} Y {y} mm, layer {layer}",
    "at most {limit} mm",
)
NOT_COMPARABLE = refuse(
    105,
    _MODEL,
    "This model cannot be compared place by place.",
    "{measured}",
    "a part within 316 mm, with few cuts and lines",
    "Quality manager: use a smaller or coarser model.",
    "quality manager",
)
LAYER_SHIFTED = refuse(
    106,
    _MODEL,
    "A layer lies beside the model.",
    "{measured} mm beside it, layer {layer}",
    "at most {limit} mm",
)
SCALED = refuse(
    107,
    _MODEL,
    "This job has another size than the model.",
    "{percent} % larger, {measured} mm at the edge of the part",
    "at most {limit} mm there",
)
TURNED = refuse(
    108,
    _MODEL,
    "This job is turned against the model.",
    "{degrees} degrees, {measured} mm at the edge of the part",
    "at most {limit} mm there",
)
FLOW_UNEVEN = refuse(
    109,
    _MODEL,
    "A line has another flow than the run it belongs to.",
    "{measured} of its run at line {line}, layer {layer}",
    "{limit}",
)
FLOW_NOT_NOMINAL = refuse(
    110,
    _MODEL,
    "A line has more or less plastic than its width asks for.",
    "{measured} of the signed width's flow at line {line}, layer {layer}",
    "{limit}",
)
END_ASTRAY = refuse(
    111,
    _MODEL,
    "A run of lines ends where none may end.",
    "{measured} mm deep at X {x} Y {y} mm, layer {layer}",
    "{limit}",
)
WALL_ASTRAY = refuse(
    112,
    _MODEL,
    "A wall runs where the model asks for none.",
    "{measured} mm deep at X {x} Y {y} mm, layer {layer}",
    "{limit}",
)
WALLS_BESIDE = refuse(
    113,
    _MODEL,
    "The walls of this job lie beside the model.",
    "{measured} mm beside it, on average",
    "at most {limit} mm",
)
PRINTED_TWICE = refuse(
    114,
    _MODEL,
    "A layer, or part of it, is printed twice.",
    "{measured} times what beads side by side would hold, layer {layer}",
    "at most {limit} times",
)
SETTINGS_UNREAD = refuse(
    115,
    _MODEL,
    "The signed slicer settings cannot be read.",
    "{measured}",
    "{limit}",
    "Quality manager: sign settings that are a plain list.",
    "quality manager",
)

# One body of several on the plate.
BODY_SHIFTED = refuse(
    120,
    _MODEL,
    "One part of the plate lies beside its place.",
    "{measured} mm beside it, the part around X {x} Y {y} mm",
    "at most {limit} mm",
)
BODY_SCALED = refuse(
    121,
    _MODEL,
    "One part of the plate has another size than its model.",
    "{percent} % larger, the part around X {x} Y {y} mm",
    "at most {limit} mm at its edge",
)
BODY_TURNED = refuse(
    122,
    _MODEL,
    "One part of the plate is turned against its model.",
    "{degrees} degrees, the part around X {x} Y {y} mm",
    "at most {limit} mm at its edge",
)

BESIDES_PART = refuse(
    123,
    _MODEL,
    "This recipe prints more than the part, which ring C cannot judge.",
    "{path} = {measured}",
    "{path} = {limit}, or a recipe with rings A and B only",
    "Quality manager: sign a recipe without it, or without ring C.",
    "quality manager",
)

# Supports (ring C).
SUPPORT_TOUCHES = refuse(
    124,
    _MODEL,
    "A support, or plastic beside the part, is too near it.",
    "{measured} mm to the part, X {x} Y {y} mm, layer {layer}",
    "at least {limit} mm, beside the part and in the clear layers",
)
SUPPORT_ASTRAY = refuse(
    125,
    _MODEL,
    "Plastic lies beside the part where nothing needs a support.",
    "{measured} mm wide at X {x} Y {y} mm, layer {layer}",
    "at most {limit} mm, outside the shadow of an overhang",
)
SUPPORT_LACKS = refuse(
    126,
    _MODEL,
    "An overhang has no support below it.",
    "{measured} mm wide at X {x} Y {y} mm, layer {layer}",
    "at most {limit} mm further from a line than signed",
)
SUPPORT_CROWDED = refuse(
    127,
    _MODEL,
    "A support is filled more than signed.",
    "plastic {measured} mm wide at X {x} Y {y} mm, layer {layer}",
    "at most {limit} mm without room between lines",
)
