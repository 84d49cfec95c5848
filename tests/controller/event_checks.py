"""Holds what happened in a hospital against one row of docs/events.md, cell by cell."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import time
from dataclasses import dataclass
from typing import Any

from mdps_plugin.interlock.stopwords import is_harmless
from tests.hospital import DemoHospital, Made, until
from tests.simulated import is_query

from .event_table import Row

HEATERS_WITHIN_S = WIRE_WITHIN_S = 5.0
_NUMBERED = re.compile(r"N(\d+) ?(.*)\*\d+")
_SETS = re.compile(r"M(104|109|140|190) S([\d.]+)")


@dataclass(frozen=True, kw_only=True)
class Since:
    """How long the wire log and the audit log were before the event."""

    wire: int
    log: int


@dataclass(frozen=True, kw_only=True)
class Written:
    """What the controller wrote: the job's lines, the unnumbered lines, and the number of these."""

    job: list[str]
    bare: list[str]


def now(hospital: DemoHospital) -> Since:
    """The marks at this moment."""
    return Since(wire=hospital.wire.mark(), log=hospital.log_size())


def written(hospital: DemoHospital, since: Since) -> Written:
    """What arrived at the printer, queries left out, in order of arrival.

    The emergency parser acts on a word while earlier lines still wait: the log has them in the
    order in which firmware took them, ``t`` says when each arrived.
    """
    entries = [e for e in hospital.wire.entries(since.wire) if e["dir"] == "host"]
    job: list[str] = []
    bare: list[str] = []
    for entry in sorted(entries, key=lambda entry: entry["t"]):
        match = _NUMBERED.fullmatch(entry["raw"])
        command = match[2] if match else entry["raw"].strip()
        if match is None:
            bare += [command]
        elif not is_query(command) and entry.get("accepted"):
            assert not bare, f"{command} after {bare}"
            job.append(command)
    return Written(job=job, bare=bare)


def check(hospital: DemoHospital, row: Row, since: Since, made: Made | None = None) -> None:
    """All cells of a row; the state and the log are waited for."""
    check_state(hospital, row, made)
    if row.heaters == "off":
        check_off(hospital)
    check_log(hospital, row, since)
    check_wire(hospital, row, since, made)
    check_screen(hospital, row, since)


def check_state(hospital: DemoHospital, row: Row, made: Made | None) -> None:
    """The state of the build, and that the printer is locked in the end."""
    if made is not None:
        end = row.states[-1]
        until(lambda: hospital.order_state(made.order_id) == end, 60, f"{row.test}: {end}")
    assert hospital.state()["lock"]["mode"] == "locked"
    assert made is not None or row.states == ("locked",)


def is_off(hospital: DemoHospital) -> bool:
    """No target and no power, in truth."""
    truth = hospital.truth()
    heaters = (truth["nozzle"], truth["bed"])
    return all(one["target_c"] == 0 and one["duty"] == 0 for one in heaters)


def check_off(hospital: DemoHospital, seconds: float = HEATERS_WITHIN_S) -> None:
    """Off within the time."""
    until(lambda: is_off(hospital), seconds, f"heaters off: {hospital.truth()}", 0.05)


def check_as_set(hospital: DemoHospital, made: Made, line: int, seconds: float) -> None:
    """Targets are those that the job had set by ``line``, now and ``seconds`` later."""
    targets = {"104": 0.0, "140": 0.0}
    for text in made.lines[:line]:
        match = _SETS.fullmatch(text)
        if match is not None:
            targets[{"109": "104", "190": "140"}.get(match[1], match[1])] = float(match[2])
    assert targets["104"] > 0
    assert targets["140"] > 0
    time.sleep(seconds)
    truth = hospital.truth()
    found = (truth["nozzle"]["target_c"], truth["bed"]["target_c"])
    assert found == (targets["104"], targets["140"])


def check_log(hospital: DemoHospital, row: Row, since: Since) -> None:
    """The entries of the row, in order."""
    seen: list[dict[str, Any]] = []

    def there() -> bool:
        seen[:] = hospital.entries(since.log)
        return all_found(row.log, seen)

    try:
        until(there, 15, "entries")
    except AssertionError:
        lines = "\n".join(f"{e['kind']} {json.dumps(e['body'])[:300]}" for e in seen)
        raise AssertionError(f"{row.test}: not {row.log} in\n{lines}") from None


def all_found(wanted: tuple[tuple[str, str], ...], entries: list[dict[str, Any]]) -> bool:
    """True if the wanted pairs stand in this order, perhaps with others between them."""
    left = list(wanted)
    for entry in entries:
        text = json.dumps(entry["body"], ensure_ascii=False)
        if left and entry["kind"] == left[0][0] and left[0][1] in text:
            del left[0]
    return not left


def check_wire(hospital: DemoHospital, row: Row, since: Since, made: Made | None) -> None:
    """The exact bytes of the row; the log is written before the wire, so they are waited for."""
    wanted = len(row.wire or ())
    with contextlib.suppress(AssertionError):
        until(lambda: len(written(hospital, since).bare) >= wanted, WIRE_WITHIN_S, row.test)
    wrote = written(hospital, since)
    lines = made.lines if made is not None else []
    assert wrote.job == lines[: len(wrote.job)]
    rest = wrote.bare
    if row.wire is None:
        assert made is not None
        data = "".join(line + "\n" for line in wrote.job).encode()
        assert hashlib.sha256(data).hexdigest() == made.planned
    elif row.wire:
        assert tuple(rest[: len(row.wire)]) == row.wire
        rest = rest[len(row.wire) :]
    else:
        assert wrote.job == []
    more = [line for line in rest if not is_query(line)]
    assert all(is_harmless(line) for line in more), more
    assert row.own_words or not more, more


def check_screen(hospital: DemoHospital, row: Row, since: Since) -> None:
    """Notices, word and next step."""
    state = hospital.state()
    fresh = [notice for notice in state["refusals"] if int(notice["entry"]) >= since.log]
    for title, part in row.notices:
        found = [n for n in fresh if n["title"] == title and part in n["observed"]]
        assert found, f"{title}: {part} not in {[(n['title'], n['observed']) for n in fresh]}"
        assert all(n["allowed"] and n["next_step"] for n in found)
    if row.states[0] == row.states[-1]:
        check_words(row, state)


def check_words(row: Row, state: dict[str, Any]) -> None:
    """Word of the navigation bar and next step of a snapshot."""
    assert state["lock"]["word"].startswith(row.word or "")
    assert row.next_step in (None, state["next_step"]["text"])
