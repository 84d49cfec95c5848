"""The control socket: a Unix socket, JSON lines, any number of clients. Understands no request."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .link_pty import LinkFault

_LONGEST_LINE = 65536
_MOST_UNSENT = 64 << 20


@dataclass
class _Client:
    socket: socket.socket
    heard: bytearray = field(default_factory=bytearray)
    unsent: bytearray = field(default_factory=bytearray)


class ControlLink:
    """Listens at a path; every line is given to ``answer``, its reply is sent back."""

    def __init__(self, path: Path, answer: Callable[[bytes], bytes]) -> None:
        """Replace a socket left behind; :class:`LinkFault` for anything else at the path."""
        if path.exists() and not path.is_socket():
            raise LinkFault(f"{path}: exists and is not a socket")
        self._path = path
        self._answer = answer
        self._clients: dict[int, _Client] = {}
        self._listener = socket.socket(socket.AF_UNIX)
        try:
            path.unlink(missing_ok=True)
            self._listener.bind(str(path))
            self._listener.listen(8)
        except OSError as fault:
            self._listener.close()
            raise LinkFault(f"{path}: {fault.strerror or fault}") from None
        self._listener.setblocking(False)

    def descriptors(self) -> tuple[list[int], list[int]]:
        """What to wait for: readable, writable."""
        waiting = [number for number, client in self._clients.items() if client.unsent]
        return [self._listener.fileno(), *self._clients], waiting

    def pump(self) -> None:
        """Take new clients, answer whole lines, let go of those that left."""
        with contextlib.suppress(BlockingIOError):
            while True:
                joined, _ = self._listener.accept()
                joined.setblocking(False)
                self._clients[joined.fileno()] = _Client(joined)
        for number, client in list(self._clients.items()):
            if not self._serve(client):
                client.socket.close()
                del self._clients[number]

    def _serve(self, client: _Client) -> bool:
        try:
            self._send(client)
            if client.unsent:
                # Who does not read its replies gets no more of them.
                return True
            data = client.socket.recv(65536)
            client.heard += data
            *lines, rest = bytes(client.heard).split(b"\n")
            client.heard[:] = rest
            for line in lines:
                if line.strip():
                    client.unsent += self._answer(line)
                    self._send(client)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return bool(data) and len(client.heard) <= _LONGEST_LINE

    def _send(self, client: _Client) -> None:
        try:
            while client.unsent:
                done = client.socket.send(client.unsent)
                del client.unsent[:done]
        except BlockingIOError:
            if len(client.unsent) > _MOST_UNSENT:
                raise BrokenPipeError("replies are not read") from None

    def close(self) -> None:
        """End, and take the socket file away."""
        for client in self._clients.values():
            client.socket.close()
        self._listener.close()
        self._path.unlink(missing_ok=True)
