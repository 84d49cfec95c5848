"""The host's side as a TCP port on this machine (pyserial: ``socket://127.0.0.1:PORT``).

One host at a time: a second connection is closed at once. Owns its sockets; no dialogue.
"""

from __future__ import annotations

import contextlib
import socket
import time

from .link_pty import LinkFault

_MOST_UNSENT = 1 << 20


class TcpLink:
    """One listening socket and at most one host."""

    def __init__(self, port: int) -> None:
        """Listen on ``port`` (0: any free one); :class:`LinkFault` if that cannot be."""
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._listener.bind(("127.0.0.1", port))
            self._listener.listen(4)
        except OSError as fault:
            self._listener.close()
            raise LinkFault(f"port {port}: {fault.strerror}") from None
        self._listener.setblocking(False)
        self.port = int(self._listener.getsockname()[1])
        self._host: socket.socket | None = None
        self._unsent = bytearray()
        self._deaf_until: float | None = 0.0

    @property
    def address(self) -> str:
        """What a host connects to."""
        return f"socket://127.0.0.1:{self.port}"

    @property
    def facts(self) -> dict[str, object]:
        """For the ready line."""
        return {"tcp": self.port, "url": self.address}

    @property
    def clogged(self) -> bool:
        """True while the host has not taken what was given to it."""
        return bool(self._unsent)

    def descriptors(self) -> tuple[list[int], list[int]]:
        """What to wait for: readable, writable."""
        read = [self._listener.fileno()]
        if self._host is None:
            return read, []
        read.append(self._host.fileno())
        return read, [self._host.fileno()] if self._unsent else []

    def patience(self) -> float:
        """Longest wait in seconds."""
        return 1.0

    def pump(self) -> list[tuple[str, bytes]]:
        """What happened: ``open``, ``data`` with bytes, ``close``, in order."""
        events = self._accept()
        if self._host is not None:
            try:
                data = self._host.recv(65536)
                events.append(("data", data) if data else ("close", b""))
                if not data:
                    self._drop_host()
            except BlockingIOError:
                pass
            except OSError:
                events.append(("close", b""))
                self._drop_host()
        return events

    def _accept(self) -> list[tuple[str, bytes]]:
        events: list[tuple[str, bytes]] = []
        with contextlib.suppress(BlockingIOError):
            while True:
                host, _ = self._listener.accept()
                deaf = self._deaf_until is None or time.monotonic() < self._deaf_until
                if self._host is not None or deaf:
                    host.close()
                    continue
                host.setblocking(False)
                host.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._host = host
                events.append(("open", b""))
        return events

    def send(self, data: bytes) -> None:
        """Give bytes to the host; they are lost if there is none."""
        if self._host is None:
            return
        self._unsent += data
        if len(self._unsent) > _MOST_UNSENT:
            del self._unsent[:-_MOST_UNSENT]
        try:
            while self._unsent:
                done = self._host.send(self._unsent)
                del self._unsent[:done]
        except BlockingIOError:
            return
        except OSError:
            self._unsent.clear()

    def _drop_host(self) -> None:
        if self._host is not None:
            self._host.close()
        self._host = None
        self._unsent.clear()

    def hang_up(self, seconds: float) -> None:
        """Close the connection; take no other for ``seconds``, none ever if 0."""
        self._drop_host()
        self._deaf_until = time.monotonic() + seconds if seconds > 0 else None

    def close(self) -> None:
        """End."""
        self._drop_host()
        self._listener.close()
