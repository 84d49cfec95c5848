"""What a support must be, in numbers, whichever slicer prints it; and how settings are read. Pure.

:mod:`.support_prusa` and :mod:`.support_cura` say which signed settings give them. Knows no
geometry and no job.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

LAYERS_AT_MOST = 3
LEAST_GAP_MM = 0.15
SPACING_MM = (1.0, 5.0)
THRESHOLD_DEG = (10.0, 80.0)
WIDTH_MM = (0.05, 5.0)
_SKIRT_LINES = tuple(str(count) for count in range(1, 11))
_SKIRT_AT_MOST_MM = 50.0
_SAME = 1e-6

#: Name, value, and what it would have to be.
Unjudged = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class SupportRule:
    """The rule of signed settings; mm where nothing else is said.

    ``gap_mm``: from a bead to the part beside it. ``over_mm``: the same as seen from above, in the
    ``above_layers`` and ``below_layers`` that are left clear. ``corner_mm``: both are kept to what
    lies so near to a place so deep in the part. ``clears_first``: layer 0 keeps clear of the layers
    above as well.

    ``reach_mm``: how far a layer may reach out over the one below without support, by the signed
    threshold. ``cell_mm``: how far a support may be wider than what hangs over, ``inward_mm``:
    towards the part below the same layer; ``refills``: again below a layer in which the part took
    that place. ``expansion_mm``: how much wider layer 0 is.
    ``plate_only``: it stands on nothing but the plate. ``skirt_gap_mm``, ``skirt_reach_mm``: from
    and to where a skirt lies about part and supports; to 0 where none is. ``skirt_disc_mm``: of the
    disc that tells the hull it runs about, None: the convex one.

    ``width_mm``, ``first_width_mm``: of its lines; ``full``: a line is a rectangle of its width.
    ``clear_mm``: between two of them. ``crowded_mm``: radius of what is filled without room, beyond
    three lines. ``most_apart``: plastic over what beads hold, where it is no narrow strip.
    """

    gap_mm: float
    over_mm: float
    corner_mm: float
    above_layers: int
    below_layers: int
    reach_mm: float
    clear_mm: float
    crowded_mm: float
    most_apart: float
    cell_mm: float
    inward_mm: float
    refills: bool
    expansion_mm: float
    width_mm: float
    first_width_mm: float
    full: bool
    plate_only: bool
    clears_first: bool
    skirt_gap_mm: float
    skirt_reach_mm: float
    skirt_disc_mm: float | None = None


def fixed(
    settings: Mapping[str, str], wanted: Mapping[str, tuple[str, tuple[str, ...]]]
) -> Iterator[Unjudged]:
    """Settings that are none of the words they have to be; the first where one is not set."""
    for name, (default, allowed) in wanted.items():
        value = settings.get(name, default)
        if value not in allowed:
            yield name, value, " or ".join(allowed)


def between(
    settings: Mapping[str, str], name: str, limits: tuple[float, float]
) -> Iterator[Unjudged]:
    """A setting that is no number within limits."""
    value = number(settings, name)
    if value is None or not limits[0] <= value <= limits[1]:
        yield name, settings.get(name, "not set"), f"{limits[0]:g} to {limits[1]:g}"


def skirt(
    settings: Mapping[str, str], count: str, distance: str, gap_mm: float | None
) -> Iterator[Unjudged]:
    """A skirt of so many lines that lies no nearer to the part than its supports do."""
    lines = settings.get(count, "not set")
    if lines not in _SKIRT_LINES:
        yield count, lines, f"1 to {_SKIRT_LINES[-1]}"
    yield from between(settings, distance, (gap_mm or LEAST_GAP_MM, _SKIRT_AT_MOST_MM))


def in_layers(settings: Mapping[str, str], name: str, layer_mm: float) -> Iterator[Unjudged]:
    """A distance that is no whole number of layers."""
    if whole(number(settings, name), layer_mm) is None:
        most = layer_mm * LAYERS_AT_MOST
        text = settings.get(name, "not set")
        yield name, text, f"whole layers, {layer_mm:g} to {most:g}"


def same_layers(name: str, first_mm: float, layer_mm: float) -> Iterator[Unjudged]:
    """A first layer of another height than the others."""
    if abs(first_mm - layer_mm) > _SAME:
        yield name, f"{first_mm:g}", f"{layer_mm:g}, as every layer"


def whole(distance: float | None, layer_mm: float) -> int | None:
    """Layers of a distance, at least one; None where it is no whole number of them."""
    if distance is None:
        return None
    count = round(distance / layer_mm)
    exact = abs(distance - count * layer_mm) < _SAME
    return count if exact and 1 <= count <= LAYERS_AT_MOST else None


def number(settings: Mapping[str, str], name: str) -> float | None:
    """A setting as a number from 0 on; None where it is none."""
    return plain(settings.get(name, ""))


def plain(text: str) -> float | None:
    """As :func:`number`, of a text.

    Python takes ``1_0`` and digits of other scripts for numbers, where a slicer reads 1 or nothing.
    """
    if "_" in text or not text.isascii():
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value < 1e3 else None
