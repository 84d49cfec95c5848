"""The durable marks: they only rise, they are whole after a failed write, and say what to do."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.distribution.marks import Mark, highest, read_mark
from mdps_plugin.distribution.marks_store import MarksStore
from mdps_plugin.distribution.trusted_time import TOLERANCE, trusted_time
from mdps_plugin.errors import StoreError
from mdps_plugin.reading import Fields

from .world import DAY, NOW


def mark(version: int, role: str = "timestamp") -> Mark:
    return Mark(repository="hospital", role=role, keys="k", version=version)


def test_marks_only_rise_and_outlive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "marks.sqlite"
    store = MarksStore(path)
    store.accept([mark(7)], {("hospital", "timestamp"): ["a"]}, ("hospital", NOW))
    store.accept([mark(3)], {}, ("hospital", NOW - DAY))
    store.close()
    store = MarksStore(path, seed=[mark(5), mark(2, "targets")])
    assert store.version("hospital", "timestamp", "k") == 7
    assert store.version("hospital", "targets", "k") == 2
    assert store.was_key("hospital", "timestamp", "a")
    assert not store.was_key("hospital", "timestamp", "b")
    assert store.accepted_at() == NOW
    store.close()


def test_the_journal_is_the_safe_one(tmp_path: Path) -> None:
    store = MarksStore(tmp_path / "marks.sqlite")
    assert store._database.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert store._database.execute("PRAGMA synchronous").fetchone() == (3,)
    store.close()


def test_a_write_that_the_disk_refuses_changes_nothing(tmp_path: Path) -> None:
    store = MarksStore(tmp_path / "marks.sqlite")
    store.accept([mark(1)], {}, None)
    store._database.execute("PRAGMA max_page_count = 1")
    store._database.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreError, match="Next step"):
        store.accept([mark(9)], {}, None)
    assert store.version("hospital", "timestamp", "k") == 1
    store._database.execute("PRAGMA query_only = OFF")
    store.accept([mark(2)], {}, None)
    store.close()


@pytest.mark.parametrize("data", [b"no database", b"SQLite format 3\x00" + b"\xff" * 200])
def test_a_file_that_is_no_database(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "marks.sqlite"
    path.write_bytes(data)
    with pytest.raises(StoreError, match="fills it from its audit log"):
        MarksStore(path)


def test_a_database_closed_under_us(tmp_path: Path) -> None:
    store = MarksStore(tmp_path / "marks.sqlite")
    store.close()
    with pytest.raises((StoreError, sqlite3.ProgrammingError)):
        store.accepted_at()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 2**53 - 1), min_size=1, max_size=8))
def test_the_highest_of_any_history(versions: list[int]) -> None:
    marks = [mark(version) for version in versions]
    assert highest(marks) == {("hospital", "timestamp", "k"): max(versions)}
    fields = Fields(marks[0].to_json(), "test")
    assert read_mark(fields, "hospital") == marks[0]


def test_time_is_the_latest_that_anything_has_shown() -> None:
    shown = {"the last entry": NOW, "the last import": NOW - DAY, "a witness": None}
    assert trusted_time(NOW + DAY, shown) == (NOW + DAY, ())
    assert trusted_time(NOW - TOLERANCE, shown) == (NOW, ())
    at, (finding,) = trusted_time(NOW - timedelta(minutes=1), shown)
    assert at == NOW
    assert (finding.code, finding.where.path) == ("TR-023", "the last entry")
