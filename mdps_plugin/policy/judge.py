"""May a recipe's device be made under a site policy? A pure function of the two (row 29)."""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding
from ..recipes.document import Recipe
from . import codes
from .document import CLASS_ORDER, SitePolicy, Unlisted, plain


def judge(recipe: Recipe, policy: SitePolicy) -> tuple[Finding, ...]:
    """Every reason for which ``policy`` denies the device of ``recipe``; empty if none."""
    return (
        *_classes(recipe, policy),
        *_kind(recipe, policy),
        *_types(recipe, policy),
    )


def _classes(recipe: Recipe, policy: SitePolicy) -> Iterator[Finding]:
    for jurisdiction, highest in policy.max_class.items():
        order = CLASS_ORDER[jurisdiction]
        classes = [
            entry.device_class
            for entry in recipe.classification
            if entry.jurisdiction == jurisdiction
        ]
        if not classes:
            yield codes.found(
                codes.CLASS_MISSING,
                measured=jurisdiction,
                limit=highest,
                path="classification",
                policy=policy.label,
            )
        for device_class in classes:
            # A class that the order does not know is above every limit.
            known = device_class in order
            if not known or order.index(device_class) > order.index(highest):
                yield codes.found(
                    codes.CLASS_DENIED,
                    measured=device_class,
                    limit=highest,
                    path="classification",
                    policy=policy.label,
                    jurisdiction=jurisdiction,
                )


def _kind(recipe: Recipe, policy: SitePolicy) -> Iterator[Finding]:
    if recipe.implantable and not policy.implantable_allowed:
        yield codes.found(codes.IMPLANTABLE_DENIED, path="implantable", policy=policy.label)
    if recipe.pathway not in policy.pathways:
        yield codes.found(
            codes.PATHWAY_DENIED,
            measured=recipe.pathway.value,
            limit="only " + ", ".join(sorted(one.value for one in policy.pathways)),
            path="pathway",
            policy=policy.label,
        )


def _types(recipe: Recipe, policy: SitePolicy) -> Iterator[Finding]:
    """Denied words are looked for wherever the recipe says what the device is, not what it is not.

    Contraindications and warnings are left out: "not a tourniquet" is what they are for.
    """
    said = {
        "identity.recipe_id": recipe.identity.recipe_id,
        "identity.title": recipe.identity.title,
        "device.generic_name": recipe.device.generic_name,
        "device.description": recipe.device.description,
        "device.intended_use": recipe.device.intended_use,
    }
    for word in policy.denied_types:
        for path, text in said.items():
            if word in plain(text):
                yield codes.found(
                    codes.TYPE_DENIED, measured=word, limit=word, path=path, policy=policy.label
                )
                break
    name = plain(recipe.device.generic_name)
    if policy.unlisted is Unlisted.DENIED and name not in policy.allowed_types:
        yield codes.found(
            codes.TYPE_NOT_LISTED,
            measured=recipe.device.generic_name,
            path="device.generic_name",
            policy=policy.label,
        )
