"""OctoPrint's side of a build: its upload, its start, its removal, its connection.

The bytes come from the controller and are handed to OctoPrint unchanged; the gate compares every
line again. Works with the printer and file manager of OctoPrint 1.11 and 2.0, whose keyword
arguments differ.
"""

from __future__ import annotations

import io
import re
import threading
from dataclasses import dataclass, field
from typing import Any

from octoprint.filemanager.destinations import FileDestinations
from octoprint.filemanager.util import StreamWrapper

from ..errors import DocumentError, EnvironmentFault

FOLDER = "mdps"
_BUILD_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True)
class OctoPrintSide:
    """OctoPrint's own objects, as it injects them into the plugin."""

    printer: Any
    files: Any
    settings: Any
    #: Held from writing a job to its print: nothing is cleared away in between.
    starting: threading.Lock = field(default_factory=threading.Lock)

    def require_ready(self) -> None:
        """:class:`EnvironmentFault` unless OctoPrint could start a print at this moment."""
        if not self.printer.is_ready():
            state = self.printer.get_state_string()
            raise EnvironmentFault(f"OctoPrint is not ready for a job, it is: {state}")

    def write_job(self, build_id: str, job: bytes, user: str) -> str:
        """Put ``job`` into the uploads under the build's name; gives the path below them."""
        if _BUILD_ID.fullmatch(build_id) is None:
            raise DocumentError(
                "request", "build_id", repr(build_id[:80]), "letters, digits, . _ -"
            )
        name = f"{build_id}.gcode"
        self.files.add_folder(FileDestinations.LOCAL, FOLDER, ignore_existing=True)
        path: str = self.files.add_file(
            FileDestinations.LOCAL,
            f"{FOLDER}/{name}",
            StreamWrapper(name, io.BytesIO(job)),
            allow_overwrite=True,
            user=user,
        )
        return path

    def print_job(self, path: str, user: str) -> None:
        """Select and start; whether a byte reaches the printer is the gate's matter."""
        self.printer.select_file(path, False, printAfterSelect=True, user=user)

    def remove_leftovers(self) -> None:
        """Take our job files out of the uploads unless one is being started or printed.

        A job is of use for one build only. Called at every change of the printer's state, so that
        it also takes what a killed OctoPrint left; files of other folders are left alone.
        """
        if not self.starting.acquire(blocking=False):
            return
        try:
            ready = self.printer.is_ready()
            if ready or self.printer.is_closed_or_error():
                self._remove_all(unselect=ready)
        finally:
            self.starting.release()

    def _remove_all(self, *, unselect: bool) -> None:
        if not self.files.folder_exists(FileDestinations.LOCAL, FOLDER):
            return
        listed = self.files.list_files(FileDestinations.LOCAL, path=FOLDER, recursive=False)
        paths = [f"{FOLDER}/{name}" for name in listed.get(FileDestinations.LOCAL, {})]
        if paths and unselect:
            self.printer.unselect_file()
        for path in paths:
            self.files.remove_file(FileDestinations.LOCAL, path)

    def is_connecting(self) -> bool:
        """True while OctoPrint says that it opens the port or greets the printer."""
        return self.printer.get_state_id() in ("OPEN_SERIAL", "CONNECTING")

    def disconnect(self) -> None:
        """Give up a connection, or an attempt at one."""
        self.printer.disconnect()

    def connect_again(self) -> None:
        """Connect to the configured printer if the site wants that and the connection is gone.

        A new controller offers a new pty behind the same name; nobody at the screen may have the
        permission to connect.
        """
        if not self.printer.is_closed_or_error():
            return
        # The keys of 2.0, then those of 1.11; a version does not know the other's.
        if self.settings.global_get(["printerConnection", "autoconnect"]):
            preferred = ["printerConnection", "preferred"]
            connector = self.settings.global_get([*preferred, "connector"]) or "serial"
            parameters = self.settings.global_get([*preferred, "parameters"]) or {}
            if parameters.get("port") not in (None, "AUTO"):
                self.printer.connect(connector=connector, parameters=dict(parameters))
        elif self.settings.global_get_boolean(["serial", "autoconnect"]):
            port = self.settings.global_get(["serial", "port"])
            if port not in (None, "AUTO"):
                baud = self.settings.global_get_int(["serial", "baudrate"])
                self.printer.connect(port=port, baudrate=baud)
