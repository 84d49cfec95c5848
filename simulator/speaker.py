"""One firmware's mouth: puts the lines of a recorded dialect into the words of a manner.

Remembers what one run needs for that: answers that were their own ok, and why it was killed.
Without a manner everything is said as it stands.
"""

from __future__ import annotations

from .manner import Manner


class Speaker:
    """Words of one printer, over all its boots."""

    def __init__(self, manner: Manner | None) -> None:
        """``manner`` None: the recorded dialect itself."""
        self._manner = manner
        self._oks_said = 0
        self._cause = ""

    @property
    def boots_after_kill(self) -> bool:
        """True if a killed firmware restarts by itself."""
        return self._manner is not None and self._manner.restarts_after_kill

    def say(self, text: str) -> list[str]:
        """The lines, with ends, that are said for one line of the dialect."""
        if self._manner is None:
            return [text]
        is_ok = text.startswith("ok")
        if is_ok and self._oks_said:
            self._oks_said -= 1
            return []
        lines, cause = self._manner.reword(text)
        self._cause = cause or self._cause
        if not is_ok:
            # An answer that is its own ok, where the dialect below says one after it.
            self._oks_said += sum(line.startswith("ok") for line in lines)
        return lines

    def answer_when_killed(self) -> list[str]:
        """What a killed firmware says to a line, with ends; Marlin says nothing."""
        return [] if self._manner is None else self._manner.after_kill(self._cause)
