"""Finding kinds of the toolpath room against the process window: ``TP-040`` to ``TP-070``.

TP-04x what the printer keeps (heat, fan, acceleration), from TP-050 motion and plastic. Checks
nothing, and says nothing of the model (codes_model.py). codes.py says what a code promises.
"""

from __future__ import annotations

from .kinds import refuse

_WINDOW = "ISO 13485 7.5.6; recipe: process window"

# What the printer keeps: heat, fan, acceleration.
NOZZLE_COMMAND = refuse(
    40,
    _WINDOW,
    "This job may not be printed.",
    "Nozzle set to {measured} °C at line {line}, layer {layer}.",
    "{limit} °C at this layer in this recipe.",
)
BED_COMMAND = refuse(
    41,
    _WINDOW,
    "This job may not be printed.",
    "Bed set to {measured} °C at line {line}, layer {layer}.",
    "{limit} °C at this layer in this recipe.",
)
NOZZLE_IN_FORCE = refuse(
    42,
    _WINDOW,
    "This job prints at a nozzle temperature that is not signed.",
    "{measured} °C in force at line {line}, layer {layer}",
    "{limit} °C at this layer",
)
BED_IN_FORCE = refuse(
    43,
    _WINDOW,
    "This job prints at a bed temperature that is not signed.",
    "{measured} °C in force at line {line}, layer {layer}",
    "{limit} °C at this layer",
)
FAN_COMMAND = refuse(
    44,
    _WINDOW,
    "The fan is set to a value that is not signed.",
    "fan {measured} at line {line}, layer {layer}",
    "{limit} at this layer, of 255",
)
FAN_IN_FORCE = refuse(
    45,
    _WINDOW,
    "This job prints with a fan value that is not signed.",
    "fan {measured} in force at line {line}, layer {layer}",
    "{limit} at this layer, of 255",
)
ACCELERATION = refuse(
    46,
    _WINDOW,
    "An acceleration is not signed.",
    "{measured} {unit} at line {line}",
    "{limit} {unit}",
)

# Motion.
NOTHING_PRINTED = refuse(
    50,
    _WINDOW,
    "This job prints nothing.",
    "no line that moves and extrudes",
    "a job that prints the part",
)
PLACE_UNKNOWN = refuse(
    51,
    _WINDOW,
    "This job extrudes from a place that is not known.",
    "no position before line {line}",
    "a travel move to the part first",
)
OFF_LAYER = refuse(
    52,
    _WINDOW,
    "This job extrudes between the layers.",
    "Z {measured} mm at line {line}",
    "{limit}",
)
LAYER_ORDER = refuse(
    53,
    _WINDOW,
    "The layers do not follow one another.",
    "layer {measured} after layer {limit}, at line {line}",
    "each layer once, from 0, without a gap",
)
Z_TARGET = refuse(
    54,
    _WINDOW,
    "The nozzle is moved to a height that is not signed.",
    "Z {measured} mm at line {line}, layer {layer}",
    "{limit}",
)
Z_DOWN = refuse(
    55,
    _WINDOW,
    "The nozzle is moved down onto the part.",
    "from Z {measured} mm to Z {limit} mm at line {line}",
    "down only from a lift of {hop} mm, straight",
)
Z_WHILE_EXTRUDING = refuse(
    56,
    _WINDOW,
    "Filament moves while the height changes.",
    "Z and E change together at line {line}",
    "filament only at constant height",
)
EXTRUSION_SPEED = refuse(
    57,
    _WINDOW,
    "A printing speed is outside the recipe.",
    "{measured} {unit} at line {line}, layer {layer}",
    "{limit} {unit}",
)
TRAVEL_SPEED = refuse(
    58,
    _WINDOW,
    "A travel speed is outside the recipe.",
    "{measured} {unit} at line {line}, layer {layer}",
    "{limit} {unit}",
)
RETRACTION_LENGTH = refuse(
    59,
    _WINDOW,
    "Filament is pulled back or given by a length not signed.",
    "{measured} {unit} at line {line}, layer {layer}",
    "{limit}",
)
RETRACTION_ORDER = refuse(
    60,
    _WINDOW,
    "Filament is pulled back or given twice in a row.",
    "{measured} {unit} again at line {line}",
    "pull back once, give back once",
)
RETRACTION_SPEED = refuse(
    61,
    _WINDOW,
    "Filament is pulled back or given at a speed not signed.",
    "{measured} {unit} at line {line}",
    "{limit} {unit}",
)
EXTRUDES_RETRACTED = refuse(
    62,
    _WINDOW,
    "This job prints while filament is pulled back.",
    "extrusion at line {line}, layer {layer}",
    "filament given back before printing goes on",
)
RETRACTS_MOVING = refuse(
    63,
    _WINDOW,
    "Filament is pulled back while the nozzle moves.",
    "{measured} {unit} at line {line}",
    "pull back only at rest",
)
FLOW = refuse(
    64,
    _WINDOW,
    "Too much or too little plastic on a line.",
    "{measured} {unit} at line {line}, layer {layer}",
    "{limit} {unit}",
)
WIDTH = refuse(
    65,
    _WINDOW,
    "A printed line has a width that is not signed.",
    "{measured} {unit} at line {line}, layer {layer}",
    "{limit} {unit}",
)
SHORT_FLOW = refuse(
    66,
    _WINDOW,
    "Too much or too little plastic on a short line.",
    "{measured} {unit} at line {line}, layer {layer}",
    "{limit} {unit} over this length",
)
OUTSIDE = refuse(
    67,
    _WINDOW,
    "The nozzle leaves the place of the part.",
    "X {x} Y {y} mm at line {line}",
    "{limit}",
)
TOO_HIGH = refuse(
    68,
    _WINDOW,
    "This job is higher than the device may be.",
    "{measured} {unit}",
    "at most {limit} {unit}",
)
FILAMENT = refuse(
    69,
    _WINDOW,
    "The filament this job uses is outside the recipe.",
    "{measured} {unit}",
    "{limit} {unit}",
)
PRINT_TIME = refuse(
    70,
    _WINDOW,
    "The time of this job is outside the recipe.",
    "{measured} {unit} by distance and speed",
    "{limit} {unit}",
)
