"""Finding kinds of the toolpath room (``TP-``): what can be wrong with a job. Checks nothing.

TP-00x bytes and lines, TP-02x pinned blocks, TP-03x command words, TP-04x what the printer keeps
(heat, fan, acceleration), TP-05x to TP-07x motion, TP-09x and TP-13x the examination itself and
ring B; TP-08x and TP-10x, against the model (ring C), are in codes_model.py. A code keeps its
meaning for ever; a withdrawn one is not used again.
"""

from __future__ import annotations

from ..findings import FindingKind, Severity
from .kinds import refuse

_BYTES = "IMDRF PMD/N58 (MDPS): one job, one meaning; Marlin 2.1 queue and parser"
_BLOCK = "ISO 13485 7.5.1; recipe: start_gcode, end_gcode"
_WINDOW = "ISO 13485 7.5.6; recipe: process window"
_MODEL = "IMDRF PMD/N58 (design envelope): the device is the ordered model"
_PROCESS = "ISO 13485 7.5.1; recipe: rings"
_SUPPLIER = "Fetch the file again where it was made."


# Bytes and lines.
EMPTY = refuse(
    1,
    _BYTES,
    "This job holds no commands.",
    "{measured} bytes, no command line",
    "a job made from the order",
    _SUPPLIER,
)
TOO_LARGE = refuse(
    2, _BYTES, "This job is too large.", "{measured} {unit}", "at most {limit} {unit}"
)
NOT_TEXT = refuse(
    3,
    _BYTES,
    "This job holds bytes that are not plain text.",
    "byte {measured} at line {line}",
    "{limit}",
    _SUPPLIER,
)
CARRIAGE_RETURN = refuse(
    4,
    _BYTES,
    "This job has Windows line ends.",
    "a carriage return at line {line}, {measured} in all",
    "lines that end with one line feed",
    "Save it with Unix line ends, or slice again.",
)
TRUNCATED = refuse(
    5,
    _BYTES,
    "The last line of this job is cut off.",
    "line {line} has no line end",
    "a line end after every line",
    _SUPPLIER,
)
LINE_TOO_LONG = refuse(
    6,
    _BYTES,
    "A line of this job is too long.",
    "{measured} {unit} at line {line}",
    "at most {limit} {unit}",
)
NOT_A_COMMAND = refuse(
    7,
    _BYTES,
    "A line of this job is not a plain command.",
    "{measured} at line {line}",
    "one G or M command in capitals, words one space apart",
)
BAD_NUMBER = refuse(
    8,
    _BYTES,
    "A number in this job is not written plainly.",
    "{measured} at line {line}",
    "at most 6 digits, a point, at most 5 digits",
)
LETTER_TWICE = refuse(
    9,
    _BYTES,
    "A letter stands twice in one line.",
    "{measured} at line {line}",
    "each letter once",
)
LETTER_BARE = refuse(
    10,
    _BYTES,
    "A letter stands without its value.",
    "{measured} at line {line}",
    "a number after every letter",
)
TOO_MANY_LINES = refuse(
    11,
    _WINDOW,
    "This job has too many lines.",
    "more than {limit} {unit}, seen at line {line}",
    "at most {limit} {unit}",
)
OTHER_HAND = refuse(
    12,
    _BYTES,
    "A line of this job is not written as its slicer writes.",
    "{measured} at line {line}",
    "as {slicer} writes it: {limit}",
    "Slice again, or take the file as the slicer wrote it.",
)

# Pinned blocks.
START_DIFFERS = refuse(
    20,
    _BLOCK,
    "The start of this job is not the signed one.",
    "{measured} at line {line}",
    "{limit}",
)
END_DIFFERS = refuse(
    21,
    _BLOCK,
    "The end of this job is not the signed one.",
    "{measured} at line {line}",
    "{limit}",
)
BLOCK_UNUSABLE = refuse(
    22,
    _BLOCK,
    "The recipe's own start or end block cannot be used.",
    "{path}: {measured}",
    "{limit}",
    "Quality manager: ask the manufacturer for a new revision.",
    "quality manager",
)
MODE_UNSET = refuse(
    23,
    _BLOCK,
    "The start block leaves a setting of the printer unknown.",
    "not set: {measured}",
    "units, positioning, extrusion, feed and flow all set",
    "Quality manager: ask the manufacturer for a new revision.",
    "quality manager",
)
NOT_HOT = refuse(
    24,
    _BLOCK,
    "The start block does not wait for the right temperature.",
    "{part} waited for at {measured} °C",
    "{part} waited for at {limit} °C before any filament moves",
    "Quality manager: ask the manufacturer for a new revision.",
    "quality manager",
)
LEFT_HOT = refuse(
    25,
    _BLOCK,
    "The end block leaves a heater on.",
    "{part} set to {measured} °C at the end",
    "{part} set to 0 °C at the end",
    "Quality manager: ask the manufacturer for a new revision.",
    "quality manager",
)

# Command words.
COMMAND_NOT_ALLOWED = refuse(
    30,
    _WINDOW,
    "This job holds a command that the recipe does not allow.",
    "{measured} at line {line}",
    "in the body only {limit}",
)
LETTERS_NOT_ALLOWED = refuse(
    31,
    _WINDOW,
    "A command has letters that it may not have.",
    "{measured} at line {line}",
    "{limit}",
)
COMMAND_NEVER = refuse(
    32,
    _WINDOW,
    "This job holds a command that no job may hold.",
    "{measured} at line {line}",
    "no queries, storage, firmware, pause or stop commands",
)

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

# The examination itself, and ring B.
RESLICE_DIFFERS = refuse(
    90,
    _MODEL,
    "This job is not what slicing the order gives.",
    "{measured} at line {line}",
    "{limit}",
    "Let the station slice the order. A brought job: use the signed settings. PrusaSlicer needs "
    "one thread: taskset -c 0 prusa-slicer. In several, walls begin elsewhere now and then.",
)
RESLICE_ORDER = FindingKind(
    code="TP-091",
    severity=Severity.NOTE,
    clause=_MODEL,
    title="The same lines were printed in another order.",
    observed="first other line at line {line}",
    allowed="the same lines in any order within a layer",
    next_step="Nothing to do.",
)
RESLICE_UNUSABLE = refuse(
    92,
    _MODEL,
    "The second slicing cannot be read as a job.",
    "{measured}",
    "a job in the form of the recipe",
    "Quality manager: look at the slicer's settings.",
    "quality manager",
)
SIGNED_JOB_DIFFERS = refuse(
    93,
    _PROCESS,
    "This is not the job that the manufacturer signed.",
    "{measured} at line {line}",
    "{limit}",
    "Use the job of the recipe.",
)
VARIABLE_UNKNOWN = refuse(
    94,
    _PROCESS,
    "The recipe has no such variable.",
    "{path}",
    "{limit}",
    "Correct the name.",
)
VARIABLE_VALUE = refuse(
    95,
    _PROCESS,
    "A variable has a value that is not signed.",
    "{path} = {measured}",
    "{limit}",
    "Pick an allowed value.",
)
RING_NOT_RUN = refuse(
    96,
    _PROCESS,
    "A required check could not run.",
    "ring {measured}: {reason}",
    "every ring that was asked for has run",
    "Give what is missing and check again.",
)
RING_LEFT_OUT = refuse(
    97,
    _PROCESS,
    "The recipe asks for more checks than were made.",
    "ring {measured} was left out",
    "rings {limit}",
    "Check again with all rings of the recipe.",
)
INPUT_UNREADABLE = refuse(
    98,
    _PROCESS,
    "A file that the check needs cannot be used.",
    "{path}: {measured}",
    "{limit}",
    "Fetch that file again where it was made.",
)
CHECK_BROKE_OFF = refuse(
    130,
    _PROCESS,
    "A check of this job broke off.",
    "{name}: {measured}",
    "every check runs to its end",
    "Check again. If it happens again, give the log to IT.",
    "it",
)
MORE_FINDINGS = FindingKind(
    code="TP-099",
    severity=Severity.NOTE,
    clause=_PROCESS,
    title="There is more than is shown here.",
    observed="{measured} further findings",
    allowed="at most {limit} are shown",
    next_step="Mend what is shown first.",
)
