"""Verifies one repository at one moment, from the trusted root on, each time.

python-tuf's own state lives in a folder that is thrown away, because the marks and the mirror are
the durable state. Writes nothing else. What came of it: :class:`~.view.View`.
"""

from __future__ import annotations

import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from tuf.api import exceptions
from tuf.api.metadata import Targets

from ..errors import DocumentError, StoreError
from . import codes
from .layout import WITHDRAWN
from .marks_store import MarksStore
from .refusals import explain, found
from .source_store import Source, read_from
from .updater_link import HardenedUpdater, SourceFetcher, json_of
from .view import Named, SignedList, View

_CLIENT_FAULTS = (exceptions.RepositoryError, exceptions.DownloadError, RecursionError)


def refresh(
    repository: str,
    source: Source,
    *,
    bootstrap: bytes,
    at: datetime,
    marks: MarksStore,
    local: Source | None = None,
) -> View:
    """Verify a repository at ``at`` (aware UTC). Never raises for what the source holds.

    :class:`StoreError` if there is no room for python-tuf's throw-away state.
    ``local``: the last accepted mirror; the new one may not fall behind it.
    """
    view = View(repository=repository, at=at, source=source)
    try:
        return _refresh(view, source, bootstrap, marks, local)
    except OSError as fault:
        # The throw-away folder, not the source: a source's faults are findings.
        raise StoreError(f"{tempfile.gettempdir()}: {fault.strerror}") from None


def _refresh(
    view: View, source: Source, bootstrap: bytes, marks: MarksStore, local: Source | None
) -> View:
    repository = view.repository
    with tempfile.TemporaryDirectory(prefix="mdps-tuf-") as name:
        state = Path(name)
        if local is not None:
            _seed(state, local)
        updater: HardenedUpdater | None = None
        try:
            updater = HardenedUpdater(
                repository=repository,
                fetcher=SourceFetcher(source),
                state=state,
                bootstrap=bootstrap,
                at=view.at,
                marks=marks,
                durable=False,
            )
            updater.refresh()
            _load(view, updater, marks)
        except _CLIENT_FAULTS as fault:
            view.findings = (explain(fault, updater, repository, marks),)
            return view
        view.files.update(_accepted_files(state, updater))
        view._updater, view._marks = updater, marks
    return view


def _seed(state: Path, local: Source) -> None:
    """python-tuf's own memory of the last accepted repository, taken from the mirror."""
    (state / "root_history").mkdir()
    newest: dict[str, tuple[int, str]] = {}
    try:
        names = local.names()
    except DocumentError:
        return  # a damaged mirror is no memory; the marks remain
    for name in names:
        folder, _, file = name.rpartition("/")
        if folder != "metadata":
            continue
        head, _, rest = file.partition(".")
        if file == "timestamp.json":
            newest["timestamp.json"] = (0, name)
        elif rest == "root.json":
            _copy(local, name, state / "root_history" / file)
        elif head.isdigit() and (rest not in newest or int(head) > newest[rest][0]):
            newest[rest] = (int(head), name)
    for file, (_, name) in newest.items():
        _copy(local, name, state / file)


def _copy(local: Source, name: str, path: Path) -> None:
    with suppress(DocumentError):
        data = read_from(local, name, 5_000_000)
        if data is not None:
            path.write_bytes(data)


def _load(view: View, updater: HardenedUpdater, marks: MarksStore) -> None:
    """Every list, verified; a delegated one that fails refuses only its own recipes."""
    judged = updater.judged
    loaded: dict[str, Targets] = {"targets": judged.targets}
    delegations = judged.targets.delegations
    for role in delegations.roles or {} if delegations is not None else {}:
        try:
            loaded[role] = updater.load_role(role, "targets")
        except _CLIENT_FAULTS as fault:
            view.faults[role] = explain(fault, updater, view.repository, marks)
            meta = judged.snapshot.meta.get(f"{role}.json")
            if updater.stage == role and meta is not None:
                # Kept for the mirror, so that it says "expired" there too, and not "missing".
                view.files[f"metadata/{meta.version}.{quote(role, '')}.json"] = updater.raw
    covers = dict(delegations.roles or {}) if delegations is not None else {}
    for role, targets in loaded.items():
        withdrawn = json_of(targets).get(WITHDRAWN, {})
        if not _is_withdrawal(withdrawn):
            _malformed(view, role)
            continue
        for path, target in targets.targets.items():
            allowed = role == "targets" or covers[role].is_delegated_path(path)
            if not allowed or "sha256" not in target.hashes:
                view.strays.setdefault(path, role)
            elif path not in view.named:
                custom = target.unrecognized_fields.get("custom")
                view.named[path] = Named(
                    path=path,
                    role=role,
                    sha256=target.hashes["sha256"],
                    length=target.length,
                    custom=custom if isinstance(custom, dict) else {},
                )
        for path, why in withdrawn.items():
            if role == "targets" or covers[role].is_delegated_path(path):
                view.withdrawn[path] = why
    view.lists = tuple(
        SignedList(role=role, version=signed.version, expires=signed.expires)
        for role, signed in (
            ("root", judged.root),
            ("timestamp", judged.timestamp),
            ("snapshot", judged.snapshot),
            *loaded.items(),
        )
    )


def _is_withdrawal(found_there: object) -> bool:
    return isinstance(found_there, dict) and all(
        isinstance(why, dict) and isinstance(why.get("reason"), str) for why in found_there.values()
    )


def _malformed(view: View, role: str) -> None:
    """A list whose withdrawals cannot be read names nothing: it may be hiding a recall."""
    fault = found(
        codes.UNREADABLE,
        view.repository,
        path=f"{role}: {WITHDRAWN}",
        measured="no withdrawals by path",
        limit="an object of paths, each with a reason",
    )
    if role == "targets":
        view.findings = (*view.findings, fault)
    else:
        view.faults[role] = fault


def _accepted_files(state: Path, updater: HardenedUpdater) -> dict[str, bytes]:
    """The verified lists under the names that a repository gives them: what a mirror keeps."""
    files: dict[str, bytes] = {}
    newest = updater.judged.root.version
    for path in (state / "root_history").glob("*.root.json"):
        if int(path.name.partition(".")[0]) <= newest:
            files[f"metadata/{path.name}"] = path.read_bytes()
    for role, mark in updater.judged.reached.items():
        if role == "root":
            continue
        data = (state / f"{quote(role, '')}.json").read_bytes()
        if role == "timestamp":
            files["metadata/timestamp.json"] = data
        else:
            files[f"metadata/{mark.version}.{quote(role, '')}.json"] = data
    return files
