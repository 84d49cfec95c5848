"""Chunks of columns put together: lines that the reference read among the others, then all chunks.

Judges nothing and reads nothing; every command that comes in goes out once, in the order of lines.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .columns import Chunk
from .grammar import Command, emit
from .job import BIT, Job, word_number

Ints = npt.NDArray[np.int64]

# Stands in ``values`` for a letter without a value; never looked at, see Job.bare.
_BARE = np.iinfo(np.int64).min


def chunk_of_commands(commands: Sequence[tuple[int, Command]], lines: int) -> Chunk:
    """Columns of commands that the reference has read, each with its line, counted from 0."""
    texts = [f"{emit(command)}\n".encode("ascii") for _, command in commands]
    values = [
        _BARE if value is None else value for _, command in commands for _, value in command.values
    ]
    letters = [sum(BIT[letter] for letter, _ in command.values) for _, command in commands]
    return Chunk(
        line=np.array([line for line, _ in commands], dtype=np.int64),
        word=np.array([word_number(command.word) for _, command in commands], dtype=np.int16),
        letters=np.array(letters, dtype=np.uint32),
        count=np.array([len(command.values) for _, command in commands], dtype=np.uint8),
        values=np.array(values, dtype=np.int64),
        text=b"".join(texts),
        text_end=np.cumsum([len(text) for text in texts], dtype=np.int64),
        odd=np.empty(0, dtype=np.int64),
        unsure=np.empty(0, dtype=np.int64),
        lines=lines,
    )


def with_odd_lines(chunk: Chunk, commands: Sequence[tuple[int, Command]]) -> Chunk:
    """``chunk`` with the commands of its odd lines between its own."""
    other = chunk_of_commands(commands, chunk.lines)
    if not commands:
        return chunk
    place = np.searchsorted(chunk.line, other.line)
    reach = np.concatenate(([0], np.cumsum(chunk.count, dtype=np.int64)))
    text_reach = np.concatenate(([0], chunk.text_end))
    cuts = text_reach[place].tolist()
    ends = other.text_end.tolist()
    pieces, begin, own = [], 0, 0
    for cut, end in zip(cuts, ends, strict=True):
        pieces += [chunk.text[begin:cut], other.text[own:end]]
        begin, own = cut, end
    pieces.append(chunk.text[begin:])
    length = np.insert(np.diff(text_reach), place, np.diff(other.text_end, prepend=0))
    return Chunk(
        line=np.insert(chunk.line, place, other.line),
        word=np.insert(chunk.word, place, other.word),
        letters=np.insert(chunk.letters, place, other.letters),
        count=np.insert(chunk.count, place, other.count),
        values=np.insert(chunk.values, np.repeat(reach[place], other.count), other.values),
        text=b"".join(pieces),
        text_end=np.cumsum(length),
        odd=np.empty(0, dtype=np.int64),
        unsure=np.empty(0, dtype=np.int64),
        lines=chunk.lines,
    )


class _Column:
    """Numbers that come chunk by chunk, in one piece of memory that grows in place."""

    def __init__(self, kind: type[np.integer[Any]]) -> None:
        self._kind = kind
        self._bytes = io.BytesIO()

    def add(self, part: npt.NDArray[Any]) -> None:
        """Take the next numbers; from the first that does not fit, all are kept in 64 bits."""
        limits = np.iinfo(self._kind)
        if len(part) and not limits.min <= int(part.min()) <= int(part.max()) <= limits.max:
            wide = _Column(np.int64)
            wide.add(self.array())
            self._kind, self._bytes = wide._kind, wide._bytes
        self._bytes.write(part.astype(self._kind, copy=False).data)

    def array(self) -> npt.NDArray[Any]:
        """All of them."""
        return np.frombuffer(self._bytes.getvalue(), dtype=self._kind)


class Gathered:
    """Chunks so far. ``lines``: lines of the file read; ``commands``: commands among them;
    ``foreign``: lines of another hand."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.lines = 0
        self.commands = 0
        self.foreign = 0
        self._count_of_values = 0
        self._bare: list[int] = []
        self._copy = io.BytesIO()
        self._word, self._letters = _Column(np.int16), _Column(np.uint32)
        self._count, self._source = _Column(np.uint8), _Column(np.int32)
        self._values = _Column(np.int32)
        self._foreign = _Column(np.int32)

    def add(self, chunk: Chunk, foreign: Sequence[int]) -> None:
        """Take the next chunk, and which of its lines, from 0, another hand wrote."""
        self._foreign.add(np.array(foreign, dtype=np.int64) + self.lines + 1)
        self.foreign += len(foreign)
        values = chunk.values
        bare = np.flatnonzero(values == _BARE)
        if len(bare):
            self._bare += (bare + self._count_of_values).tolist()
            values = np.where(values == _BARE, 0, values)
        self._word.add(chunk.word)
        self._letters.add(chunk.letters)
        self._count.add(chunk.count)
        self._source.add(chunk.line + self.lines + 1)
        self._values.add(values)
        self._copy.write(chunk.text)
        self.lines += chunk.lines
        self.commands += len(chunk.word)
        self._count_of_values += len(values)

    def job(self) -> Job:
        """All of them."""
        count = self._count.array()
        # At most one value for each two bytes of a file of 300 MB: 32 bits are enough.
        first = np.cumsum(count, dtype=np.int32)
        first -= count
        return Job(
            word=self._word.array(),
            letters=self._letters.array(),
            first=first,
            values=self._values.array(),
            bare=frozenset(self._bare),
            source=self._source.array(),
            copy=self._copy.getvalue(),
            foreign=self._foreign.array(),
        )
