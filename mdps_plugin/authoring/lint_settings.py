"""Signed slicer settings against the signed process window, for either slicer. Runs no slicer.

If the nominal flow of a line lies outside the window, every job that these settings give is
refused: better told to the author than to a hospital. Names of settings: :mod:`.setting_rules`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ..findings import Finding, Where
from ..recipes.document import FeatureClass, FeatureWindow, FileRole, Recipe
from ..toolpath.besides import printed_besides
from ..toolpath.shadow import reach_beside_mm
from ..toolpath.support_rule import prints_supports, support_rule
from ..toolpath.writing import WRITINGS, writing_of
from ..units import Range, number_text, range_text
from . import codes, setting_flows, setting_rules
from .setting_rules import Wanted
from .strength import CURA, setting_of, strength

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)


def check_settings(recipe: Recipe, settings: Mapping[str, str]) -> Iterable[Finding]:
    """Single values, speeds and flow; a setting that is absent or automatic is named as such."""
    slicer = recipe.validated_with.slicer
    wanted = setting_rules.cura if slicer == CURA else setting_rules.prusa
    for one in wanted(recipe):
        yield from _judge(settings, one)
    yield from _flow(recipe, settings, slicer)
    yield from _around(recipe, settings)
    if prints_supports(settings):
        yield from _supports(recipe, settings, slicer)
    for name, value in strength(settings, slicer).items():
        if value is None:
            setting = setting_of(name, slicer)
            yield _open(setting, settings.get(setting))


def check_writing(recipe: Recipe) -> Iterable[Finding]:
    """A note where the job is held to the grammar of all slicers only, not to how its own writes.

    A pinned job is held to that job, so that nothing is left open.
    """
    if writing_of(recipe) is None and recipe.file(FileRole.JOB_GCODE) is None:
        signed = recipe.validated_with
        yield Finding(
            kind=codes.WRITING_UNKNOWN,
            where=Where(path="validated_with.slicer_version"),
            measured=f"{signed.slicer} {signed.slicer_version}"[:80],
            limit=" or ".join(one.name for one in WRITINGS),
        )


def _judge(settings: Mapping[str, str], wanted: Wanted) -> Iterable[Finding]:
    text = settings.get(wanted.name)
    limits = wanted.limits
    if text is None or (limits is not None and _NUMBER.fullmatch(text) is None):
        yield _open(wanted.name, text)
    elif limits is None:
        if text != wanted.word:
            yield _differs(wanted, text, wanted.word or "")
    elif not limits.contains(float(text)):
        yield _differs(wanted, text, range_text(limits, ""))


def _differs(wanted: Wanted, measured: str, limit: str) -> Finding:
    return Finding(
        kind=codes.SETTING_DIFFERS,
        where=Where(path=wanted.name),
        measured=measured,
        limit=limit,
        unit=wanted.unit,
        facts={"parameter": wanted.parameter},
    )


def _around(recipe: Recipe, settings: Mapping[str, str]) -> Iterable[Finding]:
    """What is printed beside the part: nothing that ring C cannot judge, nothing too far away."""
    if "C" in recipe.rings:
        for name, value, off in printed_besides(settings, recipe.window):
            yield Finding(
                kind=codes.BESIDES_PART, where=Where(path=name), measured=value[:40], limit=off
            )
    reach = Range(minimum=0.0, maximum=recipe.window.outside_model_mm)
    place = "window.outside_model_mm"
    if settings.get("adhesion_type") == "skirt":
        yield from _judge(
            settings, Wanted(name="skirt_gap", parameter=place, limits=reach, unit="mm")
        )
    if settings.get("adhesion_type") == "brim":
        # As many lines as lie within reach, each as wide as the settings say.
        width = settings.get("skirt_brim_line_width", "")
        most = reach.maximum / float(width) if _NUMBER.fullmatch(width) and float(width) else 0.0
        lines = Range(minimum=0.0, maximum=float(int(most)))
        yield from _judge(
            settings, Wanted(name="brim_line_count", parameter=place, limits=lines, unit="lines")
        )
    if settings.get("brim_type", "outer_only") != "no_brim" and "brim_width" in settings:
        brim = Wanted(name="brim_width", parameter=place, limits=reach, unit="mm")
        yield from _judge(settings, brim)
    if settings.get("skirts", "0") != "0":
        skirt = Wanted(name="skirt_distance", parameter=place, limits=reach, unit="mm")
        yield from _judge(settings, skirt)


def _supports(recipe: Recipe, settings: Mapping[str, str], slicer: str) -> Iterable[Finding]:
    """Speeds as those of other lines; room on the plate for as far as supports reach."""
    of_cura = slicer == CURA
    wanted = setting_rules.cura_supports if of_cura else setting_rules.prusa_supports
    for one in wanted(recipe):
        yield from _judge(settings, one)
    rule = support_rule(settings, recipe.window)
    if rule is not None and recipe.window.outside_model_mm < reach_beside_mm(rule):
        yield Finding(
            kind=codes.SETTING_DIFFERS,
            where=Where(path="support_enable" if of_cura else "support_material"),
            measured=f"reaching {reach_beside_mm(rule):.1f}",
            limit=f"at most {number_text(recipe.window.outside_model_mm)}",
            unit="mm",
            facts={"parameter": "window.outside_model_mm"},
        )


def _open(name: str, text: str | None) -> Finding:
    measured = "not set" if text is None else text[:40]
    return Finding(kind=codes.SETTING_OPEN, where=Where(path=name), measured=measured)


def _flow(recipe: Recipe, settings: Mapping[str, str], slicer: str) -> Iterable[Finding]:
    window = recipe.window
    for entry in window.features:
        first = entry.feature is FeatureClass.FIRST_LAYER
        height = window.first_layer_height_mm if first else window.layer_height_mm
        lines = setting_flows.cura if slicer == CURA else setting_flows.prusa
        for line in lines(settings, height, first=first):
            if line.flow_mm3_per_mm is None:
                yield _open(line.name, settings.get(line.name))
            elif not entry.flow_mm3_per_mm.contains(line.flow_mm3_per_mm):
                yield _impossible(entry, line.name, settings, line.flow_mm3_per_mm, height)


def _impossible(
    entry: FeatureWindow, name: str, settings: Mapping[str, str], flow: float, height: float
) -> Finding:
    return Finding(
        kind=codes.FLOW_IMPOSSIBLE,
        where=Where(path=f"{name} = {settings.get(name, '')}"),
        measured=round(flow, 4),
        limit=range_text(entry.flow_mm3_per_mm, ""),
        unit="mm³/mm",
        facts={
            "parameter": f"window.features {entry.feature.value} flow_mm3_per_mm",
            "height": number_text(height),
        },
    )
