"""Writes the refusal fixture "rolled back": a repository from before a recall, and later marks.

A single bundle cannot be rolled back; a site that remembers can tell. So this fixture is a desk:
first roots and the marks of version N, beside the manufacturer's repository as it was at N - 1,
whole and validly signed, where the recall of N is not yet. Signed with the example keys.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from ..canonical import Json
from ..distribution.chain import Chain
from ..distribution.edit import Repository
from ..distribution.layout import recipe_path
from ..distribution.marks import Mark
from ..distribution.marks_store import MarksStore
from ..distribution.mirror_store import write_zip
from ..distribution.people import Holder, Plan, RolePlan
from ..distribution.signer import KeySigner
from ..recipes.bundle import verify_bundle
from ..recipes.store import default_root_path, load_root
from .signing import FileKey

FAMILY, NAME = "aids", "test-vector"
#: Long enough that the fixture is refused for its flaw, and not for its age.
VALID_DAYS = 20 * 365
OLDER, DESK, MARKS_JSON = "older", "desk", "marks.json"
MARKS_FILE = "marks.sqlite"


def write_rolled_back(
    folder: Path, bundle: Mapping[str, bytes], keys: Sequence[FileKey], at: datetime
) -> None:
    """The fixture as files below ``folder``; ``bundle``: the honest one, published at ``at``."""
    signers = [KeySigner(key) for key in keys]
    maker = _founded("test-vectors", signers, at, {FAMILY: _role(signers)})
    recipe = verify_bundle(bundle, load_root(default_root_path()), at, NAME).recipe
    if recipe is None:
        raise RuntimeError("the honest fixture does not verify")
    maker.publish_signers(default_root_path().read_bytes(), at)
    maker.publish(FAMILY, [(recipe, bundle)], at)
    _finish(maker, signers, at)
    older = dict(maker.files)
    maker.withdraw(recipe_path(FAMILY, NAME, 1), "Recalled: a test vector.", at)
    _finish(maker, signers, at)
    hospital = _founded("test-site", signers, at, {})
    roots = {
        "manufacturer": older["metadata/1.root.json"],
        "hospital": hospital.files["metadata/1.root.json"],
    }
    marks = _marks_of(maker.files, roots, at)
    for name, data in older.items():
        _write(folder / OLDER / name, data)
    for name, data in roots.items():
        _write(folder / DESK / f"{name}-root.json", data)
    rows: list[Json] = [{"repository": mark.repository, **mark.to_json()} for mark in marks]
    _write(folder / MARKS_JSON, f"{json.dumps(rows, indent=1)}\n".encode())
    trust = folder / DESK / "trust"
    trust.mkdir()
    MarksStore(trust / MARKS_FILE, marks).close()


def _role(signers: list[KeySigner]) -> RolePlan:
    holders = tuple(
        Holder(name=f"Example {name}", public=signer.public_key())
        for name, signer in zip(("Quality", "Regulatory"), signers, strict=True)
    )
    return RolePlan(holders=holders, threshold=len(holders), valid_days=VALID_DAYS)


def _founded(
    name: str, signers: list[KeySigner], at: datetime, families: Mapping[str, RolePlan]
) -> Repository:
    role = _role(signers)
    plan = Plan(
        name=name, root=role, targets=role, snapshot=role, timestamp=role, families=families
    )
    repository = Repository.found(plan, at, name)
    if not families:
        _finish(repository, signers, at)
    return repository


def _finish(repository: Repository, signers: list[KeySigner], at: datetime) -> None:
    for role in repository.staged_roles():
        for signer in signers:
            repository.sign(role, signer)
    repository.finish(signers, at)


def _marks_of(
    files: Mapping[str, bytes], roots: Mapping[str, bytes], at: datetime
) -> tuple[Mark, ...]:
    """What a client remembers once it has accepted the newer repository."""
    with tempfile.TemporaryDirectory(prefix="mdps-vector-") as place:
        stick = Path(place) / "newer.zip"
        write_zip(stick, files)
        chain = Chain(Path(place) / "client", roots, demonstration=True)
        try:
            imported = chain.take_in("manufacturer", stick, at)
        finally:
            chain.close()
    if not imported.verdict.accepted:
        raise RuntimeError("the newer repository is not accepted")
    return imported.marks


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
