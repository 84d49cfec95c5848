"""All attacks by name."""

from __future__ import annotations

from collections.abc import Mapping

from . import on_flow, on_grammar, on_lines, on_model, on_place, on_settings
from .attack import Attack

_MODULES = (on_flow, on_place, on_settings, on_lines, on_grammar, on_model)

ATTACKS: Mapping[str, Attack] = {
    attack.name: attack for module in _MODULES for attack in module.ATTACKS
}
