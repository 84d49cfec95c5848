"""The firmware's main loop over virtual time: takes lines, runs commands, beats, kills.

What single commands do is in ``commands_*.py``; here is the order of things: bytes arrive, the
emergency parser acts at once, lines enter a ring of few slots, one command runs at a time (a
generator that yields when it wants to be looked at again), its ``ok`` frees the slot.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

from ..data import Dialect, Printer
from ..plant.plant import Plant
from .board import HOT_BEAT_S, Board, Steps
from .card import Card
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
        card: Card | None = None,
        rx_bytes: int | None = None,
    ) -> None:
        """``commands`` by code (``G1``); the rest as :class:`Board` takes it."""
        super().__init__(dialect, printer, plant, eeprom, now, say, heard, card, rx_bytes)
        self._commands = commands

    def feed(self, data: bytes, now: float) -> None:
        """Bytes arrive at ``now``, up to which time was lived; emergency codes act at once."""
        self.now = max(self.now, now)
        self.planner.advance(self.now)
        for code, line in self.receiver.feed(data, now):
            if self.killed:
                break
            self._emergency(code, line)
        if self.killed:
            self._drop(self.receiver.whole_lines())

    def _emergency(self, code: str, line: HostLine) -> None:
        if code == "M112":
            # The line acted, so it counts as taken, although no ok will ever follow.
            self._heard(line, True, self.receiver.remove(line), "M112")
            self.kill("echo:M112 Shutdown")
        elif code == "M410":
            self.planner.stop(self.now)
            self.quick_stop_until = self.now + self.dialect.quick_stop_s
        elif code == "M524":
            self.abort_asked = self.reader.card is not None
        else:
            if code == "M108":
                self.heatup_broken = True
            waited = self.user_waited_for or (self.tuning and code == "M108")
            self.user_waited_for = False
            answer = re.search(rb"S([0-9]+)", line.raw) if code == "M876" else None
            self.prompt_answer = int(answer[1][:6]) if answer else None
            self._wake = self.now
            # A command that waits for the user goes on before its line enters the ring.
            if waited and self.quick_stop_until is None and self._park_until is None:
                self._resume()

    def print_from_panel(self, card: Card) -> None:
        """Somebody puts ``card`` in, or finds it there, and prints its first file."""
        if self.killed or not card.files:
            return
        self.reader.card = card
        self.reader.mounted = True
        for command in (f"M23 {card.files[0].name}", "M24"):
            self.ring.append(Taken(HostLine(b"", self.now), None, command, quiet=True))

    def filament_changed(self) -> None:
        """The filament sensor has opened or closed."""
        if self.killed or not self.booted or not self.dialect.able("RUNOUT"):
            return
        out = not self.plant.filament_present and self.settings.runout_sensor
        printing = self.job.running or self.reader.printing
        if out and printing and not self.ran_out and not self.pausing:
            self.ran_out = True
            self.say("//action:prompt_end")
            self.say("//action:prompt_begin FilamentRunout T0")
            self.say("//action:prompt_show")
            self.say("//action:paused filament_runout 0")
            self.injected.append("M600")

    def advance(self, now: float) -> None:
        """Live until ``now``."""
        while True:
            self._work()
            at = self.next_event()
            if at > now:
                break
            self._happen(at)
        # Nothing happens at a time that only the caller chose, so the steps make no difference.
        self.now = max(self.now, now)

    def next_event(self) -> float:
        """When something happens next by itself; infinity after a kill."""
        if self.killed:
            return math.inf
        if not self.booted:
            return self.ready_at
        at = min(
            self.next_beat,
            self.next_temp_report,
            self.next_position_report,
            self.next_card_report,
            max(self.planner.next_change(), self.now),
        )
        if self.reader.printing and self.reader.ready_at > self.now:
            at = min(at, self.reader.ready_at)
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
            if self.booted:
                self.say_ready()
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
            if self._fans_off_after_stop:
                self._fans_off_after_stop = False
                self.fans_off()

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
        if self.now >= self.next_card_report:
            if not self.pausing:
                self.say_card_progress()
            self.next_card_report += self.card_report_s
        if self.inactive_s and self.now >= self.last_command_at + self.inactive_s:
            cause = "Error:!! KILL caused by too much inactive time"
            self.kill(f"{cause} - current command: {self.last_command}")

    def say_card_progress(self) -> None:
        """What M27 and its automatic report say."""
        reader = self.reader
        if reader.file is None:
            self.say("Not SD printing")
        else:
            self.say(f"SD printing byte {reader.offset}/{len(reader.file.data)}", "\r\n")

    def _work(self) -> None:
        while self.booted and not self.killed and self._park_until is None:
            self._take_lines()
            self._take_card_lines()
            if self._running is None and not self._start_next():
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
        if self.quick_stop_until is not None:
            return False
        if self.abort_asked:
            self._abort_card_print()
        elif self.injected:
            self._start(Taken(HostLine(b"", self.now), None, self.injected.popleft()), True)
        elif self.ring:
            self._start(self.ring[0], False)
        else:
            return False
        return True

    def _start(self, taken: Taken, injected: bool) -> None:
        self._running, self._running_injected = taken, injected
        self.ok_given = False
        if self.reader.writing is not None and not injected and not self._write(taken.command):
            return
        self.last_command_at = self.now
        self.last_command = taken.command
        words = read_words(taken.command)
        handler = self._commands.get(words.code)
        if handler is None:
            self.say(f'echo:Unknown command: "{words.text}"')
            return
        self._current = handler(self, words)
        self._wake = self.now
        self._next_busy = self.now + self.busy_s if self.busy_s else math.inf

    def _write(self, command: str) -> bool:
        """One command into the file on the card; True if it has to be executed too."""
        if command.startswith("M29"):
            self.reader.end_writing()
            self.say("Done saving file.")
            return False
        self.reader.write_line(command)
        return self.reader.logging

    def _abort_card_print(self) -> None:
        """M524 took effect: everything queued goes, and the lines' oks with it."""
        self.abort_asked = False
        self.next_card_report = math.inf
        self.reader.close()
        self.ring.clear()
        self.injected.clear()
        self.planner.stop(self.now)
        self.quick_stop_until = self.now + self.dialect.quick_stop_s
        self.job.stop(self.now, finished=False)
        self.disable_heaters()
        if self.reader.card is not None:
            self.reader.card.checkpoint = None
        self._fans_off_after_stop = True
        self.injected.append("G28XY")
        # The ring is empty: what waits in the port is taken now, not when somebody next looks.
        self._take_lines()

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
        """The ok of the command that has ended, and its place in the ring is free."""
        running, self._running = self._running, None
        if self.killed or running is None:
            return
        # The ok of an injected command is made from the line that waits at the head.
        owed = (self.ring[0] if self.ring else running) if self._running_injected else running
        if not self.ok_given and not owed.quiet:
            self.say(self._ok(owed.number))
        if not self._running_injected and self.ring:
            self.ring.popleft()

    def _ok(self, number: int | None) -> str:
        if not self.dialect.advanced_ok:
            return "ok"
        name = "" if number is None else f" N{number}"
        return (
            f"ok{name} P{self.planner.free} B{max(self.dialect.command_slots - len(self.ring), 0)}"
        )

    def _take_lines(self) -> None:
        receiver = self.receiver
        while receiver.lines and len(self.ring) < self.dialect.command_slots:
            judged = receiver.take(saving=self.reader.writing is not None)
            if judged is None:
                continue
            if isinstance(judged, Taken):
                self._heard(judged.line, True, judged.number, judged.command)
                self.ring.append(judged)
            else:
                self._reject(judged)
        receiver.drained(len(self.ring) < self.dialect.command_slots)

    def _take_card_lines(self) -> None:
        reader = self.reader
        while (
            reader.printing
            and not reader.ending
            and len(self.ring) < self.dialect.command_slots
            and self.now >= reader.ready_at
        ):
            command = reader.next_line()
            if command is None:
                reader.ending = True
                command = "M1001"
            self.ring.append(Taken(HostLine(b"", self.now), None, command, quiet=True))

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
