"""docs/findings.md and docs/cli.md are what the code says; every sentence keeps the rules."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from mdps_plugin.build.signature import ACT_RULES
from mdps_plugin.cli.main import build_parser
from mdps_plugin.findings import Finding, FindingKind
from simulator.options import build_parser as build_simulator_parser

from .pages import DOCS, script, text

WRITER = script("write_reference")
ROOMS: dict[str, list[FindingKind]] = WRITER.kinds_by_room()
KINDS = [kind for kinds in ROOMS.values() for kind in kinds]
PREFIX = {
    "audit": "AL-",
    "authoring": "AU-",
    "build": "BD-",
    "controller": "CT-",
    "distribution": "TR-",
    "documents": "DC-",
    "interlock": "GT-",
    "models": "MD-",
    "policy": "SP-",
    "recipes": "RC-",
    "slicing": "SL-",
    "telemetry": "TM-",
    "toolpath": "TP-",
}
WHO = {"technician", "releaser", "quality manager", "it", "prescriber", "manufacturer"}
FORBIDDEN = re.compile(
    r"\b(error|invalid|failed|failure|please|oops|illegal|compliant|certified|abort)\b", re.I
)
ROW = re.compile(r"\brow (\d+)")


@pytest.mark.parametrize("page", sorted(WRITER.PAGES))
def test_the_page_is_what_the_code_says(page: str) -> None:
    wanted = WRITER.PAGES[page]()
    assert text(DOCS / page) == wanted, "run: python scripts/write_reference.py"


def test_every_room_has_its_prefix_and_every_code_is_used_once() -> None:
    assert {room: kinds[0].code[:3] for room, kinds in ROOMS.items()} == PREFIX
    for room, kinds in ROOMS.items():
        assert {kind.code[:3] for kind in kinds} == {PREFIX[room]}
    assert [code for code, count in Counter(kind.code for kind in KINDS).items() if count > 1] == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_sentences_are_plain_short_and_say_who(kind: FindingKind) -> None:
    lines = (kind.title, kind.observed, kind.allowed, kind.next_step)
    assert all(line.strip() for line in lines)
    assert kind.who in WHO
    assert kind.clause
    for line in lines:
        assert not FORBIDDEN.search(line), line
        assert not re.search(r"\bapproved\b(?! in this cell)", line), line
        for sentence in re.split(r"(?<=[.!?])\s", line):
            assert len(sentence.split()) <= 12, sentence


def test_four_lines_are_four_sentences() -> None:
    for kind in KINDS:
        message = Finding(kind=kind).message()
        for head in (" Observed: ", " Allowed: ", " Next: "):
            assert message.count(head) == 1, message
            assert message[message.index(head) - 1] in ".!?…", message


def test_rows_that_are_cited_are_in_the_table_of_clauses() -> None:
    rows = set(re.findall(r"^\| (\d+) \|", text(DOCS / "clauses.md"), re.M))
    assert rows == {str(number) for number in range(1, 41)}
    cited = {row for kind in KINDS for row in ROW.findall(kind.clause)}
    assert cited
    assert cited <= rows


def test_every_option_of_every_command_is_on_the_page() -> None:
    page = text(DOCS / "cli.md")
    parsers = [parser for _, _, parser in WRITER.commands(build_parser(), "mdps", "")]
    names = [name for name, _, _ in WRITER.commands(build_parser(), "mdps", "")]
    assert len(names) >= 10
    assert all(f"## {name}\n" in page for name in names)
    for parser in (*parsers, build_simulator_parser()):
        for action in parser._actions:
            for option in action.option_strings:
                assert option in ("-h", "--help") or f"`{option}`" in page, option


def test_meanings_of_signatures_claim_nothing() -> None:
    for rule in ACT_RULES.values():
        assert not re.search(r"compliant|certified|conform", rule.meaning, re.I)
