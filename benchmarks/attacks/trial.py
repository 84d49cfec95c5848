"""One trial: a subject spoilt once and examined with all rings. A function of its arguments.

Rings are told apart by the codes of what was found: each ring's findings count for it alone.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from mdps_plugin.findings import Finding, Verdict
from mdps_plugin.toolpath.codes import RING_LEFT_OUT
from mdps_plugin.toolpath.examine import examine

from .attack import Attack
from .bench_store import Bench, Case, Specimen, load
from .catalogue import ATTACKS
from .job import same_meaning
from .models.catalogue import HELD_OUT
from .recipes import BREADTH, SETUPS, Limits, Setup

RINGS = ("A", "B", "C")
_RESLICE = frozenset(range(90, 93))
_MODEL = frozenset(range(80, 90)) | frozenset(range(100, 130))


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Which trial: an attack, the place of its size on the ladder, a split, a number.

    ``rings``: those that look; the others only where none of these finds it.
    """

    attack: str
    size: int
    split: str
    number: int
    seed: int
    rings: str = "ABC"

    @property
    def key(self) -> str:
        """The same plan has the same key; a finished one is not run again."""
        return f"{self.attack}/{self.size}/{self.split}/{self.number}/{self.seed}"

    def chance(self) -> random.Random:
        """Everything that is drawn for this trial."""
        return random.Random(self.key)

    def case(self, variants: int) -> Case:
        """The subject: a held-out model and a recipe within the split."""
        rng = self.chance()
        attack = ATTACKS[self.attack]
        setups = [one for one in SETUPS if self.split in ("", one.slicer, f"{one.infill} %")]
        if attack.around:
            setups = [one for one in BREADTH if one.around == attack.around]
        return Case(
            setup=rng.choice(setups),
            model=rng.choice(attack.models or list(HELD_OUT)),
            variant=rng.randrange(variants),
        )


@dataclass(frozen=True, kw_only=True)
class Row:
    """What came of a trial. ``looked``: rings that ran; ``rings``: ring to the codes it found.
    ``outcome``: found, missed, or nothing with the reason in ``changed``."""

    key: str
    attack: str
    size: int
    split: str
    number: int
    seed: int
    case: str
    outcome: str
    looked: str
    rings: dict[str, list[str]]
    changed: str
    mm3: float | None
    line: int | None
    milliseconds: int

    def to_json(self) -> dict[str, object]:
        """One line of the results."""
        return asdict(self)


def ring_of(code: str) -> str:
    """The ring that gives findings of this code."""
    number = int(code.removeprefix("TP-"))
    if number in _RESLICE:
        return "B"
    return "C" if number in _MODEL else "A"


def verdict(specimen: Specimen, data: bytes, looking: str = "ABC") -> Verdict:
    """What these rings say of these bytes."""
    return examine(
        data,
        specimen.signed.recipe,
        specimen.signed.files,
        specimen.geometry,
        frozenset(looking),
        {},
        reslice=specimen.second if "B" in looking else None,
    ).verdict


def by_ring(findings: Iterable[Finding]) -> dict[str, list[str]]:
    """Ring to the codes of these findings."""
    rings: dict[str, list[str]] = {}
    for code in sorted({finding.code for finding in findings}):
        rings.setdefault(ring_of(code), []).append(code)
    return rings


def look(
    specimen: Specimen, data: bytes, looking: str = "ABC"
) -> tuple[bool, dict[str, list[str]]]:
    """Whether these rings find nothing in these bytes, and which codes each refuses with.

    That a ring was left out refuses a build; here it is the question.
    """
    said = verdict(specimen, data, looking)
    counted = [
        finding
        for finding in said.refusals()
        if looking == "ABC" or finding.code != RING_LEFT_OUT.code
    ]
    return not counted and not said.not_run, by_ring(counted)


def run(
    plan: Plan, attack: Attack, bench: Bench, limits: Mapping[Setup, Limits], variants: int
) -> Row:
    """Spoil and examine."""
    began = time.perf_counter()
    case = plan.case(variants)
    specimen = load(bench, case, limits[case.setup])
    rng = plan.chance()
    rng.random()
    spoilt = attack.make(specimen, attack.sizes[plan.size], rng)
    reason, outcome, looked = spoilt.nothing, "nothing", plan.rings
    rings: dict[str, list[str]] = {}
    # A trick of form may mean the same and still has to be refused.
    if not reason and attack.group != "bytes" and same(spoilt.data, specimen.gcode):
        reason = "the job means the same"
    if not reason:
        accepted, rings = look(specimen, spoilt.data, looked)
        if accepted and looked != "ABC":
            looked = "ABC"
            accepted, rings = look(specimen, spoilt.data, looked)
        outcome = "missed" if accepted else "found"
    return Row(
        key=plan.key,
        attack=plan.attack,
        size=plan.size,
        split=plan.split,
        number=plan.number,
        seed=plan.seed,
        case=case.name,
        outcome=outcome,
        looked=looked,
        rings=rings,
        changed=reason or spoilt.changed,
        mm3=spoilt.mm3,
        line=spoilt.line,
        milliseconds=round((time.perf_counter() - began) * 1000),
    )


def same(one: bytes, two: bytes) -> bool:
    """Equal but for comments and the form of numbers; long or odd files are never the same."""
    if one == two:
        return True
    if len(one) > 2 * len(two) or b"\n" not in one or b"\x00" in one or b"\r" in one:
        return False
    return same_meaning(one, two)
