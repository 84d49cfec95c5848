"""The host's side as a pseudo terminal behind a symbolic link. Owns its descriptors; no dialogue.

A pty cannot keep a second opener out: the first to read gets the bytes. Hosts that want to be
alone open it with an exclusive lock, as pyserial does with ``exclusive=True``.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import termios
import time
import tty
from pathlib import Path

_LOOK_S = 0.02
_MOST_UNSENT = 1 << 20


class LinkFault(Exception):
    """The address cannot be used; the text says why."""


class PtyLink:
    """One pty. ``address`` is what a host opens."""

    def __init__(self, link: Path | None) -> None:
        """Make the pty, and the link if one is wanted; :class:`LinkFault` if that cannot be."""
        self._link = link
        self._master = -1
        self._device = ""
        self._open = False
        self._unsent = bytearray()
        self._back_at: float | None = None
        if link is not None and link.exists() and not link.is_symlink():
            raise LinkFault(f"{link}: exists and is not a symbolic link")
        self._make()

    @property
    def address(self) -> str:
        """Path that a host opens."""
        return str(self._link) if self._link is not None else self._device

    @property
    def facts(self) -> dict[str, object]:
        """For the ready line."""
        return {"pty": self.address, "device": self._device}

    def _make(self) -> None:
        self._master, slave = os.openpty()
        tty.setraw(slave)
        self._device = os.ttyname(slave)
        os.close(slave)
        os.set_blocking(self._master, False)
        if self._link is None:
            return
        beside = self._link.with_name(f".{self._link.name}.{os.getpid()}")
        try:
            with contextlib.suppress(FileNotFoundError):
                beside.unlink()
            beside.symlink_to(self._device)
            beside.replace(self._link)
        except OSError as fault:
            os.close(self._master)
            raise LinkFault(f"{self._link}: cannot be made: {fault.strerror}") from None

    @property
    def clogged(self) -> bool:
        """True while the host has not taken what was given to it."""
        return bool(self._unsent)

    def descriptors(self) -> tuple[list[int], list[int]]:
        """What to wait for: readable, writable."""
        if self._master < 0 or not self._open:
            return [], []
        return [self._master], [self._master] if self._unsent else []

    def patience(self) -> float:
        """Longest wait in seconds: opening a pty wakes nobody."""
        return 1.0 if self._open else _LOOK_S

    def pump(self) -> list[tuple[str, bytes]]:
        """What happened: ``open``, ``data`` with bytes, ``close``, in order."""
        if self._master < 0:
            return self._come_back()
        events: list[tuple[str, bytes]] = []
        if not self._open:
            flags = self._flags()
            if flags & select.POLLHUP and not flags & select.POLLIN:
                return []
            self._open = True
            events.append(("open", b""))
        data = self._read()
        if data:
            events.append(("data", data))
        elif data is None:
            self._forget()
            events.append(("close", b""))
        return events

    def _flags(self) -> int:
        poller = select.poll()
        poller.register(self._master, select.POLLIN)
        found = poller.poll(0)
        return found[0][1] if found else 0

    def _read(self) -> bytes | None:
        """What has come; None once everybody has closed the port."""
        try:
            return os.read(self._master, 65536)
        except BlockingIOError:
            return b""
        except OSError as fault:
            if fault.errno == errno.EIO:
                return None
            raise

    def _forget(self) -> None:
        """Bytes that nobody read must not greet the next opener."""
        self._open = False
        self._unsent.clear()
        with contextlib.suppress(termios.error, OSError):
            termios.tcflush(self._master, termios.TCIOFLUSH)

    def send(self, data: bytes) -> None:
        """Give bytes to the host; they are lost if nobody has the port open."""
        if self._master < 0 or not self._open:
            return
        self._unsent += data
        if len(self._unsent) > _MOST_UNSENT:
            del self._unsent[:-_MOST_UNSENT]
        try:
            while self._unsent:
                done = os.write(self._master, self._unsent)
                del self._unsent[:done]
        except BlockingIOError:
            return
        except OSError as fault:
            if fault.errno != errno.EIO:
                raise

    def hang_up(self, seconds: float) -> None:
        """Close the port under the host; a new one comes after ``seconds``, never if 0."""
        if self._master < 0:
            return
        self._remove_link()
        os.close(self._master)
        self._master = -1
        self._open = False
        self._unsent.clear()
        self._back_at = time.monotonic() + seconds if seconds > 0 else None

    def _come_back(self) -> list[tuple[str, bytes]]:
        if self._back_at is not None and time.monotonic() >= self._back_at:
            self._back_at = None
            self._make()
            return [("back", b"")]
        return []

    def _remove_link(self) -> None:
        if self._link is None:
            return
        with contextlib.suppress(OSError):
            if os.readlink(self._link) == self._device:
                self._link.unlink()

    def close(self) -> None:
        """Take the link away and end."""
        self._remove_link()
        if self._master >= 0:
            os.close(self._master)
            self._master = -1
