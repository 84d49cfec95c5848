"""Attacks before slicing: on the model, and on the settings or the slicer itself.

The job that comes out is in every way what a slicer writes. Ring B finds it because it slices the
signed model under the signed settings; if the slicer itself is spoilt, only A and C stand.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from functools import partial

import numpy as np

from mdps_plugin.authoring.geometry.solids import Floats

from .attack import Attack, Spoilt, Subject, nothing, sized
from .models.solids import cells, skin
from .recipes import PLACE_MM
from .symmetry import symmetrical

_TRIES = 60


def _clearance(mesh: Floats, points: Floats) -> Floats:
    """Signed distance of points from the surface, positive inside; mm.

    Winding number from solid angles (van Oosterom and Strackee 1983), distance to the nearest
    point of any triangle, sampled at its corners, edges and middle planes.
    """
    a, b, c = (mesh[:, i][None] - points[:, None] for i in range(3))
    la, lb, lc = (np.linalg.norm(v, axis=2) for v in (a, b, c))
    top = np.einsum("ijk,ijk->ij", a, np.cross(b, c))
    low = (
        la * lb * lc
        + np.einsum("ijk,ijk->ij", a, b) * lc
        + np.einsum("ijk,ijk->ij", b, c) * la
        + np.einsum("ijk,ijk->ij", c, a) * lb
    )
    inside = np.abs(2 * np.arctan2(top, low).sum(axis=1)) > 2 * math.pi
    normal = np.cross(mesh[:, 1] - mesh[:, 0], mesh[:, 2] - mesh[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    off = np.abs(np.einsum("ijk,jk->ij", a, normal))
    near = np.minimum.reduce([la, lb, lc])
    # Beside the triangle the true distance is between its plane's and its corners': take the
    # plane's only where the foot lies in the triangle.
    foot = points[:, None] + np.einsum("ijk,jk->ij", a, normal)[:, :, None] * normal[None]
    hit = np.ones(off.shape, dtype=bool)
    for i in range(3):
        start, stop = mesh[:, i], mesh[:, (i + 1) % 3]
        side = np.cross((stop - start)[None], foot - start[None])
        hit &= np.einsum("ijk,jk->ij", side, normal) >= 0
        edge = stop - start
        t = np.einsum("ijk,jk->ij", points[:, None] - start[None], edge)
        t = np.clip(t / np.maximum((edge**2).sum(axis=1), 1e-12), 0, 1)
        gap = np.linalg.norm(points[:, None] - (start[None] + t[:, :, None] * edge), axis=2)
        near = np.minimum(near, gap)
    distance = np.where(hit, off, near).min(axis=1)
    return np.asarray(np.where(inside, distance, -distance))


def _inner_place(subject: Subject, radius: float, rng: random.Random) -> Floats | None:
    """A point of the part that is at least so far from its surface; None where there is none."""
    low, high = subject.placed.min(axis=(0, 1)), subject.placed.max(axis=(0, 1))
    points = np.array(
        [
            [rng.uniform(least, most) for least, most in zip(low, high, strict=True)]
            for _ in range(_TRIES)
        ]
    )
    fits = np.flatnonzero(_clearance(subject.placed, points) > radius + 0.05)
    return points[fits[0]] if len(fits) else None


def _ball(radius: float) -> Floats:
    tilt = np.linspace(0.05, math.pi - 0.05, 12)
    return skin([(-radius * math.cos(t), radius * math.sin(t)) for t in tilt], 24)


def _carved(subject: Subject, body: Floats, at: Floats, what: str, mm3: float) -> Spoilt:
    """The part with a closed cavity: the body's surface turned inside out."""
    cavity = (body + at)[:, ::-1]
    data = subject.sliced(np.concatenate([subject.placed, cavity]))
    if not data:
        return nothing("the slicer gave no job")
    return Spoilt(data=data, changed=what, mm3=mm3)


def void_in_model(subject: Subject, diameter: float, rng: random.Random) -> Spoilt:
    """A ball taken out of the model (Sturm 2017)."""
    at = _inner_place(subject, diameter / 2, rng)
    if at is None:
        return nothing("the part is too thin for such a ball")
    where = " ".join(f"{value:.2f}" for value in at)
    return _carved(
        subject, _ball(diameter / 2), at, f"a ball at {where}", math.pi / 6 * diameter**3
    )


def slab_in_model(subject: Subject, thickness: float, rng: random.Random) -> Spoilt:
    """A thin upright gap of 2 x 1 mm inside the model (dr0wned)."""
    at = _inner_place(subject, 0.6, rng)
    if at is None:
        return nothing("the part is too thin for such a gap")
    size = np.array([thickness, 0.8, 0.8])
    body = cells([0, size[0]], [0, size[1]], [0, size[2]], np.ones((1, 1, 1))) - size / 2
    where = " ".join(f"{value:.2f}" for value in at)
    return _carved(subject, body, at, f"a gap at {where}", float(size.prod()))


def _changed_model(subject: Subject, change: Callable[[Floats], Floats], what: str) -> Spoilt:
    middle = np.array([*PLACE_MM, 0.0])
    data = subject.sliced(change(subject.placed - middle) + middle)
    return Spoilt(data=data, changed=what) if data else nothing("the slicer gave no job")


def model_scaled(subject: Subject, percent: float, rng: random.Random) -> Spoilt:
    """The model smaller in the plane."""
    part = np.array([1 - percent / 100, 1 - percent / 100, 1.0])
    return _changed_model(subject, lambda mesh: mesh * part, f"scaled by {part[0]:g}")


def model_turned(subject: Subject, degrees: float, rng: random.Random) -> Spoilt:
    """The model turned on the plate (Zeltmann 2016)."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turn = np.array([[c, s, 0], [-s, c, 0], [0, 0, 1.0]])
    return _changed_model(subject, lambda mesh: mesh @ turn, f"turned by {degrees:g} deg")


def model_mirrored(subject: Subject, kind: float, rng: random.Random) -> Spoilt:
    """Left for right."""
    flip = np.array([-1.0, 1.0, 1.0])
    if symmetrical(subject.placed, flip):
        return nothing("the model is its own mirror image")
    return _changed_model(subject, lambda mesh: (mesh * flip)[:, ::-1], "mirrored in X")


def model_moved(subject: Subject, length: float, rng: random.Random) -> Spoilt:
    """The model beside its signed place."""
    angle = rng.uniform(0, 2 * math.pi)
    by = np.array([length * math.cos(angle), length * math.sin(angle), 0.0])
    return _changed_model(subject, lambda mesh: mesh + by, f"moved by {length:g} mm")


def _with_setting(
    subject: Subject, names: tuple[str, ...], change: Callable[[float], float]
) -> Spoilt:
    """Settings of either slicer changed by one rule; those it does not have are passed over."""
    settings, seen = subject.setup.settings().decode(), []
    for name in names:
        found = re.search(rf"(?m)^{name} = (-?[\d.]+)(%?)$", settings)
        if found is None:
            continue
        value = f"{change(float(found[1])):.5g}"
        settings = settings[: found.start(1)] + value + settings[found.end(1) :]
        seen.append(f"{name} = {value}")
    data = subject.sliced(subject.placed, settings.encode()) if seen else b""
    return Spoilt(data=data, changed=", ".join(seen)) if data else nothing("the slicer gave no job")


def setting_flow(subject: Subject, percent: float, rng: random.Random) -> Spoilt:
    """A slicer that gives less plastic."""
    lines = ("infill", "wall_0", "wall_x", "skin")
    names = ("extrusion_multiplier", *(f"{line}_material_flow" for line in lines))
    return _with_setting(subject, names, lambda value: value * (1 - percent / 100))


def setting_infill(subject: Subject, percent: float, rng: random.Random) -> Spoilt:
    """A slicer that leaves more room between the lines inside."""
    if subject.setup.slicer == "CuraEngine":
        if subject.setup.infill == 100:
            return nothing("this slicer fills solid parts without that setting")
        return _with_setting(
            subject, ("infill_line_distance",), lambda value: value / (1 - percent / 100)
        )
    return _with_setting(subject, ("fill_density",), lambda value: value * (1 - percent / 100))


def setting_walls(subject: Subject, kind: float, rng: random.Random) -> Spoilt:
    """A slicer that leaves a wall out."""
    return _with_setting(subject, ("perimeters", "wall_line_count"), lambda value: value - 1)


def setting_layer(subject: Subject, length: float, rng: random.Random) -> Spoilt:
    """A slicer with thicker layers."""
    return _with_setting(subject, ("layer_height",), lambda value: value + length)


def setting_shrinks(subject: Subject, length: float, rng: random.Random) -> Spoilt:
    """A slicer that draws every outline in."""
    return _with_setting(
        subject, ("xy_size_compensation", "xy_offset", "xy_offset_layer_0"), lambda value: -length
    )


def setting_top(subject: Subject, kind: float, rng: random.Random) -> Spoilt:
    """A slicer that closes the part with one layer instead of four."""
    if subject.setup.infill == 100:
        return nothing("a solid part has no skins")
    return _with_setting(subject, ("top_solid_layers", "top_layers"), lambda value: 1)


_attack = partial(sized, "model")


_LOSS = (0.2, 0.5, 1.0, 2.0, 10.0, 50.0)
ATTACKS = (
    _attack(
        void_in_model,
        "mm",
        (0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0),
        split="infill",
        source="Sturm 2017",
    ),
    _attack(slab_in_model, "mm", (0.1, 0.2, 0.5), split="infill", source="Belikovetsky 2017"),
    _attack(model_scaled, "%", (0.05, 0.1, 0.2, 0.5, 3.0)),
    _attack(model_turned, "deg", (0.1, 1, 5, 45, 90), source="Zeltmann 2016"),
    Attack(name="model_mirrored", group="model", make=model_mirrored, sizes=(0,), names=("in X",)),
    _attack(model_moved, "mm", (0.01, 0.02, 0.05, 0.2)),
    _attack(setting_flow, "%", _LOSS, split="slicer"),
    _attack(setting_infill, "%", (1, 5, 20, 60), split="infill"),
    Attack(
        name="setting_walls", group="model", make=setting_walls, sizes=(0,), names=("one less",)
    ),
    _attack(setting_layer, "mm", (0.01, 0.05)),
    _attack(setting_shrinks, "mm", (0.01, 0.02, 0.05, 0.1)),
    Attack(name="setting_top", group="model", make=setting_top, sizes=(0,), names=("one layer",)),
)
