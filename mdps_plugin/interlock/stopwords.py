"""Stop words: the lines that pass in every mode and end a build. Knows no other command.

Docs: docs/gate.md, rule 5. A profile lists the exact lines that its firmware understands;
:data:`HARMLESS` bounds what any profile may list, so that no profile can let a line pass that
heats or moves.
"""

from __future__ import annotations

import re

HARMLESS = re.compile(
    r"M112|M108|M410|M84|M18|M107|M106 S0|M140 S0|M104 S0|M104 T\d S0|M104 S0 T\d",
    re.ASCII,
)
"""Every line that may be a stop word or part of a safe-stop: nothing here heats or moves."""


def is_harmless(line: str) -> bool:
    """True if the whole line is one that only ever stops something."""
    return HARMLESS.fullmatch(line) is not None


def is_stop_word(line: str, stop_words: frozenset[str]) -> bool:
    """True if the whole line is a stop word of the profile; never for a part of a line."""
    return line in stop_words and is_harmless(line)
