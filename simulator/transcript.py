"""The form of a recorded session: one line on the wire a line. Has no port, no clock.

``SECONDS >> TEXT`` for the host, ``SECONDS << TEXT`` for the printer, with ``\\n``, ``\\r``,
``\\\\`` and ``\\xNN`` for what is no plain text; ``#`` begins a remark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

RESTART = "# --- firmware (re)start, speed x1 ---"
_ENTRY = re.compile(r" *(\d+\.\d+) (>>|<<) (.*)")
_ESCAPE = re.compile(r"\\(n|r|\\|x([0-9a-fA-F]{2}))")
_NAMED = {"\n": "\\n", "\r": "\\r", "\\": "\\\\"}
_NAMES = {"n": "\n", "r": "\r", "\\": "\\"}


def escape(data: bytes) -> str:
    """Bytes as they stand in a file."""
    text = data.decode("latin-1")
    return "".join(
        _NAMED.get(char, char if " " <= char <= "~" else f"\\x{ord(char):02x}") for char in text
    )


def unescape(text: str) -> bytes:
    """The bytes that stand in a file as ``text``."""

    def plain(match: re.Match[str]) -> str:
        return chr(int(match[2], 16)) if match[2] else _NAMES[match[1]]

    return _ESCAPE.sub(plain, text).encode("latin-1", "replace")


def entry(seconds: float, side: str, data: bytes) -> str:
    """One line of a file, without its end; ``side`` is ``>>`` or ``<<``."""
    return f"{seconds:9.3f} {side} {escape(data)}"


def entries(text: str) -> Iterator[tuple[float, str, bytes]]:
    """Seconds, side and bytes of every line that is no remark."""
    for line in text.splitlines():
        match = _ENTRY.match(line)
        if match is not None:
            yield float(match[1]), match[2], unescape(match[3])
