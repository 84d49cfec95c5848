"""Names of all models, and which of them may set thresholds.

The split is by shape, not by seed: a limit that was measured on one shape is judged on others.
Four sets: those that set limits, two that once judged, those that are still blind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mdps_plugin.authoring.geometry.solids import Floats

from . import anatomic, blind, once_blind, overhanging, plates, shells
from .vary import Vary

Maker = Callable[[Vary], Floats]

#: Models that process windows of the laboratory are measured on.
THRESHOLD: Mapping[str, Maker] = {
    "adapter": plates.adapter,
    "ball": shells.ball,
    "block": plates.block,
    "bracket": plates.bracket,
    "bridge": plates.bridge,
    "cup": shells.cup,
    "engraved": plates.engraved,
    "grip": shells.grip,
    "guide": plates.guide,
    "many_parts": plates.many_parts,
    "overhang": shells.overhang,
    "phantom": shells.phantom,
    "posts": plates.posts,
    "splint": shells.splint,
    "tube": shells.tube,
}

#: Models that set no process window. Refusals of their honest jobs led to wider limits of ring C.
HELD_OUT: Mapping[str, Maker] = {
    "clip": plates.clip,
    "comb": plates.comb,
    "cone": shells.cone,
    "cranial_plate": shells.cranial_plate,
    "finger_ring": shells.finger_ring,
    "gear": plates.gear,
    "handle": shells.handle,
    "honeycomb": plates.honeycomb,
    "knob": shells.knob,
    "lattice": plates.lattice,
    "lens": shells.lens,
    "orthosis": shells.orthosis,
    "pill_tray": plates.pill_tray,
    "raised": plates.raised,
    "saddle": plates.saddle,
    "stairs": plates.stairs,
    "star": plates.star,
    "stethoscope_head": shells.stethoscope_head,
    "strap": plates.strap,
    "twist": shells.twist,
    "wedge": plates.wedge,
}

#: Models that were blind once: as those above, and not attacked.
ONCE_BLIND: Mapping[str, Maker] = {**once_blind.MODELS, **anatomic.ONCE_BLIND}

#: Models that no limit of any kind has seen.
BLIND: Mapping[str, Maker] = {**blind.MODELS, **anatomic.MODELS}

#: Models with overhangs, for jobs with supports; beside the other sets.
OVERHANGING: Mapping[str, Maker] = overhanging.MODELS

MODELS: Mapping[str, Maker] = {**THRESHOLD, **HELD_OUT, **ONCE_BLIND, **BLIND, **OVERHANGING}


def mesh(name: str, seed: int = 0) -> Floats:
    """Triangles (n, 3, 3) in mm; ``KeyError`` for an unknown name."""
    return MODELS[name](Vary(name, seed))
