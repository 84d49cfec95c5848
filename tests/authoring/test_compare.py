"""``mdps recipe diff``: one change of every field, its words, and what it asks for."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from mdps_plugin.authoring.compare import compare_documents
from mdps_plugin.authoring.fields import FIELDS
from mdps_plugin.authoring.fields.spec import Change
from mdps_plugin.authoring.reference import complete_document
from mdps_plugin.cli.main import main

COMPLETE = complete_document()


def with_change(path: str, value: Any) -> dict[str, Any]:
    document = copy.deepcopy(COMPLETE)
    *parents, last = path.split(".")
    place: Any = document
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place[name]
    place[int(last) if isinstance(place, list) else last] = value
    return document


def only(before: Any, after: Any) -> Any:
    (found,) = compare_documents(before, after)
    return found


def test_no_difference() -> None:
    assert compare_documents(COMPLETE, copy.deepcopy(COMPLETE)) == ()


def test_a_longer_splint_must_be_validated_and_a_shorter_one_not() -> None:
    longer = only(COMPLETE, with_change("envelope.size_z_mm.maximum", 80))
    assert (longer.label, longer.revalidate) == ("size along Z", True)
    assert longer.words == "wider: 15 to 60 mm, now 15 to 80 mm"
    shorter = only(COMPLETE, with_change("envelope.size_z_mm.maximum", 40))
    assert shorter.words == "narrower: 15 to 60 mm, now 15 to 40 mm"
    assert not shorter.revalidate
    assert "nothing new" in shorter.reason
    moved = with_change("envelope.size_z_mm", {"minimum": 20, "maximum": 70})
    assert only(COMPLETE, moved).revalidate


@pytest.mark.parametrize(
    ("path", "value", "words", "again"),
    [
        ("material.kind", "ABS", "PETG, now ABS", True),
        ("material.colours", ["natural"], "natural, white, now natural", True),
        ("printer.nozzle_mm", 0.6, "0.4 mm, now 0.6 mm", True),
        (
            "window.features.1.speed_mm_s.maximum",
            60,
            "wider: 15 to 50 mm/s, now 15 to 60 mm/s",
            True,
        ),
        ("hold.longest_s", 60, "narrower: 300 s, now 60 s", False),
        ("hold.longest_s", 600, "wider: 300 s, now 600 s", True),
        ("identity.revision", 2, "1, now 2", False),
        ("implantable", True, "no, now yes", True),
        ("retention.0.years", 15, "5 years, now 15 years", False),
        ("inspection.0.limits.maximum", 2.8, "wider: 2.23 to 2.73, now 2.23 to 2.8", True),
        ("material.lot_rules.drying.minimum_h", 6, "4 h, now 6 h", True),
    ],
)
def test_words_and_what_is_asked_for(path: str, value: Any, words: str, again: bool) -> None:
    found = only(COMPLETE, with_change(path, value))
    assert (found.words, found.revalidate) == (words, again)
    assert found.reason.endswith(".")


def test_members_go_by_their_name_and_are_added_whole() -> None:
    turned = copy.deepcopy(COMPLETE)
    turned["inspection"].reverse()
    assert compare_documents(COMPLETE, turned) == ()
    more = copy.deepcopy(COMPLETE)
    more["inspection"].append({**more["inspection"][0], "characteristic_id": "weight"})
    found = only(COMPLETE, more)
    assert (found.path, found.words) == ("inspection[weight]", "added: weight")
    gone = only(more, COMPLETE)
    assert (gone.words, gone.revalidate, gone.after) == ("taken away: weight", True, None)


def test_a_second_member_of_one_name_is_not_lost() -> None:
    twice = copy.deepcopy(COMPLETE)
    twice["registrations"].append({"authority": "EUDAMED", "kind": "manufacturer", "number": "7"})
    assert only(COMPLETE, twice).path == "registrations[EUDAMED 2]"
    other = copy.deepcopy(twice)
    other["registrations"][1]["number"] = "8"
    assert only(twice, other).words == "7, now 8"


def test_a_new_report_asks_for_nothing_a_new_instruction_for_validation() -> None:
    def other_content(role: str) -> Any:
        document = copy.deepcopy(COMPLETE)
        for entry in document["files"]:
            if entry["role"] == role:
                entry.update(sha256="0" * 64, size_bytes=1)
        return only(COMPLETE, document)

    assert not other_content("evidence_report").revalidate
    assert other_content("instructions_for_use").revalidate
    assert other_content("start_gcode").words == "other content"


def test_what_the_table_does_not_know_asks_for_validation() -> None:
    found = only(COMPLETE, {**copy.deepcopy(COMPLETE), "new_field": 1})
    assert found.revalidate
    assert "does not know" in found.reason


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.path)
def test_every_row_of_the_table_is_met_by_a_change_of_its_field(field: Any) -> None:
    place: Any = COMPLETE
    path: list[str] = []
    for name in field.path.split("."):
        plain = name.removesuffix("[]")
        if isinstance(place, list):
            index = next(i for i, item in enumerate(place) if plain in item and item[plain] != [])
            path.append(str(index))
            place = place[index]
        path.append(plain)
        place = place[plain]
    found = compare_documents(COMPLETE, with_change(".".join(path), "something else"))
    assert found
    assert all("does not know" not in item.reason for item in found)
    if field.change is Change.ALWAYS:
        assert any(item.revalidate for item in found)


def test_settings_line_by_line_and_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vectors = Path(__file__).parents[1] / "vectors" / "recipes"
    words = ["recipe", "diff", str(vectors / "honest"), str(vectors / "unproven-infill")]
    assert main([*words, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["revalidate"] is True
    by_path = {item["path"]: item for item in report["differences"]}
    assert by_path["settings.fill_density"]["words"] == "100%, now 20%"
    assert set(by_path) == {"settings.fill_density", "files[settings.ini].sha256"}
    assert main(words) == 0
    assert capsys.readouterr().out.startswith("To be validated again:\n")
    document = tmp_path / "recipe.json"
    document.write_text(json.dumps(COMPLETE), encoding="utf-8")
    assert main(["recipe", "diff", str(document), str(document)]) == 0
    assert capsys.readouterr().out == "no difference\n"
