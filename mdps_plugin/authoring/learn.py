"""The tightest process window that good jobs support, and where each bound came from. Writes none.

Jobs that were printed for the validation are measured as the examiner measures them, with the
blocks, layer heights and filament of the recipe. What a job cannot show (reported temperatures,
margin beside the model) is taken over from the recipe and named so. The proposal is then tried: a
window that refuses one of its own jobs is worth nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..canonical import Json
from ..findings import Finding
from ..recipes.document import Recipe
from ..recipes.parse import read_draft
from ..toolpath.codes import RING_LEFT_OUT, RING_NOT_RUN, SIGNED_JOB_DIFFERS
from ..toolpath.examine import examine
from .learn_bounds import Bounds, Origin
from .learn_measure import Measured, measure, take_lines, take_rest, take_totals

_KEPT = (
    "relative_extrusion",
    "layer_height_mm",
    "first_layer_height_mm",
    "nozzle_c",
    "bed_c",
    "excursion_s",
    "outside_model_mm",
    "layer_volume_ratio",
)
#: What the trial does not ask: rings B and C, and whether the job is the signed one.
_NOT_ASKED = {RING_LEFT_OUT.code, RING_NOT_RUN.code, SIGNED_JOB_DIFFERS.code}


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """``window`` is the part of a recipe document; ``origins`` says where each bound came from.

    ``kept`` names fields that no job can show. ``refused`` are findings of the proposal against
    its own jobs, by file: empty if the window lets all of them pass ring A.
    """

    window: dict[str, Json]
    origins: tuple[Origin, ...]
    kept: tuple[str, ...]
    refused: Mapping[str, tuple[Finding, ...]]


def learn(
    document: Json, files: Mapping[str, bytes], jobs: Mapping[str, bytes], source: str
) -> Proposal:
    """Measure ``jobs`` (name to bytes) against the recipe ``document`` with its pinned ``files``.

    :class:`DocumentError` for a recipe that does not parse, and for a job that cannot be measured:
    other blocks than the recipe's, lines off its layers, two temperatures in one layer.
    """
    recipe = read_draft(document, source)
    measured = [measure(name, data, recipe, files) for name, data in jobs.items()]
    bounds = Bounds()
    for one in measured:
        take_lines(one, recipe, bounds)
        take_rest(one, bounds)
        take_totals(one, recipe, bounds)
    window = _window(recipe, measured, bounds)
    refused = _try(document, window, files, jobs, source)
    return Proposal(window=window, origins=tuple(bounds.origins()), kept=_KEPT, refused=refused)


def _window(recipe: Recipe, measured: Sequence[Measured], bounds: Bounds) -> dict[str, Json]:
    raw: Any = recipe.raw
    old: dict[str, Any] = raw["window"]
    layers = max(one.layers.count for one in measured)
    features: list[dict[str, Json]] = []
    for entry in old["features"]:
        learnt = {
            name: bounds.range(f"features.{entry['feature']}.{name}", entry[name])
            for name in ("flow_mm3_per_mm", "width_mm", "speed_mm_s")
        }
        features.append({**entry, **learnt})
    single = bounds.single
    return {
        **old,
        "commands": sorted(bounds.texts("commands"), key=lambda word: (word[0], int(word[1:]))),
        "temperatures": _steps(
            layers,
            lambda layer: {
                "nozzle_c": single(f"nozzle_c layer {layer}", None),
                "bed_c": single(f"bed_c layer {layer}", None),
            },
        ),
        "features": features,
        "travel_speed_mm_s": bounds.range("travel_speed_mm_s", old["travel_speed_mm_s"]),
        "retraction": {
            name: single(
                f"retraction.{name}", old["retraction"][name] if name != "length_mm" else 0
            )
            for name in ("length_mm", "speed_mm_s", "deretract_speed_mm_s")
        },
        "z_hop_mm": single("z_hop_mm", 0),
        "fan": _fan(layers, bounds),
        "accelerations_mm_s2": [int(value) for value in bounds.numbers("accelerations_mm_s2")]
        or old["accelerations_mm_s2"],
        "total_filament_mm": bounds.range("total_filament_mm", old["total_filament_mm"]),
        "print_time_s": bounds.range("print_time_s", old["print_time_s"]),
        "lines_at_most": bounds.highest("lines_at_most"),
    }


def _steps(layers: int, at: Callable[[int], dict[str, Json]]) -> list[dict[str, Json]]:
    """One rule per layer from which a value differs from that of the layer before."""
    rules: list[dict[str, Json]] = []
    last: dict[str, Json] = {}
    for layer in range(layers):
        values = at(layer)
        if values != last:
            rules.append({"from_layer": layer, **values})
            last = values
    return rules


def _fan(layers: int, bounds: Bounds) -> list[dict[str, Json]]:
    """The first layer, and all others together: slicers move the fan with the time of a layer."""
    first = [int(value) for value in bounds.numbers("fan layer 0")]
    rules: list[dict[str, Json]] = [{"from_layer": 0, "values": first}]
    later = {int(v) for layer in range(1, layers) for v in bounds.numbers(f"fan layer {layer}")}
    if later and sorted(later) != first:
        rules.append({"from_layer": 1, "values": sorted(later)})
    return rules


def _try(
    document: Json,
    window: dict[str, Json],
    files: Mapping[str, bytes],
    jobs: Mapping[str, bytes],
    source: str,
) -> dict[str, tuple[Finding, ...]]:
    """Findings of ring A with the proposed window, without those about rings left out."""
    if not isinstance(document, Mapping):
        return {}
    recipe = read_draft({**document, "window": window}, source)
    defaults = {variable.name: variable.default for variable in recipe.variables}
    refused: dict[str, tuple[Finding, ...]] = {}
    for name, data in jobs.items():
        verdict = examine(data, recipe, files, None, frozenset("A"), defaults).verdict
        refused[name] = tuple(_against(verdict.refusals()))
    return {name: found for name, found in refused.items() if found}


def _against(findings: Iterable[Finding]) -> Iterable[Finding]:
    return (finding for finding in findings if finding.code not in _NOT_ASKED)
