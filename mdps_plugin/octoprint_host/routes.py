"""The face's HTTP API, below ``/plugin/mdps``: one view for the whole table. Decides nothing.

A GET has its arguments in the path, a POST in a JSON object; both go to the controller's verb of
the same name as they are, with the name of OctoPrint's user as ``actor``. Answers: 200 with the
result (or the bytes of a file), 409 ``{"refusal"}`` where a rule said no, otherwise ``{"error"}``
with 400 document or usage, 403 signature or permission, 409 transition, 503 environment or no
controller. Four routes do more than convert: ``receive_order`` and ``import_recipes`` take a
multipart form, ``start_build`` is asked of OctoPrint and of the controller, and ``snapshot`` gives
a browser the state that its next message builds upon, where ``state`` asks the controller anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import flask
from flask_login import current_user
from octoprint.access.permissions import Permissions

from ..canonical import Json, read_json
from ..errors import DocumentError, EnvironmentFault, LinkError
from .controller_link import Answer
from .hooks import BUILD, QUALITY, RELEASE
from .printer_link import OctoPrintSide
from .route_table import ROUTES, Route
from .watch_link import WatchLink

MAX_ORDER_BYTES = 1024 * 1024

STATUS = {
    "document": 400,
    "usage": 400,
    "signature": 403,
    "permission": 403,
    "transition": 409,
    "environment": 503,
}
INLINE = {"application/pdf", "image/png"}
"""Shown in the browser; everything else is saved, so that nothing runs as a page of OctoPrint."""


class Face(Protocol):
    """What a view needs of the plugin."""

    watch: WatchLink
    side: OctoPrintSide


View = Callable[..., flask.Response]


def make_blueprint(identifier: str, options: Mapping[str, str], face: Face) -> flask.Blueprint:
    """All routes of the table."""
    blueprint = flask.Blueprint(identifier, identifier, **options)
    for route in ROUTES:
        blueprint.add_url_rule(
            f"/{route.verb}{route.path}",
            endpoint=route.verb,
            view_func=_view(route, face),
            methods=[route.method],
        )
    return blueprint


def _view(route: Route, face: Face) -> View:
    def view(**path_args: Json) -> flask.Response:
        if not _allowed(route):
            return _problem("permission", "Your role does not include this.", route.needs)
        try:
            if route.verb == "start_build":
                answer = _start_build(face, route)
            elif route.verb == "snapshot":
                answer = _snapshot(face)
            else:
                args, attachment = _arguments(face, route, path_args)
                answer = face.watch.link.ask(
                    route.verb,
                    args,
                    actor=_actor(),
                    attachment=attachment,
                    timeout_s=route.timeout_s,
                )
        except DocumentError as fault:
            return _error(
                {
                    "kind": "document",
                    "message": str(fault),
                    "observed": fault.observed,
                    "allowed": fault.allowed,
                    "next_step": f"Mend {fault.source}: {fault.path}".rstrip(": ") + ".",
                }
            )
        except LinkError as fault:
            return _no_controller(face, fault)
        except EnvironmentFault as fault:
            return _error(
                {
                    "kind": "environment",
                    "message": "Nothing was started.",
                    "observed": f"{fault}.",
                    "allowed": "OctoPrint connected to the printer and idle.",
                    "next_step": "Wait 10 s and start again. Then call IT.",
                }
            )
        return _response(answer)

    return view


def _allowed(route: Route) -> bool:
    if not route.needs:
        return bool(Permissions.STATUS.can())
    return any(getattr(Permissions, f"PLUGIN_MDPS_{need}").can() for need in route.needs)


def _actor() -> str:
    name = current_user.get_name() if hasattr(current_user, "get_name") else None
    return str(name or "unknown")


def _arguments(
    face: Face, route: Route, path_args: dict[str, Json]
) -> tuple[dict[str, Json], Path | None]:
    """What goes to the controller: the path's arguments, or those of the body, and a file."""
    if route.method == "GET":
        return path_args, None
    if route.verb == "import_recipes":
        return _stick(face)
    if route.verb != "receive_order" or flask.request.mimetype != "multipart/form-data":
        return _body(), None
    # OctoPrint's web server has put each file of a form aside and hands on where it lies; it
    # refuses requests that bring such a field themselves.
    order = _upload("order", face)
    if order is None:
        raise DocumentError("request", "order", "missing", "the order as a JSON file")
    with order.open("rb") as stream:
        data = stream.read(MAX_ORDER_BYTES + 1)
    args: dict[str, Json] = {"order": read_json(data, "order", MAX_ORDER_BYTES)}
    patient = _upload("patient", face)
    if patient is not None:
        args["patient"] = read_json(patient.read_bytes(), "patient", MAX_ORDER_BYTES)
    return args, _upload("file", face)


def _stick(face: Face) -> tuple[dict[str, Json], Path]:
    """A zip and who signs for it. No path: what lies at the controller is not the browser's."""
    text = flask.request.form.get("request")
    if text is None or flask.request.mimetype != "multipart/form-data":
        raise DocumentError("request", "request", "missing", "a form: request (JSON) and file")
    args = read_json(text.encode(), "request", MAX_ORDER_BYTES)
    if not isinstance(args, dict):
        raise DocumentError("request", "", "no object", "a JSON object")
    stick = _upload("file", face)
    if stick is None or stick.stat().st_size == 0:
        raise DocumentError("request", "file", "missing or empty", "the stick as one zip")
    return args, stick


def _upload(field: str, face: Face) -> Path | None:
    suffix = face.side.settings.global_get(["server", "uploads", "pathSuffix"])
    path = flask.request.form.get(f"{field}.{suffix}")
    return Path(path) if path else None


def _body() -> dict[str, Json]:
    value = read_json(flask.request.get_data(), "request", MAX_ORDER_BYTES)
    if not isinstance(value, dict):
        raise DocumentError("request", "", "no object", "a JSON object")
    return value


def _snapshot(face: Face) -> Answer:
    snapshot = face.watch.snapshot()
    if snapshot is None:
        # The watch is not open yet, or again. Whether the controller lives, it must say itself.
        return face.watch.link.ask("state", actor=_actor(), timeout_s=2.0)
    return Answer(outcome="result", body=snapshot)


def _start_build(face: Face, route: Route) -> Answer:
    """Write the job into OctoPrint's uploads, arm, print. Armed last: a permit burns only once."""
    args = _body()
    build_id = args.get("build_id")
    if not isinstance(build_id, str):
        raise DocumentError("request", "build_id", "missing or no text", "the id of a build")
    started = False
    try:
        with face.side.starting:
            answer = _start_job(face, route, build_id, args)
        started = answer.outcome == "result"
    finally:
        if not started:
            face.side.remove_leftovers()
    return answer


def _start_job(face: Face, route: Route, build_id: str, args: dict[str, Json]) -> Answer:
    face.side.require_ready()
    job = face.watch.link.ask("job", args, actor=_actor(), timeout_s=route.timeout_s)
    if job.outcome != "result" or job.data is None:
        return job
    path = face.side.write_job(build_id, job.data, _actor())
    armed = face.watch.link.ask("arm_build", args, actor=_actor(), timeout_s=route.timeout_s)
    if armed.outcome == "result":
        face.side.print_job(path, _actor())
    return armed


def _response(answer: Answer) -> flask.Response:
    if answer.outcome == "refusal":
        return _json({"refusal": answer.body}, 409)
    if answer.outcome == "error":
        return _error(answer.body if isinstance(answer.body, Mapping) else {})
    if answer.data is None:
        return _json(answer.body, 200)
    about = answer.body if isinstance(answer.body, Mapping) else {}
    media_type = str(about.get("media_type") or "application/octet-stream")
    response = flask.Response(answer.data, mimetype=media_type)
    name = str(about.get("name") or "document")
    shown = "inline" if media_type in INLINE else "attachment"
    response.headers.set("Content-Disposition", shown, filename=name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def _error(body: Mapping[str, Json]) -> flask.Response:
    return _json({"error": body}, STATUS.get(str(body.get("kind")), 503))


def _problem(kind: str, message: str, needs: tuple[str, ...]) -> flask.Response:
    words = {BUILD: "technician", RELEASE: "releaser", QUALITY: "quality manager"}
    allowed = " or ".join(words.get(need, "inspector") for need in needs) or "a login"
    return _error(
        {
            "kind": kind,
            "message": message,
            "observed": f"You are logged in as {_actor()}.",
            "allowed": f"Needs: {allowed}.",
            "next_step": "Ask a person with this role.",
        }
    )


def _no_controller(face: Face, fault: LinkError) -> flask.Response:
    return _error(
        {
            "kind": "environment",
            "message": "No controller: the printer is locked",
            "observed": f"No answer for {face.watch.silent_s():.0f} s ({fault}).",
            "allowed": "A running controller.",
            "next_step": "Wait 1 minute. Look at the state before you repeat anything. "
            "Then call IT. The printer's own off-switch stops it at once.",
        }
    )


def _json(value: Json, status: int) -> flask.Response:
    response = flask.jsonify(value)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response
