"""Signed slicer settings read and judged, and compared with what the slicer says it used. Pure.

The settings are a flat list of ``name = value`` lines as PrusaSlicer writes with ``--save``. The
slicer is never given anything else, and these bytes are never rewritten.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ..errors import DocumentError
from ..findings import CheckRun, Finding, Verdict, Where
from ..units import Range
from . import codes

MAX_SETTINGS_BYTES = 1024 * 1024
_NAME = re.compile(r"[a-z][a-z0-9_]{0,79}")
_BEGIN, _END = b"; prusaslicer_config = begin", b"; prusaslicer_config = end"
_CORNER = re.compile(r"(-?[0-9.]+)x(-?[0-9.]+)")

#: Settings that make the slicer run programs or talk to machines.
_PROGRAMS = ("post_process", "print_host", "printhost_apikey", "printhost_cafile")

#: What the slicer must be told so that a second slicing has the same set of moves. Measured with
#: 2.5.0: Arachne walls, gap fill and thin walls differ from run to run; the last two are random
#: by design. Value allowed, and what PrusaSlicer 2.5 takes where the line is missing.
_REPRODUCIBLE = {
    "perimeter_generator": (frozenset({"classic"}), "arachne"),
    "gap_fill_enabled": (frozenset({"0"}), "1"),
    "thin_walls": (frozenset({"0"}), "0"),
    "fuzzy_skin": (frozenset({"none"}), "none"),
    "seam_position": (frozenset({"aligned", "nearest", "rear"}), "aligned"),
}


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
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.removesuffix("\r").strip(" \t")
        if not line or line.startswith(("#", ";")):
            continue
        place = f"line {number}"
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


def judge_settings(data: bytes, source: str, compared: bool) -> Verdict:
    """Whether these settings may be given to the slicer.

    ``compared``: the recipe requires that a second slicing agrees (ring B); then what makes
    slicing vary refuses, else it is a note.
    """
    findings: list[Finding] = []
    try:
        settings = parse_settings(data, source)
    except DocumentError as fault:
        where = Where(path=fault.path or source)
        kind = codes.SETTINGS_UNREADABLE
        findings.append(
            Finding(kind=kind, where=where, measured=fault.observed, limit=fault.allowed)
        )
    else:
        findings.extend(_programs(settings))
        findings.extend(_variation(settings, compared))
    return Verdict(
        findings=tuple(findings),
        checks=(CheckRun(name="slicer_settings", ran=True),),
        required=frozenset({"slicer_settings"}),
    )


def _programs(settings: Mapping[str, str]) -> Iterable[Finding]:
    for name in _PROGRAMS:
        value = settings.get(name, "")
        if value.strip('"'):
            where = Where(path=name)
            yield Finding(kind=codes.RUNS_PROGRAMS, where=where, measured=value[:80], limit="")


def _variation(settings: Mapping[str, str], compared: bool) -> Iterable[Finding]:
    kind = codes.NOT_REPRODUCIBLE if compared else codes.MAY_VARY
    for name, (allowed, default) in _REPRODUCIBLE.items():
        value = settings.get(name, default)
        if value not in allowed:
            limit = " or ".join(sorted(allowed))
            yield Finding(kind=kind, where=Where(path=name), measured=value, limit=limit)


def used_settings(gcode: bytes) -> Mapping[str, str] | None:
    """The settings that the slicer lists at the end of its output; None where not whole."""
    begin = gcode.rfind(_BEGIN)
    end = gcode.find(_END, begin)
    if begin < 0 or end < 0:
        return None
    used: dict[str, str] = {}
    for raw in gcode[begin + len(_BEGIN) : end].split(b"\n"):
        name, sign, value = raw.decode("utf-8", "replace").removeprefix("; ").partition("=")
        if sign:
            used[name.strip()] = value.strip()
    return used


def compare_settings(signed: Mapping[str, str], used: Mapping[str, str]) -> tuple[Finding, ...]:
    """Signed settings that the slicer left out or took differently.

    PrusaSlicer skips names it does not know without a word; its own list of what it used shows it.
    """
    found: list[Finding] = []
    for name, value in signed.items():
        taken = used.get(name)
        if taken is None and not value:
            continue
        if taken is None or not _same(value, taken):
            found.append(
                Finding(
                    kind=codes.SETTING_NOT_USED,
                    where=Where(path=name),
                    measured="(not used)" if taken is None else taken[:120],
                    limit=value[:120],
                )
            )
    return tuple(found)


def _same(signed: str, used: str) -> bool:
    if signed == used:
        return True
    mine, theirs = signed.split(","), used.split(",")
    return len(mine) == len(theirs) and all(
        _number(one) is not None and _number(one) == _number(other)
        for one, other in zip(mine, theirs, strict=True)
    )


def _number(text: str) -> tuple[float, str] | None:
    match = re.fullmatch(r"\s*(-?\d+(?:\.\d*)?|-?\.\d+)(%?)\s*", text)
    return None if match is None else (float(match[1]), match[2])


def build_area(settings: Mapping[str, str]) -> tuple[Range, Range, Range] | None:
    """Box of the signed bed (``bed_shape``, ``max_print_height``) in millimetres along X, Y, Z.

    None unless the bed is a rectangle along the axes and the height is given.
    """
    corners = [_CORNER.fullmatch(part.strip()) for part in settings.get("bed_shape", "").split(",")]
    height = _number(settings.get("max_print_height", ""))
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
