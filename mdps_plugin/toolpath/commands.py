"""Which commands the body of a job may hold, with which letters. Looks at no values of motion."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..findings import Finding, Where
from ..recipes.document import ProcessWindow
from .blocks import Blocks
from .codes_writing import COMMAND_NOT_ALLOWED, LETTERS_NOT_ALLOWED
from .collect import Collector
from .job import BIT, Job, word_number

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
    word = job.word[blocks.settled : blocks.end]
    letters = job.letters[blocks.settled : blocks.end]
    known = np.zeros(len(word), dtype=np.bool_)
    fits = np.ones(len(word), dtype=np.bool_)
    for name in allowed:
        mine = word == word_number(name)
        known |= mine
        fits &= ~mine | _letters_fit(name, letters)
    if "G92" in allowed:
        resets = job.rows(("G92",), blocks.settled, blocks.end)
        resets = resets[fits[resets - blocks.settled]]
        fits[resets - blocks.settled] = job.value("E", resets) == 0
    found.add_each(
        np.flatnonzero(~known) + blocks.settled,
        lambda index: Finding(
            kind=COMMAND_NOT_ALLOWED,
            where=Where(line=job.lines[index]),
            measured=job.text(index),
            limit=", ".join(allowed),
        ),
    )
    found.add_each(
        np.flatnonzero(known & ~fits) + blocks.settled,
        lambda index: Finding(
            kind=LETTERS_NOT_ALLOWED,
            where=Where(line=job.lines[index]),
            measured=job.text(index),
            limit=_wanted(job.command(index).word),
        ),
    )


def _letters_fit(word: str, letters: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    """Whether ``letters`` are some of those that ``word`` may have, and enough of them."""
    names, least = _LETTERS[word]
    other = ~np.uint32(sum(BIT[name] for name in names))
    return np.asarray(((letters & other) == 0) & ((letters != 0) | (least == 0)))


def _wanted(word: str) -> str:
    letters = _LETTERS[word][0]
    if word == "G92":
        return "G92 E0 only"
    if not letters:
        return f"{word} alone"
    return f"{word} with {'one or more of ' if len(letters) > 1 else ''}{' '.join(letters)}"
