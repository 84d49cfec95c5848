"""The content-addressed folder: durable, checked on reading, swept after a crash."""

import hashlib
import os
from pathlib import Path

import pytest

from mdps_plugin.controller.file_store import FileStore, write_durably
from mdps_plugin.errors import StoreError


def test_bytes_come_back_by_their_digest(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "files")
    digest = store.put(b"model")
    assert digest == hashlib.sha256(b"model").hexdigest()
    assert FileStore(tmp_path / "files").get(digest) == b"model"


def test_a_changed_file_is_refused_and_healed_by_putting_it_again(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    digest = store.put(b"model")
    (tmp_path / "sha256" / digest[:2] / digest).write_bytes(b"other")
    with pytest.raises(StoreError, match="no longer those of the digest"):
        store.get(digest)
    assert store.put(b"model") == digest
    assert store.get(digest) == b"model"


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "0" * 63])
def test_only_digests_are_names(tmp_path: Path, digest: str) -> None:
    with pytest.raises(StoreError, match="not a SHA-256 digest"):
        FileStore(tmp_path).get(digest)


def test_what_a_crash_left_is_swept(tmp_path: Path) -> None:
    FileStore(tmp_path)
    (tmp_path / "incoming" / ".writing-left").write_bytes(b"half")
    FileStore(tmp_path)
    assert list((tmp_path / "incoming").iterdir()) == []


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "cursor.json"
    write_durably(target, b"old")

    def no_space(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match="No space left"):
        write_durably(target, b"new")
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["cursor.json"]
