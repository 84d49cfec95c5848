"""Editing a repository in memory: found, publish, revoke, approve, sign, renew. Opens no file.

A change is staged, signed by people who need not meet, and installed once its threshold is met;
only then do snapshot and timestamp name it (:meth:`Repository.finish`). Layout: docs/trust.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from securesystemslib.signer import SSlibKey
from tuf.api import exceptions
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Key,
    Metadata,
    MetaFile,
    Root,
    Signed,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization import DeserializationError
from tuf.api.serialization.json import JSONSerializer

from ..canonical import sha256_hex
from ..errors import DocumentError
from ..reading import instant_text
from ..recipes.document import Recipe
from ..recipes.keys import KeyMaterial
from ..recipes.parse import ENVELOPE_NAME
from .layout import (
    BLOBS,
    HOLDER,
    NAME,
    POLICY_TARGET,
    SIGNERS_TARGET,
    TOP_ROLES,
    VALID_DAYS,
    WITHDRAWN,
    family_role,
    read_recipe_path,
    recipe_path,
    target_file,
)
from .signer import PrivateSigner
from .tuf_signer import TufSigner
from .updater_link import KeyUnderTwoNames, delegations_of, key_value, keys_of, refuse_double_keys

MAX_DAYS = 36_525
_SERIALIZER = JSONSerializer(compact=True)


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A person (or a service) with a public key."""

    name: str
    public: KeyMaterial


@dataclass(frozen=True, kw_only=True)
class RolePlan:
    """Who signs for a role, how many of them, and for how long a list is good."""

    holders: tuple[Holder, ...]
    threshold: int
    valid_days: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A repository to be founded. ``families`` is empty for a hospital: it delegates nothing."""

    name: str
    root: RolePlan
    targets: RolePlan
    snapshot: RolePlan
    timestamp: RolePlan
    families: Mapping[str, RolePlan] = field(default_factory=dict)


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


def tuf_key(holder: Holder) -> Key:
    """The TUF key of a holder; its id is computed from its value."""
    key = SSlibKey.from_crypto(holder.public)
    key.unrecognized_fields[HOLDER] = holder.name
    return key


def holder_of(key: Key) -> str:
    """The printed name that the repository gives for a key."""
    return str(key.unrecognized_fields.get(HOLDER, key.keyid[:16]))


class Repository:
    """Names to bytes. ``changed`` are the names to write, in an order that is safe to stop in."""

    def __init__(self, files: Mapping[str, bytes], source: str) -> None:
        """``source`` names the repository in errors."""
        self.files = dict(files)
        self.source = source
        self.changed: list[str] = []
        self.removed: list[str] = []

    @classmethod
    def found(cls, plan: Plan, at: datetime, source: str) -> Repository:
        """A new repository, everything staged and nothing signed."""
        repository = cls({}, source)
        plans = {role: cast(RolePlan, getattr(plan, role)) for role in TOP_ROLES}
        root = Root(consistent_snapshot=True)
        days = {role: item.valid_days for role, item in plans.items()}
        for family, item in plan.families.items():
            days[family_role(plan.name, family)] = item.valid_days
        root.unrecognized_fields[NAME] = plan.name
        root.unrecognized_fields[VALID_DAYS] = days
        for role, item in plans.items():
            for holder in item.holders:
                root.add_key(tuf_key(holder), role)
            root.roles[role].threshold = item.threshold
        targets = Targets()
        if plan.families:
            targets.delegations = Delegations(keys={}, roles={})
        repository._stage("root", Metadata(root), at, days["root"])
        for family, item in plan.families.items():
            role = family_role(plan.name, family)
            _delegate(targets, role, family, item)
            repository._stage(role, Metadata(Targets()), at, days[role])
        repository._stage("targets", Metadata(targets), at, days["targets"])
        for signed in (root, targets):
            repository._sound(signed)
        return repository

    def _sound(self, signed: Signed) -> None:
        try:
            refuse_double_keys(signed)
        except KeyUnderTwoNames as fault:
            raise DocumentError(
                self.source, fault.role, "one key under two names", "each key once"
            ) from None

    # Reading

    def newest(self, role: str) -> Metadata[Any] | None:
        """The newest installed list of a role; None before the first."""
        if role == "timestamp":
            data = self.files.get("metadata/timestamp.json")
            return None if data is None else self._parse(data, "timestamp.json", role)
        suffix = f".{role}.json"
        versions = [
            int(head)
            for name in self.files
            if name.startswith("metadata/") and name.endswith(suffix)
            for head in [name.removeprefix("metadata/").removesuffix(suffix)]
            if head.isdigit()
        ]
        if not versions:
            return None
        name = f"metadata/{max(versions)}{suffix}"
        return self._parse(self.files[name], name, role)

    def _parse(self, data: bytes, name: str, role: str) -> Metadata[Any]:
        try:
            metadata = Metadata[Any].from_bytes(data)
        except (DeserializationError, exceptions.RepositoryError, RecursionError) as fault:
            raise DocumentError(self.source, name, str(fault)[:120], "a TUF list") from None
        kind = role if role in TOP_ROLES else "targets"
        if metadata.signed.type != kind:
            raise DocumentError(
                self.source, name, f"a {metadata.signed.type} list", f"a {kind} list"
            )
        return metadata

    def staged(self, role: str) -> Metadata[Any] | None:
        """The list that waits for signatures, if any."""
        name = f"staged/{role}.json"
        return self._parse(self.files[name], name, role) if name in self.files else None

    def _waiting(self, role: str) -> Metadata[Any]:
        metadata = self.staged(role)
        if metadata is None:
            raise DocumentError(self.source, f"staged/{role}.json", "no such file", "a staged list")
        return metadata

    def staged_roles(self) -> tuple[str, ...]:
        """Roles with a list that waits, in the order in which they are installed."""
        names = [
            name.removeprefix("staged/").removesuffix(".json")
            for name in self.files
            if name.startswith("staged/")
        ]
        order = {"root": 0, "targets": 1}
        return tuple(sorted(names, key=lambda role: (order.get(role, 2), role)))

    def current(self, role: str) -> Metadata[Any]:
        """What is staged, else what is installed; :class:`DocumentError` if neither.

        A copy of ``staged/`` that comes back is older than what is installed: it would undo a
        recall, and give a version number out twice. The installed list counts then.
        """
        staged, installed = self.staged(role), self.newest(role)
        if staged is not None and (
            installed is None or staged.signed.version > installed.signed.version
        ):
            return staged
        if installed is None:
            raise DocumentError(self.source, role, "no such list", "a repository with this role")
        return installed

    @property
    def name(self) -> str:
        """The name that the root gives the repository."""
        return str(self.current("root").signed.unrecognized_fields.get(NAME, ""))

    def families(self) -> tuple[str, ...]:
        """The families that the repository delegates."""
        delegations = self.current("targets").signed.delegations
        prefix = f"{self.name}."
        roles = delegations.roles if delegations is not None and delegations.roles else {}
        return tuple(role.removeprefix(prefix) for role in roles)

    def list_roles(self) -> tuple[str, ...]:
        """Every list that can name recipes."""
        return ("targets", *(family_role(self.name, family) for family in self.families()))

    # Changing

    def edit(self, role: str, at: datetime) -> Metadata[Any]:
        """A copy to change, one version on, unsigned; give it back to :meth:`stage`."""
        metadata = self.current(role)
        metadata.signatures.clear()
        installed = self.newest(role)
        if installed is not None and metadata.signed.version <= installed.signed.version:
            metadata.signed.version += 1
        return metadata

    def stage(self, role: str, metadata: Metadata[Any], at: datetime) -> None:
        """Put a changed list where it waits for signatures."""
        self._stage(role, metadata, at, self._days(self.current("root").signed, role, 30))

    def _days(self, root: Signed, role: str, default: int) -> int:
        """For how many days the root says that a list of this role is good."""
        days = root.unrecognized_fields.get(VALID_DAYS, {})
        found = days.get(role, default) if isinstance(days, dict) else None
        if type(found) is not int or not 1 <= found <= MAX_DAYS:
            allowed = f"days by role, 1 to {MAX_DAYS}"
            raise DocumentError(self.source, f"{VALID_DAYS}.{role}", "no number of days", allowed)
        return found

    def _stage(self, role: str, metadata: Metadata[Any], at: datetime, days: int) -> None:
        metadata.signed.expires = (at + timedelta(days=days)).replace(microsecond=0)
        metadata.signatures.clear()
        self._write(f"staged/{role}.json", metadata.to_bytes(_SERIALIZER))

    def _write(self, name: str, data: bytes) -> None:
        self.files[name] = data
        if name in self.changed:
            self.changed.remove(name)
        self.changed.append(name)

    def _remove(self, name: str) -> None:
        self.files.pop(name, None)
        if name in self.changed:
            self.changed.remove(name)
        self.removed.append(name)

    def publish(
        self, family: str, bundles: Iterable[tuple[Recipe, Mapping[str, bytes]]], at: datetime
    ) -> tuple[str, ...]:
        """Name recipes in the list of a family; their files go beside it. The paths named."""
        if family not in self.families():
            known = ", ".join(self.families()) or "none"
            raise DocumentError(self.source, "family", repr(family[:80]), f"one of: {known}")
        role = family_role(self.name, family)
        metadata = self.edit(role, at)
        targets: Targets = metadata.signed
        named: list[str] = []
        for recipe, files in bundles:
            path = recipe_path(family, recipe.identity.recipe_id, recipe.identity.revision)
            envelope = files[ENVELOPE_NAME]
            self._refuse_reuse(role, path, envelope)
            custom = {
                "recipe_digest": recipe.digest,
                "revision": recipe.identity.revision,
                "printer": recipe.printer.model,
            }
            self._name(targets, path, envelope, custom)
            for name, data in files.items():
                blob = f"{BLOBS}/{sha256_hex(data)}"
                if name != ENVELOPE_NAME and blob not in self.files:
                    self._write(blob, data)
            named.append(path)
        self.stage(role, metadata, at)
        return tuple(named)

    def _refuse_reuse(self, role: str, path: str, envelope: bytes) -> None:
        """One name and revision is one file, in all families: a recall speaks of both alike."""
        wanted = (read_recipe_path(path) or ("", "", 0))[1:]
        for name in self.list_roles():
            targets: Targets = self.current(name).signed
            for used in self._withdrawn(targets):
                if (read_recipe_path(used) or ("", "", 0))[1:] == wanted:
                    raise DocumentError(self.source, used, "withdrawn before", "a new revision")
            for used, item in targets.targets.items():
                if (read_recipe_path(used) or ("", "", 0))[1:] != wanted:
                    continue
                same = (name, used) == (role, path)
                if not same or item.hashes.get("sha256") != sha256_hex(envelope):
                    observed = "other bytes named before" if same else "named by another family"
                    raise DocumentError(self.source, used, observed, "a new revision")

    def _withdrawn(self, targets: Targets) -> dict[str, Any]:
        """What a list withdraws; to change it, give it to the list again."""
        withdrawn = targets.unrecognized_fields.get(WITHDRAWN, {})
        if not isinstance(withdrawn, dict):
            raise DocumentError(self.source, WITHDRAWN, "no object", "paths with their reasons")
        return withdrawn

    def _name(self, targets: Targets, path: str, data: bytes, custom: Mapping[str, Any]) -> None:
        target = TargetFile.from_data(path, data, ["sha256"])
        target.unrecognized_fields["custom"] = dict(custom)
        targets.targets[path] = target
        self._write(target_file(path, target.hashes["sha256"]), data)

    def publish_signers(self, data: bytes, at: datetime) -> None:
        """Say whose signatures on recipes count: an ``mdps-root/1``, in the top list."""
        metadata = self.edit("targets", at)
        self._name(metadata.signed, SIGNERS_TARGET, data, {})
        self.stage("targets", metadata, at)

    def publish_policy(self, data: bytes, version: int, at: datetime) -> None:
        """Name the hospital's signed site policy; a version that does not rise is refused."""
        metadata = self.edit("targets", at)
        present = metadata.signed.targets.get(POLICY_TARGET)
        custom = present.unrecognized_fields.get("custom", {}) if present is not None else {}
        before = custom.get("version", 0)
        if not isinstance(before, int) or version <= before:
            raise DocumentError(
                self.source, POLICY_TARGET, f"version {version}", f"above version {before}"
            )
        self._name(metadata.signed, POLICY_TARGET, data, {"version": version})
        self.stage("targets", metadata, at)

    def approve(
        self,
        path: str,
        *,
        sha256: str,
        length: int,
        recipe_digest: str,
        qualification: str,
        at: datetime,
    ) -> None:
        """Name a manufacturer's recipe as approved here; the bytes stay the manufacturer's."""
        metadata = self.edit("targets", at)
        targets: Targets = metadata.signed
        target = TargetFile(length, {"sha256": sha256}, path)
        target.unrecognized_fields["custom"] = {
            "recipe_digest": recipe_digest,
            "local_qualification": qualification,
            "approved": instant_text(at.replace(microsecond=0)),
        }
        targets.targets[path] = target
        self._withdrawn(targets).pop(path, None)
        self.stage("targets", metadata, at)

    def withdraw(self, path: str, reason: str, at: datetime) -> str:
        """Name a recipe no longer, and say why; the list that named it.

        A manufacturer's revocation and a hospital's withdrawal are the same act on two
        repositories. :class:`DocumentError` if no list names the path.
        """
        for role in self.list_roles():
            if path not in self.current(role).signed.targets:
                continue
            metadata = self.edit(role, at)
            targets: Targets = metadata.signed
            del targets.targets[path]
            withdrawn = self._withdrawn(targets)
            withdrawn[path] = {"reason": reason, "at": instant_text(at.replace(microsecond=0))}
            targets.unrecognized_fields[WITHDRAWN] = withdrawn
            self.stage(role, metadata, at)
            return role
        raise DocumentError(self.source, path, "not named", "a recipe that the repository names")

    def rotate(self, role: str, plan: RolePlan, at: datetime) -> None:
        """Give a role new keys: a new root for a top role, a new top list for a family."""
        if role in TOP_ROLES:
            metadata = self.edit("root", at)
            root: Root = metadata.signed
            for keyid in list(root.roles[role].keyids):
                root.revoke_key(keyid, role)
            for holder in plan.holders:
                root.add_key(tuf_key(holder), role)
            root.roles[role].threshold = plan.threshold
            self._sound(root)
            self.stage("root", metadata, at)
            return
        metadata = self.edit("targets", at)
        targets: Targets = metadata.signed
        if targets.delegations is None or role not in (targets.delegations.roles or {}):
            raise DocumentError(self.source, role, "no such role", "a role of the repository")
        _delegate(targets, role, role.removeprefix(f"{self.name}."), plan)
        self._sound(targets)
        self.stage("targets", metadata, at)
        # The family's list must be signed anew with the keys that count now.
        self.stage(role, self.edit(role, at), at)

    # Signing

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
        self._write(f"staged/{role}.json", metadata.to_bytes(_SERIALIZER))
        return True

    def _key_for(self, role: str, signer: PrivateSigner) -> Key | None:
        wanted = key_value(SSlibKey.from_crypto(signer.public_key()))
        delegators: list[Signed] = [self.delegator(role)]
        installed = self.newest("root")
        if role == "root" and installed is not None:
            delegators.append(installed.signed)
        for delegator in delegators:
            keys = cast("dict[str, Key]", keys_of(delegator))
            for keyid in delegations_of(delegator).get(role, ([], 0))[0]:
                if keyid in keys and key_value(keys[keyid]) == wanted:
                    return keys[keyid]
        return None

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
        name = "root" if role.startswith("root") else role
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
            raise DocumentError(self.source, "root", "none installed", "a signed root")
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
        return metadata.to_bytes(_SERIALIZER)


def _delegate(targets: Targets, role: str, family: str, plan: RolePlan) -> None:
    if targets.delegations is None or targets.delegations.roles is None:
        raise RuntimeError("a repository without delegations")
    before = targets.delegations.roles.get(role)
    for keyid in list(before.keyids) if before else []:
        targets.revoke_key(keyid, role)
    targets.delegations.roles[role] = DelegatedRole(
        role, [], plan.threshold, terminating=True, paths=[f"{family}/*/*/{ENVELOPE_NAME}"]
    )
    for holder in plan.holders:
        targets.add_key(tuf_key(holder), role)
