"""Reads a scenario file: what happens to the printer, and what must be true of it. Runs nothing.

A scenario is TOML with a closed set of keys. Every fault of the file is found with its line::

    scenario.toml, line 9: no fault 'sensor_lo'; allowed: …
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from .data import DataFault, load_printer
from .expectation import Statement, parse_statement
from .faults import KINDS, Condition, Fault, FaultError, parse_condition, parse_fault
from .machine import Simulator
from .manner import load_speech
from .panel import check_values
from .truth import snapshot

_LONGEST_BYTES = 1 << 20
_MOST_ENTRIES = 1000
HOLDS = ("end", "always", "once")
FASTEST = 1000.0


class ScenarioFault(Exception):
    """The file cannot be read or is no scenario; the text says file, line and reason."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that happens: a fault, a fault ended, or values set at the panel."""

    line: int
    when: Condition | None
    fault: Fault | None = None
    off: str | None = None
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """One statement, from when on it is looked at, and how: at the end, always, or once."""

    line: int
    statement: Statement
    when: Condition | None
    hold: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A whole file. What the file does not say is None; the command line may say it."""

    title: str = ""
    seed: int | None = None
    speed: float | None = None
    dialect: str | None = None
    printer: str | None = None
    end: Condition | None = None
    steps: tuple[Step, ...] = ()
    expectations: tuple[Expectation, ...] = ()


def load_scenario(path: Path) -> Scenario:
    """The scenario in ``path``; :class:`ScenarioFault` if there is none."""
    try:
        with path.open("rb") as file:
            data = file.read(_LONGEST_BYTES + 1)
    except (OSError, ValueError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else fault
        raise ScenarioFault(f"{path}: {reason}") from None
    return parse_scenario(data, str(path))


def parse_scenario(data: bytes, name: str) -> Scenario:
    """The scenario in ``data``; ``name`` stands in messages. Any bytes are taken."""
    if len(data) > _LONGEST_BYTES:
        raise ScenarioFault(f"{name}, line 1: longer than {_LONGEST_BYTES} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = data[: fault.start].count(b"\n") + 1
        raise ScenarioFault(f"{name}, line {line}: not UTF-8 text") from None
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as fault:
        found = re.search(r" \(at line (\d+), column (\d+)\)$", str(fault))
        line = int(found[1]) if found else text.count("\n") + 1
        reason = "nested too deeply" if isinstance(fault, RecursionError) else str(fault)
        reason = reason[: found.start()] if found else reason.split(" (at ")[0]
        raise ScenarioFault(f"{name}, line {line}: {reason}") from None
    return _Reader(document, text, name).scenario()


class _Places:
    """Lines of keys, found by a plain walk over the text; a key it cannot see has its table's."""

    def __init__(self, text: str) -> None:
        self._found: dict[tuple[str, int, str], int] = {}
        table, counts = "", {"": 0}
        for number, line in enumerate(text.split("\n"), 1):
            header = re.match(r"\s*\[\[?\s*([\w-]+)", line)
            if header:
                table = header[1]
                counts[table] = counts.get(table, -1) + 1
                self._found[table, counts[table], ""] = number
                continue
            key = re.match(r"\s*[\"']?([\w-]+)[\"']?\s*[=.]", line)
            if key:
                self._found.setdefault((table, counts[table], key[1]), number)

    def line(self, table: str, index: int, key: str) -> int:
        """Where that key stands, else its table, else the key that bears the table's name."""
        found = self._found
        for place in ((table, index, key), (table, index, ""), ("", 0, table), ("", 0, key)):
            if place in found:
                return found[place]
        return 1


class _Reader:
    def __init__(self, document: dict[str, object], text: str, name: str) -> None:
        self._document = document
        self._places = _Places(text)
        self._name = name
        self._truth = snapshot(Simulator())

    def _fail(self, reason: str, table: str, index: int, key: str = "") -> ScenarioFault:
        line = self._places.line(table, index, key)
        return ScenarioFault(f"{self._name}, line {line}: {reason}")

    def scenario(self) -> Scenario:
        allowed = ("title", "seed", "speed", "dialect", "printer", "end", "step", "expect")
        self._only(self._document, allowed, "", 0)
        top = Scenario(
            title=self._string(self._document, "title", "", 0) or "",
            seed=self._seed(),
            speed=self._speed(),
            dialect=self._named("dialect", load_speech),
            printer=self._named("printer", load_printer),
            end=self._condition(self._document, "end", "", 0),
        )
        return replace(
            top,
            steps=tuple(self._step(e, i) for i, e in self._entries("step")),
            expectations=tuple(self._expect(e, i) for i, e in self._entries("expect")),
        )

    def _only(
        self, found: Mapping[str, object], allowed: tuple[str, ...], table: str, index: int
    ) -> None:
        for key in found:
            if key not in allowed:
                raise self._fail(f"{key!r}; allowed: {', '.join(allowed)}", table, index, key)

    def _string(self, found: Mapping[str, object], key: str, table: str, index: int) -> str | None:
        value = found.get(key)
        if value is None or isinstance(value, str):
            return value
        raise self._fail(f"{key} {value!r}; allowed: text in quotes", table, index, key)

    def _seed(self) -> int | None:
        value = self._document.get("seed")
        if value is None or (type(value) is int and abs(value) < 1 << 63):
            return value
        raise self._fail(f"seed {value!r}; allowed: a whole number", "", 0, "seed")

    def _speed(self) -> float | None:
        value = self._document.get("speed")
        if value is None:
            return None
        try:
            return parse_speed(value)
        except FaultError as fault:
            raise self._fail(str(fault), "", 0, "speed") from None

    def _named(self, key: str, load: Callable[[str], object]) -> str | None:
        value = self._string(self._document, key, "", 0)
        if value is not None:
            try:
                load(value)
            except DataFault as fault:
                raise self._fail(str(fault), "", 0, key) from None
        return value

    def _condition(
        self, found: Mapping[str, object], key: str, table: str, index: int
    ) -> Condition | None:
        text = self._string(found, key, table, index)
        try:
            return None if text is None else parse_condition(text)
        except FaultError as fault:
            raise self._fail(str(fault), table, index, key) from None

    def _entries(self, table: str) -> list[tuple[int, dict[str, object]]]:
        found = self._document.get(table, [])
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise self._fail(f"{table} is written [[{table}]]", table, 0)
        if len(found) > _MOST_ENTRIES:
            raise self._fail(f"more than {_MOST_ENTRIES} of [[{table}]]", table, _MOST_ENTRIES)
        return list(enumerate(found))

    def _step(self, entry: dict[str, object], index: int) -> Step:
        self._only(entry, ("when", "fault", "off", "set"), "step", index)
        acts = [key for key in ("fault", "off", "set") if key in entry]
        if len(acts) != 1:
            raise self._fail("a step has one of: fault, off, set", "step", index)
        line = self._places.line("step", index, acts[0])
        when = self._condition(entry, "when", "step", index)
        try:
            if acts[0] == "set":
                return Step(line=line, when=when, values=check_values(entry["set"]))
            text = self._string(entry, acts[0], "step", index) or ""
            if acts[0] == "off":
                return Step(line=line, when=when, off=lasting_fault(text))
            return Step(line=line, when=None, fault=_with_condition(parse_fault(text), when))
        except FaultError as fault:
            raise self._fail(str(fault), "step", index, acts[0]) from None

    def _expect(self, entry: dict[str, object], index: int) -> Expectation:
        self._only(entry, ("that", "when", "hold", "why"), "expect", index)
        that = self._string(entry, "that", "expect", index)
        if that is None:
            raise self._fail("an expectation needs: that", "expect", index)
        hold = self._string(entry, "hold", "expect", index) or "end"
        if hold not in HOLDS:
            allowed = ", ".join(HOLDS)
            raise self._fail(f"hold {hold!r}; allowed: {allowed}", "expect", index, "hold")
        try:
            statement = parse_statement(that, self._truth)
        except FaultError as fault:
            raise self._fail(str(fault), "expect", index, "that") from None
        return Expectation(
            line=self._places.line("expect", index, "that"),
            statement=statement,
            when=self._condition(entry, "when", "expect", index),
            hold=hold,
            why=self._string(entry, "why", "expect", index) or "",
        )


def lasting_fault(name: str) -> str:
    """The name of a fault that can be switched off; :class:`FaultError` if it is none."""
    lasting = [kind.name for kind in KINDS.values() if kind.lasting]
    if name.strip() not in lasting:
        raise FaultError(f"no lasting fault {name!r}; allowed: {', '.join(lasting)}")
    return name.strip()


def _with_condition(fault: Fault, when: Condition | None) -> Fault:
    if when is None:
        return fault
    if fault.condition is not None:
        raise FaultError("a condition stands in the fault or in when, not in both")
    return replace(fault, condition=when)


def parse_speed(value: object) -> float:
    """Virtual seconds a second; infinity for ``max``. :class:`FaultError` if it is neither."""
    if value == "max":
        return math.inf
    number = math.nan
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = math.nan
    if not 0.0 < number <= FASTEST:
        raise FaultError(f"speed {value}; allowed: above 0 to {FASTEST:g}, or max")
    return number
