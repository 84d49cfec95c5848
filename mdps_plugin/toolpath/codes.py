"""Finding kinds of the examination itself and of ring B: ``TP-09x`` and ``TP-13x``. Checks nothing.

The rest of the room's kinds (``TP-``: what can be wrong with a job) are in codes_writing.py (how it
is written), codes_window.py (against the process window) and codes_model.py (against the model,
ring C). A code keeps its meaning for ever; a withdrawn one is not used again.
"""

from __future__ import annotations

from ..findings import FindingKind, Severity
from .kinds import refuse

_MODEL = "IMDRF PMD/N58 (design envelope): the device is the ordered model"
_PROCESS = "ISO 13485 7.5.1; recipe: rings"

RESLICE_DIFFERS = refuse(
    90,
    _MODEL,
    "This job is not what slicing the order gives.",
    "{measured} at line {line}",
    "{limit}",
    "Let the station slice the order. "
    "Whoever brings a job: use the signed settings and one thread.",
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
