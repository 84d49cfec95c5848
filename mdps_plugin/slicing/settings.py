"""Signed slicer settings read and judged, for whichever slicer they are. Pure.

The settings are a flat list of ``name = value`` lines, as PrusaSlicer writes with ``--save``. A
slicer is never given anything else, and these bytes are never rewritten.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..errors import DocumentError
from ..findings import CheckRun, Finding, Verdict, Where
from ..units import Range
from . import codes
from .engines import find_engine, other_slicer
from .prusa import PRUSA
from .values import number

MAX_SETTINGS_BYTES = 1024 * 1024
_NAME = re.compile(r"[a-z][a-z0-9_]{0,79}")
_CORNER = re.compile(r"(-?[0-9.]+)x(-?[0-9.]+)")


def parse_settings(data: bytes, source: str) -> Mapping[str, str]:
    """Name to value; :class:`DocumentError` with the line for anything but a flat list.

    Sections are refused: the slicer would skip what stands below one without a word.
    """
    if len(data) > MAX_SETTINGS_BYTES:
        observed = f"{len(data)} bytes"
        raise DocumentError(source, "", observed, f"at most {MAX_SETTINGS_BYTES} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise DocumentError(source, f"byte {fault.start}", "not UTF-8", "UTF-8 text") from None
    settings: dict[str, str] = {}
    for count, raw in enumerate(text.split("\n"), start=1):
        line = raw.removesuffix("\r").strip(" \t")
        if not line or line.startswith(("#", ";")):
            continue
        place = f"line {count}"
        name, sign, value = line.partition("=")
        name = name.strip(" \t")
        if not sign or _NAME.fullmatch(name) is None:
            raise DocumentError(source, place, repr(line[:60]), "name = value")
        if not value.replace("\t", " ").isprintable():
            raise DocumentError(source, place, "a control character", "printable text")
        if name in settings:
            raise DocumentError(source, place, f"{name} twice", "each name once")
        settings[name] = value.strip(" \t")
    if not settings:
        raise DocumentError(source, "", "no setting", "at least one name = value")
    return settings


def judge_settings(data: bytes, source: str, compared: bool, slicer: str = PRUSA.name) -> Verdict:
    """Whether these settings may be given to ``slicer``, a name that a recipe may hold.

    ``compared``: the recipe requires that a second slicing agrees (ring B); then what makes
    slicing vary refuses, else it is a note.
    """
    findings: list[Finding] = []
    engine = find_engine(slicer)
    if engine is None:
        findings.append(other_slicer(slicer))
    try:
        settings = parse_settings(data, source)
    except DocumentError as fault:
        where = Where(path=fault.path or source)
        kind = codes.SETTINGS_UNREADABLE
        findings.append(
            Finding(kind=kind, where=where, measured=fault.observed, limit=fault.allowed)
        )
    else:
        findings.extend(() if engine is None else engine.rules(settings, compared))
    return Verdict(
        findings=tuple(findings),
        checks=(CheckRun(name="slicer_settings", ran=True),),
        required=frozenset({"slicer_settings"}),
    )


def build_area(settings: Mapping[str, str]) -> tuple[Range, Range, Range] | None:
    """Box of the signed bed in millimetres along X, Y, Z.

    PrusaSlicer: ``bed_shape`` and ``max_print_height``; CuraEngine: ``machine_width``, ``_depth``
    and ``_height``. None unless the bed is a rectangle along the axes and the height is given.
    """
    if "machine_width" in settings:
        return _box_of_machine(settings)
    corners = [_CORNER.fullmatch(part.strip()) for part in settings.get("bed_shape", "").split(",")]
    height = number(settings.get("max_print_height", ""))
    if len(corners) != 4 or height is None or height[0] <= 0:
        return None
    try:
        points = {(float(found[1]), float(found[2])) for found in corners if found is not None}
        xs, ys = {x for x, _ in points}, {y for _, y in points}
        if len(points) != 4 or len(xs) != 2 or len(ys) != 2:
            return None
        return (
            Range(minimum=min(xs), maximum=max(xs)),
            Range(minimum=min(ys), maximum=max(ys)),
            Range(minimum=0.0, maximum=height[0]),
        )
    except ValueError:
        return None


def _box_of_machine(settings: Mapping[str, str]) -> tuple[Range, Range, Range] | None:
    sizes = [number(settings.get(f"machine_{side}", "")) for side in ("width", "depth", "height")]
    given = [size[0] for size in sizes if size is not None and not size[1] and 0 < size[0] < 1e6]
    if len(given) != 3:
        return None
    centred = settings.get("machine_center_is_zero") == "true"
    low = [-size / 2 if centred else 0.0 for size in given[:2]]
    x, y = (
        Range(minimum=start, maximum=start + size)
        for start, size in zip(low, given[:2], strict=True)
    )
    return x, y, Range(minimum=0.0, maximum=given[2])
