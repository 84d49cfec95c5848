"""A signed site policy judged: envelope, signatures, statement, dates, hospital. Opens no file.

The same envelope as a recipe's (DSSE 1.0.2, in-toto Statement v1), so that openssl alone can check
it. Nothing inside the payload is parsed before enough keys have signed its exact bytes. Content
never raises: whatever is wrong with it is a finding, and refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..canonical import Json, canonical_json
from ..errors import DocumentError
from ..findings import CheckRun, Finding, FindingKind, Verdict, Where
from ..reading import instant_text
from ..recipes import codes as recipe_codes
from ..recipes.bundle import STATEMENT_TYPE, read_statement
from ..recipes.envelope import parse_envelope, verify_signatures
from ..recipes.keys import PublicKey
from ..recipes.trust import TrustRoot
from . import codes
from .document import SitePolicy, parse_policy

PREDICATE_TYPE = "https://mdps.example/site-policy/v1"
SUBJECT = "site-policy.json"
POLICY_NAME = "site-policy.dsse.json"
CHECKS = ("keys", "envelope", "signatures", "statement", "policy", "dates", "hospital")


@dataclass(frozen=True, kw_only=True)
class PolicySigners:
    """Whose signatures on a policy count, by key value, and how many. ``findings`` on them."""

    keys: Mapping[str, PublicKey]
    threshold: int
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PolicyReading:
    """A policy as it verified at one moment; it counts only if ``verdict.accepted``.

    ``policy`` is None unless enough keys signed what parses.
    """

    policy: SitePolicy | None
    signers: tuple[PublicKey, ...]
    verdict: Verdict


@dataclass(kw_only=True)
class _Run:
    """What one reading has found so far."""

    findings: list[Finding] = field(default_factory=list)
    ran: set[str] = field(default_factory=set)

    def note(self, check: str, findings: Iterable[Finding] = ()) -> bool:
        """Record that ``check`` ran; true if it found nothing that refuses."""
        found = tuple(findings)
        self.findings.extend(found)
        self.ran.add(check)
        return not any(finding.refuses for finding in found)

    def reading(
        self, policy: SitePolicy | None, signers: tuple[PublicKey, ...] = ()
    ) -> PolicyReading:
        verdict = Verdict(
            findings=tuple(self.findings),
            checks=tuple(CheckRun(name=name, ran=name in self.ran) for name in CHECKS),
            required=frozenset(CHECKS),
        )
        return PolicyReading(policy=policy, signers=signers, verdict=verdict)


def no_policy(finding: Finding) -> PolicyReading:
    """The reading where there is nothing to read; ``finding`` says why."""
    run = _Run()
    run.note("envelope", (finding,))
    return run.reading(None)


def signers_of_root(root: TrustRoot, at: datetime) -> PolicySigners:
    """The quality keys of a root installed by hand: who signs a policy beside ``cell.json``."""
    return PolicySigners(
        keys={key_id: key for key_id, key in root.keys.items() if "quality" in key.roles},
        threshold=root.thresholds["quality"],
        findings=tuple(
            codes.found(codes.ROOT_NOT_VALID, measured=item.title(), limit=item.allowed())
            for item in root.judge_time(at)
        ),
    )


def read_policy(
    data: bytes, signers: PolicySigners, at: datetime, source: str, institution: str | None
) -> PolicyReading:
    """Judge a signed policy at ``at`` (aware UTC).

    ``institution``: the hospital it must be of; None where nobody here knows (a folder that
    looks at a repository from outside a cell), the keys alone bind it then.
    """
    run = _Run()
    run.note("keys", signers.findings)
    try:
        envelope = parse_envelope(data, source)
    except DocumentError as fault:
        run.note("envelope", [_fault(codes.UNREADABLE, fault)])
        return run.reading(None)
    run.note("envelope")
    good, said = verify_signatures(envelope, signers.keys)
    if not run.note("signatures", _signatures(good, said, signers, source)):
        return run.reading(None, good)
    try:
        subject, document = read_statement(envelope.payload, source, PREDICATE_TYPE)
    except DocumentError as fault:
        run.note("statement", [_fault(codes.NO_POLICY_STATEMENT, fault)])
        return run.reading(None, good)
    try:
        policy = parse_policy(document, source)
    except DocumentError as fault:
        run.note("policy", [_fault(codes.BAD_POLICY, fault)])
        return run.reading(None, good)
    run.note("policy")
    run.note("statement", _subject(subject, policy))
    run.note("dates", _dates(policy, at))
    run.note("hospital", _hospital(policy, institution))
    return run.reading(policy, good)


def policy_payload(document: Json, source: str) -> bytes:
    """Canonical bytes of the Statement over a policy; :class:`DocumentError` if it is none."""
    policy = parse_policy(document, source)
    return canonical_json(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": SUBJECT, "digest": {"sha256": policy.digest}}],
            "predicateType": PREDICATE_TYPE,
            "predicate": document,
        }
    )


def policy_of_envelope(data: bytes, source: str) -> SitePolicy:
    """The policy inside an envelope, whoever signed it: for showing and signing, never to judge.

    :class:`DocumentError` for whatever holds none.
    """
    payload = parse_envelope(data, source).payload
    return parse_policy(read_statement(payload, source, PREDICATE_TYPE)[1], source)


def _signatures(
    good: tuple[PublicKey, ...],
    said: tuple[Finding, ...],
    signers: PolicySigners,
    source: str,
) -> Iterable[Finding]:
    for finding in said:
        if finding.kind is recipe_codes.SIGNATURE_MISMATCH:
            place = f"{source}, {finding.where.path}"
            yield codes.found(codes.ALTERED, path=place, holder=finding.facts["holder"])
    if len(good) < signers.threshold:
        yield codes.found(codes.BELOW_THRESHOLD, measured=len(good), limit=signers.threshold)


def _subject(subject: Mapping[str, str], policy: SitePolicy) -> Iterable[Finding]:
    if subject != {SUBJECT: policy.digest}:
        yield codes.found(
            codes.NO_POLICY_STATEMENT,
            path="subject",
            measured="another document",
            limit=f"one subject {SUBJECT} with the digest of the policy",
        )


def _dates(policy: SitePolicy, at: datetime) -> Iterable[Finding]:
    if policy.issued <= at < policy.expires:
        return
    late = at >= policy.expires
    yield codes.found(
        codes.EXPIRED if late else codes.NOT_YET,
        measured=instant_text(at),
        limit=instant_text(policy.expires if late else policy.issued),
        policy=policy.label,
    )


def _hospital(policy: SitePolicy, institution: str | None) -> Iterable[Finding]:
    if institution is not None and policy.institution != institution:
        yield codes.found(codes.OTHER_HOSPITAL, measured=policy.institution, limit=institution)


def _fault(kind: FindingKind, fault: DocumentError) -> Finding:
    return Finding(
        kind=kind,
        where=Where(path=fault.path or fault.source),
        measured=fault.observed,
        limit=fault.allowed,
    )
