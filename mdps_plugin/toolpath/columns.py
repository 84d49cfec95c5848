"""Whole lines of bytes to columns of commands, many lines at once. Decides nothing by itself.

A line is taken only where every byte is one that :mod:`.grammar` surely accepts; any other line is
named in :attr:`Chunk.odd` and has to be read by the reference. So a fault here can make reading
slow, and never make a line mean something else: the property tests hold it to that.

How: spaces, line ends and points are found in all lines at once; between them lie the words. The
digits of a word, at most three before the point and five behind it, are put into one 64-bit number,
one digit a byte, checked and added up in it (SWAR; after Lemire, "Quickly parsing eight digits",
2018). Three further digits are added to the few words that have them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from .grammar import ORDER, SCALE
from .writing import Writing
from .written_columns import Seen, unsure_lines

Bytes: TypeAlias = npt.NDArray[np.uint8]
Ints: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Words: TypeAlias = npt.NDArray[np.uint64]

# A line this long cannot grow beyond 80 bytes in canonical form: one byte more a word of three.
SURE_LINE_BYTES = 60
M_WORDS = 10_000

_COMMENT = re.compile(rb";[^\n]*")
# Bytes before and behind the text, so that eight of them can be read about any word.
_PAD = 8
_SPACE, _MINUS, _POINT, _ZERO, _MARK, _END = 32, 45, 46, 48, 59, 10
_MOST_WHOLE, _MOST_PART = 6, 5


def _mask(begin: int, stop: int, byte: int = 0xFF) -> int:
    return sum(byte << (8 * place) for place in range(begin, stop))


# By number of digits before (at most 3) and behind the point; places 0 to 2 and 3 to 7.
_WHOLE = np.array([_mask(3 - digits, 3) for digits in range(4)], dtype=np.uint64)
_PART = np.array([_mask(0, digits) for digits in range(6)], dtype=np.uint64)
_ASCII = np.array(
    [[_mask(3 - w, 3 + p, 0x30) for p in range(6)] for w in range(4)], dtype=np.uint64
).ravel()
_SIX, _HIGH = np.uint64(_mask(0, 8, 0x06)), np.uint64(_mask(0, 8, 0xF0))
_PAIRS, _FOURS = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0000FFFF0000FFFF)
_ONES, _TENS, _HUNDREDS = (np.uint64(k) for k in (2561, 6553601, 42949672960001))
_BY8, _BY16, _BY24, _BY32 = (np.uint64(bits) for bits in (8, 16, 24, 32))

# By letter: its rank among words, from 1 (0 for one that begins a command), its bit, whether it
# may not begin a word. Marlin takes a G, M or N inside a line for a command of its own.
_RANK = np.zeros(256, dtype=np.uint8)
_BITS = np.zeros(256, dtype=np.int64)
_NO_WORD = np.ones(256, dtype=np.bool_)
for _letter, _place in ORDER.items():
    _NO_WORD[ord(_letter)] = _letter in "GMN"
    if _letter not in "GMN":
        _RANK[ord(_letter)], _BITS[ord(_letter)] = _place + 1, 1 << _place


@dataclass(frozen=True, kw_only=True, eq=False)
class Chunk:
    """Commands of some whole lines, in order, without those of ``odd`` lines.

    ``line``: line of each command, from 0. ``word``: number of a G command, or M_WORDS plus that
    of an M command. ``letters``: one bit a letter, by rank of :data:`grammar.ORDER`. ``count``:
    values of each command; ``values``: of all, in canonical order, 1e-5 units. ``text``: the
    canonical lines; ``text_end``: where each ends in it. ``odd``: lines for the reference.
    ``unsure``: others that the slicer asked about may not have written. ``lines``: how many there
    are, with blank ones.
    """

    line: Ints
    word: npt.NDArray[np.int16]
    letters: npt.NDArray[np.uint32]
    count: npt.NDArray[np.uint8]
    values: Ints
    text: bytes
    text_end: Ints
    odd: Ints
    unsure: Ints
    lines: int


@dataclass(frozen=True, kw_only=True, eq=False)
class _Tokens:
    """What stands between two spaces or line ends.

    ``point``: place of the decimal point, or the end. ``heads``: the first token of each line.
    ``many``: more than one point.
    """

    start: Ints
    end: Ints
    point: Ints
    dotted: Flags
    many: Flags
    last: Flags
    heads: Ints


@dataclass(frozen=True, kw_only=True, eq=False)
class _Numbers:
    """What follows the first letter of each token: ``value`` in 1e-5 units.

    ``negative``: with a minus. ``open``: without a digit before its point. ``bad``: no number.
    """

    value: Ints
    negative: Flags
    open: Flags
    bad: Flags


def read_chunk(raw: bytes, line_bytes_at_most: int, writing: Writing | None = None) -> Chunk:
    """Columns of ``raw``: plain ASCII with LF, ending in one. Longer lines are odd.

    With ``writing``, lines that this slicer has not surely written are named too.
    """
    text = _COMMENT.sub(b"", raw) if b";" in raw else raw
    buffer = np.full(len(text) + 2 * _PAD, _END, dtype=np.uint8)
    buffer[_PAD:-_PAD] = np.frombuffer(text, dtype=np.uint8)
    tokens = _split(buffer)
    numbers = _numbers(buffer, tokens)
    letter = buffer[tokens.start]
    dropped = (tokens.start == tokens.end) & tokens.last
    odd = _odd_lines(tokens, numbers, letter, dropped)
    remarks = np.zeros(len(odd), dtype=np.bool_)
    if text is not raw:
        given = np.frombuffer(raw, dtype=np.uint8)
        ends = np.flatnonzero(given == _END)
        odd |= np.diff(ends, prepend=-1) > line_bytes_at_most + 1
        if writing is not None:
            remarks[np.searchsorted(ends, np.flatnonzero(given == _MARK))] = True
            remarks[given[np.concatenate(([0], ends[:-1] + 1))] == _MARK] = False
    used = ~dropped
    if odd.any():
        used &= ~np.repeat(odd, np.diff(tokens.heads, append=len(used)))
    sequence = np.flatnonzero(used)
    sequence, twice = _in_order(sequence, _RANK[letter[sequence]])
    if len(twice):
        lines = np.searchsorted(tokens.heads, twice, side="right") - 1
        odd[lines] = True
        sequence = sequence[~odd[np.searchsorted(tokens.heads, sequence, side="right") - 1]]
    kept = np.flatnonzero(~(odd | dropped[tokens.heads]))
    unsure = np.zeros(0, dtype=np.int64)
    if writing is not None:
        seen = _seen(buffer, tokens, numbers, letter, dropped, remarks)
        unsure = np.flatnonzero(unsure_lines(seen, writing) & ~odd)
    return _assemble(buffer, tokens, numbers, letter, sequence, kept, odd, unsure)


def _split(buffer: Bytes) -> _Tokens:
    text = buffer[_PAD - 1 : -_PAD]
    marks = np.flatnonzero((text <= _SPACE) | (text == _POINT))
    kind = text[marks]
    marks += _PAD - 1
    ends = np.flatnonzero(kind != _POINT)
    borders = marks[ends]
    gaps = np.diff(ends)
    dotted = gaps == 2
    end = borders[1:]
    last = kind[ends[1:]] == _END
    return _Tokens(
        start=borders[:-1] + 1,
        end=end,
        point=np.where(dotted, marks[ends[1:] - 1], end),
        dotted=dotted,
        many=gaps > 2,
        last=last,
        heads=np.concatenate(([0], np.flatnonzero(last[:-1]) + 1)),
    )


def _numbers(buffer: Bytes, tokens: _Tokens) -> _Numbers:
    eights = np.ascontiguousarray(
        np.ndarray((len(buffer) - 7,), dtype="<u8", buffer=buffer, strides=(1,))
    )
    point = tokens.point
    begin = tokens.start + 1
    negative = buffer[begin] == _MINUS
    begin += negative
    whole = point - begin
    part = tokens.end - point
    part -= tokens.dotted
    bad = (whole > _MOST_WHOLE) | (part > _MOST_PART) | tokens.many
    bad |= (whole < 0) | (whole + part == 0) | (tokens.dotted & (part == 0))
    bad |= (whole > 1) & (buffer[begin] == _ZERO)
    # Where these fall outside the tables the token is bad already.
    low, behind = np.minimum(whole, 3), np.minimum(part, _MOST_PART)
    digits = eights[point - 3] & _WHOLE[low]
    digits |= (eights[point + 1] & _PART[behind]) << _BY24
    digits ^= _ASCII[low * 6 + behind]
    bad |= ((digits + _SIX) & _HIGH) != 0
    value = _sum_of_digits(digits).view(np.int64)
    more = np.flatnonzero((whole > 3) & ~bad)
    if len(more):
        upper = whole[more] - 3
        digits = (eights[point[more] - 6] & _WHOLE[upper]) ^ _ASCII[upper * 6]
        bad[more] |= ((digits + _SIX) & _HIGH) != 0
        value[more] += _sum_of_digits(digits).view(np.int64) * 1000
    # "-0" is "0": rare, and its text is not what is streamed.
    bad |= negative & (value == 0)
    np.negative(value, out=value, where=negative)
    return _Numbers(value=value, negative=negative, open=whole == 0, bad=bad)


def _seen(
    buffer: Bytes, tokens: _Tokens, numbers: _Numbers, letter: Bytes, dropped: Flags, remarks: Flags
) -> Seen:
    return Seen(
        buffer=buffer,
        start=tokens.start,
        end=tokens.end,
        point=tokens.point,
        dotted=tokens.dotted,
        dropped=dropped,
        letter=letter,
        value=numbers.value,
        negative=numbers.negative,
        open=numbers.open,
        heads=tokens.heads,
        remarks=remarks,
    )


def _sum_of_digits(digits: Words) -> Words:
    """Eight digits, the first in the lowest byte, to the number that they write."""
    pairs = (digits * _ONES) >> _BY8
    fours = ((pairs & _PAIRS) * _TENS) >> _BY16
    return np.asarray(((fours & _FOURS) * _HUNDREDS) >> _BY32)


def _odd_lines(tokens: _Tokens, numbers: _Numbers, letter: Bytes, dropped: Flags) -> Flags:
    """Lines that are long, or where a token is not surely a command word or a plain word."""
    heads = tokens.heads
    first = letter[heads]
    bad = numbers.bad | _NO_WORD[letter]
    # A line begins with G or M and one to four digits.
    bad[heads] = numbers.bad[heads] | ((first != ord("G")) & (first != ord("M")))
    bad[heads] |= tokens.dotted[heads] | (numbers.value[heads] < 0)
    bad[heads] |= tokens.end[heads] - tokens.start[heads] > 5
    bad &= ~dropped
    odd = np.diff(tokens.end[tokens.last], prepend=_PAD - 1) > SURE_LINE_BYTES + 1
    odd[np.searchsorted(heads, np.flatnonzero(bad), side="right") - 1] = True
    return np.asarray(odd)


def _in_order(sequence: Ints, rank: Bytes) -> tuple[Ints, Ints]:
    """Tokens line by line in canonical order; and those whose letter stands twice in a line."""
    falling = (rank[1:] <= rank[:-1]) & (rank[1:] > 0)
    if not falling.any():
        return sequence, sequence[:0]
    starts = np.flatnonzero(rank == 0)
    mixed = np.zeros(len(starts), dtype=np.bool_)
    mixed[np.searchsorted(starts, np.flatnonzero(falling) + 1, side="right") - 1] = True
    count = np.diff(starts, append=len(rank))
    chosen = np.flatnonzero(np.repeat(mixed, count))
    key = np.repeat(np.flatnonzero(mixed), count[mixed]) * 32 + rank[chosen]
    turned = np.argsort(key, kind="stable")
    key = key[turned]
    sequence[chosen] = sequence[chosen[turned]]
    return sequence, sequence[chosen[1:]][key[1:] == key[:-1]]


def _assemble(
    buffer: Bytes,
    tokens: _Tokens,
    numbers: _Numbers,
    letter: Bytes,
    sequence: Ints,
    kept: Ints,
    odd: Flags,
    unsure: Ints,
) -> Chunk:
    """Columns of the commands that ``sequence`` holds: each its head, then its words in order."""
    letter = letter[sequence]
    is_word = _RANK[letter] > 0
    begin = np.flatnonzero(~is_word)
    stop = np.append(begin[1:], len(sequence))[: len(begin)]
    reach = np.zeros(len(sequence) + 1, dtype=np.int64)
    np.cumsum(_BITS[letter], out=reach[1:])
    head = tokens.heads[kept]
    number = numbers.value[head] // SCALE + M_WORDS * (letter[begin] == ord("M"))
    text, text_end = _text(buffer, tokens, numbers, sequence, stop - 1)
    return Chunk(
        line=kept,
        word=number.astype(np.int16),
        letters=(reach[stop] - reach[begin]).astype(np.uint32),
        count=(stop - begin - 1).astype(np.uint8),
        values=numbers.value[sequence[is_word]],
        text=text,
        text_end=text_end,
        odd=np.flatnonzero(odd),
        unsure=unsure,
        lines=len(odd),
    )


def _text(
    buffer: Bytes, tokens: _Tokens, numbers: _Numbers, sequence: Ints, finish: Ints
) -> tuple[bytes, Ints]:
    """Canonical lines, gathered from the bytes read; ``finish``: last token of each line."""
    start, end = tokens.start[sequence], _without_zeros(buffer, tokens)[sequence]
    # Where the 0 of "0.2" is missing, letter and sign move one to the left.
    open_ = numbers.open[sequence]
    length = end - start
    length += 1
    length += open_
    reach = np.cumsum(length)
    begin = reach - length
    source = np.repeat((start - open_ - begin).astype(np.int32), length)
    source += np.arange(len(source), dtype=np.int32)
    out = buffer.take(source)
    out[reach - 1] = _SPACE
    moved = np.flatnonzero(open_)
    at, signed = begin[moved], numbers.negative[sequence[moved]]
    out[at] = buffer[start[moved]]
    out[at + 1] = _MINUS
    out[at + 1 + signed] = _ZERO
    text_end = reach[finish]
    out[text_end - 1] = _END
    return out.tobytes(), text_end


def _without_zeros(buffer: Bytes, tokens: _Tokens) -> Ints:
    """Ends of the tokens without the zeros, and the point, that a canonical number has not."""
    zeros = np.flatnonzero((buffer[tokens.end - 1] == _ZERO) & tokens.dotted)
    if not len(zeros):
        return tokens.end
    end, point = tokens.end.copy(), tokens.point
    while len(zeros):
        end[zeros] -= 1
        bare = zeros[end[zeros] == point[zeros] + 1]
        end[bare] = point[bare]
        zeros = zeros[(buffer[end[zeros] - 1] == _ZERO) & (end[zeros] > point[zeros])]
    return end
