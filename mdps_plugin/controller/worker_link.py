"""The controller's end of the examining process: starts it, asks it, bounds it, ends it.

Judges nothing. Whatever the process does but answer whole and in time (it dies, hangs, runs out of
memory, talks nonsense) is a :class:`ToolError` in plain words; the next task gets a fresh process.
The lock that the gate's thread needs is never held by an examination: it is in another interpreter.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from ..errors import DocumentError, LinkError, ToolError
from ..reading import Fields
from ..toolpath.kernel_link import SWITCH
from . import codes
from .session_link import end_others, make_room
from .verification import STAGES, Checked, Progress, Task
from .worker_answer import read_answer
from .worker_message import Message, encode, read_message
from .worker_task import ANSWER, FAULT, OUT_OF_MEMORY, PROGRESS, task_message

_PACKAGES = Path(__file__).resolve().parents[2]
_ENVIRONMENT = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", SWITCH)
_CHUNK_BYTES = 1 << 20
#: glibc hands columns of some MB back to the system each time and fetches them again, a twentieth
#: of all that an examination takes; the worker gives back what it kept after each task instead.
_KEPT_BYTES, _LARGE_BYTES = 256 << 20, 32 << 20
_CLOSE_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one task may take. ``stage_s``: each stage of the pipeline; a slicer's own is 900 s.

    ``memory_mib``: of the examining process alone (RLIMIT_DATA); a slicer has its own limit. A
    spoilt job of 130 MB, as long as a recipe may sign, took a quarter of it.
    """

    stage_s: float = 960.0
    memory_mib: int = 4096


class Worker:
    """One examining process, started when first asked for and kept for the next task."""

    def __init__(self, version: str, limits: Limits | None = None) -> None:
        """Nothing is started."""
        self._version = version
        self._limits = limits or Limits()
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._closed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._link: socket.socket | None = None
        self._room: str | None = None
        self._stage = STAGES[0]
        self._until_s = 0.0

    @property
    def pid(self) -> int | None:
        """Process id, or None where none runs; for whoever lists the processes of a cell."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Have a process ready; returns while it still loads. :class:`ToolError` if it cannot."""
        with self._lock:
            if self._closed:
                raise ToolError(codes.WORKER_NOT_STARTED.format(why="the controller stops"))
            if self._process is not None and _ended(self._process) is None:
                return
            self._drop()
            ours, theirs = socket.socketpair()
            try:
                # A slicer's folder holds a patient's model: ours to remove, however both end.
                self._room = make_room()
                self._process = subprocess.Popen(
                    [
                        *(sys.executable, "-m", f"{__package__}.worker_main_link"),
                        *("--lifeline-fd", str(theirs.fileno())),
                        *("--memory-mib", str(self._limits.memory_mib)),
                        *("--version", self._version),
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    # Its modules are this very package, whatever else lies about.
                    cwd=_PACKAGES,
                    env={**environment(), "TMPDIR": self._room},
                    start_new_session=True,
                )
            except OSError as fault:
                ours.close()
                raise ToolError(codes.WORKER_NOT_STARTED.format(why=fault.strerror)) from None
            finally:
                theirs.close()
            self._link = ours

    def check(self, task: Task, progress: Progress) -> Checked:
        """Have one task done. :class:`ToolError` says in words why there is no answer."""
        with self._asking:
            return self._check(task, progress)

    def _check(self, task: Task, progress: Progress) -> Checked:
        self.start()
        link = self._link
        if link is None:
            raise ToolError(codes.WORKER_NOT_STARTED.format(why="the controller stops"))
        number = secrets.token_hex(8)
        self._enter(STAGES[0])
        try:
            for piece in encode(task_message(task, number, self._version)):
                self._send(link, piece)
            while True:
                message = read_message(lambda size: self._receive(link, size))
                if message.kind != PROGRESS:
                    return self._answer(message, task, number)
                self._tell(message, number, progress)
        except DocumentError as fault:
            self._end()
            raise ToolError(codes.WORKER_GARBLED.format(why=fault)) from None
        except (TimeoutError, LinkError) as fault:
            raise ToolError(self._why(late=isinstance(fault, TimeoutError))) from None
        except BaseException:
            # Whatever is still on the way belongs to a task that nobody waits for.
            self._end()
            raise

    def close(self) -> None:
        """End it, at once, with what it has started; a task under way ends as ``ToolError``."""
        with self._lock:
            self._closed = True
            if self._link is not None:
                # Not closed: another thread may be waiting on it, and is to wake up.
                with contextlib.suppress(OSError):
                    self._link.shutdown(socket.SHUT_RDWR)
            if self._process is not None:
                _kill(self._process)
                self._process = None
        if self._asking.acquire(timeout=_CLOSE_S):
            self._end()
            self._asking.release()

    def _answer(self, message: Message, task: Task, number: str) -> Checked:
        if message.kind == ANSWER:
            return read_answer(message, task, number, self._version)
        if message.kind != FAULT:
            raise DocumentError("message", "kind", repr(message.kind[:40]), "an answer")
        fields = Fields(message.body, "message")
        what = fields.text("what", max_length=300)
        # After running out of memory, or a fault of our own, nothing in it is sure any more.
        self._end()
        if what == OUT_OF_MEMORY:
            raise ToolError(codes.WORKER_MEMORY.format(limit=self._limits.memory_mib))
        raise ToolError(codes.WORKER_BROKE.format(why=what))

    def _tell(self, message: Message, number: str, progress: Progress) -> None:
        fields = Fields(message.body, "message")
        stage = fields.text("stage", max_length=300)
        done = fields.integer("done", minimum=0, maximum=len(STAGES))
        of = fields.integer("of", minimum=len(STAGES), maximum=len(STAGES))
        if fields.text("number") != number:
            raise fields.fault("number", "another task's", "this task's")
        fields.close()
        name = STAGES[min(done, len(STAGES) - 1)]
        # Only forward: a process that goes round in circles must not renew its time.
        if STAGES.index(name) > STAGES.index(self._stage):
            self._enter(name)
        progress(stage, done, of)

    def _enter(self, stage: str) -> None:
        self._stage = stage
        self._until_s = time.monotonic() + self._limits.stage_s

    def _left_s(self) -> float:
        left = self._until_s - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _send(self, link: socket.socket, piece: bytes) -> None:
        view = memoryview(piece)
        try:
            while view:
                link.settimeout(self._left_s())
                view = view[link.send(view[:_CHUNK_BYTES]) :]
        except TimeoutError:
            raise
        except OSError as fault:
            raise LinkError(str(fault)) from None

    def _receive(self, link: socket.socket, size: int) -> bytes:
        """Exactly ``size`` bytes; the memory grows with what has come, not with what was said."""
        pieces: list[bytes] = []
        try:
            while size:
                link.settimeout(self._left_s())
                piece = link.recv(min(size, _CHUNK_BYTES))
                if not piece:
                    raise LinkError("the examining process hung up")
                pieces.append(piece)
                size -= len(piece)
        except TimeoutError:
            raise
        except OSError as fault:
            raise LinkError(str(fault)) from None
        return b"".join(pieces)

    def _why(self, *, late: bool) -> str:
        """End what is left of it, and say how it ended."""
        process, stage = self._process, self._stage
        ended = None
        # Its end of the link is closed: it has ended, or is about to.
        patience = time.monotonic() + (0.0 if late else 5.0)
        while process is not None and ended is None and time.monotonic() < patience:
            try:
                ended = _ended(process)
            except ChildProcessError:
                break  # close() has reaped it
            time.sleep(0.01)
        self._end()
        if late:
            return codes.WORKER_LATE.format(limit=self._limits.stage_s, stage=stage)
        if ended is not None and ended.si_code != os.CLD_EXITED:
            name = signal.Signals(ended.si_status).name
            return codes.WORKER_KILLED.format(number=ended.si_status, name=name, stage=stage)
        status = "unknown" if ended is None else ended.si_status
        return codes.WORKER_ENDED.format(status=status, stage=stage)

    def _end(self) -> None:
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        """Under the lock, so that nobody starts one meanwhile."""
        if self._link is not None:
            self._link.close()
            self._link = None
        if self._process is not None:
            _kill(self._process)
            self._process = None
        if self._room is not None:
            shutil.rmtree(self._room, ignore_errors=True)
            self._room = None


def _ended(process: subprocess.Popen[bytes]) -> os.waitid_result | None:
    """How it ended, or None while it runs; leaves it to be reaped, so its number stays its own."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """It and everything in its session; reaped last, so no number can be anybody else's."""
    # Not Popen.kill: it would reap first, and free the numbers.
    os.kill(process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    end_others(process.pid, process.pid)
    process.wait()


def environment() -> dict[str, str]:
    """What a worker needs, and no secret of the controller's; one thread for NumPy's own use."""
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    memory = {
        "MALLOC_TRIM_THRESHOLD_": str(_KEPT_BYTES),
        "MALLOC_MMAP_THRESHOLD_": str(_LARGE_BYTES),
    }
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    return {**kept, **memory, **threads, "PYTHONUTF8": "1"}
