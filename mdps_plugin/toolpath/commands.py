"""Which commands the body of a job may hold, with which letters. Looks at no values of motion."""

from __future__ import annotations

from ..findings import Finding, Where
from ..recipes.document import ProcessWindow
from .blocks import Blocks
from .codes import COMMAND_NOT_ALLOWED, LETTERS_NOT_ALLOWED
from .collect import Collector
from .grammar import Command
from .reader import Job

# Letters that a command may have in the body, and how many of them at least. What is not here is
# refused even if a recipe allows it: nobody would know what it does to the part.
_LETTERS: dict[str, tuple[str, int]] = {
    "G0": ("XYZF", 1),
    "G1": ("XYZEF", 1),
    "G92": ("E", 1),
    "M104": ("S", 1),
    "M106": ("S", 1),
    "M107": ("", 0),
    "M109": ("S", 1),
    "M140": ("S", 1),
    "M190": ("S", 1),
    "M204": ("PST", 1),
}


def check_commands(job: Job, blocks: Blocks, window: ProcessWindow, found: Collector) -> None:
    """Refuse words that the recipe does not allow, and letters that change their meaning."""
    allowed = [word for word in window.commands if word in _LETTERS]
    words = frozenset(allowed)
    for index in range(blocks.settled, blocks.end):
        command = job.commands[index]
        if command.word not in words:
            kind, limit = COMMAND_NOT_ALLOWED, ", ".join(allowed)
        elif not _letters_fit(command):
            kind, limit = LETTERS_NOT_ALLOWED, _wanted(command.word)
        else:
            continue
        found.add(
            Finding(
                kind=kind,
                where=Where(line=job.lines[index]),
                measured=job.text(index),
                limit=limit,
            )
        )


def _letters_fit(command: Command) -> bool:
    letters, least = _LETTERS[command.word]
    if command.word == "G92":
        return command.values == (("E", 0),)
    return len(command.values) >= least and all(name in letters for name, _ in command.values)


def _wanted(word: str) -> str:
    letters = _LETTERS[word][0]
    if word == "G92":
        return "G92 E0 only"
    if not letters:
        return f"{word} alone"
    return f"{word} with {'one or more of ' if len(letters) > 1 else ''}{' '.join(letters)}"
