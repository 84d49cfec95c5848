"""The printer's port: a serial device, a link to a pty, or ``socket://host:port``. Bytes only.

Opened for one owner: pyserial's lock (flock) keeps out well-behaved programs, TIOCEXCL every
other process that is not root, mode 0600 and a uid of its own (docs/operations.md) the rest.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import termios
from urllib.parse import urlsplit

import serial

from ..errors import LinkError


class PrinterPort:
    """An open port as a file descriptor that does not block."""

    def __init__(self, port: str, baud: int) -> None:
        """Open ``port``; :class:`LinkError` names it and says why not."""
        self.port = port
        self._socket: socket.socket | None = None
        self._serial: serial.Serial | None = None
        try:
            if port.startswith("socket://"):
                where = urlsplit(port)
                address = (where.hostname or "", where.port or 0)
                self._socket = socket.create_connection(address, timeout=3.0)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.fd = self._socket.fileno()
            else:
                self._serial = serial.Serial(os.path.realpath(port), baud, exclusive=True)
                self.fd = self._serial.fileno()
                fcntl.ioctl(self.fd, termios.TIOCEXCL)
            os.set_blocking(self.fd, False)
        except (OSError, ValueError, serial.SerialException) as fault:
            self.close()
            raise LinkError(f"{port}: cannot be opened: {fault}") from fault

    def read(self) -> bytes:
        """What has come, or nothing; :class:`LinkError` when the port is gone."""
        try:
            data = os.read(self.fd, 65536)
        except (BlockingIOError, InterruptedError):
            return b""
        except OSError as fault:
            raise LinkError(f"{self.port}: {fault.strerror}") from fault
        if not data:
            raise LinkError(f"{self.port}: hung up")
        return data

    def write(self, data: bytes) -> int:
        """Write what fits; the number of bytes taken. :class:`LinkError` when it is gone."""
        try:
            return os.write(self.fd, data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as fault:
            raise LinkError(f"{self.port}: {fault.strerror}") from fault

    def close(self) -> None:
        """Close, whatever state it is in."""
        for part in (self._serial, self._socket):
            if part is not None:
                with contextlib.suppress(OSError, serial.SerialException, termios.error):
                    part.close()
        self._serial = self._socket = None
