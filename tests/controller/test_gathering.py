"""Which change of the printer's stored settings makes it another board."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mdps_plugin.controller.gathering import settings_digest
from mdps_plugin.interlock.qualification import NO_PRINTER

LINES = ("M92 X80.00 Y80.00 Z400.00 E93.00", "M200 S0 D1.75", "M204 P1250.00", "M301 P22.20")


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("M200 S0 D1.75", "M200 S0 D0.00", True),
        ("M200 S0 D1.75", "M200 S1 D1.75", False),
        ("M204 P1250.00", "M204 P800.00", True),
        ("M92 X80.00 Y80.00 Z400.00 E93.00", "M92 X80.00 Y80.00 Z400.00 E95.00", False),
        ("M301 P22.20", "M301 P23.00", False),
    ],
)
def test_what_a_job_may_leave_behind_and_what_nobody_may(
    before: str, after: str, same: bool
) -> None:
    qualified = replace(NO_PRINTER, settings=LINES)
    found = replace(NO_PRINTER, settings=tuple(after if x == before else x for x in LINES))
    assert (settings_digest(found) == settings_digest(qualified)) is same
