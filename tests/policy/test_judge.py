"""What a policy denies: one row for each limit, and the shipped recipes under the default one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mdps_plugin.policy.document import parse_policy
from mdps_plugin.policy.judge import judge
from mdps_plugin.recipes.document import Recipe
from tests.build.world import make_recipe

from .policies import document


def codes(recipe: Recipe, **changes: Any) -> list[str]:
    return [found.code for found in judge(recipe, parse_policy(document(**changes), "policy"))]


def named(**texts: Any) -> Recipe:
    recipe = make_recipe()
    return replace(recipe, device=replace(recipe.device, **texts))


def classed(name: str) -> Recipe:
    recipe = make_recipe()
    (entry,) = recipe.classification
    return replace(recipe, classification=(replace(entry, device_class=name),))


def test_an_ordinary_recipe_is_not_denied() -> None:
    assert codes(make_recipe()) == []


@pytest.mark.parametrize(
    ("highest", "allowed"),
    [("none", {"none"}), ("I", {"none", "I"}), ("IIa", {"none", "I", "Im", "Is", "Ir", "IIa"})],
)
def test_the_highest_class_and_those_below_it(highest: str, allowed: set[str]) -> None:
    for name in ("none", "I", "Im", "Is", "Ir", "IIa", "IIb", "III", "i", "IV", "Class I"):
        found = codes(classed(name), jurisdictions__0__max_class=highest)
        assert found == ([] if name in allowed else ["SP-021"]), name


def test_each_limit_has_its_code_and_names_the_policy() -> None:
    us = [{"jurisdiction": "US", "max_class": "I"}]
    only = {"unlisted": "denied", "allowed": ["bottle grip"], "denied": []}
    rows: list[tuple[Recipe, dict[str, Any], list[str]]] = [
        (make_recipe(), {"jurisdictions": us}, ["SP-020"]),
        (replace(make_recipe(), implantable=True), {}, ["SP-022"]),
        (make_recipe(), {"pathways": ["mass_produced"]}, ["SP-023"]),
        (named(generic_name="Windlass Tourniquet"), {}, ["SP-024"]),
        (named(intended_use="Used as a tour­niquet, or tourniquets."), {}, ["SP-024"]),
        (named(description="A HEART-VALVE model"), {}, ["SP-024"]),
        (named(generic_name="finger splint"), {"device_types": only}, ["SP-025"]),
        (named(generic_name="Bottle-grip"), {"device_types": only}, []),
        (named(contraindications=("Never as a tourniquet.",)), {}, []),
    ]
    for recipe, changes, expected in rows:
        policy = parse_policy(document(**changes), "policy")
        found = judge(recipe, policy)
        assert [one.code for one in found] == expected, changes
        for one in found:
            assert policy.label in one.allowed()
            assert "?" not in one.message()
