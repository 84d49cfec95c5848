"""Registers, and the cell's own files, that are not what they should be.

Each is refused in plain words that name place, what was observed and what is allowed, and leaves
nothing behind.
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from mdps_plugin.build.signature import Act
from mdps_plugin.canonical import canonical_json
from mdps_plugin.cli.main import main
from tests.harness import ROOT

from .desk import kept, put
from .workshop import Workshop

# Registers.


@pytest.mark.parametrize(
    ("changes", "path", "observed"),
    [
        ({"remaining_g": -1}, "lot.remaining_g", "-1 g"),
        ({"remaining_g": 1e9}, "lot.remaining_g", "1e+09 g"),
        ({"remaining_g": "500 g"}, "lot.remaining_g", "the text '500 g'"),
        ({"expires": "2030-01-01"}, "lot.expires", "'2030-01-01'"),
        ({"quarantined": "no"}, "lot.quarantined", "the text 'no'"),
        ({"certificate_sha256": "none"}, "lot.certificate_sha256", "'none'"),
        ({"batch": "7"}, "lot.batch", "an unknown key"),
        ({"dried": {"temperature_c": 450}}, "lot.dried.temperature_c", "450 °C"),
    ],
)
def test_a_lot_that_is_not_as_its_format_says(
    desk: Workshop, changes: dict[str, Any], path: str, observed: str
) -> None:
    lot = copy.deepcopy(desk.call("lots")[0])
    lot.update(lot_id="L-99", **changes)
    before = kept(desk)
    said = desk.error(
        "receive_lot", {"lot": lot, "signature": desk.signature("quinn", Act.RECEIVE_LOT)}
    )
    assert said["kind"] == "document"
    assert said["message"].startswith(f"request receive_lot: {path}: observed {observed}"), said
    assert kept(desk) == before


def test_what_cannot_follow_what_is_on_record(desk: Workshop) -> None:
    """The fold refuses, and the person reads about the request, not about the log."""
    before = kept(desk)
    for verb, act, values, words in (
        ("receive_lot", Act.RECEIVE_LOT, {"lot": desk.call("lots")[0]}, "a second time"),
        ("quarantine_lot", Act.QUARANTINE_LOT, {"lot_id": "L-0", "reason": "x"}, "never received"),
        ("record_training", Act.RECORD_TRAINING,
         {"user": "zoe", "training": "t", "valid_until": "2030-01-01T00:00:00Z"}, "'zoe'"),
    ):  # fmt: skip
        said = desk.error(verb, {**values, "signature": desk.signature("quinn", act)})
        assert said["kind"] == "document", said
        assert words in said["observed"], said
        assert said["message"].startswith("request"), said
    assert kept(desk) == before


# The cell's own files: one line on standard error, and a status.


@pytest.fixture
def lying(filled: Workshop, a_copy: Callable[..., Workshop]) -> Workshop:
    """A copy of the filled cell that does not run."""
    return a_copy()


def refusal(shop: Workshop) -> tuple[int, str]:
    """Status and words of a controller that must not come up."""
    done = subprocess.run(
        [sys.executable, "-m", "mdps_plugin.cli.main", "controller", "--cell", str(shop.cell)],
        capture_output=True, text=True, timeout=60, cwd=ROOT, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("mdps: "), done.stderr
    return done.returncode, done.stderr


CELLS: dict[str, tuple[Callable[[dict[str, Any]], Any], str, str]] = {
    "unknown key": (put("printer.turbo", 1), "cell.json: printer.turbo", "an unknown key"),
    "negative": (put("printer.nozzle_mm", -0.4), "cell.json: printer.nozzle_mm", "-0.4 mm"),
    "wrong unit": (put("printer.nozzle_mm", 400), "cell.json: printer.nozzle_mm", "400 mm"),
    "a text": (put("demonstration", "yes"), "cell.json: demonstration", "the text 'yes'"),
    "missing": (lambda d: d.pop("policy"), "cell.json: policy", "missing"),
    "schema": (put("schema", "mdps-cell/2"), "cell.json: schema", "another format"),
    "port": (
        put("mqtt", {"host": "a", "port": 0, "ca_file": "a", "certificate_file": "a",
                       "key_file": "a", "confirm_by": "ack"}),
        "cell.json: mqtt.port", "0",
    ),
    "profile": (put("printer.profile", "no-such"), "no-such.json", "Profiles here: example"),
    "root": (put("root_file", "nowhere.json"), "nowhere.json", "No such file"),
    "example root": (put("demonstration", False), "root.json", "an example root"),
}  # fmt: skip


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_that_is_described_wrongly(
    lying: Workshop, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change, place, observed = CELLS[name]
    lying.edit_cell(change)
    assert main(["controller", "--cell", str(lying.cell)]) in (1, 2, 3)
    said = capsys.readouterr()
    assert said.out == ""
    assert place in said.err, said.err
    assert observed in said.err, said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("data", "observed"),
    [
        (b"", "Expecting value"),
        (b'{"schema": NaN}', "NaN"),
        (b'{"schema": "mdps-cell/1", "schema": "mdps-cell/1"}', "the key twice"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b'{"a":' * 200, "nesting deeper than 64"),
        (b"[]", "a list"),
    ],
)
def test_a_cell_file_that_is_no_json(
    lying: Workshop, data: bytes, observed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("cell.json", "people.json", "root.json"):
        original = (lying.cell / name).read_bytes()
        (lying.cell / name).write_bytes(data)
        assert main(["controller", "--cell", str(lying.cell)]) in (1, 3)
        said = capsys.readouterr().err
        assert name in said
        assert observed in said
        (lying.cell / name).write_bytes(original)


PEOPLE: dict[str, tuple[Callable[[Any], Any], str, str]] = {
    "unknown role": (put("0.roles", ["boss"]), "roles", "'boss'"),
    "no role": (put("0.roles", []), "roles", "0 members"),
    "plain password": (put("0.argon2id", "secret"), "argon2id", "'secret'"),
    "twice": (lambda people: people.append(people[0]), "people", "a user name twice"),
    "unknown key": (put("0.pin", 1234), "pin", "an unknown key"),
    "nobody": (lambda people: people.clear(), "people", "0 members"),
}


@pytest.mark.parametrize("name", PEOPLE)
def test_people_who_are_described_wrongly(
    lying: Workshop, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change, place, observed = PEOPLE[name]
    path = lying.cell / "people.json"
    document = json.loads(path.read_text())
    people = {str(index): person for index, person in enumerate(document["people"])}
    if name in ("twice", "nobody"):
        change(document["people"])
    else:
        change(people)
    path.write_bytes(canonical_json(document))
    assert main(["controller", "--cell", str(lying.cell)]) == 1
    said = capsys.readouterr().err
    assert "people.json: people" in said
    assert place in said
    assert observed in said


def test_a_controller_that_cannot_start_says_why_and_ends(lying: Workshop) -> None:
    (lying.cell / "cell.json").unlink()
    status, said = refusal(lying)
    assert status == 2
    assert f"{lying.cell / 'cell.json'}: cannot be opened" in said
