"""The query of a recall: every part made from a recipe, in sums that add up."""

from __future__ import annotations

from typing import Any

import pytest

from mdps_plugin.build.lifecycle import BuildState
from mdps_plugin.build.recall import COUNTED, GROUPS, NOT_BEGUN, parts_of

from .history import History


def test_every_state_of_a_build_has_its_place() -> None:
    assert set(GROUPS) == set(BuildState)
    assert set(GROUPS.values()) == {*COUNTED, NOT_BEGUN}


@pytest.mark.parametrize(
    ("history", "group"),
    [
        (History().registers().ordered().verified().permitted(), NOT_BEGUN),
        (History().registers().ordered().verified().permitted().armed(), "on_the_printer"),
        (History().to_building(), "on_the_printer"),
        (History().to_building().streamed(), "on_hold"),
        (History().to_inspected(), "on_hold"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_part_is_counted_where_it_is_and_the_sum_is_what_was_made(
    history: History, group: str
) -> None:
    found: Any = parts_of(history.state, history.recipe.digest)
    assert found["made"] == sum(found[name] for name in COUNTED) == len(found["parts"])
    if group == NOT_BEGUN:
        assert found["parts"] == []
        return
    assert found[group] == 1
    (part,) = found["parts"]
    assert (part["build_id"], part["group"]) == ("B-1", group)
    assert part["patient_token"] == history.state.orders[part["order_id"]].patient_token
    assert history.state.builds["B-1"].permit.lot_id == part["lot_id"]


def test_parts_of_another_recipe_are_not_in_it() -> None:
    found: Any = parts_of(History().to_inspected().state, "0" * 64)
    assert (found["made"], found["parts"]) == (0, [])
