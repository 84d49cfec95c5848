"""Every part made from one recipe, and where it stands: the query of a recall. Pure.

The sums add up or the query is wrong: each build that was begun is in exactly one group (21 CFR
820.100 and ISO 13485, 8.3: product found nonconforming is identified and its whereabouts known).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..canonical import Json
from ..reading import instant_text
from .entities import Build, CellState
from .lifecycle import BuildState

NOT_BEGUN = "not_begun"

GROUPS: Mapping[BuildState, str] = MappingProxyType(
    {
        BuildState.PERMITTED: NOT_BEGUN,
        BuildState.EXPIRED: NOT_BEGUN,
        BuildState.ARMED: "on_the_printer",
        BuildState.BUILDING: "on_the_printer",
        BuildState.HELD: "on_the_printer",
        BuildState.BUILT: "on_hold",
        BuildState.POST_PROCESSED: "on_hold",
        BuildState.INSPECTED: "on_hold",
        BuildState.RELEASED: "released",
        BuildState.HANDED_OVER: "handed_over",
        BuildState.ABORTED: "scrapped",
        BuildState.REJECTED: "scrapped",
    }
)
"""Where a build stands in a recall. ``on_hold``: made, here, and not released."""

COUNTED = ("on_the_printer", "on_hold", "released", "handed_over", "scrapped")


def parts_of(state: CellState, recipe_digest: str) -> dict[str, Json]:
    """Parts made from the recipe, oldest first, and how many are where; ``made`` is their sum."""
    rows: list[Json] = []
    sums = dict.fromkeys(COUNTED, 0)
    for build in state.builds.values():
        order = state.orders[build.order_id]
        group = GROUPS[build.state]
        if order.recipe_digest != recipe_digest or group == NOT_BEGUN:
            continue
        sums[group] += 1
        rows.append(_row(build, order.patient_token, group))
    return {"recipe_digest": recipe_digest, "made": sum(sums.values()), **sums, "parts": rows}


def _row(build: Build, token: str, group: str) -> dict[str, Json]:
    return {
        "build_id": build.build_id,
        "order_id": build.order_id,
        "patient_token": token,
        "lot_id": build.permit.lot_id,
        "state": build.state.word,
        "group": group,
        "permitted_at": instant_text(build.permitted_at),
        "handed_over_to": build.handed_over_to,
    }
