"""The documents of the four shipped recipes: public parameters, cited, marked as examples."""

from __future__ import annotations

from . import anatomical_model, bottle_grip, finger_splint, mask_extender
from .common import Example

EXAMPLES: tuple[Example, ...] = (
    mask_extender.EXAMPLE,
    anatomical_model.EXAMPLE,
    finger_splint.EXAMPLE,
    bottle_grip.EXAMPLE,
)
