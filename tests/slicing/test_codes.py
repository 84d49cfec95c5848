"""Wording of the findings of slicing."""

from __future__ import annotations

from mdps_plugin.slicing import codes


def test_codes_are_unique_and_sentences_short():
    seen = [kind.code for kind in codes.ALL]
    assert len(set(seen)) == len(seen)
    for kind in codes.ALL:
        for text in (kind.title, kind.observed, kind.allowed, kind.next_step):
            for sentence in text.split(". "):
                assert len(sentence.split()) <= 12, sentence
