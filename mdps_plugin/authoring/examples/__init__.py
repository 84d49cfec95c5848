"""The documents of the shipped recipes: public parameters, cited, marked as examples."""

from __future__ import annotations

from . import (
    acoustic_bell,
    anatomical_model,
    bottle_grip,
    finger_splint,
    mask_extender,
    shield_headband,
    surgical_guide,
    wrist_splint,
)
from .common import Example

EXAMPLES: tuple[Example, ...] = (
    mask_extender.EXAMPLE,
    anatomical_model.EXAMPLE,
    finger_splint.EXAMPLE,
    bottle_grip.EXAMPLE,
    wrist_splint.EXAMPLE,
    acoustic_bell.EXAMPLE,
    shield_headband.EXAMPLE,
    surgical_guide.EXAMPLE,
)
