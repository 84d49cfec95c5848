"""The decision: may this build start? One pure function over :class:`Evidence`. Issues no permit.

Every check of :data:`REQUIRED_CHECKS` runs, whatever the others found, so that a person sees all
reasons at once. A check that raises is a refusal and counts as not run. A recipe can add to the
set of required examinations (its rings) but nobody can take a check away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

from ..findings import CheckRun, Finding, Verdict
from . import codes
from .checks import (
    builds,
    controller,
    equipment,
    material,
    model,
    order,
    people,
    printer,
    recipe,
    site,
    toolpath,
    variables,
    versions,
)
from .evidence import Evidence
from .kinds import found

Check = Callable[[Evidence], tuple[Finding, ...]]
Known = TypeVar("Known")

REQUIRED_CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "order": order.check,
        "recipe": recipe.check,
        "site": site.check,
        "variables": variables.check,
        "model": model.check,
        "toolpath": toolpath.check,
        "versions": versions.check,
        "printer": printer.check,
        "material": material.check,
        "people": people.check,
        "equipment": equipment.check,
        "builds": builds.check,
        "controller": controller.check,
    }
)

#: Checks that need nothing a technician chooses at the printer: what verifying an order decides.
ORDER_CHECKS = frozenset({"order", "recipe", "site", "variables", "model", "toolpath", "versions"})


def decide(evidence: Evidence) -> Verdict:
    """The verdict on starting this build now; accepted only if all checks ran and none refused."""
    return run_checks(evidence, REQUIRED_CHECKS)


def decide_order(evidence: Evidence) -> Verdict:
    """The verdict on the order alone, when it is verified; never enough for a permit."""
    return run_checks(
        evidence,
        {name: check for name, check in REQUIRED_CHECKS.items() if name in ORDER_CHECKS},
    )


def run_checks(
    evidence: Known, checks: Mapping[str, Callable[[Known], tuple[Finding, ...]]]
) -> Verdict:
    """Every check, whatever the others found; all of them are required."""
    findings: list[Finding] = []
    runs: list[CheckRun] = []
    for name, check in checks.items():
        try:
            findings.extend(check(evidence))
        except Exception as fault:  # noqa: BLE001 - whatever a check raises must refuse the build
            findings.append(found(codes.CHECK_CRASHED, measured=type(fault).__name__, name=name))
            runs.append(CheckRun(name=name, ran=False))
        else:
            runs.append(CheckRun(name=name, ran=True))
    return Verdict(findings=tuple(findings), checks=tuple(runs), required=frozenset(checks))
