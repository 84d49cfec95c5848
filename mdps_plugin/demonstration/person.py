"""Somebody at OctoPrint's page: one user with an API key and a signing password. No shortcuts.

Sends what the browser would send and reads what it would read; a "no" becomes :class:`StepRefused`
with its reasons.
"""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from typing import Any

from ..build.signature import ACT_RULES, Act
from ..canonical import Json
from ..errors import LinkError, MdpsError
from .hospital import Hospital


class StepRefused(MdpsError):
    """The hospital refused a step of the demonstration; the message holds its reasons."""


class Person:
    """Somebody at a browser: one user of OctoPrint with its API key."""

    def __init__(self, url: str, hospital: Hospital, user: str) -> None:
        """No request is made yet."""
        self._url = url
        self.user = user
        self._login = hospital.logins()[user]

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON of the page
        """JSON of a GET."""
        return json.loads(self.get_bytes(path))

    def get_bytes(self, path: str) -> bytes:
        """Bytes of a GET."""
        return self._ask("GET", path, None, {})

    def post(self, path: str, body: Mapping[str, Json]) -> Any:  # noqa: ANN401 - as above
        """JSON of a POST of JSON."""
        return json.loads(self.post_for_bytes(path, body))

    def post_for_bytes(self, path: str, body: Mapping[str, Json]) -> bytes:
        """Bytes of a POST of JSON."""
        headers = {"Content-Type": "application/json"}
        return self._ask("POST", path, json.dumps(body).encode(), headers)

    def post_order(
        self, order: Mapping[str, Json], model: bytes, patient: Mapping[str, Json] | None = None
    ) -> Any:  # noqa: ANN401 - as above
        """Send an order with its model and the patient's identity as the page's form does."""
        boundary = uuid.uuid4().hex
        parts = [("order", "order.json", json.dumps(order).encode())]
        if patient is not None:
            parts.append(("patient", "patient.json", json.dumps(patient).encode()))
        if model:
            parts.append(("file", "model.stl", model))
        body = b"".join(
            b"--%b\r\nContent-Disposition: form-data; name=%b; filename=%b\r\n\r\n%b\r\n"
            % (boundary.encode(), f'"{name}"'.encode(), f'"{file}"'.encode(), data)
            for name, file, data in parts
        )
        body += b"--%b--\r\n" % boundary.encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return json.loads(self._ask("POST", "plugin/mdps/receive_order", body, headers))

    def signature(self, to_sign: Mapping[str, Any]) -> dict[str, Json]:
        """The signature over what the page shows."""
        return {
            "user": self.user,
            "password": self._login["signing_password"],
            "meaning": to_sign["meaning"],
            "subject_sha256": to_sign["subject_sha256"],
        }

    def own_signature(self, act: Act) -> dict[str, Json]:
        """The signature of an act under which nothing but its values is shown."""
        return self.signature({"meaning": ACT_RULES[act].meaning, "subject_sha256": None})

    def _ask(self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]) -> bytes:
        request = urllib.request.Request(  # noqa: S310 - loopback
            self._url + path,
            data=data,
            method=method,
            headers={"X-Api-Key": self._login["api_key"], **headers},
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310 - loopback
                return bytes(answer.read())
        except urllib.error.HTTPError as fault:
            raise StepRefused(f"{path}: {_reasons(fault.read())}") from None
        except (OSError, http.client.HTTPException) as fault:
            raise LinkError(f"{path}: OctoPrint did not answer: {fault}") from None


def _reasons(answer: bytes) -> str:
    try:
        body = json.loads(answer)
    except ValueError:
        return answer[:300].decode(errors="replace")
    if "refusal" in body:
        refusing = [one for one in body["refusal"]["findings"] if one["severity"] == "refuse"]
        return " | ".join(one["message"] for one in refusing) or "a check did not run"
    error = body.get("error", body)
    return str(error.get("message", error)) if isinstance(error, dict) else str(error)
