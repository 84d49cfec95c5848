"""Puts the view of ``--watch`` on a terminal or into a pipe. Decides nothing of what is in it.

On a terminal each frame is one write that overwrites the last one line by line, on the other
screen, so that nothing flickers and the shell's own lines come back at the end. Anything else
(a pipe, a file, ``TERM=dumb``) gets one line a second. Who closes the pipe ends the view only.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping

from .watch import frame, one_line

_FRAME_S, _LINE_S = 0.25, 1.0
_ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J"
_LEAVE = "\x1b[?25h\x1b[?1049l"
_HOME, _REST_OF_LINE, _REST_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"

Truth = Mapping[str, object]


class WatchLink:
    """One view on one descriptor."""

    def __init__(self, descriptor: int, port: str, speed: str, *, as_json: bool) -> None:
        """``port`` and ``speed`` as they stand in the heading."""
        self._descriptor = descriptor
        self._port, self._speed, self._as_json = port, speed, as_json
        terminal = os.isatty(descriptor) and os.environ.get("TERM", "dumb") != "dumb"
        self._screen = terminal and not as_json
        self._next = 0.0
        self._alive = True
        if self._screen:
            self._write(_ENTER)

    def pump(self, truth: Callable[[], Truth]) -> None:
        """Show the present state if it is time; ``truth`` is asked only then."""
        now = time.monotonic()
        if not self._alive or now < self._next:
            return
        self._next = now + (_FRAME_S if self._screen else _LINE_S)
        if self._screen:
            self._draw(truth())
        elif self._as_json:
            self._write(json.dumps(truth()) + "\n")
        else:
            self._write(one_line(truth()) + "\n")

    def patience(self) -> float:
        """Longest wait in seconds until the next view."""
        return max(0.0, self._next - time.monotonic()) if self._alive else 1.0

    def _draw(self, truth: Truth) -> None:
        columns, rows = os.get_terminal_size(self._descriptor)
        # A terminal that does not tell its size says 0.
        columns, rows = columns or 80, rows or 24
        lines = [line[:columns] for line in frame(truth, self._port, self._speed)][:rows]
        body = f"{_REST_OF_LINE}\r\n".join(lines)
        self._write(f"{_HOME}{body}{_REST_OF_LINE}{_REST_OF_SCREEN}")

    def _write(self, text: str) -> None:
        data = text.encode("ascii", "replace")
        try:
            while data and self._alive:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            self._alive = False

    def close(self) -> None:
        """Give the terminal back as it was."""
        if self._screen:
            self._write(_LEAVE)
        self._alive = False
