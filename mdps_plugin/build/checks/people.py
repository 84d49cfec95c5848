"""May this person start this build: role and training? (row 28)"""

from __future__ import annotations

from datetime import datetime

from ...findings import Finding
from .. import codes
from ..evidence import Evidence
from ..kinds import found
from ..people import Person, Training, newest_training
from ..signature import Act, may_sign
from ..words import day_text


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """Role for signing the permit, and the training that the recipe names, in date."""
    return (
        *may_sign(evidence.operator, Act.PERMIT),
        *check_training(
            evidence.operator,
            evidence.trainings,
            evidence.recipe.recipe.prerequisites.training,
            evidence.now,
        ),
    )


def check_training(
    person: Person, trainings: tuple[Training, ...], training: str, now: datetime
) -> tuple[Finding, ...]:
    """The same for any person and training."""
    newest = newest_training(trainings, person.user, training)
    if newest is None:
        return (found(codes.TRAINING_MISSING, limit=training, person=person.printed_name),)
    if now >= newest.valid_until:
        return (
            found(
                codes.TRAINING_ENDED,
                measured=day_text(newest.valid_until),
                limit=training,
                person=person.printed_name,
            ),
        )
    return ()
