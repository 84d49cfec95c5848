"""Turns what the TUF client refused into a finding that names the attack. Trusts nothing.

python-tuf says that a signature did not hold; a technician needs to know whether somebody forged,
forgot, or used a stolen key. Whatever is read here again from refused bytes chooses words only.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, cast

from tuf.api import exceptions
from tuf.api.metadata import Metadata, Root, Targets

from ..canonical import Json, read_json
from ..errors import DocumentError
from ..findings import Finding, FindingKind, Where
from ..reading import instant_text
from . import codes
from .marks import ROOT
from .marks_store import MarksStore
from .shape import ShapeFault
from .updater_link import (
    HardenedUpdater,
    KeyUnderTwoNames,
    RollbackOfRecord,
    delegations_of,
)

WORDS = {"manufacturer": "manufacturer's", "hospital": "hospital's"}


def words_for(repository: str) -> str:
    """``manufacturer's`` for ``manufacturer``."""
    return WORDS.get(repository, repository)


def found(
    kind: FindingKind,
    repository: str,
    *,
    role: str = "",
    path: str = "",
    measured: str | int | None = None,
    limit: str | int | None = None,
) -> Finding:
    """A finding of this room."""
    return Finding(
        kind=kind,
        where=Where(path=path or None),
        measured=measured,
        limit=limit,
        facts={"repository": words_for(repository), "role": role},
    )


def explain(
    fault: Exception, updater: HardenedUpdater | None, repository: str, marks: MarksStore
) -> Finding:
    """The finding for an exception of the TUF client."""
    role = updater.stage if updater else ROOT
    if isinstance(fault, KeyUnderTwoNames):
        return found(codes.KEY_TWICE, repository, role=fault.role, measured=fault.keyid[:16])
    if isinstance(fault, RollbackOfRecord):
        return found(
            codes.ROLLBACK_OF_RECORD,
            repository,
            role=fault.role,
            measured=fault.version,
            limit=fault.mark,
        )
    if isinstance(fault, ShapeFault):
        return shape_finding(fault.fault, repository)
    if isinstance(fault, exceptions.DownloadLengthMismatchError):
        return found(codes.ENDLESS, repository, path=f"{role}.json")
    if isinstance(fault, exceptions.DownloadError):
        return found(codes.INCOMPLETE, repository, path=f"metadata/{role}.json")
    if updater is None:
        return found(
            codes.UNREADABLE, repository, path="root", measured=_plain(fault), limit="a TUF root"
        )
    if isinstance(fault, exceptions.ExpiredMetadataError):
        return _expired(fault, updater, repository)
    if isinstance(fault, exceptions.UnsignedMetadataError):
        return signature_finding(updater, repository, marks)
    if isinstance(fault, exceptions.LengthOrHashMismatchError):
        return found(codes.MIXED, repository, path=f"{role}: other bytes than named")
    if isinstance(fault, exceptions.BadVersionNumberError):
        return _version(fault, updater, repository)
    if "missing info for" in str(fault):
        return found(codes.SNAPSHOT_ROLLBACK, repository, path=_plain(fault))
    return _unreadable(fault, updater, repository)


def shape_finding(fault: DocumentError, repository: str) -> Finding:
    """A document error of the source: a bad name, a link, a broken or doubled zip member."""
    if "the file name" in fault.observed:
        return found(codes.BAD_PATH, repository, path=fault.observed.removeprefix("the file name "))
    return found(
        codes.UNREADABLE,
        repository,
        path=fault.path or "the stick",
        measured=fault.observed[:120],
        limit=fault.allowed,
    )


def _plain(fault: Exception) -> str:
    return str(fault)[:120] or type(fault).__name__


def _expired(fault: Exception, updater: HardenedUpdater, repository: str) -> Finding:
    judged = updater.judged
    if "root" in str(fault):
        ended = instant_text(judged.root.expires)
        return found(codes.ROOT_EXPIRED, repository, role=ROOT, measured=ended)
    if "timestamp" in judged and judged.timestamp.is_expired(judged.reference_time):
        return found(codes.FROZEN, repository, measured=instant_text(judged.timestamp.expires))
    role = updater.stage
    ended = "an earlier day"
    with suppress(Exception):  # the bytes chose only words
        ended = instant_text(Metadata[Any].from_bytes(updater.raw).signed.expires)
    return found(codes.ROLE_EXPIRED, repository, role=role, measured=ended)


def _version(fault: Exception, updater: HardenedUpdater, repository: str) -> Finding:
    judged, role = updater.judged, updater.stage
    if role == "timestamp" and "timestamp" in judged:
        version: int | str = "older"
        with suppress(Exception):
            version = Metadata[Any].from_bytes(updater.raw).signed.version
        if version != "older" and int(version) >= judged.timestamp.version:
            return found(codes.SNAPSHOT_ROLLBACK, repository, path=_plain(fault))
        limit = judged.timestamp.version
        return found(codes.ROLLBACK, repository, role=role, measured=version, limit=limit)
    if role == "snapshot" and "snapshot" in judged and "Expected snapshot" not in str(fault):
        return found(codes.SNAPSHOT_ROLLBACK, repository, path=_plain(fault))
    if role == ROOT:
        return found(codes.ROLLBACK, repository, role=role, measured=_plain(fault), limit="next")
    return found(codes.MIXED, repository, path=f"{role}: {_plain(fault)}")


def _unreadable(fault: Exception, updater: HardenedUpdater, repository: str) -> Finding:
    doubled = _doubled_keyid(updater.raw)
    if doubled:
        return found(codes.SIGNATURE_DOUBLED, repository, role=updater.stage, measured=doubled[:16])
    return found(
        codes.UNREADABLE,
        repository,
        path=f"{updater.stage}.json",
        measured=_plain(fault),
        limit="a signed TUF list",
    )


def _signatures(raw: bytes) -> list[str]:
    """The key ids that a refused document claims, in order; empty if it is no such document."""
    try:
        document: Json = read_json(raw, "metadata")
    except DocumentError:
        return []
    found_ids: list[str] = []
    signatures = document.get("signatures") if isinstance(document, dict) else None
    for item in signatures if isinstance(signatures, list) else []:
        keyid = item.get("keyid") if isinstance(item, dict) else None
        if isinstance(keyid, str):
            found_ids.append(keyid)
    return found_ids


def _doubled_keyid(raw: bytes) -> str:
    seen: set[str] = set()
    for keyid in _signatures(raw):
        if keyid in seen:
            return keyid
        seen.add(keyid)
    return ""


def signature_finding(updater: HardenedUpdater, repository: str, marks: MarksStore) -> Finding:
    """Why the signatures of the refused document were not enough."""
    role, raw = updater.stage, updater.raw
    delegator = cast("Root | Targets", updater.judged[updater.parent if role != ROOT else ROOT])
    keyids, threshold = delegations_of(delegator).get(role, ([], 1))
    claimed = _signatures(raw)
    valid = _valid(delegator, role, raw)
    older = _seen_before(raw, role, repository, marks)
    if not claimed:
        kind = codes.UNSIGNED
    elif role == ROOT and _signed_by_itself(raw):
        kind = codes.ROOT_NOT_CHAINED
    elif any(
        keyid not in keyids and marks.was_key(repository, role, keyid) for keyid in claimed
    ) or any(keyid not in keyids and _retired(updater, role, keyid) for keyid in claimed):
        if older is not None:
            # A stick from before the keys changed is old; only a newer list says "stolen".
            version, mark = older
            return found(codes.ROLLBACK, repository, role=role, measured=version, limit=mark)
        kind = codes.REVOKED_KEY
    elif any(keyid in keyids and keyid not in valid for keyid in claimed):
        kind = codes.METADATA_ALTERED
    elif not any(keyid in keyids for keyid in claimed):
        kind = codes.STRANGERS
    else:
        kind = codes.BELOW_THRESHOLD
    return found(kind, repository, role=role, measured=len(valid), limit=threshold)


def _seen_before(
    raw: bytes, role: str, repository: str, marks: MarksStore
) -> tuple[int, int] | None:
    """Version of a refused list and the newest one accepted by any keys, if it is not newer."""
    newest = max((mark.version for mark in marks.all(repository) if mark.role == role), default=0)
    with suppress(Exception):  # the bytes chose only words
        version = Metadata[Any].from_bytes(raw).signed.version
        if version <= newest:
            return version, newest
    return None


def _retired(updater: HardenedUpdater, role: str, keyid: str) -> bool:
    named = updater.judged.named_keys
    return any(place[1] == role and keyid in ids for place, ids in named.items())


def _valid(delegator: Root | Targets, role: str, raw: bytes) -> set[str]:
    with suppress(Exception):
        document = Metadata[Any].from_bytes(raw)
        result = delegator.get_verification_result(role, document.signed_bytes, document.signatures)
        return set(result.signed)
    return set()


def _signed_by_itself(raw: bytes) -> bool:
    with suppress(Exception):
        document = Metadata[Root].from_bytes(raw)
        result = document.signed.get_verification_result(
            ROOT, document.signed_bytes, document.signatures
        )
        return bool(result.verified)
    return False
