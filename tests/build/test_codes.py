"""The catalogue: every kind is produced by a real situation, and its words keep the rules."""

from __future__ import annotations

import re

import pytest

from mdps_plugin.findings import Finding, FindingKind

from .scenarios import KINDS, SCENARIOS

TEMPLATES = [
    (kind.code, text)
    for kind in KINDS
    for text in (kind.title, kind.observed, kind.allowed, kind.next_step)
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_every_kind_is_produced(kind: FindingKind) -> None:
    produced = [item for item in SCENARIOS[kind.code]() if item.code == kind.code]
    assert produced, f"{kind.code} is never produced"
    if isinstance(produced[0], Finding):
        texts = produced[0].to_json()
        shown = [texts["title"], texts["observed"], texts["allowed"], texts["next_step"]]
    else:
        one = produced[0]
        shown = [one.title, one.observed, one.allowed, one.next_step]
    for text in shown:
        assert text
        assert "?" not in str(text)
        assert "None" not in str(text)


def test_codes_are_unique() -> None:
    names = [kind.code for kind in KINDS]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"BD-\d{3}", name) for name in names)


@pytest.mark.parametrize(("code", "text"), TEMPLATES)
def test_words_keep_the_rules(code: str, text: str) -> None:
    lowered = text.lower()
    for word in ("error", "invalid", "failed", "please", "!", "compliant", "certified"):
        assert word not in lowered, (code, word)
    for sentence in re.split(r"[.!?](?:\s|$)", text):
        assert len(sentence.split()) <= 12, (code, sentence)
