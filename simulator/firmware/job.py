"""The print job timer and its statistics (M31, M75 to M78). Prints nothing itself."""

from __future__ import annotations

from .settings import JobStatistics


class JobTimer:
    """Runs, is paused, or is stopped; all times are virtual seconds."""

    def __init__(self, statistics: JobStatistics) -> None:
        """``statistics`` live in the EEPROM chip and are changed as the job goes on."""
        self.statistics = statistics
        self._since: float | None = None
        self._before = 0.0
        self.paused = False

    @property
    def running(self) -> bool:
        """True while a job goes on; false while it is paused."""
        return self._since is not None

    def start(self, now: float) -> None:
        """Begin, or go on after a pause."""
        if self._since is not None:
            return
        if not self.paused:
            self.statistics.prints += 1
            self._before = 0.0
        self.paused = False
        self._since = now

    def pause(self, now: float) -> None:
        """Stand still until started again."""
        if self._since is not None:
            self._before = self.seconds(now)
            self._since = None
            self.paused = True

    def stop(self, now: float, *, finished: bool) -> None:
        """End the job; ``finished`` false counts it as failed."""
        if self._since is None and not self.paused:
            return
        seconds = self.seconds(now)
        self._before, self._since, self.paused = seconds, None, False
        self.statistics.total_s += seconds
        if finished:
            self.statistics.finished += 1
            self.statistics.longest_s = max(self.statistics.longest_s, seconds)

    def seconds(self, now: float) -> float:
        """How long the job has run, pauses left out."""
        return self._before + (now - self._since if self._since is not None else 0.0)

    def failed(self) -> int:
        """Jobs that began and neither finished nor go on."""
        s = self.statistics
        return s.prints - s.finished - int(self.running or self.paused)


def duration(seconds: float) -> str:
    """As the firmware writes it: ``59s``, ``1m 5s``, ``2h 0m 5s``, ``1d 0h 0m 0s``."""
    whole = int(seconds)
    days, hours, minutes = whole // 86400, whole // 3600 % 24, whole // 60 % 60
    if days:
        return f"{days}d {hours}h {minutes}m {whole % 60}s"
    if hours:
        return f"{hours}h {minutes}m {whole % 60}s"
    return f"{minutes}m {whole % 60}s" if minutes else f"{whole % 60}s"
