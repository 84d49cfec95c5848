"""Finding kinds of the toolpath room on how a job is written: ``TP-00x`` to ``TP-03x``.

TP-00x bytes and lines, TP-02x pinned blocks, TP-03x command words. Checks nothing, and says nothing
of what the commands do (codes_window.py) or make (codes_model.py). codes.py says what a code
promises.
"""

from __future__ import annotations

from .kinds import refuse

_BYTES = "IMDRF PMD/N58 (MDPS): one job, one meaning; Marlin 2.1 queue and parser"
_BLOCK = "ISO 13485 7.5.1; recipe: start_gcode, end_gcode"
_WINDOW = "ISO 13485 7.5.6; recipe: process window"
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
    "no queries, storage, firmware, pause or stop. M220 and M221 in whole percent, 10 to 999",
)
