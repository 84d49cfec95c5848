"""1,000 recipes in one repository: our client beside plain python-tuf, in one run.

``python benchmarks/trust.py [RECIPES]``. Both read the same folder at the same moment and end with
the verified bytes of one recipe. Ours does more: marks, double keys, every list, both repositories.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from tuf.ngclient import Updater

from mdps_plugin.authoring.signing import load_signing_key, make_payload, sign_payload
from mdps_plugin.cli.recipe.draft_options import signed_document
from mdps_plugin.demonstration.repositories import Repositories
from mdps_plugin.distribution.chain import Chain
from mdps_plugin.distribution.repository_store import load_repository, save_repository
from mdps_plugin.distribution.signer import KeySigner
from mdps_plugin.distribution.source_store import FolderSource
from mdps_plugin.distribution.updater_link import SourceFetcher
from mdps_plugin.recipes.bundle import verify_bundle
from mdps_plugin.recipes.document import Recipe
from mdps_plugin.recipes.parse import ENVELOPE_NAME
from mdps_plugin.recipes.store import (
    default_root_path,
    find_bundle,
    load_bundle,
    load_root,
    recipes_folder,
)

ROUNDS = 9
KEYS = recipes_folder() / "example-keys"
PATH = "aids/mask-extender/{}/recipe.dsse.json"


def median_ms(act: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        act()
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)


def revisions(count: int, at: datetime) -> Iterator[tuple[Recipe, dict[str, bytes]]]:
    """One shipped recipe in so many revisions, each signed with the example keys."""
    files = dict(load_bundle(find_bundle("mask-extender")))
    document = signed_document(files.pop(ENVELOPE_NAME), "benchmark")
    assert isinstance(document, dict)
    assert isinstance(document["identity"], dict)
    keys = [
        KeySigner(load_signing_key((KEYS / f"{name}.pem").read_bytes(), name))
        for name in ("quality", "regulatory")
    ]
    root = load_root(default_root_path())
    for number in range(1, count + 1):
        identity = {**document["identity"], "revision": number, "change_note": "Numbered."}
        payload = make_payload({**document, "identity": identity}, files, "benchmark")
        bundle = {**files, ENVELOPE_NAME: sign_payload(payload, keys)}
        recipe = verify_bundle(bundle, root, at, "benchmark").recipe
        assert recipe is not None
        yield recipe, bundle


def make(folder: Path, count: int, at: datetime) -> Repositories:
    """The demonstration's repositories with one recipe in ``count`` revisions."""
    both = Repositories(folder / "repositories")
    both.found(folder / "roots", at)
    maker, site = load_repository(both.manufacturer), load_repository(both.hospital)
    bundles = list(revisions(count, at))
    maker.publish("aids", bundles, at)
    metadata = site.edit("targets", at)
    for recipe, files in bundles:
        path = PATH.format(recipe.identity.revision)
        site._name(metadata.signed, path, files[ENVELOPE_NAME], {})
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
