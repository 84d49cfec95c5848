"""The controller's unix socket: JSON lines in, JSON lines out. Knows no verb's meaning.

One thread a connection. A request that cannot be read, or a verb that breaks, is answered and
logged, never a dead socket: the face must always learn why. Contract: docs/architecture.md,
"Socket API".
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import queue
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..build.permit import Refused
from ..canonical import Json
from ..errors import (
    DocumentError,
    EnvironmentFault,
    IllegalTransition,
    LinkError,
    MdpsError,
    SignatureError,
    UsageFault,
)
from .request_link import (
    MAX_LINE_BYTES,
    SMALL_BODY_BYTES,
    PatientReader,
    Request,
    read_request,
)

__all__ = [
    "MAX_LINE_BYTES",
    "Reply",
    "Request",
    "SocketServer",
    "Watchers",
    "error_body",
    "read_request",
]

MAX_SOCKET_PATH = 100
BACKLOG = 256
"""A full queue refuses at once on a unix socket; fifty browsers reload together."""

MAX_CONNECTIONS = 64
"""Each costs a thread; the face opens one for a request and one for each way it watches."""

IDLE_S = 300.0
"""A connection that asks nothing for so long is closed; callers open a new one."""

LINE_S = 10.0
BODY_S = 30.0
BODY_BYTES_PER_S = 5_000_000
SEND_S = 60.0
"""How long a caller may take: for the rest of a line, for its bytes, to take the answer."""

WITH_BYTES = frozenset({"receive_order", "import_recipes"})
"""Verbs that take bytes after their line; for others none are read."""

DRAIN_BYTES = 64 * 1024 * 1024
DRAIN_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a verb gives back: JSON, and bytes where the verb promises them."""

    result: Json
    body: bytes | None = None


@dataclass
class Watchers:
    """Connections that asked to ``watch``; slow ones lose old lines, never block the controller."""

    _queues: list[queue.Queue[Json]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def join(self) -> queue.Queue[Json]:
        """A queue that gets every later event."""
        mine: queue.Queue[Json] = queue.Queue(maxsize=200)
        with self._lock:
            self._queues.append(mine)
        return mine

    def leave(self, mine: queue.Queue[Json]) -> None:
        """Stop getting events."""
        with self._lock:
            if mine in self._queues:
                self._queues.remove(mine)

    def tell(self, event: Json) -> None:
        """Hand an event to everybody who watches."""
        with self._lock:
            targets = list(self._queues)
        for target in targets:
            while True:
                try:
                    target.put_nowait(event)
                    break
                except queue.Full:
                    # The oldest goes: a gap in ``seq`` makes the face ask for a new snapshot.
                    try:
                        target.get_nowait()
                    except queue.Empty:
                        continue


class SocketServer:
    """Listens on ``path`` and hands each request to ``serve``."""

    def __init__(
        self,
        path: Path,
        serve: Callable[[Request], Reply],
        watchers: Watchers,
        report: Callable[[str], None],
    ) -> None:
        """``report`` takes one line about anything odd; nothing is listening yet."""
        self._path = path
        self._serve = serve
        self._watchers = watchers
        self._report = report
        self._closing = threading.Event()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        # One large file at a time, from its first byte to the end of its request.
        self._large = threading.Lock()

    def start(self) -> None:
        """Bind (mode 0660) and listen in a thread of its own."""
        if len(str(self._path)) > MAX_SOCKET_PATH:
            raise LinkError(
                f"{self._path}: {len(str(self._path))} characters; a unix socket path may have "
                f"at most {MAX_SOCKET_PATH}. Next step: choose a shorter cell folder"
            )
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._path.unlink(missing_ok=True)
            previous = os.umask(0o117)
            try:
                listener.bind(str(self._path))
            finally:
                os.umask(previous)
            listener.listen(BACKLOG)
        except OSError as fault:
            listener.close()
            raise LinkError(f"{self._path}: {fault.strerror}") from None
        self._listener = listener
        threading.Thread(target=self._accept, name="socket-accept", daemon=True).start()

    def close(self) -> None:
        """Stop listening and end every connection."""
        self._closing.set()
        with self._lock:
            connections = list(self._connections)
        for connection in (*connections, *([self._listener] if self._listener else [])):
            # Already gone, or a listener that cannot be shut down: closing is enough.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        listener = self._listener
        while listener is not None and not self._closing.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                full = len(self._connections) >= MAX_CONNECTIONS
                if not full:
                    self._connections.add(connection)
            if full:
                _turn_away(connection)
                continue
            threading.Thread(
                target=self._converse, args=(connection,), name="socket-talk", daemon=True
            ).start()

    def _converse(self, connection: socket.socket) -> None:
        try:
            patient = PatientReader(connection)
            with connection, io.BufferedReader(patient) as reader:
                going = True
                while going and not self._closing.is_set():
                    going = self._once(connection, patient, reader)
        except (OSError, ValueError):
            return
        finally:
            with self._lock:
                self._connections.discard(connection)

    def _once(
        self,
        connection: socket.socket,
        patient: PatientReader,
        reader: io.BufferedReader[PatientReader],
    ) -> bool:
        """One request and its answer; false where the connection is at its end."""
        patient.allow(IDLE_S)
        if not reader.peek(1):
            return False
        patient.allow(LINE_S)
        line = reader.readline(MAX_LINE_BYTES + 1)
        with contextlib.ExitStack() as held:
            try:
                request = read_request(
                    line, reader, WITH_BYTES, lambda size: self._expect(size, patient, held)
                )
            except DocumentError as fault:
                # After a request that cannot be read, nobody knows where the next begins.
                _send(connection, {"id": None, "ok": False, "error": error_body(fault)})
                _drain(connection)
                return False
            if request.verb == "watch":
                self._watch(connection, request)
                return False
            answer, body = self._answer(request)
        _send(connection, answer, body)
        return True

    def _expect(self, size: int, patient: PatientReader, held: contextlib.ExitStack) -> None:
        """Make ready for ``size`` bytes; waits while another large file is being taken in."""
        seconds = BODY_S + size / BODY_BYTES_PER_S
        if size > SMALL_BODY_BYTES:
            if not self._large.acquire(timeout=seconds):
                raise DocumentError(
                    "request", "bytes", "another large file under way", "one large file at a time"
                )
            held.callback(self._large.release)
        patient.allow(seconds)

    def _answer(self, request: Request) -> tuple[dict[str, Json], bytes | None]:
        try:
            reply = self._serve(request)
        except Refused as refused:
            return {"id": request.number, "ok": False, "refusal": refused.verdict.to_json()}, None
        except MdpsError as fault:
            return {"id": request.number, "ok": False, "error": error_body(fault)}, None
        except Exception as fault:  # noqa: BLE001 - the last fence: the face must get an answer
            self._report(f"verb {request.verb}: {type(fault).__name__}: {fault}")
            body: dict[str, Json] = {
                "kind": "environment",
                "message": f"The controller could not do '{request.verb}'. Nothing was started.",
                "observed": type(fault).__name__,
                "allowed": "",
                "next_step": "Call IT. The reason stands in the controller's own log.",
            }
            return {"id": request.number, "ok": False, "error": body}, None
        answer: dict[str, Json] = {"id": request.number, "ok": True, "result": reply.result}
        if reply.body is not None:
            answer["bytes"] = len(reply.body)
        return answer, reply.body

    def _watch(self, connection: socket.socket, request: Request) -> None:
        mine = self._watchers.join()
        try:
            _send(connection, {"id": request.number, "ok": True, "result": "watching"})
            while not self._closing.is_set():
                try:
                    event = mine.get(timeout=2.0)
                except queue.Empty:
                    event = {"event": "alive"}
                _send(connection, event)
        finally:
            self._watchers.leave(mine)


def error_body(fault: MdpsError) -> dict[str, Json]:
    """An error of the tree as the contract's ``error`` object."""
    body: dict[str, Json] = {
        "kind": "usage",
        "message": str(fault),
        "observed": "",
        "allowed": "",
        "next_step": "",
    }
    if isinstance(fault, SignatureError):
        body.update(kind="signature", observed=fault.observed, allowed=fault.allowed)
        body.update(message=fault.observed, next_step=_signing_step(fault))
    elif isinstance(fault, DocumentError):
        body.update(kind="document", observed=fault.observed, allowed=fault.allowed)
        place = f"{fault.source}: {fault.path}" if fault.path else fault.source
        body["next_step"] = f"Change {place}, then send it again."
    elif isinstance(fault, IllegalTransition):
        body.update(kind="transition", observed=fault.state, allowed=fault.allowed)
        body["next_step"] = f"Possible now: {fault.allowed}."
    elif isinstance(fault, EnvironmentFault):
        body.update(kind="environment", next_step="Call IT. Nothing was started.")
    elif isinstance(fault, UsageFault):
        body.update(kind="usage", next_step="Check the name, then send it again.")
    return body


def _signing_step(fault: SignatureError) -> str:
    return "Close, read again, then sign." if fault.path == "meaning" else f"Use {fault.allowed}."


def _send(connection: socket.socket, answer: Json, body: bytes | None = None) -> None:
    connection.settimeout(SEND_S)
    text = json.dumps(answer, ensure_ascii=False)
    # A file name may hold bytes that are no text; the answer goes out all the same.
    connection.sendall(text.encode("utf-8", "backslashreplace") + b"\n")
    if body:
        connection.sendall(body)


def _turn_away(connection: socket.socket) -> None:
    """Say why at once and close; must not hold up whoever comes next."""
    error: dict[str, Json] = {
        "kind": "environment",
        "message": f"{MAX_CONNECTIONS} connections are open already. Nothing was started.",
        "observed": f"{MAX_CONNECTIONS} connections",
        "allowed": f"At most {MAX_CONNECTIONS} connections at once.",
        "next_step": "Wait 10 s and ask again. Then call IT.",
    }
    with contextlib.suppress(OSError), connection:
        connection.setblocking(False)
        connection.send(json.dumps({"id": None, "ok": False, "error": error}).encode() + b"\n")


def _drain(connection: socket.socket) -> None:
    """Read on for a while what the caller still sends: closed at once, it would lose the answer."""
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(DRAIN_S)
    left = DRAIN_BYTES
    while left > 0:
        data = connection.recv(65536)
        if not data:
            return
        left -= len(data)
