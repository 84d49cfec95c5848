"""How another firmware speaks, laid over a recorded dialect: its words, and its rules for lines.

A manner is data (``manners/NAME.json``): what is different from the dialect below it, as far as
public sources show it, and where they show it. It was not recorded. Rules are tried in order; the
first that matches a whole line decides what is said instead, which may be nothing. A field with
a format that ends in ``f`` (``{t:.1f}``) is read as a number.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from .data import DataFault, Dialect, load_dialect, names, read_data

_FOLDER = Path(__file__).parent / "manners"


class _Words(string.Formatter):
    def format_field(self, value: object, spec: str) -> str:
        return format(float(str(value)), spec) if spec.endswith("f") else str(value)


_FORMAT = _Words()


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A printer's line as a regular expression, and the lines said in its place.

    ``cause``, if not empty, is what the firmware calls the reason of the kill that this line tells.
    """

    match: str
    say: tuple[str, ...]
    cause: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The expression, ready for use."""
        return re.compile(self.match)


@dataclass(frozen=True, kw_only=True)
class LineRules:
    """What a firmware demands of the host's lines, and which act before their turn."""

    numbers_checked: bool
    repeats_swallowed: bool
    bare_checksum_refused: bool
    lower_case_known: bool
    emergency: tuple[str, ...]


MARLIN_LINES = LineRules(
    numbers_checked=True,
    repeats_swallowed=True,
    bare_checksum_refused=False,
    lower_case_known=False,
    emergency=("M108", "M112", "M410", "M524", "M876"),
)


@dataclass(frozen=True, kw_only=True)
class Manner:
    """One manner of speaking. ``knows`` are the commands it has; empty: all of the dialect below.

    ``killed_answer`` is said to every line after a kill, with ``{cause}`` for its reason;
    ``restarts_after_kill`` boots instead.
    """

    name: str
    provenance: tuple[str, ...]
    dialect: str
    identity: str
    capabilities: tuple[str, ...]
    banner: tuple[str, ...]
    knows: tuple[str, ...]
    restarts_after_kill: bool
    killed_answer: tuple[str, ...]
    lines: LineRules
    answers: tuple[Rule, ...]

    def over(self, dialect: Dialect) -> Dialect:
        """The dialect below with this manner's own names."""
        return replace(
            dialect,
            name=self.name,
            provenance="; ".join(self.provenance),
            identity=self.identity,
            capabilities=self.capabilities,
            banner=self.banner,
            advanced_ok=False,
            reports_fan=False,
        )

    def reword(self, text: str) -> tuple[list[str], str]:
        """One line of the dialect below as this firmware says it, lines with ends; the cause."""
        line = text.rstrip("\r\n")
        for rule in self.answers:
            found = rule.pattern.fullmatch(line)
            if found is not None:
                words = found.groupdict()
                return [_FORMAT.format(each, **words) + "\n" for each in rule.say], rule.cause
        return [line + "\n"], ""

    def after_kill(self, cause: str) -> list[str]:
        """What a killed firmware answers to a line, with ends."""
        return [each.replace("{cause}", cause) + "\n" for each in self.killed_answer]


def speeches() -> list[str]:
    """Names for ``--dialect``: recorded dialects first, then the manners laid over them."""
    return [*names("dialects"), *sorted(path.stem for path in _FOLDER.glob("*.json"))]


def load_speech(name: str) -> tuple[Dialect, Manner | None]:
    """The dialect of that name, and the manner laid over it if it is one that was not recorded."""
    if name not in speeches():
        raise DataFault(f"no dialect {name!r}; there is: {', '.join(speeches())}")
    if name in names("dialects"):
        return load_dialect(name), None
    manner = read_data(Manner, _FOLDER / f"{name}.json")
    return manner.over(load_dialect(manner.dialect)), manner
