"""Share found against size, one small panel an attack, as SVG text. Draws only."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .report import Ladder

_COLOURS = {"A": "#1f6fb4", "B": "#7a7a7a", "C": "#d9541e"}
_WIDE, _HIGH, _LEFT, _TOP, _GAP = 150, 70, 34, 26, 34
_PER_ROW = 4


def chart(title: str, ladders: Sequence[Ladder]) -> str:
    """Panels of A, B and C with 95 % intervals (Wilson); sizes are evenly spaced."""
    rows = (len(ladders) + _PER_ROW - 1) // _PER_ROW
    width = _PER_ROW * (_WIDE + _LEFT + 12) + 10
    height = 30 + rows * (_HIGH + _TOP + _GAP)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'font-family="DejaVu Sans, sans-serif" font-size="9">'
        ),
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="10" y="18" font-size="12">{escape(title)}</text>',
    ]
    for place, (ring, colour) in enumerate(_COLOURS.items()):
        x = width - 190 + 60 * place
        parts.append(f'<rect x="{x}" y="10" width="9" height="9" fill="{colour}"/>')
        parts.append(f'<text x="{x + 13}" y="18">ring {ring}</text>')
    for place, ladder in enumerate(ladders):
        x = _LEFT + (place % _PER_ROW) * (_WIDE + _LEFT + 12)
        y = 30 + _TOP + (place // _PER_ROW) * (_HIGH + _TOP + _GAP)
        parts += _panel(ladder, x, y)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(ladder: Ladder, x: float, y: float) -> list[str]:
    name = ladder.attack.name.replace("_", " ") + (f", {ladder.split}" if ladder.split else "")
    step = _WIDE / max(len(ladder.cells), 1)
    parts = [
        f'<text x="{x}" y="{y - 8}">{escape(name)}</text>',
        f'<rect x="{x}" y="{y}" width="{_WIDE}" height="{_HIGH}" fill="none" stroke="#aaa"/>',
        f'<text x="{x - 4}" y="{y + 6}" text-anchor="end">100 %</text>',
        f'<text x="{x - 4}" y="{y + _HIGH}" text-anchor="end">0</text>',
        (
            f'<text x="{x + _WIDE}" y="{y + _HIGH + 20}" text-anchor="end">'
            f"{escape(ladder.attack.unit)}</text>"
        ),
    ]
    for place, size in enumerate(ladder.attack.sizes):
        at = x + step * (place + 0.5)
        parts.append(
            f'<text x="{at:.1f}" y="{y + _HIGH + 10}" text-anchor="middle">{size:g}</text>'
        )
    for offset, (ring, colour) in zip((-4, 0, 4), _COLOURS.items(), strict=True):
        points = []
        for place, cell in enumerate(ladder.cells):
            if not cell.tried(ring):
                continue
            at = x + step * (place + 0.5) + offset
            low, high = ladder.interval(ring, place)
            points.append(f"{at:.1f},{y + _HIGH * (1 - cell.count(ring) / cell.tried(ring)):.1f}")
            parts.append(
                f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{y + _HIGH * (1 - high):.1f}" '
                f'y2="{y + _HIGH * (1 - low):.1f}" stroke="{colour}" opacity="0.35"/>'
            )
        parts.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}"/>')
    return parts
