"""Chunks of columns put together: lines that the reference read among the others, then all chunks.

Judges nothing and reads nothing; every command that comes in goes out once, in the order of lines.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
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
        lines=chunk.lines,
    )


@dataclass(kw_only=True)
class Gathered:
    """Chunks so far. ``lines``: lines of the file read; ``commands``: commands among them."""

    lines: int = 0
    commands: int = 0
    _values: int = 0
    _bare: list[int] = field(default_factory=list)
    _parts: dict[str, list[npt.NDArray[Any]]] = field(default_factory=dict)
    # Grows in place: the canonical job is nearly as large as the file.
    _copy: io.BytesIO = field(default_factory=io.BytesIO)

    def add(self, chunk: Chunk) -> None:
        """Take the next chunk."""
        bare = np.flatnonzero(chunk.values == _BARE)
        values = chunk.values
        if len(bare):
            self._bare += (bare + self._values).tolist()
            values = np.where(values == _BARE, 0, values)
        small = len(values) == 0 or int(np.abs(values).max()) < 2**31
        parts: dict[str, npt.NDArray[Any]] = {
            "word": chunk.word,
            "letters": chunk.letters,
            "count": chunk.count,
            "values": values.astype(np.int32) if small else values,
            "source": (chunk.line + self.lines + 1).astype(np.int32),
        }
        for name, part in parts.items():
            self._parts.setdefault(name, []).append(part)
        self._copy.write(chunk.text)
        self.lines += chunk.lines
        self.commands += len(chunk.word)
        self._values += len(values)

    def job(self) -> Job:
        """All of them; at least one chunk has been added, and none may be added after."""
        joined = {name: np.concatenate(self._parts.pop(name)) for name in list(self._parts)}
        count = joined.pop("count")
        # At most one value for each two bytes of a file of 300 MB: it fits.
        first = np.cumsum(count, dtype=np.int32)
        first -= count
        return Job(bare=frozenset(self._bare), copy=self._copy.getvalue(), first=first, **joined)
