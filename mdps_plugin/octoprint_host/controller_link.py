"""Asks the controller over its unix socket: one request, one connection, one answer.

A connection of its own for each request, so that Stop never waits behind a slow one. Does not
retry (a signature or a start must not happen twice), keeps nothing, logs no argument: passwords
pass through here. Contract: docs/architecture.md, "Socket API of the controller".
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from ..canonical import Json, read_json
from ..errors import DocumentError, LinkError

MAX_LINE_BYTES = 16 * 1024 * 1024
MAX_BODY_BYTES = 512 * 1024 * 1024
CONNECT_TIMEOUT_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the controller said. ``body`` is the member named by ``outcome``, ``data`` raw bytes."""

    outcome: Literal["result", "refusal", "error"]
    body: Json
    data: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class ControllerLink:
    """Where the controller listens. ``heard`` is called whenever it has said something."""

    path: Path
    heard: Callable[[], None] = lambda: None

    def open(self, timeout_s: float) -> socket.socket:
        """A connected socket; :class:`LinkError` if nobody listens."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(CONNECT_TIMEOUT_S)
            connection.connect(str(self.path))
            connection.settimeout(timeout_s)
        except OSError as fault:
            connection.close()
            raise LinkError(f"no controller at {self.path}: {_reason(fault)}") from None
        return connection

    def ask(
        self,
        verb: str,
        args: Mapping[str, Json] | None = None,
        *,
        actor: str,
        attachment: Path | None = None,
        timeout_s: float = 10.0,
    ) -> Answer:
        """One request and its answer; ``attachment`` is a file whose bytes follow the request.

        :class:`LinkError` when there is no whole answer within ``timeout_s``: what became of the
        request is then unknown, and only a new ``state`` tells.
        """
        try:
            with self.open(timeout_s) as connection, connection.makefile("rb") as reader:
                if attachment is None:
                    connection.sendall(request_line(verb, args or {}, actor))
                else:
                    with attachment.open("rb") as stream:
                        size = attachment.stat().st_size
                        connection.sendall(request_line(verb, args or {}, actor, size))
                        connection.sendfile(stream)
                answer = read_answer(reader)
        except (OSError, DocumentError) as fault:
            raise LinkError(f"no answer to '{verb}': {_reason(fault)}") from None
        self.heard()
        return answer


def request_line(verb: str, args: Mapping[str, Json], actor: str, size: int = 0) -> bytes:
    """The line of a request; ``size`` announces raw bytes after it."""
    request: dict[str, Json] = {"id": 1, "verb": verb, "args": args, "actor": actor}
    if size:
        request["bytes"] = size
    return json.dumps(request, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def read_line(reader: BinaryIO) -> Mapping[str, Json] | None:
    """One JSON object from the controller, None at the end; :class:`DocumentError` otherwise."""
    line = reader.readline(MAX_LINE_BYTES + 1)
    if not line:
        return None
    if not line.endswith(b"\n"):
        raise DocumentError("controller", "", "half a line", f"lines up to {MAX_LINE_BYTES} bytes")
    value = read_json(line, "controller", MAX_LINE_BYTES)
    if not isinstance(value, Mapping):
        raise DocumentError("controller", "", "no object", "one JSON object a line")
    return value


def read_answer(reader: BinaryIO) -> Answer:
    """The answer to one request; :class:`DocumentError` if it is cut short or none of the three."""
    reply = read_line(reader)
    if reply is None:
        raise DocumentError("controller", "", "the end of the connection", "an answer")
    if reply.get("ok") is True:
        return Answer(outcome="result", body=reply.get("result"), data=_data(reply, reader))
    if reply.get("refusal") is not None:
        return Answer(outcome="refusal", body=reply["refusal"])
    if reply.get("error") is not None:
        return Answer(outcome="error", body=reply["error"])
    raise DocumentError("controller", "", "an answer of no known kind", "result, refusal or error")


def _data(reply: Mapping[str, Json], reader: BinaryIO) -> bytes | None:
    size = reply.get("bytes")
    if size is None:
        return None
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= MAX_BODY_BYTES:
        raise DocumentError("controller", "bytes", repr(size), f"0 to {MAX_BODY_BYTES}")
    data = reader.read(size)
    if len(data) != size:
        raise DocumentError("controller", "bytes", f"{len(data)} bytes", f"{size} bytes")
    return data


def _reason(fault: Exception) -> str:
    if isinstance(fault, TimeoutError):
        return "time is up"
    if isinstance(fault, OSError) and fault.strerror:
        return fault.strerror
    return str(fault)
