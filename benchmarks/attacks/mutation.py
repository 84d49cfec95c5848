"""The examiner put to the test: each rule switched off in turn, some attack must get through.

A rule that can be switched off and no attack gets through is idle: another rule finds the same, or
no attack of the laboratory tries it. Rules of ring A are looked at with ring A alone, those of C
with A and C: the second slicing finds nearly everything, and would hide every other rule.
"""

from __future__ import annotations

import hashlib
import importlib
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

from mdps_plugin.recipes.document import FileRole, JobSource, PinnedFile, Recipe
from mdps_plugin.toolpath.collect import Collector
from mdps_plugin.toolpath.examine import examine
from mdps_plugin.units import Range

from .bench_store import Specimen
from .catalogue import ATTACKS
from .on_grammar import TRICKS
from .on_settings import DANGEROUS
from .recipes import Signed
from .spoils import SPOILS

_ROOM = "mdps_plugin.toolpath"
_SEEDS = 6


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A job to examine: spoilt by an attack, or honest under a changed recipe.

    ``pinned``: the recipe signs the honest job itself.
    """

    attack: str = ""
    size: float = 0.0
    recipe: Callable[[Recipe], Recipe] | None = None
    block: tuple[str, str] | None = None
    variables: tuple[tuple[str, str], ...] = ()
    pinned: bool = False


@dataclass(frozen=True, kw_only=True)
class Rule:
    """``place``: module of the room and name of the function; ``rings`` to examine with.

    ``beside``: finer rules that find the same, off both times, so that this one is seen by itself.
    """

    place: str
    rings: str
    samples: tuple[Sample, ...]
    beside: tuple[str, ...] = ()


def _window(**changes: Any) -> Callable[[Recipe], Recipe]:
    return lambda recipe: replace(recipe, window=replace(recipe.window, **changes))


def _low(recipe: Recipe) -> Recipe:
    flat = replace(recipe.envelope, size_z_mm=Range(minimum=0.1, maximum=0.6))
    return replace(recipe, envelope=flat)


def _with_m204(recipe: Recipe) -> Recipe:
    return _window(commands=(*recipe.window.commands, "M204"))(recipe)


def _signed_job(signed: Signed, gcode: bytes) -> Signed:
    """The recipe pins the job, as manufacturers of one device of one size do."""
    digest = hashlib.sha256(gcode).hexdigest()
    file = PinnedFile(
        role=FileRole.JOB_GCODE, name="job.gcode", sha256=digest, size_bytes=len(gcode)
    )
    recipe = replace(
        signed.recipe,
        job_source=JobSource.SIGNED_GCODE,
        files=(*signed.recipe.files, file),
    )
    return replace(signed, recipe=recipe, files={**signed.files, file.name: gcode})


_ONE = Range(minimum=0.5, maximum=1.0)
# The exact rules of outlines stand beside those on pixels: another method, the same faults.
_PLACES = ("deep_ends._check_ends", "deep_ends._check_walls")
_PIXELS = (
    *("ring_c.check_coverage", "ring_c.check_fit", "ring_c.check_bodies"),
    "ring_c.check_flow_level",
    *_PLACES,
)

#: ``block``: what stands in a pinned block, and what stands there instead, in recipe and job alike.
RULES = (
    Rule(place="examine.check_variables", rings="A", samples=(Sample(variables=(("size", "9"),)),)),
    Rule(place="blocks._compare", rings="A", samples=(Sample(attack="start_block", size=1),)),
    Rule(
        place="examine.check_signed_job",
        rings="A",
        samples=(Sample(attack="point_moved", size=0.005, pinned=True),),
    ),
    Rule(
        place="blocks._refuse_never",
        rings="A",
        samples=(Sample(block=("M221 S100\n", "M221 S100\nM115\n")),),
    ),
    Rule(place="examine.check_start", rings="A", samples=(Sample(block=("M221 S100\n", "")),)),
    Rule(place="examine.check_end", rings="A", samples=(Sample(block=("M140 S0\n", "")),)),
    Rule(
        place="examine.check_writing",
        rings="A",
        samples=(Sample(attack="grammar_trick", size=TRICKS.index("zero behind")),),
    ),
    Rule(
        place="examine.check_commands",
        rings="A",
        samples=(Sample(attack="dangerous_command", size=DANGEROUS.index("M900 K1")),),
    ),
    Rule(place="examine.check_heights", rings="A", samples=(Sample(attack="lifts", size=0.5),)),
    Rule(
        place="examine.check_temperatures",
        rings="A",
        samples=(Sample(attack="nozzle_inserted", size=25),),
    ),
    Rule(place="examine.check_fan", rings="A", samples=(Sample(attack="fan_changed", size=25),)),
    Rule(
        place="examine.check_accelerations",
        rings="A",
        samples=(Sample(attack="acceleration", size=9000, recipe=_with_m204),),
    ),
    Rule(
        place="examine.check_retractions",
        rings="A",
        samples=(Sample(attack="retraction_length", size=0.5),),
    ),
    Rule(place="examine.check_speeds", rings="A", samples=(Sample(attack="feed_part", size=50),)),
    Rule(place="examine.check_flow", rings="A", samples=(Sample(attack="flow_part", size=50),)),
    Rule(place="examine.check_place", rings="A", samples=(Sample(attack="shift_part", size=5),)),
    Rule(place="examine.check_top", rings="A", samples=(Sample(recipe=_low),)),
    Rule(
        place="examine.check_totals",
        rings="A",
        samples=(Sample(recipe=_window(total_filament_mm=_ONE)),),
    ),
    Rule(
        place="examine._check_reslice",
        rings="AB",
        samples=(Sample(attack="point_moved", size=0.005),),
    ),
    Rule(
        place="ring_c.check_layer_count",
        rings="AC",
        samples=(Sample(attack="top_deleted", size=1), Sample(attack="layer_appended")),
    ),
    Rule(
        place="ring_c.check_layers",
        rings="AC",
        samples=(Sample(attack="layer_again"), Sample(attack="shift_layer", size=0.2)),
        beside=("coverage.check_twice",),
    ),
    Rule(
        place="coverage.check_twice",
        rings="AC",
        samples=(Sample(attack="layer_again"),),
    ),
    Rule(
        place="ring_c.check_inside",
        rings="AC",
        samples=(Sample(attack="line_inserted", size=1.0),),
        beside=_PIXELS,
    ),
    Rule(
        place="ring_c.check_outline",
        rings="AC",
        samples=(Sample(attack="setting_shrinks", size=0.1), Sample(attack="shift_part", size=0.1)),
        beside=_PIXELS,
    ),
    Rule(
        place="ring_c.check_gaps",
        rings="AC",
        samples=(Sample(attack="void_cut", size=3.0),),
        beside=_PIXELS,
    ),
    Rule(
        place="ring_c.check_coverage",
        rings="AC",
        samples=(Sample(attack="void_cut", size=1.0), Sample(attack="void_cut", size=0.6)),
        beside=_PLACES,
    ),
    Rule(
        place="coverage._check_ends",
        rings="AC",
        samples=(Sample(attack="void_cut", size=0.4), Sample(attack="void_cut", size=0.5)),
        beside=_PLACES,
    ),
    Rule(
        place="ring_c.check_holes",
        rings="AC",
        samples=(Sample(attack="plastic_in_a_hole", size=1.5),),
    ),
    Rule(
        place="ring_c.check_short_lines",
        rings="AC",
        samples=(Sample(attack="crumbs_richer", size=30),),
        beside=("examine.check_flow", "ring_c.check_flow_level"),
    ),
    Rule(
        place="deep_ends._check_ends",
        rings="AC",
        samples=(Sample(attack="void_cut", size=0.4), Sample(attack="void_cut", size=0.5)),
    ),
    Rule(
        place="deep_ends._check_walls",
        rings="AC",
        samples=(Sample(attack="void_in_model", size=0.5), Sample(attack="point_moved", size=0.1)),
    ),
    Rule(
        place="ring_c.check_fit",
        rings="AC",
        samples=(Sample(attack="shift_layer", size=0.05), Sample(attack="shift_part", size=0.03)),
    ),
    Rule(
        place="ring_c.check_bodies",
        rings="AC",
        samples=(Sample(attack="shift_one_body", size=0.03),),
    ),
    Rule(
        place="ring_c.check_flow_level",
        rings="AC",
        samples=(Sample(attack="flow_segment", size=2.0), Sample(attack="flow_segment", size=10)),
        beside=("examine.check_flow",),
    ),
    # Supports: samples spoil a job that has them.
    Rule(
        place="supports.check_distances",
        rings="AC",
        samples=(
            Sample(attack="support_moved", size=0.1),
            Sample(attack="support_moved", size=0.2),
        ),
    ),
    Rule(
        place="supports.check_beads",
        rings="AC",
        samples=(Sample(attack="support_raised", size=1),),
    ),
    Rule(
        place="supports._check_astray",
        rings="AC",
        samples=(Sample(attack="tower_added", size=1.0),),
    ),
    Rule(
        place="supports._check_lacks",
        rings="AC",
        samples=(Sample(attack="support_gone", size=0), Sample(attack="support_removed", size=3.0)),
    ),
    Rule(
        place="supports._check_crowded",
        rings="AC",
        samples=(Sample(attack="support_filled", size=4),),
    ),
    Rule(
        place="supports.check_support_twice",
        rings="AC",
        samples=(Sample(attack="support_again", size=0.0),),
    ),
    Rule(
        place="supports._check_flow",
        rings="AC",
        samples=(Sample(attack="support_flow", size=1),),
    ),
)


@contextmanager
def switched_off(*places: str) -> Iterator[None]:
    """What functions of the room find is thrown away; ``AttributeError`` where there is none."""
    with ExitStack() as stack:
        for place in places:
            stack.enter_context(_switched_off(place))
        yield


@contextmanager
def _switched_off(place: str) -> Iterator[None]:
    module, _, name = place.partition(".")
    target = importlib.import_module(f"{_ROOM}.{module}")
    rule = getattr(target, name)

    def silent(*arguments: object, **more: object) -> object:
        return rule(*(Collector() if isinstance(a, Collector) else a for a in arguments), **more)

    with mock.patch.object(target, name, silent):
        yield


def _accepted(
    specimen: Specimen, signed: Signed, data: bytes, rings: str, variables: dict[str, str]
) -> bool:
    recipe = replace(signed.recipe, rings=tuple(rings))
    chosen = frozenset(rings)
    again = specimen.second if "B" in rings else None
    verdict = examine(
        data, recipe, signed.files, specimen.geometry, chosen, variables, reslice=again
    ).verdict
    return verdict.accepted


def _made(sample: Sample, specimen: Specimen, seed: int) -> tuple[Signed, bytes] | None:
    """Recipe with files, and job, of a sample; None where the attack changes nothing."""
    signed, data = specimen.signed, specimen.gcode
    if sample.attack:
        attack = {**ATTACKS, **SPOILS}[sample.attack]
        spoilt = attack.make(specimen, sample.size, random.Random(f"{sample.attack} {seed}"))
        if spoilt.nothing:
            return None
        data = spoilt.data
    if sample.pinned:
        signed = _signed_job(signed, specimen.gcode)
    if sample.recipe is not None:
        signed = replace(signed, recipe=sample.recipe(signed.recipe))
    if sample.block is not None:
        old, new = (text.encode("ascii") for text in sample.block)
        blocks = {
            name: signed.files[name].replace(old, new) for name in ("start.gcode", "end.gcode")
        }
        signed = replace(signed, files={**signed.files, **blocks})
        data = data.replace(old, new)
    return signed, data


def gets_through(rule: Rule, specimens: Sequence[Specimen]) -> str | None:
    """A sample that is refused, and accepted once the rule is off; None if the rule is idle."""
    for sample in rule.samples:
        for seed in range(_SEEDS if sample.attack else 1):
            for specimen in specimens:
                made = _made(sample, specimen, seed)
                if made is None:
                    continue
                judged = (specimen, *made, rule.rings, dict(sample.variables))
                with switched_off(rule.place, *rule.beside):
                    through = _accepted(*judged)
                with switched_off(*rule.beside):
                    refused = through and not _accepted(*judged)
                if refused:
                    size = f" {sample.size:g}" if sample.attack else ""
                    return f"{sample.attack or 'recipe'}{size}, {specimen.case.name}"
    return None
