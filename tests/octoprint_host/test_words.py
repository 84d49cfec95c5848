"""The words of the face: whatever a check of an order reports by name has a name for people."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mdps_plugin import octoprint_host
from mdps_plugin.build.decide import ORDER_CHECKS
from mdps_plugin.distribution.look import CHECKS as TRUST_CHECKS
from mdps_plugin.models.check import CHECKS as MODEL_CHECKS
from mdps_plugin.recipes.bundle import CHECKS as RECIPE_CHECKS
from mdps_plugin.toolpath.examine import CHECK_NAMES

WORDS = Path(octoprint_host.__file__).parent / "static" / "js" / "words.js"


def _labels() -> dict[str, str]:
    block = re.search(r"var CHECKS = \{(.*?)\n    \};", WORDS.read_text("utf-8"), re.DOTALL)
    assert block is not None
    found = re.findall(r'^\s+(?:"([^"]+)"|(\w+)): gettext\("([^"]+)"\)', block[1], re.MULTILINE)
    return {quoted or bare: label for quoted, bare, label in found}


LABELS = _labels()


@pytest.mark.parametrize(
    "name", [*CHECK_NAMES, *MODEL_CHECKS, *RECIPE_CHECKS, *TRUST_CHECKS, *sorted(ORDER_CHECKS)]
)
def test_every_check_of_an_order_has_a_label(name: str) -> None:
    assert LABELS[name][:1].isupper()
    assert 1 <= len(LABELS[name].split()) <= 9


def test_no_two_checks_have_the_same_label() -> None:
    assert len(set(LABELS.values())) == len(LABELS) > 30
