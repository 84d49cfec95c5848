"""``--recipe``, ``--trust``, ``--at`` and ``--set``: the same for every command that takes them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from ..errors import DocumentError, UsageFault
from ..findings import CheckRun, Finding, Verdict, Where
from ..reading import Fields
from ..recipes.bundle import SignedRecipe, verify_bundle
from ..recipes.document import Recipe, Variable
from ..recipes.parse_process import variable_allows
from ..recipes.store import default_root_path, find_bundle, load_bundle, load_root
from ..slicing import codes
from ..units import range_text


def add_recipe_options(parser: argparse.ArgumentParser, *, variables: bool = True) -> None:
    """Add the options; ``variables`` adds ``--set``."""
    parser.add_argument(
        "--recipe",
        required=True,
        metavar="R",
        help="folder or zip of a signed bundle, or the name of a shipped recipe",
    )
    parser.add_argument(
        "--trust", type=Path, metavar="ROOT", help="root of trust (default: the example root)"
    )
    parser.add_argument(
        "--at", metavar="TIME", help="judge dates as of 2026-11-23T14:05:00Z (default: now)"
    )
    if variables:
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="value of a variable of the recipe; every variable has a default",
        )


def read_moment(text: str | None) -> datetime:
    """The moment of ``--at`` in UTC, or now."""
    if text is None:
        return datetime.now(UTC)
    try:
        return Fields({"at": text}, "--at").instant("at")
    except DocumentError:
        raise UsageFault(f"--at {text}: write it like 2026-11-23T14:05:00Z") from None


def open_recipe(arguments: argparse.Namespace) -> SignedRecipe:
    """The bundle named by the options, verified. Nobody uses it unless its verdict accepts."""
    at = read_moment(arguments.at)
    root = load_root(arguments.trust or default_root_path())
    path = find_bundle(arguments.recipe, root, at)
    return verify_bundle(load_bundle(path), root, at, str(path))


def choose_variables(recipe: Recipe, settings: Sequence[str]) -> tuple[Mapping[str, str], Verdict]:
    """Every variable of the recipe with its chosen value or its default, and whether all may be.

    ``settings`` are the texts given with ``--set``; :class:`UsageFault` for one without ``=``.
    """
    chosen = {variable.name: variable.default for variable in recipe.variables}
    known = {variable.name: variable for variable in recipe.variables}
    findings: list[Finding] = []
    for setting in settings:
        name, sign, value = setting.partition("=")
        if not sign:
            raise UsageFault(f"--set {setting}: write it as NAME=VALUE")
        variable = known.get(name)
        if variable is not None and variable_allows(variable, value):
            chosen[name] = value
            continue
        allowed = _allowed(variable) if variable is not None else _names(known)
        findings.append(
            Finding(
                kind=codes.VARIABLE_REFUSED,
                where=Where(path=name),
                measured=value,
                limit=allowed,
            )
        )
    verdict = Verdict(
        findings=tuple(findings),
        checks=(CheckRun(name="variables", ran=True),),
        required=frozenset({"variables"}),
    )
    return chosen, verdict


def _allowed(variable: Variable) -> str:
    if variable.limits is None:
        return " or ".join(variable.allowed)
    step = f", in steps of {variable.step:g} {variable.unit}".rstrip() if variable.step else ""
    return range_text(variable.limits, variable.unit) + step


def _names(known: Mapping[str, Variable]) -> str:
    return "One of the variables " + ", ".join(sorted(known)) if known else "No variable"
