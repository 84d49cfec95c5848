"""A build that is held: by OctoPrint's pause, by the controller, and for too long."""

from __future__ import annotations

import pytest

from mdps_plugin.interlock.gate_state import (
    Hold,
    Identify,
    Resume,
    Stage,
)
from mdps_plugin.recipes.document import HoldLimits

from .bench import LINES, Bench, job
from .gate_cases import building


def test_octoprints_pause_holds_and_its_next_line_goes_on() -> None:
    bench = building(10)
    bench.answering = False
    bench.clear().host("M400")
    assert bench.commands() == ["M400"]
    assert bench.heard == b""
    bench.printer("ok N11 P15 B3\n")
    assert bench.heard == b"ok\n"
    assert bench.state.stage is Stage.HELD
    bench.answering = True
    bench.host("M114").pass_time(30)
    assert b"X:1.00" in bench.heard
    bench.host(LINES[10])
    assert bench.kinds()[-1] == "resumed"
    assert bench.event("held").facts["by"] == "octoprint"
    assert bench.job_lines()[-1] == LINES[10]


def test_a_hold_by_the_controller_needs_its_resume() -> None:
    bench = building(10)
    bench.give(Hold("tech"))
    assert bench.heard.endswith(b"//action:pause\n")
    bench.host(LINES[10], "M400", "M114")
    assert bench.job_lines()[-1] == LINES[10]
    bench.pass_time(3).clear().host(LINES[11])
    assert bench.job_lines() == []
    bench.give(Resume("tech"))
    assert bench.job_lines() == [LINES[11]]
    assert b"//action:resume" in bench.heard
    assert bench.event("resumed").facts["by"] == "tech"


@pytest.mark.parametrize(
    ("limits", "holds", "seconds"),
    [
        (HoldLimits(longest_s=20, total_s=90, count=3), 1, 21),
        (HoldLimits(longest_s=60, total_s=30, count=9), 2, 16),
        (HoldLimits(longest_s=60, total_s=90, count=2), 3, 1),
    ],
    ids=["longest", "total", "count"],
)
def test_more_hold_than_the_recipe_allows_ends_the_build(
    limits: HoldLimits, holds: int, seconds: float
) -> None:
    bench = Bench().connect().arm(job(hold=limits)).build_to(10)
    for index in range(holds):
        bench.host("M400").pass_time(seconds)
        bench.host(LINES[10 + index])
    assert bench.event("build_aborted").facts["reason"] == "hold_limit"


def test_who_asks_while_another_answer_is_under_way_hears_each_line_once() -> None:
    """A setting that was heard twice would be another printer, for good."""
    bench = Bench().connect()
    bench.answering = False
    bench.give(Identify())
    bench.printer("ok\n")  # M155
    bench.printer("FIRMWARE_NAME:Marlin\nok\n")
    bench.printer("echo:  M92 X80.00\n")  # M503, the first half of it
    bench.give(Identify())
    bench.printer("echo:  M203 X200.00\nok\n")
    for answer in (
        "ok\n",
        "FIRMWARE_NAME:Marlin\nok\n",
        "echo:  M92 X80.00\necho:  M203 X200.00\nok\n",
        "FR:110%\nok\n",
        "echo:E0 Flow: 100%\nok\n",
        "ok T:21.00 /0.00 B:21.00 /0.00 @:0 B@:0\n",
    ):
        bench.printer(answer)
    assert [line.strip() for line in bench.state.identity.lines] == [
        "FIRMWARE_NAME:Marlin", "echo:  M92 X80.00", "echo:  M203 X200.00",
        "FR:110%", "echo:E0 Flow: 100%",
    ]  # fmt: skip
