"""The hardened client behind the command line that tuf-conformance speaks (its CLIENT-CLI page).

How to run the suite: docs/trust.md, "tuf-conformance". The marks lie beside the metadata folder,
as in a cell; the machine's clock is the time, as the suite sets it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.ngclient.urllib3_fetcher import Urllib3Fetcher

from mdps_plugin.distribution.marks_store import MarksStore
from mdps_plugin.distribution.updater_link import HardenedUpdater


def _updater(arguments: argparse.Namespace, marks: MarksStore) -> HardenedUpdater:
    state = Path(arguments.metadata_dir)
    return HardenedUpdater(
        repository="conformance",
        fetcher=Urllib3Fetcher(),
        state=state,
        bootstrap=(state / "root.json").read_bytes(),
        at=datetime.now(UTC),
        marks=marks,
        metadata_url=arguments.metadata_url,
        targets_url=arguments.target_base_url or "",
        target_dir=arguments.target_dir,
    )


def _download(updater: HardenedUpdater, names: list[str]) -> int:
    for name in names:
        target = updater.get_targetinfo(name)
        if target is None:
            print(f"{name}: not named", file=sys.stderr)
            return 1
        if updater.find_cached_target(target) is None:
            updater.download_target(target)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser()
    for name in ("--metadata-url", "--target-dir", "--target-base-url"):
        parser.add_argument(name)
    parser.add_argument("--metadata-dir", required=True)
    parser.add_argument("--target-name", action="append", default=[])
    parser.add_argument("-v", action="count")
    acts = parser.add_subparsers(dest="act", required=True)
    acts.add_parser("init").add_argument("trusted_root")
    acts.add_parser("refresh")
    acts.add_parser("download")
    arguments = parser.parse_args()
    state = Path(arguments.metadata_dir)
    if arguments.act == "init":
        shutil.copyfile(arguments.trusted_root, state / "root.json")
        return 0
    marks = MarksStore(state.with_name(f"{state.name}.marks.sqlite"))
    try:
        updater = _updater(arguments, marks)
        updater.refresh()
        status = _download(updater, arguments.target_name)
        updater.commit(note_time=True)
    except (RepositoryError, DownloadError, OSError) as fault:
        print(f"{type(fault).__name__}: {fault}", file=sys.stderr)
        return 1
    finally:
        marks.close()
    return status


if __name__ == "__main__":
    sys.exit(main())
