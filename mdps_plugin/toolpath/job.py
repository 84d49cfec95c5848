"""A job in columns: each command's word, letters and values, and the line that it came from.

Numbers are fixed-point integers in 1e-5 of their unit. A :class:`~.grammar.Command` is built only
where somebody looks at one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, overload

import numpy as np
import numpy.typing as npt

from .columns import M_WORDS
from .grammar import ORDER, Command, emit

Ints: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]

LETTERS = tuple(ORDER)
BIT = {letter: 1 << rank for letter, rank in ORDER.items()}


def word_number(word: str) -> int:
    """The number that stands for a command word in :attr:`Job.word`."""
    return int(word[1:]) + (M_WORDS if word[0] == "M" else 0)


def word_text(number: int) -> str:
    """The command word that a number of :attr:`Job.word` stands for."""
    return f"M{number - M_WORDS}" if number >= M_WORDS else f"G{number}"


def one_of(word: npt.NDArray[np.int16], words: Sequence[str]) -> Flags:
    """Whether each of ``word`` is one of ``words``.

    As np.isin, which loads numpy.ma: that takes as long as all of ring A for a small job.
    """
    wanted = np.zeros(np.iinfo(np.int16).max + 1, dtype=np.bool_)
    wanted[[word_number(name) for name in words]] = True
    return wanted[word]


@dataclass(frozen=True, kw_only=True, eq=False)
class Job:
    """Commands of a file, and for each its line in that file, counted from 1.

    ``word`` (int16): :func:`word_number`. ``letters`` (uint32): bits :data:`BIT` of the letters
    that a command names. ``first`` (int32): place of its first value in ``values``, which holds
    those of all commands in canonical order, 1e-5 units (int32 where all of them fit, else int64).
    ``bare``: places in ``values`` of letters without a value. ``copy``: the canonical job as it was
    written while reading; None for a part of a job. ``foreign`` (int32): lines of the file, in
    order, that the signed slicer would not have written; empty where that was not asked.
    """

    word: npt.NDArray[np.int16]
    letters: npt.NDArray[np.uint32]
    first: npt.NDArray[np.int32]
    values: npt.NDArray[np.int32] | Ints
    bare: frozenset[int]
    source: npt.NDArray[np.int32] | Ints
    copy: bytes | None = None
    foreign: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))

    def __len__(self) -> int:
        """Number of commands, which is the number of canonical lines."""
        return len(self.word)

    @property
    def lines(self) -> Sequence[int]:
        """Line of each command in the file."""
        return self.source.data

    @property
    def commands(self) -> Sequence[Command]:
        """The commands, each built when it is asked for."""
        return _Commands(self)

    def command(self, index: int) -> Command:
        """Command ``index``."""
        bits, place = int(self.letters[index]), int(self.first[index])
        values: list[tuple[str, int | None]] = []
        for letter in LETTERS:
            if bits & BIT[letter]:
                values.append((letter, None if place in self.bare else int(self.values[place])))
                place += 1
        return Command(word_text(int(self.word[index])), tuple(values))

    def text(self, index: int) -> str:
        """Canonical line ``index`` without its line end."""
        return emit(self.command(index))

    def canonical(self) -> bytes:
        """The canonical job: what is streamed and what the planned digest covers."""
        if self.copy is not None:
            return self.copy
        return "".join([self.text(row) + "\n" for row in range(len(self))]).encode("ascii")

    def rows(self, words: Sequence[str], begin: int, stop: int) -> Ints:
        """Indices from ``begin`` to ``stop`` (exclusive) of commands that are one of ``words``."""
        return np.flatnonzero(one_of(self.word[begin:stop], words)) + begin

    def part(self, rows: Ints) -> Job:
        """A job of the commands ``rows`` only, in that order."""
        places, _ = self.places(rows)
        count = _bits(self.letters[rows])
        bare = np.isin(places, sorted(self.bare)) if self.bare else np.zeros(0, dtype=np.bool_)
        return Job(
            word=self.word[rows],
            letters=self.letters[rows],
            first=(np.cumsum(count) - count).astype(np.int32),
            values=self.values[places],
            bare=frozenset(np.flatnonzero(bare).tolist()),
            source=self.source[rows],
        )

    def has(self, letter: str, rows: Ints) -> Flags:
        """Whether each of the commands ``rows`` names ``letter``."""
        return np.asarray((self.letters[rows] & BIT[letter]) != 0)

    def value(self, letter: str, rows: Ints) -> Ints:
        """Value of ``letter`` in each of the commands ``rows``, which all name it."""
        before = self.letters[rows] & np.uint32(BIT[letter] - 1)
        place = self.first[rows] + _bits(before)
        return np.asarray(self.values[place], dtype=np.int64)

    def places(self, rows: Ints) -> tuple[Ints, Ints]:
        """Places in ``values`` of all that the commands ``rows`` name, and the row of each."""
        count = _bits(self.letters[rows])
        reach = np.cumsum(count)
        shift = np.repeat(self.first[rows] - (reach - count), count)
        return np.arange(len(shift)) + shift, np.repeat(rows, count)


def _bits(mask: npt.NDArray[np.uint32]) -> Ints:
    """Number of bits set, for NumPy 1.26 too (Warren, Hacker's Delight, 5-1)."""
    one, two, four = np.uint32(0x55555555), np.uint32(0x33333333), np.uint32(0x0F0F0F0F)
    count = mask - ((mask >> np.uint32(1)) & one)
    count = (count & two) + ((count >> np.uint32(2)) & two)
    count = (count + (count >> np.uint32(4))) & four
    return np.asarray((count * np.uint32(0x01010101)) >> np.uint32(24), dtype=np.int64)


def first_difference(one: Job, two: Job) -> int | None:
    """Index of the first command in which two jobs differ, None if they hold the same commands.

    Canonical lines are equal exactly if the commands are (:func:`.grammar.emit` is one to one).
    """
    if one.copy is not None and one.copy == two.copy:
        return None
    shared = min(len(one), len(two))
    same = (one.word[:shared] == two.word[:shared]) & (one.letters[:shared] == two.letters[:shared])
    place = shared if same.all() else int(same.argmin())
    # Up to here both have the same letters, so their values stand at the same places.
    stop = int(one.first[place]) if place < len(one) else len(one.values)
    other = np.flatnonzero(one.values[:stop] != two.values[:stop])[:1].tolist()
    other += sorted(at for at in one.bare ^ two.bare if at < stop)[:1]
    if other:
        return int(np.searchsorted(one.first, min(other), side="right")) - 1
    return place if max(len(one), len(two)) > place else None


class _Commands(Sequence[Command]):
    """Commands of a job as a sequence."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def __len__(self) -> int:
        return len(self._job)

    @overload
    def __getitem__(self, index: int) -> Command: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Command]: ...
    def __getitem__(self, index: int | slice) -> Command | Sequence[Command]:
        if isinstance(index, slice):
            return [self._job.command(row) for row in range(*index.indices(len(self)))]
        return self._job.command(range(len(self))[index])

    def __iter__(self) -> Iterator[Command]:
        return (self._job.command(row) for row in range(len(self)))
