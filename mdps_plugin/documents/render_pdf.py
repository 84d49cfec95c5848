"""A sheet to PDF bytes: A4, embedded fonts, the same bytes for the same sheet. Chooses no words."""

from __future__ import annotations

import io
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    HRFlowable,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from .fonts import BOLD, REGULAR, normal, register
from .sheet import Block, Bullets, Facts, Grid, Section, Sheet

_MARGIN = 18 * mm
_PADDING = 6.0  # points that the library's frame keeps free on each side
_WIDTH = A4[0] - 2 * _MARGIN - 2 * _PADDING
_LABEL_SHARE = 0.24
_GREY = colors.HexColor("#555555")
_LINE = colors.HexColor("#bbbbbb")
_SHADE = colors.HexColor("#eeeeee")


class _Styles:
    """Paragraph styles at one size of type."""

    def __init__(self, size: float) -> None:
        def style(name: str, factor: float, **more: object) -> ParagraphStyle:
            font_size = size * factor
            values: dict[str, object] = {"fontName": REGULAR, "leading": font_size * 1.3, **more}
            return ParagraphStyle(name, fontSize=font_size, **values)

        self.body = style("body", 1)
        self.strong = style("strong", 1, fontName=BOLD)
        self.label = style("label", 1, textColor=_GREY)
        self.title = style("title", 2, fontName=BOLD)
        self.subtitle = style("subtitle", 1.2, textColor=_GREY)
        self.section = style(
            "section", 1.25, fontName=BOLD, spaceBefore=size * 0.75, spaceAfter=size / 4
        )
        self.head = style("head", 0.9, fontName=BOLD)
        self.cell = style("cell", 0.9)
        self.bullet = style("bullet", 1, leftIndent=4 * mm, bulletIndent=1 * mm)
        self.banner = style("banner", 1.05, fontName=BOLD, alignment=1)


def render_pdf(sheet: Sheet, author: str) -> bytes:
    """PDF bytes of ``sheet``. Texts have passed ``fonts.unprintable`` before."""
    register()
    styles = _Styles(10.5 if sheet.large else 8.5)
    buffer = io.BytesIO()
    template = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=12 * mm,
        bottomMargin=16 * mm,
        title=normal(sheet.title),
        subject=normal(sheet.subtitle),
        author=normal(author),
        creator="MDPS controller",
        lang="en",
        invariant=1,
    )
    footer = normal(sheet.footer)

    def canvas(*arguments: object, **options: object) -> Canvas:
        return _Numbered(*arguments, footer=footer, **options)

    template.build(_story(sheet, styles), canvasmaker=canvas)
    return buffer.getvalue()


class _Numbered(Canvas):  # type: ignore[misc]  # reportlab has no types
    """Writes ``page n of m`` once the number of pages is known."""

    def __init__(self, *arguments: object, footer: str, **options: object) -> None:
        super().__init__(*arguments, **options)
        self._footer = footer
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - the library's name
        """Keep the page until all are there."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write the foot of every page, then the file."""
        for number, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            self.setFont(REGULAR, 7)
            self.setFillColor(_GREY)
            self.drawString(_MARGIN + _PADDING, 10 * mm, self._footer)
            self.drawRightString(
                A4[0] - _MARGIN - _PADDING, 10 * mm, f"page {number} of {len(self._pages)}"
            )
            super().showPage()
        super().save()


def _paragraph(text: str, style: ParagraphStyle, **more: object) -> Paragraph:
    return Paragraph(escape(normal(text)), style, **more)


def _story(sheet: Sheet, styles: _Styles) -> list[Flowable]:
    story: list[Flowable] = []
    if sheet.banner is not None:
        frame = Table([[_paragraph(sheet.banner, styles.banner)]], colWidths=[_WIDTH])
        frame.setStyle(
            TableStyle(
                [("BOX", (0, 0), (-1, -1), 1.2, colors.black), ("PADDING", (0, 0), (-1, -1), 4)]
            )
        )
        story += [frame, Spacer(1, 4 * mm)]
    story.append(_paragraph(sheet.title, styles.title))
    story.append(_paragraph(sheet.subtitle, styles.subtitle))
    story.append(HRFlowable(width="100%", thickness=0.8, color=colors.black, spaceBefore=4))
    small = _Styles(7.5)
    for section in sheet.sections:
        story += _section(section, small if section.small else styles)
    return story


def _section(section: Section, styles: _Styles) -> list[Flowable]:
    """A heading stays with the first block below it."""
    flowables: list[Flowable] = []
    for block in section.blocks:
        flowables += _block(block, styles)
    heading = _paragraph(section.title, styles.section)
    if not flowables:
        return [heading]
    if section.small:
        return [KeepTogether([heading, *flowables])]
    first, rest = flowables[0], flowables[1:]
    small = isinstance(first, Paragraph) or len(getattr(first, "_cellvalues", [])) <= 16
    together: list[Flowable] = [KeepTogether([heading, first])] if small else [heading, first]
    return [*together, *rest]


def _block(block: Block, styles: _Styles) -> list[Flowable]:
    if isinstance(block, Facts):
        return [_facts(block, styles)]
    if isinstance(block, Grid):
        return [Spacer(1, 1 * mm), _grid(block, styles), Spacer(1, 1 * mm)]
    if isinstance(block, Bullets):
        return [_paragraph(line, styles.bullet, bulletText="•") for line in block.lines]
    style = styles.strong if block.strong else styles.body
    return [_paragraph(line, style) for line in block.lines]


def _facts(block: Facts, styles: _Styles) -> Table:
    rows = [
        [_paragraph(label, styles.label), _paragraph(value, styles.body)]
        for label, value in block.rows
    ]
    table = Table(
        rows, colWidths=[_WIDTH * _LABEL_SHARE, _WIDTH * (1 - _LABEL_SHARE)], splitInRow=1
    )
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 0.5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 0.5),
            ]
        )
    )
    return table


def _grid(block: Grid, styles: _Styles) -> Table:
    head = [_paragraph(name, styles.head) for name in block.columns]
    rows = [[_paragraph(cell, styles.cell) for cell in row] for row in block.rows]
    whole = sum(block.shares)
    table = Table(
        [head, *rows],
        colWidths=[_WIDTH * share / whole for share in block.shares],
        repeatRows=1,
        splitInRow=1,
    )
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("BACKGROUND", (0, 0), (-1, 0), _SHADE),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
            ]
        )
    )
    return table
