"""The example recipes as the demonstration uses them, verified against the example root."""

from __future__ import annotations

from datetime import UTC, datetime

from ..errors import EnvironmentFault
from ..recipes.bundle import verify_bundle
from ..recipes.document import Recipe
from ..recipes.store import default_root_path, find_bundle, load_bundle
from ..recipes.trust import parse_root


def example_recipe(name: str) -> Recipe:
    """The newest revision that ships; :class:`EnvironmentFault` if it does not verify."""
    root = parse_root(default_root_path().read_bytes(), "example root")
    files = load_bundle(find_bundle(f"validated_recipes/{name}"))
    recipe = verify_bundle(files, root, datetime.now(UTC), name).recipe
    if recipe is None:
        raise EnvironmentFault(f"the example recipe {name} does not verify")
    return recipe
