"""Speed and flow turned at the printer's panel: asked for while it builds, and at its end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mdps_plugin.errors import DocumentError
from mdps_plugin.interlock.factors import WRONG_AT_MOST
from mdps_plugin.interlock.gate_state import GateState, Identify, Stage

from .bench import LINES, Bench, job, profile
from .gate_cases import SAFE_STOP, aborted

EVERY_S = profile().limits.factors_every_s
JOB = ("M220 S100", "M221 S100", *LINES)
QUESTIONS = ["M220", "M221"]


def building(count: int = 12, lines: tuple[str, ...] = JOB) -> Bench:
    return Bench().connect().arm(job(lines)).build_to(count, lines)


def turned(bench: Bench, question: str, percent: int) -> Bench:
    """As somebody at the panel does: nothing on the wire."""
    form = "FR:%d%%\n" if question == "M220" else "echo:E0 Flow: %d%%\n"
    bench.factors[question.encode()] = (form % percent).encode()
    return bench


def asked(bench: Bench) -> list[str]:
    return [line for line in bench.commands() if line in QUESTIONS]


def test_both_are_asked_for_at_intervals_between_lines_of_the_job() -> None:
    bench = building().pass_time(EVERY_S).clear()
    for line in JOB[12:15]:
        bench.host(line).pass_time(EVERY_S)
    assert asked(bench) == QUESTIONS * 3
    assert bench.job_lines() == list(JOB[12:15])
    assert bench.state.stage is Stage.BUILDING


@pytest.mark.parametrize(("question", "name"), [("M220", "speed"), ("M221", "flow")])
@pytest.mark.parametrize("percent", [99, 101, 110, 10])
def test_a_factor_turned_at_the_panel_ends_the_build(
    question: str, name: str, percent: int
) -> None:
    bench = turned(building(), question, percent).pass_time(EVERY_S + 1)
    aborted(bench, "factor_changed", 12, JOB)
    facts = bench.event("factor_deviation").facts
    assert (facts["name"], facts["percent"], facts["allowed"]) == (name, percent, 100)
    assert bench.job_lines()[-len(SAFE_STOP) :] == SAFE_STOP


ONCE: list[tuple[str, ...]] = [
    ("FR:10%",),  # A digit was lost on the wire.
    ("",),
    ("", "FR:10%"),
    ("FR:10%", "FR:1%", ""),
]


@pytest.mark.parametrize("wrong", ONCE)
def test_one_answer_is_no_proof_and_is_asked_for_once_more(wrong: tuple[str, ...]) -> None:
    bench = building().pass_time(EVERY_S).clear()
    bench.answering = False
    bench.pass_time(EVERY_S)
    for answer in (*wrong, "FR:100%", "echo:E0 Flow: 100%"):
        bench.printer(f"{answer}\nok\n")
    assert asked(bench) == [*["M220"] * (len(wrong) + 1), "M221"]
    assert bench.state.stage is Stage.BUILDING


def test_answers_that_differ_each_time_end_the_build_too() -> None:
    bench = building().pass_time(EVERY_S)
    bench.answering = False
    bench.pass_time(EVERY_S)
    for percent in range(90, 90 + WRONG_AT_MOST + 1):
        assert bench.state.stage is Stage.BUILDING
        bench.printer(f"FR:{percent}%\nok\n")
    assert bench.event("build_aborted").facts["reason"] == "factor_changed"


def test_a_host_one_line_ahead_does_not_keep_the_questions_back() -> None:
    """OctoPrint is, after one press of "Fake Acknowledgement"."""
    bench = building().pass_time(EVERY_S)
    bench.answering = False
    bench.clear().host(JOB[12])
    for line in JOB[13:18]:
        bench.host(line)  # Before the line ahead of it has its ok.
        bench.pass_time(EVERY_S)
        bench.printer("ok\n")
        assert bench.commands()[-1] == "M220"
        bench.printer("FR:100%\nok\n")
        assert bench.commands()[-1] == "M221"
        bench.printer("echo:E0 Flow: 100%\nok\n")
        assert bench.commands()[-1] == line
    assert bench.job_lines() == list(JOB[12:18])


def test_the_second_question_goes_ahead_of_the_job() -> None:
    bench = building().pass_time(EVERY_S)
    bench.answering = False
    bench.clear().pass_time(EVERY_S)
    bench.host(JOB[12])
    bench.printer("FR:150%\nok\n")
    assert bench.commands() == ["M220", "M220"]
    bench.printer("FR:150%\nok\n")
    aborted(bench, "factor_changed", 12, JOB)


def test_what_was_said_before_the_question_is_no_answer() -> None:
    bench = building().pass_time(EVERY_S)
    bench.answering = False
    bench.printer("FR:100%\n").pass_time(EVERY_S)
    bench.printer("ok\n").printer("ok\n")
    aborted(bench, "factor_unknown", 12, JOB)


def test_answers_from_before_the_first_line_do_not_count() -> None:
    bench = Bench()
    bench.factors = dict.fromkeys(bench.factors, b"")
    bench.connect().give(Identify())
    bench.arm(job(JOB)).pass_time(3)
    assert bench.state.stage is Stage.ARMED
    assert all(not one.wrong for one in bench.state.build.factors)


def test_a_printer_that_says_its_factors_no_longer_ends_the_build() -> None:
    bench = building()
    del bench.factors[b"M221"]
    bench.pass_time(EVERY_S + 1)
    aborted(bench, "factor_unknown", 12, JOB)
    assert bench.event("factor_deviation").facts["percent"] is None


def test_what_is_expected_is_what_the_job_has_set_last() -> None:
    lines = ("M221 S95", *JOB[:8], "M220 S80", *JOB[8:])
    bench = turned(Bench(), "M220", 130).connect().arm(job(lines))
    turned(bench, "M221", 95).build_to(1, lines).pass_time(EVERY_S)
    assert bench.state.stage is Stage.BUILDING, "speed is the job's from its own line on"
    turned(turned(bench, "M220", 100), "M221", 100)
    for line in lines[1:9]:
        bench.host(line)
        bench.follow(line)
    bench.pass_time(EVERY_S)
    assert bench.state.stage is Stage.BUILDING
    bench.host("M220 S80").pass_time(EVERY_S + 1)
    aborted(bench, "factor_changed", 10, lines)
    assert bench.event("factor_deviation").facts["allowed"] == 80


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_factor_turned_near_the_end_is_seen_before_the_end_is_told(question: str) -> None:
    bench = turned(building(len(JOB) - 1), question, 110)
    bench.host(JOB[-1]).pass_time(1)
    aborted(bench, "factor_changed", len(JOB), JOB)
    assert "build_streamed" not in bench.kinds()


def test_a_job_whose_factors_stayed_is_complete() -> None:
    bench = building(len(JOB)).pass_time(1)
    assert bench.event("build_streamed").facts["streamed"] == job(JOB).digest
    assert asked(bench)[-2:] == QUESTIONS


def test_the_record_says_what_was_answered_and_what_was_heard_once() -> None:
    bench = building().pass_time(EVERY_S)
    bench.answering = False
    bench.pass_time(EVERY_S)
    bench.printer("FR:150%\nok\n")
    bench.answering = True
    bench.printer("echo:E0 Flow: 100%\nok\n").clear()
    for line in JOB[12:]:
        bench.host(line)
        bench.follow(line)
    speed, flow = bench.pass_time(1).event("build_streamed").facts["factors"]
    assert (speed["name"], speed["others"]) == ("speed", [150])
    assert (flow["name"], flow["others"]) == ("flow", [])
    assert speed["answers"] >= 2
    assert flow["answers"] >= 2


def test_a_printer_that_cannot_say_them_is_not_asked() -> None:
    bench = Bench()
    bench.state = GateState(profile=replace(profile(), factors=()))
    bench.connect().arm(job(JOB)).build_to(12, JOB)
    turned(bench, "M221", 110).pass_time(3 * EVERY_S, report=True)
    assert asked(bench) == []


@pytest.mark.parametrize(
    "line", [*QUESTIONS, "M220 S99.5", "M220 S100 B", "M221 T1 S100", "M220 S9", "M221 S1000"]
)
def test_no_job_asks_the_gates_own_questions(line: str) -> None:
    with pytest.raises(DocumentError) as fault:
        job((line, *JOB))
    assert fault.value.observed == line
