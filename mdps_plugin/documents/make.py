"""All documents of one released build from its record: all or none. Writes no file.

Each is made from the record alone; a person's name appears only where it is handed in, and then
only on the copies for that person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..canonical import Json, canonical_json, digest_of, sha256_hex
from ..errors import DocumentError, MdpsError
from ..findings import CheckRun, Finding, Verdict, Where
from . import codes, groups
from .content_institution import institution_sheet, public_declaration
from .content_label import Label, lay_out
from .content_patient import patient_information
from .content_record import production_record
from .content_release import certificate_of_release
from .content_statement import checked_statement, custom_made_statement
from .datamatrix import encode
from .fonts import unprintable
from .identifier import Identifier, identifier, judge_identifier
from .render_label import label_pdf, label_png, scan_back
from .render_pdf import render_pdf
from .sheet import Sheet
from .view import View
from .words import LANGUAGES

FORMAT = "mdps-record/1"
_PDF, _PNG, _JSON = "application/pdf", "image/png", "application/json"


@dataclass(frozen=True, kw_only=True)
class Document:
    """One document; ``sha256`` is that of ``data``."""

    kind: str
    name: str
    media_type: str
    data: bytes
    sha256: str


class DocumentsRefused(MdpsError):
    """No document was made; ``verdict`` says what is missing."""

    def __init__(self, verdict: Verdict) -> None:
        """Keep the verdict; the message names every reason."""
        self.verdict = verdict
        super().__init__("; ".join(finding.message() for finding in verdict.refusals()))


@dataclass(frozen=True, kw_only=True)
class _Contents:
    """Everything that can be drawn, and why it may not be."""

    sheets: tuple[tuple[str, Sheet], ...]
    label: Label | None
    code: Identifier | None
    findings: tuple[Finding, ...]


def make_documents(
    record: Json, *, locale: str = "en", patient_name: str | None = None
) -> tuple[Document, ...]:
    """The documents of a released record.

    ``mdps-record/1`` as of docs/record.md, release and log included. Kinds:
    ``production_record_data`` (the record's canonical JSON), ``production_record``, ``statement``
    (for a health institution its ``institution_information`` and ``public_declaration``),
    ``patient_information``, ``certificate_of_release``, ``label`` (PDF) and ``label_picture``
    (PNG). :class:`DocumentError` where it is no record, :class:`DocumentsRefused` where something
    mandatory is missing, cannot be printed, or the label does not read back.
    """
    view = _view(record)
    contents = _contents(view, digest_of(record), locale, patient_name)
    if contents.findings:
        raise DocumentsRefused(_verdict(contents.findings))
    if contents.label is None or contents.code is None:
        raise RuntimeError("contents without findings and without a label")
    png = label_png(contents.label)
    lost = tuple(_scan_back(png, contents.code))
    if lost:
        raise DocumentsRefused(_verdict(lost))
    name = _file_name(view.text("record_id"))
    author = view.text("site.name")
    return (
        _document("production_record_data", name, _JSON, canonical_json(record)),
        *(
            _document(kind, name, _PDF, render_pdf(sheet, author))
            for kind, sheet in contents.sheets
        ),
        _document("label", name, _PDF, label_pdf(contents.label, f"Label {name}")),
        _document("label_picture", name, _PNG, png),
    )


def judge_record(record: Json, *, locale: str = "en", patient_name: str | None = None) -> Verdict:
    """Whether :func:`make_documents` would make them, without drawing anything."""
    return _verdict(_contents(_view(record), digest_of(record), locale, patient_name).findings)


def _view(record: Json) -> View:
    view = View(value=record)
    found = view.text("format", "no format")
    if found != FORMAT:
        raise DocumentError("production record", "format", found[:80], FORMAT)
    return view


def _verdict(findings: tuple[Finding, ...]) -> Verdict:
    return Verdict(
        findings=findings,
        checks=(CheckRun(name="documents", ran=True),),
        required=frozenset({"documents"}),
    )


def _contents(view: View, digest: str, locale: str, patient_name: str | None) -> _Contents:
    """Nothing is laid out of a record that lacks something."""
    findings = [*_language(locale), *groups.judge_groups(view, _groups(view))]
    findings += judge_identifier(view)
    if findings:
        return _Contents(sheets=(), label=None, code=None, findings=tuple(findings))
    sheets = _sheets(view, digest, patient_name)
    for kind, sheet in sheets:
        findings += _unprintable(kind, sheet.texts())
    code = identifier(view)
    label, full = lay_out(view, digest, code, encode(code))
    findings += full
    findings += _unprintable("label", (("label", line.text) for line in label.lines))
    return _Contents(sheets=sheets, label=label, code=code, findings=tuple(findings))


def _language(locale: str) -> Iterable[Finding]:
    if locale not in LANGUAGES:
        yield Finding(kind=codes.NO_LANGUAGE, measured=locale[:40], limit=", ".join(LANGUAGES))


def _groups(view: View) -> dict[str, tuple[groups.Group, ...]]:
    statement = {
        "custom_made": ("Statement", groups.CUSTOM_MADE),
        "health_institution": ("Information sheet", groups.INSTITUTION),
    }.get(view.text("recipe.pathway"), ("Statement", groups.CHECKED))
    return {
        "Production record": groups.RECORD,
        statement[0]: statement[1],
        "Patient information": groups.PATIENT,
        "Label": groups.LABEL,
    }


def _sheets(view: View, digest: str, name: str | None) -> tuple[tuple[str, Sheet], ...]:
    statements: tuple[tuple[str, Sheet], ...]
    pathway = view.text("recipe.pathway")
    if pathway == "custom_made":
        statements = (("statement", custom_made_statement(view, digest, name)),)
    elif pathway == "health_institution":
        statements = (
            ("institution_information", institution_sheet(view, digest, name)),
            ("public_declaration", public_declaration(view, digest)),
        )
    else:
        statements = (("statement", checked_statement(view, digest)),)
    return (
        ("production_record", production_record(view, digest)),
        *statements,
        ("patient_information", patient_information(view, digest, name)),
        ("certificate_of_release", certificate_of_release(view, digest)),
    )


def _unprintable(kind: str, texts: Iterable[tuple[str, str]]) -> Iterable[Finding]:
    for place, text in texts:
        character = unprintable(text)
        if character is not None:
            yield Finding(
                kind=codes.UNPRINTABLE,
                where=Where(path=f"{kind}, {place}"),
                measured=f"U+{ord(character):04X}",
            )


def _scan_back(png: bytes, code: Identifier) -> Iterable[Finding]:
    seen = scan_back(png)
    if len(seen) != 1 or seen[0].text != code.scanned or seen[0].gs1 is not code.gs1:
        read = ", ".join(one.text for one in seen) or "nothing"
        yield Finding(
            kind=codes.SCAN_BACK, where=Where(path="label"), measured=read, limit=code.scanned
        )


def _file_name(text: str) -> str:
    """Letters, digits, point, dash: a name that is safe in every folder."""
    kept = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in text)
    return kept.strip("-")[:80] or "record"


def _document(kind: str, name: str, media_type: str, data: bytes) -> Document:
    suffix = {_PDF: "pdf", _PNG: "png", _JSON: "json"}[media_type]
    return Document(
        kind=kind,
        name=f"{name}-{kind.replace('_', '-')}.{suffix}",
        media_type=media_type,
        data=data,
        sha256=sha256_hex(data),
    )
