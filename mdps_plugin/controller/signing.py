"""Checks who signs: name, password, lock-out, and that what was shown is what is signed.

Every attempt that fails is an entry of the audit log before the answer goes out. Role rules are
:mod:`mdps_plugin.build.signature`'s; this file only finds the person.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..build.people import Person, Role
from ..build.signature import ACT_RULES, Act, Signature, may_sign, sign
from ..canonical import Json, read_json
from ..errors import IllegalTransition, SignatureError, StoreError
from ..findings import CheckRun, Verdict
from ..reading import Fields
from . import accounts
from .accounts import FailedAttempt

CHANGED = "The record changed while you read it. Close and read again."


class RecordChanged(IllegalTransition):
    """What the signer was shown is no longer what would be signed."""

    def __init__(self, act: Act) -> None:
        """``act`` is what was to be signed."""
        super().__init__("changed since it was shown", act.value, "close, read again, then sign")

    def __str__(self) -> str:
        """The contract's words."""
        return CHANGED


@dataclass(frozen=True, kw_only=True)
class SigningRequest:
    """The ``signature`` object of a request. The password is never shown in a representation."""

    user: str
    password: str
    meaning: str
    shown_sha256: str | None

    def __repr__(self) -> str:
        """Without the password: representations end up in traces."""
        return f"SigningRequest(user={self.user!r})"


def read_signing_request(args: Mapping[str, Json], source: str) -> SigningRequest:
    """Read ``args["signature"]``."""
    fields = Fields(args.get("signature"), source, "signature")
    request = SigningRequest(
        user=fields.text("user", max_length=64),
        password=fields.text("password", max_length=256),
        meaning=fields.text("meaning"),
        shown_sha256=fields.optional_text("subject_sha256"),
    )
    fields.close()
    return request


class Signers:
    """The people of the cell and their failed attempts."""

    def __init__(self, people_file: Path, attempts: list[FailedAttempt]) -> None:
        """``attempts`` come from the log, so that a restart opens no lock."""
        try:
            data = people_file.read_bytes()
        except OSError as fault:
            raise StoreError(f"{people_file}: {fault.strerror}") from None
        # One at a time: guesses sent side by side would all be made before the first one counts.
        self._lock = threading.Lock()
        self._people = accounts.parse_people(read_json(data, people_file.name), people_file.name)
        self._attempts = list(attempts)

    def people(self) -> tuple[accounts.Person, ...]:
        """Everybody with an account."""
        return tuple(self._people.values())

    def person(self, user: str) -> Person | None:
        """The person as decisions see them, or None."""
        account = self._people.get(user)
        return None if account is None else _as_decided(account)

    def authenticate(
        self,
        request: SigningRequest,
        now: datetime,
        report_failure: Callable[[str], None],
        actor: str,
    ) -> Person:
        """The person, if name and password are right and the account is open.

        ``report_failure(user)`` is called, and must be durable, before the refusal is raised. It
        gets the name of an account, or ``accounts.UNKNOWN``: what was typed there may be a
        password. Guesses at unknown names count for ``actor``, whom the face says it was.
        """
        with self._lock:
            return self._authenticate(request, now, report_failure, actor)

    def _authenticate(
        self,
        request: SigningRequest,
        now: datetime,
        report_failure: Callable[[str], None],
        actor: str,
    ) -> Person:
        account = self._people.get(request.user)
        # No account's name holds a space, so the two kinds of name never meet.
        counted = account.user if account is not None else f"{accounts.UNKNOWN} {actor}"
        until = accounts.locked_until(self._attempts, counted, now)
        if until is not None:
            raise SignatureError(
                "signature",
                "user",
                f"{account.printed_name if account else 'This name'} is locked until "
                f"{until:%H:%M} UTC.",
                "another person's signature, or a wait",
            )
        if (
            account is None
            or account.disabled
            or not accounts.password_matches(account, request.password)
        ):
            self._attempts.append(FailedAttempt(user=counted, at=now))
            self._attempts = accounts.still_counting(self._attempts, self._people, now)
            report_failure(account.user if account is not None else accounts.UNKNOWN)
            left = accounts.tries_left(self._attempts, counted, now)
            tries = "1 try" if left == 1 else f"{left} tries"
            raise SignatureError(
                "signature", "password", f"Wrong password. {tries} left.", "your own password"
            )
        self._attempts = [item for item in self._attempts if item.user != request.user]
        return _as_decided(account)


def signature_for(
    person: Person,
    request: SigningRequest,
    act: Act,
    *,
    at: datetime,
    shown_sha256: str,
    values: Json,
    made_by: tuple[str, ...] = (),
    operator: str | None = None,
) -> tuple[Signature | None, Verdict]:
    """The signature, or the verdict that refuses it. Raises if the record changed meanwhile."""
    if request.shown_sha256 is not None and request.shown_sha256 != shown_sha256:
        raise RecordChanged(act)
    if request.meaning != ACT_RULES[act].meaning:
        raise SignatureError(
            "signature", "meaning", "another meaning was shown", ACT_RULES[act].meaning
        )
    findings = may_sign(person, act, made_by, operator)
    verdict = Verdict(
        findings=findings,
        checks=(CheckRun(name="may_sign", ran=True),),
        required=frozenset({"may_sign"}),
    )
    if not verdict.accepted:
        return None, verdict
    return sign(person, act, at=at, shown_sha256=shown_sha256, values=values), verdict


def _as_decided(account: accounts.Person) -> Person:
    return Person(
        user=account.user,
        printed_name=account.printed_name,
        roles=frozenset(Role(role) for role in account.roles),
    )
