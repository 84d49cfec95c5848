"""A sheet to one HTML file: no script, nothing loaded from elsewhere. Chooses no words."""

from __future__ import annotations

from html import escape

from ..documents.sheet import Block, Bullets, Facts, Grid, Section, Sheet

_STYLE = """
body { font: 15px/1.45 "DejaVu Sans", Verdana, sans-serif; color: #111; background: #fff;
       max-width: 62rem; margin: 2rem auto; padding: 0 1.5rem; }
h1 { margin: 0; font-size: 2rem; } .subtitle, footer, th[scope=row] { color: #555; }
.banner { border: 2px solid #111; padding: .5rem 1rem; font-weight: bold; text-align: center; }
header { border-bottom: 1px solid #111; padding-bottom: .5rem; }
h2 { font-size: 1.15rem; margin: 1.6rem 0 .4rem; }
table { border-collapse: collapse; width: 100%; margin: .3rem 0 .8rem; }
td, th { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0;
         overflow-wrap: anywhere; }
th[scope=row] { font-weight: normal; width: 24%; }
.grid th[scope=col] { background: #eee; } .grid td, .grid th { padding: .25rem .5rem;
  border-bottom: 1px solid #bbb; }
footer { border-top: 1px solid #bbb; margin-top: 2rem; padding-top: .5rem; font-size: .8rem;
         overflow-wrap: anywhere; }
@media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; }
  tr { break-inside: avoid; } }
"""


def render_html(sheet: Sheet) -> bytes:
    """One self-contained page; every text is escaped."""
    banner = f'<p class="banner">{escape(sheet.banner)}</p>\n' if sheet.banner else ""
    sections = "".join(_section(section) for section in sheet.sections)
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">\n"
        f"<title>{escape(sheet.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"{banner}<header>\n<h1>{escape(sheet.title)}</h1>\n"
        f'<p class="subtitle">{escape(sheet.subtitle)}</p>\n</header>\n'
        f"<main>\n{sections}</main>\n<footer>{escape(sheet.footer)}</footer>\n</body>\n</html>\n"
    )
    return page.encode("utf-8")


def _section(section: Section) -> str:
    blocks = "".join(_block(block) for block in section.blocks)
    return f"<section>\n<h2>{escape(section.title)}</h2>\n{blocks}</section>\n"


def _block(block: Block) -> str:
    if isinstance(block, Facts):
        rows = "".join(
            f'<tr><th scope="row">{escape(label)}</th><td>{escape(value)}</td></tr>\n'
            for label, value in block.rows
        )
        return f"<table>\n{rows}</table>\n"
    if isinstance(block, Grid):
        return _grid(block)
    if isinstance(block, Bullets):
        lines = "".join(f"<li>{escape(line)}</li>\n" for line in block.lines)
        return f"<ul>\n{lines}</ul>\n"
    tag = "strong" if block.strong else "span"
    return "".join(f"<p><{tag}>{escape(line)}</{tag}></p>\n" for line in block.lines)


def _grid(block: Grid) -> str:
    whole = sum(block.shares)
    widths = "".join(f'<col style="width: {100 * one / whole:.0f}%">' for one in block.shares)
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in block.columns)
    rows = "".join(_row(row) for row in block.rows)
    return (
        f'<table class="grid">\n<colgroup>{widths}</colgroup>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{rows}</tbody>\n</table>\n"
    )


def _row(cells: tuple[str, ...]) -> str:
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>\n"
