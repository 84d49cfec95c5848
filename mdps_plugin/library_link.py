"""Opens the compiled kernel and proves that it was built from the sources beside it. Calls nothing.

One library for whoever has work for it; what its functions are, each room declares for its own
(:mod:`.toolpath.kernel_link`, :mod:`.models.mesh_link`). Nothing here raises because of a kernel
that is absent or wrong: then there is none, and the plain reference does the work.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import struct
import sys
from functools import lru_cache
from pathlib import Path

SWITCH = "MDPS_KERNEL"
"""Set to ``off``, the environment variable of this name makes the reference do all the work."""

FOLDER = Path(__file__).parent / "toolpath" / "kernel"


def switched_off() -> bool:
    """Whether the kernel is not to be used; the environment is read at every call."""
    return os.environ.get(SWITCH) == "off"


@lru_cache(maxsize=1)
def source_digest() -> str:
    """SHA-256 over names and bytes of the C sources; ``setup.py`` builds it into the library."""
    digest = hashlib.sha256()
    for path in sorted((*FOLDER.glob("*.c"), *FOLDER.glob("*.h")), key=lambda path: path.name):
        data = path.read_bytes()
        digest.update(f"{path.name} {len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest()


def built() -> list[Path]:
    """Libraries that lie beside the sources; more than one where several Pythons were here."""
    return sorted(FOLDER.glob("_kernel*.so"))


def open_library(path: Path) -> ctypes.CDLL:
    """Load a library whose file is whole: the loader of Linux dies of one that was cut off.

    ``OSError`` where it does not load.
    """
    if sys.platform == "linux":
        data = path.read_bytes()
        # ELF-64 header (System V ABI, ch. 4): e_shoff at 40, e_shentsize and e_shnum at 58; linkers
        # write the section headers last.
        if len(data) < 64 or data[:6] != b"\x7fELF\x02\x01":
            raise OSError("no ELF file of 64 bits")
        offset, (size, count) = (
            *struct.unpack_from("<Q", data, 40),
            struct.unpack_from("<HH", data, 58),
        )
        if not count or offset + size * count > len(data):
            raise OSError("the file was cut off")
    return ctypes.CDLL(str(path))


def of_these_sources(library: ctypes.CDLL) -> bool:
    """Whether it says so itself; ``AttributeError`` where it says nothing."""
    library.mdps_source_digest.restype = ctypes.c_char_p
    said: bool = library.mdps_source_digest() == source_digest().encode()
    return said


@lru_cache(maxsize=1)
def find_library() -> ctypes.CDLL | None:
    """The first library of these sources. Whose functions take structures compares their layout."""
    for path in built():
        try:
            library = open_library(path)
            if of_these_sources(library):
                return library
        except (OSError, AttributeError):
            # Of another architecture, cut off, or no kernel at all: doctor says which.
            continue
    return None
