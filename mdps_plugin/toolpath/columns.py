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
_SPACE, _MINUS, _POINT, _ZERO, _END = 32, 45, 46, 48, 10
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

_RANK = np.full(256, 26, dtype=np.uint8)
for _letter, _place in ORDER.items():
    _RANK[ord(_letter)] = _place
_NO_WORD = np.ones(256, dtype=np.bool_)
for _letter in ORDER:
    _NO_WORD[ord(_letter)] = _letter in "GMN"


@dataclass(frozen=True, kw_only=True, eq=False)
class Chunk:
    """Commands of some whole lines, in order, without those of ``odd`` lines.

    ``line``: line of each command, from 0. ``word``: number of a G command, or M_WORDS plus that
    of an M command. ``letters``: one bit a letter, by rank of :data:`grammar.ORDER`. ``count``:
    values of each command; ``values``: of all, in canonical order, 1e-5 units. ``text``: the
    canonical lines; ``text_end``: where each ends in it. ``odd``: lines for the reference.
    ``lines``: how many there are, with blank ones.
    """

    line: Ints
    word: npt.NDArray[np.int16]
    letters: npt.NDArray[np.uint32]
    count: npt.NDArray[np.int32]
    values: Ints
    text: bytes
    text_end: Ints
    odd: Ints
    lines: int


@dataclass(frozen=True, kw_only=True, eq=False)
class _Tokens:
    """What stands between two spaces or line ends. ``point``: of the decimal point, or the end."""

    start: Ints
    end: Ints
    point: Ints
    dotted: Flags
    first: Flags
    last: Flags
    points: Flags


def read_chunk(raw: bytes, line_bytes_at_most: int) -> Chunk:
    """Columns of ``raw``: plain ASCII with LF, ending in one. Longer lines are odd."""
    before = np.flatnonzero(np.frombuffer(raw, dtype=np.uint8) == _END)
    long = np.diff(before, prepend=-1) > line_bytes_at_most + 1
    text = _COMMENT.sub(b"", raw) if b";" in raw else raw
    buffer = np.full(len(text) + 2 * _PAD, _END, dtype=np.uint8)
    buffer[_PAD:-_PAD] = np.frombuffer(text, dtype=np.uint8)
    tokens = _split(buffer)
    empty = tokens.start == tokens.end
    dropped = empty & tokens.last
    value, bad = _numbers(buffer, tokens)
    letter = buffer[tokens.start]
    bad |= np.where(tokens.first, _bad_head(tokens, letter) | (value < 0), _NO_WORD[letter])
    bad &= ~dropped
    heads = np.flatnonzero(tokens.first)
    line = np.cumsum(tokens.first) - 1
    odd = long
    odd[line[bad]] = True
    odd |= np.diff(tokens.end[tokens.last], prepend=_PAD - 1) > SURE_LINE_BYTES + 1
    blank = dropped[heads]
    order = _in_order(np.flatnonzero(~(tokens.first | dropped)), line, _RANK[letter], odd)
    kept = np.flatnonzero(~(odd | blank))
    return _assemble(buffer, tokens, heads, line, letter, value, order, kept, odd)


def _split(buffer: Bytes) -> _Tokens:
    marks = np.flatnonzero(
        (buffer[_PAD - 1 : -_PAD] <= _SPACE) | (buffer[_PAD - 1 : -_PAD] == _POINT)
    )
    marks += _PAD - 1
    kind = buffer[marks]
    ends = np.flatnonzero(kind != _POINT)
    borders = marks[ends]
    gaps = np.diff(ends)
    dotted = gaps == 2
    end = borders[1:]
    last = kind[ends[1:]] == _END
    first = np.empty_like(last)
    first[0] = True
    first[1:] = last[:-1]
    return _Tokens(
        start=borders[:-1] + 1,
        end=end,
        point=np.where(dotted, marks[ends[1:] - 1], end),
        dotted=dotted,
        first=first,
        last=last,
        points=gaps > 2,
    )


def _numbers(buffer: Bytes, tokens: _Tokens) -> tuple[Ints, Flags]:
    """Value of each word behind its letter, 1e-5 units; and which of them are no plain number."""
    eights = np.ascontiguousarray(
        np.ndarray((len(buffer) - 7,), dtype="<u8", buffer=buffer, strides=(1,))
    )
    negative = buffer[tokens.start + 1] == _MINUS
    begin = tokens.start + 1 + negative
    whole = tokens.point - begin
    part = tokens.end - tokens.point - tokens.dotted
    bad = (whole > _MOST_WHOLE) | (part > _MOST_PART)
    bad |= (whole < 0) | (whole + part == 0) | tokens.points | (tokens.dotted & (part == 0))
    bad |= (whole > 1) & (buffer[begin] == _ZERO)
    low, behind = np.clip(whole, 0, 3), np.minimum(part, _MOST_PART)
    field = eights[tokens.point - 3] & _WHOLE[low]
    field |= (eights[tokens.point + 1] & _PART[behind]) << _BY24
    digits = field ^ _ASCII[low * 6 + behind]
    bad |= ((digits + _SIX) & _HIGH) != 0
    value = _sum_of_digits(digits).astype(np.int64)
    more = np.flatnonzero((whole > 3) & ~bad)
    if len(more):
        upper = np.minimum(whole[more], _MOST_WHOLE) - 3
        digits = (eights[tokens.point[more] - 6] & _WHOLE[upper]) ^ _ASCII[upper * 6]
        bad[more] |= ((digits + _SIX) & _HIGH) != 0
        value[more] += _sum_of_digits(digits).astype(np.int64) * 1000
    # "-0" is "0": rare, and its text is not what is streamed.
    bad |= negative & (value == 0)
    np.negative(value, out=value, where=negative)
    return value, bad


def _sum_of_digits(digits: Words) -> Words:
    """Eight digits, the first in the lowest byte, to the number that they write."""
    pairs = (digits * _ONES) >> _BY8
    fours = ((pairs & _PAIRS) * _TENS) >> _BY16
    return np.asarray(((fours & _FOURS) * _HUNDREDS) >> _BY32)


def _bad_head(tokens: _Tokens, letter: Bytes) -> Flags:
    """A line begins with G or M and one to four digits."""
    length = tokens.end - tokens.start
    known = (letter == ord("G")) | (letter == ord("M"))
    return np.asarray(~known | tokens.dotted | (length > 5))


def _in_order(words: Ints, line: Ints, rank: Bytes, odd: Flags) -> Ints:
    """``words`` of lines that are not odd, in canonical order. A letter twice makes a line odd."""
    if odd.any():
        words = words[~odd[line[words]]]
    at, place = line[words], rank[words]
    falling = (at[1:] == at[:-1]) & (place[1:] <= place[:-1])
    if not falling.any():
        return words
    mixed = np.zeros(len(odd), dtype=np.bool_)
    mixed[at[1:][falling]] = True
    chosen = np.flatnonzero(mixed[at])
    key = at[chosen] * 32 + place[chosen]
    turned = np.argsort(key, kind="stable")
    words[chosen] = words[chosen[turned]]
    key = key[turned]
    twice = key[1:][key[1:] == key[:-1]] // 32
    if len(twice):
        odd[twice] = True
        words = words[~odd[line[words]]]
    return words


def _assemble(
    buffer: Bytes,
    tokens: _Tokens,
    heads: Ints,
    line: Ints,
    letter: Bytes,
    value: Ints,
    order: Ints,
    kept: Ints,
    odd: Flags,
) -> Chunk:
    head = heads[kept]
    count = np.bincount(line[order], minlength=len(odd))[kept]
    stop = np.cumsum(count)
    bits = np.zeros(len(order) + 1, dtype=np.int64)
    np.cumsum(1 << _RANK[letter[order]].astype(np.int64), out=bits[1:])
    number = value[head] // SCALE + M_WORDS * (letter[head] == ord("M"))
    text, text_end = _text(buffer, tokens, head, order, stop - count)
    return Chunk(
        line=kept,
        word=number.astype(np.int16),
        letters=(bits[stop] - bits[stop - count]).astype(np.uint32),
        count=count.astype(np.int32),
        values=value[order],
        text=text,
        text_end=text_end,
        odd=np.flatnonzero(odd),
        lines=len(odd),
    )


def _text(
    buffer: Bytes, tokens: _Tokens, head: Ints, order: Ints, begin: Ints
) -> tuple[bytes, Ints]:
    """Canonical lines, gathered from the bytes read; ``begin``: first word of each line."""
    place = begin + np.arange(len(head))
    sequence = np.empty(len(head) + len(order), dtype=np.int64)
    is_word = np.ones(len(sequence), dtype=np.bool_)
    is_word[place] = False
    sequence[place] = head
    sequence[is_word] = order
    start, end = tokens.start[sequence], _without_zeros(buffer, tokens, sequence)
    # Letter and sign stand before the point: there the 0 of "0.2" is missing.
    signed = buffer[start + 1] == _MINUS
    open_ = tokens.point[sequence] == start + 1 + signed
    length = end - start + 1 + open_
    reach = np.cumsum(length)
    source = np.repeat((start - open_ - reach + length).astype(np.int32), length)
    source += np.arange(len(source), dtype=np.int32)
    out = buffer[source]
    out[reach - 1] = _SPACE
    begin_out = (reach - length)[open_]
    out[begin_out] = buffer[start[open_]]
    out[begin_out + 1] = _MINUS
    out[begin_out + 1 + signed[open_]] = _ZERO
    finish = np.append(place[1:], len(sequence))[: len(place)] - 1
    text_end = reach[finish]
    out[text_end - 1] = _END
    return out.tobytes(), text_end


def _without_zeros(buffer: Bytes, tokens: _Tokens, sequence: Ints) -> Ints:
    """Ends of the words without the zeros, and the point, that a canonical number does not have."""
    end, point = tokens.end[sequence], tokens.point[sequence]
    open_ = np.flatnonzero((buffer[end - 1] == _ZERO) & (end > point))
    while len(open_):
        end[open_] -= 1
        open_ = open_[(buffer[end[open_] - 1] == _ZERO) & (end[open_] > point[open_] + 1)]
    end[end == point + 1] = point[end == point + 1]
    return end
