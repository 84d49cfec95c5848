"""One real OctoPrint with the plugin for all tests of the face, beside a scripted controller."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .real_face import Face
from .scripted_controller import ScriptedController, ok

SNAPSHOT: dict[str, Any] = {
    "seq": 1,
    "at": "2026-11-23T14:05:00Z",
    "controller": {"version": "0.1.0", "cell": "printer-7", "site": "Test", "demonstration": True},
    "lock": {"mode": "locked", "word": "Locked", "icon": "lock", "detail": "", "percent": None},
    "printer": {"qualified": True, "detail": "Qualified"},
    "build": None,
    "next_step": {"text": "Scan an order", "screen": "today", "order_id": None},
    "orders": [],
    "qms": None,
    "refusals": [],
}


class Hospital:
    """The face, the stand-in controller, and what each verb shall answer."""

    def __init__(self, face: Face, controller: ScriptedController) -> None:
        self.face = face
        self.controller = controller
        self.answers: dict[str, Any] = {}

    def reset(self) -> None:
        self.answers.clear()
        self.controller.requests.clear()
        self.controller.bodies.clear()
        self.controller.mute.clear()


@pytest.fixture(scope="session")
def whole_hospital() -> Iterator[Hospital]:
    # Unix socket paths are short; pytest's own folders may not be.
    with tempfile.TemporaryDirectory(prefix="mdps") as name:
        hospital: list[Hospital] = []

        def script(request: dict[str, Any], body: bytes) -> Any:
            answers = hospital[0].answers if hospital else {}
            answer = answers.get(request["verb"])
            if callable(answer):
                return answer(request, body)
            if answer is not None:
                return answer
            return ok(SNAPSHOT if request["verb"] == "state" else None)

        path = Path(name) / "c.sock"
        with (
            ScriptedController(path, script) as controller,
            Face(Path(name) / "octoprint", path) as face,
        ):
            hospital.append(Hospital(face, controller))
            yield hospital[0]


@pytest.fixture
def hospital(whole_hospital: Hospital) -> Iterator[Hospital]:
    whole_hospital.reset()
    yield whole_hospital
    whole_hospital.reset()
