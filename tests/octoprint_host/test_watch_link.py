"""The standing connection: what browsers are told, and that nothing old is shown as current."""

from __future__ import annotations

import queue
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mdps_plugin.octoprint_host import watch_link
from mdps_plugin.octoprint_host.controller_link import ControllerLink
from mdps_plugin.octoprint_host.watch_link import Message, WatchLink, state_message

from .scripted_controller import ScriptedController, ok

ABOUT = {"octoprint": "1.11.8", "plugin": "0.1.0"}
PATIENCE_S = 20.0


class Face:
    """A watch with its messages in a queue."""

    def __init__(self, path: Path) -> None:
        self.messages: queue.Queue[Message] = queue.Queue()
        self.beats: queue.Queue[bool] = queue.Queue()
        self.watch = WatchLink(
            ControllerLink(path=path), ABOUT, self.messages.put, lambda: self.beats.put(True)
        )

    def until(self, wanted: Callable[[Message], Any]) -> Message:
        """The next message that is wanted; the test fails when none comes."""
        while True:
            message = self.messages.get(timeout=PATIENCE_S)
            if wanted(message):
                return message


@pytest.fixture
def socket_path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mdps") as folder:
        yield Path(folder) / "c.sock"


@pytest.fixture
def face(socket_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Face]:
    monkeypatch.setattr(watch_link, "BEAT_S", 0.2)
    monkeypatch.setattr(watch_link, "TELL_S", 0.05)
    monkeypatch.setattr(watch_link, "SILENT_S", 0.6)
    face = Face(socket_path)
    yield face
    face.watch.close()


def of_type(name: str) -> Callable[[Message], bool]:
    return lambda message: message["type"] == name


def test_first_message_says_ask_and_later_ones_carry_the_change(
    socket_path: Path, face: Face
) -> None:
    first = {"seq": 7, "lock": {"word": "Locked", "icon": "lock"}, "orders": []}
    with ScriptedController(socket_path, lambda request, body: ok(first)) as controller:
        face.watch.start()
        message = face.until(of_type("state"))
        assert message == {"type": "state", "base": None, "seq": 7, "patch": None}
        assert face.watch.snapshot() == first
        assert controller.watching.wait(PATIENCE_S)
        controller.tell({"event": "state", **first, "seq": 8, "lock": {"word": "Ready"}})
        message = face.until(of_type("state"))
    assert message == {
        "type": "state",
        "base": 7,
        "seq": 8,
        "patch": {"seq": 8, "lock": {"word": "Ready", "icon": None}},
    }


def test_refusals_go_on_at_once_and_as_they_are(socket_path: Path, face: Face) -> None:
    with ScriptedController(socket_path, lambda request, body: ok({"seq": 1})) as controller:
        face.watch.start()
        assert controller.watching.wait(PATIENCE_S)
        controller.tell({"event": "refusal", "number": 3, "title": "Not sent"})
        message = face.until(of_type("refusal"))
    assert message["refusal"] == {"number": 3, "title": "Not sent"}


def test_heartbeat_says_the_versions(socket_path: Path, face: Face) -> None:
    with ScriptedController(socket_path, lambda request, body: ok({"seq": 1})) as controller:
        face.watch.start()
        assert face.beats.get(timeout=PATIENCE_S)
    assert controller.asked("heartbeat")[0]["args"] == ABOUT


def test_the_heartbeat_goes_on_whatever_goes_with_it_raises(
    socket_path: Path, face: Face, caplog: pytest.LogCaptureFixture
) -> None:
    def fails() -> None:
        face.beats.put(True)
        raise AttributeError("no connection just now")

    watch = WatchLink(ControllerLink(path=socket_path), ABOUT, face.messages.put, fails)
    with ScriptedController(socket_path, lambda request, body: ok({"seq": 1})):
        watch.start()
        for _ in range(3):
            assert face.beats.get(timeout=PATIENCE_S)
        watch.close()
    assert "no connection just now" in caplog.text


def test_silence_throws_the_snapshot_away_and_a_voice_brings_it_back(
    socket_path: Path, face: Face
) -> None:
    snapshot = {"seq": 1, "lock": {"word": "Building 42 %"}}
    with ScriptedController(socket_path, lambda request, body: ok(snapshot)) as controller:
        face.watch.start()
        face.until(of_type("state"))
        controller.mute.set()
        face.until(of_type("silent"))
        assert face.watch.snapshot() is None
        controller.mute.clear()
        controller.hang_up()
        message = face.until(of_type("state"))
        assert message["patch"] is None
        assert face.watch.snapshot() == snapshot


def test_controller_that_comes_late_and_goes_and_comes(socket_path: Path, face: Face) -> None:
    face.watch.start()
    face.until(of_type("silent"))
    for seq in (5, 1):
        with ScriptedController(socket_path, lambda request, body, n=seq: ok({"seq": n})):
            assert face.until(of_type("state"))["seq"] == seq
        face.until(of_type("silent"))


def test_garbage_on_the_stream_is_survived(socket_path: Path, face: Face) -> None:
    with ScriptedController(socket_path, lambda request, body: ok({"seq": 2})) as controller:
        face.watch.start()
        face.until(of_type("state"))
        assert controller.watching.wait(PATIENCE_S)
        controller.watching.clear()
        controller.tell_raw(b"\x00\xff garbage\n")
        assert controller.watching.wait(PATIENCE_S)
        controller.tell({"event": "refusal", "number": 1})
        assert face.until(of_type("refusal"))["refusal"] == {"number": 1}


def test_large_changes_are_fetched_not_pushed() -> None:
    old: dict[str, Any] = {"seq": 1, "orders": []}
    new: dict[str, Any] = {"seq": 2, "orders": [{"order_id": "O-1", "device": "x" * 3000}]}
    assert state_message(old, new) == {"type": "state", "base": 1, "seq": 2, "patch": None}


def test_nothing_new_is_not_told() -> None:
    assert state_message({"seq": 1}, {"seq": 1}) is None
    assert state_message({"seq": 1}, None) is None
