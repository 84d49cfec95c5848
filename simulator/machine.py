"""One simulated printer in virtual time: firmware, plant and faults put together. No I/O.

For tests in one process::

    simulator = Simulator()
    simulator.receive(b"M105\\n", 2.0)
    simulator.poll(2.0)            # bytes for the host

Times are virtual seconds since the printer was switched on and must not run backwards.
"""

from __future__ import annotations

import math
import random
import re
from collections import deque
from collections.abc import Callable
from itertools import takewhile

from .data import Dialect, Printer, load_dialect, load_printer
from .fault_effects import strike, switch
from .faults import Fault
from .firmware.card import Card
from .firmware.commands import known
from .firmware.core import Firmware
from .firmware.receiver import HostLine
from .firmware.settings import Eeprom
from .manner import Manner
from .plant.plant import Plant
from .speaker import Speaker
from .wire import Damage, Direction, Wire

Record = dict[str, object]

_BELOW_TARGET_K = 4.0
_CONDITION_BEAT_S = 0.05
_MOST_WAITING = 1000
_KEPT_BYTES = 256


class Simulator:
    """A printer that takes bytes and gives bytes."""

    def __init__(
        self,
        *,
        dialect: Dialect | None = None,
        printer: Printer | None = None,
        seed: int = 0,
        record: Callable[[Record], None] | None = None,
        card: Card | None = None,
        eeprom: Eeprom | None = None,
        wire: Wire | None = None,
        manner: Manner | None = None,
    ) -> None:
        """``record`` takes each record of the wire log, in order; ``manner`` rewords all.

        ``card`` sits in the slot; ``eeprom`` is the chip, empty if not given. ``wire`` gives
        the bytes their times and the port its ring; without one bytes take no time, and a thousand
        lines may wait.
        """
        self.manner = manner
        self._speaker = Speaker(manner)
        self.dialect = dialect or load_dialect("marlin-2.1.2.1")
        self.printer = printer or load_printer("example-i3")
        self.rng = random.Random(seed)
        self.plant = Plant(self.printer, random.Random(seed + 1))
        self.eeprom = eeprom if eeprom is not None else Eeprom()
        self.card = card
        self.wire = wire if wire is not None else Wire()
        self.damage = Damage(self.rng)
        self.answers_shared = False
        self.flaws: dict[str, float | None] = {}
        self._in, self._out = Direction(self.wire), Direction(self.wire)
        self.now = 0.0
        self.host_lines = 0
        self.host_number = 0
        self.pending: list[Fault] = []
        self.active: list[Fault] = []
        self.link_orders: deque[float] = deque()
        self.boots = 0
        self._record = record
        self._output: list[bytes] = []
        self.lines_to_drop = self.oks_to_lose = 0
        self.never_heats: set[str] = set()
        self._swallowed = bytearray()
        self._coming = bytearray()
        self._firmware = self._boot()

    @property
    def firmware(self) -> Firmware:
        """The present run of the firmware."""
        return self._firmware

    def _boot(self) -> Firmware:
        self.note(f"boot {self.dialect.name} as {self.printer.machine_type}")
        self.boots += 1
        firmware = Firmware(
            self.dialect,
            self.printer,
            self.plant,
            self.eeprom,
            self.now,
            self._say,
            self._heard,
            known(self.dialect, self.manner),
            self.card,
            self.wire.rx_bytes,
        )
        if self.manner is not None:
            firmware.receiver.rules = self.manner.lines
        firmware.disable_heaters()
        firmware.set_fan(0)
        firmware.receiver.trickles = self.wire.baud is not None
        self.apply_flaws(firmware)
        return firmware

    def apply_flaws(self, firmware: Firmware | None = None) -> None:
        """What is wrong in the firmware itself, and so in every run of it."""
        run = self._firmware if firmware is None else firmware
        run.hotend.clamp_c = self.flaws.get("clamp_c")
        run.hotend.set_target(run.hotend.target, run.now)
        chars = self.flaws.get("line_chars")
        run.receiver.line_chars = self.dialect.line_chars if chars is None else int(chars)

    def reset(self) -> None:
        """Restart the board; the plant stays as it is."""
        self.flush_waiting()
        self._firmware.planner.stop(self.now)
        self._firmware = self._boot()

    def flush_waiting(self) -> None:
        """Put on record the lines that the firmware never came to take."""
        for line in self._firmware.receiver.flush():
            self._heard(line, False, None, line.raw.decode("latin-1"))

    # What goes over the wire

    def receive(self, data: bytes, now: float) -> None:
        """Bytes that the host writes at ``now``."""
        self.advance(now)
        if self.wire.instant:
            self._arrive(data, now)
            if self.plant.powered:
                self._firmware.advance(now)
            self._after_kill()
            self._note_waiting()
        else:
            self._in.put(data, now)

    def _arrive(self, data: bytes, now: float) -> None:
        """Bytes at the printer's plug."""
        for piece in re.findall(rb"[^\r\n]*[\r\n]|[^\r\n]+", data):
            self._receive_piece(piece, now)

    def _after_kill(self) -> None:
        if self._firmware.killed and self._speaker.boots_after_kill:
            self.reset()

    def _receive_piece(self, piece: bytes, now: float) -> None:
        ends = piece[-1:] in (b"\n", b"\r")
        self._coming += piece[: max(0, _KEPT_BYTES - len(self._coming))]
        if ends:
            self._count_line(bytes(self._coming))
            self._coming.clear()
        if self.lines_to_drop or self._swallowed:
            self._swallow(piece, ends, now)
        elif len(self._firmware.receiver.lines) >= _MOST_WAITING:
            # A host that never waits for an ok: bytes are lost, as they are on a real port.
            self._firmware.advance(now)
            self.note("receive buffer full, lost: " + piece[:80].decode("latin-1").strip())
        elif self.plant.powered:
            dead = self._firmware.killed
            self._firmware.feed(self.damage.pass_on(piece), now)
            for line in self._speaker.answer_when_killed() if dead and ends else ():
                self._put_out(line)
            if ends:
                self._note_lost()

    def _count_line(self, line: bytes) -> None:
        if not line.strip(b"\r\n "):
            return
        self.host_lines += 1
        match = re.match(rb" *N\s*(\d{1,9})", line)
        if match:
            self.host_number = int(match[1])
        if self.pending:
            self._look_at_conditions()

    def hang_up(self, seconds: float) -> None:
        """The port goes under the host for real ``seconds``; what is under way is lost."""
        self._in.clear()
        self._out.clear()
        self.link_orders.append(seconds)

    def _note_lost(self) -> None:
        receiver = self._firmware.receiver
        if receiver.lost_bytes:
            self.note(f"receive buffer full, {receiver.lost_bytes} bytes lost")
            receiver.lost_bytes = 0

    def write_beside(self, text: str) -> None:
        """A line that another program writes into the port; the host does not know of it."""
        self.note(f"from another program: {text}")
        if self.plant.powered:
            self._firmware.feed(text.encode("ascii") + b"\n", self.now)
            self._firmware.advance(self.now)

    def _swallow(self, piece: bytes, ends: bool, now: float) -> None:
        self._swallowed += piece
        if not ends:
            return
        text = bytes(self._swallowed).strip(b"\r\n")
        self._swallowed.clear()
        if text:
            self.lines_to_drop = max(0, self.lines_to_drop - 1)
            self._heard(HostLine(text, now), False, None, text.decode("latin-1"))

    def _note_waiting(self) -> None:
        waiting = takewhile(
            lambda line: line.at == self.now, reversed(self._firmware.receiver.lines)
        )
        for line in reversed(list(waiting)):
            self.note("waits in the receive buffer: " + line.raw.decode("latin-1"))

    def poll(self, now: float) -> bytes:
        """Bytes for the host up to ``now``; they are given once."""
        self.advance(now)
        if not self.wire.instant:
            return self._out.arrived(now)
        output = b"".join(self._output)
        self._output.clear()
        return output

    def _send(self, data: bytes) -> None:
        if self.answers_shared and self.rng.random() < 0.5:
            self.note("taken by another program: " + data[:80].decode("latin-1").rstrip("\r\n"))
        elif self.wire.instant:
            self._output.append(data)
        else:
            self._out.put(data, self._clock())

    def _say(self, text: str) -> None:
        for line in self._speaker.say(text):
            self._put_out(line)

    def _put_out(self, text: str) -> None:
        if self.oks_to_lose and text.startswith("ok"):
            self.oks_to_lose -= 1
            self.note("lost on the way to the host: " + text.rstrip("\r\n"))
            return
        self._send(text.encode("latin-1", "replace"))
        if self._record is not None:
            record: Record = {"t": self._time(), "dir": "printer", "raw": text.rstrip("\r\n")}
            self._record(record)

    def _heard(self, line: HostLine, accepted: bool, number: int | None, command: str) -> None:
        if self._record is None:
            return
        record: Record = {
            "t": round(line.at, 4),
            "dir": "host",
            "raw": line.raw.decode("latin-1"),
            "accepted": accepted,
        }
        if number is not None:
            record["number"] = number
        record["command"] = command
        self._record(record)

    def send_garbage(self, count: int) -> None:
        """Random bytes to the host, in no log line."""
        self._send(bytes(self.rng.randrange(256) for _ in range(count)))

    def note(self, text: str) -> None:
        """A remark in the wire log: boot, open, close, fault."""
        if self._record is not None:
            self._record({"t": self._time(), "dir": "note", "raw": text})

    def _time(self) -> float:
        return round(self._clock(), 4)

    def _clock(self) -> float:
        # While a batch of events runs, the firmware's clock is ahead of the last hand-over.
        firmware = getattr(self, "_firmware", None)
        return max(self.now, firmware.now if firmware is not None else 0.0)

    # Time

    def next_event_time(self) -> float:
        """When something happens next if no byte comes; infinity if nothing will."""
        at = self._firmware.next_event() if self.plant.powered else math.inf
        return min(at, self._next_beat(), self._in.next_end(), self._out.next_end())

    def _next_beat(self) -> float:
        """The next moment of a fixed grid at which conditions are looked at."""
        if not self._needs_beat():
            return math.inf
        beat = math.floor(self.now / _CONDITION_BEAT_S)
        while beat * _CONDITION_BEAT_S <= self.now:
            beat += 1
        return beat * _CONDITION_BEAT_S

    def advance(self, now: float) -> None:
        """Live until ``now``."""
        while self.now < now:
            beat = self._next_beat()
            step = min(now, beat)
            if self._speaker.boots_after_kill and self.plant.powered:
                step = min(step, max(self._firmware.next_event(), self.now))
            due = self._bytes_due()
            if due <= step:
                step = self.now = due
                self._arrive(self._in.arrived(due), due)
            if self.plant.powered:
                self._firmware.advance(step)
            self.now = step
            self._after_kill()
            if step == beat:
                self.plant.advance(step)
                self.hold_below_target()
                if self.pending:
                    self._look_at_conditions()
        if self.plant.powered:
            self._firmware.advance(self.now)
        self._after_kill()

    @property
    def bytes_under_way(self) -> bool:
        """True while a byte has left one side and not come to the other."""
        return min(self._in.next_end(), self._out.next_end()) < math.inf

    def _bytes_due(self) -> float:
        """When bytes under way are put into the ring: at the end of a line, and before each event
        of the firmware, since what came before it was in the ring before it. Never at a time that
        only the caller chose.
        """
        end = self._in.next_end()
        if end == math.inf or not self.plant.powered:
            return end
        return min(end, max(self._firmware.next_event(), self.now))

    def _needs_beat(self) -> bool:
        return bool(self.never_heats) or any(
            fault.condition is not None and fault.condition.quantity not in ("line", "number")
            for fault in self.pending
        )

    # Faults

    def add_fault(self, fault: Fault) -> None:
        """Take a fault: at once, or when its condition holds."""
        self.pending.append(fault)
        self._look_at_conditions()

    def clear_fault(self, name: str) -> None:
        """Switch off a lasting fault and forget pending ones of that name."""
        self.pending = [fault for fault in self.pending if fault.kind.name != name]
        for fault in [fault for fault in self.active if fault.kind.name == name]:
            self.active.remove(fault)
            self.note(f"fault off: {fault.text()}")
            self.plant.advance(self.now)
            switch(self, fault, on=False)

    def quantities(self) -> dict[str, float]:
        """What conditions may look at."""
        self._firmware.planner.advance(self.now)
        self.plant.advance(self.now)
        x, y, z = self.plant.position
        return {
            "line": self.host_lines,
            "number": self.host_number,
            "t": self.now,
            "x": x,
            "y": y,
            "z": z,
            "layer": self.plant.layers,
            "nozzle": self.plant.heaters["hotend"].true_c,
            "bed": self.plant.heaters["bed"].true_c,
        }

    def _look_at_conditions(self) -> None:
        values = self.quantities()
        due = [f for f in self.pending if f.condition is None or f.condition.holds(values)]
        for fault in due:
            self.pending.remove(fault)
            self.note(f"fault: {fault.text()}")
            self.plant.advance(self.now)
            if fault.kind.lasting:
                self.active.append(fault)
                switch(self, fault, on=True)
            else:
                strike(self, fault)

    def set_target(self, heater: str, celsius: float) -> None:
        """As somebody at the panel would: no line on the wire."""
        control = self._firmware.hotend if heater == "hotend" else self._firmware.bed
        control.set_target(celsius, self.now)
        self._firmware.heater_changed()

    def switch_power(self, on: bool) -> None:
        """Mains on or off; on boots the board."""
        if on == self.plant.powered:
            return
        if on:
            self.plant.powered = True
            self._firmware = self._boot()
        else:
            self.flush_waiting()
            self._firmware.planner.stop(self.now)
            self._firmware.disable_heaters()
            self._firmware.set_fan(0)
            self.plant.powered = False

    def hold_below_target(self) -> None:
        """Heaters that never get there stop a little below whatever the target is."""
        for name in self.never_heats:
            control = self._firmware.hotend if name == "hotend" else self._firmware.bed
            ceiling = control.target - _BELOW_TARGET_K if control.target > 0 else None
            self.plant.heaters[name].ceiling_c = ceiling
