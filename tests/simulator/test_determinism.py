"""The same seed and the same inputs at the same times: the same outcome, however time is cut."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.data import load_dialect
from simulator.faults import KINDS, parse_fault
from simulator.firmware.card import Card
from simulator.machine import Simulator
from simulator.truth import snapshot
from simulator.wire import Wire

from .laboratory import BUGFIX, lab_simulator

LINES = [
    *("G28", "G28 X", "G90", "G91", "M83", "M302 S0", "M104 S210", "M140 S60", "M109 S45"),
    *("G1 X10 F3000", "G1 X120 Y80 E4 F6000", "G1 Z3", "G2 X30 Y30 I10 J4 E2", "G4 P700"),
    *("M105", "M114", "M155 S1", "M154 S2", "M106 S200", "M220 S70", "M221 S120", "M400"),
    *("M410", "M108", "M600", "M876 S1", "M500", "M501", "M23 A.GCO", "M24", "M25", "M524"),
    *("N1 G28*18", "N2 G1 X10*83", "M27 S1", "M303 E0 S90 C3", "M413 S1", "M85 S30"),
]
FAULTS = [
    *(name for name in KINDS if name not in ("power_cut", "drop_link")),
    *("kill_pin@t=40", "layer_shift@x>50", "mosfet_stuck_on:bed@nozzle>60", "noise:0.05@line=4"),
    *("lose_ok:3@layer=1", "runout@t=9", "change_byte:4@number=2"),
]
CARD = b"M302 S0\nG91\nM83\n" + b"G1 X5 E1 F1200\nG1 X-5 E1\n" * 20


@dataclass(frozen=True)
class Step:
    """At ``at`` the host writes, or a fault is asked for."""

    at: float
    line: str
    fault: str


STEPS = st.lists(
    st.builds(
        Step,
        at=st.floats(min_value=0.0, max_value=60.0),
        line=st.sampled_from(LINES),
        fault=st.one_of(st.none().map(lambda _: ""), st.sampled_from(FAULTS)),
    ),
    max_size=14,
).map(lambda steps: sorted(steps, key=lambda step: step.at))
WIRES = st.sampled_from(
    [Wire(), Wire(rx_bytes=128), Wire(baud=9600.0, latency_s=0.003, rx_bytes=64)]
)


def _outcome(
    steps: list[Step], wire: Wire, seed: int, cut_s: float | None
) -> tuple[bytes, str, str]:
    """Answers, wire log and truth; time passes in steps of ``cut_s``, None: from event to event."""
    card = Card()
    card.put("A.GCO", CARD)
    log: list[object] = []
    simulator = Simulator(
        dialect=load_dialect("marlin-bugfix-2.1.x-full"),
        seed=seed,
        card=card,
        wire=wire,
        record=log.append,
    )
    answers = b""
    for step in [*steps, Step(90.0, "M105", "")]:
        while simulator.now < step.at:
            if cut_s is None:
                to = max(simulator.next_event_time(), simulator.now + 1e-6)
            else:
                to = simulator.now + cut_s
            answers += simulator.poll(min(to, step.at))
            if cut_s is not None:
                # Whoever looks changes nothing.
                snapshot(simulator)
        if step.fault:
            simulator.add_fault(parse_fault(step.fault))
        simulator.receive(step.line.encode("ascii") + b"\n", step.at)
    answers += simulator.poll(100.0)
    return answers, json.dumps(log), json.dumps(snapshot(simulator))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    steps=STEPS,
    wire=WIRES,
    seed=st.integers(0, 3),
    cuts=st.tuples(st.floats(0.25, 0.9), st.floats(1.0, 40.0)),
)
def test_how_time_is_cut_makes_no_difference(
    steps: list[Step], wire: Wire, seed: int, cuts: tuple[float, float]
) -> None:
    by_events = _outcome(steps, wire, seed, None)
    for cut_s in cuts:
        assert _outcome(steps, wire, seed, cut_s) == by_events


def test_another_seed_is_another_outcome() -> None:
    steps = [Step(2.0, "M155 S1", "")]
    assert _outcome(steps, Wire(), 1, None) != _outcome(steps, Wire(), 2, None)


@pytest.mark.parametrize(("mm_s", "planned_s"), [(200, 0.567), (50, 2.017)])
def test_a_move_takes_what_the_firmware_plans(mm_s: int, planned_s: float) -> None:
    """100 mm at 3000 mm/s^2 as recorded: distance / speed + speed / acceleration."""
    simulator: Simulator = lab_simulator(BUGFIX)
    simulator.receive(f"G1 X100 F{mm_s * 60}\n".encode("ascii"), 1.0)
    simulator.advance(1.05)
    block = simulator.firmware.planner.blocks[0]
    simulator.advance(5.0)
    assert block.end - block.start == pytest.approx(planned_s, rel=0.05)
    assert simulator.plant.position[0] == pytest.approx(74.91 + 100.0)


def test_a_dialect_without_abilities_is_smaller() -> None:
    full = load_dialect("marlin-2.1.2.1-full")
    assert full.able("ARCS")
    assert not replace(full, capabilities=()).able("ARCS")
