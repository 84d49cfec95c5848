"""The table of verbs, and what all share: reading arguments, signing. No verb lives here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..build.entities import Build
from ..build.identity import parse_patient_identity, refuse_identity_in
from ..build.people import Person
from ..build.permit import Refused
from ..build.signature import Act, Signature, may_sign
from ..canonical import Json, digest_of, read_json
from ..errors import DocumentError
from ..findings import CheckRun, Verdict
from ..reading import Fields
from .cell import Cell
from .signing import SigningRequest, read_signing_request, signature_for
from .socket_link import Reply, Request

Verb = Callable[[Cell, Request], Reply]

NOTHING_SHOWN = digest_of({})


def fields_of(request: Request) -> Fields:
    """The arguments, to be read and closed by the verb; the signature counts as read."""
    fields = Fields(request.args, f"request {request.verb}")
    fields.ignore("signature")
    return fields


def signer(cell: Cell, request: Request) -> tuple[Person, SigningRequest]:
    """The authenticated person of a request; a wrong password is on record before this raises.

    Call it without ``cell.lock``: a failure is recorded under that lock, while passwords are
    tried one at a time under another.
    """
    asked = read_signing_request(request.args, f"request {request.verb}")

    def report(user: str) -> None:
        cell.record("signature_failed", {"user": user, "act": request.verb, "actor": request.actor})

    return cell.signers.authenticate(asked, cell.clock.now(), report, request.actor), asked


def signed(
    cell: Cell,
    request: Request,
    act: Act,
    values: Json,
    *,
    shown_sha256: str = NOTHING_SHOWN,
    made_by: tuple[str, ...] = (),
    operator: str | None = None,
    person: tuple[Person, SigningRequest] | None = None,
) -> Signature:
    """The signature of an act, or :class:`Refused` with the reasons."""
    who, asked = person or signer(cell, request)
    if asked.shown_sha256 is None and shown_sha256 != NOTHING_SHOWN:
        raise DocumentError(
            f"request {request.verb}",
            "signature.subject_sha256",
            "missing",
            "the digest of what was shown to the signer",
        )
    signature, verdict = signature_for(
        who,
        asked,
        act,
        at=cell.clock.now(),
        shown_sha256=shown_sha256,
        values=values,
        made_by=made_by,
        operator=operator,
    )
    if signature is None:
        raise Refused(verdict)
    return signature


def require_role(person: Person, act: Act) -> None:
    """:class:`Refused` unless the person's role allows the act; for acts that look before signing.

    The signature asks again: this only keeps others from what lies in between.
    """
    verdict = Verdict(
        findings=may_sign(person, act),
        checks=(CheckRun(name="may_sign", ran=True),),
        required=frozenset({"may_sign"}),
    )
    if not verdict.accepted:
        raise Refused(verdict)


def record_signed(
    cell: Cell,
    request: Request,
    kind: str,
    act: Act,
    body: Mapping[str, Json],
    *,
    person: tuple[Person, SigningRequest] | None = None,
) -> Reply:
    """A register's entry: the body as given, with the signature over it."""
    signature = signed(cell, request, act, dict(body), person=person)
    entry = cell.record(kind, {**body, "signature": signature.to_json()})
    return Reply(result={"entry": entry.index})


def refuse_names(cell: Cell, token: str, texts: Mapping[str, Json], request: Request) -> None:
    """:class:`DocumentError` where free text holds who the token stands for.

    The log is for ever and leaves the cell: a name that got in could never be taken out.
    """
    kept = cell.patients.reveal(token)
    if kept is not None:
        identity = parse_patient_identity(read_json(kept, "patient"), "patient")
        refuse_identity_in(dict(texts), identity, f"request {request.verb}")


def refuse_names_in(cell: Cell, build: Build, texts: Mapping[str, Json], request: Request) -> None:
    """The same for the patient of a build."""
    refuse_names(cell, cell.state.orders[build.order_id].patient_token, texts, request)


def serve(cell: Cell, table: Mapping[str, Verb], request: Request) -> Reply:
    """Do one request; :class:`DocumentError` for an unknown verb."""
    verb = table.get(request.verb)
    if verb is None:
        allowed = ", ".join(sorted((*table, "watch")))
        raise DocumentError("request", "verb", repr(request.verb), f"one of: {allowed}")
    return verb(cell, request)
