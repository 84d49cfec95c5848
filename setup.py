"""Builds the kernel of the examiner where there is a C compiler; everything else is pyproject.toml.

The kernel is optional: without a compiler the installation goes on and the plain reference does
the work (``mdps doctor`` says so). ``MDPS_BUILD_KERNEL=no`` leaves it out on purpose, for wheels
into which ``scripts/build_wheels.py`` puts one of another architecture.
"""

import hashlib
import os
import sys
from pathlib import Path

from setuptools import Extension, setup

FOLDER = Path("mdps_plugin/toolpath/kernel")
# Contracting a * b + c into one rounding would make results differ between processors.
FLAGS = [
    *("-std=c11", "-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"),
    "-fvisibility=hidden",
]


def source_digest(folder: Path = FOLDER) -> str:
    """As mdps_plugin.toolpath.kernel_link.source_digest, which cannot be imported here."""
    digest = hashlib.sha256()
    for path in sorted((*folder.glob("*.c"), *folder.glob("*.h")), key=lambda path: path.name):
        data = path.read_bytes()
        digest.update(f"{path.name} {len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest()


def kernel() -> Extension:
    """Not a module of Python: a plain library for ctypes, which setuptools knows how to build."""
    return Extension(
        "mdps_plugin.toolpath.kernel._kernel",
        sources=[str(path) for path in sorted(FOLDER.glob("*.c"))],
        depends=[str(path) for path in sorted(FOLDER.glob("*.h"))],
        define_macros=[("KERNEL_SOURCE_SHA256", f'"{source_digest()}"')],
        extra_compile_args=FLAGS,
        libraries=["m"],
        optional=True,
    )


if __name__ == "__main__":
    wanted = sys.platform != "win32" and os.environ.get("MDPS_BUILD_KERNEL") != "no"
    setup(ext_modules=[kernel()] if wanted else [])
