"""docs/simulator-faults.md: every fault has its row, and a row is what a run gives."""

from __future__ import annotations

import pytest

from benchmarks.fault_table import HEAD, PAGE, cases, row
from simulator.faults import KINDS

TEXT = PAGE.read_text(encoding="utf-8")


def test_every_fault_has_its_rows() -> None:
    assert TEXT.startswith(HEAD)
    rows = TEXT.removeprefix(HEAD).splitlines()
    assert [line.split("`")[1] for line in rows] == cases(None)
    assert {case.split("@")[0].split(":")[0] for case in cases(None)} == set(KINDS)


@pytest.mark.parametrize("name", ["sensor_low", "thermal_runaway", "panel_temperature"])
def test_rows_are_what_a_run_gives(name: str) -> None:
    for case in cases(name):
        assert row(case) in TEXT.splitlines()
