"""A recipe bundle judged: envelope, signatures, statement, pinned files, dates. Reads no disk.

The order is the safety: nothing inside the payload is parsed before enough keys have signed its
exact bytes (DSSE 1.0.2). What is wrong with content is a finding, never an exception.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..canonical import Json, read_json, sha256_hex
from ..errors import DocumentError
from ..findings import CheckRun, Finding, FindingKind, Verdict, Where
from ..reading import Fields, instant_text
from . import codes
from .document import Recipe
from .envelope import MAX_ENVELOPE_BYTES, envelope_fault, parse_envelope, verify_signatures
from .keys import PublicKey
from .parse import ENVELOPE_NAME, parse_recipe
from .trust import TrustRoot

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://mdps.example/recipe/v1"
CHECKS = ("root", "envelope", "signatures", "statement", "recipe", "files", "dates")


@dataclass(frozen=True, kw_only=True)
class SignedRecipe:
    """A bundle and what was found. ``recipe`` is None unless enough keys signed what parses.

    ``signers`` are the distinct known keys whose signature holds. Use ``recipe`` for a build only
    if ``verdict.accepted``; ``demonstration`` says that example keys signed it.
    """

    recipe: Recipe | None
    signers: tuple[PublicKey, ...]
    files: Mapping[str, bytes]
    verdict: Verdict
    demonstration: bool
    source: str


@dataclass(kw_only=True)
class _Run:
    """What one verification has found so far."""

    findings: list[Finding] = field(default_factory=list)
    ran: set[str] = field(default_factory=set)

    def note(self, check: str, findings: Iterable[Finding]) -> bool:
        """Record that ``check`` ran; true if none of its findings refuses."""
        found = tuple(findings)
        self.findings.extend(found)
        self.ran.add(check)
        return not any(finding.refuses for finding in found)

    def verdict(self) -> Verdict:
        return Verdict(
            findings=tuple(self.findings),
            checks=tuple(CheckRun(name=name, ran=name in self.ran) for name in CHECKS),
            required=frozenset(CHECKS),
        )


def verify_bundle(
    files: Mapping[str, bytes], root: TrustRoot, at: datetime, source: str
) -> SignedRecipe:
    """Judge a bundle against ``root`` at the moment ``at`` (aware UTC).

    Content never raises: whatever is wrong with it is a finding of the verdict.
    """
    run = _Run()
    run.note("root", root.judge_time(at))
    signers, payload = _signed_payload(files, root, run)
    recipe = None if payload is None else _signed_recipe(payload, files, run, source)
    if recipe is not None:
        run.note("dates", _dates(recipe, at))
        if root.demonstration:
            run.findings.append(Finding(kind=codes.DEMONSTRATION_ROOT))
        if recipe.identity.example_only:
            run.findings.append(Finding(kind=codes.EXAMPLE_RECIPE))
    return SignedRecipe(
        recipe=recipe,
        signers=signers,
        files=dict(files),
        verdict=run.verdict(),
        demonstration=root.demonstration,
        source=source,
    )


def _signed_payload(
    files: Mapping[str, bytes], root: TrustRoot, run: _Run
) -> tuple[tuple[PublicKey, ...], bytes | None]:
    """The payload if enough keys signed it and no known key's signature is broken, else None."""
    data = files.get(ENVELOPE_NAME)
    if data is None:
        where = Where(path=ENVELOPE_NAME)
        run.note("envelope", [Finding(kind=codes.NO_ENVELOPE, where=where)])
        return (), None
    try:
        envelope = parse_envelope(data, ENVELOPE_NAME)
    except DocumentError as fault:
        run.note("envelope", [envelope_fault(fault)])
        return (), None
    run.note("envelope", ())
    signers, findings = verify_signatures(envelope, root.keys)
    held = run.note("signatures", (*findings, *root.judge_signers(signers)))
    return signers, envelope.payload if held else None


def _signed_recipe(
    payload: bytes, files: Mapping[str, bytes], run: _Run, source: str
) -> Recipe | None:
    try:
        subject, predicate = read_statement(payload, ENVELOPE_NAME)
    except DocumentError as fault:
        run.note("statement", [_document_finding(codes.BAD_STATEMENT, fault)])
        return None
    try:
        recipe = parse_recipe(predicate, source)
    except DocumentError as fault:
        run.note("recipe", [_document_finding(codes.BAD_RECIPE, fault)])
        return None
    run.note("recipe", ())
    run.note("statement", _subject(subject, recipe))
    run.note("files", _files(recipe, files))
    return recipe


def read_statement(
    payload: bytes, source: str, predicate_type: str = PREDICATE_TYPE
) -> tuple[dict[str, str], Json]:
    """Subject (name to SHA-256) and predicate of an in-toto Statement; :class:`DocumentError`."""
    fields = Fields(read_json(payload, source, MAX_ENVELOPE_BYTES), source)
    for key, expected in (("_type", STATEMENT_TYPE), ("predicateType", predicate_type)):
        found = fields.text(key)
        if found != expected:
            raise fields.fault(key, repr(found[:80]), expected)
    subject: dict[str, str] = {}
    for name, digest in fields.objects("subject", _subject_item, least=1, most=200):
        if name in subject:
            raise fields.fault("subject", f"{name!r} twice", "each file once")
        subject[name] = digest
    predicate = fields.take("predicate")
    fields.close()
    return subject, predicate


def _subject_item(fields: Fields) -> tuple[str, str]:
    digest = fields.child("digest")
    value = digest.digest("sha256")
    digest.close()
    return fields.text("name", max_length=100), value


def _document_finding(kind: FindingKind, fault: DocumentError) -> Finding:
    return Finding(
        kind=kind,
        where=Where(path=fault.path or fault.source),
        measured=fault.observed,
        limit=fault.allowed,
    )


def _subject(subject: Mapping[str, str], recipe: Recipe) -> Iterable[Finding]:
    pinned = {item.name: item.sha256 for item in recipe.files}
    for name in sorted(set(subject) | set(pinned)):
        if subject.get(name) == pinned.get(name):
            continue
        if name not in pinned:
            observed = "in the statement only"
        elif name not in subject:
            observed = "in the recipe only"
        else:
            observed = "two digests"
        yield Finding(kind=codes.SUBJECT_MISMATCH, where=Where(path=name), measured=observed)


def _files(recipe: Recipe, files: Mapping[str, bytes]) -> Iterable[Finding]:
    for pinned in recipe.files:
        where = Where(path=pinned.name)
        data = files.get(pinned.name)
        if data is None:
            yield Finding(kind=codes.FILE_MISSING, where=where)
            continue
        if len(data) != pinned.size_bytes:
            yield Finding(
                kind=codes.FILE_SIZE,
                where=where,
                measured=len(data),
                limit=pinned.size_bytes,
                unit="bytes",
            )
        digest = sha256_hex(data)
        if digest != pinned.sha256:
            yield Finding(
                kind=codes.FILE_ALTERED, where=where, measured=digest, limit=pinned.sha256
            )
    known = {pinned.name for pinned in recipe.files} | {ENVELOPE_NAME}
    for name in sorted(set(files) - known):
        yield Finding(kind=codes.FILE_EXTRA, where=Where(path=name))


def _dates(recipe: Recipe, at: datetime) -> Iterable[Finding]:
    identity = recipe.identity
    where = Where(path="identity.expires")
    if at >= identity.expires:
        limit = instant_text(identity.expires)
        kind = codes.RECIPE_EXPIRED
    elif at < identity.issued:
        limit = instant_text(identity.issued)
        kind, where = codes.RECIPE_NOT_YET, Where(path="identity.issued")
    else:
        return
    yield Finding(kind=kind, where=where, measured=instant_text(at), limit=limit)
