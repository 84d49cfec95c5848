"""Which of many lines a slicer has surely written as they stand. Decides nothing by itself.

Beside :mod:`.columns`, for :mod:`.writing`: a line that is not named here is written again by that
slicer to the same bytes; one that is named has to be looked at by the reference alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from .grammar import ORDER, SCALE
from .writing import Writing

Bytes: TypeAlias = npt.NDArray[np.uint8]
Ints: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]

_ZERO, _MOST_PART = 48, 5
_GO, _G1 = 0, SCALE
# Letters of a line as one number: rank from 1, five bits each; longer lines are no move.
_BITS, _MOST_LETTERS = 5, 12
_RANK = np.zeros(256, dtype=np.int64)
for _letter, _place in ORDER.items():
    _RANK[ord(_letter)] = _place + 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """Tokens of some lines, as :mod:`.columns` has taken them apart.

    ``start``, ``end``, ``point``, ``dotted``, ``dropped`` (empty before a line end), ``letter``,
    ``value`` (1e-5 units), ``negative``, ``open`` (no digit before its point): of each token.
    ``heads``: the first of each line. ``remarks``: lines with a comment that does not begin them.
    """

    buffer: Bytes
    start: Ints
    end: Ints
    point: Ints
    dotted: Flags
    dropped: Flags
    letter: Bytes
    value: Ints
    negative: Flags
    open: Flags
    heads: Ints
    remarks: Flags


@lru_cache(maxsize=8)
def _tables(writing: Writing) -> tuple[Bytes, Flags, Ints, Ints]:
    """Digits behind the point and whole micrometres, by letter; letters of G0 and of G1."""
    digits = np.full(256, _MOST_PART, dtype=np.uint8)
    for letter, most in writing.decimals.items():
        digits[ord(letter)] = most
    whole = np.zeros(256, dtype=np.bool_)
    whole[[ord(letter) for letter in writing.micrometres]] = True
    shapes = [
        np.array(
            [
                sum((ORDER[name] + 1) << (_BITS * place) for place, name in enumerate(shape))
                for shape in writing.moves.get(word, ())
            ],
            dtype=np.int64,
        )
        for word in ("G0", "G1")
    ]
    return digits, whole, shapes[0], shapes[1]


def unsure_lines(seen: Seen, writing: Writing) -> Flags:
    """Lines that ``writing`` has not surely written; says nothing of lines that are odd."""
    digits, whole, of_g0, of_g1 = _tables(writing)
    letter, heads = seen.letter, seen.heads
    part = seen.end - seen.point - seen.dotted
    unsure = part > digits[letter]
    unsure |= seen.dotted & (seen.buffer[seen.end - 1] == _ZERO)
    if writing.zero_before_point:
        unsure |= seen.open
    else:
        first = seen.buffer[seen.start + 1 + seen.negative]
        unsure |= seen.dotted & (first == _ZERO)
    if writing.micrometres:
        near = (seen.value <= 0) & (seen.value > -SCALE)
        unsure |= near & whole[letter]
    unsure &= ~seen.dropped
    lines = np.zeros(len(heads), dtype=np.bool_)
    lines[_line_of(heads, np.flatnonzero(unsure))] = True
    lines |= _other_letters(seen, of_g0, of_g1)
    spaced = np.zeros(len(heads), dtype=np.bool_)
    ends = np.flatnonzero(seen.dropped)
    spaced[_line_of(heads, ends)] = True
    spaced[seen.dropped[heads]] = False
    lines |= (spaced != seen.remarks) if writing.remarks else (spaced | seen.remarks)
    return lines


def _line_of(heads: Ints, tokens: Ints) -> Ints:
    return np.searchsorted(heads, tokens, side="right") - 1


def _other_letters(seen: Seen, of_g0: Ints, of_g1: Ints) -> Flags:
    """Moves whose letters are not together in this order; other words with more than one."""
    heads = seen.heads
    count = np.diff(heads, append=len(seen.letter))
    place = np.arange(len(seen.letter)) - np.repeat(heads + 1, count)
    rank = np.where(seen.dropped, 0, _RANK[seen.letter])
    shift = np.minimum(np.maximum(place, 0), _MOST_LETTERS - 1) * _BITS
    rank <<= shift
    rank[heads] = 0
    letters = np.add.reduceat(rank, heads)
    number = np.where(seen.letter[heads] == ord("G"), seen.value[heads], -1)
    none = seen.dropped[heads]
    other = letters >= 1 << _BITS
    g0, g1 = number == _GO, number == _G1
    other = np.where(g0, ~np.isin(letters, of_g0), other)
    other = np.where(g1, ~np.isin(letters, of_g1), other)
    return np.asarray((other | (count > _MOST_LETTERS)) & ~none)
