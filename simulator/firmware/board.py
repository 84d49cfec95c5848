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
from .card import Card, CardReader
from .heating import HeaterControl, HeatFault
from .job import JobTimer
from .planner import Limits, Planner
from .receiver import HostLine, Receiver, Taken
from .settings import CrcMismatch, Eeprom, Settings, default_settings, load, store

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
        card: Card | None = None,
        rx_bytes: int | None = None,
    ) -> None:
        """``say`` takes a line to the host with its end; ``heard`` learns of each line judged.

        ``card`` sits in the slot; ``rx_bytes`` is the size of the port's receive ring.
        """
        self.dialect, self.printer, self.plant, self.eeprom = dialect, printer, plant, eeprom
        self._say, self._heard = say, heard
        self.now = now
        self.rng = random.Random(plant.rng.random())
        self.receiver = Receiver(dialect.line_chars, rx_bytes)
        self.reader = CardReader(card, dialect.line_chars)
        self.job = JobTimer(eeprom.statistics)
        self.injected: deque[str] = deque()
        self.ring: deque[Taken] = deque()
        self.settings: Settings = default_settings(printer)
        self.planner = Planner(
            dialect.planner_blocks, dialect.first_move_delay_s, self._move, self._move_done
        )
        hot, bed = dialect.hotend_protection, dialect.bed_protection
        plant.advance(now)
        held = dialect.integral_starts_at_holding
        self.hotend = HeaterControl(
            "E0", printer.hotend, hot, plant.read("hotend"), starts_holding=held
        )
        self.bed = HeaterControl("bed", printer.bed, bed, plant.read("bed"), starts_holding=held)
        self._reset_modes()
        self.ready_at = now + dialect.boot_s
        self.booted = self.killed = False
        self.next_beat = self._last_beat = now
        self._current: Steps | None = None
        self._running: Taken | None = None
        self._running_injected = self._fans_off_after_stop = False
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
        self.inches = False
        self.heatup_broken = self.user_waited_for = False
        self.prompt_answer: int | None = None
        self.tuning = False
        self.abort_asked = self.ran_out = self.pausing = False
        self.debug_flags = 0
        self.card_report_s = 0.0
        self.next_card_report = math.inf
        self.busy_s = self.dialect.busy_s
        self.temp_report_s = self.position_report_s = 0.0
        self.next_temp_report = self.next_position_report = math.inf
        self.fan = 0
        self.inactive_s = 0.0
        self.last_command_at = self.now
        self.last_command = ""

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

    def unit_mm(self) -> float:
        """Length of one unit of the host's coordinates."""
        return 25.4 if self.inches else 1.0

    def homing_speed(self) -> float:
        """Of Z, in mm/s: what blocking Z moves of the firmware itself take."""
        return self.printer.homing_mm_s[2]

    def go(self, place: tuple[float, float, float], mm_s: float) -> Steps:
        """A straight move of the firmware's own to ``place`` in mm, and wait until it is done."""
        p = self.position
        delta = (place[0] - p[0], place[1] - p[1], place[2] - p[2], 0.0)
        self.planner.add(delta, mm_s, self.settings.accel[2], self.limits(), self.now)
        self.position = [*place, p[3]]
        yield from self.until_still()

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
        self._current = self._running = None
        self.injected.clear()
        self._drop(self.receiver.flush())
        self.ring.clear()

    def save_settings(self) -> None:
        """M500."""
        store(self.eeprom, self.settings)
        size, crc = self.dialect.eeprom_bytes, self.settings.checksum()
        self.say(f"echo:Settings Stored ({size} bytes; crc {crc})")
        self._notify_twice("Settings Stored")

    def load_settings(self) -> bool:
        """M501 without its listing; False if the chip gave defaults instead."""
        found = load(self.eeprom)
        d = self.dialect
        if found is None:
            self.say(f"echo:EEPROM version mismatch (EEPROM=? Marlin={d.eeprom_version})")
        elif isinstance(found, CrcMismatch):
            self.say_mismatch(found)
        else:
            self.settings = found
            self.say(
                f"echo:{d.eeprom_version} stored settings retrieved "
                f"({d.eeprom_bytes} bytes; crc {found.checksum()}{d.retrieved_end}"
            )
            self.say("//action:notification Stored settings retrieved")
            return True
        # The calibration is lost here: defaults go over it, and only these lines say so.
        self.default_settings()
        self.save_settings()
        self.say("echo:EEPROM Initialized")
        return False

    def say_mismatch(self, found: CrcMismatch) -> None:
        """The chip holds something else than was written."""
        self.say(
            f"{self.dialect.eeprom_fault_word}:EEPROM CRC mismatch - "
            f"(stored) {found.stored} != {found.found} (calculated)!"
        )
        self.say("//action:notification Err: EEPROM CRC")

    def default_settings(self) -> None:
        """M502."""
        self.settings = default_settings(self.printer)
        self.say("//action:notification Hardcoded Default Settings Loaded")
        self.say("echo:Hardcoded Default Settings Loaded")

    def _say_banner(self) -> None:
        for line in self.dialect.banner:
            self.say(line)
        if self.reader.mounted and self.dialect.card_seen_at_once:
            self.say("echo:SD card ok")
        self.load_settings()
        self.say("//action:prompt_end")

    def say_ready(self) -> None:
        """The end of the boot: the card is looked at, with what power-loss recovery finds on it."""
        card = self.reader.card
        if card is None:
            return
        self.say("echo:SD card ok")
        if self.settings.power_loss and card.checkpoint is not None:
            self.injected.append("M1000 S")

    def fans_off(self) -> None:
        """All fans off, each with its line."""
        self.set_fan(0)
        for fan in range(self.dialect.fans_reported):
            self.say(f"M106 P{fan} S0")

    def prompt(self, text: str, *buttons: str) -> None:
        """A dialog at the host, in place of the one before."""
        self.say("//action:prompt_end")
        self.say(f"//action:prompt_begin {text}")
        for button in buttons:
            self.say(f"//action:prompt_button {button}")
        self.say("//action:prompt_show")

    def wait_for_user(self) -> Steps:
        """Wait until M108, or M876 with an answer."""
        self.prompt_answer = None
        self.user_waited_for = True
        while self.user_waited_for:
            yield self.now + 60.0

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
