"""The HTTP API of the plugin in a real OctoPrint: conversion, permissions, starting a build."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from mdps_plugin.octoprint_host.hooks import BUILD, INSPECT, QUALITY, RELEASE
from mdps_plugin.octoprint_host.route_table import ROUTES, Route
from tests.harness import wait_until

from .conftest import SNAPSHOT, Hospital
from .real_face import form, key_of
from .scripted_controller import ok

pytestmark = pytest.mark.octoprint

REFUSAL = {"accepted": False, "findings": [{"title": "Wrong spool"}], "not_run": []}
JOB = b"M110 N0\nG28\n" + b"G1 X1 Y1 F3000\nG1 X2 Y2\n" * 20
HOLDS = {
    "tech": {BUILD},
    "releaser": {BUILD, RELEASE},
    "quality": {BUILD, RELEASE, QUALITY},
    "inspector": {INSPECT},
    "stranger": set(),
}


def uploaded(hospital: Hospital, build_id: str) -> Path:
    return hospital.face.folder / "uploads" / "mdps" / f"{build_id}.gcode"


def test_get_passes_path_arguments_and_the_name_of_the_user(hospital: Hospital) -> None:
    hospital.answers["document"] = lambda request, body: ok(request)
    status, answer, headers = hospital.face.ask("tech", "GET", "document/B-1/label%20%C3%A9.pdf")
    assert status == 200
    assert answer["args"] == {"build_id": "B-1", "name": "label é.pdf"}
    assert answer["actor"] == "tech"
    assert headers["cache-control"] == "no-store"


def test_log_tail_asks_for_a_number(hospital: Hospital) -> None:
    hospital.answers["log_tail"] = lambda request, body: ok(request["args"])
    assert hospital.face.ask("inspector", "GET", "log_tail/25")[1] == {"count": 25}
    assert hospital.face.ask("inspector", "GET", "log_tail/many")[0] == 404


def test_signature_goes_through_as_it_is_and_into_no_log(hospital: Hospital) -> None:
    args = {
        "build_id": "B-1",
        "signature": {"user": "rob", "password": "s3cret-Ünique-pass", "meaning": "I release."},
    }
    assert hospital.face.ask("releaser", "POST", "sign_release", args)[0] == 200
    assert hospital.controller.asked("sign_release")[0]["args"] == args
    for file in [hospital.face.process.output, *hospital.face.folder.rglob("*.log*")]:
        assert "nique-pass" not in file.read_text(errors="replace")


@pytest.mark.parametrize(
    ("reply", "status", "member"),
    [
        ({"ok": False, "refusal": REFUSAL}, 409, "refusal"),
        ({"ok": False, "error": {"kind": "document", "message": "m"}}, 400, "error"),
        ({"ok": False, "error": {"kind": "usage", "message": "m"}}, 400, "error"),
        ({"ok": False, "error": {"kind": "transition", "message": "m"}}, 409, "error"),
        ({"ok": False, "error": {"kind": "signature", "message": "m"}}, 403, "error"),
        ({"ok": False, "error": {"kind": "environment", "message": "m"}}, 503, "error"),
        ({"ok": False, "error": {"kind": "never heard of", "message": "m"}}, 503, "error"),
    ],
)
def test_every_no_has_its_status_and_its_words(
    hospital: Hospital, reply: dict[str, Any], status: int, member: str
) -> None:
    hospital.answers["verify_order"] = reply
    got, answer, _ = hospital.face.ask("tech", "POST", "verify_order", {"order_id": "O-1"})
    assert (got, answer) == (status, {member: reply[member]})


@pytest.mark.parametrize(
    ("media_type", "shown"),
    [("application/pdf", "inline"), ("image/png", "inline"), ("text/html", "attachment")],
)
def test_files_come_as_bytes_and_never_as_a_page(
    hospital: Hospital, media_type: str, shown: str
) -> None:
    about = {"name": 'a"b.x', "media_type": media_type}
    hospital.answers["document"] = (ok(about), b"<script>alert(1)</script>")
    status, data, headers = hospital.face.ask("inspector", "GET", "document/B-1/x")
    assert (status, data) == (200, b"<script>alert(1)</script>")
    assert headers["content-disposition"].startswith(shown)
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.verb)
def test_permissions_of_every_route(hospital: Hospital, route: Route) -> None:
    path = route.verb + route.path.replace("<int:count>", "5").replace("<", "").replace(">", "")
    body = {"build_id": "B-1"} if route.method == "POST" else None
    # A start would print; the stand-in refuses it after the permission has been looked at.
    hospital.answers["job"] = {"ok": False, "refusal": REFUSAL}
    for user, holds in HOLDS.items():
        status, answer, _ = hospital.face.ask(user, route.method, path, body)
        allowed = not route.needs or bool(holds & set(route.needs))
        assert (status == 403) != allowed, (user, status, answer)
        if not allowed:
            assert answer["error"]["kind"] == "permission"
            assert answer["error"]["allowed"].startswith("Needs: ")
    status, _, _ = hospital.face.ask(None, route.method, path, body)
    assert status in (400, 401, 403), "nobody gets in without a login"


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"{", b"\xff", b'{"a":1,"a":2}', b'{"a":NaN}', b"[" * 200, b'"x"'],
)
def test_a_body_that_is_no_object_names_what_was_seen(hospital: Hospital, body: bytes) -> None:
    status, answer, _ = hospital.face.ask("tech", "POST", "verify_order", body)
    assert status == 400
    assert answer["error"]["kind"] == "document"
    assert answer["error"]["observed"]
    assert answer["error"]["allowed"]
    assert hospital.controller.asked("verify_order") == []


def test_order_and_model_as_a_form(hospital: Hospital) -> None:
    stl = bytes(range(256)) * 3000
    body, content_type = form(order=b'{"order_id": "O-7"}', patient=b'{"token": "P"}', file=stl)
    status, _, _ = hospital.face.ask("tech", "POST", "receive_order", body, content_type)
    assert status == 200
    assert hospital.controller.asked("receive_order")[0]["args"] == {
        "order": {"order_id": "O-7"},
        "patient": {"token": "P"},
    }
    assert stl in hospital.controller.bodies


def test_a_form_cannot_name_a_file_of_the_server(hospital: Hospital) -> None:
    boundary = "x"
    body = (
        b'--x\r\nContent-Disposition: form-data; name="order.path"\r\n\r\n/etc/passwd\r\n--x--\r\n'
    )
    kind = f"multipart/form-data; boundary={boundary}"
    assert hospital.face.ask("tech", "POST", "receive_order", body, kind)[0] == 400
    body = b"order.path=/etc/passwd"
    kind = "application/x-www-form-urlencoded"
    assert hospital.face.ask("tech", "POST", "receive_order", body, kind)[0] == 400
    assert hospital.controller.asked("receive_order") == []


def test_form_without_an_order(hospital: Hospital) -> None:
    body, content_type = form(file=b"solid")
    status, answer, _ = hospital.face.ask("tech", "POST", "receive_order", body, content_type)
    assert (status, answer["error"]["observed"]) == (400, "missing")


def _stick(request: bytes, data: bytes | None) -> tuple[bytes, str]:
    """The form of the recipes screen: a field, so that no password lies on the disk; and a file."""
    parts = [b'--x\r\nContent-Disposition: form-data; name="request"\r\n\r\n' + request]
    if data is not None:
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="s.zip"\r\n'
        parts.append(head + b"Content-Type: application/zip\r\n\r\n" + data)
    return b"\r\n".join([*parts, b"--x--\r\n"]), "multipart/form-data; boundary=x"


def test_a_stick_comes_as_bytes(hospital: Hospital) -> None:
    data = bytes(range(256)) * 2000
    body, kind = _stick(b'{"repository": "hospital", "name": "s.zip"}', data)
    status, _, _ = hospital.face.ask("tech", "POST", "import_recipes", body, kind)
    assert status == 200
    asked = hospital.controller.asked("import_recipes")
    assert asked[0]["args"] == {"repository": "hospital", "name": "s.zip"}
    assert data in hospital.controller.bodies


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        _stick(b"{}", None),
        _stick(b"{}", b""),
        _stick(b"[]", b"zip"),
        _stick(b"{", b"zip"),
        (b'{"repository": "hospital", "path": "/etc"}', "application/json"),
        (b"request={}&file.path=/etc/passwd", "application/x-www-form-urlencoded"),
        (
            (
                b'--x\r\nContent-Disposition: form-data; name="request"\r\n\r\n{}\r\n'
                b'--x\r\nContent-Disposition: form-data; name="file.path"\r\n\r\n/etc/passwd\r\n'
                b"--x--\r\n"
            ),
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_what_is_no_stick_reaches_no_controller(hospital: Hospital, body: bytes, kind: str) -> None:
    assert hospital.face.ask("tech", "POST", "import_recipes", body, kind)[0] == 400
    assert hospital.controller.asked("import_recipes") == []


def test_start_prints_the_very_bytes_and_takes_the_file_away(hospital: Hospital) -> None:
    hospital.face.wait_for_state("Operational")
    hospital.answers["job"] = (ok({"name": "x"}), JOB)
    seen: list[bytes] = []

    def arm(_request: Any, _body: bytes) -> Any:
        seen.append(uploaded(hospital, "B-1").read_bytes())
        return ok({"build_id": "B-1"})

    hospital.answers["arm_build"] = arm
    status, answer, _ = hospital.face.ask("tech", "POST", "start_build", {"build_id": "B-1"})
    assert (status, answer) == (200, {"build_id": "B-1"})
    assert seen == [JOB], "the file lies there before the permit is burned"
    wait_until(lambda: not uploaded(hospital, "B-1").exists(), 60, "the job file to be gone")
    hospital.face.wait_for_state("Operational")
    printed = json.dumps(hospital.face.get("/api/job")[1])
    assert "B-1" not in printed, "nothing is left selected for a second start"


def test_refused_start_leaves_no_file_and_prints_nothing(hospital: Hospital) -> None:
    hospital.face.wait_for_state("Operational")
    hospital.answers["job"] = (ok({}), JOB)
    hospital.answers["arm_build"] = {"ok": False, "refusal": REFUSAL}
    status, answer, _ = hospital.face.ask("tech", "POST", "start_build", {"build_id": "B-2"})
    assert (status, answer) == (409, {"refusal": REFUSAL})
    assert not uploaded(hospital, "B-2").exists()
    assert hospital.face.state() == "Operational"


@pytest.mark.parametrize("build_id", ["../../x", "a/b", "", "x" * 200, "a\nb", ".hidden"])
def test_build_id_that_is_no_file_name(hospital: Hospital, build_id: str) -> None:
    hospital.face.wait_for_state("Operational")
    hospital.answers["job"] = (ok({}), JOB)
    status, answer, _ = hospital.face.ask("tech", "POST", "start_build", {"build_id": build_id})
    assert (status, answer["error"]["kind"]) == (400, "document")
    assert hospital.controller.asked("arm_build") == []


def test_no_start_while_octoprint_has_no_printer(hospital: Hospital) -> None:
    hospital.face.wait_for_state("Operational")
    hospital.face.post("/api/connection", {"command": "disconnect"})
    status, answer, _ = hospital.face.ask("tech", "POST", "start_build", {"build_id": "B-3"})
    assert (status, answer["error"]["kind"]) == (503, "environment")
    assert hospital.controller.asked("job") == []
    # The face connects again by itself: nobody at the screen may have that permission.
    hospital.face.wait_for_state("Operational", seconds=60)


def test_silent_controller_is_said_and_nothing_old_is_given(hospital: Hospital) -> None:
    hospital.controller.mute.set()

    def silent() -> Any:
        status, answer, _ = hospital.face.ask("stranger", "GET", "snapshot")
        return answer if status == 503 else None

    answer = wait_until(silent, 30, "the snapshot to be thrown away")
    assert answer["error"]["message"] == "No controller: the printer is locked"
    assert "next_step" in answer["error"]
    hospital.controller.mute.clear()
    wait_until(
        lambda: hospital.face.ask("stranger", "GET", "snapshot")[1] == SNAPSHOT, 30, "the snapshot"
    )


def test_settings_show_the_socket_to_no_user_and_change_for_nobody(hospital: Hospital) -> None:
    path = hospital.face.folder / "config.yaml"
    before = path.read_text()
    hospital.face.post("/api/settings", {"plugins": {"mdps": {"socket": "/tmp/other.sock"}}})
    assert "/tmp/other.sock" not in path.read_text()
    assert str(hospital.controller.path) in before
    request = urllib.request.Request(
        f"{hospital.face.url}/api/settings", headers={"X-Api-Key": key_of("tech")}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert str(hospital.controller.path) not in answer.read().decode()
