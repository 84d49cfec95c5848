"""Faults by name and condition, the control requests, and that no bytes crash the firmware."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.control import answer
from simulator.faults import KINDS, QUANTITIES, FaultError, parse_condition, parse_fault
from simulator.machine import Simulator

from .host import Host, numbered


@pytest.mark.parametrize(
    "text",
    ["nope", "drop_line:0", "drop_line:x", "reset:3", "thermal_runaway:fan", "homing_failed:e"],
)
def test_a_wrong_fault_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(FaultError, match=r"allowed|takes no argument"):
        parse_fault(text)


@pytest.mark.parametrize("text", ["", "z", "z>", "q=3", "z>=3", "z > 1 and t > 2", "z>nan"])
def test_a_wrong_condition_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(FaultError, match="allowed: one of line"):
        parse_condition(text)


@given(st.text(max_size=40))
def test_any_text_is_a_fault_or_refused(text: str) -> None:
    try:
        fault = parse_fault(text)
    except FaultError:
        return
    assert parse_fault(fault.text()) == fault


@pytest.mark.parametrize("name", list(KINDS))
def test_every_fault_can_be_switched_on_and_lasting_ones_off(name: str) -> None:
    host = Host()
    host.simulator.add_fault(parse_fault(name))
    assert any(note.startswith(f"fault: {name}") for note in host.notes())
    host.simulator.clear_fault(name)
    assert host.simulator.active == []


@pytest.mark.parametrize("quantity", list(QUANTITIES))
def test_every_quantity_can_be_looked_at(quantity: str) -> None:
    condition = parse_condition(f"{quantity}>1000000")
    assert condition.holds(Host().simulator.quantities()) is False


def test_a_dropped_line_leaves_a_hole_that_the_next_one_shows() -> None:
    host = Host()
    host.simulator.add_fault(parse_fault("drop_line@line=2"))
    host.command(numbered(1, "G90"))
    assert host.write(numbered(2, "G91").encode() + b"\n") == []
    assert host.command(numbered(3, "G90"))[1:] == ["Resend: 2", "ok"]
    assert host.heard()[1] == (numbered(2, "G91"), False)


def test_a_lost_ok_is_executed_but_not_answered() -> None:
    host = Host()
    host.simulator.add_fault(parse_fault("lose_ok"))
    assert host.write(b"G91\n") == []
    assert host.simulator.firmware.relative
    assert host.command("G90") == ["ok P15 B3"]


def test_reset_forgets_the_firmware_and_keeps_the_plant() -> None:
    host = Host()
    host.command("M109 S150")
    host.command(numbered(1, "M107"))
    host.write(b"G1 X50 F600\n")
    host.simulator.add_fault(parse_fault("reset"))
    lines = host.wait(2.0)
    assert lines[:2] == ["start", "PowerUp"]
    assert host.simulator.firmware.hotend.target == 0.0
    assert host.simulator.plant.heaters["hotend"].true_c > 140.0
    assert host.command(numbered(1, "M107"))[-1] == "ok N1 P15 B3"


def test_garbage_reaches_the_host_only() -> None:
    host = Host()
    host.simulator.add_fault(parse_fault("garbage:40"))
    assert len(host.simulator.poll(host.now)) == 40
    assert host.command("M107")[-1] == "ok P15 B3"


def test_time_condition_holds_on_time() -> None:
    host = Host()
    host.simulator.add_fault(parse_fault("kill_pin@t=30"))
    assert host.wait(28.0) == []
    assert host.wait(1.2)[0] == "Error:!! KILL caused by KILL button/pin"


def test_layer_and_height_conditions() -> None:
    host = Host()
    host.command("M302 S0")
    host.simulator.add_fault(parse_fault("panel_flow:150@z>15"))
    host.command("G1 Z1 F600")
    host.command("M400")
    host.wait(0.1)
    assert host.simulator.firmware.flow_percent == 100.0
    host.command("G1 Z4")
    host.command("M400")
    host.wait(0.1)
    assert host.simulator.firmware.flow_percent == 150.0


def ask(simulator: Simulator, request: object) -> dict[str, object]:
    return json.loads(answer(simulator, json.dumps(request).encode()))


def test_control_reads_truth_switches_faults_and_nudges() -> None:
    simulator = Host().simulator
    truth = ask(simulator, {"get": "truth"})["truth"]
    assert truth["nozzle"]["true_c"] == 22.0
    assert truth["powered"] is True
    on = ask(simulator, {"fault": "sensor_low", "args": {"value": 20}})
    assert on == {"ok": True, "on": ["sensor_low:20"]}
    assert simulator.plant.heaters["hotend"].sensor_offset_k == -20.0
    assert ask(simulator, {"fault": "sensor_low", "args": {"off": True}})["on"] == []
    assert simulator.plant.heaters["hotend"].sensor_offset_k == 0.0
    assert ask(simulator, {"set": {"nozzle_target_c": 90}}) == {"ok": True}
    assert simulator.firmware.hotend.target == 90.0
    assert "drop_link" in ask(simulator, {"get": "faults"})["faults"]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{}",
        b"{",
        b'{"get": "x"}',
        b'{"fault": "nope"}',
        b'{"fault": 3, "args": []}',
        b'{"fault": "reset", "args": {"x": 1}}',
        b'{"set": {"speed": 1}}',
        b'{"set": {"flow_percent": true}}',
        b'{"set": {"flow_percent": NaN}}',
        b"\xff\xfe",
        b"[" * 20000,
    ],
)
def test_a_wrong_request_is_answered(line: bytes) -> None:
    reply = json.loads(answer(Host().simulator, line))
    assert reply["ok"] is False
    assert reply["error"]


PRINTED = """G0 G1 G4 G28 G90 G91 G92 M0 M104 M106 M109 M110 M112 M114 M117 M140 M155 M190 M203 M204
M205 M220 M290 M301 M302 M400 M410 M500 M501 M84 M85 N1 N-1 N2 T3 X Y-5 Z1e9 E5 F0 F-1 F9999999
S0 S9999999999 S-1 P1 R50 K1 J0 D0 *0 *35"""
WORDS = st.sampled_from([*PRINTED.split(), ";", "\x00", '"', "\\", "\x08", "\n", "\r"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.one_of(
                st.binary(max_size=200),
                st.lists(WORDS, max_size=30).map(lambda words: " ".join(words).encode() + b"\n"),
            ),
            st.floats(min_value=0.0, max_value=20.0),
        ),
        max_size=12,
    )
)
def test_no_bytes_crash_the_firmware(chunks: list[tuple[bytes, float]]) -> None:
    records: list[dict[str, object]] = []
    simulator = Simulator(record=records.append)
    now = 1.0
    for data, seconds in chunks:
        simulator.receive(data, now)
        now += seconds
        simulator.poll(now)
        assert simulator.next_event_time() > 0.0
    for record in records:
        json.dumps(record)
        assert record["dir"] in ("host", "printer", "note")
    assert all(0.0 <= heater.duty <= 1.0 for heater in simulator.plant.heaters.values())


def test_stop_words_while_the_board_parks_after_a_heat_fault_do_not_stop_the_clock() -> None:
    """A command is under way when the bed's heater dies, M108 and M410 arrive before the halt."""
    host = Host()
    host.command("G28")
    host.command("M140 S60")
    host.command("M190 S60")
    host.simulator.add_fault(parse_fault("thermal_runaway:bed"))
    lines: list[str] = []
    for _ in range(600):
        # A dwell is always under way.
        if not any("system stopped" in line for line in lines):
            lines += host.write(b"G4 S2\n")
        lines += host.wait(0.5)
        if any("system stopped" in line for line in lines):
            break
    lines += host.write(b"M108\nM410\nM104 S0\nM105\n")
    lines += host.wait(60.0)
    assert lines[-2:] == ["Error:Printer halted. kill() called!", "//action:poweroff"]
