"""What ring C could not tell under these settings, before somebody relies on it. Reads no file.

Ring C is all that stands between a patient and a spoilt slicer or settings file; where a recipe
does without ring B it stands alone against every change. How small a change it tells is measured in
docs/attack-laboratory.md; under other settings some of its rules do not run at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..findings import Finding, Where
from ..recipes.document import Recipe
from ..toolpath.coverage import bordered_px, cut_limit_mm, deep_px, open_px
from ..toolpath.flow_level import flow_rule
from ..toolpath.places import places
from ..toolpath.raster import PIXEL_MM
from ..toolpath.solid_rule import SolidRule, solid_rule
from ..toolpath.support_rule import prints_supports
from . import codes
from .strength import CURA


def check_sensitivity(recipe: Recipe, settings: Mapping[str, str]) -> Iterable[Finding]:
    """Refused where the recipe does without ring B, else a warning; nothing without ring C."""
    if "C" not in recipe.rings:
        return
    alone = "B" not in recipe.rings
    kind = codes.UNTOLD_ALONE if alone else codes.UNTOLD
    for path, what in _untold(recipe, settings, alone):
        yield Finding(kind=kind, where=Where(path=path), measured=what)


def _untold(recipe: Recipe, settings: Mapping[str, str], alone: bool) -> Iterator[tuple[str, str]]:
    window = recipe.window
    rule = solid_rule(settings, window)
    if places(settings, 1, window.layer_height_mm) is None:
        least = _disc(open_px(rule))
        yield "perimeter and pattern settings", f"voids and cuts narrower than {least}"
    if rule.wider > 1:
        yield "widths of lines", _between_wide_lines(rule)
    if flow_rule(settings) is None:
        yield "width and flow settings", "less plastic on a single line"
    if prints_supports(settings):
        of_cura = recipe.validated_with.slicer == CURA
        name = "support_enable" if of_cura else "support_material"
        yield name, "which places in a shadow a support takes"
    if not rule.knows_infill:
        yield "infill pattern", "voids in the infill"
    elif alone and not rule.solid:
        yield "infill density", "voids below 1.5 mm in sparse infill"


def _between_wide_lines(rule: SolidRule) -> str:
    """Honest jobs leave more open between wide lines, so that more has to be missing there."""
    said = f"empty discs up to {_disc(open_px(rule))} wide"
    if bordered_px(rule) > open_px(rule):
        said += f", {_disc(bordered_px(rule))} near borders of skins"
    if not rule.solid:
        said += f", {_disc(deep_px(rule))} in skins, ends up to {cut_limit_mm(rule):.2f} mm short"
    return f"{said}, if all lines end where lines may"


def _disc(radius_px: int) -> str:
    return f"{2 * radius_px * PIXEL_MM:g} mm"
