"""A disk that refuses, lies or fills up, and a process that is killed."""

import errno
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from mdps_plugin.audit.verify import verify_log
from mdps_plugin.errors import StoreError

from .logs import VKEY, at, fill, open_store

ROOT = Path(__file__).parents[2]
FAULTS = [sqlite3.OperationalError("disk I/O error"), OSError(errno.EIO, "Input/output error")]


class Disk:
    """Wraps each commit: refuses before it, or after it was done, while told to."""

    def __init__(self):
        self.fault = None
        self.stays = False

    def __call__(self, commit):
        if self.fault is None:
            commit()
            return
        if self.stays:
            commit()
        raise self.fault


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("stays", [False, True])
@pytest.mark.parametrize("restart", [False, True])
def test_a_commit_that_did_not_return(tmp_path, fault, stays, restart):
    disk = Disk()
    store = open_store(tmp_path, commit=disk)
    fill(store, 3)
    disk.fault, disk.stays = fault, stays
    with pytest.raises(StoreError, match="not acknowledged"):
        store.append("note", {"n": "unsure"}, at(9))
    disk.fault = None
    if restart:
        store.close()
        store = open_store(tmp_path, commit=disk)
    expected = 4 if stays else 3
    assert store.size == expected
    after = store.append("note", {"n": "sure"}, at(10))
    assert after.index == expected
    assert [entry.body["n"] for entry in store.entries(3)] == ["unsure", "sure"][-(expected - 2) :]
    store.close()
    report = verify_log(tmp_path / "audit.sqlite", [VKEY], None)
    assert (report.ok, report.entries) == (True, expected + 1)


@pytest.mark.parametrize("stays", [False, True])
def test_many_faults_in_a_row_with_many_threads(tmp_path, stays):
    chance = random.Random(4)
    acknowledged = []

    def commit(act):
        if chance.random() < 0.4:
            if stays:
                act()
            raise sqlite3.OperationalError("disk I/O error")
        act()

    with open_store(tmp_path, commit=commit) as store:

        def work(name):
            for number in range(12):
                try:
                    entry = store.append("note", {"who": f"{name}.{number}"}, at(number))
                except StoreError:
                    continue
                acknowledged.append((entry.index, entry.body["who"]))

        threads = [threading.Thread(target=work, args=(name,)) for name in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        held = {(entry.index, entry.body["who"]) for entry in store.entries()}
    assert acknowledged
    assert set(acknowledged) <= held
    assert stays == (len(held) > len(acknowledged))
    assert verify_log(tmp_path / "audit.sqlite", [VKEY], None).ok


def test_an_interrupt_inside_a_commit_leaves_a_usable_store(tmp_path):
    disk = Disk()
    with open_store(tmp_path, commit=disk) as store:
        fill(store, 1)
        disk.fault = KeyboardInterrupt()
        with pytest.raises(KeyboardInterrupt):
            store.append("note", {}, at(1))
        disk.fault = None
        assert store.append("note", {}, at(2)).index == 1


def test_every_acknowledged_entry_is_there_after_kill_9(tmp_path):
    chance = random.Random(9)
    known = -1
    for _ in range(12):
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.audit.appender", str(tmp_path)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(chance.randrange(1, 30)):
            known = int(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read().split("\n")
        known = max([known, *(int(line) for line in rest[:-1])])
        child.stdout.close()
        assert child.wait() == -signal.SIGKILL
        report = verify_log(tmp_path / "audit.sqlite", [VKEY], None)
        assert report.ok, report.reason
        with open_store(tmp_path) as store:
            assert store.size >= known + 1
            assert [entry.body["n"] for entry in store.entries()] == list(range(store.size))
    assert known > 20


@contextmanager
def tmpfs(folder):
    """A file system of its own that can be filled up."""
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("mounting a tmpfs takes root")
    filler = folder / "filler"

    def full(wanted):
        if not wanted:
            filler.unlink()
            return
        with filler.open("wb", buffering=0) as stream:
            for size in (4096, 512, 1):
                try:
                    while True:
                        stream.write(bytes(size))
                except OSError:
                    continue

    try:
        yield full
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def file_size_limit(folder):
    """No file may grow beyond what the database has now."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def full(wanted):
        size = (folder / "audit.sqlite").stat().st_size if wanted else before[0]
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))

    try:
        yield full
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def fill_until_refused(store):
    """Entries acknowledged before the disk refused one."""
    for number in range(200):
        try:
            store.append("note", {"n": number, "fill": "x" * 2000}, at(number))
        except StoreError:
            return number
    raise AssertionError("the disk took everything")


@pytest.mark.parametrize("limit", [file_size_limit, tmpfs])
def test_a_full_disk_refuses_and_then_goes_on(tmp_path, limit):
    folder = tmp_path / "cell"
    folder.mkdir()
    with limit(folder) as full:
        store = open_store(folder)
        fill(store, 3)
        full(True)
        acknowledged = 3 + fill_until_refused(store)
        # A disk that is full can still be read, and what was acknowledged is there.
        assert store.size >= acknowledged
        assert len(list(store.entries())) == store.size
        with pytest.raises(StoreError):
            store.append("note", {"fill": "x" * 60_000}, at(300))
        full(False)
        size = store.size
        assert store.append("note", {"n": "after"}, at(400)).index == size
        store.close()
        report = verify_log(folder / "audit.sqlite", [VKEY], None)
        assert (report.ok, report.entries) == (True, size + 1)
        with open_store(folder) as again:
            assert again.size == size + 1


def test_a_full_disk_leaves_no_half_export(tmp_path):
    with open_store(tmp_path) as store:
        fill(store, 30)
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
        try:
            with pytest.raises(StoreError):
                store.export(tmp_path / "log.jsonl")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert sorted(os.listdir(tmp_path)) == [
            "audit.sqlite",
            "audit.sqlite.lock",
            "high-water.json",
        ]
