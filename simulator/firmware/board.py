"""What one run of the firmware knows and the acts that commands share. Has no loop of its own.

The main loop that lets time pass is in ``core.py``; what commands do is in ``commands_*.py``.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable, Generator

from ..data import Dialect, Printer
from ..plant.plant import Plant
from .heating import HeaterControl, HeatFault
from .planner import Limits, Planner
from .receiver import HostLine, Receiver, Taken
from .settings import Eeprom, Settings, default_settings, load, store

Steps = Generator[float, None, None]

HOT_BEAT_S = 0.2


class Board:
    """State of the firmware since its boot. All times are virtual seconds."""

    def __init__(
        self,
        dialect: Dialect,
        printer: Printer,
        plant: Plant,
        eeprom: Eeprom,
        now: float,
        say: Callable[[str], None],
        heard: Callable[[HostLine, bool, int | None, str], None],
    ) -> None:
        """``say`` takes a line to the host with its end; ``heard`` learns of each line judged."""
        self.dialect, self.printer, self.plant, self.eeprom = dialect, printer, plant, eeprom
        self._say, self._heard = say, heard
        self.now = now
        self.rng = random.Random(plant.rng.random())
        self.receiver = Receiver(dialect.line_chars)
        self.ring: deque[Taken] = deque()
        self.settings: Settings = default_settings(printer)
        self.planner = Planner(
            dialect.planner_blocks, dialect.first_move_delay_s, self._move, self._move_done
        )
        hot, bed = dialect.hotend_protection, dialect.bed_protection
        plant.advance(now)
        self.hotend = HeaterControl("E0", printer.hotend, hot, plant.read("hotend"))
        self.bed = HeaterControl("bed", printer.bed, bed, plant.read("bed"))
        self._reset_modes()
        self.ready_at = now + dialect.boot_s
        self.booted = self.killed = False
        self.next_beat = self._last_beat = now
        self._current: Steps | None = None
        self._wake = 0.0
        self._next_busy = math.inf
        self._park_until: float | None = None
        self._park_fault: HeatFault | None = None
        self.quick_stop_until: float | None = None
        self.ok_given = False
        self._say_banner()

    def _reset_modes(self) -> None:
        self.position = [0.0, 0.0, 0.0, 0.0]
        self.shift = [0.0, 0.0, 0.0]
        self.feed_mm_s = 25.0
        self.feed_percent = self.flow_percent = 100.0
        self.relative = self.relative_e = False
        self.homed = [False, False, False]
        self.soft_endstops = True
        self.cold_limit_c = self.dialect.cold_extrusion_c
        self.cold_allowed = False
        self.heatup_broken = self.user_waited_for = False
        self.busy_s = self.dialect.busy_s
        self.temp_report_s = self.position_report_s = 0.0
        self.next_temp_report = self.next_position_report = math.inf
        self.fan = 0
        self.inactive_s = 0.0
        self.last_command_at = self.now
        self.job_started_at: float | None = None

    def say(self, text: str, end: str = "\n") -> None:
        """One line to the host."""
        self._say(text + end)

    def notify(self, text: str) -> None:
        """A notification for the host's display."""
        self.say(f"//action:notification {text}", "\r\n")

    def _notify_twice(self, text: str) -> None:
        self.say(
            f"//action:notification {text}", "\r\n" if self.dialect.notification_crlf else "\n"
        )
        self.say(f"//action:notification {text}")

    def limits(self) -> Limits:
        """Bounds of motion as the settings stand."""
        return Limits(
            max_feed=self.settings.max_feed,
            max_accel=self.settings.max_accel,
            deviation=self.settings.deviation,
        )

    def until_still(self) -> Steps:
        """Wait until all motion has ended."""
        while self.planner.blocks:
            yield self.planner.next_change()

    def disable_heaters(self) -> None:
        """All targets and all power to zero."""
        for name, heater in (("hotend", self.hotend), ("bed", self.bed)):
            heater.off()
            self.plant.set_duty(name, 0.0)

    def set_fan(self, speed: int) -> None:
        """Fan power, 0 to 255."""
        self.fan = speed
        self.plant.advance(self.now)
        self.plant.fan = speed / 255.0

    def heater_changed(self) -> None:
        """A target was changed: look at the heaters at the quick beat from now on."""
        self.next_beat = min(self.next_beat, self.now + HOT_BEAT_S)

    def kill(self, *lines: str) -> None:
        """Everything off, last words, silence until a reset."""
        self.planner.stop(self.now)
        self.disable_heaters()
        self.set_fan(0)
        for line in lines:
            self.say(line)
        self.say("Error:Printer halted. kill() called!")
        self.say("//action:poweroff")
        self.killed = True
        self._current = None
        self._drop(self.receiver.flush())
        self.ring.clear()

    def save_settings(self) -> None:
        """M500."""
        store(self.eeprom, self.settings)
        size, crc = self.dialect.eeprom_bytes, self.settings.checksum()
        self.say(f"echo:Settings Stored ({size} bytes; crc {crc})")
        self._notify_twice("Settings Stored")

    def load_settings(self) -> bool:
        """M501 without its listing; False if the chip was empty."""
        found = load(self.eeprom)
        if found is None:
            return False
        self.settings = found
        d = self.dialect
        self.say(
            f"echo:{d.eeprom_version} stored settings retrieved "
            f"({d.eeprom_bytes} bytes; crc {found.checksum()})"
        )
        self.say("//action:notification Stored settings retrieved")
        return True

    def default_settings(self) -> None:
        """M502."""
        self.settings = default_settings(self.printer)
        self.say("//action:notification Hardcoded Default Settings Loaded")
        self.say("echo:Hardcoded Default Settings Loaded")

    def _say_banner(self) -> None:
        for line in self.dialect.banner:
            self.say(line)
        if not self.load_settings():
            version = self.dialect.eeprom_version
            self.say(f"echo:EEPROM version mismatch (EEPROM=? Marlin={version})")
            self.default_settings()
            self.save_settings()
            self.say("echo:EEPROM Initialized")
        self.say("//action:prompt_end")

    def _drop(self, lines: list[HostLine]) -> None:
        for line in lines:
            self._heard(line, False, None, line.raw.decode("latin-1"))

    def temperatures(self) -> str:
        """``T:… B:… @:… B@:…`` as M105 and the reports give it."""
        h, b = self.hotend, self.bed
        return (
            f"T:{h.reading:.2f} /{h.target:.2f} B:{b.reading:.2f} /{b.target:.2f} "
            f"@:{h.power} B@:{b.power}"
        )

    def position_text(self) -> str:
        """Planned position and the steps to it, as M114 gives them."""
        p, steps = self.position, self.settings.steps
        x, y, z = (p[axis] + self.shift[axis] for axis in range(3))
        counts = " ".join(f"{'XYZ'[axis]}:{round(p[axis] * steps[axis])}" for axis in range(3))
        return f"X:{x:.2f} Y:{y:.2f} Z:{z:.2f} E:{p[3]:.2f} Count {counts}"

    def _move(self, delta: tuple[float, float, float, float]) -> None:
        self.plant.advance(self.now)
        self.plant.move(delta)

    def _move_done(self, delta: tuple[float, float, float, float]) -> None:
        self.plant.finish_move(delta)
