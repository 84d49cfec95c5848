"""What the examiner is to reach, beside what was published and what was found. Writes rows only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .report import Ladder
from .statistics import wilson


@dataclass(frozen=True, kw_only=True)
class Aim:
    """``attacks`` under ``split`` ("" for all): the smallest size sure for ``ring``, or, where
    ``all_sizes``, how many of all trials were found ("" for any ring)."""

    what: str
    published: str
    aim: str
    attacks: tuple[str, ...]
    ring: str
    split: str = ""
    all_sizes: bool = False


def _by_model(
    what: str, published: str, aim: str, attacks: tuple[str, ...], split: str = ""
) -> Aim:
    """An aim of ring C: the smallest size that it finds by itself."""
    return Aim(
        what=f"{what}, ring C",
        published=published,
        aim=aim,
        attacks=attacks,
        ring="C",
        split=split,
    )


_AMSECBENCH = "(AMSecBench)"
_VOIDS = ("void_cut", "void_in_model")

AIMS = (
    Aim(
        what="any single changed line, ring B",
        published="one command, needs a master print (Gatlin 2019)",
        aim="100 %",
        attacks=(
            *("line_deleted", "line_doubled", "line_inserted", "line_to_travel", "lines_swapped"),
            *("point_moved", "flow_segment", "feed_segment"),
        ),
        ring="B",
        all_sizes=True,
    ),
    _by_model(
        "void, 100 % infill", f"r = 3 mm at 60 to 75 % {_AMSECBENCH}", "0.5 mm", _VOIDS, "100 %"
    ),
    _by_model("void, 20 % infill", "none", "1.5 mm", _VOIDS, "20 %"),
    Aim(
        what="flow in one line of 0.5 mm or more, without B",
        published=f"25 % less in a band {_AMSECBENCH}",
        aim="0.2 % less, both slicers",
        attacks=("flow_segment",),
        ring="A",
    ),
    _by_model("shift of the part", "none", "0.02 mm", ("shift_part", "model_moved")),
    _by_model("shift of one part of a plate", "none", "0.02 mm", ("shift_one_body",)),
    _by_model("shift of one layer", "none", "0.05 mm", ("shift_layer",)),
    _by_model("scale", f"3 % {_AMSECBENCH}", "0.05 %", ("scale_part", "model_scaled")),
    Aim(
        what="temperature, fan, feed, any command, any ring",
        published="25 °C; fan 96.8 %",
        aim="any, 100 %",
        attacks=(
            *("nozzle_changed", "nozzle_inserted", "bed_inserted", "fan_changed", "fan_inserted"),
            *("fan_off", "feed_part", "feed_segment", "feed_travel", "retraction_length"),
            *("retraction_once", "retraction_removed", "acceleration", "start_block"),
            *("dangerous_command", "grammar_trick", "file_trick"),
        ),
        ring="",
        all_sizes=True,
    ),
)


def rows(found: Sequence[Ladder]) -> list[str]:
    """One line of the table for each aim."""
    return [
        f"| {aim.what} | {aim.published} | {aim.aim} | {_reached(aim, found)} |" for aim in AIMS
    ]


def _reached(aim: Aim, found: Sequence[Ladder]) -> str:
    chosen = [
        ladder
        for ladder in found
        if ladder.attack.name in aim.attacks and aim.split in ("", ladder.split)
    ]
    if aim.all_sizes:
        tried = sum(sum(ladder.tried(aim.ring)) for ladder in chosen)
        seen = sum(cell.count(aim.ring) for ladder in chosen for cell in ladder.cells)
        return f"{seen} of {tried} (≥ {100 * wilson(seen, tried)[0]:.1f} %)"
    return "; ".join(_smallest(ladder, aim.ring) for ladder in chosen)


def _smallest(ladder: Ladder, ring: str) -> str:
    """The size it is sure from, or how often the largest was found."""
    name = f"`{ladder.attack.name}`" + (f", {ladder.split}" if ladder.split else "")
    if not any(ladder.tried(ring)):
        return f"{name}: not tried"
    place = ladder.sure_from(ring)
    shown = len(ladder.cells) - 1 if place is None else place
    size = f"{ladder.attack.sizes[shown]:g} {ladder.attack.unit}"
    count = f"{ladder.cells[shown].count(ring)} of {ladder.cells[shown].tried(ring)}"
    return (
        f"{name}: not surely ({count} at {size})" if place is None else f"{name}: {size} ({count})"
    )
