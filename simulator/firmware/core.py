"""The firmware's main loop over virtual time: takes lines, runs commands, beats, kills.

What single commands do is in ``commands_*.py``; here is the order of things: bytes arrive, the
emergency parser acts at once, lines enter a ring of few slots, one command runs at a time (a
generator that yields when it wants to be looked at again), its ``ok`` frees the slot.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from ..data import Dialect, Printer
from ..plant.plant import Plant
from .board import HOT_BEAT_S, Board, Steps
from .heating import HeaterControl, HeatFault
from .receiver import HostLine, Rejected, Taken
from .settings import Eeprom
from .words import Words, read_words

Handler = Callable[["Firmware", Words], Steps | None]

IDLE_BEAT_S = 1.0
_SHORTEST_NAP_S = 1e-6


class Firmware(Board):
    """One run of the firmware, from its boot to its reset. All times are virtual seconds."""

    def __init__(
        self,
        dialect: Dialect,
        printer: Printer,
        plant: Plant,
        eeprom: Eeprom,
        now: float,
        say: Callable[[str], None],
        heard: Callable[[HostLine, bool, int | None, str], None],
        commands: Mapping[str, Handler],
    ) -> None:
        """``commands`` by code (``G1``); the rest as :class:`Board` takes it."""
        super().__init__(dialect, printer, plant, eeprom, now, say, heard)
        self._commands = commands

    def feed(self, data: bytes, now: float) -> None:
        """Bytes arrive at ``now``, up to which time was lived; emergency codes act at once."""
        for code, line in self.receiver.feed(data, now):
            if self.killed:
                break
            self._emergency(code, line)
        if self.killed:
            self._drop(self.receiver.flush())

    def _emergency(self, code: str, line: HostLine) -> None:
        if code == "M112":
            # The line acted, so it counts as taken, although no ok will ever follow.
            self._heard(line, True, self.receiver.remove(line), "M112")
            self.kill("echo:M112 Shutdown")
        elif code == "M410":
            self.planner.stop(self.now)
            self.quick_stop_until = self.now + self.dialect.quick_stop_s
        else:
            self.heatup_broken = True
            self.user_waited_for = False
            self._wake = self.now

    def advance(self, now: float) -> None:
        """Live until ``now``."""
        while True:
            self._work()
            at = self.next_event()
            if at > now:
                break
            self._happen(at)
        self._happen(now)

    def next_event(self) -> float:
        """When something happens next by itself; infinity after a kill."""
        if self.killed:
            return math.inf
        if not self.booted:
            return self.ready_at
        at = min(self.next_beat, self.next_temp_report, self.next_position_report)
        if self.quick_stop_until is not None:
            at = min(at, self.quick_stop_until)
        if self._park_until is not None:
            at = min(at, self._park_until)
        if self._current is not None:
            at = min(at, self._next_busy)
            # While it parks after a fault no command goes on: its wake would stop the clock.
            if self.quick_stop_until is None and self._park_until is None:
                at = min(at, self._wake)
        if self.inactive_s:
            at = min(at, self.last_command_at + self.inactive_s)
        return at

    def _happen(self, at: float) -> None:
        self.now = max(self.now, at)
        self.planner.advance(self.now)
        if self.killed:
            return
        if not self.booted:
            self.booted = self.now >= self.ready_at
            return
        self._end_quick_stop()
        if self.now >= self.next_beat:
            self._beat()
        if self._park_until is not None and self.now >= self._park_until:
            self._finish_fault()
        if not self.killed:
            self._reports()

    def _end_quick_stop(self) -> None:
        if self.quick_stop_until is not None and self.now >= self.quick_stop_until:
            self.quick_stop_until = None
            self.position = list(self.planner.stepped)
            self._wake = self.now

    def _reports(self) -> None:
        if self._current is not None and self.now >= self._next_busy:
            state = "paused for user" if self.user_waited_for else "processing"
            self.say(f"echo:busy: {state}")
            self._next_busy += self.busy_s
        if self.now >= self.next_temp_report:
            self.say(" " + self.temperatures())
            self.next_temp_report += self.temp_report_s
        if self.now >= self.next_position_report:
            self.say(self.position_text())
            self.next_position_report += self.position_report_s
        if self.inactive_s and self.now >= self.last_command_at + self.inactive_s:
            self.kill("Error:!! KILL caused by too much inactive time")

    def _work(self) -> None:
        while self.booted and not self.killed and self._park_until is None:
            self._take_lines()
            if self._current is None and not self._start_next():
                return
            if self.quick_stop_until is not None:
                return
            if self._current is None:
                self._finish()
            elif self.now < self._wake:
                return
            else:
                self._resume()

    def _start_next(self) -> bool:
        if not self.ring or self.quick_stop_until is not None:
            return False
        self.ok_given = False
        self.last_command_at = self.now
        words = read_words(self.ring[0].command)
        handler = self._commands.get(words.code)
        if handler is None:
            self.say(f'echo:Unknown command: "{words.text}"')
            return True
        self._current = handler(self, words)
        self._wake = self.now
        self._next_busy = self.now + self.busy_s if self.busy_s else math.inf
        return True

    def _resume(self) -> None:
        current = self._current
        if current is None:
            return
        try:
            # A command that asks to be looked at again at once must not stop the clock.
            self._wake = max(next(current), self.now + _SHORTEST_NAP_S)
        except StopIteration:
            self._current = None
            if not self.killed:
                self._finish()

    def _finish(self) -> None:
        """The ok of the oldest command in the ring."""
        if self.killed or not self.ring:
            return
        taken = self.ring[0]
        if not self.ok_given:
            self.say(self._ok(taken.number))
        self.ring.popleft()

    def _ok(self, number: int | None) -> str:
        if not self.dialect.advanced_ok:
            return "ok"
        name = "" if number is None else f" N{number}"
        return f"ok{name} P{self.planner.free} B{self.dialect.command_slots - len(self.ring)}"

    def _take_lines(self) -> None:
        receiver = self.receiver
        while receiver.lines and len(self.ring) < self.dialect.command_slots:
            judged = receiver.take()
            if judged is None:
                continue
            if isinstance(judged, Taken):
                self._heard(judged.line, True, judged.number, judged.command)
                self.ring.append(judged)
            else:
                self._reject(judged)

    def _reject(self, rejected: Rejected) -> None:
        self._heard(rejected.line, False, rejected.number, rejected.command)
        if rejected.message is None:
            return
        self.say(f"Error:{rejected.message}")
        self._drop(self.receiver.flush())
        self.say(f"Resend: {self.receiver.last_number + 1}")
        self.say("ok")

    def _beat(self) -> None:
        self.plant.advance(self.now)
        seconds = self.now - self._last_beat
        self._last_beat = self.now
        pairs = (
            ("hotend", self.hotend, self.settings.hotend_pid),
            ("bed", self.bed, self.settings.bed_pid),
        )
        for name, heater, pid in pairs:
            fault = heater.tick(self.plant.read(name), self.now, seconds, pid)
            if fault is not None and self._park_until is None:
                self._heat_fault(heater, fault)
                return
            self.plant.set_duty(name, heater.output / 255.0)
        warm = self.hotend.target > 0 or self.bed.target > 0 or self.hotend.reading > 50.0
        self.next_beat = self.now + (HOT_BEAT_S if warm else IDLE_BEAT_S)

    def _heat_fault(self, heater: HeaterControl, fault: HeatFault) -> None:
        self.say(f"Error:{fault.wire}, system stopped! Heater_ID: {heater.heater_id}")
        self.disable_heaters()
        self.planner.stop(self.now)
        self.position = list(self.planner.stepped)
        self._park_fault = fault
        self.next_beat = math.inf
        if not all(self.homed):
            self.say("echo:Home XYZ First", "\r\n")
            self.notify("Home XYZ First")
            self._finish_fault()
            return
        park = self.printer.park_mm
        delta = (park[0] - self.position[0], park[1] - self.position[1], park[2], 0.0)
        self.planner.add(delta, 50.0, self.settings.accel[2], self.limits(), self.now)
        self._park_until = self.now + 3.0 + max(abs(part) for part in delta) / 50.0
        self.position = [park[0], park[1], self.position[2] + park[2], self.position[3]]

    def _finish_fault(self) -> None:
        fault, self._park_fault, self._park_until = self._park_fault, None, None
        self.kill(f"echo:{fault.display}" if fault else "")
