"""What a signature is, and who may sign what. Checks no passwords: the controller does.

A signature shows printed name, time and meaning (21 CFR 11.50) and is bound to what was signed by
a digest (11.70). ``shown_sha256`` is what stood on the screen; ``subject_sha256`` covers that and
the values that the signer gave, see :func:`signed_subject`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ..canonical import Json, digest_of
from ..findings import Finding
from ..reading import Fields, instant_text
from . import codes
from .kinds import found
from .people import Person, Role


class Act(enum.Enum):
    """Everything that is signed."""

    PERMIT = "permit"
    STEP = "step"
    INSPECTION = "inspection"
    RELEASE = "release"
    REJECT = "reject"
    RAISE_DEVIATION = "raise_deviation"
    DECIDE_DEVIATION = "decide_deviation"
    HAND_OVER = "hand_over"
    RECEIVE_LOT = "receive_lot"
    OPEN_LOT = "open_lot"
    DRY_LOT = "dry_lot"
    QUARANTINE_LOT = "quarantine_lot"
    APPROVE_RECIPE = "approve_recipe"
    WITHDRAW_RECIPE = "withdraw_recipe"
    IMPORT_RECIPES = "import_recipes"
    RECORD_TRAINING = "record_training"
    RECORD_CALIBRATION = "record_calibration"
    RECORD_ROOM = "record_room"
    QUALIFY_PRINTER = "qualify_printer"
    SHOW_PATIENT_NAME = "patient_name"
    EXPORT = "export"


@dataclass(frozen=True, kw_only=True)
class ActRule:
    """Meaning of the signature in words, and the roles of which one is needed."""

    meaning: str
    roles: tuple[Role, ...]

    @property
    def role_words(self) -> str:
        """``technician or releaser``."""
        return " or ".join(role.word for role in self.roles)


_MAKERS = (Role.TECHNICIAN, Role.RELEASER)
_ANY_MAKER = (Role.TECHNICIAN, Role.RELEASER, Role.QUALITY_MANAGER)
_QUALITY = (Role.QUALITY_MANAGER,)

#: The one table of meanings and roles.
ACT_RULES: Mapping[Act, ActRule] = {
    Act.PERMIT: ActRule(
        meaning="I take responsibility for starting this build: bed clear, plate and lot as shown.",
        roles=_MAKERS,
    ),
    Act.STEP: ActRule(
        meaning="I did this step as instructed and read these values.", roles=_MAKERS
    ),
    Act.INSPECTION: ActRule(
        meaning="I measured this part and wrote down what I read.", roles=_MAKERS
    ),
    Act.RELEASE: ActRule(
        meaning="I reviewed the record and release this device for use.", roles=(Role.RELEASER,)
    ),
    Act.REJECT: ActRule(
        meaning="I reject this part. It may not be used.",
        roles=(Role.RELEASER, Role.QUALITY_MANAGER),
    ),
    Act.RAISE_DEVIATION: ActRule(meaning="This is what I saw.", roles=_ANY_MAKER),
    Act.DECIDE_DEVIATION: ActRule(
        meaning="I decided this deviation on behalf of quality.", roles=_QUALITY
    ),
    Act.HAND_OVER: ActRule(
        meaning="I handed this device over with its information.", roles=_ANY_MAKER
    ),
    Act.RECEIVE_LOT: ActRule(
        meaning="I received this lot and checked its certificate.", roles=_ANY_MAKER
    ),
    Act.OPEN_LOT: ActRule(meaning="I opened this lot.", roles=_ANY_MAKER),
    Act.DRY_LOT: ActRule(meaning="I dried this lot as written.", roles=_ANY_MAKER),
    Act.QUARANTINE_LOT: ActRule(
        meaning="I put this lot in quarantine. It may not be used.", roles=_QUALITY
    ),
    Act.APPROVE_RECIPE: ActRule(
        meaning="I approve this recipe for use at this site.", roles=_QUALITY
    ),
    Act.WITHDRAW_RECIPE: ActRule(meaning="I withdraw this recipe from this site.", roles=_QUALITY),
    Act.IMPORT_RECIPES: ActRule(meaning="I imported this repository of recipes.", roles=_ANY_MAKER),
    Act.RECORD_TRAINING: ActRule(meaning="This person was trained as written.", roles=_QUALITY),
    Act.RECORD_CALIBRATION: ActRule(
        meaning="This equipment was calibrated as written.", roles=_QUALITY
    ),
    Act.RECORD_ROOM: ActRule(
        meaning="I read temperature and humidity of the room as written.", roles=_ANY_MAKER
    ),
    Act.QUALIFY_PRINTER: ActRule(
        meaning="This printer was qualified in this configuration.", roles=_QUALITY
    ),
    Act.SHOW_PATIENT_NAME: ActRule(
        meaning="I need to know who this patient is, for the reason written.",
        roles=(Role.TECHNICIAN, Role.QUALITY_MANAGER),
    ),
    Act.EXPORT: ActRule(
        meaning="I take out the log with its records, for the reason written.",
        roles=(Role.INSPECTOR, Role.QUALITY_MANAGER),
    ),
}

PASSWORD = "password checked by the controller"  # noqa: S105 - the name of a method


@dataclass(frozen=True, kw_only=True)
class Signature:
    """One signature. ``role`` is the role in which the person signed; ``at`` is UTC."""

    user: str
    printed_name: str
    role: Role
    act: Act
    meaning: str
    at: datetime
    shown_sha256: str
    subject_sha256: str
    method: str

    def to_json(self) -> dict[str, Json]:
        """Member ``signature`` of an entry body."""
        return {
            "user": self.user,
            "printed_name": self.printed_name,
            "role": self.role.value,
            "act": self.act.value,
            "meaning": self.meaning,
            "at": instant_text(self.at),
            "shown_sha256": self.shown_sha256,
            "subject_sha256": self.subject_sha256,
            "method": self.method,
        }


def sign(
    person: Person,
    act: Act,
    *,
    at: datetime,
    shown_sha256: str,
    values: Json,
    method: str = PASSWORD,
) -> Signature:
    """The signature of ``person``, whose role :func:`may_sign` has accepted.

    ``RuntimeError`` if no role of the person allows the act: the caller did not ask.
    """
    rule = ACT_RULES[act]
    role = next((one for one in rule.roles if person.has(one)), None)
    if role is None:
        raise RuntimeError(f"{person.user} holds no role for {act.value}")
    return Signature(
        user=person.user,
        printed_name=person.printed_name,
        role=role,
        act=act,
        meaning=rule.meaning,
        at=at,
        shown_sha256=shown_sha256,
        subject_sha256=signed_subject(act, shown_sha256, values),
        method=method,
    )


def signed_subject(act: Act, shown_sha256: str, values: Json) -> str:
    """SHA-256 over act, what was shown, and the values given (docs/states.md lists them)."""
    return digest_of({"act": act.value, "shown_sha256": shown_sha256, "values": values})


def read_signature(fields: Fields) -> Signature:
    """Read one signature of an entry body; the caller closes ``fields``."""
    return Signature(
        user=fields.text("user"),
        printed_name=fields.text("printed_name"),
        role=fields.choice("role", Role),
        act=fields.choice("act", Act),
        meaning=fields.text("meaning"),
        at=fields.instant("at"),
        shown_sha256=fields.digest("shown_sha256"),
        subject_sha256=fields.digest("subject_sha256"),
        method=fields.text("method"),
    )


def may_sign(
    person: Person, act: Act, made_by: Iterable[str] = (), operator: str | None = None
) -> tuple[Finding, ...]:
    """Findings that forbid ``person`` the act; empty if it may be signed.

    ``made_by`` are the users who signed the permit, a step or the inspection of the build, and
    ``operator`` is the one who started it. Whoever made a part neither releases it nor decides
    its deviations (row 37; ISO/ASTM 52904 separates the roles likewise).
    """
    rule = ACT_RULES[act]
    findings: list[Finding] = []
    if not person.has(*rule.roles):
        findings.append(
            found(
                codes.ROLE_MISSING,
                measured=", ".join(sorted(role.word for role in person.roles)) or "no role",
                limit=rule.role_words,
                person=person.printed_name,
            )
        )
    makers = set(made_by) | ({operator} if operator else set())
    if act is Act.RELEASE and person.user in makers:
        findings.append(found(codes.OWN_RELEASE, person=person.printed_name))
    if act is Act.DECIDE_DEVIATION and person.user in makers:
        findings.append(found(codes.OWN_DEVIATION, person=person.printed_name))
    return tuple(findings)
