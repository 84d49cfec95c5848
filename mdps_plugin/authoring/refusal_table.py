"""The table of refusal fixtures: name, where it is refused, with which findings. Builds none."""

from __future__ import annotations

from .refusal_delivery import DELIVERY
from .refusal_evidence import EVIDENCE, TEXTS
from .refusal_process import CODE, CURA_SETTINGS, SETTINGS
from .refusals import Refusal

REFUSALS: tuple[Refusal, ...] = (
    *EVIDENCE,
    *SETTINGS,
    *CURA_SETTINGS,
    *CODE,
    *TEXTS,
    *DELIVERY,
)
