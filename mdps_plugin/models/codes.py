"""Finding kinds of the patient's geometry (MD-...). Texts only; checks live in ``check.py``."""

from __future__ import annotations

from ..findings import FindingKind, Severity

_ENVELOPE = "IMDRF PMD/N58 (patient-matched: specified design envelope)"
_FILES = "IMDRF PMD/N58 (MDPS: digital files, design limits)"


def _refusal(
    code: str, clause: str, title: str, *, observed: str, allowed: str, next_step: str
) -> FindingKind:
    return FindingKind(
        code=code,
        severity=Severity.REFUSE,
        clause=clause,
        title=title,
        observed=observed,
        allowed=allowed,
        next_step=next_step,
        who="prescriber",
    )


TOO_BIG = _refusal(
    "MD-001",
    _ENVELOPE,
    "Model too big",
    observed="{side} {measured} mm ({axis}).",
    allowed="{range}.",
    next_step="Ask the prescriber for another size. The model may not be scaled.",
)
TOO_SMALL = _refusal(
    "MD-002",
    _ENVELOPE,
    "Model too small",
    observed="{side} {measured} mm ({axis}).",
    allowed="{range}.",
    next_step="Ask the prescriber for another size. The model may not be scaled.",
)
VOLUME_OUTSIDE = _refusal(
    "MD-003",
    _ENVELOPE,
    "Model volume outside the design envelope",
    observed="Volume {measured} cm³.",
    allowed="{range}.",
    next_step="Ask the prescriber for another design. The model may not be scaled.",
)
OFF_THE_PLATE = _refusal(
    "MD-004",
    _ENVELOPE,
    "Model does not fit the build area",
    observed="Placed, it reaches {measured} mm ({axis}).",
    allowed="{range}.",
    next_step="Ask the prescriber for another size. The model may not be turned.",
)
NOT_AS_ORDERED = _refusal(
    "MD-005",
    "IMDRF PMD/N58 (patient-matched: variables set by the manufacturer)",
    "Model is not the ordered size",
    observed="{side} {measured} mm ({axis}).",
    allowed="{name} = {limit} mm, within {within} mm.",
    next_step="Compare the order with the model. Send back the one that is wrong.",
)
OPEN_EDGES = _refusal(
    "MD-010",
    _FILES,
    "Model has holes",
    observed="{count} open edges, largest gap {gap} mm.",
    allowed="A closed surface, {bodies}.",
    next_step="Ask radiology for a repaired model.",
)
NON_MANIFOLD = _refusal(
    "MD-011",
    _FILES,
    "Model surfaces meet in one edge",
    observed="{count} edges with more than two faces.",
    allowed="Two faces at each edge.",
    next_step="Ask radiology for a repaired model.",
)
FACES_DISAGREE = _refusal(
    "MD-012",
    _FILES,
    "Model surface is twisted",
    observed="{count} edges whose two faces point apart.",
    allowed="All faces point outward.",
    next_step="Ask radiology for a repaired model.",
)
INSIDE_OUT = _refusal(
    "MD-013",
    _FILES,
    "Model is inside out",
    observed="Enclosed volume {measured} cm³.",
    allowed="All faces point outward, volume above 0 cm³.",
    next_step="Ask radiology for a repaired model.",
)
CAVITY = _refusal(
    "MD-014",
    _FILES,
    "Model has a closed cavity",
    observed="{count} inner surfaces, the largest {measured} cm³.",
    allowed="Solid bodies without a cavity.",
    next_step="Ask the designer what the cavity is for. Do not print.",
)
BODIES = _refusal(
    "MD-015",
    _ENVELOPE,
    "Model has another number of bodies",
    observed="{measured} separate surfaces.",
    allowed="{limit}.",
    next_step="Ask radiology for a model of the device alone.",
)
DEGENERATE = FindingKind(
    code="MD-016",
    severity=Severity.WARN,
    clause=_FILES,
    title="Model has flat triangles",
    observed="{measured} triangles without an area.",
    allowed="0 triangles without an area.",
    next_step="Nothing to do. The surface is judged without them.",
)

ALL = (
    TOO_BIG,
    TOO_SMALL,
    VOLUME_OUTSIDE,
    OFF_THE_PLATE,
    NOT_AS_ORDERED,
    OPEN_EDGES,
    NON_MANIFOLD,
    FACES_DISAGREE,
    INSIDE_OUT,
    CAVITY,
    BODIES,
    DEGENERATE,
)
