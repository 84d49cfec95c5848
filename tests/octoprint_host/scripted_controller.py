"""A stand-in that speaks the socket contract and can misbehave: silence, half lines, garbage.

Only for faults that the real controller cannot be made to show, and for looking at one screen at a
time. It decides nothing: a test says what each verb answers.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

Script = Callable[[dict[str, Any], bytes], Any]


class ScriptedController:
    """``script(request, body)`` gives a reply dict, (reply dict, bytes), or raw bytes to send."""

    def __init__(self, path: Path, script: Script) -> None:
        self.path = path
        self.script = script
        self.requests: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []
        self.close_after_reply = False
        self.mute = threading.Event()
        self.watching = threading.Event()
        self._watchers: list[socket.socket] = []
        self._all: list[socket.socket] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._listener: socket.socket | None = None

    def __enter__(self) -> ScriptedController:
        self.path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self.path))
        self._listener.listen(16)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()
        threading.Thread(target=self._sign_of_life, daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._closing.set()
        if self._listener is not None:
            self._end(self._listener)
            self.path.unlink(missing_ok=True)
        self.hang_up()

    def hang_up(self) -> None:
        """Cut every connection, as a killed controller does."""
        with self._lock:
            connections, self._all, self._watchers = self._all, [], []
        self.watching.clear()
        for connection in connections:
            self._end(connection)

    def tell(self, event: dict[str, Any]) -> None:
        """Send an event to everybody who still watches."""
        self.tell_raw(json.dumps(event).encode() + b"\n")

    def tell_raw(self, line: bytes) -> None:
        """Send any bytes to everybody who still watches."""
        with self._lock:
            watchers = list(self._watchers)
        for connection in watchers:
            with contextlib.suppress(OSError):
                connection.sendall(line)

    def _sign_of_life(self) -> None:
        while not self._closing.wait(2.0):
            if not self.mute.is_set():
                self.tell({"event": "alive"})

    def asked(self, verb: str) -> list[dict[str, Any]]:
        """Requests of one verb so far."""
        return [request for request in self.requests if request["verb"] == verb]

    @staticmethod
    def _end(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self._all.append(connection)
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        with (
            contextlib.suppress(OSError, ValueError),
            connection,
            connection.makefile("rb") as reader,
        ):
            while line := reader.readline():
                request = json.loads(line)
                body = reader.read(request.get("bytes", 0))
                self.requests.append(request)
                self.bodies.append(body)
                if self.mute.is_set():
                    continue
                if request["verb"] == "watch":
                    connection.sendall(b'{"id":1,"ok":true,"result":"watching"}\n')
                    with self._lock:
                        self._watchers.append(connection)
                    self.watching.set()
                    continue
                self._reply(connection, self.script(request, body))
                if self.close_after_reply:
                    return

    @staticmethod
    def _reply(connection: socket.socket, reply: Any) -> None:
        if isinstance(reply, bytes):
            connection.sendall(reply)
            return
        answer, data = reply if isinstance(reply, tuple) else (reply, None)
        if data is not None:
            answer = {**answer, "bytes": len(data)}
        connection.sendall(json.dumps({"id": 1, **answer}).encode() + b"\n")
        if data:
            connection.sendall(data)


def ok(result: Any) -> dict[str, Any]:
    """A positive reply."""
    return {"ok": True, "result": result}
