"""Reads one command line as the firmware does, quirks included. Executes nothing.

Lower-case letters are no code letters; a value that is not a plain decimal number counts as
absent; an exponent ends the number (``X1e2`` is 1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_CODE = re.compile(r"([GMT])(\d{1,9})(?:\.(\d{1,4}))?")
_WORD = re.compile(r"([A-Z]) *([-+]?(?:\d+\.?\d*|\.\d+))?")
_LARGEST = 1e7


@dataclass(frozen=True)
class Words:
    """One command: ``code`` such as ``G1``, its words (None = letter without number), its text."""

    code: str
    values: dict[str, float | None]
    text: str
    rest: str

    def seen(self, letter: str) -> bool:
        """True if the letter stands in the line, with or without a number."""
        return letter in self.values

    def number(self, letter: str) -> float | None:
        """The number after the letter, or None."""
        return self.values.get(letter)


def read_words(text: str) -> Words:
    """The words of ``text``; ``code`` is empty if it starts with nothing the firmware knows."""
    body = text
    star = body.find("*")
    if star >= 0:
        body = body[:star].rstrip(" ")
    match = _CODE.match(body)
    if match is None:
        return Words("", {}, body, "")
    code = f"{match[1]}{int(match[2])}"
    if match[3] and int(match[3]):
        code += f".{int(match[3])}"
    rest = body[match.end() :].lstrip(" ")
    values: dict[str, float | None] = {}
    for word in _WORD.finditer(rest):
        value = None
        if word[2]:
            value = min(max(float(word[2]), -_LARGEST), _LARGEST)
        values[word[1]] = value
    return Words(code, values, body, rest)
