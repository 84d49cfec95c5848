"""The recorder: asks before it changes anything, and what it records of the simulator replays."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st

from simulator.data import load_dialect
from simulator.machine import Simulator
from simulator.record import main
from simulator.session import SESSIONS, asks_only, read_session, shipped
from simulator.transcript import entries, entry, escape, unescape

from .replay import TRANSCRIPTS, replay, sessions
from .test_process import PATIENCE_S, log_of, running


@given(st.binary(max_size=40))
def test_any_bytes_come_back_from_a_transcript(data: bytes) -> None:
    assert unescape(escape(data)) == data
    (found,) = entries(entry(12.3456, ">>", data))
    assert found == (12.346, ">>", data)


@pytest.mark.parametrize("path", sorted(TRANSCRIPTS.glob("*.txt")), ids=lambda path: path.stem)
def test_the_recorded_files_are_of_this_form(path: Path) -> None:
    text = path.read_text(encoding="latin-1")
    again = "\n".join(entry(*each) for each in entries(text))
    first, second = list(entries(text)), list(entries(again))
    assert [each[1:] for each in first] == [each[1:] for each in second]
    assert all(abs(a[0] - b[0]) < 1e-3 for a, b in zip(first, second, strict=True))
    assert len(first) == sum(" >> " in line or " << " in line for line in text.splitlines())
    host = [data for _, side, data in entries(text) if side == ">>"]
    assert [piece.data for piece in read_session(text)] == host


@pytest.mark.parametrize(
    "line",
    ["M105", "N5 M105*34", "M503 S0", "M114 D", "", "M204", "M155 S2", "M110 N7", "N0 M110 N0*125"],
)
def test_questions(line: str) -> None:
    assert asks_only(line.encode() + b"\n")


@pytest.mark.parametrize(
    "data",
    [
        b"G28\n",
        b"M104 S200\n",
        b"M112\n",
        b"M500\n",
        b"M204 P500\n",
        b"m105\n",
        b"M105",
        b"M1\x0005\n",
        b"M105\rG28\n",
        b"M105\nG28\n",
        b"M105;\n",
        b"M105 \\\n",
        b"M105 *1 G28\n",
        b"M105" + b" " * 100 + b"\n",
        b"G1 X1 M105\n",
        b"\xffM105\n",
        b"N1 N2 M105\n",
    ],
)
def test_what_could_change_something(data: bytes) -> None:
    assert not asks_only(data)


def test_shipped_sessions_only_ask() -> None:
    assert shipped() == ["numbering", "questions"]
    for name in shipped():
        pieces = read_session((SESSIONS / f"{name}.txt").read_text())
        assert len(pieces) > 8
        assert all(piece.asks_only for piece in pieces)


def test_nothing_is_sent_without_a_yes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session, log, out = tmp_path / "s.txt", tmp_path / "wire", tmp_path / "out.txt"
    session.write_text("M105\nG28\n")
    arguments = ["--session", str(session), "--out", str(out)]
    with running("--tcp", 0, "--wire-log", log, "--speed", 20) as (_, ready):
        for answer in ("", "no\n", "Yes please\n"):
            assert main([str(ready["url"]), *arguments], io.StringIO(answer)) == 1
        assert main([str(ready["url"]), *arguments, "--list"]) == 0
        shown = capsys.readouterr()
        assert "asks     M105\\n\nCHANGES  G28\\n\n" in shown.out
        assert "1 of 2 lines could move" in shown.err
        assert not [record for record in log_of(log) if record["dir"] == "host"]
        assert not out.exists()
        # With a yes it is sent, and the heaters are switched off after it.
        assert main([str(ready["url"]), *arguments], io.StringIO("yes\n")) == 0
        with serial.serial_for_url(str(ready["url"]), timeout=PATIENCE_S) as port:
            port.write(b"M105\n")
            assert port.readline()
    sent = [record["command"] for record in log_of(log) if record["dir"] == "host"]
    assert sent[:5] == ["M105", "G28", "M108", "M104 S0", "M140 S0"]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["socket://127.0.0.1:1", "--out", "{}/new"], 3),
        (["socket://127.0.0.1:1", "--out", "{}/there"], 2),
        (["socket://127.0.0.1:1", "--out", "{}/no/where"], 2),
        (["socket://127.0.0.1:1", "--out", "{}/new", "--session", "{}/none"], 2),
        (["socket://127.0.0.1:1", "--out", "{}/new", "--session", "{}/there"], 2),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, arguments: list[str], status: int) -> None:
    (tmp_path / "there").write_text("# nothing\n")
    assert main([text.format(tmp_path) for text in arguments]) == status
    assert (tmp_path / "there").read_text() == "# nothing\n"


def test_a_recording_of_the_simulator_replays(tmp_path: Path) -> None:
    out = tmp_path / "numbering.txt"
    with running("--tcp", 0, "--reset-on-open", "--dialect", "marlin-bugfix-2.1.x") as (_, ready):
        assert main([str(ready["url"]), "--session", "numbering", "--out", str(out)]) == 0
    (session,) = sessions(str(out.with_suffix("")))
    answers = replay(session, Simulator(dialect=load_dialect("marlin-bugfix-2.1.x")))
    # The board that was recorded had its EEPROM; the one of the replay starts with an empty chip.
    heart = session.printer.index("Line: 0")
    assert without_noise(answers[answers.index("Line: 0") :]) == without_noise(
        session.printer[heart:]
    )
    assert any(line.startswith("Resend: 2") for line in session.printer)


def without_noise(lines: list[str]) -> list[str]:
    return ["ok T:" if line.startswith("ok T:") else line for line in lines]
