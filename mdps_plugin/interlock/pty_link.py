"""The pty that OctoPrint takes for the printer: opening, its link, whether anybody is there.

The master side is ours. Nobody but OctoPrint opens the slave: with no slave open the kernel
reports a hang-up on the master, and that is how its coming and going is seen.

The slave gets the group of the folder in which the link lies, and mode 0660: in production that is
how OctoPrint, under a user of its own, may open it and others may not (docs/operations.md).
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import termios
import tty
from pathlib import Path

from ..errors import LinkError


class HostPort:
    """One pty with a symbolic link to its slave side."""

    def __init__(self, link: Path) -> None:
        """Open the pty and make ``link`` point to it, replacing an old link in one act."""
        self.link = link
        try:
            link.parent.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise LinkError(f"{link}: cannot make the folder: {fault.strerror}") from fault
        self.fd, slave = os.openpty()
        try:
            tty.setraw(slave, termios.TCSANOW)
            name = os.ttyname(slave)
            # A folder of a group that is not ours leaves the pty to this user alone.
            with contextlib.suppress(OSError):
                os.fchown(slave, -1, link.parent.stat().st_gid)
                os.fchmod(slave, 0o660)
        finally:
            # From here on a hang-up on the master means: nobody has it open.
            os.close(slave)
        os.set_blocking(self.fd, False)
        self._name = name
        temporary = link.with_name(f".{link.name}.{os.getpid()}")
        try:
            if link.exists() and not link.is_symlink():
                raise LinkError(f"{link}: is a file; allowed: no file, or a link to a pty")
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()
            temporary.symlink_to(name)
            temporary.replace(link)
        except OSError as fault:
            os.close(self.fd)
            raise LinkError(f"{link}: cannot make the link: {fault.strerror}") from fault

    def is_open(self) -> bool:
        """True if somebody has the slave side open."""
        poller = select.poll()
        poller.register(self.fd, select.POLLIN)
        return all(not flags & select.POLLHUP for _, flags in poller.poll(0))

    def read(self) -> bytes:
        """What has come, or nothing."""
        try:
            return os.read(self.fd, 65536)
        except BlockingIOError:
            return b""
        except OSError as fault:
            if fault.errno == errno.EIO:
                return b""
            raise

    def write(self, data: bytes) -> int:
        """Write what fits; the number of bytes taken."""
        try:
            return os.write(self.fd, data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as fault:
            if fault.errno == errno.EIO:
                return len(data)
            raise

    def discard(self) -> None:
        """Throw away what was written and not read: it is not for whoever opens next."""
        with contextlib.suppress(termios.error, OSError):
            termios.tcflush(self.fd, termios.TCIOFLUSH)

    def close(self) -> None:
        """Close the pty and remove the link, if it is still ours."""
        with contextlib.suppress(OSError):
            if os.readlink(self.link) == self._name:
                self.link.unlink()
        with contextlib.suppress(OSError):
            os.close(self.fd)
