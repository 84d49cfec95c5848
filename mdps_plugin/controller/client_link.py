"""A caller of the controller's unix socket: one request at a time. Knows no verb's meaning."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from ..canonical import Json
from ..errors import LinkError, MdpsError


class RefusedByController(MdpsError):
    """The controller said no; ``answer`` is its whole reply (``refusal`` or ``error``)."""

    def __init__(self, verb: str, answer: Mapping[str, Json]) -> None:
        """Keep the answer; the message is its first reason."""
        self.answer = answer
        super().__init__(f"{verb}: {_first_reason(answer)}")


class ControllerClient:
    """A connection; close it, or use it as a context manager. Not for several threads."""

    def __init__(self, path: Path, timeout_s: float = 60.0) -> None:
        """Connect at once; :class:`LinkError` if nobody listens."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout_s)
        try:
            self._socket.connect(str(path))
        except OSError as fault:
            self._socket.close()
            raise LinkError(f"{path}: no controller answers: {fault.strerror}") from None
        self._reader = self._socket.makefile("rb")
        self._number = 0

    def __enter__(self) -> ControllerClient:
        """The connection itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._reader.close()
        self._socket.close()

    def call(
        self,
        verb: str,
        args: Mapping[str, Json] | None = None,
        *,
        actor: str = "command line",
        body: bytes = b"",
    ) -> Json:
        """Result of a verb; :class:`RefusedByController` if it said no."""
        return self.call_for_bytes(verb, args, actor=actor, body=body)[0]

    def call_for_bytes(
        self,
        verb: str,
        args: Mapping[str, Json] | None = None,
        *,
        actor: str = "command line",
        body: bytes = b"",
    ) -> tuple[Json, bytes]:
        """Result and bytes of a verb."""
        self._number += 1
        request: dict[str, Json] = {
            "id": self._number,
            "verb": verb,
            "args": dict(args or {}),
            "actor": actor,
        }
        if body:
            request["bytes"] = len(body)
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n" + body)
            line = self._reader.readline()
            if not line:
                raise LinkError(f"{verb}: the controller closed the connection")
            answer = json.loads(line)
            size = int(answer.get("bytes", 0))
            data = self._reader.read(size) if size else b""
        except (OSError, ValueError) as fault:
            raise LinkError(f"{verb}: the connection to the controller broke: {fault}") from None
        if not answer.get("ok"):
            raise RefusedByController(verb, answer)
        return answer.get("result"), data


def _first_reason(answer: Mapping[str, Json]) -> str:
    error = answer.get("error")
    if isinstance(error, Mapping):
        return str(error.get("message"))
    refusal = answer.get("refusal")
    if isinstance(refusal, Mapping):
        findings = refusal.get("findings")
        if isinstance(findings, list):
            texts = [
                str(finding.get("message"))
                for finding in findings
                if isinstance(finding, Mapping) and finding.get("severity") == "refuse"
            ]
            if texts:
                return " | ".join(texts)
        return f"checks that did not run: {refusal.get('not_run')}"
    return "no reason given"
