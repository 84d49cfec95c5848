"""Three threads that keep the browsers told: watch, beat, tell. Holds the newest snapshot only.

- watch: one connection with ``watch``; events become messages, a lost one is opened again.
- beat: ``heartbeat`` every 2 s while the plugin lives, so that the gate knows the face is there.
- tell: at most one message about the state each second.

After :data:`SILENT_S` without a word from the controller the snapshot is thrown away, and the
browsers are told so: nothing old is shown as current.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping

from ..canonical import Json
from ..errors import DocumentError, LinkError
from .controller_link import ControllerLink, read_line, request_line
from .merge_patch import merge_patch

BEAT_S = 2.0
SILENT_S = 5.0
WATCH_SILENT_S = 6.0
"""The controller says something on ``watch`` every 2 s; longer silence means: open it again."""
TELL_S = 1.0
BACK_OFF_S = (0.25, 0.5, 1.0, 2.0, 4.0)
MAX_PATCH_BYTES = 2000
"""Larger patches are not pushed; the browser is told to ask for the snapshot instead."""

ACTOR = "(plugin)"
_log = logging.getLogger(__name__)

Message = dict[str, Json]


class WatchLink:
    """The plugin's standing connection. ``tell`` gets each message, from one of the threads."""

    def __init__(
        self,
        link: ControllerLink,
        about: Mapping[str, Json],
        tell: Callable[[Message], None],
        beat: Callable[[], None],
    ) -> None:
        """``about`` goes with every heartbeat, ``beat`` is called after each answered one.

        Nothing runs before :meth:`start`.
        """
        self._link = ControllerLink(path=link.path, heard=self._hear)
        self._about = about
        self._tell = tell
        self._beat = beat
        self._closing = threading.Event()
        self._dirty = threading.Event()
        self._lock = threading.Lock()
        # Guarded by _lock.
        self._heard_at = time.monotonic()
        self._newest: Mapping[str, Json] | None = None
        self._told: Mapping[str, Json] | None = None

    @property
    def link(self) -> ControllerLink:
        """For requests; their answers count as signs of life."""
        return self._link

    def start(self) -> None:
        """Start the three threads."""
        for work in (self._watching, self._beating, self._telling):
            threading.Thread(target=work, name=f"mdps{work.__name__}", daemon=True).start()

    def close(self) -> None:
        """Let the threads end by themselves."""
        self._closing.set()
        self._dirty.set()

    def silent_s(self) -> float:
        """Seconds since the controller last said anything."""
        with self._lock:
            return time.monotonic() - self._heard_at

    def snapshot(self) -> Mapping[str, Json] | None:
        """The snapshot that the last message led to; None while there is none to believe."""
        with self._lock:
            return self._told if self._newest is not None else None

    def _hear(self) -> None:
        with self._lock:
            self._heard_at = time.monotonic()

    def _watching(self) -> None:
        failures = 0
        while not self._closing.is_set():
            try:
                for event in self._events():
                    failures = 0
                    self._take(event)
            except (LinkError, DocumentError, OSError):
                failures += 1
            self._closing.wait(BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)])

    def _events(self) -> Iterator[Mapping[str, Json]]:
        with self._link.open(WATCH_SILENT_S) as connection, connection.makefile("rb") as reader:
            connection.sendall(request_line("watch", {}, ACTOR))
            if read_line(reader) is None:
                return
            # The stream tells changes only; what holds now must be asked for, and after joining.
            answer = self._link.ask("state", actor=ACTOR)
            if answer.outcome == "result" and isinstance(answer.body, Mapping):
                yield {**answer.body, "event": "state"}
            while not self._closing.is_set():
                event = read_line(reader)
                if event is None:
                    return
                self._hear()
                yield event

    def _take(self, event: Mapping[str, Json]) -> None:
        body = {key: value for key, value in event.items() if key != "event"}
        if event.get("event") == "state":
            with self._lock:
                self._newest = body
            self._dirty.set()
        elif event.get("event") == "refusal":
            self._tell({"type": "refusal", "refusal": body})

    def _after_beat(self) -> None:
        try:
            self._beat()
        except Exception:  # noqa: BLE001 - whatever OctoPrint raises, the heartbeat goes on
            # OctoPrint's connection, which other threads open and close meanwhile. Without the
            # heartbeat the gate would end a build that is fine.
            _log.exception("what goes with the heartbeat failed; the heartbeat goes on")

    def _beating(self) -> None:
        while not self._closing.is_set():
            try:
                self._link.ask("heartbeat", self._about, actor=ACTOR, timeout_s=BEAT_S)
                self._after_beat()
            except LinkError:
                # Said below as silence, once it has lasted long enough to mean something.
                pass
            silent = self.silent_s()
            if silent >= SILENT_S:
                with self._lock:
                    self._newest = None
                self._dirty.set()
                self._tell({"type": "silent", "silent_s": round(silent)})
            else:
                self._tell({"type": "alive"})
            self._closing.wait(BEAT_S)

    def _telling(self) -> None:
        while not self._closing.is_set():
            self._dirty.wait()
            self._dirty.clear()
            with self._lock:
                newest, told = self._newest, self._told
                self._told = newest
            message = state_message(told, newest)
            if message is not None and not self._closing.is_set():
                self._tell(message)
                self._closing.wait(TELL_S)


def state_message(
    told: Mapping[str, Json] | None, newest: Mapping[str, Json] | None
) -> Message | None:
    """The message that brings a browser from ``told`` to ``newest``; None if there is nothing new.

    ``{"type": "state", "base": seq of told, "seq": seq of newest, "patch": {...}}``; patch null
    means: ask for the snapshot.
    """
    if newest is None or newest == told:
        return None
    message: Message = {
        "type": "state",
        "base": told.get("seq") if told else None,
        "seq": newest.get("seq"),
        "patch": None,
    }
    if told is not None:
        patch = merge_patch(told, newest)
        if len(json.dumps(patch).encode()) <= MAX_PATCH_BYTES:
            message["patch"] = patch
    return message
