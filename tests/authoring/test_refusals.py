"""The refusal fixtures: each is refused for its one flaw, where the table says, and made anew."""

from __future__ import annotations

import json
import shlex
import shutil
import sqlite3
import tempfile
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mdps_plugin.authoring.lint import lint
from mdps_plugin.authoring.make_refusals import HONEST, HONEST_CURA, TABLE_NAME, make_all
from mdps_plugin.authoring.make_rolled_back import MARKS_FILE
from mdps_plugin.authoring.refusal_table import REFUSALS
from mdps_plugin.authoring.refusals import AT, expected
from mdps_plugin.cli.main import main
from mdps_plugin.distribution.chain import Chain
from mdps_plugin.findings import Verdict
from mdps_plugin.policy.judge import judge
from mdps_plugin.policy.signed import POLICY_NAME, read_policy, signers_of_root
from mdps_plugin.reading import Fields
from mdps_plugin.recipes.bundle import read_statement, verify_bundle
from mdps_plugin.recipes.envelope import parse_envelope
from mdps_plugin.recipes.parse import ENVELOPE_NAME
from mdps_plugin.recipes.store import default_root_path, load_bundle, load_root

VECTORS = Path(__file__).parents[1] / "vectors" / "recipes"
TABLE = json.loads((VECTORS / TABLE_NAME).read_text(encoding="utf-8"))
PAGE = (Path(__file__).parents[2] / "docs" / "refusal-fixtures.md").read_text(encoding="utf-8")


def moment(text: str) -> datetime:
    return Fields({"at": text}, "table").instant("at")


def imported(name: str, at: str) -> Verdict:
    """A desk with the marks of the newer repository takes in the older one."""
    with tempfile.TemporaryDirectory() as place:
        desk = Path(place) / "desk"
        shutil.copytree(VECTORS / name / "desk", desk)
        roots = {
            one: (desk / f"{one}-root.json").read_bytes() for one in ("manufacturer", "hospital")
        }
        chain = Chain(desk / "trust", roots, demonstration=True)
        try:
            verdict = chain.take_in("manufacturer", VECTORS / name / "older", moment(at)).verdict
            assert not (desk / "trust" / "manufacturer.zip").exists()
            # With an empty memory the same repository is sound: only the marks tell.
            chain.close()
            (desk / "trust" / MARKS_FILE).unlink()
            chain = Chain(desk / "trust", roots, demonstration=True)
            older = VECTORS / name / "older"
            assert chain.take_in("manufacturer", older, moment(at)).verdict.accepted
        finally:
            chain.close()
    return verdict


def judged(name: str, stage: str, at: str) -> Verdict:
    if stage == "import":
        return imported(name, at)
    files = dict(load_bundle(VECTORS / name))
    if stage == "verify":
        root = load_root(default_root_path())
        return verify_bundle(files, root, moment(at), name).verdict
    if stage == "policy":
        # A sound recipe, validly signed; only the site policy beside it says no.
        root = load_root(default_root_path())
        signed = verify_bundle(files, root, moment(at), name)
        assert signed.verdict.accepted
        assert signed.recipe is not None
        data = (VECTORS / POLICY_NAME).read_bytes()
        keys = signers_of_root(root, moment(at))
        reading = read_policy(data, keys, moment(at), POLICY_NAME, "test-vectors")
        assert reading.verdict.accepted
        assert reading.policy is not None
        found = judge(signed.recipe, reading.policy)
        return Verdict(findings=found, checks=(), required=frozenset())
    envelope = parse_envelope(files.pop(ENVELOPE_NAME), name)
    _, document = read_statement(envelope.payload, name)
    return lint(document, files, moment(at), name)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_each_fixture_is_refused_for_its_flaw_and_nothing_else(name: str) -> None:
    row = TABLE[name]
    verdict = judged(name, row["stage"], row["at"])
    assert not verdict.accepted
    assert {finding.code for finding in verdict.refusals()} == set(row["codes"])
    for finding in verdict.refusals():
        assert "?" not in finding.message(), finding.message()


@pytest.mark.parametrize("name", [HONEST, HONEST_CURA])
@pytest.mark.parametrize("stage", ["lint", "verify", "policy"])
def test_the_honest_one_is_accepted(stage: str, name: str) -> None:
    verdict = judged(name, stage, AT)
    assert verdict.refusals() == ()
    assert verdict.accepted or stage == "policy"


def marks(path: Path) -> list[Any]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return database.execute("SELECT repository, role, keys, version FROM marks").fetchall()


def test_the_marks_of_the_rolled_back_one_are_those_of_its_list_for_other_programs() -> None:
    folder = VECTORS / "rolled-back"
    listed = json.loads((folder / "marks.json").read_text())
    rows = [(row["repository"], row["role"], row["keys"], row["version"]) for row in listed]
    assert sorted(rows) == sorted(marks(folder / "desk" / "trust" / MARKS_FILE))
    newest = max(row["version"] for row in listed if row["role"] == "timestamp")
    older = json.loads((folder / "older" / "metadata" / "timestamp.json").read_text())
    assert older["signed"]["version"] == newest - 1


def test_the_documented_command_refuses_the_rolled_back_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (command,) = [line for line in PAGE.splitlines() if line.startswith("mdps recipe import")]
    shutil.copytree(VECTORS / "rolled-back", tmp_path / "rolled-back")
    words = [
        str(tmp_path / word) if word.startswith("rolled-back") else word
        for word in shlex.split(command)[1:]
    ]
    assert main(words) == 1
    said = capsys.readouterr()
    assert "TR-021" in said.out
    assert "what was imported before still stands" in said.err


def test_making_the_fixtures_again_gives_the_committed_bytes(tmp_path: Path) -> None:
    make_all(tmp_path)
    made = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    committed = {path.relative_to(VECTORS) for path in VECTORS.rglob("*") if path.is_file()}
    assert made == committed
    for path in sorted(made):
        if path.name == MARKS_FILE:
            # The file names the version of SQLite that wrote it: the rows are compared.
            assert marks(tmp_path / path) == marks(VECTORS / path)
            continue
        assert (tmp_path / path).read_bytes() == (VECTORS / path).read_bytes(), path


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        # Everything that a signer must not sign, in the order in which it was asked for.
        ("hazard-missing", "AU-040", "radiation"),
        ("no-justification", "AU-040", "essential_principles[2].justification"),
        ("no-evidence-at-all", "AU-001", "evidence: 0 members"),
        ("no-samples", "AU-010", "no tested samples"),
        ("envelope-wider-than-evidence", "AU-013", "envelope.size_z_mm is 15 to 60 mm; covered"),
        ("variable-wider-than-evidence", "AU-013", "variables.length_mm"),
        ("evidence-for-another-material", "AU-011", "PETG"),
        ("evidence-for-another-printer", "AU-011", "Example i3"),
        ("evidence-for-another-nozzle", "AU-011", "0.4 mm"),
        ("flow-impossible", "AU-021", "perimeter_extrusion_width = 0.6"),
        ("cura-flow-impossible", "AU-021", "wall_line_width_x = 0.6"),
        ("start-levels-the-bed", "AU-031", "G29"),
        ("start-stores-settings", "AU-031", "M500"),
        ("settings-store-settings", "AU-031", "start_gcode line 2: M500"),
        ("kept-five-years-in-the-eu", "AU-042", "at least 10 years"),
        ("implant-kept-ten-years", "AU-042", "at least 15 years"),
        ("gtin-on-custom-made", "AU-003", "gtin"),
    ],
)
def test_each_thing_asked_of_lint_is_found_by_name(name: str, code: str, words: str) -> None:
    found = judged(name, "lint", AT).refusals()
    assert any(one.code == code and words in one.message() for one in found), [
        one.message() for one in found
    ]


def test_the_table_is_that_of_the_code_and_of_the_page() -> None:
    assert expected(REFUSALS) == TABLE
    for name, row in TABLE.items():
        assert f"| `{name}` | {row['stage']} | {', '.join(row['codes'])} | {row['says']} |" in PAGE
