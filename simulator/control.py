"""Answers requests of the control socket: reads truth, switches faults, nudges. Owns no socket."""

from __future__ import annotations

import json

from .faults import KINDS, FaultError, make_fault
from .machine import Simulator
from .truth import snapshot

_SETTABLE = {
    "nozzle_target_c": (0.0, 500.0),
    "bed_target_c": (0.0, 200.0),
    "flow_percent": (10.0, 999.0),
    "feed_percent": (10.0, 999.0),
}


def answer(simulator: Simulator, line: bytes) -> bytes:
    """One request line to one reply line, both JSON objects; never raises for content."""
    try:
        request = json.loads(line)
        if not isinstance(request, dict):
            raise FaultError("a request is a JSON object")
        reply = _act(simulator, request)
    except FaultError as fault:
        reply = {"ok": False, "error": str(fault)}
    except (ValueError, RecursionError):
        reply = {"ok": False, "error": "the line is not JSON"}
    return json.dumps(reply).encode("ascii") + b"\n"


def _act(simulator: Simulator, request: dict[str, object]) -> dict[str, object]:
    if request.get("get") == "truth":
        return {"ok": True, "truth": snapshot(simulator)}
    if request.get("get") == "faults":
        table = {name: kind.what for name, kind in KINDS.items()}
        return {"ok": True, "faults": table, "on": [f.text() for f in simulator.active]}
    if "fault" in request:
        return _fault(simulator, request)
    if isinstance(request.get("set"), dict):
        return _set(simulator, request["set"])
    raise FaultError('allowed: {"get": "truth"|"faults"}, {"fault": NAME, …}, {"set": {…}}')


def _fault(simulator: Simulator, request: dict[str, object]) -> dict[str, object]:
    arguments = request.get("args") or {}
    if not isinstance(arguments, dict):
        raise FaultError('"args" is a JSON object with "value", "when", "off"')
    unknown = sorted(set(arguments) - {"value", "when", "off"})
    if unknown:
        raise FaultError(f'args: {unknown[0]!r}; allowed: "value", "when", "off"')
    value, when = arguments.get("value"), arguments.get("when")
    fault = make_fault(
        str(request["fault"]),
        None if value is None else str(value),
        None if when is None else str(when),
    )
    if arguments.get("off"):
        simulator.clear_fault(fault.kind.name)
    else:
        simulator.add_fault(fault)
    return {"ok": True, "on": [active.text() for active in simulator.active]}


def _set(simulator: Simulator, values: object) -> dict[str, object]:
    checked: dict[str, float] = {}
    for name, value in dict(values).items() if isinstance(values, dict) else ():
        if name not in _SETTABLE:
            raise FaultError(f"set: {name!r}; allowed: {', '.join(_SETTABLE)}")
        low, high = _SETTABLE[name]
        if (
            isinstance(value, bool)
            or not isinstance(value, (int, float))
            or not low <= value <= high
        ):
            raise FaultError(f"set: {name} {value!r}; allowed: {low:g} to {high:g}")
        checked[name] = float(value)
    for name, number in checked.items():
        simulator.note(f"panel: {name} {number:g}")
        if name == "nozzle_target_c":
            simulator.set_target("hotend", number)
        elif name == "bed_target_c":
            simulator.set_target("bed", number)
        elif name == "flow_percent":
            simulator.firmware.flow_percent = number
        else:
            simulator.firmware.feed_percent = number
    return {"ok": True}
