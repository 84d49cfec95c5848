"""The task of the examining process as a document: written by the controller, read by the worker.

Pure; the bytes beside it are parts of the message.
"""

from __future__ import annotations

import math

from ..canonical import Json
from ..reading import Fields
from ..recipes.parse import parse_recipe
from .verification import Task
from .worker_message import Message

TASK, PROGRESS, ANSWER, FAULT = "task", "progress", "answer", "fault"
OUT_OF_MEMORY = "out of memory"
_PINNED = "pinned/"


def task_message(task: Task, number: str, version: str) -> Message:
    """``number``: says which answer belongs to it. ``version``: of the controller."""
    parts = {f"{_PINNED}{name}": data for name, data in task.pinned.items()}
    if task.model is not None:
        parts["model"] = task.model
    if task.gcode is not None:
        parts["gcode"] = task.gcode
    body: dict[str, Json] = {
        "number": number,
        "version": version,
        "order_id": task.order_id,
        "recipe": task.recipe.raw,
        "variables": dict(task.variables),
        "reach_mm": list(task.reach_mm),
        "threads": task.threads,
    }
    return Message(kind=TASK, body=body, parts=parts)


def read_task(message: Message, version: str) -> tuple[str, Task]:
    """Number and task; :class:`DocumentError` where another version of the controller sent it."""
    fields = Fields(message.body, TASK)
    number = fields.text("number")
    if (found := fields.text("version")) != version:
        raise fields.fault("version", found, version)
    task = Task(
        order_id=fields.text("order_id"),
        recipe=parse_recipe(fields.take("recipe"), TASK),
        pinned={
            name.removeprefix(_PINNED): data
            for name, data in message.parts.items()
            if name.startswith(_PINNED)
        },
        variables={name: str(value) for name, value in fields.child("variables").as_dict().items()},
        reach_mm=three_numbers(fields, "reach_mm"),
        model=message.parts.get("model"),
        gcode=message.parts.get("gcode"),
        threads=fields.integer("threads", minimum=1, maximum=64),
    )
    fields.close()
    return number, task


def three_numbers(fields: Fields, key: str) -> tuple[float, float, float]:
    """A list of exactly three finite numbers."""
    values = [item for _, item in fields.items(key, least=3, most=3)]
    if not all(isinstance(value, (int, float)) and math.isfinite(value) for value in values):
        raise fields.fault(key, "something else", "three numbers")
    x, y, z = (float(value) for value in values if isinstance(value, (int, float)))
    return x, y, z
