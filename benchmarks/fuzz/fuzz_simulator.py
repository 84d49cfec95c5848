"""Coverage-guided fuzzing of the simulator with atheris: wire, scenario files, control socket.

    pip install -e .[fuzz]
    python benchmarks/fuzz/fuzz_simulator.py wire -max_total_time=600

The first argument is the target; the rest goes to libFuzzer. A crash leaves its input in a file
``crash-…``; give that file as an argument to see it again. Not part of the tests: those have
hypothesis over the same entries (tests/simulator/test_scenario.py, test_control_any.py).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import atheris

with atheris.instrument_imports(include=["simulator"]):
    from simulator.control import answer
    from simulator.deposit import Deposit
    from simulator.machine import Simulator
    from simulator.picture import Pictures
    from simulator.scenario import ScenarioFault, parse_scenario
    from simulator.session import read_session
    from simulator.truth import snapshot

_MOST_PIECES = 40
_HOUR_S = 3600.0


def wire(data: bytes) -> None:
    """Arbitrary bytes in arbitrary pieces over up to an hour: no crash, time goes on."""
    given = atheris.FuzzedDataProvider(data)
    simulator, now = Simulator(seed=given.ConsumeIntInRange(0, 3)), 0.0
    for _ in range(_MOST_PIECES):
        if not given.remaining_bytes():
            break
        now = min(now + given.ConsumeIntInRange(0, 3000) / 10.0, _HOUR_S)
        simulator.receive(given.ConsumeBytes(given.ConsumeIntInRange(1, 120)), now)
        simulator.poll(now)
    simulator.poll(now + 60.0)
    json.dumps(snapshot(simulator), allow_nan=False)


def scenario(data: bytes) -> None:
    """Any bytes are a scenario or get a message with a line."""
    try:
        parse_scenario(data, "s.toml")
    except ScenarioFault as fault:
        if not str(fault).startswith("s.toml, line "):
            raise AssertionError(str(fault)) from fault
    read_session(data.decode("latin-1"))


def control(data: bytes) -> None:
    """Any lines get one JSON answer each, and the printer lives on."""
    simulator, deposit = Simulator(), Deposit()
    deposit.lay((1, 1, 0.2), (2, 2, 0.2), 0.1)
    pictures = Pictures(deposit, (20.0, 20.0))
    for second, line in enumerate(data.split(b"\n")[:_MOST_PIECES], 1):
        simulator.advance(float(second))
        json.loads(answer(simulator, line, pictures))
    simulator.receive(b"M105\n", 50.0)
    simulator.poll(100.0)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "wire": wire,
    "scenario": scenario,
    "control": control,
}


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        print(f"usage: fuzz_simulator.py {'|'.join(TARGETS)} [libFuzzer options]", file=sys.stderr)
        return 2
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
