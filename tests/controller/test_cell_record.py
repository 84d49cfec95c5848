"""The one way to add to the record: a write whose word was lost is found again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mdps_plugin.audit import store as audit_store
from mdps_plugin.build.states import fold
from mdps_plugin.controller.cell import Cell, open_cell, read_cell_config
from mdps_plugin.controller.process import find_profile
from mdps_plugin.demonstration.hospital import Hospital, lay_out
from mdps_plugin.errors import DocumentError, StoreError


@pytest.fixture
def cell(tmp_path: Path) -> Iterator[Cell]:
    hospital = Hospital(home=tmp_path)
    lay_out(hospital, None)
    config = read_cell_config(hospital.cell)
    opened = open_cell(hospital.cell, find_profile(config.printer.profile), config)
    yield opened
    opened.close()


def order(number: int) -> dict[str, str]:
    return {
        "order_id": f"O-{number}",
        "order_sha256": "0" * 64,
        "recipe_digest": "1" * 64,
        "patient_token": "P-0000000000000001",
    }


def test_an_entry_that_stayed_although_the_disk_said_no_is_not_written_twice(
    cell: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = audit_store.write_high_water

    def no_space(path: Path, note: str) -> None:
        monkeypatch.setattr(audit_store, "write_high_water", real)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(audit_store, "write_high_water", no_space)
    with pytest.raises(StoreError):
        cell.record("order_received", order(77))
    assert cell.log_fault
    # The commit itself had happened: the same order again cannot follow it.
    with pytest.raises(DocumentError, match="a second time"):
        cell.record("order_received", order(77))
    cell.record("order_received", order(78))
    assert sorted(cell.state.orders) == ["O-77", "O-78"]
    assert cell.state.size == cell.log.size == 2
    assert fold(cell.log.entries()) == cell.state


def test_entries_that_belong_together_are_all_there_or_none(cell: Cell) -> None:
    with pytest.raises(DocumentError, match="a second time"):
        cell.record_many([("order_received", order(1)), ("order_received", order(1))])
    assert cell.log.size == 0
    cell.record_many([("order_received", order(1)), ("order_received", order(2))])
    assert sorted(cell.state.orders) == ["O-1", "O-2"]
