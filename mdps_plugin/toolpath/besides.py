"""Signed settings that print more than the part, and that ring C cannot judge. Pure.

Rafts, towers and shields lie outside the model in many layers. What they must look like follows
from no section, so ring C refuses them instead of leaving their place open. Supports are judged
where :mod:`.support_rule` says how; other supports are refused. Names of PrusaSlicer 2.5 and of
CuraEngine 4.13; the first value is what they stand at where they are off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..recipes.document import ProcessWindow
from .support_rule import prints_supports, unjudged

_OFF: Mapping[str, tuple[str, ...]] = {
    "support_material": ("0", "1"),
    "raft_layers": ("0",),
    "wipe_tower": ("0",),
    "draft_shield": ("disabled", "0"),
    "support_mesh": ("false",),
    "adhesion_type": ("none", "skirt", "brim"),
    "prime_tower_enable": ("false",),
    "ooze_shield_enabled": ("false",),
    "draft_shield_enabled": ("false",),
}


def printed_besides(
    settings: Mapping[str, str], window: ProcessWindow
) -> Iterator[tuple[str, str, str]]:
    """Name, value, and what it would have to be, of each such setting that is on."""
    found = {}
    for name, off in _OFF.items():
        value = settings.get(name, off[0])
        if value not in off:
            found[name] = (name, value, " or ".join(off))
    if prints_supports(settings):
        # What is refused anyway is named once.
        found = {one[0]: one for one in unjudged(settings, window)} | found
    yield from found.values()
