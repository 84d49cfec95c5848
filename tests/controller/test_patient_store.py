"""Names of patients: encrypted, bound to their token."""

import sqlite3
from pathlib import Path

import pytest

from mdps_plugin.controller.patient_store import PatientStore
from mdps_plugin.errors import StoreError


def test_a_name_is_found_by_its_token_and_nowhere_in_the_file(tmp_path: Path) -> None:
    store = PatientStore(tmp_path / "patients.sqlite", tmp_path / "key")
    store.keep("P-1", b"Ada Lovelace")
    assert store.reveal("P-1") == b"Ada Lovelace"
    assert store.reveal("P-2") is None
    store.close()
    assert b"Lovelace" not in (tmp_path / "patients.sqlite").read_bytes()
    again = PatientStore(tmp_path / "patients.sqlite", tmp_path / "key")
    assert again.reveal("P-1") == b"Ada Lovelace"
    again.close()


def test_a_row_moved_to_another_token_is_noticed(tmp_path: Path) -> None:
    store = PatientStore(tmp_path / "patients.sqlite", tmp_path / "key")
    store.keep("P-1", b"Ada Lovelace")
    store.close()
    connection = sqlite3.connect(tmp_path / "patients.sqlite")
    with connection:
        connection.execute("UPDATE identity SET token = 'P-9'")
    connection.close()
    store = PatientStore(tmp_path / "patients.sqlite", tmp_path / "key")
    with pytest.raises(StoreError, match="was changed"):
        store.reveal("P-9")
    store.close()


def test_one_token_names_one_person(tmp_path: Path) -> None:
    store = PatientStore(tmp_path / "patients.sqlite", tmp_path / "key")
    store.keep("P-1", b"Ada Lovelace")
    store.keep("P-1", b"Ada Lovelace")
    with pytest.raises(StoreError, match="somebody else"):
        store.keep("P-1", b"Grace Hopper")
    store.close()


def test_a_lost_key_is_not_replaced_by_a_new_one(tmp_path: Path) -> None:
    PatientStore(tmp_path / "patients.sqlite", tmp_path / "key").close()
    (tmp_path / "key").unlink()
    with pytest.raises(StoreError, match="missing"):
        PatientStore(tmp_path / "patients.sqlite", tmp_path / "key")
