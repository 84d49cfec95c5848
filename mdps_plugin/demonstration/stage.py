"""Brings the demonstration hospital up on this machine: simulator, broker, controller, OctoPrint.

Says in plain words what it goes without. Knows nothing of builds; see ``headless``.
"""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..canonical import Json
from ..controller.client_link import ControllerClient
from ..errors import EnvironmentFault, MdpsError
from .broker import start_broker
from .hospital import Hospital, lay_out, octoprint_wishes
from .processes import Processes, wait_until
from .programs import find_program
from .registers import fill_registers

START_WITHIN_S = 120.0
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Options:
    """How the demonstration runs. ``speed``: virtual seconds of the printer a second.

    ``without`` names outside programs that are left alone although they are installed.
    """

    speed: float
    port: int | None
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Running:
    """A hospital that is up."""

    hospital: Hospital
    url: str
    wire_log: Path
    truth: Path
    without: tuple[str, ...]


def free_port() -> int:
    """A TCP port on the loopback that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def bring_up(hospital: Hospital, processes: Processes, options: Options, say: Say) -> Running:
    """Start everything, in order, and wait until it answers."""
    without: list[str] = []
    mqtt = _broker(hospital, processes, options, say, without)
    if lay_out(hospital, mqtt, chain=True):
        say("laid out the hospital: people, keys, cell")
    wire_log = start_simulator(hospital, processes, options.speed, say)
    start_controller(hospital, processes, say)
    fill_registers(hospital, say)
    url = start_octoprint(hospital, processes, options.port or free_port(), say)
    if find_program("prusa-slicer") is None or "prusa-slicer" in options.without:
        without.append(
            "no prusa-slicer: only the recipe with signed G-code (mask-extender) can be made"
        )
    return Running(
        hospital=hospital,
        url=url,
        wire_log=wire_log,
        truth=hospital.truth,
        without=tuple(without),
    )


def start_simulator(hospital: Hospital, processes: Processes, speed: float, say: Say) -> Path:
    """Start the simulated printer; its wire log, a new one for each start."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    wire_log = hospital.home / "wire" / f"{stamp}.jsonl"
    wire_log.parent.mkdir(exist_ok=True)
    say(f"starting the simulated printer ({speed:g} times as fast as a real one)")
    processes.start(
        "simulator",
        [
            *(sys.executable, "-m", "simulator", "--pty", str(hospital.usb)),
            *("--speed", f"{speed:g}", "--wire-log", str(wire_log)),
            *("--truth", str(hospital.truth), "--control", str(hospital.panel)),
        ],
    )
    wait_until(hospital.usb.exists, START_WITHIN_S, "the simulated printer", processes)
    return wire_log


def start_controller(hospital: Hospital, processes: Processes, say: Say) -> None:
    """Start the controller and wait until it has met the printer."""
    say("starting the controller")
    hospital.socket.unlink(missing_ok=True)
    processes.start(
        "controller",
        [
            *(sys.executable, "-m", "mdps_plugin.cli.main"),
            *("controller", "--cell", str(hospital.cell)),
        ],
    )
    wait_until(hospital.socket.exists, START_WITHIN_S, "the controller", processes)
    wait_until(lambda: _printer_answers(hospital), START_WITHIN_S, "the printer", processes)


def _printer_answers(hospital: Hospital) -> bool:
    try:
        with ControllerClient(hospital.socket) as controller:
            state = controller.call("state")
    except MdpsError:
        return False
    if not isinstance(state, dict):
        return False
    printer = state["printer"]
    return bool(printer["connected"]) and printer["nozzle_c"] is not None


def _broker(
    hospital: Hospital, processes: Processes, options: Options, say: Say, without: list[str]
) -> dict[str, Json] | None:
    """The broker's place in ``cell.json``, or None where there is no broker."""
    program = find_program("mosquitto")
    if program is None or "mosquitto" in options.without:
        without.append("no mosquitto: events for the quality system stay in the outbox")
        return None
    say("starting the broker (TLS, client certificate)")
    return start_broker(hospital, processes, program, free_port())


def start_octoprint(
    hospital: Hospital, processes: Processes, port: int, say: Say, *, safe_mode: bool = False
) -> str:
    """Start OctoPrint and wait until it answers; its URL. In safe mode no plugin of others runs."""
    if not (hospital.octoprint / "users.yaml").exists():
        _provision_octoprint(hospital, say)
    say("starting OctoPrint with the MDPS plugin (about 10 seconds)")
    processes.start(
        "octoprint",
        [
            *(sys.executable, "-m", "octoprint", "serve", "--iknowwhatimdoing"),
            *("--host", "127.0.0.1", "--port", str(port)),
            *("--basedir", str(hospital.octoprint)),
            *(["--safe"] if safe_mode else []),
        ],
    )
    url = f"http://127.0.0.1:{port}/"
    page = "api/version" if safe_mode else "plugin/mdps/state"
    key = hospital.logins()["tina"]["api_key"]
    wait_until(lambda: _answers(url + page, key), START_WITHIN_S, "OctoPrint", processes)
    return url


def _provision_octoprint(hospital: Hospital, say: Say) -> None:
    say("making OctoPrint's users and settings")
    made = subprocess.run(
        [
            *(sys.executable, "-m", "mdps_plugin.octoprint_host.provision"),
            str(hospital.octoprint),
        ],
        input=json.dumps(octoprint_wishes(hospital)),
        text=True,
        capture_output=True,
        check=False,
    )
    if made.returncode != 0:
        raise EnvironmentFault(
            f"OctoPrint could not be provisioned: {made.stderr[-400:]}. Next step: mdps doctor"
        )


def _answers(url: str, api_key: str) -> bool:
    request = urllib.request.Request(url, headers={"X-Api-Key": api_key})  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - loopback
            return bool(answer.status == 200)
    except (OSError, http.client.HTTPException):
        return False
