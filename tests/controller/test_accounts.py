"""Accounts of people who sign: hashes, roles, lock-out."""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mdps_plugin.controller.accounts import (
    LOCKED_FOR,
    STRANGERS_KEPT,
    TRIES,
    FailedAttempt,
    Person,
    hash_password,
    locked_until,
    parse_people,
    password_matches,
    people_document,
    still_counting,
    tries_left,
)
from mdps_plugin.controller.signing import Signers, SigningRequest
from mdps_plugin.errors import DocumentError, EnvironmentFault, SignatureError

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


def test_a_damaged_hash_matches_nothing() -> None:
    whole = person().password_hash
    for damaged in (whole[:-5], f"{whole[:-1]}!", whole.replace("m=65536", "m=1"), "$argon2id$"):
        assert not password_matches(replace(person(), password_hash=damaged), "right")


@contextmanager
def little_memory() -> Iterator[None]:
    """This process may grow by 8 MiB and no more: argon2id asks for 64."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    room = pages * resource.getpagesize() + 8 * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def test_a_password_that_could_not_be_compared_is_no_wrong_one(tmp_path: Path) -> None:
    """In a process of its own: this one may hold memory that other tests have freed."""
    run = (
        "import sys, pathlib; from tests.controller import test_accounts as own;"
        "own.compare_with_little_memory(pathlib.Path(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", run, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def compare_with_little_memory(folder: Path) -> None:
    """Four times too little for a comparison, then enough: none of the four has counted."""
    ours, told = signers(folder), list[str]()
    for _ in range(4):
        with little_memory(), pytest.raises(EnvironmentFault, match="too little memory"):
            ours.authenticate(asked("tina", "right"), NOW, told.append, "a")
    assert told == []
    assert ours.authenticate(asked("tina", "right"), NOW, told.append, "a").user == "tina"


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


def test_a_name_that_the_log_uses_itself_is_no_account() -> None:
    document = people_document([person(user="unknown")])
    with pytest.raises(DocumentError, match="strangers"):
        parse_people(document, "people.json")


def signers(folder: Path, attempts: list[FailedAttempt] | None = None) -> Signers:
    people = folder / "people.json"
    people.write_text(json.dumps(people_document([person(), person("rob")])))
    return Signers(people, attempts or [])


def asked(user: str, password: str) -> SigningRequest:
    return SigningRequest(user=user, password=password, meaning="m", shown_sha256=None)


def test_what_was_typed_for_a_name_is_never_reported(tmp_path: Path) -> None:
    """People type their password into the field above it."""
    ours, told = signers(tmp_path), list[str]()
    for name in ("hunter2", "correct horse", "Tina"):
        with pytest.raises(SignatureError, match="Wrong password") as said:
            ours.authenticate(asked(name, "x"), NOW, told.append, "tina")
        assert name not in str(said.value)
    assert told == ["unknown"] * 3
    with pytest.raises(SignatureError, match="This name is locked until"):
        ours.authenticate(asked("another", "x"), NOW, told.append, "tina")
    with pytest.raises(SignatureError, match="2 tries left"):
        ours.authenticate(asked("another", "x"), NOW, told.append, "rob")
    assert ours.authenticate(asked("tina", "right"), NOW, told.append, "tina").user == "tina"


def test_invented_names_open_no_locked_account(tmp_path: Path) -> None:
    ours, told = signers(tmp_path), list[str]()
    for _ in range(3):
        with pytest.raises(SignatureError, match="left"):
            ours.authenticate(asked("tina", "wrong"), NOW, told.append, "a")
    for number in range(300):
        with pytest.raises(SignatureError):
            ours.authenticate(asked(f"n{number}", "x"), NOW, told.append, f"actor {number}")
    with pytest.raises(SignatureError, match="Tina Okafor is locked"):
        ours.authenticate(asked("tina", "right"), NOW, told.append, "a")


def test_the_attempts_that_count_are_few() -> None:
    attempts = [
        FailedAttempt(user=user, at=NOW - timedelta(seconds=second))
        for second in range(900)
        for user in ("tina", "rob", f"stranger {second}")
    ]
    kept = still_counting(attempts, {"tina", "rob"}, NOW)
    assert len(kept) == 2 * TRIES + STRANGERS_KEPT
    assert locked_until(kept, "tina", NOW) == locked_until(attempts, "tina", NOW)
