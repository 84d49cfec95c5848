"""Answers requests of the control socket: reads truth, switches faults, nudges. Owns no socket."""

from __future__ import annotations

import json

from .faults import KINDS, FaultError, make_fault, parse_fault
from .machine import Simulator
from .panel import check_values, set_values
from .picture import Pictures
from .scenario import lasting_fault
from .truth import snapshot


def answer(simulator: Simulator, line: bytes, pictures: Pictures | None = None) -> bytes:
    """One request line to one reply line, both JSON objects; never raises for content."""
    try:
        request = json.loads(line)
        if not isinstance(request, dict):
            raise FaultError("a request is a JSON object")
        reply = _act(simulator, request, pictures)
    except FaultError as fault:
        reply = {"ok": False, "error": str(fault)}
    except (ValueError, RecursionError):
        reply = {"ok": False, "error": "the line is not JSON"}
    return json.dumps(reply).encode("ascii") + b"\n"


def _act(
    simulator: Simulator, request: dict[str, object], pictures: Pictures | None
) -> dict[str, object]:
    if "get" in request:
        return _get(simulator, request, pictures)
    if "fault" in request:
        return _fault(simulator, request)
    if "off" in request:
        _only(request, "off")
        simulator.clear_fault(lasting_fault(str(request["off"])))
        return _on(simulator)
    if "set" in request:
        _only(request, "set")
        set_values(simulator, check_values(request["set"]))
        return {"ok": True}
    raise FaultError(
        'allowed: {"get": "truth"|"faults"|"picture"}, {"fault": FAULT}, {"off": NAME}, '
        '{"set": {…}}'
    )


def _only(request: dict[str, object], *allowed: str) -> None:
    for key in request:
        if key not in allowed:
            raise FaultError(f"{key!r}; allowed here: {', '.join(allowed)}")


def _get(
    simulator: Simulator, request: dict[str, object], pictures: Pictures | None
) -> dict[str, object]:
    what = request["get"]
    if what == "truth":
        _only(request, "get")
        return {"ok": True, "truth": snapshot(simulator)}
    if what == "faults":
        _only(request, "get")
        table = {name: kind.what for name, kind in KINDS.items()}
        return {"ok": True, "faults": table, "on": _on(simulator)["on"]}
    if what == "picture" and pictures is not None:
        _only(request, "get", "layer")
        return {"ok": True, "picture": pictures.record(request.get("layer"))}
    raise FaultError(f"get {what!r}; allowed: truth, faults, picture")


def _on(simulator: Simulator) -> dict[str, object]:
    return {"ok": True, "on": [fault.text() for fault in simulator.active]}


def _fault(simulator: Simulator, request: dict[str, object]) -> dict[str, object]:
    """``{"fault": TEXT}`` as on the command line, or its parts in ``args``."""
    _only(request, "fault", "args")
    arguments = request.get("args")
    if not isinstance(request["fault"], str):
        raise FaultError(f"fault {request['fault']!r}; allowed: text")
    if arguments is None:
        simulator.add_fault(parse_fault(request["fault"]))
        return _on(simulator)
    if not isinstance(arguments, dict):
        raise FaultError('"args" is a JSON object with "value", "when", "off"')
    unknown = sorted(set(arguments) - {"value", "when", "off"})
    if unknown:
        raise FaultError(f'args: {unknown[0]!r}; allowed: "value", "when", "off"')
    value, when = arguments.get("value"), arguments.get("when")
    fault = make_fault(
        request["fault"],
        None if value is None else str(value),
        None if when is None else str(when),
    )
    if arguments.get("off"):
        simulator.clear_fault(fault.kind.name)
    else:
        simulator.add_fault(fault)
    return _on(simulator)
