"""One file written whole or not at all. Nothing else."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from ..durable_file import write_durably
from ..errors import StoreError, UsageFault

_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})


def write_file(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path``; a crash leaves the old file, or none, never half of the new one.

    :class:`UsageFault` where the place cannot be written, :class:`StoreError` where the disk does
    not take it.
    """
    try:
        write_durably(path, data, mode=0o666 & ~_umask(), prefix=f".{path.name}.")
    except OSError as fault:
        if fault.errno in _DISK:
            raise StoreError(f"{path}: not written: {fault.strerror}") from None
        raise UsageFault(f"{path}: cannot be written: {fault.strerror}") from None


def _umask() -> int:
    """The mask of this process; a command has one thread, so setting it back is safe."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
