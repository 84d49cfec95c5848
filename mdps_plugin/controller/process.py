"""The trusted process of one cell: opens everything in order, runs until told to stop.

Order of starting: stores, fold, what a restart must close, gate, recorder, verifier, socket. The
socket comes last, so nobody can ask before everything that decides is there. Ends in reverse.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from ..build.permit import Refused
from ..build.states import interrupted
from ..canonical import Json
from ..errors import MdpsError, UsageFault
from ..interlock.gate_link import GateLink
from ..interlock.profile import FirmwareProfile, parse_profile
from . import verbs_build, verbs_order, verbs_part, verbs_recipes, verbs_site
from .broadcast_link import Broadcaster
from .cell import VERSION, Cell, open_cell, read_cell_config
from .gate_entries import aborted
from .gathering import printer_snapshot
from .outbox_link import Outbox
from .recorder_link import Recorder
from .socket_link import Reply, Request, SocketServer, Watchers
from .verbs import serve
from .verbs_read import SEQ, readers
from .verifier_link import Verifier
from .view import Shelf, snapshot

PROFILES = Path(__file__).resolve().parents[2] / "firmware_profiles"


GATE_DOWN = 3
"""Exit status after the gate broke; a supervisor starts the controller again."""


def secure_first(broken: Sequence[str], note: Json) -> str | None:
    """Why the gate must begin with a safe-stop; None where the last end left the printer safe.

    ``broken`` names builds that had the printer when the log ended; ``note`` is the watchdog's.
    """
    if broken:
        return f"build {broken[0]} was interrupted"
    if note is None or (isinstance(note, dict) and note.get("confirmed") is True):
        return None
    return "the watchdog's safe-stop was not confirmed"


def find_profile(name: str) -> FirmwareProfile:
    """A firmware profile that ships with the controller."""
    path = PROFILES / f"{name}.json"
    try:
        data = path.read_bytes()
    except OSError as fault:
        known = ", ".join(sorted(one.stem for one in PROFILES.glob("*.json"))) or "none"
        raise UsageFault(
            f"{path}: cannot be opened: {fault.strerror}. Profiles here: {known}. "
            "Next step: name one of them as printer.profile in cell.json"
        ) from None
    return parse_profile(data, path.name)


def say(text: str) -> None:
    """One line for the controller's own log; never holds a name, a password or a patient.

    A log that takes no more (full disk, closed pipe) must not end the thread that wrote to it.
    """
    with contextlib.suppress(OSError, ValueError):
        stamped = f"{time.strftime('%H:%M:%S')} {text}"
        print(stamped, file=sys.stderr, flush=True)  # noqa: T201 - the controller's own log


class Controller:
    """A running controller. Made by :func:`start_controller`."""

    def __init__(self, folder: Path) -> None:
        """Open the stores and close on record what a restart must close; starts no thread."""
        config = read_cell_config(folder)
        self.cell: Cell = open_cell(folder, find_profile(config.printer.profile), config)
        self._run = folder / "run"
        self._run.mkdir(exist_ok=True)
        self._note = self._run / "watchdog-note.json"
        self._closing = threading.Event()
        self._secure_first = self._begin_record()

    def _begin_record(self) -> str | None:
        """Record the start; why the printer must be made safe before anything else, or None."""
        cell = self.cell
        note = self._watchdog_note()
        broken = interrupted(cell.state)
        cell.record(
            "controller_started",
            {
                "version": VERSION,
                "profile": cell.profile.profile_id,
                "profile_digest": cell.profile.digest,
                "boot_id": cell.clock.boot_id,
                "clock_behind_s": round(cell.clock.behind().total_seconds(), 3),
                "watchdog": note,
            },
        )
        # Only now: a note that went before its entry is durable would be lost with a crash.
        self._note.unlink(missing_ok=True)
        for build in broken:
            cell.record("build_aborted", aborted(build, "restart"))
        return secure_first([build.build_id for build in broken], note)

    def _watchdog_note(self) -> Json:
        """What the watchdog did when an earlier controller died, or None if it left no note."""
        try:
            data = self._note.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as fault:
            return {"unreadable": str(fault.strerror)}
        try:
            note: Json = json.loads(data)
        except ValueError:
            return {"unreadable": data[:200].decode("ascii", "replace")}
        return note

    def start(self) -> None:
        """Start the threads, the socket last."""
        cell = self.cell
        self.recorder = Recorder(cell, say)
        cell.gate_link = GateLink(
            cell.profile,
            cell.config.printer.port,
            self._run / "printer",
            self.recorder.take,
            note=self._note,
            secure_first=self._secure_first,
        )
        self.recorder.start()
        cell.gate_link.start()
        self.outbox = Outbox(cell, say)
        self.verifier = Verifier(cell, say)
        self.verifier.start()
        shelf = Shelf(cell)
        watchers = Watchers()
        self.broadcaster = Broadcaster(
            cell,
            watchers,
            lambda: snapshot(cell, shelf, next(SEQ)),
            say,
            self.recorder.pending,
        )
        cell.on_change = self.broadcaster.changed
        self.outbox.start()
        self.broadcaster.start()
        table = {
            **readers(shelf),
            **verbs_recipes.TABLE,
            **verbs_site.TABLE,
            **verbs_build.TABLE,
            **verbs_part.TABLE,
            "receive_order": verbs_order.receive_order,
            "verify_order": self.verifier.verify_order,
        }

        def answer(request: Request) -> Reply:
            try:
                return serve(cell, table, request)
            except Refused:
                self.broadcaster.changed()
                raise

        threading.Thread(target=self._meet_printer, name="meet", daemon=True).start()
        self.server = SocketServer(self._run / "controller.sock", answer, watchers, say)
        self.server.start()

    def _meet_printer(self) -> None:
        """Ask the printer who it is whenever it comes to answer, so that the screens can tell."""
        cell = self.cell
        known = False
        while not self._closing.wait(0.1):
            alive = cell.gate.snapshot().printer_alive
            if alive and not known:
                try:
                    printer_snapshot(cell)
                except MdpsError as fault:
                    say(f"printer not identified: {fault}")
                cell.on_change()
            known = alive

    def close(self) -> None:
        """End everything; a build under way first, with a safe-stop, and on record as aborted."""
        self._closing.set()
        self.server.close()
        self.cell.gate.close()
        self.recorder.close()
        self.verifier.close()
        self.broadcaster.close()
        try:
            self.cell.record("controller_stopped", {"boot_id": self.cell.clock.boot_id})
        except MdpsError as fault:
            say(f"stop not recorded: {fault}")
        self.outbox.close()
        self.cell.close()


def run_controller(folder: Path) -> int:
    """Run until SIGTERM or SIGINT; prints one ready line on standard output."""
    stopping = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stopping.set())
    controller = Controller(folder)
    try:
        controller.start()
    except BaseException:
        controller.cell.close()
        raise
    print(json.dumps({"ready": str(folder)}), flush=True)  # noqa: T201 - for who started it
    status = 0
    while not stopping.wait(0.5):
        failed = controller.cell.gate.failed
        if failed is not None:
            # Nothing is released by a gate that broke once: a fresh process must take over.
            say(f"the gate is down: {failed}")
            status = GATE_DOWN
            break
    controller.close()
    return status
