"""Signed slicer settings as a flat list, read the same way by whoever needs them. Pure.

The settings are a flat list of ``name = value`` lines, as PrusaSlicer writes with ``--save``. What
a slicer may be given is judged in the slicing room; what they say of a part, in that of toolpaths.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..errors import DocumentError

MAX_SETTINGS_BYTES = 1024 * 1024
_NAME = re.compile(r"[a-z][a-z0-9_]{0,79}")


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
