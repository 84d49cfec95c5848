"""``python -m benchmarks.attacks run|honest|fit|table|plot``: the laboratory's command line."""

from __future__ import annotations

import sys

from .command import main

sys.exit(main())
