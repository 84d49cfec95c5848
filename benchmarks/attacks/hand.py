"""Writes the lines that an attack put in as the job's own slicer writes them. Changes no meaning.

An attacker can write by the slicer's hand as well as any other. Else every change would be refused
by its writing alone (TP-012), and the laboratory would say nothing of the rules behind it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import takewhile

from mdps_plugin.toolpath.grammar import SCALE, Command, LineFault, parse_command
from mdps_plugin.toolpath.writing import WRITINGS, Writing

from .attack import Attack, Spoilt, Subject

_MODAL = "FXYZ"
_BY_SLICER = {writing.slicer.lower(): writing for writing in WRITINGS}


def by_the_slicers_hand(attack: Attack) -> Attack:
    """The same attack, written so."""

    def make(subject: Subject, size: float, rng: random.Random) -> Spoilt:
        spoilt = attack.make(subject, size, rng)
        if spoilt.nothing:
            return spoilt
        writing = _BY_SLICER["".join(filter(str.isalnum, subject.setup.slicer.lower()))]
        return replace(spoilt, data=rewritten(spoilt.data, subject.gcode, writing))

    make.__doc__ = attack.make.__doc__
    return replace(attack, make=make)


@lru_cache(maxsize=4)
def _honest(gcode: bytes) -> tuple[list[bytes], frozenset[bytes]]:
    lines = gcode.split(b"\n")
    return lines, frozenset(lines)


def rewritten(data: bytes, honest: bytes, writing: Writing) -> bytes:
    """``data`` with each line that is not one of ``honest`` in the writing of the slicer.

    Lines before the first that differs and after the last are the slicer's own: of those before,
    only what is in force after them is looked for.
    """
    lines = data.split(b"\n")
    own, known = _honest(honest)
    first = _alike(zip(lines, own, strict=False))
    last = len(lines) - _alike(zip(reversed(lines[first:]), reversed(own[first:]), strict=False))
    hand = _Hand(writing, now=_in_force(lines[:first]))
    out = lines[:first]
    for at in range(first, len(lines)):
        if at >= last and hand.speed is None:
            return b"\n".join(out + lines[at:])
        out += hand.lines(lines[at], lines[at] in known)
    return b"\n".join(out)


def _alike(pairs: Iterable[tuple[bytes, bytes]]) -> int:
    """How many of the first pairs are equal."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _in_force(lines: Sequence[bytes]) -> dict[str, int]:
    """The last value of each letter that moves have named."""
    now: dict[str, int] = {}
    missing = [letter.encode() for letter in _MODAL]
    for raw in reversed(lines):
        if not missing:
            break
        if any(letter in raw for letter in missing):
            for letter, value in _named(_command(_text(raw))):
                now.setdefault(letter, value)
            missing = [letter for letter in missing if letter.decode() not in now]
    return now


def _named(command: Command | None) -> Iterator[tuple[str, int]]:
    """What a move puts in force."""
    if command is not None and command.word in ("G0", "G1"):
        for letter, value in command.values:
            if letter in _MODAL and value is not None:
                yield letter, value


def _text(raw: bytes) -> str:
    """A line without its remark."""
    return raw.partition(b";")[0].rstrip(b" ").decode("latin-1")


@dataclass
class _Hand:
    """Follows what is in force, so that a slicer's line can name more than the attacker's did.

    ``speed``: a speed by itself, for a slicer that names it in the next move only. ``passed``: the
    slicer's own lines that ``now`` does not know yet.
    """

    writing: Writing
    now: dict[str, int]
    speed: int | None = None
    passed: list[bytes] = field(default_factory=list)

    def lines(self, raw: bytes, known: bool) -> list[bytes]:
        """One line, or two that mean the same; ``raw`` itself where there is no better."""
        if known and self.speed is None:
            self.passed.append(raw)
            return [raw]
        _, mark, remark = raw.partition(b";")
        command = _command(_text(raw))
        if command is None:
            return [raw]
        self.now |= _in_force(self.passed)
        self.passed.clear()
        values = {letter: value for letter, value in command.values if value is not None}
        move = command.word in ("G0", "G1")
        written = list(self._written(command, values)) if move else [command]
        lines = [self.writing.line(one) for one in written]
        if all(line is not None for line in lines):
            said = [line.encode("ascii") for line in lines if line is not None]
            raw = b"\n".join(said) + (b" ;" + remark if mark and self.writing.remarks else b"")
        self.now.update(_named(command))
        return raw.split(b"\n") if raw or move is False else []

    def _written(self, command: Command, values: dict[str, int]) -> Iterator[Command]:
        words = self.writing.moves
        word = command.word if command.word in words else "G1"
        if self.speed is not None:
            values.setdefault("F", self.speed)
            self.speed = None
        named = set(values)
        spare = {letter for letter in _MODAL if letter in self.now} - named
        shapes = sorted((len(set(one) - named), one) for one in words[word] if named <= set(one))
        for _, shape in shapes:
            if set(shape) - named <= spare:
                more = {letter: self.now[letter] for letter in set(shape) - named}
                yield Command(word, tuple({**more, **values}.items()))
                return
        if named == {"F"}:
            self.speed = values["F"]
            return
        if "F" in named and any(set(one) == {"F"} for one in words[word]):
            yield Command(word, (("F", values.pop("F")),))
            yield from self._written(command, values)
            return
        yield command


@lru_cache(maxsize=1 << 15)
def _command(text: str) -> Command | None:
    if not text or not text.isascii() or not text.isprintable():
        return None
    read = parse_command(text)
    if isinstance(read, LineFault) or any(value is None for _, value in read.values):
        return None
    return read if abs(max((v or 0 for _, v in read.values), default=0)) < 10**6 * SCALE else None
