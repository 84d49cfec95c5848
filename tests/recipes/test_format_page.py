"""docs/recipe-format.md says what the code does: examples, hazards, findings."""

from __future__ import annotations

import re
from pathlib import Path

from mdps_plugin.authoring.examples import EXAMPLES
from mdps_plugin.findings import Finding, FindingKind
from mdps_plugin.recipes import codes
from mdps_plugin.recipes.rules import HAZARDS

PAGE = (Path(__file__).parents[2] / "docs" / "recipe-format.md").read_text(encoding="utf-8")
KINDS = [kind for kind in vars(codes).values() if isinstance(kind, FindingKind)]


def test_every_example_and_hazard_is_named() -> None:
    for example in EXAMPLES:
        assert f"| `{example.name}` |" in PAGE
    assert "seven hazards" in PAGE
    assert len(HAZARDS) == 7


def test_codes_are_distinct_and_numbered_as_the_page_says() -> None:
    numbers = sorted(kind.code for kind in KINDS)
    assert numbers == [f"RC-{number:03d}" for number in range(1, len(KINDS) + 1)]
    assert numbers[-1] == "RC-020"


def test_texts_of_findings_are_plain_and_short() -> None:
    for kind in KINDS:
        text = Finding(kind=kind).message().lower()
        assert not re.search(r"\b(error|invalid|failed|please|compliant|certified)\b", text), kind
        for part in (kind.title, kind.next_step):
            for sentence in re.split(r"(?<=[.]) ", part):
                assert len(sentence.split()) <= 12, sentence
