"""docs/recipe-format.md says what the code does: fields, findings, commands."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from mdps_plugin.authoring.examples import EXAMPLES
from mdps_plugin.authoring.reference import complete_document, reference
from mdps_plugin.findings import Finding, FindingKind
from mdps_plugin.recipes import codes, document
from mdps_plugin.recipes.rules import HAZARDS

PAGE = (Path(__file__).parents[2] / "docs" / "recipe-format.md").read_text(encoding="utf-8")
KINDS = [kind for kind in vars(codes).values() if isinstance(kind, FindingKind)]


def test_the_field_reference_is_what_the_parser_says() -> None:
    assert PAGE.split("<!-- reference -->\n", 1)[1] == reference(complete_document())


def test_every_field_of_the_dataclasses_is_in_the_reference() -> None:
    named = set(re.findall(r"^\| `([^`]+)`", PAGE, re.MULTILINE))
    words = {part for name in named for part in name.replace("[]", "").split(".")}
    computed = {"digest", "raw"}
    for kind in vars(document).values():
        if dataclasses.is_dataclass(kind) and kind.__module__ == document.__name__:
            missing = {field.name for field in dataclasses.fields(kind)} - words - computed
            assert not missing, kind


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
