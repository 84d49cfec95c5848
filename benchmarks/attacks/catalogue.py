"""All attacks by name."""

from __future__ import annotations

from collections.abc import Mapping

from . import on_flow, on_grammar, on_lines, on_model, on_place, on_settings, on_supports
from .attack import Attack
from .hand import by_the_slicers_hand

_MODULES = (on_flow, on_place, on_settings, on_lines, on_grammar, on_model, on_supports)

ATTACKS: Mapping[str, Attack] = {
    attack.name: attack if attack.group == "bytes" else by_the_slicers_hand(attack)
    for module in _MODULES
    for attack in module.ATTACKS
}
