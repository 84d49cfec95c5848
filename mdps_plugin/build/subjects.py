"""What stands on the screen of a person about to sign, and its digest. Signs nothing.

The same functions make what is shown and what the controller compares, so the two can only differ
if something changed in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..canonical import Json, digest_of
from ..reading import instant_text
from ..recipes.document import Recipe
from ..units import range_text
from .entities import Build, OrderStatus
from .postprocess import find_step
from .signature import ACT_RULES, Act


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is shown for one act: ``body`` is what is hashed, ``what`` the lines for the eye."""

    act: Act
    body: Mapping[str, Json]
    what: tuple[tuple[str, str], ...]

    @property
    def sha256(self) -> str:
        """Digest of act and body: ``shown_sha256`` of the signature."""
        return digest_of({"act": self.act.value, "body": self.body})

    def to_json(self) -> dict[str, Json]:
        """The shape of ``to_sign`` in the detail of an order."""
        return {
            "subject_sha256": self.sha256,
            "meaning": ACT_RULES[self.act].meaning,
            "what": [[label, value] for label, value in self.what],
        }


def permit_subject(order: OrderStatus, recipe: Recipe, printer_serial: str) -> Subject:
    """Starting a build; lot and plate are values of the signer, not part of what is shown."""
    job = order.digests.get("canonical", "")
    return Subject(
        act=Act.PERMIT,
        body={
            "order_id": order.order_id,
            "order_sha256": order.order_sha256,
            "recipe_digest": recipe.digest,
            "planned_sha256": job,
            "printer_serial": printer_serial,
            "earlier_builds": list(order.builds),
        },
        what=(
            ("Order", order.order_id),
            ("Device", recipe.device.generic_name),
            ("Intended use", recipe.device.intended_use),
            ("Recipe", recipe.label),
            ("For", order.patient_token),
            ("Job", job),
            ("Printer", printer_serial),
        ),
    )


def step_subject(build: Build, recipe: Recipe) -> Subject | None:
    """The next step of post-processing, or None when there is none."""
    step = find_step(recipe, build.next_step)
    if step is None:
        return None
    started_at = build.step_started_at(step.step_id)
    started = instant_text(started_at) if started_at is not None else None
    limits = [(one.name, range_text(one.limits, one.unit)) for one in step.readings]
    return Subject(
        act=Act.STEP,
        body={
            "build_id": build.build_id,
            "recipe_digest": recipe.digest,
            "step_id": step.step_id,
            "started_at": started,
            "limits": [list(pair) for pair in limits],
        },
        what=(
            ("Part", build.build_id),
            ("Step", step.instruction),
            ("Began", started or "not yet"),
            *_allowed(limits),
        ),
    )


def _allowed(limits: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What may be measured, told apart from what was measured, which stands below it."""
    return [(f"Allowed: {name}", limit) for name, limit in limits]


def inspection_subject(build: Build, recipe: Recipe) -> Subject:
    """All characteristics with their limits."""
    limits = [(one.name, range_text(one.limits, one.unit)) for one in recipe.inspection]
    return Subject(
        act=Act.INSPECTION,
        body={
            "build_id": build.build_id,
            "recipe_digest": recipe.digest,
            "limits": [list(pair) for pair in limits],
        },
        what=(("Part", build.build_id), *_allowed(limits)),
    )


def release_subject(build: Build, draft_sha256: str) -> Subject:
    """The draft of the production record, by its digest."""
    return Subject(
        act=Act.RELEASE,
        body={"build_id": build.build_id, "draft_sha256": draft_sha256},
        what=(
            ("Part", build.build_id),
            ("Order", build.order_id),
            ("Deviations", str(len(build.deviations))),
            ("Record", draft_sha256),
        ),
    )


def build_subject(build: Build, act: Act) -> Subject:
    """A build in its state: for rejecting, deviations and handing over."""
    deviations = [
        [one.deviation_id, one.decided.decision.value if one.decided else None]
        for one in build.deviations
    ]
    return Subject(
        act=act,
        body={
            "build_id": build.build_id,
            "state": build.state.value,
            "record_sha256": build.record_sha256,
            "deviations": deviations,
        },
        what=(
            ("Part", build.build_id),
            ("Order", build.order_id),
            ("State", build.state.word),
            ("Open deviations", str(len(build.open_deviations))),
        ),
    )


#: What is shown where a register is signed and nothing but the signer's own values counts.
NOTHING_SHOWN = digest_of({})
