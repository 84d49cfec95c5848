"""One target under atheris: ``python -m benchmarks.fuzz.one TARGET [libFuzzer options]``."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["mdps_plugin", "stl"]):
    from .targets import TARGETS


def main() -> int:
    """0, or what libFuzzer ends with; 2 for another target."""
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        print(f"usage: {'|'.join(TARGETS)} [libFuzzer options]", file=sys.stderr)
        return 2
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
