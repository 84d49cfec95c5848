"""``python -m simulator``: runs one printer until it is told to stop."""

from __future__ import annotations

import sys

from .options import read_options
from .run_link import run

if __name__ == "__main__":
    sys.exit(run(read_options(None)))
