"""One file written whole or not at all. Nothing else."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from ..errors import StoreError, UsageFault

_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})


def write_file(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path``; a crash leaves the old file, or none, never half of the new one.

    :class:`UsageFault` where the place cannot be written, :class:`StoreError` where the disk does
    not take it.
    """
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as fault:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        if fault.errno in _DISK:
            raise StoreError(f"{path}: not written: {fault.strerror}") from None
        raise UsageFault(f"{path}: cannot be written: {fault.strerror}") from None


def _umask() -> int:
    """The mask of this process; a command has one thread, so setting it back is safe."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
