"""The examining process: ``python -m mdps_plugin.controller.worker_main_link``.

Takes a task from its lifeline (a socket), runs :mod:`.pipeline`, answers, waits for the next. It
has no key, no log, no file of the cell and no printer. It ends with its lifeline, and takes the
slicer with it: nothing goes on that nobody waits for. Started by :mod:`.worker_link`.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import os
import queue
import resource
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from ..canonical import Json
from .pipeline import check
from .session_link import clear_room, end_others
from .worker_answer import answer_message
from .worker_message import Message, encode, read_message
from .worker_task import FAULT, OUT_OF_MEMORY, PROGRESS, read_task

NICE = 10
"""Behind the gate's thread in the scheduler, as the slicers are."""
_KILLED_FIRST = "500"
"""Where memory is short, the kernel ends this process before the controller (proc(5))."""


class Lifeline:
    """The worker's end of the socket. One thread reads, one writes."""

    def __init__(self, link: socket.socket) -> None:
        """Read nothing yet."""
        self._link = link
        self._leaving = threading.Event()
        self.tasks: queue.Queue[Message] = queue.Queue()

    def listen(self) -> None:
        """Until the controller hangs up, or sends what is no message; then end at once."""
        try:
            while True:
                self.tasks.put(read_message(self._exactly))
        finally:
            # Whatever it was: nobody can be answered any more.
            end_others(os.getsid(0), os.getpid())
            clear_room()
            os._exit(1)

    def leave(self, *_: object) -> None:
        """Answer nothing more; a signal's handler. The slicer has had the same signal."""
        self._leaving.set()

    def answer(self, message: Message) -> None:
        """Send the last message of a task; once leaving, wait for the end instead."""
        while self._leaving.is_set():
            signal.pause()
        self.send(message)

    def send(self, message: Message) -> None:
        """All of it; ``OSError`` where the controller is gone."""
        for piece in encode(message):
            self._link.sendall(piece)

    def _exactly(self, size: int) -> bytes:
        data = bytearray(size)
        view, got = memoryview(data), 0
        while got < size:
            count = self._link.recv_into(view[got:])
            if count == 0:
                raise OSError("the controller hung up")
            got += count
        return bytes(data)


def serve(lifeline: Lifeline, version: str) -> None:
    """One task after the other, for ever; ``OSError`` where the controller is gone."""
    while True:
        _serve_one(lifeline, lifeline.tasks.get(), version)
        _give_back()


def _serve_one(lifeline: Lifeline, message: Message, version: str) -> None:
    number = ""

    def told(stage: str, done: int, of: int) -> None:
        body: dict[str, Json] = {"number": number, "stage": stage, "done": done, "of": of}
        lifeline.send(Message(kind=PROGRESS, body=body))

    try:
        number, task = read_task(message, version)
        lifeline.answer(answer_message(check(task, told), number, version))
    except MemoryError:
        _fault(lifeline, number, OUT_OF_MEMORY)
    except Exception as fault:  # noqa: BLE001 - whatever broke is said, and refuses the order
        _fault(lifeline, number, f"{type(fault).__name__}: {fault}")


def _fault(lifeline: Lifeline, number: str, what: str) -> None:
    shown = "".join(sign if sign.isprintable() else " " for sign in what)[:300]
    lifeline.answer(Message(kind=FAULT, body={"number": number, "what": shown}))


def _give_back() -> None:
    """Free what the last job needed: this process waits for the next beside a running build."""
    gc.collect()
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def _stand_back(memory_mib: int) -> None:
    """Behind everybody, within a limit, and without a core file that holds a patient's model."""
    os.nice(NICE)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_KILLED_FIRST)
    size = memory_mib * 1024 * 1024
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    soft = size if hard == resource.RLIM_INFINITY else min(size, hard)
    # The soft limit only: the slicer is given its own, which may be higher.
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until the lifeline closes."""
    parser = argparse.ArgumentParser(prog="examining process", allow_abbrev=False)
    parser.add_argument("--lifeline-fd", type=int, required=True)
    parser.add_argument("--memory-mib", type=int, required=True)
    parser.add_argument("--version", required=True)
    arguments = parser.parse_args(argv)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _stand_back(arguments.memory_mib)
    lifeline = Lifeline(socket.socket(fileno=arguments.lifeline_fd))
    signal.signal(signal.SIGTERM, lifeline.leave)
    threading.Thread(target=lifeline.listen, name="lifeline", daemon=True).start()
    # What is loaded stays: the collector need not look through it after each task.
    gc.freeze()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        serve(lifeline, arguments.version)
    return 0


if __name__ == "__main__":
    sys.exit(main())
