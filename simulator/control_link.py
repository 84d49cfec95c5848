"""The control socket: a Unix socket, JSON lines, any number of clients. Understands no request."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from pathlib import Path

from .link_pty import LinkFault

_LONGEST_LINE = 65536


class ControlLink:
    """Listens at a path; every line is given to ``answer``, its reply is sent back."""

    def __init__(self, path: Path, answer: Callable[[bytes], bytes]) -> None:
        """Replace a socket left behind; :class:`LinkFault` for anything else at the path."""
        if path.exists() and not path.is_socket():
            raise LinkFault(f"{path}: exists and is not a socket")
        self._path = path
        self._answer = answer
        self._clients: dict[int, tuple[socket.socket, bytearray]] = {}
        self._listener = socket.socket(socket.AF_UNIX)
        try:
            path.unlink(missing_ok=True)
            self._listener.bind(str(path))
            self._listener.listen(8)
        except OSError as fault:
            self._listener.close()
            raise LinkFault(f"{path}: {fault.strerror or fault}") from None
        self._listener.setblocking(False)

    def descriptors(self) -> list[int]:
        """What to wait for."""
        return [self._listener.fileno(), *self._clients]

    def pump(self) -> None:
        """Take new clients, answer whole lines, let go of those that left."""
        with contextlib.suppress(BlockingIOError):
            while True:
                client, _ = self._listener.accept()
                client.setblocking(False)
                self._clients[client.fileno()] = (client, bytearray())
        for number, (client, buffer) in list(self._clients.items()):
            if not self._serve(client, buffer):
                client.close()
                del self._clients[number]

    def _serve(self, client: socket.socket, buffer: bytearray) -> bool:
        try:
            data = client.recv(65536)
        except BlockingIOError:
            return True
        except OSError:
            return False
        buffer += data
        *lines, rest = bytes(buffer).split(b"\n")
        buffer[:] = rest
        try:
            for line in lines:
                if line.strip():
                    # Replies are far smaller than a socket buffer; a client that reads none goes.
                    client.sendall(self._answer(line))
        except OSError:
            return False
        return bool(data) and len(buffer) <= _LONGEST_LINE

    def close(self) -> None:
        """End, and take the socket file away."""
        for client, _ in self._clients.values():
            client.close()
        self._listener.close()
        self._path.unlink(missing_ok=True)
