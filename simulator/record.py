"""``python -m simulator.record PORT``: records how a printer answers, as a transcript.

Lists what it will send before it opens the port. What could move, heat, store or stop anything is
sent only after a typed ``yes``; heaters are switched off afterwards, whatever happens.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TextIO

from .session import SESSIONS, Piece, read_session, shipped
from .transcript import RESTART, entry

_DONE, _REFUSED, _USAGE, _FAILED = 0, 1, 2, 3
_QUIET_S, _BOOT_S, _TAIL_S = 1.0, 15.0, 3.0
_SAFE = b"M108\nM104 S0\nM140 S0\n"


class Port(Protocol):
    """What is used of a pyserial port; ``read`` comes back empty after a moment."""

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes."""

    def write(self, data: bytes) -> int | None:
        """Send."""


class Recorder:
    """One recording on an open port; ``out`` takes each line with its end."""

    def __init__(
        self, port: Port, out: Callable[[str], object], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """The recording's second 0 is now."""
        self._port, self._out, self._clock = port, out, clock
        self._started = clock()
        self._partial = b""
        self._oks = 0
        self._last_byte = 0.0

    def now(self) -> float:
        """Seconds of the recording."""
        return self._clock() - self._started

    def run(self, pieces: Sequence[Piece]) -> None:
        """Greet nobody, wait for the boot to end, send everything, listen on a little."""
        self._out(RESTART + "\n")
        self._listen(lambda: self.now() - self._last_byte > _QUIET_S and self.now() > 2.0, _BOOT_S)
        for piece in pieces:
            self._listen(lambda: False, piece.pause_s)
            self._oks = 0
            self._out(entry(self.now(), ">>", piece.data) + "\n")
            self._port.write(piece.data)
            self._listen(lambda: self._oks > 0, piece.patience_s)
        self._listen(lambda: False, _TAIL_S)
        if self._partial:
            self._out(entry(self.now(), "<<", self._partial) + "\n")

    def _listen(self, done: Callable[[], bool], seconds: float) -> None:
        end = self.now() + seconds
        while self.now() < end and not done():
            data = self._port.read(4096)
            if data:
                self._last_byte = self.now()
            *lines, self._partial = (self._partial + data).split(b"\n")
            for line in lines:
                self._oks += line.startswith(b"ok")
                self._out(entry(self.now(), "<<", line + b"\n") + "\n")


def build_parser() -> argparse.ArgumentParser:
    """All options."""
    names = ", ".join(shipped())
    parser = argparse.ArgumentParser(
        prog="python -m simulator.record",
        description="Records how a printer answers, as a transcript that the simulator's tests "
        f"can replay. Sessions that come with it, and only ask: {names}.",
    )
    parser.add_argument("port", help="/dev/ttyUSB0, COM3, socket://127.0.0.1:5555")
    parser.add_argument("--baud", type=int, default=115200)
    parser.add_argument("--session", default="questions", help=f"{names}, or a file")
    parser.add_argument("--out", type=Path, required=True, help="the transcript; must not exist")
    parser.add_argument("--list", action="store_true", help="list what would be sent; send nothing")
    parser.add_argument(
        "--i-stand-beside-it",
        action="store_true",
        help="do not ask before anything that moves, heats, stores or stops",
    )
    return parser


def main(argv: Sequence[str] | None = None, keyboard: TextIO | None = None) -> int:
    """The command; its exit status: 0 recorded, 1 refused, 2 wrong usage, 3 the port failed."""
    options = build_parser().parse_args(argv)
    try:
        pieces = read_session(_session_text(options.session))
    except (OSError, UnicodeDecodeError) as fault:
        return _say(_USAGE, f"{options.session}: {fault}")
    if not pieces:
        return _say(_USAGE, f"{options.session}: no line to send")
    _list(pieces)
    if options.list:
        return _DONE
    if not options.i_stand_beside_it and not _agreed(pieces, keyboard or sys.stdin):
        return _say(_REFUSED, "nothing was sent")
    try:
        with options.out.open("x", encoding="ascii") as out:
            return _record(options, pieces, out)
    except FileExistsError:
        return _say(_USAGE, f"{options.out}: is there already")
    except OSError as fault:
        return _say(_USAGE, f"{options.out}: {fault.strerror}")


def _session_text(name: str) -> str:
    path = SESSIONS / f"{name}.txt" if name in shipped() else Path(name)
    return path.read_text(encoding="latin-1")


def _list(pieces: Sequence[Piece]) -> None:
    for piece in pieces:
        print(f"{'asks   ' if piece.asks_only else 'CHANGES'}  {piece.text()}")


def _agreed(pieces: Sequence[Piece], keyboard: TextIO) -> bool:
    doubtful = [piece for piece in pieces if not piece.asks_only]
    if not doubtful:
        return True
    print(
        f"{len(doubtful)} of {len(pieces)} lines could move, heat, store or stop something: "
        "those marked CHANGES.\nNothing is on the bed, and somebody can reach the switch? "
        "Type yes to send them: ",
        end="",
        file=sys.stderr,
        flush=True,
    )
    return keyboard.readline().strip() == "yes"


def _record(options: argparse.Namespace, pieces: Sequence[Piece], out: TextIO) -> int:
    import serial

    try:
        with serial.serial_for_url(options.port, options.baud, timeout=0.01) as port:
            try:
                Recorder(port, out.write).run(pieces)
            finally:
                if not all(piece.asks_only for piece in pieces):
                    port.write(_SAFE)
                    port.flush()
    except (serial.SerialException, OSError) as fault:
        return _say(_FAILED, f"{options.port}: {fault}; what came before is in {options.out}")
    except KeyboardInterrupt:
        return _say(_REFUSED, f"stopped; what came before is in {options.out}")
    return _say(_DONE, f"recorded: {options.out}")


def _say(status: int, text: str) -> int:
    print(f"record: {text}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
