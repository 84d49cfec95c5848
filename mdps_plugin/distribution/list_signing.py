"""Signing a repository's lists by people who never meet, and installing what is complete.

A changed list is staged; each holder adds a signature to the same bytes. Once every threshold is
met, snapshot and timestamp name it (:meth:`SignedLists.finish`). Opens no file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import SSlibKey
from tuf.api.metadata import Key, Metadata, MetaFile, Root, Signed, Snapshot, Targets, Timestamp

from ..errors import DocumentError
from .layout import TOP_ROLES
from .lists import SERIALIZER, Lists
from .people import holder_of
from .signer import PrivateSigner
from .tuf_signer import TufSigner
from .updater_link import delegations_of, key_value, keys_of

_INSTALLED = "an installed root; mdps recipe status --repository says whose signatures are missing"


@dataclass(frozen=True, kw_only=True)
class SignatureState:
    """How far the signing of one staged list is."""

    role: str
    version: int
    threshold: int
    signed: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def lacking(self) -> int:
        """Signatures still needed."""
        return max(0, self.threshold - len(self.signed))


class SignedLists(Lists):
    """Lists that can be signed and installed."""

    def delegator(self, role: str) -> Root | Targets:
        """Who names the keys of ``role``: the staged root or top list counts, if there is one."""
        holder = "root" if role in TOP_ROLES else "targets"
        return cast("Root | Targets", self.current(holder).signed)

    def sign(self, role: str, signer: PrivateSigner) -> bool:
        """Add a signature to the staged list; False if its delegator does not name the key."""
        metadata = self._waiting(role)
        key = self._key_for(role, signer)
        if key is None:
            return False
        metadata.sign(TufSigner(signer, key), append=True)
        self._write(f"staged/{role}.json", metadata.to_bytes(SERIALIZER))
        return True

    def _key_for(self, role: str, signer: PrivateSigner) -> Key | None:
        wanted = key_value(SSlibKey.from_crypto(signer.public_key()))
        return next((key for key in self._keys_that_count(role) if key_value(key) == wanted), None)

    def _keys_that_count(self, role: str) -> Iterator[Key]:
        """The keys of a role; for a new root also those of the root before it."""
        delegators: list[Signed] = [self.delegator(role)]
        installed = self.newest("root")
        if role == "root" and installed is not None:
            delegators.append(installed.signed)
        for delegator in delegators:
            keys = keys_of(delegator)
            for keyid in delegations_of(delegator).get(role, ([], 0))[0]:
                if keyid in keys:
                    yield keys[keyid]

    def gather(self, other: Lists) -> tuple[str, ...]:
        """Take over the signatures that a copy of this repository has on the same waiting lists.

        Two people may sign copies at the same time. Only signatures that hold, by keys in force,
        are taken; the roles that got one.
        """
        gained: list[str] = []
        for role in self.staged_roles():
            mine, copy = self._waiting(role), other.staged(role)
            if copy is None or copy.signed_bytes != mine.signed_bytes:
                continue
            counts = {key.keyid: key for key in self._keys_that_count(role)}
            before = len(mine.signatures)
            for keyid, signature in copy.signatures.items():
                if keyid in counts and keyid not in mine.signatures:
                    with suppress(UnverifiedSignatureError):
                        counts[keyid].verify_signature(signature, mine.signed_bytes)
                        mine.signatures[keyid] = signature
            if len(mine.signatures) > before:
                self._write(f"staged/{role}.json", mine.to_bytes(SERIALIZER))
                gained.append(role)
        return tuple(gained)

    def states(self) -> tuple[SignatureState, ...]:
        """How many signatures each staged list has, and whose are missing."""
        found: list[SignatureState] = []
        for role in self.staged_roles():
            metadata = self._waiting(role)
            found.append(self._state(role, metadata, self.delegator(role)))
            installed = self.newest("root") if role == "root" else None
            if installed is not None:
                found.append(self._state("root (by the keys before)", metadata, installed.signed))
        return tuple(found)

    def _state(
        self, role: str, metadata: Metadata[Any], delegator: Root | Targets
    ) -> SignatureState:
        name = role.split(" ")[0]
        if name not in delegations_of(delegator):
            raise DocumentError(
                self.source, f"staged/{role}.json", "no such role", "a role of the repository"
            )
        result = delegator.get_verification_result(name, metadata.signed_bytes, metadata.signatures)
        return SignatureState(
            role=role,
            version=metadata.signed.version,
            threshold=result.threshold,
            signed=tuple(holder_of(key) for key in result.signed.values()),
            missing=tuple(holder_of(key) for key in result.unsigned.values()),
        )

    def finish(self, signers: Sequence[PrivateSigner], at: datetime) -> tuple[str, ...]:
        """Install what has enough signatures, then name it in snapshot and timestamp.

        ``signers`` hold the snapshot and timestamp keys. Returns the roles installed; empty, and
        nothing changed, while a signature is missing. The timestamp is the last name written.
        """
        ready = [role for role in self.staged_roles() if self._ready(role)]
        # A list whose delegator still waits cannot be judged by it: wait for the whole.
        if set(ready) != set(self.staged_roles()) or not ready or not self._can_name(signers):
            return ()
        versions = {role: self._waiting(role).signed.version for role in ready}
        for role, version in versions.items():
            self._refuse_again(role, version)
        for role, version in versions.items():
            self._write(f"metadata/{version}.{role}.json", self.files[f"staged/{role}.json"])
            self._remove(f"staged/{role}.json")
        self.renew(signers, at)
        return tuple(ready)

    def _refuse_again(self, role: str, version: int) -> None:
        """:class:`DocumentError` where other bytes were installed under this version or above.

        The same bytes are what a crash leaves between the timestamp and the end of ``staged/``.
        """
        installed = self.newest(role)
        if installed is None or version > installed.signed.version:
            return
        if self.files.get(f"metadata/{version}.{role}.json") == self.files[f"staged/{role}.json"]:
            return
        raise DocumentError(
            self.source,
            f"staged/{role}.json",
            f"version {version}, and version {installed.signed.version} is installed",
            "a newer version; move this old copy away and make the change again",
        )

    def _can_name(self, signers: Sequence[PrivateSigner]) -> bool:
        """True if these signers may sign snapshot and timestamp under the root that will count."""
        root = self.current("root").signed
        for role in ("snapshot", "timestamp"):
            keyids, threshold = delegations_of(root)[role]
            values = {key_value(root.keys[one]) for one in keyids if one in root.keys}
            given = {key_value(SSlibKey.from_crypto(one.public_key())) for one in signers}
            if len(values & given) < threshold:
                return False
        return True

    def _ready(self, role: str) -> bool:
        return all(
            state.lacking == 0 for state in self.states() if state.role.split(" ")[0] == role
        )

    def renew(self, signers: Sequence[PrivateSigner], at: datetime) -> None:
        """A new snapshot and timestamp over what is installed: the sign of life of a repository."""
        snapshot = self.newest("snapshot")
        meta = {}
        for role in self.list_roles():
            installed = self.newest(role)
            if installed is not None:
                meta[f"{role}.json"] = MetaFile(version=installed.signed.version)
        # A list once named must stay named, or every client calls it a rollback.
        for name, item in (snapshot.signed.meta if snapshot is not None else {}).items():
            meta.setdefault(name, item)
        version = 1 if snapshot is None else snapshot.signed.version + 1
        data = self._sign_online(
            "snapshot", Metadata(Snapshot(version=version, meta=meta)), signers, at
        )
        self._write(f"metadata/{version}.snapshot.json", data)
        timestamp = self.newest("timestamp")
        now = Timestamp(version=1 if timestamp is None else timestamp.signed.version + 1)
        now.snapshot_meta = MetaFile.from_data(version, data, ["sha256"])
        self._write(
            "metadata/timestamp.json", self._sign_online("timestamp", Metadata(now), signers, at)
        )

    def _sign_online(
        self, role: str, metadata: Metadata[Any], signers: Sequence[PrivateSigner], at: datetime
    ) -> bytes:
        root = self.newest("root")
        if root is None:
            raise DocumentError(self.source, "root", "none installed yet", _INSTALLED)
        days = self._days(root.signed, role, 1)
        metadata.signed.expires = (at + timedelta(days=days)).replace(microsecond=0)
        for signer in signers:
            key = self._key_for(role, signer)
            if key is not None:
                metadata.sign(TufSigner(signer, key), append=True)
        state = self._state(role, metadata, root.signed)
        if state.lacking:
            raise DocumentError(
                self.source,
                role,
                f"{len(state.signed)} of {state.threshold} signatures",
                f"the key of {' or '.join(state.missing)}",
            )
        return metadata.to_bytes(SERIALIZER)
