"""The store in good weather, and a folder that somebody touched while it was closed."""

import shutil
import sqlite3
import threading
from contextlib import closing

import pytest

from mdps_plugin.audit.checkpoint import open_checkpoint
from mdps_plugin.audit.note import parse_vkey
from mdps_plugin.audit.store import AuditStore
from mdps_plugin.audit.tree import consistency_holds, inclusion_holds
from mdps_plugin.audit.verify import verify_log
from mdps_plugin.errors import DocumentError, StoreError

from .logs import ORIGIN, OTHER, SIGNER, VKEY, at, fill, open_store


def head_of(store):
    return open_checkpoint(store.checkpoint(), parse_vkey(VKEY, "keys"), "log", "head")


def test_entries_come_back_after_a_restart(tmp_path):
    with open_store(tmp_path) as store:
        assert store.size == 0
        assert head_of(store).size == 0
        first = store.append("build_armed", {"build_id": "B-1", "x": 1.0}, at(0))
        two = store.append_many([("build_started", {}), ("build_held", {"é": ["ü"]})], at(1))
        assert [entry.index for entry in (first, *two)] == [0, 1, 2]
        assert store.append_many([], at(2)) == ()
    with open_store(tmp_path) as store:
        assert store.size == 3
        assert tuple(store.entries()) == (first, *two)
        assert tuple(store.entries(1, 2)) == two[:1]
        assert tuple(store.entries(7)) == ()
        assert two[1].body == {"é": ["ü"]}
        assert first.time == "2026-11-23T14:05:00Z"
        assert head_of(store).size == 3


def test_proofs_of_an_open_log_hold(tmp_path):
    with open_store(tmp_path) as store:
        fill(store, 5)
        old = head_of(store)
        fill(store, 6)
        new = head_of(store)
        assert consistency_holds(old.size, old.root, new.size, new.root, store.consistency(5))
        assert inclusion_holds(store.leaf(3), 3, new.size, store.inclusion(3), new.root)


def test_threads_append_one_after_another(tmp_path):
    with open_store(tmp_path) as store:
        threads = [threading.Thread(target=fill, args=(store, 15)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [entry.index for entry in store.entries()] == list(range(60))
    assert verify_log(tmp_path / "audit.sqlite", [VKEY], None).ok


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("note", {"x": float("nan")}),
        ("note", {"x": 2**60}),
        ("note", {"x": 1e16}),
        ("note", {"x": "\ud800"}),
        ("note", {"x": "a" * 66_000}),
        ("note", {"x": object()}),
        ("Not a kind", {}),
    ],
)
def test_a_body_that_no_verifier_could_read_is_refused_before_writing(tmp_path, kind, body):
    with open_store(tmp_path) as store:
        fill(store, 1)
        with pytest.raises(DocumentError):
            store.append(kind, body, at(1))
        with pytest.raises(DocumentError):
            store.append_many([("fine", {}), (kind, body)], at(1))
        deep = []
        for _ in range(200):
            deep = [deep]
        with pytest.raises(DocumentError):
            store.append("note", {"x": deep}, at(1))
        assert store.size == 1
        store.append("note", {}, at(2))
    assert verify_log(tmp_path / "audit.sqlite", [VKEY], None).entries == 2


def test_a_second_writer_is_refused(tmp_path):
    with open_store(tmp_path), pytest.raises(StoreError, match="already open"):
        open_store(tmp_path)
    open_store(tmp_path).close()


def test_a_closed_store_says_so(tmp_path):
    store = open_store(tmp_path)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.append("note", {}, at(0))


def test_sqlite_itself_refuses_to_change_what_was_written(tmp_path):
    with open_store(tmp_path) as store:
        fill(store, 2)
    database = sqlite3.connect(tmp_path / "audit.sqlite", isolation_level=None)
    for statement in (
        "UPDATE entry SET data = x'00'",
        "DELETE FROM entry",
        "DELETE FROM checkpoint",
        "UPDATE checkpoint SET note = ''",
        "UPDATE meta SET value = ''",
        "DELETE FROM meta",
        "INSERT OR REPLACE INTO entry VALUES (0, x'00', x'00')",
        "INSERT INTO entry VALUES (5, x'00', x'00')",
        "INSERT OR REPLACE INTO checkpoint VALUES (1, '')",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            database.execute(statement)
    database.close()
    open_store(tmp_path).close()


def tampered(path, statement, *values):
    """Change a store as somebody would who knows how to drop a trigger."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        triggers = database.execute(
            "SELECT name, sql FROM sqlite_master WHERE type='trigger'"
        ).fetchall()
        for name, _ in triggers:
            database.execute(f"DROP TRIGGER {name}")
        database.execute(statement, values)
        for _, sql in triggers:
            database.execute(sql)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET data = replace(data, 'Pr', 'pr') WHERE idx = 3",
        "UPDATE entry SET data = NULL || data WHERE idx = 3",
        "DELETE FROM entry WHERE idx = 3",
        "DELETE FROM entry WHERE idx = 9",
        "DELETE FROM checkpoint WHERE size = 10",
        "UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE size = 9) WHERE size = 10",
        "UPDATE meta SET value = 'other' WHERE name = 'origin'",
        "DELETE FROM meta",
        "CREATE TABLE more (a)",
    ],
)
def test_a_changed_store_does_not_open(tmp_path, statement):
    with open_store(tmp_path) as store:
        fill(store, 10)
    try:
        tampered(tmp_path / "audit.sqlite", statement)
    except sqlite3.IntegrityError:
        tampered(tmp_path / "audit.sqlite", "UPDATE entry SET data = 'text' WHERE idx = 3")
    with pytest.raises(StoreError):
        open_store(tmp_path)
    assert not verify_log(tmp_path / "audit.sqlite", [VKEY], None).ok


def test_an_older_copy_is_noticed_with_both_sizes(tmp_path):
    with open_store(tmp_path) as store:
        fill(store, 4)
    shutil.copy(tmp_path / "audit.sqlite", tmp_path / "old")
    with open_store(tmp_path) as store:
        fill(store, 3)
    shutil.copy(tmp_path / "old", tmp_path / "audit.sqlite")
    with pytest.raises(StoreError, match=r"holds 4 entries, 7 were acknowledged"):
        open_store(tmp_path)
    report = verify_log(tmp_path / "audit.sqlite", [VKEY], None)
    assert (report.ok, report.place) == (False, "high-water.json")


def test_a_cut_tail_and_a_vanished_store_are_noticed(tmp_path):
    with open_store(tmp_path) as store:
        fill(store, 4)
    tampered(tmp_path / "audit.sqlite", "DELETE FROM entry WHERE idx = 3")
    tampered(tmp_path / "audit.sqlite", "DELETE FROM checkpoint WHERE size = 4")
    with pytest.raises(StoreError, match=r"holds 3 entries, 4 were acknowledged"):
        open_store(tmp_path)
    (tmp_path / "audit.sqlite").unlink()
    with pytest.raises(StoreError, match=r"holds 0 entries, 4 were acknowledged"):
        open_store(tmp_path)


def test_another_history_of_the_same_length_is_noticed(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with open_store(tmp_path / "a") as store:
        fill(store, 3)
    with open_store(tmp_path / "b") as store:
        store.append_many([("other", {}), ("other", {}), ("other", {}), ("other", {})], at(0))
    shutil.copy(tmp_path / "b" / "audit.sqlite", tmp_path / "a" / "audit.sqlite")
    with pytest.raises(StoreError, match="not those acknowledged"):
        open_store(tmp_path / "a")


@pytest.mark.parametrize("data", [None, b"", b"{}", b"\xff", b'{"format":"mdps-high-water/1"}'])
def test_a_lost_or_damaged_high_water_file_is_noticed(tmp_path, data):
    with open_store(tmp_path) as store:
        fill(store, 2)
    mark = tmp_path / "high-water.json"
    mark.unlink()
    if data is not None:
        mark.write_bytes(data)
    with pytest.raises(StoreError, match="high-water"):
        open_store(tmp_path)


def test_a_high_water_file_of_another_key_is_noticed(tmp_path):
    with open_store(tmp_path) as store:
        fill(store, 2)
    with pytest.raises(StoreError):
        AuditStore.open(tmp_path / "audit.sqlite", OTHER, ORIGIN)
    with pytest.raises(StoreError):
        AuditStore.open(tmp_path / "audit.sqlite", SIGNER, "elsewhere.example/audit/1")
    open_store(tmp_path).close()


def test_a_crash_between_commit_and_mark_is_mended_at_start(tmp_path):
    with open_store(tmp_path) as store:
        fill(store, 2)
        mark = (tmp_path / "high-water.json").read_bytes()
        fill(store, 1)
    (tmp_path / "high-water.json").write_bytes(mark)
    (tmp_path / ".high-water-left").write_bytes(b"half")
    with open_store(tmp_path) as store:
        assert store.size == 3
    assert not (tmp_path / ".high-water-left").exists()
    assert (tmp_path / "high-water.json").read_bytes() != mark


@pytest.mark.parametrize("data", [b"SQLite format 3\x00" + bytes(500), b"text " * 300])
def test_a_file_that_is_no_store_is_refused(tmp_path, data):
    (tmp_path / "audit.sqlite").write_bytes(data)
    with pytest.raises(StoreError):
        open_store(tmp_path)
    assert (tmp_path / "audit.sqlite").read_bytes() == data


def test_what_is_changed_under_an_open_store_is_not_read_out(tmp_path):
    with open_store(tmp_path) as store:
        fill(store, 3)
        tampered(tmp_path / "audit.sqlite", "UPDATE entry SET data = x'7b7d' WHERE idx = 1")
        with pytest.raises(StoreError, match="entry 1 was changed"):
            list(store.entries())
        with pytest.raises(StoreError, match="entry 1 was changed"):
            store.export(tmp_path / "out.jsonl")
        assert not (tmp_path / "out.jsonl").exists()
