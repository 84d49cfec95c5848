"""The control socket takes anything: every line gets one JSON answer, and the printer lives on."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.control import answer
from simulator.control_link import ControlLink
from simulator.deposit import Deposit
from simulator.faults import KINDS
from simulator.machine import Simulator
from simulator.panel import SETTABLE
from simulator.picture import Pictures

WORDS = st.sampled_from(
    ["get", "fault", "off", "set", "args", "value", "when", "layer", "truth", "faults", "picture"]
)
NAMES = st.sampled_from([*KINDS, *SETTABLE, "z>20", "t=3", "sensor_low:30@z>2", "reset@line=0"])
VALUES = st.recursive(
    st.one_of(
        NAMES,
        WORDS,
        st.text(max_size=10),
        st.integers(),
        st.floats(),
        st.booleans(),
        st.none(),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(WORDS, NAMES), inner, max_size=3)
    ),
    max_leaves=6,
)
REQUEST = st.dictionaries(WORDS, VALUES, max_size=4).map(lambda each: json.dumps(each).encode())


@settings(deadline=None)
@given(st.lists(st.one_of(REQUEST, st.binary(max_size=60)), max_size=6), st.integers(0, 3))
def test_any_requests(lines: list[bytes], layers: int) -> None:
    simulator, deposit = Simulator(), Deposit()
    simulator.plant.laid = deposit.lay
    for layer in range(layers):
        deposit.lay((1, 1, 0.2 * layer + 0.2), (2, 2, 0.2 * layer + 0.2), 0.1)
    pictures = Pictures(deposit, (20.0, 20.0))
    now = 0.0
    for line in lines:
        now += 2.0
        simulator.advance(now)
        reply = answer(simulator, line, pictures)
        assert reply.endswith(b"\n")
        assert reply.count(b"\n") == 1
        record = json.loads(reply)
        assert record["ok"] is ("error" not in record)
    simulator.receive(b"M105\n", now + 1.0)
    simulator.poll(now + 60.0)
    assert json.loads(answer(simulator, b'{"get": "truth"}'))["ok"] is True


def test_replies_longer_than_a_socket_buffer_and_a_client_that_does_not_read(
    tmp_path: Path,
) -> None:
    link = ControlLink(tmp_path / "control", lambda line: b"x" * 2_000_000 + line + b"\n")
    with socket.socket(socket.AF_UNIX) as client, socket.socket(socket.AF_UNIX) as lazy:
        for each in (client, lazy):
            each.connect(str(tmp_path / "control"))
            each.settimeout(5)
        client.sendall(b"a\nb\n")
        lazy.sendall(b"c\n" * 100)
        link.pump()
        assert link.descriptors()[1], "it waits to write"
        got = b""
        while got.count(b"\n") < 2:
            link.pump()
            got += client.recv(1 << 20)
        assert [line[-1:] for line in got.splitlines()] == [b"a", b"b"]
        # The one that reads nothing costs a bounded amount and disturbs nobody.
        for _ in range(5):
            link.pump()
        client.sendall(b"d\n")
        link.pump()
        assert client.recv(1) == b"x"
    link.close()
