"""Orders that wait when somebody opens the demonstration: one for each example recipe.

They come in and are checked as any order is. The same orders lie as files beside the hospital, so
that bringing an order by hand can be tried too.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ..controller.client_link import ControllerClient
from ..recipes.document import ModelSource
from .hospital import EXAMPLE_RECIPES, Hospital
from .orders import example_order
from .recipes import example_recipe

Say = Callable[[str], None]
OPEN = ("ordered", "verifying", "verified", "refused")


def prepare_orders(hospital: Hospital, say: Say) -> None:
    """See to it that an order waits for every example recipe, and that it has been checked."""
    with ControllerClient(hospital.socket) as controller:
        orders: Any = controller.call("orders")
        waiting = {row["recipe"].split(" ")[0] for row in orders if row["state"] in OPEN}
        missing = [name for name in EXAMPLE_RECIPES if name not in waiting]
        if missing:
            say(f"orders come in for {', '.join(missing)}")
        for name in missing:
            _send(hospital, controller, name)
        fresh: Any = controller.call("orders")
        for row in fresh:
            if row["build_id"] is None and row["state"] in OPEN:
                controller.call("verify_order", {"order_id": row["order_id"]})


def _send(hospital: Hospital, controller: ControllerClient, name: str) -> None:
    recipe = example_recipe(name)
    variables = {variable.name: variable.default for variable in recipe.variables}
    from_order = recipe.model_source is ModelSource.ORDER
    order, patient, model = example_order(
        name, datetime.now(UTC), variables, model_from_order=from_order
    )
    controller.call(
        "receive_order", {"order": order, "patient": patient}, actor="ward 4B", body=model
    )
    # A second one as files, to be brought by hand.
    order, _, model = example_order(name, datetime.now(UTC), variables, model_from_order=from_order)
    folder = hospital.home / "orders"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(order, indent=2))
    if model:
        (folder / f"{name}.stl").write_bytes(model)
