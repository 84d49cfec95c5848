"""Child of the kill test: appends and says which entry was acknowledged, until it is killed."""

import itertools
import sys
from pathlib import Path

from tests.audit.logs import at, open_store

if __name__ == "__main__":
    with open_store(Path(sys.argv[1])) as store:
        for number in itertools.count(store.size):
            entry = store.append("line_refused", {"n": number}, at(number))
            print(entry.index, flush=True)
