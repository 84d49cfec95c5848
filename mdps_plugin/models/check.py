"""A mesh judged against the design envelope of a recipe. Reads no file, moves nothing.

What it cannot see: a surface that passes through itself, and bodies that overlap. Those show when
the job is compared with the model, layer by layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..findings import CheckRun, Finding, Verdict, Where
from ..recipes.document import DesignEnvelope, Recipe, Variable
from ..units import Range, number_text, range_text
from . import codes
from .mesh import Mesh
from .surface import Point, Surface, survey

AXES = ("X", "Y", "Z")
_SIDES = ("Width", "Depth", "Height")
#: STL holds 32-bit numbers: lengths are compared at 1 µm, volumes at 0.001 mm³.
_LENGTH_DIGITS = 3
_VOLUME_DIGITS = 6
_NO_STEP_TOLERANCE_MM = 0.05

CHECKS = ("model_surface", "model_bodies", "model_volume", "model_size", "model_build_area")


@dataclass(frozen=True, kw_only=True)
class BuildArea:
    """Box that the printer can reach, millimetres: from the signed settings or the profile."""

    x_mm: Range
    y_mm: Range
    z_mm: Range


def check_model(
    mesh: Mesh,
    recipe: Recipe,
    variables: Mapping[str, str],
    build_area: BuildArea | None = None,
) -> Verdict:
    """Whether this model may be built with this recipe.

    ``variables`` are the ordered values by name; a variable that affects a size (``affects`` is
    ``envelope.size_x_mm``, ``…y…`` or ``…z…``) must agree with the model. Without ``build_area``
    only the sides at 0 mm are checked, and the check is named as not run, without being required.
    """
    surface = survey(mesh)
    findings = (
        *_surface_findings(surface, recipe.envelope.bodies),
        *_body_findings(surface, recipe.envelope.bodies),
        *_volume_findings(mesh, surface, recipe.envelope),
        *_size_findings(mesh, recipe.envelope),
        *_variable_findings(mesh, recipe.variables, variables),
        *_area_findings(mesh, recipe.envelope, build_area),
    )
    ran = {name: name != "model_build_area" or build_area is not None for name in CHECKS}
    return Verdict(
        findings=findings,
        checks=tuple(CheckRun(name=name, ran=did) for name, did in ran.items()),
        required=frozenset(name for name, did in ran.items() if did),
    )


def shows_one_body(verdict: Verdict, envelope: DesignEnvelope) -> bool:
    """Whether ``verdict`` of :func:`check_model` says that all triangles hang together over edges.

    Without any finding: a triangle without an area, of which there is a warning, may lie apart.
    Placing moves equal corners to equal places.
    """
    surveyed = all(name in verdict.required for name in ("model_surface", "model_bodies"))
    return envelope.bodies == 1 and surveyed and not verdict.findings


def _at(place: Point | None) -> Where:
    """A place in the model as it was handed in, µm."""
    if place is None:
        return Where(path="model")
    x, y, z = (round(side, _LENGTH_DIGITS) + 0.0 for side in place)
    return Where(path="model", x=x, y=y, z=z)


def _bodies_text(count: int) -> str:
    return "one body" if count == 1 else f"{count} bodies"


def _surface_findings(surface: Surface, bodies: int) -> list[Finding]:
    found: list[Finding] = []
    if surface.open_edges and surface.largest_gap is not None:
        gap = surface.largest_gap
        facts = {
            "count": str(surface.open_edges),
            "gap": number_text(round(gap.width_mm, 2)),
            "bodies": _bodies_text(bodies),
        }
        found.append(
            Finding(
                kind=codes.OPEN_EDGES,
                where=_at(gap.middle_mm),
                measured=surface.open_edges,
                limit=0,
                unit="edges",
                facts=facts,
            )
        )
    for kind, count, place in (
        (codes.NON_MANIFOLD, surface.crowded_edges, surface.crowded_at),
        (codes.FACES_DISAGREE, surface.twisted_edges, surface.twisted_at),
    ):
        if count:
            found.append(
                Finding(
                    kind=kind,
                    where=_at(place),
                    measured=count,
                    limit=0,
                    unit="edges",
                    facts={"count": str(count)},
                )
            )
    if surface.flat_triangles:
        found.append(
            Finding(
                kind=codes.DEGENERATE,
                where=_at(surface.flat_at),
                measured=surface.flat_triangles,
                limit=0,
                unit="triangles",
            )
        )
    return found


def _body_findings(surface: Surface, bodies: int) -> list[Finding]:
    """Number of surfaces, and cavities; a volume means something on a closed surface only."""
    found: list[Finding] = []
    parts = surface.body_volumes_mm3
    if len(parts) != bodies:
        found.append(
            Finding(
                kind=codes.BODIES,
                where=_at(surface.least_at),
                measured=len(parts),
                limit=_bodies_text(bodies),
            )
        )
    hollow = [volume for volume in parts if volume < 0]
    if surface.closed and hollow and len(hollow) < len(parts):
        found.append(
            Finding(
                kind=codes.CAVITY,
                where=_at(surface.least_at),
                measured=round(-min(hollow) / 1000, _VOLUME_DIGITS),
                limit=0,
                unit="cm³",
                facts={"count": str(len(hollow))},
            )
        )
    return found


def _volume_findings(mesh: Mesh, surface: Surface, envelope: DesignEnvelope) -> list[Finding]:
    volume_cm3 = round(mesh.volume_mm3() / 1000, _VOLUME_DIGITS)
    where = Where(path="model")
    if surface.closed and volume_cm3 <= 0:
        return [
            Finding(kind=codes.INSIDE_OUT, where=where, measured=volume_cm3, limit=0, unit="cm³")
        ]
    if envelope.volume_cm3.contains(volume_cm3):
        return []
    allowed = range_text(envelope.volume_cm3, "cm³")
    return [
        Finding(
            kind=codes.VOLUME_OUTSIDE,
            where=where,
            measured=volume_cm3,
            limit=allowed,
            unit="cm³",
            facts={"range": allowed},
        )
    ]


def _sizes(mesh: Mesh) -> tuple[float, float, float]:
    x, y, z = (round(float(side), _LENGTH_DIGITS) for side in mesh.size())
    return x, y, z


def _size_findings(mesh: Mesh, envelope: DesignEnvelope) -> list[Finding]:
    limits = (envelope.size_x_mm, envelope.size_y_mm, envelope.size_z_mm)
    found: list[Finding] = []
    for axis, side, allowed, measured in zip(AXES, _SIDES, limits, _sizes(mesh), strict=True):
        if allowed.contains(measured):
            continue
        text = range_text(allowed, "mm")
        found.append(
            Finding(
                kind=codes.TOO_BIG if measured > allowed.maximum else codes.TOO_SMALL,
                where=Where(path=f"envelope.size_{axis.lower()}_mm"),
                measured=measured,
                limit=text,
                unit="mm",
                facts={"axis": axis, "side": side, "range": text},
            )
        )
    return found


def _variable_findings(
    mesh: Mesh, declared: tuple[Variable, ...], chosen: Mapping[str, str]
) -> list[Finding]:
    """The ordered size against the model's: an order for 120 mm is not met by 150 mm."""
    found: list[Finding] = []
    for axis, side, measured in zip(AXES, _SIDES, _sizes(mesh), strict=True):
        for variable in declared:
            if variable.affects != f"envelope.size_{axis.lower()}_mm" or variable.kind != "number":
                continue
            text = chosen.get(variable.name, variable.default)
            within = variable.step / 2 if variable.step else _NO_STEP_TOLERANCE_MM
            try:
                ordered = float(text)
                wrong = not abs(measured - ordered) <= within
            except ValueError:
                wrong = True
            if wrong:
                found.append(
                    Finding(
                        kind=codes.NOT_AS_ORDERED,
                        where=Where(path=f"variables.{variable.name}"),
                        measured=measured,
                        limit=text,
                        unit="mm",
                        facts={
                            "axis": axis,
                            "side": side,
                            "name": variable.name,
                            "within": number_text(within),
                        },
                    )
                )
    return found


def _area_findings(mesh: Mesh, envelope: DesignEnvelope, area: BuildArea | None) -> list[Finding]:
    width, depth, height = _sizes(mesh)
    x, y = envelope.placed_at_x_mm, envelope.placed_at_y_mm
    spans = (
        (x - width / 2, x + width / 2),
        (y - depth / 2, y + depth / 2),
        (0.0, height),
    )
    reach: tuple[Range | None, ...] = (
        (area.x_mm, area.y_mm, area.z_mm) if area is not None else (None, None, None)
    )
    found: list[Finding] = []
    for axis, (low, high), limits in zip(AXES, spans, reach, strict=True):
        least = limits.minimum if limits is not None else 0.0
        outside: float | None = None
        if round(low, _LENGTH_DIGITS) < least:
            outside = low
        elif limits is not None and round(high, _LENGTH_DIGITS) > limits.maximum:
            outside = high
        if outside is not None:
            text = range_text(limits, "mm") if limits is not None else "0 mm or more"
            found.append(
                Finding(
                    kind=codes.OFF_THE_PLATE,
                    where=Where(path=f"envelope.placed_at.{axis.lower()}"),
                    measured=round(outside, _LENGTH_DIGITS),
                    limit=text,
                    unit="mm",
                    facts={"axis": axis, "range": text},
                )
            )
    return found
