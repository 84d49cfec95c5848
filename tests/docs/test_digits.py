"""Patterns in the controller take no digits of other scripts: ``float`` and ``int`` read them too.

A quantity that a person reads as one thing and a program as another is no quantity.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import mdps_plugin
from mdps_plugin.documents.identifier import _GTIN
from mdps_plugin.errors import DocumentError
from mdps_plugin.reading import Fields
from mdps_plugin.slicing.values import number

ROOT = Path(mdps_plugin.__file__).parent
_CALLS = {"compile", "fullmatch", "match", "search", "finditer", "findall", "sub", "split"}


def _text(node: ast.expr) -> str:
    """What of a pattern is written as text; "" for bytes, which know no other digits."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def loose(source: str) -> Iterator[int]:
    """Lines with a pattern that has a class of digits, and no ``re.ASCII``."""
    for node in ast.walk(ast.parse(source)):
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if not is_call or node.func.attr not in _CALLS or ast.unparse(node.func.value) != "re":
            continue
        flags = [
            ast.unparse(one) for one in [*node.args[1:], *(key.value for key in node.keywords)]
        ]
        if "\\d" in _text(node.args[0]) and not any("re.ASCII" in flag for flag in flags):
            yield node.lineno


def test_every_pattern_with_digits_is_ascii() -> None:
    files = sorted(ROOT.rglob("*.py"))
    assert len(files) > 300
    found = [
        f"{file.relative_to(ROOT)}:{line}"
        for file in files
        for line in loose(file.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_a_loose_pattern_would_be_found() -> None:
    source = (
        're.compile(r"\\d+")\nre.fullmatch(rf"a\\d{x}", y, flags=re.ASCII)\nre.match(rb"\\d", z)'
    )
    assert list(loose(source)) == [1]


@pytest.mark.parametrize("text", ["٤", "1٤", "0.２", "１０%"])
def test_numbers_of_settings_in_other_scripts_are_none(text: str) -> None:
    assert number(text) is None


def test_dates_and_gtins_in_other_scripts_are_refused() -> None:
    with pytest.raises(DocumentError):
        Fields({"at": "２０26-11-23T14:05:00Z"}, "order.json", "").instant("at")
    assert _GTIN.fullmatch("٠4012345678901"[:13]) is None
