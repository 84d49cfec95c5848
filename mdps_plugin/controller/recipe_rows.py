"""What screens are told about recipes: who signed them, until when, and what speaks against them.

Looks things up and shapes rows; the verdicts are the library's and the site's. A list that cannot
be read today is said beside what it would have told, never left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from ..build.checks.site import check_site
from ..build.entities import CellState
from ..build.facts import Approval
from ..build.recall import parts_of
from ..canonical import Json
from ..errors import DocumentError, UsageFault
from ..reading import instant_text
from ..recipes.document import Recipe
from ..recipes.keys import PublicKey
from .cell import Cell
from .gathering import policy_of
from .library import LibraryBundle

if TYPE_CHECKING:
    from ..distribution.look import Look
    from ..distribution.view import View


def recipe_rows(cell: Cell, now: datetime) -> list[Json]:
    """A row for each recipe in the cell, then for each that only the hospital's list names yet."""
    rows: list[Json] = []
    with cell.library.look(now) as look:
        kept = list(cell.library.names())
        for name, revision in kept:
            rows.append(_row(cell, (name, revision), now, look, kept=True))
        for place in _only_named(look, kept):
            rows.append(_row(cell, place, now, look, kept=False))
    return rows


def _only_named(look: Look | None, kept: list[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """What the hospital's repository names and nobody has taken into the cell."""
    if look is None:
        return
    from ..distribution.layout import read_recipe_path

    for path in sorted(look.views["hospital"].named):
        parts = read_recipe_path(path)
        if parts is not None and parts[1:] not in kept:
            yield parts[1:]


def _row(
    cell: Cell, place: tuple[str, int], now: datetime, look: Look | None, *, kept: bool
) -> dict[str, Json]:
    name, revision = place
    head: dict[str, Json] = {"recipe_id": name, "revision": revision, "kept": kept}
    try:
        bundle = (
            cell.library.open(name, revision, now, look)
            if kept
            else cell.library.judge_imported(name, revision, now, look)
        )
    except (DocumentError, UsageFault) as fault:
        unread: dict[str, Json] = {"usable": False, "approvable": False}
        told = look.judge_recipe(name, revision).refusals() if look is not None else ()
        reasons: list[Json] = [found.to_json() for found in told]
        return {**head, **unread, "reasons": reasons or [_unreadable(fault)]}
    against: list[Json] = [finding.to_json() for finding in bundle.signed.verdict.refusals()]
    recipe = bundle.recipe
    missing: list[Json] = []
    if recipe is not None:
        missing = _standing(cell, recipe)
        site = policy_of(cell, bundle.policy)
        against.extend(found.to_json() for found in check_site(recipe, site, now) if found.refuses)
    withdrawn = recipe is not None and recipe.digest in cell.state.withdrawn
    reasons = [*missing, *against]
    return {
        **head,
        "usable": recipe is not None and not reasons,
        "approvable": recipe is not None and bool(missing) and not withdrawn and not against,
        "reasons": reasons,
        "envelope_sha256": bundle.envelope_sha256,
        "signed_by": [signer_row(key) for key in bundle.signed.signers],
        **({} if recipe is None else _about(cell.state, bundle, recipe)),
    }


def signer_row(key: PublicKey) -> dict[str, Json]:
    """Who signed, in which role."""
    return {"holder": key.holder, "roles": list(key.roles), "key_id": key.key_id}


def _unreadable(fault: DocumentError | UsageFault) -> dict[str, Json]:
    observed, allowed = f"{fault}.", "A folder that can be read."
    if isinstance(fault, DocumentError):
        observed, allowed = f"{fault.path} {fault.observed}.".strip(), f"{fault.allowed}."
    return {
        "title": "The bundle cannot be read",
        "observed": observed,
        "allowed": allowed,
        "next_step": "Call IT. Other recipes are not affected.",
        "who": "it",
    }


def _standing(cell: Cell, recipe: Recipe) -> list[Json]:
    """Why nobody here stands behind the recipe; empty if somebody does."""
    withdrawal = cell.state.withdrawn.get(recipe.digest)
    if withdrawal is not None:
        return [
            {
                "title": "Withdrawn at this site",
                "observed": f"Withdrawn {withdrawal.at:%d %b %Y}.",
                "allowed": "A recipe that is not withdrawn.",
                "next_step": "Quality manager: approve another revision.",
                "who": "quality manager",
            }
        ]
    if recipe.digest not in cell.state.approvals:
        return [
            {
                "title": "Not released for this site",
                "observed": "Nobody here has signed for it.",
                "allowed": "A recipe that the quality manager has signed for.",
                "next_step": "Ask the quality manager.",
                "who": "quality manager",
            }
        ]
    return []


def _act(approval: Approval | None) -> Json:
    if approval is None:
        return None
    return {"by": approval.by, "at": instant_text(approval.at), "note": approval.note}


def _about(state: CellState, bundle: LibraryBundle, recipe: Recipe) -> dict[str, Json]:
    drying = recipe.material.lot_rules.drying
    return {
        "label": recipe.label,
        "title": recipe.identity.title,
        "digest": recipe.digest,
        "manufacturer": recipe.manufacturer.name,
        "pathway": recipe.pathway.value,
        "intended_use": recipe.device.intended_use,
        "device": recipe.device.generic_name,
        "expires": instant_text(recipe.identity.expires),
        "example_only": recipe.identity.example_only,
        "approved": _act(state.approvals.get(recipe.digest)),
        "withdrawn": _act(state.withdrawn.get(recipe.digest)),
        "parts": parts_of(state, recipe.digest)["made"],
        "model_source": recipe.model_source.value,
        "variables": {variable.name: variable.default for variable in recipe.variables},
        "training": recipe.prerequisites.training,
        "calibrations": list(recipe.prerequisites.calibrations),
        "material": {
            "kind": recipe.material.kind,
            "manufacturer": recipe.material.manufacturer,
            "product": recipe.material.product,
            "colours": list(recipe.material.colours),
            "drying": None
            if drying is None
            else {
                "temperature_c": drying.temperature_c.to_json(),
                "minimum_h": drying.minimum_h,
                "use_within_h": drying.use_within_h,
            },
        },
    }


def repository_rows(cell: Cell, now: datetime) -> dict[str, Json]:
    """``repositories`` and ``policy``; the first is empty in a cell without a chain of trust."""
    with cell.library.look(now) as look:
        reading = cell.library.policy(now, look)
        named = None if reading is None else reading.policy
        return {
            "repositories": [] if look is None else [_view(view, look) for view in _views(look)],
            "policy": None
            if reading is None
            else {
                "label": named.label if named is not None else None,
                "accepted": reading.verdict.accepted,
                "expires": instant_text(named.expires) if named is not None else None,
                "signed_by": [signer_row(key) for key in reading.signers],
                "reasons": [finding.to_json() for finding in reading.verdict.refusals()],
            },
        }


def _views(look: Look) -> list[View]:
    return list(look.views.values())


def _view(view: View, look: Look) -> dict[str, Json]:
    hospital = look.views["hospital"].named
    findings = [*look.time_findings, *view.findings, *view.faults.values()]
    if view.repository == "manufacturer":
        findings += look.signers_findings
    return {
        "repository": view.repository,
        "accepted": view.accepted and not any(finding.refuses for finding in findings),
        "fresh_until": instant_text(view.fresh_until) if view.fresh_until else None,
        "lists": list_rows(view),
        "recipes": len(recipe_paths(view)),
        "not_for_this_site": len([path for path in recipe_paths(view) if path not in hospital]),
        "reasons": [finding.to_json() for finding in findings if finding.refuses],
    }


def recipe_paths(view: View) -> list[str]:
    """The recipes that a repository names."""
    from ..distribution.layout import read_recipe_path

    return [path for path in view.named if read_recipe_path(path) is not None]


def list_rows(view: View) -> list[Json]:
    """The lists of a repository that were accepted: role, version, end."""
    return [
        {"role": item.role, "version": item.version, "expires": instant_text(item.expires)}
        for item in view.lists
    ]


def recalled_here(cell: Cell, view: View) -> list[dict[str, Json]]:
    """What a list takes back of the recipes that this site signed for, with the parts made of it.

    By name and revision: a recall holds under any path.
    """
    from ..distribution.layout import read_recipe_path

    state = cell.state
    known = {**state.withdrawn, **state.approvals}
    rows: list[dict[str, Json]] = []
    for path, said in sorted(view.withdrawn.items()):
        place = (read_recipe_path(path) or ("", "", 0))[1:]
        for digest, approval in known.items():
            if (approval.recipe_id, approval.revision) == place:
                row: dict[str, Json] = {
                    "recipe": f"{place[0]}/{place[1]}",
                    "reason": str(said.get("reason", ""))[:200],
                }
                rows.append({**row, **parts_of(state, digest)})
    return rows
