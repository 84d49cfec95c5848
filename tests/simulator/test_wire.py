"""The wire byte by byte: time of characters, receive ring, damage, two programs at one port."""

from __future__ import annotations

import pytest

from simulator.faults import parse_fault
from simulator.wire import Wire

from .host import Host, numbered

BURST = "".join(numbered(n, f"G1 X{n} Y{n} F3000") + "\n" for n in range(1, 41)).encode("ascii")


def _fault(host: Host, text: str) -> None:
    host.simulator.add_fault(parse_fault(text))


def test_forty_lines_at_once_into_128_bytes_are_six_oks_and_silence() -> None:
    host = Host(wire=Wire(rx_bytes=128))
    assert host.write(BURST) == [
        *["ok N1 P14 B0", "ok N2 P13 B0", "ok N3 P12 B0"],
        *["ok N4 P11 B1", "ok N5 P10 B2", "ok N6 P9 B3"],
    ]
    assert host.wait(300.0) == []
    assert any(note.startswith("receive buffer full, ") for note in host.notes())


def test_the_emergency_parser_sees_what_the_full_ring_loses() -> None:
    host = Host(wire=Wire(rx_bytes=128))
    assert "echo:M112 Shutdown" in host.write(BURST + b"M112\n")
    assert host.simulator.firmware.killed


def test_a_slow_wire_loses_nothing_of_what_a_firmware_keeps_up_with() -> None:
    host = Host(wire=Wire(baud=9600.0, rx_bytes=128))
    host.write(b"".join(numbered(n, "G90").encode() + b"\n" for n in range(1, 100)))
    lines = host.wait(5.0)
    assert sum(line.startswith("ok N") for line in lines) == 99
    assert not any("receive buffer" in note for note in host.notes())


def test_bytes_are_lost_when_the_planner_holds_the_queue() -> None:
    host = Host(wire=Wire(baud=115200.0, rx_bytes=128))
    host.write(b"".join(f"G1 X{n % 2 * 100} F600\n".encode() for n in range(60)))
    host.wait(2.0)
    lost = [note for note in host.notes() if note.startswith("receive buffer full")]
    assert lost
    # Fifteen in the planner, four in the ring, and what fits into 127 bytes.
    waiting = len(host.simulator.firmware.receiver.lines)
    assert 19 + waiting < 60
    assert sum(len(line.raw) + 1 for line in host.simulator.firmware.receiver.lines) <= 127


@pytest.mark.parametrize(("baud", "latency"), [(9600.0, 0.0), (115200.0, 0.002), (250000.0, 0.05)])
def test_characters_take_ten_bits_each_way_and_the_latency(baud: float, latency: float) -> None:
    host = Host(wire=Wire(baud=baud, latency_s=latency))
    host.wait(2.0)
    start = host.now
    answer = host.command("G90")
    there_and_back = (len("G90\n") + len(answer[0]) + 1) * 10.0 / baud + 2.0 * latency
    arrived = next(record for record in host.records if record.get("raw") == "G90")
    assert float(str(arrived["t"])) - start == pytest.approx(40.0 / baud + latency, abs=1e-3)
    simulator = host.simulator
    simulator.receive(b"G91\n", host.now)
    due = host.now + there_and_back
    assert b"\n" not in simulator.poll(due - 1e-5)
    assert simulator.poll(due + 1e-5).endswith(b"\n")


def test_a_half_arrived_line_is_no_line() -> None:
    host = Host(wire=Wire(baud=300.0))
    host.wait(60.0)
    host.write(b"M107\n")
    assert host.wait(0.1) == []
    assert host.wait(1.5)[-1] == "ok P15 B3"


def test_hanging_up_loses_what_is_under_way() -> None:
    host = Host(wire=Wire(baud=300.0))
    host.write(b"G91\n")
    _fault(host, "drop_link:1")
    assert host.wait(5.0) == []
    assert not host.simulator.firmware.relative
    assert list(host.simulator.link_orders) == [1.0]


@pytest.mark.parametrize("name", ["change_byte", "drop_byte", "nul_byte"])
def test_a_damaged_numbered_line_is_asked_for_again(name: str) -> None:
    for seed in range(8):
        host = Host(seed=seed)
        host.command(numbered(1, "G90"))
        _fault(host, name)
        lines = host.write(numbered(2, "G1 X10 Y10 F3000").encode() + b"\n")
        lines += host.write(b"\n")
        assert "Resend: 2" in lines or lines == [], (seed, lines)
        assert host.simulator.firmware.receiver.last_number == 1
        # A damaged N makes an unnumbered line of it: then it is unknown, and acknowledged.
        if lines == []:
            assert host.command(numbered(2, "G90"))[-1] in ("ok", "ok N2 P15 B3")


def test_a_doubled_line_is_swallowed_with_a_number_and_done_twice_without() -> None:
    host = Host()
    _fault(host, "double_line:2")
    assert host.write(numbered(1, "G91").encode() + b"\n") == ["ok N1 P15 B3"]
    assert host.write(b"G1 X1 F600\n") == ["ok P14 B2", "ok P13 B3"]
    assert host.simulator.firmware.position[0] == 2.0
    assert host.command("G90") == ["ok P13 B3"]


def test_half_a_line_waits_and_is_glued_to_the_next() -> None:
    host = Host(seed=4)
    _fault(host, "half_line")
    assert host.write(b"M117 abcdefghijklmnopqrstuvwxyz\n") == []
    assert host.wait(60.0) == []
    assert host.command("G91") == ["ok P15 B3"]
    assert not host.simulator.firmware.relative


def test_noise_changes_some_bytes_and_ends() -> None:
    host = Host()
    _fault(host, "noise:0.05")
    for _ in range(40):
        host.write(
            numbered(host.simulator.firmware.receiver.last_number + 1, "G90").encode() + b"\n"
        )
    assert any(not accepted for _, accepted in host.heard())
    host.simulator.clear_fault("noise")
    host.write(b"\n")
    assert host.command("G90") == ["ok P15 B3"]


def test_another_program_writes_and_the_host_gets_an_ok_too_many() -> None:
    host = Host()
    _fault(host, "second_writer:M104 S50")
    assert host.wait(0.1) == ["ok P15 B3"]
    assert host.simulator.firmware.hotend.target == 50.0
    assert "from another program: M104 S50" in host.notes()


def test_another_reader_takes_half_of_the_answers() -> None:
    host = Host()
    _fault(host, "second_reader")
    got = sum(len(host.write(b"G90\n")) for _ in range(200))
    assert 60 < got < 140
    assert len(host.heard()) == 200
