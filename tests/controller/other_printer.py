"""A simulator whose firmware says of itself what ``--identity`` says: another board on the cable.

``python -m tests.controller.other_printer --identity "FIRMWARE_NAME:…" --pty …``
"""

from __future__ import annotations

import dataclasses
import sys

from simulator.options import read_options
from simulator.run_link import run

if __name__ == "__main__":
    identity, *rest = sys.argv[2:]
    options = read_options(rest)
    dialect = dataclasses.replace(options.dialect, identity=identity)
    sys.exit(run(dataclasses.replace(options, dialect=dialect)))
