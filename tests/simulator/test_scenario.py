"""Scenario files: what they do, what they expect, and what a wrong one is told."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st

from simulator.director import Director, Verdict
from simulator.expectation import numeric_fields, parse_statement
from simulator.faults import KINDS, FaultError
from simulator.machine import Simulator
from simulator.scenario import ScenarioFault, load_scenario, parse_scenario
from simulator.truth import snapshot

from .test_process import PATIENCE_S, command, running

HERE = Path(__file__).parent / "scenarios"


def play(text: str, host: bytes = b"", seconds: float = 60.0, step: float = 60.0) -> list[Verdict]:
    """The verdicts of a scenario over a host that sends all it has at second 1."""
    simulator = Simulator()
    director = Director(simulator, parse_scenario(text.encode(), "s.toml"))
    director.advance(1.0)
    simulator.receive(host, 1.0)
    director.look()
    now = 1.0
    while now < seconds and not director.ended:
        now = min(now + step, seconds)
        director.advance(now)
    return director.finish()


@pytest.mark.parametrize("step", [0.03, 7.0, 500.0])
def test_hot_while_the_firmware_says_safe(step: float) -> None:
    text = (HERE / "hot-while-safe.toml").read_text()
    verdicts = play(text, b"M104 S190\n", 1000.0, step)
    assert [verdict.met for verdict in verdicts] == [True] * 5
    # How time is cut changes nothing, not even the digits seen.
    assert [verdict.seen for verdict in verdicts] == [
        verdict.seen for verdict in play(text, b"M104 S190\n", 1000.0)
    ]
    assert verdicts[-1].seen.endswith("at t=400.1")


@pytest.mark.parametrize(
    ("expect", "met"),
    [
        ('that = "killed = true"', True),
        ('that = "killed != true"', False),
        ('that = "killed = true"\nhold = "always"', False),
        ('that = "killed = true"\nhold = "once"', True),
        ('that = "nozzle.true_c > 300"\nhold = "once"', False),
        ('that = "nozzle.true_c < 300"\nhold = "always"', True),
        ('that = "killed = true"\nhold = "always"\nwhen = "t>11"', True),
        # What was never looked at is not met, whatever it says.
        ('that = "t >= 0"\nhold = "always"\nwhen = "z>200"', False),
        ('that = "t >= 0"\nwhen = "t>61"', False),
    ],
)
def test_expectations(expect: str, met: bool) -> None:
    text = f'[[step]]\nfault = "kill_pin@t=10"\n[[expect]]\n{expect}\n'
    assert [verdict.met for verdict in play(text)] == [met]


def test_steps_by_host_line_are_done_when_the_line_is_in() -> None:
    text = '[[step]]\nwhen = "line=3"\nset = { feed_percent = 50 }\n'
    text += '[[expect]]\nthat = "feed_percent = 50"\nhold = "always"\nwhen = "line=3"\n'
    assert [v.met for v in play(text, b"M105\nM105\nM105\n")] == [True]
    assert [v.met for v in play(text, b"M105\nM105\n")] == [False]


TOP = 'title = "x"\n\n'


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("seed = ", 1, "Invalid value"),
        ("seed = 1\nseed = 2\n", 2, "Cannot overwrite"),
        (TOP + "speed = 0\n", 3, "allowed: above 0 to 1000, or max"),
        (TOP + "speed = true\n", 3, "allowed: above 0"),
        (TOP + "seed = 1.5\n", 3, "a whole number"),
        (TOP + 'dialect = "x"\n', 3, "there is: marlin"),
        (TOP + 'printer = "x"\n', 3, "there is: example-i3"),
        (TOP + 'end = "soon"\n', 3, "allowed: one of line"),
        (TOP + "colour = 3\n", 3, "allowed: title"),
        (TOP + "step = 3\n", 3, "[[step]]"),
        (TOP + "[step]\nx = 1\n", 3, "[[step]]"),
        (TOP + '[[step]]\n\nfault = "sensor_lo"\n', 5, "no fault 'sensor_lo'"),
        (TOP + '[[step]]\nfault = "reset"\n[[step]]\nfault = "rest"\n', 6, "no fault 'rest'"),
        (TOP + '[[step]]\nwhen = "q>3"\nfault = "reset"\n', 4, "allowed: one of line"),
        (TOP + '[[step]]\nwhen = "z>3"\nfault = "reset@z>3"\n', 5, "not in both"),
        (TOP + "[[step]]\nfault = 3\n", 4, "text in quotes"),
        (TOP + '[[step]]\nwhen = "z>3"\n', 3, "one of: fault, off, set"),
        (TOP + '[[step]]\nfault = "reset"\noff = "power_cut"\n', 3, "one of: fault, off, set"),
        (TOP + '[[step]]\noff = "reset"\n', 4, "no lasting fault"),
        (TOP + "[[step]]\nset = { nozzle = 3 }\n", 4, "allowed: nozzle_target_c"),
        (TOP + "[[step]]\nset.flow_percent = 3\n", 4, "allowed: 10 to 999"),
        (TOP + "[[step]]\nset = {}\n", 4, "one or more of"),
        (TOP + "[[step]]\nset.flow_percent = nan\n", 4, "allowed: 10 to 999"),
        (TOP + '[[expect]]\nwhen = "t>1"\n', 3, "needs: that"),
        (TOP + '[[expect]]\nthat = "nozzle > 3"\n', 4, "no field 'nozzle'"),
        (TOP + '[[expect]]\nthat = "t > boots + nozzle.true"\n', 4, "allowed: FIELD"),
        (TOP + '[[expect]]\nthat = "t => 3"\n', 4, "allowed: FIELD"),
        (TOP + '[[expect]]\nthat = "t > 3"\nhold = "never"\n', 5, "allowed: end, always, once"),
        (TOP + '[[expect]]\nthat = "t > 3"\nwho = "me"\n', 5, "allowed: that, when, hold, why"),
        ("a = " + "[" * 5000 + "\n", 2, "nested too deeply"),
        ("seed = " + "9" * 5000 + "\n", 2, "integer"),
    ],
)
def test_a_wrong_file_is_told_line_and_reason(text: str, line: int, reason: str) -> None:
    with pytest.raises(ScenarioFault) as caught:
        parse_scenario(text.encode(), "s.toml")
    message = str(caught.value)
    assert message.startswith(f"s.toml, line {line}: ")
    assert reason in message
    assert "\n" not in message


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(ScenarioFault, match="line 2: not UTF-8 text"):
        parse_scenario(b"seed = 1\n\xff\n", "s.toml")
    with pytest.raises(ScenarioFault, match="longer than"):
        parse_scenario(b"#" * (1 << 21), "s.toml")


TOML = st.text(alphabet='stepxcfaulwhniond."= []{}\n#0123456789>@:_-+', max_size=120)


@given(st.one_of(st.binary(max_size=200), TOML.map(str.encode)))
def test_any_bytes_are_a_scenario_or_a_message_with_a_line(data: bytes) -> None:
    try:
        parse_scenario(data, "s.toml")
    except ScenarioFault as fault:
        assert str(fault).startswith("s.toml, line ")


ENTRY = st.dictionaries(
    st.sampled_from(["when", "fault", "off", "set", "that", "hold", "why", "x"]),
    st.one_of(
        st.sampled_from(
            ["t>1", "z=2", "reset", "power_cut", "sensor_low:12", "t > 3", "end", "always"]
        ),
        st.text(max_size=8),
        st.integers(),
        st.floats(),
        st.booleans(),
        st.fixed_dictionaries({"flow_percent": st.integers(0, 200)}),
    ),
    max_size=4,
)


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, float):
        return repr(value).replace("e", ".0e") if "." not in repr(value) else repr(value)
    return json.dumps(value)


@given(st.lists(st.tuples(st.sampled_from(["step", "expect"]), ENTRY), max_size=4))
def test_every_message_names_the_line_of_its_table(entries: list[tuple[str, object]]) -> None:
    lines: list[str] = []
    for table, entry in entries:
        lines.append(f"[[{table}]]")
        lines += [f"{key} = {toml(value)}" for key, value in dict(entry).items()]
    try:
        scenario = parse_scenario("\n".join(lines).encode(), "s")
    except ScenarioFault as fault:
        assert 1 <= int(str(fault).split("line ")[1].split(":")[0]) <= max(len(lines), 1)
    else:
        assert len(scenario.steps) + len(scenario.expectations) == len(entries)
        Director(Simulator(), scenario).advance(2.0)


def test_statements_over_every_numeric_field() -> None:
    truth = snapshot(Simulator())
    for field in numeric_fields(truth):
        statement = parse_statement(f"{field} >= {field} - 1", truth)
        assert statement.holds(truth), field
        assert not parse_statement(f"{field} > {field}", truth).holds(truth)
    with pytest.raises(FaultError, match="allowed: t, powered"):
        parse_statement("faults = 1", truth)


def test_a_run_ends_by_itself_and_says_what_was_so(tmp_path: Path) -> None:
    link = tmp_path / "printer"
    arguments = ("--pty", link, "--scenario", HERE / "hot-while-safe.toml")
    with running(*arguments) as (process, ready):
        assert ready["speed"] == "max"
        with serial.Serial(str(link), timeout=PATIENCE_S) as port:
            command(port, "M104 S190")
            port.write(b"G4 S500\n")
            # A host that does not read stops the time of --speed max; this one reads on.
            with contextlib.suppress(serial.SerialException):
                while port.read(64):
                    pass
            assert process.wait(timeout=PATIENCE_S) == 0
        assert process.stdout is not None
        result = json.loads(process.stdout.readline())
    assert result["met"] is True
    assert [each["line"] for each in result["expectations"]] == [20, 25, 29, 34, 37]


def test_what_is_not_so_is_status_1(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text('end = "t>1"\nspeed = 1000\n[[expect]]\nthat = "boots = 2"\nwhy = "reset"\n')
    command_line = [sys.executable, "-m", "simulator", "--tcp", "0", "--scenario", str(file)]
    done = subprocess.run(command_line, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 1
    assert "expect, line 4: boots = 2 [end]: NOT so: boots 1 at t=1." in done.stdout
    assert done.stdout.endswith("0 of 1 expectations are so\n")


def test_the_command_line_is_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text("speed = 5\n")
    with running("--tcp", 0, "--scenario", file) as (_, ready):
        assert ready["speed"] == 5.0
    with running("--tcp", 0, "--scenario", file, "--speed", "7") as (_, ready):
        assert ready["speed"] == 7.0


@pytest.mark.parametrize("content", [None, b"seed = 1\ncolour = 2\n", b"\xff", b"step = 1"])
def test_a_wrong_file_is_status_2_and_no_traceback(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "s.toml"
    if content is not None:
        file.write_bytes(content)
    command_line = [sys.executable, "-m", "simulator", "--tcp", "0", "--scenario", str(file)]
    done = subprocess.run(command_line, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 2
    assert str(file) in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_shipped_scenarios_can_be_read() -> None:
    for path in HERE.glob("*.toml"):
        assert load_scenario(path).title
    assert "sensor_low" in KINDS
