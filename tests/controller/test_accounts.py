"""Accounts of people who sign: hashes, roles, lock-out."""

from datetime import UTC, datetime, timedelta

import pytest

from mdps_plugin.controller.accounts import (
    LOCKED_FOR,
    FailedAttempt,
    Person,
    hash_password,
    locked_until,
    parse_people,
    password_matches,
    people_document,
    tries_left,
)
from mdps_plugin.errors import DocumentError

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


def person(user: str = "tina", password: str = "right") -> Person:
    return Person(
        user=user,
        printed_name="Tina Okafor",
        roles=frozenset({"technician"}),
        password_hash=hash_password(password),
        disabled=False,
    )


def test_people_survive_the_round_trip() -> None:
    tina = person()
    assert parse_people(people_document([tina]), "people.json") == {"tina": tina}


def test_only_the_right_password_matches() -> None:
    tina = person()
    assert password_matches(tina, "right")
    assert not password_matches(tina, "wrong")
    assert not password_matches(tina, "")


def test_two_people_with_one_name_are_refused() -> None:
    with pytest.raises(DocumentError, match="a user name twice"):
        parse_people(people_document([person(), person()]), "people.json")


def test_an_unknown_role_is_refused() -> None:
    document = people_document([person()])
    document["people"][0]["roles"] = ["admin"]
    with pytest.raises(DocumentError, match="technician, releaser"):
        parse_people(document, "people.json")


def test_three_wrong_passwords_lock_for_ten_minutes() -> None:
    attempts = [FailedAttempt(user="tina", at=NOW + timedelta(seconds=n)) for n in range(3)]
    later = NOW + timedelta(seconds=5)
    assert tries_left(attempts[:1], "tina", later) == 2
    assert tries_left(attempts, "tina", later) == 0
    assert locked_until(attempts, "tina", later) == NOW + LOCKED_FOR
    assert locked_until(attempts, "rob", later) is None
    assert locked_until(attempts, "tina", NOW + LOCKED_FOR + timedelta(seconds=5)) is None
