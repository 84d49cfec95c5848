"""Whose keys count in a repository: founding it, rotating, a lost key, a new family. Opens no file.

Every change is a new root or a new top list, staged and signed like any other; how a client
follows it offline: docs/adr/0037-keys-change-by-signed-lists.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self, cast

from tuf.api.metadata import DelegatedRole, Delegations, Key, Metadata, Role, Root, Signed, Targets

from ..errors import DocumentError
from ..recipes.parse import ENVELOPE_NAME
from .layout import NAME, TOP_ROLES, VALID_DAYS, family_role, is_family
from .list_signing import SignedLists
from .lists import MAX_DAYS
from .people import MAX_HOLDERS, Holder, Plan, RolePlan, holder_of, tuf_key
from .updater_link import KeyUnderTwoNames, key_value, keys_of, refuse_double_keys

_LEAST_KEY_ID = 8


@dataclass(frozen=True, kw_only=True)
class RoleKeys:
    """Whose keys count for a role, as the newest root or top list says, staged or installed."""

    role: str
    keys: tuple[Key, ...]
    threshold: int
    valid_days: int


class KeyedLists(SignedLists):
    """Lists whose keys can change."""

    @classmethod
    def found(cls, plan: Plan, at: datetime, source: str) -> Self:
        """A new repository, everything staged and nothing signed."""
        repository = cls({}, source)
        plans = {role: cast(RolePlan, getattr(plan, role)) for role in TOP_ROLES}
        root = Root(consistent_snapshot=True)
        days = {role: item.valid_days for role, item in plans.items()}
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
            _delegate(targets, role, family, [tuf_key(one) for one in item.holders], item)
            repository._stage(role, Metadata(Targets()), at, item.valid_days)
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

    def keyed_roles(self) -> tuple[str, ...]:
        """Every role that has keys: the four of TUF, then the families."""
        return (*TOP_ROLES, *self.list_roles()[1:])

    def role_named(self, name: str) -> str:
        """The role that a person means by ``root``, or by the name of a family."""
        for role in (name, family_role(self.name, name)):
            if role in self.keyed_roles():
                return role
        known = ", ".join((*TOP_ROLES, *self.families()))
        raise DocumentError(self.source, "role", repr(name[:80]), f"one of: {known}")

    def keys_for(self, role: str) -> RoleKeys:
        """Whose keys count for a role, and for how long its list is good."""
        delegator = self.delegator(role)
        named = _roles_of(delegator).get(role)
        if named is None:
            raise DocumentError(self.source, role, "no such role", "a role of the repository")
        keys = keys_of(delegator)
        return RoleKeys(
            role=role,
            keys=tuple(keys[keyid] for keyid in named.keyids if keyid in keys),
            threshold=named.threshold,
            valid_days=self._days(self.current("root").signed, role, 30),
        )

    def key_changes(self) -> tuple[str, ...]:
        """What waits for signatures and changes who signs, in sentences: for whoever signs next."""
        said: list[str] = []
        for role in self.keyed_roles():
            holder = self.newest("root" if role in TOP_ROLES else "targets")
            old = _roles_of(holder.signed).get(role) if holder is not None else None
            if holder is None or old is None:
                continue
            after, known = self.keys_for(role), keys_of(holder.signed)
            before = {key_value(known[one]): known[one] for one in old.keyids if one in known}
            now = {key_value(key): key for key in after.keys}
            said += [
                f"{role}: {holder_of(key)} no longer signs"
                for value, key in before.items()
                if value not in now
            ]
            said += [
                f"{role}: {holder_of(key)} signs, key {key.keyid[:16]}"
                for value, key in now.items()
                if value not in before
            ]
            if after.threshold != old.threshold:
                said.append(
                    f"{role}: {after.threshold} of {len(now)} must sign, until now {old.threshold}"
                )
        return tuple(said)

    def find_key(self, who: str) -> Key:
        """The one key of a holder, or of a key id by its first eight characters or more."""
        found: dict[tuple[str, str], Key] = {}
        for role in self.keyed_roles():
            for key in self.keys_for(role).keys:
                by_id = len(who) >= _LEAST_KEY_ID and key.keyid.startswith(who)
                if who == holder_of(key) or by_id:
                    found.setdefault(key_value(key), key)
        if len(found) == 1:
            return next(iter(found.values()))
        several = " and ".join(key.keyid[:16] for key in found.values())
        raise DocumentError(
            self.source,
            repr(who[:80]),
            f"{len(found)} keys: {several}" if found else "nobody by this name, and no such key id",
            "one key, by its id" if found else "a holder, see mdps recipe people",
        )

    # Changing

    def rotate(self, role: str, plan: RolePlan, at: datetime) -> None:
        """Give a role the keys, threshold and days of ``plan`` instead of its own."""
        keys = tuple(tuf_key(holder) for holder in plan.holders)
        self.set_keys([_planned(role, keys, plan)], at)

    def set_keys(self, changes: Sequence[RoleKeys], at: datetime) -> tuple[str, ...]:
        """Stage new keys for roles: one new root, one new top list. The roles staged.

        A list whose keys change is staged too, with its content as it is: its old signatures
        would count for nothing. Snapshot and timestamp are signed anew when it is installed.
        """
        for change in changes:
            self._allowed(change)
        staged: list[str] = []
        top = [change for change in changes if change.role in TOP_ROLES]
        families = [change for change in changes if change.role not in TOP_ROLES]
        if top:
            self._change_root(top, at)
            staged.append("root")
        if families:
            self._change_families(families, at)
        if families or any(change.role == "targets" for change in top):
            metadata = self.edit("targets", at)
            self.stage("targets", metadata, at)
            staged.append("targets")
        for change in families:
            self.stage(change.role, self.edit(change.role, at), at)
            staged.append(change.role)
        return tuple(staged)

    def _allowed(self, change: RoleKeys) -> None:
        count = len(change.keys)
        if len({key_value(key) for key in change.keys}) < count:
            raise DocumentError(
                self.source, change.role, "one key under two names", "each key once"
            )
        if not 1 <= change.threshold <= count:
            raise DocumentError(
                self.source,
                change.role,
                f"{change.threshold} of {count} keys",
                f"a threshold from 1 to the number of keys: name another key, or set it to {count}"
                if count
                else "at least one key: name another one",
            )
        if count > MAX_HOLDERS:
            raise DocumentError(
                self.source, change.role, f"{count} keys", f"at most {MAX_HOLDERS} keys"
            )
        if not 1 <= change.valid_days <= MAX_DAYS:
            raise DocumentError(
                self.source, change.role, f"{change.valid_days} days", f"1 to {MAX_DAYS} days"
            )

    def _change_root(self, changes: Sequence[RoleKeys], at: datetime) -> None:
        metadata = self.edit("root", at)
        root: Root = metadata.signed
        days = dict(self._all_days(root))
        for change in changes:
            for keyid in list(root.roles[change.role].keyids):
                root.revoke_key(keyid, change.role)
            for key in change.keys:
                root.add_key(key, change.role)
            root.roles[change.role].threshold = change.threshold
            days[change.role] = change.valid_days
        root.unrecognized_fields[VALID_DAYS] = days
        self._sound(root)
        self.stage("root", metadata, at)

    def _change_families(self, changes: Sequence[RoleKeys], at: datetime) -> None:
        metadata = self.edit("targets", at)
        targets: Targets = metadata.signed
        for change in changes:
            family = change.role.removeprefix(f"{self.name}.")
            _delegate(targets, change.role, family, change.keys, change)
        self._sound(targets)
        self.stage("targets", metadata, at)

    def replace_key(self, gone: Key, new: Holder | None, at: datetime) -> tuple[str, ...]:
        """Take a lost or stolen key out of every role, with ``new`` in its place; what is staged.

        :class:`DocumentError`, and nothing changed, where too few keys would be left.
        """
        value = key_value(gone)
        fresh = () if new is None else (tuf_key(new),)
        changes: list[RoleKeys] = []
        for role in self.keyed_roles():
            before = self.keys_for(role)
            left = tuple(key for key in before.keys if key_value(key) != value)
            if len(left) < len(before.keys):
                keys = (*left, *(key for key in fresh if key.keyid not in _ids(left)))
                changes.append(
                    RoleKeys(
                        role=role,
                        keys=keys,
                        threshold=before.threshold,
                        valid_days=before.valid_days,
                    )
                )
        return self.set_keys(changes, at)

    def add_family(self, family: str, plan: RolePlan, at: datetime) -> str:
        """Delegate a new device family: an empty list with people of its own; its role.

        The top list's signers do it without the root's: the days of its list stand beside it.
        """
        if not is_family(family):
            allowed = "lower-case letters, digits, hyphens; at most 63"
            raise DocumentError(self.source, "family", repr(family[:80]), allowed)
        if family in self.families():
            raise DocumentError(
                self.source, "family", f"{family}, there already", "mdps recipe rotate changes it"
            )
        targets: Targets = self.current("targets").signed
        if targets.delegations is None or targets.delegations.roles is None:
            raise DocumentError(
                self.source,
                "family",
                "a repository that delegates nothing, as a hospital's does",
                "a manufacturer's repository",
            )
        role = family_role(self.name, family)
        change = _planned(role, tuple(tuf_key(one) for one in plan.holders), plan)
        self._allowed(change)
        metadata = self.edit("targets", at)
        _delegate(metadata.signed, role, family, change.keys, change)
        self._sound(metadata.signed)
        self.stage("targets", metadata, at)
        self._stage(role, Metadata(Targets()), at, plan.valid_days)
        return role

    def sign_again(self, role: str, at: datetime) -> None:
        """Stage a list with its content as it is: a further life before its last day."""
        self.stage(role, self.edit(role, at), at)


def _planned(role: str, keys: tuple[Key, ...], plan: RolePlan) -> RoleKeys:
    return RoleKeys(role=role, keys=keys, threshold=plan.threshold, valid_days=plan.valid_days)


def _ids(keys: Sequence[Key]) -> set[str]:
    return {key.keyid for key in keys}


def _roles_of(delegator: Root | Targets) -> dict[str, Role]:
    if isinstance(delegator, Root):
        return dict(delegator.roles)
    delegations = delegator.delegations
    return dict(delegations.roles or {}) if delegations is not None else {}


def _delegate(
    targets: Targets, role: str, family: str, keys: Sequence[Key], plan: RolePlan | RoleKeys
) -> None:
    if targets.delegations is None or targets.delegations.roles is None:
        raise RuntimeError("a repository without delegations")
    before = targets.delegations.roles.get(role)
    for keyid in list(before.keyids) if before else []:
        targets.revoke_key(keyid, role)
    delegated = DelegatedRole(
        role, [], plan.threshold, terminating=True, paths=[f"{family}/*/*/{ENVELOPE_NAME}"]
    )
    delegated.unrecognized_fields[VALID_DAYS] = plan.valid_days
    targets.delegations.roles[role] = delegated
    for key in keys:
        targets.add_key(key, role)
