"""A cell whose recipes come through two repositories: sticks, recall, expiry, lost memory."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mdps_plugin.build.permit import Refused
from mdps_plugin.build.signature import Act
from mdps_plugin.controller.socket_link import Request
from mdps_plugin.controller.verbs_recipes import approve_recipe, import_recipes, recipes
from mdps_plugin.demonstration.hospital import signature
from mdps_plugin.distribution.layout import POLICY_TARGET, recipe_path
from mdps_plugin.distribution.mirror_store import write_zip
from mdps_plugin.distribution.repository_store import (
    export_zip,
    load_repository,
    save_repository,
)
from mdps_plugin.errors import DocumentError, MdpsError, UsageFault
from mdps_plugin.recipes.store import find_bundle

from .site import ChainedSite


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ChainedSite]:
    site = ChainedSite(tmp_path)
    yield site
    site.cell.close()


def test_a_recipe_comes_by_stick_and_a_recall_takes_it_away(site: ChainedSite) -> None:
    with pytest.raises(DocumentError, match="no recipe bundle"):
        site.approve()
    site.take_both()
    site.approve()
    assert site.refusals() == []
    (row,) = site.ask(recipes, Act.APPROVE_RECIPE)
    assert row["usable"], row
    entry = next(e for e in site.cell.log.entries() if e.kind == "recipes_imported")
    assert {mark["role"] for mark in entry.body["marks"]} >= {"root", "timestamp", "targets"}

    old = site.repositories.sticks(site.now)["manufacturer"].read_bytes()
    maker = load_repository(site.repositories.manufacturer)
    maker.withdraw(recipe_path("aids", "mask-extender", 1), "recall 7", site.now)
    site.repositories._finish(maker, site.now)
    save_repository(maker, site.repositories.manufacturer)
    lists_only = site.hospital.home / "recall.zip"
    maker.files = {k: v for k, v in maker.files.items() if k.startswith("metadata/")}
    export_zip(maker, lists_only)
    site.take("manufacturer", lists_only)
    assert site.refusals() == ["TR-019"]
    # A part that was begun before the recall is not released after it.
    recall = site.cell.library.judge_recall("mask-extender", 1, site.cell.clock.now())
    assert recall is not None
    assert [finding.code for finding in recall.refusals()] == ["TR-019"]

    # Somebody wipes the cell's memory and brings the stick from before the recall.
    site.cell.close()
    for file in (site.hospital.cell / "trust").iterdir():
        file.unlink()
    site.open()
    stick = site.hospital.home / "old.zip"
    stick.write_bytes(old)
    with pytest.raises(Refused) as refused:
        site.take("manufacturer", stick)
    assert [f.code for f in refused.value.verdict.refusals()] == ["TR-021"]


def test_a_recipe_taken_back_before_anybody_took_it_into_use_says_so(site: ChainedSite) -> None:
    site.take_both()
    maker = load_repository(site.repositories.manufacturer)
    maker.withdraw(recipe_path("aids", "mask-extender", 1), "recall 7", site.now)
    site.repositories._finish(maker, site.now)
    save_repository(maker, site.repositories.manufacturer)
    site.take("manufacturer", site.repositories.sticks(site.now)["manufacturer"])
    (row,) = site.ask(recipes, Act.APPROVE_RECIPE)
    assert not row["usable"]
    assert [reason["code"] for reason in row["reasons"]] == ["TR-019"]


def test_a_site_policy_that_somebody_changed_or_left_out_refuses(site: ChainedSite) -> None:
    site.take_both()
    site.approve()
    assert site.reasons() == []

    mirror = site.hospital.cell / "trust" / "hospital.zip"
    whole = mirror.read_bytes()
    with zipfile.ZipFile(mirror) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    (name,) = [one for one in content if one.startswith("targets/policy/")]
    loose = content[name].replace(b'"payload":"', b'"payload":"A', 1)
    for data in (loose, content[name][:-5], None):
        left = {key: value for key, value in content.items() if key != name}
        write_zip(mirror, left if data is None else {**left, name: data})
        (reason,) = site.reasons()
        assert reason["code"] == "SP-002"
        assert reason["next_step"] == "Quality manager: publish the signed policy again."
    write_zip(mirror, content)
    assert site.reasons() == []
    mirror.write_bytes(whole)

    # A hospital whose list names no policy at all.
    hospital = load_repository(site.repositories.hospital)
    targets = hospital.edit("targets", site.now)
    del targets.signed.targets[POLICY_TARGET]
    hospital.stage("targets", targets, site.now)
    site.repositories._finish(hospital, site.now)
    save_repository(hospital, site.repositories.hospital)
    site.take("hospital", site.repositories.sticks(site.now)["hospital"])
    assert [one["code"] for one in site.reasons()] == ["SP-001"]


def test_expiry_is_judged_at_the_moment_of_use_without_a_network(site: ChainedSite) -> None:
    site.take_both()
    site.approve()
    assert site.refusals(site.now + timedelta(days=6)) == []
    fresh = site.cell.library.judge_recall("mask-extender", 1, site.now + timedelta(days=6))
    stale = site.cell.library.judge_recall("mask-extender", 1, site.now + timedelta(days=8))
    assert fresh is not None
    assert fresh.accepted
    assert stale is not None
    assert not stale.accepted
    assert "TR-010" in site.refusals(site.now + timedelta(days=8))


def test_a_bundle_in_a_folder_counts_only_if_both_repositories_name_it(site: ChainedSite) -> None:
    site.take_both()
    stray = str(find_bundle("bottle-grip"))
    with pytest.raises(Refused) as refused:
        site.ask(approve_recipe, Act.APPROVE_RECIPE, bundle=stray, local_qualification="none")
    assert {f.code for f in refused.value.verdict.refusals()} == {"TR-001", "TR-025"}


def test_an_example_chain_outside_a_demonstration(site: ChainedSite) -> None:
    site.take_both()
    chain = site.cell.library.chain
    assert chain is not None
    chain._demonstration = False
    with site.cell.library.look(site.now) as look:
        assert look is not None
        assert [f.code for f in look.signers_findings] == ["TR-030"]


def test_no_repository_there(site: ChainedSite, tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", Path("/dev/null")):
        with pytest.raises((DocumentError, Refused)):
            site.take("manufacturer", path)
    assert site.cell.state.trust_marks == ()


def test_trust_cannot_be_taken_out_of_a_cell_that_has_used_it(site: ChainedSite) -> None:
    site.take_both()
    site.cell.close()
    path = site.hospital.cell / "cell.json"
    whole = path.read_text()
    path.write_text(json.dumps({k: v for k, v in json.loads(whole).items() if k != "trust"}))
    with pytest.raises(UsageFault, match="a recall would be forgotten"):
        site.open()
    path.write_text(whole)
    site.open()


def test_an_import_signed_with_another_meaning_keeps_nothing(site: ChainedSite) -> None:
    stick = site.repositories.sticks(site.now)["manufacturer"]
    said = {**signature(site.hospital, "quinn", Act.IMPORT_RECIPES), "meaning": "I saw a stick"}
    args = {"repository": "manufacturer", "path": str(stick), "signature": said}
    entries = site.cell.log.size
    with pytest.raises(MdpsError, match="another meaning"):
        import_recipes(
            site.cell,
            Request(number=1, verb="import_recipes", args=args, body=b"", actor="quinn"),
        )
    assert not (site.hospital.cell / "trust" / "manufacturer.zip").exists()
    assert site.cell.library.chain is not None
    assert site.cell.library.chain.marks.all("manufacturer") == ()
    assert site.cell.log.size == entries


def test_imports_of_a_hospital_miss_nothing(site: ChainedSite) -> None:
    site.take_both()
    imports = [e.body for e in site.cell.log.entries() if e.kind == "recipes_imported"]
    assert [body["missing"] for body in imports] == [[], []]
