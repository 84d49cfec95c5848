"""Which supports ring C can judge, and what they must be, from the signed settings. Pure.

Each slicer has its own: :mod:`.support_prusa`, :mod:`.support_cura`. What is not judged,
:mod:`.besides` refuses. Knows no geometry and no job.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..recipes.document import ProcessWindow
from . import support_cura, support_prusa
from .support_terms import SupportRule, Unjudged

__all__ = ["SupportRule", "prints_supports", "support_rule", "unjudged"]

_SLICERS = (support_prusa, support_cura)


def prints_supports(settings: Mapping[str, str]) -> bool:
    """Whether the settings ask either slicer for supports."""
    return any(slicer.prints(settings) for slicer in _SLICERS)


def unjudged(settings: Mapping[str, str], window: ProcessWindow) -> Iterator[Unjudged]:
    """Name, value, and what it would have to be, of each setting that ring C cannot judge."""
    for slicer in _SLICERS:
        if slicer.prints(settings):
            yield from slicer.unjudged(settings, window)


def support_rule(settings: Mapping[str, str], window: ProcessWindow) -> SupportRule | None:
    """The rule of signed settings; None where they print no supports, or such that are unjudged."""
    if next(unjudged(settings, window), None) is not None:
        return None
    if support_prusa.prints(settings):
        return support_prusa.rule(settings, window)
    return support_cura.rule(settings, window) if support_cura.prints(settings) else None
