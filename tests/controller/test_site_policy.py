"""The site policy beside ``cell.json``: changed, gone, expired or foreign, nothing is built."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mdps_plugin.authoring.policy_signing import sign_policy
from mdps_plugin.authoring.policy_template import policy_document
from mdps_plugin.build.checks.site import check_site
from mdps_plugin.build.permit import Refused
from mdps_plugin.build.signature import Act
from mdps_plugin.canonical import read_json
from mdps_plugin.controller.config import parse_config
from mdps_plugin.controller.gathering import policy_of
from mdps_plugin.controller.verbs_recipes import approve_recipe, recipes
from mdps_plugin.demonstration.hospital import INSTITUTION, lay_out
from mdps_plugin.demonstration.policy import example_quality_key
from mdps_plugin.errors import DocumentError
from mdps_plugin.policy.signed import POLICY_NAME
from mdps_plugin.recipes.store import find_bundle
from tests.policy.policies import private

from .site import Site

Change = Callable[[dict[str, Any]], None]


class PolicySite(Site):
    """A cell without a chain of trust, one recipe approved, open in this process."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.policy = self.hospital.cell / POLICY_NAME
        self.open()
        self.ask(
            approve_recipe,
            Act.APPROVE_RECIPE,
            bundle=str(find_bundle("mask-extender")),
            local_qualification="OQ 7",
        )

    def codes(self) -> list[str]:
        """Why the recipe may not be used today; the screen and the decision say the same."""
        (row,) = self.ask(recipes, Act.APPROVE_RECIPE)
        now = self.cell.clock.now()
        bundle = self.cell.library.open("mask-extender", 1, now)
        assert bundle.recipe is not None
        found = check_site(bundle.recipe, policy_of(self.cell, bundle.policy), now)
        codes = [one.code for one in found if one.refuses]
        assert [one["code"] for one in row["reasons"]] == codes
        assert row["usable"] is not bool(codes)
        return codes

    def sign(self, key: Any = None, **changes: Any) -> None:
        document = {**policy_document(INSTITUTION, datetime.now(UTC)), **changes}
        self.policy.write_bytes(sign_policy(document, [key or example_quality_key()], "policy"))

    def edit_cell(self, change: Change) -> None:
        self.cell.close()
        path = self.hospital.cell / "cell.json"
        document = json.loads(path.read_text())
        change(document)
        path.write_text(json.dumps(document))
        self.open()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PolicySite]:
    site = PolicySite(tmp_path)
    yield site
    site.cell.close()


def test_changed_bytes_refuse_the_next_question_and_the_old_ones_mend_it(site: PolicySite) -> None:
    assert site.codes() == []
    whole = site.policy.read_bytes()
    envelope = json.loads(whole)
    ago = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
    rows: dict[str, tuple[Callable[[], object], set[str]]] = {
        "payload": (
            lambda: site.policy.write_text(json.dumps({**envelope, "payload": "e30="})),
            {"SP-003", "SP-004"},
        ),
        "cut": (lambda: site.policy.write_bytes(whole[:-20]), {"SP-002"}),
        "unsigned": (
            lambda: site.policy.write_text(json.dumps({**envelope, "signatures": []})),
            {"SP-003"},
        ),
        "a stranger": (lambda: site.sign(private("mallory")), {"SP-003"}),
        "expired": (
            lambda: site.sign(
                issued=f"{ago - timedelta(days=9):%Y-%m-%dT%H:%M:%SZ}",
                expires=f"{ago:%Y-%m-%dT%H:%M:%SZ}",
            ),
            {"SP-007"},
        ),
        "another hospital": (lambda: site.sign(institution="elsewhere"), {"SP-009"}),
        "gone": (site.policy.unlink, {"SP-001"}),
        "a folder": (site.policy.mkdir, {"SP-002"}),
    }
    for name, (spoil, codes) in rows.items():
        spoil()
        assert set(site.codes()) == codes, name
    site.policy.rmdir()
    site.policy.write_bytes(whole)
    assert site.codes() == []


def test_the_stricter_of_policy_and_cell_json_wins(site: PolicySite) -> None:
    site.sign(jurisdictions=[{"jurisdiction": "EU", "max_class": "none"}])
    assert site.codes() == ["SP-021"]
    site.sign(jurisdictions=[{"jurisdiction": "EU", "max_class": "III"}])
    assert site.codes() == []
    site.edit_cell(lambda document: document["policy"].update(classes=["none"]))
    assert site.codes() == ["BD-027"]
    site.edit_cell(lambda document: document["policy"].update(jurisdictions=["EU", "US"]))
    assert site.codes() == ["BD-027", "BD-026"]


def test_a_cell_goes_without_a_signed_policy_only_if_it_says_so(site: PolicySite) -> None:
    site.policy.unlink()
    assert site.codes() == ["SP-001"]
    site.edit_cell(lambda document: document.update(signed_policy=False))
    assert site.codes() == []
    document = json.loads((site.hospital.cell / "cell.json").read_text())
    document["trust"] = {"manufacturer_root": "a.json", "hospital_root": "b.json"}
    with pytest.raises(DocumentError, match="signed_policy"):
        parse_config(read_json(json.dumps(document).encode(), "cell.json"), "cell.json")
    # A second start of the demonstration gives an older home its policy.
    assert not lay_out(site.hospital, None)
    assert site.policy.is_file()


def test_what_the_policy_denies_is_not_taken_into_use_at_all(site: PolicySite) -> None:
    def approve(name: str) -> Any:
        return site.ask(
            approve_recipe,
            Act.APPROVE_RECIPE,
            bundle=str(find_bundle(name)),
            local_qualification="OQ 8",
        )

    kept = sorted(site.hospital.cell.glob("recipes/*/*"))
    entries = site.cell.log.size
    with pytest.raises(Refused) as refused:
        approve("surgical-guide")
    found = refused.value.verdict.refusals()
    assert "SP-021" in {one.code for one in found}
    assert all(one.title() and one.observed() and one.allowed() for one in found)
    site.policy.unlink()
    with pytest.raises(Refused) as refused:
        approve("finger-splint")
    assert [one.code for one in refused.value.verdict.refusals()] == ["SP-001"]
    # Nothing of it was kept, and nothing is on record.
    assert sorted(site.hospital.cell.glob("recipes/*/*")) == kept
    assert site.cell.log.size == entries
    site.sign()
    approve("finger-splint")
    assert site.cell.log.size == entries + 1
