"""One running simulator: real clock, descriptors, signals. Models nothing, decides nothing."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from .control import answer
from .control_link import ControlLink
from .link_pty import LinkFault, PtyLink
from .link_tcp import TcpLink
from .machine import Simulator
from .options import Options
from .truth import snapshot
from .wirelog import WireLog

_TRUTH_EVERY_S = 0.5
_SHORTEST_WAIT_S = 0.0005
_USAGE, _DONE = 2, 0


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
            printer=options.printer,
            seed=options.seed,
            record=self.log.write if self.log is not None else None,
        )
        self.simulator.note(f"speed {options.speed:g}, seed {options.seed}")
        self.control: ControlLink | None = None
        if options.control is not None:
            self.control = ControlLink(options.control, self._answer)
            stack.callback(self.control.close)
        self.started = time.monotonic()
        self.truth_at = 0.0
        self.stopping = False
        for fault in options.faults:
            self.simulator.add_fault(fault)

    def now(self) -> float:
        """Virtual seconds since the start."""
        return (time.monotonic() - self.started) * self.options.speed

    def _answer(self, line: bytes) -> bytes:
        self.simulator.advance(self.now())
        return answer(self.simulator, line)

    def loop(self, wakeup: int) -> None:
        """Run until a signal."""
        while not self.stopping:
            now = self.now()
            self.link.send(self.simulator.poll(now))
            while self.simulator.link_orders:
                self.link.hang_up(self.simulator.link_orders.popleft())
            self._write_truth()
            readers, writers = self.link.descriptors()
            if self.control is not None:
                readers = readers + self.control.descriptors()
            ready, _, _ = select.select([*readers, wakeup], writers, [], self._wait(now))
            if wakeup in ready:
                os.read(wakeup, 64)
            self._take()
            if self.control is not None:
                self.control.pump()

    def _wait(self, now: float) -> float:
        until = (self.simulator.next_event_time() - now) / self.options.speed
        if self.options.truth is not None:
            until = min(until, _TRUTH_EVERY_S)
        return max(_SHORTEST_WAIT_S, min(until, self.link.patience()))

    def _take(self) -> None:
        for what, data in self.link.pump():
            if what == "data":
                self.simulator.receive(data, self.now())
                continue
            self.simulator.advance(self.now())
            self.simulator.note(what)
            if what == "open" and self.options.reset_on_open:
                self.simulator.reset()

    def _write_truth(self) -> None:
        path = self.options.truth
        if path is None or time.monotonic() < self.truth_at:
            return
        self.truth_at = time.monotonic() + _TRUTH_EVERY_S
        write_whole(path, json.dumps(snapshot(self.simulator)) + "\n")

    def end(self) -> None:
        """Last records."""
        self.simulator.flush_waiting()
        self.simulator.note("end")
        self.truth_at = 0.0
        self._write_truth()


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
        try:
            runner.loop(wakeup)
        finally:
            signal.set_wakeup_fd(-1)
        runner.end()
        return _DONE


def _say_ready(options: Options, link: PtyLink | TcpLink) -> None:
    facts = {"ready": True, **link.facts, "speed": options.speed, "pid": os.getpid()}
    if options.control is not None:
        facts["control"] = str(options.control)
    text = f"ready: {link.address}, speed {options.speed:g}"
    print(json.dumps(facts) if options.json else text, flush=True)
