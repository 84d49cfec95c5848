"""Are the values picked by the site those that the manufacturer signed? (row 6)"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from ...findings import Finding
from ...recipes.document import Variable
from ...units import Range, range_text
from .. import codes
from ..evidence import Evidence
from ..kinds import found

_NUMBER = re.compile(r"-?\d{1,9}(\.\d{1,6})?", re.ASCII)
_STEP_TOLERANCE = 1e-6


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """Every variable of the order is known and has a signed value."""
    return check_variables(evidence.order.variables, evidence.recipe.recipe.variables)


def check_variables(values: Mapping[str, str], signed: tuple[Variable, ...]) -> tuple[Finding, ...]:
    """The same for any values; variables that are not set keep their signed default."""
    known = {variable.name: variable for variable in signed}
    findings: list[Finding] = []
    for name, value in sorted(values.items()):
        variable = known.get(name)
        if variable is None:
            findings.append(
                found(
                    codes.VARIABLE_UNKNOWN,
                    measured=value,
                    limit=", ".join(sorted(known)) or "no variables in this recipe",
                    path=f"variables.{name}",
                    name=name,
                )
            )
        elif not value_allowed(variable, value):
            findings.append(
                found(
                    codes.VARIABLE_OUTSIDE,
                    measured=value,
                    limit=_allowed_text(variable),
                    unit=variable.unit,
                    path=f"variables.{name}",
                    name=name,
                )
            )
    return tuple(findings)


def value_allowed(variable: Variable, value: str) -> bool:
    """One of the signed texts, or a plain decimal inside the limits and on a step."""
    if variable.kind == "choice":
        return value in variable.allowed
    if variable.limits is None or _NUMBER.fullmatch(value) is None:
        return False
    number = float(value)
    return variable.limits.contains(number) and _on_step(number, variable.limits, variable.step)


def _on_step(number: float, limits: Range, step: float | None) -> bool:
    if step is None:
        return True
    steps = (number - limits.minimum) / step
    return math.isclose(steps, round(steps), abs_tol=_STEP_TOLERANCE)


def _allowed_text(variable: Variable) -> str:
    if variable.kind == "choice" or variable.limits is None:
        return ", ".join(variable.allowed)
    text = range_text(variable.limits, variable.unit)
    return text if variable.step is None else f"{text}, in steps of {variable.step:g}"
