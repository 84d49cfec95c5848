"""The host's side of every recorded session, replayed: answers equal but for what is named.

What may differ anywhere stands in comparing.py, each pattern with its reason; what differs in one
recording only stands here, line by line.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.faults import parse_fault
from simulator.firmware.heating import RUNAWAY
from simulator.machine import Simulator

from .comparing import differences, landmark, place_or_landmark
from .host import numbered
from .laboratory import BUGFIX, RELEASE, act, lab_card, lab_eeprom, lab_simulator
from .replay import TRANSCRIPTS, InStep, Session, replay, sessions

# Where the host did not wait for answers: its pieces come at their recorded times. The number is
# the recording's clock (5: file seconds x 5 = firmware seconds).
BY_THE_CLOCK = {
    "01_boot_m115_m503": 1.0,
    "03_motion": 1.0,
    "04_checksum_resend": 1.0,
    "05_unknown_junk": 1.0,
    "05b_rx_overflow": 1.0,
    "05c_overlong_verified": 1.0,
    "06_emergency": 1.0,
    "07_cold_extrusion": 5.0,
    "rel2121_01_boot_m115_m503": 1.0,
    "rel2121_04_checksum_resend": 1.0,
    "rel2121_05_unknown_junk": 1.0,
    "rel2121_05b_rx_overflow": 1.0,
    "rel2121_06_emergency": 1.0,
}
# Where it waited for heating, homing, prompts: the replaying host waits for the same answers.
IN_STEP = {
    "02_temps": 5.0,
    "08_thermal_faults": 5.0,
    "08b_thermal_faults2": 5.0,
    "09_eeprom": 1.0,
    "10_sd": 5.0,
    "10b_sd_pause_resume": 5.0,
    "11_host_actions_m600_m0": 1.0,
    "11b_pause_actions": 1.0,
    "11c_runout_m600_full": 1.0,
    "12_endstop_faults": 1.0,
    "13_power_loss": 1.0,
    "14_misc": 1.0,
}
IN_PIECES = "15_octoprint_session"

PERMITTED = {
    "03_motion": [
        "-ok P15 B2",  # M114 D ended a moment before the next line was in the ring
        "+ok P15 B3",
        "-ok P9 B1",  # the recorded ring once ran dry for a moment in the burst
        "+ok P9 B0",
        "-ok P8 B3",  # its planner stretches short arc pieces while it runs dry (M205 B)
        "+ok P15 B3",
    ],
    "04_checksum_resend": [
        # One line of the burst arrived after the flush and drew a second, equal request.
        "-Error:Line Number is not Last Line Number+1, Last Line: 6",
        "-Resend: 7",
        "-ok",
    ],
    "07_cold_extrusion": [
        "-ok P13 B3",  # a too long extrusion takes an empty block there, none here; and at five
        "+ok P15 B3",  # times the speed its clock was late once, so a move was still running
        "-ok P13 B3",
        "+ok P14 B3",
    ],
    "10_sd": [
        "-ok P15 B0",  # the file's first lines were in the ring a moment before M27 came
        "+ok P15 B3",
    ],
    "10b_sd_pause_resume": ["-ok P15 B0", "+ok P15 B3"],  # the same
    "12_endstop_faults": [
        "-x_min: open",  # the recorder's switch closed only after M119
        "+x_min: TRIGGERED",
    ],
    "14_misc": [
        # M43 lists the pins of the recorder's board; the simulated one has no pins.
        "-PIN:   0         <unused/unknown>                       Input  LOW".ljust(90),
        "-PIN:   1         <unused/unknown>                       Input  LOW".ljust(90),
        "-PIN: 253  (A14)  <unused/unknown>   Analog in =     0   Input  LOW".ljust(90),
        "-PIN: 254  (A15)  <unused/unknown>   Analog in =     0   Input  LOW".ljust(90),
        '+echo:Unknown command: "M43"',
    ],
}


def _dialect(name: str) -> str:
    return RELEASE if name.startswith("rel") else BUGFIX


def _found(name: str) -> list[str]:
    """All differences of one file; its sessions share the card and the EEPROM chip."""
    recorded = sessions(name)
    dialect, card = _dialect(name), lab_card()
    fresh = any("version mismatch" in line for line in recorded[0].printer)
    chip = lab_eeprom(dialect, stored=not fresh)
    found: list[str] = []
    for session in recorded:
        assert len(session.printer) > 10, "the transcript compares nothing"
        if any(b"bit flipped" in entry.data for entry in session.entries):
            chip.flip_bit(1200)
        rx_bytes = 128 if "overflow" in name else None
        simulator = lab_simulator(dialect, card=card, eeprom=chip, rx_bytes=rx_bytes)
        found += differences(session.printer, _answers(name, session, simulator))
    return found


def _answers(name: str, session: Session, simulator: Simulator) -> list[str]:
    if name in BY_THE_CLOCK:
        return replay(session, simulator, BY_THE_CLOCK[name])
    reports = any(b"M154" in data for _, data in session.host)
    counted_on = landmark if reports else place_or_landmark
    return InStep(simulator, IN_STEP[name], counted_on, act).run(session)


@pytest.mark.parametrize(
    "name", [*BY_THE_CLOCK, *(name for name in IN_STEP if name != "09_eeprom")]
)
def test_answers_as_recorded(name: str) -> None:
    assert _found(name) == PERMITTED.get(name, [])


def test_no_transcript_is_left_out() -> None:
    files = {path.stem for path in Path(TRANSCRIPTS).glob("*.txt")}
    assert files == {*BY_THE_CLOCK, *IN_STEP, IN_PIECES}


def test_turned_bits_in_the_eeprom_as_recorded() -> None:
    """09: bits turn once before a boot, once between M500 and M504 of the running firmware."""
    card, chip = lab_card(), lab_eeprom(BUGFIX, stored=False)
    for index, session in enumerate(sessions("09_eeprom")):
        if index == 1:
            chip.flip_bit(1200)
        simulator = lab_simulator(BUGFIX, card=card, eeprom=chip)
        host = InStep(simulator, 1.0, place_or_landmark, _flip_after_m500)
        for place, entry in enumerate(session.entries):
            if entry.kind == "remark" and b"under the running" in entry.data:
                # The remark stands before M500; the bits turned behind it.
                session.entries.insert(place + 5, session.entries.pop(place))
                break
        assert differences(session.printer, host.run(session)) == []


def _flip_after_m500(simulator: Simulator, remark: str) -> None:
    if "under the running firmware" in remark:
        simulator.eeprom.flip_bit(99)


def test_octoprint_connects_prints_into_the_air_and_connects_again() -> None:
    """15: four uncut pieces of one long session; between them the printer is put where it was."""
    connect, print_on, last_lines, again = sessions(IN_PIECES)
    fresh = lab_simulator(BUGFIX, eeprom=lab_eeprom(BUGFIX, stored=False))
    # M27 S1 drew no report there, although M27 S2 did in 10b. Not explained; reports left out.
    answered = InStep(fresh, 5.0, landmark, act).run(connect)
    told = [line for line in answered if line != "Not SD printing"]
    assert len(told) < len(answered)
    assert differences(connect.printer, told) == []

    answered = InStep(_stored(), 5.0, landmark, act).run(again)
    # The recording ends within the answer to M115.
    last = answered.index(again.printer[-1])
    assert differences(again.printer, answered[: last + 1]) == []

    assert _print_on(print_on, b"<echo: cold", _cool) == []
    assert _print_on(last_lines, b"<Error", _run_away) == [
        # The host closed the port 6 ms after its M112: the recorder lost the firmware's last words.
        "+echo:M112 Shutdown",
        "+Error:Printer halted. kill() called!",
        "+//action:poweroff",
    ]


def _print_on(session: Session, place: bytes, happen: Callable[[Simulator], None]) -> list[str]:
    """Differences of one piece of the print, in which something happens just before ``place``."""
    marks = {"host": b">", "printer": b"<", "remark": b"#"}
    starts = [marks[entry.kind] + entry.data for entry in session.entries]
    cut = next(index for index, start in enumerate(starts) if start.startswith(place))
    host = InStep(_mid_print(session), 5.0, landmark, act)
    host.run(Session(session.entries[:cut]), 0.0)
    happen(host.simulator)
    answered = host.run(Session(session.entries[cut:]))
    # Between which lines a report falls is chance.
    return differences(_no_reports(session.printer), _no_reports(answered))


def _no_reports(lines: list[str]) -> list[str]:
    return [line for line in lines if not line.startswith(" T:")]


def _cool(simulator: Simulator) -> None:
    """The nozzle is below 170 degrees from now on, its heater dead."""
    simulator.add_fault(parse_fault("thermal_runaway"))
    simulator.add_fault(parse_fault("sensor_stuck:168"))
    simulator.firmware.hotend.reading = 168.0


def _run_away(simulator: Simulator) -> None:
    simulator.firmware._heat_fault(simulator.firmware.hotend, RUNAWAY)


def _stored() -> Simulator:
    return lab_simulator(BUGFIX, eeprom=lab_eeprom(BUGFIX, stored=True))


def _mid_print(session: Session) -> Simulator:
    """Hot, homed, a full planner of slow moves, and a line that waits for room in it."""
    simulator = _stored()
    simulator.advance(1.0)
    for name, celsius in (("hotend", 190.0), ("bed", 50.0)):
        heater = simulator.plant.heaters[name]
        heater.true_c = heater.sensor_c = celsius
    simulator.receive(b"G28\nM104 S190\nM140 S50\n", 1.0)
    simulator.advance(60.0)
    if b"N740" in session.host[0][1]:
        _cool(simulator)
    fill = [f"G1 X{95 + i % 2} Y{80 + i * 0.1:.1f} F{200 if i == 0 else 1800}\n" for i in range(15)]
    simulator.receive("".join(fill).encode("ascii"), 60.0)
    simulator.poll(60.0)
    number = int(session.host[0][1].split(b" ")[0][1:])
    simulator.firmware.receiver.last_number = number - 2
    simulator.firmware.position[3] = 11.0
    if b"ok N363" in session.entries[0].data:
        simulator.receive(numbered(number - 1, "G1 X94 Y81").encode("ascii") + b"\n", 60.0)
    else:
        simulator.firmware.receiver.last_number = number - 1
    return simulator
