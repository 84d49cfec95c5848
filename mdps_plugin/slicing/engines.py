"""The slicers that this controller can run, found by the name in a recipe. Facts only."""

from __future__ import annotations

from ..findings import Finding, Where
from . import codes
from .cura import CURA
from .engine import Engine, plain_name
from .prusa import PRUSA

ENGINES = (PRUSA, CURA)


def find_engine(slicer: str) -> Engine | None:
    """The slicer of that name, case and dashes aside; None for one that is not run here."""
    return next((one for one in ENGINES if plain_name(one.name) == plain_name(slicer)), None)


def other_slicer(slicer: str) -> Finding:
    """The finding for a recipe that names another slicer."""
    return Finding(
        kind=codes.WRONG_SLICER,
        where=Where(path="validated_with.slicer"),
        measured=" and ".join(one.name for one in ENGINES),
        limit=slicer,
    )
