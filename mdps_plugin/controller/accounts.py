"""Who may sign: people with roles and argon2id password hashes. Reads and writes no file.

These are the controller's own accounts: an OctoPrint administrator can neither see nor reset
them (21 CFR 11.100, 11.300: a signature belongs to one person and is controlled apart). Three
wrong passwords lock a person out for ten minutes; the lock is computed from the audit log, so a
restart does not open it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import argon2
from argon2.low_level import error_to_str

from ..canonical import Json
from ..errors import EnvironmentFault
from ..reading import Fields

SCHEMA = "mdps-people/1"
TRIES = 3
LOCKED_FOR = timedelta(minutes=10)
UNKNOWN = "unknown"
"""Stands in the log for a name that is no account: people type passwords into the wrong field."""

STRANGERS_KEPT = 100
ROLES = ("technician", "releaser", "quality_manager", "inspector")

_hasher = argon2.PasswordHasher()
# ARGON2_MEMORY_ALLOCATION_ERROR and ARGON2_THREAD_FAIL of argon2.h: nothing was compared then. The
# library tells them from a damaged hash by their text alone.
_STARVED = frozenset(error_to_str(number) for number in (-22, -33))


@dataclass(frozen=True, kw_only=True)
class Person:
    """One account. ``password_hash`` is an argon2id string."""

    user: str
    printed_name: str
    roles: frozenset[str]
    password_hash: str
    disabled: bool

    def to_json(self) -> dict[str, Json]:
        """As it stands in ``people.json``."""
        return {
            "user": self.user,
            "printed_name": self.printed_name,
            "roles": sorted(self.roles),
            "argon2id": self.password_hash,
            "disabled": self.disabled,
        }


@dataclass(frozen=True, kw_only=True)
class FailedAttempt:
    """A wrong password on record."""

    user: str
    at: datetime


def parse_people(document: Json, source: str) -> dict[str, Person]:
    """Read ``people.json``: user name to person."""
    fields = Fields(document, source)
    if fields.text("schema") != SCHEMA:
        raise fields.fault("schema", "another format", SCHEMA)
    people = fields.objects("people", _person, least=1)
    fields.close()
    if len({person.user for person in people}) != len(people):
        raise fields.fault("people", "a user name twice", "each user name once")
    return {person.user: person for person in people}


def _person(fields: Fields) -> Person:
    roles = fields.texts("roles", least=1)
    for role in roles:
        if role not in ROLES:
            raise fields.fault("roles", repr(role), f"some of: {', '.join(ROLES)}")
    user = fields.matching("user", r"[a-z][a-z0-9._-]{1,40}", "a lower-case user name")
    if user == UNKNOWN:
        raise fields.fault("user", repr(user), "another name: the log uses this one for strangers")
    return Person(
        user=user,
        printed_name=fields.text("printed_name"),
        roles=frozenset(roles),
        password_hash=fields.matching("argon2id", r"\$argon2id\$.{20,300}", "an argon2id hash"),
        disabled=fields.boolean("disabled"),
    )


def people_document(people: Iterable[Person]) -> dict[str, Json]:
    """``people.json`` of these people."""
    return {"schema": SCHEMA, "people": [person.to_json() for person in people]}


def hash_password(password: str) -> str:
    """argon2id hash with the library's current parameters (RFC 9106 low-memory profile)."""
    return _hasher.hash(password)


def password_matches(person: Person, password: str) -> bool:
    """True only for the right password; a damaged hash matches nothing.

    :class:`EnvironmentFault` where this computer has too little memory to compare: that is no
    wrong password, and must not lock anybody out.
    """
    try:
        return _hasher.verify(person.password_hash, password)
    except argon2.exceptions.InvalidHashError:
        return False
    except argon2.exceptions.VerificationError as fault:
        if str(fault) in _STARVED:
            raise EnvironmentFault(
                "The password could not be checked: this computer has too little memory."
            ) from None
        return False


def tries_left(attempts: Iterable[FailedAttempt], user: str, now: datetime) -> int:
    """Wrong passwords that ``user`` may still enter before the account locks."""
    recent = sum(1 for item in attempts if item.user == user and now - item.at < LOCKED_FOR)
    return max(0, TRIES - recent)


def locked_until(attempts: Iterable[FailedAttempt], user: str, now: datetime) -> datetime | None:
    """When a locked account opens again; None if it is open."""
    recent = sorted(
        item.at for item in attempts if item.user == user and now - item.at < LOCKED_FOR
    )
    return recent[-TRIES] + LOCKED_FOR if len(recent) >= TRIES else None


def still_counting(
    attempts: Iterable[FailedAttempt], accounts: Collection[str], now: datetime
) -> list[FailedAttempt]:
    """The attempts that can still lock something: few for each account, whoever else was named.

    Guesses under invented names never push out those at an account, and the list stays bounded
    by the number of accounts.
    """
    kept: list[FailedAttempt] = []
    counts: dict[str, int] = {}
    strangers = 0
    for item in sorted(attempts, key=lambda one: one.at, reverse=True):
        if now - item.at >= LOCKED_FOR or counts.get(item.user, 0) >= TRIES:
            continue
        if item.user not in accounts:
            if strangers >= STRANGERS_KEPT:
                continue
            strangers += 1
        counts[item.user] = counts.get(item.user, 0) + 1
        kept.append(item)
    return kept[::-1]
