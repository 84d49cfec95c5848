"""People as decisions see them: roles, trainings, names. Checks no passwords, keeps no accounts."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ..canonical import Json
from ..reading import Fields, instant_text


class Role(enum.Enum):
    """What a person may be at the site; the accounts belong to the controller."""

    TECHNICIAN = "technician"
    RELEASER = "releaser"
    QUALITY_MANAGER = "quality_manager"
    INSPECTOR = "inspector"

    @property
    def word(self) -> str:
        """The role as screens write it."""
        return self.value.replace("_", " ")


@dataclass(frozen=True, kw_only=True)
class Person:
    """One named user with roles; ``user`` is the account, ``printed_name`` what documents show."""

    user: str
    printed_name: str
    roles: frozenset[Role]

    @classmethod
    def of(cls, user: str, printed_name: str, roles: Iterable[str]) -> Person:
        """A person from role names; ``ValueError`` for a role that does not exist."""
        return cls(user=user, printed_name=printed_name, roles=frozenset(map(Role, roles)))

    def has(self, *roles: Role) -> bool:
        """True if the person has at least one of ``roles``."""
        return bool(self.roles & set(roles))


@dataclass(frozen=True, kw_only=True)
class Training:
    """That ``user`` was trained in ``training`` (the name a recipe asks for), until when."""

    user: str
    training: str
    valid_until: datetime
    recorded_by: str

    def to_json(self) -> Mapping[str, Json]:
        """Body of the entry ``training_recorded``."""
        return {
            "user": self.user,
            "training": self.training,
            "valid_until": instant_text(self.valid_until),
            "recorded_by": self.recorded_by,
        }


def read_training(fields: Fields) -> Training:
    """Read one training; the caller closes ``fields``."""
    return Training(
        user=fields.text("user"),
        training=fields.text("training"),
        valid_until=fields.instant("valid_until"),
        recorded_by=fields.text("recorded_by"),
    )


def newest_training(trainings: tuple[Training, ...], user: str, training: str) -> Training | None:
    """The training of that person that was recorded last, expired or not.

    ``trainings`` are in the order of the log. The last word counts, not the longest: so a
    training can be ended before its time.
    """
    own = [one for one in trainings if one.user == user and one.training == training]
    return own[-1] if own else None
