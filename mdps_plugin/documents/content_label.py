"""The label as texts and squares in millimetres: one layout for paper and picture. Draws nothing.

Letters are at least 1 mm high, measured at the x (TGA essential principle 13; the same limit for
every jurisdiction). A text that does not fit is refused, never shortened.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..findings import Finding, Where
from . import codes
from .datamatrix import Modules
from .fonts import BOLD, POINT_MM, REGULAR, X_HEIGHT, normal, width_mm
from .identifier import Identifier
from .view import View
from .words import NOT_REGISTERED, address, pathway, sterility

WIDTH_MM, HEIGHT_MM = 100.0, 62.0
MODULE_MM = 0.508  # 6 pixels at 300 dpi; GS1 asks for 0.255 mm or more
MARGIN_MM = 3.0
_GAP_MM = 3.0
_CODE_COLUMN_MM = {True: 32.0, False: 17.0}  # wide enough for the identifiers, or "not a UDI"
_TITLE_PT, _STRONG_PT, _TEXT_PT = 11.0, 7.5, 6.3
_LEADING = 1.22
_SCALES = (1.25, 1.2, 1.15, 1.1, 1.05, 1.0)
_LIMIT_MM = HEIGHT_MM - MARGIN_MM + 1.0  # of the last baseline; letters may hang below it
MINIMUM_LETTER_MM = 1.0


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of text; ``baseline_mm`` counts down from the upper edge."""

    x_mm: float
    baseline_mm: float
    text: str
    size_pt: float
    font: str

    @property
    def letter_mm(self) -> float:
        """Height of the letter x."""
        return self.size_pt * X_HEIGHT * POINT_MM


@dataclass(frozen=True, kw_only=True)
class Label:
    """The whole label. ``code_x_mm`` and ``code_y_mm`` are the upper left corner of the symbol."""

    lines: tuple[Line, ...]
    modules: Modules
    code_x_mm: float
    code_y_mm: float


class _Column:
    """Lines set one below the other in a column; remembers how far it came."""

    def __init__(self, x_mm: float, y_mm: float, width: float, scale: float) -> None:
        self.x_mm, self.y_mm, self.width, self.scale = x_mm, y_mm, width, scale
        self.lines: list[Line] = []

    def add(self, text: str, size_pt: float = _TEXT_PT, font: str = REGULAR) -> None:
        size_pt *= self.scale
        for part in wrap(normal(text), font, size_pt, self.width):
            self.y_mm += size_pt * POINT_MM * _LEADING
            self.lines.append(
                Line(x_mm=self.x_mm, baseline_mm=self.y_mm, text=part, size_pt=size_pt, font=font)
            )


def wrap(text: str, font: str, size_pt: float, width: float) -> list[str]:
    """Lines no wider than ``width`` millimetres; a word that is wider is broken."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if width_mm(longer, font, size_pt) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        while word and width_mm(word, font, size_pt) > width:
            cut = len(word)
            while cut > 1 and width_mm(word[:cut], font, size_pt) > width:
                cut -= 1
            lines.append(word[:cut])
            word = word[cut:]
        line = word
    return [*lines, line] if line else lines


def lay_out(
    record: View, digest: str, identifier: Identifier, modules: Modules
) -> tuple[Label, tuple[Finding, ...]]:
    """The label in the largest letters that fit, and a finding where not even the least do."""
    used_mm = 0.0
    label = Label(lines=(), modules=modules, code_x_mm=0, code_y_mm=0)
    for scale in _SCALES:
        label, used_mm = _at_scale(record, digest, identifier, modules, scale)
        if used_mm <= _LIMIT_MM:
            return label, ()
    full = Finding(
        kind=codes.LABEL_FULL,
        where=Where(path="label"),
        measured=round(used_mm, 1),
        limit=_LIMIT_MM,
        unit="mm",
    )
    return label, (full,)


def _at_scale(
    record: View, digest: str, identifier: Identifier, modules: Modules, scale: float
) -> tuple[Label, float]:
    """The label with letters of one scale, and how far down its texts reach."""
    code_mm = len(modules) * MODULE_MM
    column_mm = max(code_mm, _CODE_COLUMN_MM[identifier.gs1] * scale)
    code_x = WIDTH_MM - MARGIN_MM - column_mm
    left = _Column(MARGIN_MM, MARGIN_MM - 1.0, code_x - _GAP_MM - MARGIN_MM, scale)
    _device(record, left)
    below = _Column(code_x, MARGIN_MM + code_mm + 0.8, column_mm, scale)
    parts = identifier.shown.replace("(", " (").split() if identifier.gs1 else ["not a UDI"]
    for part in parts:
        below.add(part, font=REGULAR if identifier.gs1 else BOLD)
    down = max(left.y_mm, below.y_mm) + 0.6
    whole = _Column(MARGIN_MM, down, WIDTH_MM - 2 * MARGIN_MM, scale)
    _origin(record, digest, whole)
    label = Label(
        lines=(*left.lines, *below.lines, *whole.lines),
        modules=modules,
        code_x_mm=code_x,
        code_y_mm=MARGIN_MM,
    )
    return label, whole.y_mm


def _device(record: View, column: _Column) -> None:
    """What it is and for whom."""
    column.add(record.text("recipe.device.generic_name"), _TITLE_PT, BOLD)
    kind = pathway(record)
    column.add(kind[:1].upper() + kind[1:], _STRONG_PT, BOLD)
    if record.is_true("recipe.example_only"):
        column.add("EXAMPLE RECIPE, NOT FOR USE ON PEOPLE", _STRONG_PT, BOLD)
    column.add(f"Serial {record.text('build_id')}", _STRONG_PT)
    column.add(f"For {record.text('order.patient_token')}", _STRONG_PT)
    column.add(f"Made {record.day('build.finished')}. {sterility(record)}", _STRONG_PT)
    kind, lot = record.text("material.kind"), record.text("material.lot_id")
    column.add(f"Material {kind}, lot {lot}")


def _origin(record: View, digest: str, column: _Column) -> None:
    """Who answers for it, what to heed, and where it can be checked."""
    column.add(f"Manufacturer: {address(record)}")
    if record.text("recipe.pathway") == "health_institution":
        column.add(f"Made in {record.text('site.name')}, {record.text('site.address')}")
    numbers = [row.text("number") for row in record.rows("recipe.registrations")]
    column.add(f"Registration: {', '.join(filter(None, numbers)) or NOT_REGISTERED}")
    for warning in record.texts("recipe.device.warnings"):
        column.add(f"Warning: {warning}", font=BOLD)
    column.add(
        f"Recipe {record.text('recipe.id')} revision {record.text('recipe.revision')}. "
        f"MDPS controller {record.text('versions.controller')}."
    )
    index = record.text("log.index_at_release")
    column.add(f"Record {record.text('record_id')}, log entry {index}, SHA-256:")
    # At the least size in every scale: a digest is compared, and should stay on one line.
    column.add(digest, _TEXT_PT / column.scale)
    column.add(f"Check: {record.text('checked_with')}")
