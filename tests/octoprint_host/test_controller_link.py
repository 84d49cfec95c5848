"""Requests to the controller: answers of each kind, and everything that can go wrong."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.errors import LinkError
from mdps_plugin.octoprint_host.controller_link import ControllerLink

from .scripted_controller import ScriptedController, ok


@pytest.fixture
def socket_path() -> Iterator[Path]:
    # Unix socket paths are short; pytest's own folders may not be.
    with tempfile.TemporaryDirectory(prefix="mdps") as folder:
        yield Path(folder) / "c.sock"


def test_request_carries_verb_args_and_actor(socket_path: Path) -> None:
    with ScriptedController(socket_path, lambda request, body: ok({"n": 1})) as controller:
        answer = ControllerLink(path=socket_path).ask("order", {"order_id": "Ö-1"}, actor="jkral")
    assert (answer.outcome, answer.body, answer.data) == ("result", {"n": 1}, None)
    assert controller.requests == [
        {"id": 1, "verb": "order", "args": {"order_id": "Ö-1"}, "actor": "jkral"}
    ]


def test_file_goes_as_raw_bytes_after_the_line(socket_path: Path, tmp_path: Path) -> None:
    data = bytes(range(256)) * 5000 + b"\n{}\n"
    (tmp_path / "part.stl").write_bytes(data)
    with ScriptedController(socket_path, lambda request, body: ok(len(body))) as controller:
        answer = ControllerLink(path=socket_path).ask(
            "receive_order", {"order": {}}, actor="x", attachment=tmp_path / "part.stl"
        )
    assert answer.body == len(data)
    assert controller.bodies == [data]


def test_reply_with_bytes(socket_path: Path) -> None:
    with ScriptedController(socket_path, lambda request, body: (ok({"name": "j"}), b"G28\n")):
        answer = ControllerLink(path=socket_path).ask("job", actor="x")
    assert (answer.body, answer.data) == ({"name": "j"}, b"G28\n")


@pytest.mark.parametrize("kind", ["refusal", "error"])
def test_a_no_is_an_answer(socket_path: Path, kind: str) -> None:
    reply = {"ok": False, kind: {"message": "Wrong password. 2 tries left."}}
    with ScriptedController(socket_path, lambda request, body: reply):
        answer = ControllerLink(path=socket_path).ask("sign_step", actor="x")
    assert answer.outcome == kind
    assert answer.body == {"message": "Wrong password. 2 tries left."}


def test_nobody_listens(socket_path: Path) -> None:
    with pytest.raises(LinkError, match="no controller at"):
        ControllerLink(path=socket_path).ask("state", actor="x")


def test_silence_ends_after_its_time_and_counts_as_no_sign_of_life(socket_path: Path) -> None:
    heard: list[bool] = []
    with ScriptedController(socket_path, lambda request, body: ok(None)) as controller:
        controller.mute.set()
        link = ControllerLink(path=socket_path, heard=lambda: heard.append(True))
        with pytest.raises(LinkError, match="time is up"):
            link.ask("state", actor="x", timeout_s=0.2)
    assert heard == []


@pytest.mark.parametrize(
    "raw",
    [
        b"\n",
        b"{}\n",
        b"[1]\n",
        b'{"ok": true',
        b"\xff\xfe\n",
        b'{"ok": true, "result": NaN}\n',
        b'{"ok": true, "bytes": -1}\n',
        b'{"ok": true, "bytes": true}\n',
        b'{"ok": true, "bytes": 99999999999}\n',
        b'{"ok": true, "ok": false}\n',
        b"[" * 5000 + b"\n",
    ],
)
def test_nonsense_is_no_answer(socket_path: Path, raw: bytes) -> None:
    def script(request: object, body: bytes) -> bytes:
        return raw

    with ScriptedController(socket_path, script) as controller:
        controller.close_after_reply = True
        with pytest.raises(LinkError, match="no answer to 'state'"):
            ControllerLink(path=socket_path).ask("state", actor="x", timeout_s=2)


def test_file_cut_short_is_no_answer(socket_path: Path) -> None:
    with ScriptedController(
        socket_path, lambda request, body: b'{"ok": true, "bytes": 10}\nabc'
    ) as controller:
        controller.close_after_reply = True
        with pytest.raises(LinkError, match="no answer"):
            ControllerLink(path=socket_path).ask("document", actor="x", timeout_s=2)


def test_any_bytes_give_an_answer_or_a_link_error(socket_path: Path) -> None:
    replies: list[bytes] = []

    with ScriptedController(socket_path, lambda request, body: replies[-1]) as controller:
        controller.close_after_reply = True

        @settings(max_examples=80, deadline=None)
        @given(
            st.binary(max_size=60) | st.from_regex(rb'\{"ok": ?[a-z1"]{0,8}\}\n', fullmatch=True)
        )
        def fuzz(raw: bytes) -> None:
            replies.append(raw)
            try:
                answer = ControllerLink(path=socket_path).ask("state", actor="x", timeout_s=2)
            except LinkError:
                return
            assert answer.outcome in ("result", "refusal", "error")

        fuzz()


def test_a_slow_request_does_not_hold_up_another(socket_path: Path) -> None:
    """Stop must not wait until the log is verified: every request has its own connection."""
    import threading

    verifying, go_on = threading.Event(), threading.Event()

    def script(request: dict[str, str], body: bytes) -> object:
        if request["verb"] == "verify_log":
            verifying.set()
            go_on.wait(20)
        return ok(request["verb"])

    with ScriptedController(socket_path, script):
        link = ControllerLink(path=socket_path)
        slow = threading.Thread(target=lambda: link.ask("verify_log", actor="x", timeout_s=30))
        slow.start()
        assert verifying.wait(10)
        assert link.ask("stop", actor="x", timeout_s=10).body == "stop"
        assert slow.is_alive()
        go_on.set()
        slow.join(20)
