"""What the recipe fixes beside the process window: a signed job, and values of variables. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ..findings import Finding, Where
from ..recipes.document import FileRole, Recipe
from ..recipes.parse_process import variable_allows
from ..units import range_text
from .codes import SIGNED_JOB_DIFFERS, VARIABLE_UNKNOWN, VARIABLE_VALUE
from .collect import Collector
from .job import Job, first_difference
from .reader import read_job


def check_signed_job(
    job: Job, recipe: Recipe, files: Mapping[str, bytes], found: Collector
) -> None:
    """Canonical line by canonical line: comments are no part of what is signed for printing."""
    pinned = recipe.file(FileRole.JOB_GCODE)
    data = files.get(pinned.name, b"") if pinned is not None else b""
    signed = read_job(data, recipe.window.lines_at_most, Collector())
    if signed is None:
        found.add(
            Finding(kind=SIGNED_JOB_DIFFERS, where=Where(line=1), limit="a signed job that reads")
        )
        return
    index = first_difference(job, signed)
    if index is not None:
        found.add(
            Finding(
                kind=SIGNED_JOB_DIFFERS,
                where=Where(line=job.lines[min(index, len(job) - 1)]),
                measured=job.text(index) if index < len(job) else "the job ends",
                limit=signed.text(index) if index < len(signed) else "the job ends",
            )
        )


def check_variables(recipe: Recipe, variables: Mapping[str, str], found: Collector) -> None:
    """Every value given belongs to a variable of the recipe and is one that it signs."""
    known = {variable.name: variable for variable in recipe.variables}
    for name, text in variables.items():
        variable = known.get(name)
        if variable is None:
            names = ", ".join(known) or "no variables at all"
            found.add(Finding(kind=VARIABLE_UNKNOWN, where=Where(path=name), limit=names))
        elif not variable_allows(variable, text):
            allowed = (
                range_text(variable.limits, variable.unit)
                if variable.limits is not None
                else ", ".join(variable.allowed)
            )
            found.add(
                Finding(
                    kind=VARIABLE_VALUE,
                    where=Where(path=name),
                    measured=text[:60],
                    limit=allowed,
                    unit=variable.unit,
                )
            )
