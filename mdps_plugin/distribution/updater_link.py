"""The hardened TUF client: python-tuf's workflow, with what it leaves open closed.

python-tuf 7.0.1 verifies; this file adds, as sub-classes over its two private seams (hence the
exact pin, and tuf-conformance against this very class): the moment to judge by is an argument;
nothing becomes trusted below the durable marks of :mod:`.marks_store`, so that an emptied or wiped
state folder cannot bring an old repository back; one key under two key ids never becomes trusted;
every file is durable before it takes the place of the old one. Naming attacks: :mod:`.refusals`.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from tuf.api import exceptions
from tuf.api.metadata import Key, Root, Signed, Targets
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig
from tuf.ngclient._internal.trusted_metadata_set import TrustedMetadataSet

from ..canonical import MAX_SAFE_INTEGER
from ..errors import DocumentError
from .marks import ROOT, Mark
from .marks_store import MarksStore
from .shape import ShapeFault, refuse_double_names
from .source_store import Source


class RollbackOfRecord(exceptions.RepositoryError):
    """A list is older than the durable marks know."""

    def __init__(self, role: str, version: int, mark: int) -> None:
        """Keep the numbers for the words of the refusal."""
        super().__init__(f"{role} version {version}, on record {mark}")
        self.role, self.version, self.mark = role, version, mark


class KeyUnderTwoNames(exceptions.RepositoryError):
    """A delegation names one key value under two key ids."""

    def __init__(self, role: str, keyid: str) -> None:
        """Keep the role and one of the names."""
        super().__init__(f"{role} names one key twice: {keyid}")
        self.role, self.keyid = role, keyid


class SourceFetcher(FetcherInterface):
    """Reads from a :class:`~.source_store.Source`; an absent file is HTTP's 404 to the client."""

    def __init__(self, source: Source) -> None:
        """``source`` stays the caller's to close."""
        self.source = source

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            pieces = self.source.chunks(url)
        except DocumentError as fault:
            raise ShapeFault(fault) from None
        if pieces is None:
            raise exceptions.DownloadHTTPError(f"{url} is missing", 404)
        return _tame(pieces)


def _tame(pieces: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from pieces
    except DocumentError as fault:
        raise ShapeFault(fault) from None


def key_value(key: Key) -> tuple[str, str]:
    """What the key is, whatever it is called: two PEM spellings of one key compare equal."""
    public = str(key.keyval.get("public", ""))
    if "-----BEGIN" in public:
        from cryptography.hazmat.primitives import serialization

        with suppress(ValueError, UnsupportedAlgorithm):
            material = serialization.load_pem_public_key(public.encode())
            encoded = material.public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            return "spki", hashlib.sha256(encoded).hexdigest()
    with suppress(ValueError):
        # bytes.fromhex, as the verifier reads it: white space and case are no other key.
        return key.keytype, hashlib.sha256(bytes.fromhex(public)).hexdigest()
    return key.keytype, hashlib.sha256(public.encode("utf-8", "surrogatepass")).hexdigest()


def delegations_of(signed: Signed) -> Mapping[str, tuple[list[str], int]]:
    """Role to (key ids, threshold) of everything that ``signed`` delegates to."""
    if isinstance(signed, Root):
        return {name: (list(role.keyids), role.threshold) for name, role in signed.roles.items()}
    if isinstance(signed, Targets) and signed.delegations and signed.delegations.roles:
        roles = signed.delegations.roles
        return {name: (list(role.keyids), role.threshold) for name, role in roles.items()}
    return {}


def keys_of(signed: Signed) -> Mapping[str, Key]:
    """Key id to key of everything that ``signed`` delegates to."""
    if isinstance(signed, Root):
        return signed.keys
    if isinstance(signed, Targets) and signed.delegations:
        return signed.delegations.keys
    return {}


def refuse_double_keys(signed: Signed) -> None:
    """:class:`KeyUnderTwoNames` if a role counts one key value under two key ids.

    TUF 1.0.34, 4.2 has clients calculate key ids; TAP 12 and python-tuf let them be any string.
    """
    keys = keys_of(signed)
    for role, (keyids, _) in delegations_of(signed).items():
        seen: set[tuple[str, str]] = set()
        for keyid in keyids:
            if keyid not in keys:
                raise exceptions.RepositoryError(f"{role} names a key that is not there")
            value = key_value(keys[keyid])
            if value in seen:
                raise KeyUnderTwoNames(role, keyid)
            seen.add(value)


def keys_digest(delegator: Signed, role: str) -> str:
    """SHA-256 over the values of the keys that ``delegator`` names for ``role``."""
    keyids, _ = delegations_of(delegator)[role]
    keys = keys_of(delegator)
    values = sorted(":".join(key_value(keys[keyid])) for keyid in keyids)
    return hashlib.sha256("\n".join(values).encode()).hexdigest()


class JudgedSet(TrustedMetadataSet):
    """python-tuf's set of trusted metadata, with the marks and the double-key rule before it."""

    def __init__(
        self, bootstrap: bytes, config: UpdaterConfig, marks: MarksStore, name: str
    ) -> None:
        """``name``: the repository whose marks count."""
        self._marks, self._name = marks, name
        self.reached: dict[str, Mark] = {}
        self._kin: list[str] = []
        self._held: set[tuple[str, str]] = set()
        self.named_keys: dict[tuple[str, str], set[str]] = {}
        super().__init__(bootstrap, config.envelope_type)

    def _add(self, role: str, signed: Signed, delegator: str) -> None:
        refuse_double_keys(signed)
        if signed.version > MAX_SAFE_INTEGER:
            raise exceptions.RepositoryError(f"{role} version {signed.version}: too large")
        digest = self._keys_of_mark(role, delegator)
        # The newest root is known only when no newer one follows: judged after the chain.
        if role != ROOT:
            self._judge(role, digest, signed.version)
        super()._add(role, signed, delegator)
        if role == ROOT:
            self._note_timestamp_keys()
        self.reached[role] = Mark(
            repository=self._name, role=role, keys=digest, version=signed.version
        )
        for name, (keyids, _) in delegations_of(signed).items():
            self.named_keys.setdefault((self._name, name), set()).update(keyids)

    def _keys_of_mark(self, role: str, delegator: str) -> str:
        """Whose keys a mark belongs to: the role's, and of those lists that state its version.

        A stolen snapshot key can push any list's version up (fast-forward). TUF mends that by new
        timestamp or snapshot keys, with the list's own keys unchanged (1.0.34, 5.3.11).
        """
        if role == ROOT:
            return ""
        stated = {"timestamp": (), "snapshot": ("timestamp",)}.get(role, ("timestamp", "snapshot"))
        parts = [keys_digest(self.root, name) for name in stated]
        return hashlib.sha256(
            "\n".join([*parts, keys_digest(self[delegator], role)]).encode()
        ).hexdigest()

    def _note_timestamp_keys(self) -> None:
        """Marks of earlier keys count on while a key was kept: its old timestamps still verify."""
        keyids, _ = delegations_of(self.root)["timestamp"]
        values = {key_value(self.root.keys[keyid]) for keyid in keyids}
        if not values & self._held:
            self._kin.clear()
        self._held = values
        self._kin.append(self._keys_of_mark("timestamp", ROOT))

    def _judge(self, role: str, digest: str, version: int) -> None:
        places = {digest, *(self._kin if role == "timestamp" else ())}
        mark = max(self._marks.version(self._name, role, place) for place in places)
        if version < mark:
            raise RollbackOfRecord(role, version, mark)

    def judge_root(self) -> None:
        """:class:`RollbackOfRecord` if the chain of roots ended below the mark."""
        self._judge(ROOT, "", self.root.version)


class HardenedUpdater(Updater):
    """One refresh of one repository at one moment. ``stage`` and ``raw`` are for refusals."""

    def __init__(
        self,
        *,
        repository: str,
        fetcher: FetcherInterface,
        state: Path,
        bootstrap: bytes,
        at: datetime,
        marks: MarksStore,
        durable: bool = True,
        metadata_url: str = "metadata/",
        targets_url: str = "targets/",
        target_dir: str | None = None,
    ) -> None:
        """``state``: folder of python-tuf's own copies; ``durable`` false if it is thrown away."""
        self._durable = durable
        self.stage, self.parent, self.raw = ROOT, ROOT, b""
        super().__init__(
            metadata_dir=str(state),
            metadata_base_url=metadata_url,
            target_dir=target_dir,
            target_base_url=targets_url,
            fetcher=fetcher,
            bootstrap=bootstrap,
        )
        judged = JudgedSet(bootstrap, self.config, marks, repository)
        judged.reference_time = at
        self.judged = judged
        self._trusted_set = judged
        self._marks, self._repository, self._at = marks, repository, at

    def commit(self, *, note_time: bool) -> tuple[Mark, ...]:
        """Raise the durable marks to what was reached. Call it once everything was accepted."""
        reached = tuple(sorted(self.judged.reached.values()))
        accepted = (self._repository, self._at) if note_time else None
        above = any(
            mark.version > self._marks.version(mark.repository, mark.role, mark.keys)
            for mark in reached
        )
        if note_time or above:
            self._marks.accept(reached, self.judged.named_keys, accepted)
        return reached

    def load_role(self, role: str, parent: str) -> Targets:
        """A delegated list, verified against ``parent``."""
        return self._load_targets(role, parent)

    def _load_targets(self, role: str, parent_role: str) -> Targets:
        self.parent = parent_role
        return super()._load_targets(role, parent_role)

    def _load_root(self) -> None:
        super()._load_root()
        self.judged.judge_root()

    def _download_metadata(self, rolename: str, length: int, version: int | None = None) -> bytes:
        self.stage, self.raw = rolename, b""
        if rolename in ("timestamp", "snapshot", "targets"):
            self.parent = ROOT
        self.raw = super()._download_metadata(rolename, length, version)
        refuse_double_names(self.raw, rolename)
        return self.raw

    def _persist_file(self, filename: str, data: bytes) -> None:
        """Durable before it replaces the old file; the same bytes are not written again."""
        path = Path(filename)
        with suppress(OSError):
            if path.read_bytes() == data:
                return
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                if self._durable:
                    stream.flush()
                    os.fsync(stream.fileno())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        if self._durable:
            descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def json_of(signed: Signed) -> dict[str, Any]:
    """Fields that TUF does not know, as they were signed."""
    return dict(signed.unrecognized_fields)
