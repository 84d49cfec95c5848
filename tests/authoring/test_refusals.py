"""The refusal fixtures: each is refused for its one flaw, where the table says, and made anew."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from mdps_plugin.authoring.lint import lint
from mdps_plugin.authoring.make_refusals import HONEST, HONEST_CURA, TABLE_NAME, make_all
from mdps_plugin.authoring.refusal_table import REFUSALS
from mdps_plugin.authoring.refusals import AT, expected
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


def judged(name: str, stage: str, at: str) -> Verdict:
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


def test_making_the_fixtures_again_gives_the_committed_bytes(tmp_path: Path) -> None:
    make_all(tmp_path)
    made = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    committed = {path.relative_to(VECTORS) for path in VECTORS.rglob("*") if path.is_file()}
    assert made == committed
    for path in sorted(made):
        assert (tmp_path / path).read_bytes() == (VECTORS / path).read_bytes(), path


def test_the_table_is_that_of_the_code_and_of_the_page() -> None:
    assert expected(REFUSALS) == TABLE
    for name, row in TABLE.items():
        assert f"| `{name}` | {row['stage']} | {', '.join(row['codes'])} | {row['says']} |" in PAGE
