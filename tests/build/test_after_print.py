"""Steps, inspection, release, record: what may be signed, and what the record then says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mdps_plugin.build.inspection import decide_inspection
from mdps_plugin.build.measured import Given
from mdps_plugin.build.people import Role
from mdps_plugin.build.postprocess import decide_step
from mdps_plugin.build.record import (
    KEYS,
    ReleaseStamp,
    make_record,
    missing_parts,
    missing_statement_parts,
)
from mdps_plugin.build.record_parts import years_later
from mdps_plugin.build.release import PRECONDITIONS, decide_release, preconditions
from mdps_plugin.build.signature import Act
from mdps_plugin.canonical import canonical_json, digest_of
from mdps_plugin.findings import Verdict

from ..factories import make_recipe
from .history import TEMPERATURES, History, record_sources
from .scenarios import measured_again, release_evidence, step_findings
from .world import BOTH, INSPECTOR, RELEASER, TECHNICIAN, TOKEN, accepted_verdict, timed_recipe

WATER = "water temperature"


def codes_of(findings: Any) -> list[str]:
    return [finding.code for finding in findings]


@pytest.mark.parametrize("value", [35.0, 40.0, 45.0])
def test_step_inside_its_limits_and_time_may_be_signed(value: float) -> None:
    assert codes_of(step_findings(Given(key=WATER, value=value))) == []


@pytest.mark.parametrize("value", [34.99, 45.01, float("nan"), float("inf")])
def test_step_outside_its_limits_is_not_signed(value: float) -> None:
    assert codes_of(step_findings(Given(key=WATER, value=value))) == ["BD-083"]


def test_step_time_is_that_of_the_controller_to_the_second() -> None:
    good = Given(key=WATER, value=40.0)
    assert codes_of(step_findings(good, wait_s=300.0)) == []
    assert codes_of(step_findings(good, wait_s=299.999)) == ["BD-084"]
    assert codes_of(step_findings(good, wait_s=-1.0)) == ["BD-084"]


def test_step_by_an_untrained_or_unfit_person_is_not_signed() -> None:
    history = History().to_building().streamed()
    build = history.build()
    verdict = decide_step(
        history.state, build, history.recipe, "deburr", [], INSPECTOR, history.now
    )
    assert codes_of(verdict.findings) == ["BD-003", "BD-060"]
    later = history.now + timedelta(days=101)
    verdict = decide_step(history.state, build, history.recipe, "deburr", [], TECHNICIAN, later)
    assert codes_of(verdict.findings) == ["BD-061"]


def test_another_recipe_than_the_permit_names_is_misuse() -> None:
    history = History().to_building().streamed()
    with pytest.raises(RuntimeError):
        decide_step(
            history.state, history.build(), timed_recipe(), "wash", [], TECHNICIAN, history.now
        )


def test_first_value_stays_and_measuring_ends() -> None:
    assert codes_of(measured_again(0)) == []
    assert codes_of(measured_again(1)) == ["BD-087"]
    assert codes_of(measured_again(2)) == ["BD-086"]


def test_same_value_entered_again_is_no_second_measurement() -> None:
    history = History().to_building().streamed().steps_signed()
    for _ in range(3):
        history.append(
            "inspection_refused",
            {
                "build_id": "B-1",
                "measurements": [{"name": "length", "value": 20.0}],
                "by": "tess",
                "verdict": accepted_verdict().to_json(),
            },
        )
    assert codes_of(_inspect(history, 20.0).findings) == []


def _inspect(history: History, value: float) -> Verdict:
    return decide_inspection(
        history.state,
        history.build(),
        history.recipe,
        [Given(key="length", value=value)],
        TECHNICIAN,
        history.now,
    )


def test_inspection_waits_for_the_steps_and_for_calibrated_gauges() -> None:
    history = History().to_building().streamed()
    assert codes_of(_inspect(history, 20.0).findings) == ["BD-098"]
    history.steps_signed()
    assert _inspect(history, 20.0).accepted
    history.now += timedelta(days=100)
    assert codes_of(_inspect(history, 20.0).findings) == ["BD-061", "BD-062"]


def test_good_part_may_be_released() -> None:
    history = History(timed_recipe()).to_inspected()
    evidence = release_evidence(history)
    verdict = decide_release(evidence)
    assert verdict.findings == ()
    assert verdict.accepted
    shown = preconditions(evidence)
    assert [one.name for one in shown] == list(PRECONDITIONS)
    assert all(one.met and not one.detail for one in shown)


@pytest.mark.parametrize("person", [BOTH, replace(RELEASER, user="tess")])
def test_nobody_releases_what_they_made(person: Any) -> None:
    history = History().to_building().streamed().steps_signed(person=BOTH).inspected()
    assert "BD-004" in codes_of(decide_release(release_evidence(history, person=person)).findings)


def test_unknown_releaser_is_not_met() -> None:
    evidence = release_evidence(History().to_inspected(), person=None)
    assert not decide_release(evidence).accepted


@pytest.mark.parametrize("name", sorted(PRECONDITIONS))
def test_a_precondition_that_breaks_is_not_met(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Any) -> list[Any]:
        raise ValueError("oops")

    table = {**PRECONDITIONS, name: broken}
    monkeypatch.setattr("mdps_plugin.build.release.PRECONDITIONS", table)
    evidence = release_evidence(History().to_inspected())
    verdict = decide_release(evidence)
    assert verdict.not_run == (name,)
    assert not next(one for one in preconditions(evidence) if one.name == name).met


@pytest.mark.parametrize(
    ("temperatures", "found"),
    [
        (TEMPERATURES, []),
        ({**TEMPERATURES, "bed": {"minimum": 54.0, "mean": 60.0, "maximum": 61.0}}, ["BD-097"]),
        (
            {
                **TEMPERATURES,
                "bed": {"minimum": 54.0, "mean": 60.0, "maximum": 61.0},
                "excursions": [{"heater": "bed", "seconds": 9.0, "measured_c": 54.0}],
            },
            [],
        ),
        (
            {
                **TEMPERATURES,
                "excursions": [{"heater": "bed", "seconds": 11.0, "measured_c": 54.0}],
            },
            ["BD-097"],
        ),
        ({**TEMPERATURES, "bed": {"minimum": 50.0, "mean": 54.0, "maximum": 58.0}}, ["BD-097"]),
        ({"nozzle": TEMPERATURES["nozzle"]}, ["BD-096"]),
        ({**TEMPERATURES, "bed": {"minimum": None, "mean": None, "maximum": None}}, ["BD-096"]),
        ({**TEMPERATURES, "excursions": [{"heater": "lamp", "seconds": 1}]}, ["BD-096"]),
        ({**TEMPERATURES, "excursions": ["long"]}, ["BD-096"]),
    ],
)
def test_temperatures_of_the_build(temperatures: Any, found: list[str]) -> None:
    history = History().to_building().streamed(temperatures=temperatures)
    history.steps_signed().inspected()
    assert codes_of(decide_release(release_evidence(history)).findings) == found


def _stamp(history: History) -> ReleaseStamp:
    return ReleaseStamp(
        signature=history.sign(RELEASER, Act.RELEASE, {"build_id": "B-1"}),
        origin="example/printer-7/audit/1",
        index=history.state.size,
        root="7c" * 32,
    )


def test_record_says_what_happened() -> None:
    history = History(timed_recipe()).to_inspected()
    record: Any = make_record(record_sources(history), _stamp(history))
    assert tuple(record) == KEYS
    assert record["format"] == "mdps-record/1"
    assert record["job"]["match"] is True
    assert record["job"]["planned"] == record["job"]["streamed"]
    assert record["order"]["patient_token"] == TOKEN
    assert record["build"]["outcome"] == "released"
    assert record["build"]["temperatures"] == TEMPERATURES
    assert [step["signed_by"] for step in record["post_processing"]] == ["Tess Technician"] * 2
    water = record["post_processing"][0]["readings"][0]
    assert (water["value"], water["in_range"], water["gauge"]) == (35, True, "thermometer")
    assert record["inspection"][0]["value"] == 20.1
    assert record["quantities"] == {"planned": 1, "started": 1, "scrapped": 0, "released": 1}
    assert record["signatures"][-1]["role"] == Role.RELEASER.value
    assert record["signatures"][-1]["entry_index"] == record["log"]["index_at_release"]
    assert record["release"]["by"] == "Rob Releaser"
    assert missing_statement_parts(record) == ()
    canonical_json(record)


def test_draft_differs_only_by_the_release() -> None:
    history = History().to_inspected()
    sources = record_sources(history)
    draft, record = make_record(sources), make_record(sources, _stamp(history))
    changed = {key for key in KEYS if draft[key] != record[key]}
    assert changed == {"build", "quantities", "signatures", "release", "log"}
    assert digest_of(draft) == digest_of(make_record(sources))
    assert missing_parts(draft) == ()


def test_every_value_ever_measured_is_in_the_record() -> None:
    history = History().to_building().streamed().steps_signed()
    history.append(
        "inspection_refused",
        {
            "build_id": "B-1",
            "measurements": [{"name": "length", "value": 20.9}],
            "by": "tess",
            "verdict": accepted_verdict().to_json(),
        },
    )
    history.inspected()
    record: Any = make_record(record_sources(history))
    values = record["inspection"][0]["values"]
    assert [(one["value"], one["signed"]) for one in values] == [(20.9, False), (20.1, True)]


def test_record_of_a_build_that_ended_early() -> None:
    history = History().to_building()
    history.append(
        "build_aborted",
        {"build_id": "B-1", "reason": "Stop was pressed", "line": 40, "streamed": "3e" * 32},
    )
    record: Any = make_record(record_sources(history))
    assert record["job"]["match"] is False
    assert record["job"]["streamed"] == "3e" * 32
    assert record["build"]["outcome"] == "aborted"
    assert record["build"]["ended_early"] == {"reason": "Stop was pressed", "line": 40}
    assert record["quantities"] == {"planned": 1, "started": 1, "scrapped": 1, "released": 0}


@pytest.mark.parametrize("key", [key for key in KEYS if key not in ("release", "log")])
def test_a_part_taken_out_is_missed(key: str) -> None:
    draft = make_record(record_sources(History().to_inspected()))
    del draft[key]
    assert missing_parts(draft) == (key.replace("_", " "),)


def test_longest_rule_is_kept_and_never_below_the_floor() -> None:
    rules = [{"rule": "EU MDR Annex XIII 4", "years": 10}, {"rule": "site", "years": 6}]
    long = History(make_recipe(retention=rules)).to_inspected()
    record: Any = make_record(record_sources(long))
    assert record["retention"]["years"] == 10
    assert record["retention"]["retain_until"].startswith("2036-11-23")
    sources = record_sources(long)
    implanted = replace(sources, recipe=replace(sources.recipe, implantable=True))
    longer: Any = make_record(implanted)
    assert longer["retention"]["years"] == 15


def test_leap_days_never_shorten() -> None:
    day = datetime(2028, 2, 29, tzinfo=UTC)
    assert years_later(day, 5) == datetime(2033, 3, 1, tzinfo=UTC)
    assert years_later(day, 4) == datetime(2032, 2, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "group"),
    [
        (("order", "patient_token"), "the person it is for"),
        (("order", "design_characteristics"), "particular features"),
        (("recipe", "manufacturer"), "manufacturer"),
        (("recipe", "device"), "identification of the device"),
        (("order", "prescriber"), "prescriber"),
    ],
)
def test_statement_group_that_is_empty_is_named(path: tuple[str, str], group: str) -> None:
    draft: Any = make_record(record_sources(History().to_inspected()))
    draft["order"]["pathway"] = "custom_made"
    draft[path[0]][path[1]] = None
    assert missing_statement_parts(draft) == (group,)


def test_requirement_not_met_needs_its_grounds() -> None:
    draft: Any = make_record(record_sources(History().to_inspected()))
    draft["recipe"]["unmet_requirements"] = [{"requirement": "GSPR 10.1", "grounds": ""}]
    assert missing_statement_parts(draft) == ("grounds for a requirement that is not met",)
