"""1,000 recipes in one repository: our client beside plain python-tuf, in one run.

``python benchmarks/trust.py [RECIPES]``. Both read the same folder at the same moment and end with
the verified bytes of one recipe. Ours does more: marks, double keys, every list, both repositories.
"""

from __future__ import annotations

import dataclasses
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tuf.ngclient import Updater

from mdps_plugin.demonstration.repositories import Repositories
from mdps_plugin.distribution.chain import Chain
from mdps_plugin.distribution.repository_store import load_repository, save_repository
from mdps_plugin.distribution.source_store import FolderSource
from mdps_plugin.distribution.updater_link import SourceFetcher
from mdps_plugin.recipes.bundle import verify_bundle
from mdps_plugin.recipes.store import default_root_path, find_bundle, load_bundle, load_root

ROUNDS = 9
PATH = "aids/mask-extender/{}/recipe.dsse.json"


def median_ms(act: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        act()
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)


def make(folder: Path, count: int, at: datetime) -> Repositories:
    """The demonstration's repositories with one recipe in ``count`` revisions."""
    both = Repositories(folder / "repositories")
    both.found(folder / "roots", at)
    files = load_bundle(find_bundle("mask-extender"))
    recipe = verify_bundle(files, load_root(default_root_path()), at, "benchmark").recipe
    assert recipe is not None
    numbered = [
        dataclasses.replace(recipe, identity=dataclasses.replace(recipe.identity, revision=number))
        for number in range(1, count + 1)
    ]
    maker, site = load_repository(both.manufacturer), load_repository(both.hospital)
    maker.publish("aids", [(one, files) for one in numbered], at)
    envelope = files["recipe.dsse.json"]
    metadata = site.edit("targets", at)
    for number in range(1, count + 1):
        site._name(metadata.signed, PATH.format(number), envelope, {})
    site.stage("targets", metadata, at)
    for repository, place in ((maker, both.manufacturer), (site, both.hospital)):
        both._finish(repository, at)
        save_repository(repository, place)
    return both


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    at = datetime.now(UTC).replace(microsecond=0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        both = make(folder, count, at)
        roots = {
            part: (folder / "roots" / f"{part}-root.json").read_bytes()
            for part in ("manufacturer", "hospital")
        }
        chain = Chain(folder / "trust", roots, demonstration=True)
        begun = time.perf_counter()
        for part, place in (("manufacturer", both.manufacturer), ("hospital", both.hospital)):
            assert chain.take_in(part, place, at).verdict.accepted
        imported_s = time.perf_counter() - begun
        path = PATH.format(count // 2)

        def ours() -> None:
            with chain.look(at) as look:
                assert look.judge(path).accepted
                assert not hasattr(look.bundle(path), "code")

        def plain() -> None:
            for part, place in (("manufacturer", both.manufacturer), ("hospital", both.hospital)):
                state = folder / f"state-{part}"
                state.mkdir(exist_ok=True)
                updater = Updater(
                    str(state),
                    "metadata/",
                    target_dir=str(state),
                    target_base_url="targets/",
                    fetcher=SourceFetcher(FolderSource(place)),
                    bootstrap=roots[part],
                )
                target = updater.get_targetinfo(path)
                assert target is not None
                updater.download_target(target)

        plain()
        figures = {"ours_ms": median_ms(ours), "plain_python_tuf_ms": median_ms(plain)}
        with chain.look(at) as look:
            begun = time.perf_counter()
            assert all(row.verdict.accepted for row in look.rows())
            rows_ms = (time.perf_counter() - begun) * 1000
        chain.close()
    ratio = figures["ours_ms"] / figures["plain_python_tuf_ms"]
    print(
        json.dumps(
            {
                "recipes": count,
                **{key: round(value, 1) for key, value in figures.items()},
                "ratio": round(ratio, 2),
                "import_of_both_s": round(imported_s, 2),
                "judge_every_recipe_ms": round(rows_ms, 1),
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
