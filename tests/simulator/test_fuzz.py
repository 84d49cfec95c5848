"""Any bytes, any faults, any wire: the simulator never crashes, and what is fixed stays fixed.

``MDPS_FUZZ_EXAMPLES`` sets how many examples are tried; the long runs by hand use thousands.
"""

from __future__ import annotations

import json
import math
import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.data import load_dialect
from simulator.faults import KINDS, QUANTITIES, parse_fault
from simulator.firmware.card import Card
from simulator.machine import Simulator
from simulator.truth import snapshot
from simulator.wire import Wire

from .test_determinism import CARD, LINES

EXAMPLES = int(os.environ.get("MDPS_FUZZ_EXAMPLES", "60"))
BYTES = st.one_of(
    st.binary(max_size=300),
    st.lists(st.sampled_from(LINES), max_size=20).map(
        lambda lines: "\n".join(lines).encode() + b"\n"
    ),
    st.text(alphabet='GMTNXYZEFSPIJR0123456789.-* \n;"\\\x00\x08', max_size=80).map(str.encode),
)
CONDITIONS = st.one_of(
    st.just(""),
    st.builds(
        lambda quantity, sign, value: f"@{quantity}{sign}{value}",
        st.sampled_from(list(QUANTITIES)),
        st.sampled_from("=<>"),
        st.integers(min_value=-1, max_value=300),
    ),
)
FAULTS = st.builds(lambda name, when: name + when, st.sampled_from(list(KINDS)), CONDITIONS)
WIRES = st.builds(
    Wire,
    baud=st.sampled_from([None, 300.0, 9600.0, 250000.0]),
    latency_s=st.sampled_from([0.0, 0.004, 2.0]),
    rx_bytes=st.sampled_from([None, 16, 128]),
)
ACTS = st.lists(
    st.tuples(
        st.one_of(BYTES, FAULTS, st.sampled_from(list(KINDS)).map(lambda name: f"-{name}")),
        st.floats(min_value=0.0, max_value=40.0),
    ),
    max_size=14,
)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    acts=ACTS,
    wire=WIRES,
    dialect=st.sampled_from(["marlin-2.1.2.1", "marlin-bugfix-2.1.x-full", "marlin-2.1.2.1-full"]),
    seed=st.integers(0, 9),
)
def test_nothing_crashes_it(
    acts: list[tuple[bytes | str, float]], wire: Wire, dialect: str, seed: int
) -> None:
    card = Card()
    card.put("A.GCO", CARD)
    records: list[dict[str, object]] = []
    simulator = Simulator(
        dialect=load_dialect(dialect), seed=seed, card=card, wire=wire, record=records.append
    )
    now = 1.0
    simulator.advance(now)
    for act, seconds in acts:
        if isinstance(act, bytes):
            simulator.receive(act, now)
        elif act.startswith("-"):
            simulator.clear_fault(act[1:])
        else:
            simulator.add_fault(parse_fault(act))
        now += seconds
        simulator.poll(now)
        _is_sound(simulator, now)
    for record in records:
        assert record["dir"] in ("host", "printer", "note")
        json.dumps(record)


def _is_sound(simulator: Simulator, now: float) -> None:
    truth = json.loads(json.dumps(snapshot(simulator), allow_nan=False))
    assert truth["t"] == round(now, 4)
    assert simulator.next_event_time() >= now or simulator.next_event_time() == math.inf
    for name in ("nozzle", "bed"):
        assert 0.0 <= truth[name]["duty"] <= 1.0
        assert -20.0 < truth[name]["true_c"] < 1000.0
    place = truth["position_mm"]
    for axis, size in zip("xyz", simulator.printer.size_mm, strict=True):
        assert -0.5 <= place[axis] <= size + 5.0
    if truth["killed"]:
        assert truth["nozzle"]["asked_duty"] == truth["bed"]["asked_duty"] == 0.0
