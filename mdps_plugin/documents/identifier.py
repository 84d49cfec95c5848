"""What the code on the label says: a GS1 device identifier, or the plain name of the record. Pure.

GS1 General Specifications: check digit (7.9), application identifiers 01 (14 digits), 11 (date of
production, YYMMDD) and 21 (serial number, at most 20 characters of set 82). The lot of the material
is not the lot of the device, so there is no 10; a device without an expiry has no 17.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from ..findings import Finding, Where
from . import codes
from .view import View

_SERIAL = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}")
_GTIN = re.compile(r"\d{8}|\d{12}|\d{13}|\d{14}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Identifier:
    """What is encoded.

    ``shown`` is printed below the code: for GS1 the element string with its identifiers in
    brackets, which is also what the encoder takes. ``scanned`` is what a reader must give back.
    """

    gs1: bool
    shown: str
    scanned: str


def check_digit(digits: str) -> str:
    """Modulo-10 check digit of ``digits``, weights 3 and 1 from the right."""
    total = sum(
        int(digit) * (3 if index % 2 == 0 else 1) for index, digit in enumerate(reversed(digits))
    )
    return str(-total % 10)


def judge_identifier(record: View) -> Iterable[Finding]:
    """Findings that forbid a GS1 code; none where the recipe has no GTIN."""
    gtin, serial = record.text("recipe.gtin"), record.text("build_id")
    if not gtin:
        return
    if record.text("recipe.pathway") == "custom_made":
        yield _finding("recipe.gtin", gtin, "None: a custom-made device carries no UDI")
    if _GTIN.fullmatch(gtin) is None or check_digit(gtin[:-1]) != gtin[-1]:
        yield _finding("recipe.gtin", gtin, "8, 12, 13 or 14 digits with a right check digit")
    if _SERIAL.fullmatch(serial) is None:
        yield _finding("build_id", serial, "1 to 20 characters of the GS1 set 82")
    if re.fullmatch(r"\d{4}-\d\d-\d\d", record.day("build.finished"), re.ASCII) is None:
        yield _finding("build.finished", record.text("build.finished"), "A date")


def _finding(path: str, measured: str, limit: str) -> Finding:
    return Finding(kind=codes.NO_UDI, where=Where(path=path), measured=measured, limit=limit)


def identifier(record: View) -> Identifier:
    """The identifier of a record that :func:`judge_identifier` let through."""
    gtin = record.text("recipe.gtin")
    if not gtin or record.text("recipe.pathway") == "custom_made":
        name = f"urn:mdps:record:{quote(record.text('record_id'), safe='-._~:')}"
        return Identifier(gs1=False, shown="not a UDI", scanned=name)
    number = gtin.zfill(14)
    date = record.day("build.finished").replace("-", "")[2:]
    serial = record.text("build_id")
    return Identifier(
        gs1=True,
        shown=f"(01){number}(11){date}(21){serial}",
        scanned=f"01{number}11{date}21{serial}",
    )
