"""One running simulator: real clock, descriptors, signals. Models nothing, decides nothing."""

from __future__ import annotations

import json
import math
import os
import select
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from .clock_link import clock_for
from .control import answer
from .control_link import ControlLink
from .deposit import Deposit
from .director import Director, Verdict
from .link_pty import LinkFault, PtyLink
from .link_tcp import TcpLink
from .machine import Simulator
from .options import Options
from .pace import owes_answer
from .picture import Pictures
from .picture_link import PictureFolder
from .truth import snapshot
from .watch_link import WatchLink
from .wirelog import WireLog

_TRUTH_EVERY_S = 0.5
_SHORTEST_WAIT_S = 0.0005
_JUMPS_AT_ONCE = 200
_DONE, _EXPECTATION_FAILED, _USAGE = 0, 1, 2


class _Runner:
    def __init__(self, options: Options, stack: ExitStack) -> None:
        self.options = options
        self.log: WireLog | None = None
        if options.wire_log is not None:
            self.log = WireLog(options.wire_log)
            stack.callback(self.log.close)
        self.link: PtyLink | TcpLink = (
            PtyLink(options.pty) if options.tcp is None else TcpLink(options.tcp)
        )
        stack.callback(self.link.close)
        self.simulator = Simulator(
            dialect=options.dialect,
            manner=options.manner,
            printer=options.printer,
            seed=options.seed,
            card=options.card,
            wire=options.wire,
            record=self.log.write if self.log is not None else None,
        )
        self.simulator.note(f"speed {options.speed_text}, seed {options.seed}")
        self.pictures = self._remember_deposit()
        self.folder: PictureFolder | None = None
        if options.picture is not None and self.pictures is not None:
            self.folder = PictureFolder(options.picture, self.pictures)
        self.control: ControlLink | None = None
        if options.control is not None:
            self.control = ControlLink(options.control, self._answer)
            stack.callback(self.control.close)
        self.view: WatchLink | None = None
        self.truth_at = 0.0
        self.stopping = False
        self.director = Director(self.simulator, options.scenario)
        for fault in options.faults:
            self.simulator.add_fault(fault)
        self.clock = clock_for(options.speed)

    def _remember_deposit(self) -> Pictures | None:
        if self.options.picture is None and self.options.control is None:
            return None
        deposit = Deposit()
        self.simulator.plant.laid = deposit.lay
        return Pictures(deposit, self.simulator.printer.size_mm)

    def _answer(self, line: bytes) -> bytes:
        self.director.advance(self.clock.now())
        return answer(self.simulator, line, self.pictures)

    def loop(self, wakeup: int) -> None:
        """Run until a signal or the scenario's end."""
        while not self.stopping and not self.director.ended:
            self._give()
            while self.simulator.link_orders:
                self.link.hang_up(self.simulator.link_orders.popleft())
            self._show()
            readers, writers = self.link.descriptors()
            if self.control is not None:
                more_readers, more_writers = self.control.descriptors()
                readers, writers = readers + more_readers, writers + more_writers
            ready, _, _ = select.select([*readers, wakeup], writers, [], self._wait())
            if wakeup in ready:
                os.read(wakeup, 64)
            self._take()
            if self.control is not None:
                self.control.pump()

    def _poll(self, now: float) -> bytes:
        self.director.advance(now)
        return b"" if self.director.ended else self.simulator.poll(now)

    def _give(self) -> None:
        """Answers to the host; with a free clock time goes on until there is one."""
        output = self._poll(self.clock.now())
        for _ in range(_JUMPS_AT_ONCE if self.clock.free else 0):
            if output or not self._may_jump():
                break
            self.clock.jump(self._next_time())
            output = self._poll(self.clock.now())
        self.link.send(output)

    def _may_jump(self) -> bool:
        busy = self.link.clogged or self.director.ended
        return self.clock.free and not busy and owes_answer(self.simulator)

    def _next_time(self) -> float:
        return min(self.simulator.next_event_time(), self.director.next_time())

    def _wait(self) -> float:
        if self._may_jump():
            return 0.0
        until = min(self.clock.seconds_until(self._next_time()), self.link.patience())
        if self.options.truth is not None:
            until = min(until, _TRUTH_EVERY_S)
        if self.view is not None:
            until = min(until, self.view.patience())
        return max(_SHORTEST_WAIT_S, until)

    def _take(self) -> None:
        for what, data in self.link.pump():
            now = self.clock.now()
            self.director.advance(now)
            if self.director.ended:
                return
            if what == "data":
                self.simulator.receive(data, now)
                self.clock.heard()
                self.director.look()
                continue
            self.simulator.note(what)
            if what == "open" and self.options.reset_on_open:
                self.simulator.reset()

    def _show(self) -> None:
        """Everything that is looked at from outside."""
        self._write_truth()
        if self.view is not None:
            self.view.pump(lambda: snapshot(self.simulator))
        if self.folder is not None:
            self.folder.pump()

    def _write_truth(self) -> None:
        path = self.options.truth
        if path is None or time.monotonic() < self.truth_at:
            return
        self.truth_at = time.monotonic() + _TRUTH_EVERY_S
        write_whole(path, json.dumps(snapshot(self.simulator)) + "\n")

    def end(self) -> list[Verdict]:
        """Last records; what became of the expectations."""
        self.simulator.flush_waiting()
        self.simulator.note("end")
        self.truth_at = 0.0
        self._write_truth()
        if self.folder is not None:
            self.folder.finish()
        return self.director.finish()


def write_whole(path: Path, text: str) -> None:
    """Replace a file so that a reader sees the old text or the new one."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="ascii")
    beside.replace(path)


def run(options: Options) -> int:
    """Run until SIGTERM or SIGINT; the exit status."""
    with ExitStack() as stack:
        try:
            runner = _Runner(options, stack)
            if options.truth is not None:
                write_whole(options.truth, json.dumps(snapshot(runner.simulator)) + "\n")
        except LinkFault as fault:
            print(f"simulate: {fault}", file=sys.stderr)
            return _USAGE
        except OSError as fault:
            print(f"simulate: {fault.filename}: {fault.strerror}", file=sys.stderr)
            return _USAGE
        wakeup, alarm = os.pipe()
        stack.callback(os.close, wakeup)
        stack.callback(os.close, alarm)
        os.set_blocking(alarm, False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: setattr(runner, "stopping", True))
        signal.set_wakeup_fd(alarm, warn_on_full_buffer=False)
        _say_ready(options, runner.link)
        if options.watch:
            port = runner.link.address
            runner.view = WatchLink(1, port, options.speed_text, as_json=options.json)
            stack.callback(runner.view.close)
        try:
            runner.loop(wakeup)
        finally:
            signal.set_wakeup_fd(-1)
            if runner.view is not None:
                runner.view.close()
        return _say_end(options, runner.end())


def _say_ready(options: Options, link: PtyLink | TcpLink) -> None:
    speed = "max" if math.isinf(options.speed) else options.speed
    facts = {"ready": True, **link.facts, "speed": speed, "pid": os.getpid()}
    if options.control is not None:
        facts["control"] = str(options.control)
    text = f"ready: {link.address}, speed {options.speed_text}"
    print(json.dumps(facts) if options.json else text, flush=True)


def _say_end(options: Options, verdicts: list[Verdict]) -> int:
    """Results to stdout, if anything was expected; the exit status."""
    failed = sum(not verdict.met for verdict in verdicts)
    status = _EXPECTATION_FAILED if failed else _DONE
    if not verdicts:
        return status
    record = {"met": not failed, "expectations": [verdict.record() for verdict in verdicts]}
    lines = [verdict.text() for verdict in verdicts]
    lines.append(f"{len(verdicts) - failed} of {len(verdicts)} expectations are so")
    print(json.dumps(record) if options.json else "\n".join(lines), flush=True)
    return status
