"""All documents of a record: which, with what in them, and when none is made."""

from __future__ import annotations

import io
import json
import re

import pytest
from PIL import Image

from mdps_plugin.canonical import canonical_json, digest_of, sha256_hex
from mdps_plugin.documents import DocumentsRefused, judge_record, make_documents
from mdps_plugin.documents import make as maker
from mdps_plugin.documents.codes import ALL
from mdps_plugin.documents.datamatrix import Scan, scan
from mdps_plugin.documents.view import View
from mdps_plugin.errors import DocumentError

from .record import pathway_record, whole_record

PATHWAYS = ("custom_made", "patient_matched", "adaptable", "mass_produced", "health_institution")
NAME = "Łucja Żółć-Müller"


def made(record, **more):
    return {document.kind: document for document in make_documents(record, **more)}


def sheets(record, name=None):
    return dict(maker._sheets(View(value=record), digest_of(record), name))


def words(sheet):
    return "\n".join(text for _, text in sheet.texts())


def refusals(record, **more):
    with pytest.raises(DocumentsRefused) as refused:
        make_documents(record, **more)
    assert not judge_record(record, **more).accepted
    return [(finding.code, finding.where.path) for finding in refused.value.verdict.findings]


@pytest.mark.parametrize("pathway", PATHWAYS)
def test_each_pathway_has_its_own_documents(pathway):
    documents = made(pathway_record(pathway))
    own = {"statement"}
    if pathway == "health_institution":
        own = {"institution_information", "public_declaration"}
    assert set(documents) == own | {
        *("production_record_data", "production_record", "patient_information"),
        *("certificate_of_release", "label", "label_picture"),
    }
    for document in documents.values():
        assert document.sha256 == sha256_hex(document.data)
        assert re.fullmatch(r"[A-Za-z0-9.-]+\.(pdf|png|json)", document.name)
        start = {"application/pdf": b"%PDF-", "image/png": b"\x89PNG", "application/json": b"{"}
        assert document.data.startswith(start[document.media_type])
    assert len({document.name for document in documents.values()}) == len(documents)


def test_the_same_record_gives_the_same_bytes():
    record = pathway_record("custom_made")
    first, second = made(record), made(json.loads(canonical_json(record)))
    assert {kind: one.sha256 for kind, one in first.items()} == {
        kind: one.sha256 for kind, one in second.items()
    }


def test_paper_embeds_its_fonts_and_says_no_time_of_printing():
    for document in made(whole_record()).values():
        if document.media_type == "application/pdf":
            assert b"/FontFile2" in document.data
            assert b"/CreationDate (D:2000" in document.data


def test_the_data_are_the_record():
    record = whole_record()
    data = made(record)["production_record_data"]
    assert data.sha256 == digest_of(record)
    assert json.loads(data.data) == record


@pytest.mark.parametrize("pathway", PATHWAYS)
def test_every_sheet_says_how_it_can_be_checked_and_claims_nothing(pathway):
    record = pathway_record(pathway)
    for sheet in sheets(record).values():
        text = words(sheet)
        assert digest_of(record) in text
        assert "log entry 4027" in text
        assert "mdps log verify LOG --keys KEYS --record RECORD.json" in text
        assert re.search(r"\b(compliant|approved|certified)\b", text, re.IGNORECASE) is None
        assert "EXAMPLE RECIPE" in text


@pytest.mark.parametrize("pathway", PATHWAYS)
def test_a_name_stands_only_on_the_copies_for_the_person(pathway):
    record = pathway_record(pathway)
    personal = {"patient_information", "institution_information"}
    if pathway == "custom_made":
        personal.add("statement")
    with_name = {kind for kind, sheet in sheets(record, NAME).items() if NAME in words(sheet)}
    assert with_name == personal & set(sheets(record))
    assert all(NAME not in words(sheet) for sheet in sheets(record).values())
    plain, named = made(record), made(record, patient_name=NAME)
    changed = {kind for kind in plain if plain[kind].sha256 != named[kind].sha256}
    assert changed == with_name


def test_the_public_declaration_holds_nothing_of_a_person():
    text = words(sheets(pathway_record("health_institution"), NAME)["public_declaration"])
    for secret in ("K7QF", NAME, "Sørensen", "O-2026-1187", "tendon", "ring finger", "B-2026"):
        assert secret not in text


def test_the_custom_made_statement_has_its_six_groups():
    text = words(sheets(pathway_record("custom_made"))["statement"])
    for part in (
        *("finger splint", "B-2026-000042", "O-2026-1187", "Dr. Ö. Sørensen"),
        "For the exclusive use of the person with the number K7QF-2M9P-XT4C.",
        *("Hand surgery, Example Hospital", "Left ring finger, inner width 19.5 mm"),
        "states that this device meets the requirements",
        *("Example Splints GmbH", "Beispielstraße 1, 54321 Beispielstadt", "not registered"),
    ):
        assert part in text


@pytest.mark.parametrize("pathway", ["custom_made", "health_institution", "adaptable"])
def test_what_is_not_met_stands_there_with_its_grounds(pathway):
    unmet = [{"requirement": "Instructions in Welsh.", "grounds": "The patient reads English."}]
    record = pathway_record(pathway, **{"recipe.unmet_requirements": unmet})
    for kind in ("statement", "institution_information", "public_declaration"):
        if kind in sheets(record):
            text = words(sheets(record)[kind])
            assert "Instructions in Welsh." in text
            assert "The patient reads English." in text
    assert "Why this is safe: The patient reads English." in words(
        sheets(record)["patient_information"]
    )


@pytest.mark.parametrize("pathway", ["patient_matched", "adaptable", "mass_produced"])
def test_other_pathways_state_what_was_checked_and_no_conformity(pathway):
    text = words(sheets(pathway_record(pathway))["statement"])
    assert "Statement of what was checked" in text
    assert "not a declaration of conformity" in text
    assert "20431 lines, digests equal." in text


def test_every_signature_shows_name_time_and_meaning():
    text = words(sheets(whole_record())["production_record"])
    for part in (
        *("Tina Technician (tina)", "Ruth Releaser (ruth)", "2026-11-23 13:10:00"),
        "I reviewed the record and release this device for use.",
    ):
        assert part in text


def test_all_values_taken_stay_on_the_record():
    text = words(sheets(whole_record())["production_record"])
    assert "19.9 mm (not signed); 19.55 mm" in text


MISSING = {
    "custom_made": (
        *("recipe.device.description", "recipe.device.generic_name", "order.patient_token"),
        *("order.prescriber.name", "order.prescriber.workplace", "order.design_characteristics"),
        *("recipe.manufacturer.name", "recipe.manufacturer.address", "release", "log"),
        *("log.root", "checked_with", "material.lot_id", "signatures", "build.finished"),
    ),
    "health_institution": ("site.name", "site.address", "recipe.device.description"),
    "patient_matched": ("recipe.device.intended_use", "recipe.manufacturer.contact", "log.origin"),
}


@pytest.mark.parametrize(
    ("pathway", "path"), [(pathway, path) for pathway in MISSING for path in MISSING[pathway]]
)
@pytest.mark.parametrize("empty", [None, "", []])
def test_what_is_mandatory_and_empty_is_named_and_nothing_is_made(pathway, path, empty):
    found = refusals(pathway_record(pathway, **{path: empty}))
    assert found
    assert {code for code, _ in found} == {"DC-001"}
    assert all(place == path or place.startswith(f"{path}.") for _, place in found)


def test_an_exception_without_grounds_is_refused():
    unmet = [{"requirement": "Instructions in Welsh.", "grounds": " "}]
    record = pathway_record("custom_made", **{"recipe.unmet_requirements": unmet})
    assert refusals(record) == [("DC-001", "recipe.unmet_requirements[0].grounds")]


@pytest.mark.parametrize(
    ("path", "value"),
    [("job.match", False), ("job.match", "yes"), ("job.streamed", "0" * 64)],
)
def test_a_build_that_is_not_the_planned_one_gets_no_document(path, value):
    assert refusals(whole_record(**{path: value})) == [("DC-004", "job.streamed")]


def test_nothing_released_gets_no_document():
    found = refusals(whole_record(**{"quantities.released": 0}))
    assert found == [("DC-004", "quantities.released")]


def test_another_language_is_refused():
    assert refusals(whole_record(), locale="xx") == [("DC-002", None)]


@pytest.mark.parametrize("name", ["李明", "שרה", "سارة", "a\u0301\u0323", "x\u202ey"])
def test_a_name_that_would_print_wrong_is_refused(name):
    found = refusals(whole_record(), patient_name=name)
    assert {code for code, _ in found} == {"DC-003"}


@pytest.mark.parametrize("record", [{}, [], None, "x", {"format": "mdps-record/2"}])
def test_what_is_no_record_is_refused(record):
    with pytest.raises(DocumentError) as fault:
        make_documents(record)
    assert fault.value.path == "format"


def test_markup_in_a_record_is_printed_as_it_is():
    text = "<b>bold</b> & <para> <img src='/etc/passwd'/> </para>"
    record = whole_record(**{"order.condition": text})
    assert make_documents(record)
    assert text in words(sheets(record)["production_record"])


def test_texts_longer_than_a_page_are_printed():
    long = "word " * 1600
    changes = {"recipe.device.description": long, "deviations.0.seen": "x" * 8000}
    assert make_documents(whole_record(**changes))


def read(png: bytes) -> tuple[Scan, ...]:
    with Image.open(io.BytesIO(png)) as image:
        return scan(image)


@pytest.mark.parametrize("pathway", PATHWAYS)
def test_a_label_without_gtin_reads_back_as_the_record(pathway):
    png = made(pathway_record(pathway))["label_picture"].data
    assert read(png) == (Scan(text="urn:mdps:record:printer-7-2026-000042", gs1=False),)


def test_a_label_with_gtin_reads_back_as_a_device_identifier():
    png = made(pathway_record("adaptable", **{"recipe.gtin": "09506000134352"}))["label_picture"]
    text = "01095060001343521126112321B-2026-000042"
    assert read(png.data) == (Scan(text=text, gs1=True),)


@pytest.mark.parametrize("gtin", ["9506000134352", "09506000134352"])
def test_shorter_gtins_are_filled_up(gtin):
    png = made(pathway_record("adaptable", **{"recipe.gtin": gtin}))["label_picture"]
    assert read(png.data)[0].text.startswith("0109506000134352")


@pytest.mark.parametrize(
    ("pathway", "changes", "path"),
    [
        ("custom_made", {"recipe.gtin": "09506000134352"}, "recipe.gtin"),
        ("adaptable", {"recipe.gtin": "09506000134353"}, "recipe.gtin"),
        ("adaptable", {"recipe.gtin": "0950600013"}, "recipe.gtin"),
        ("adaptable", {"recipe.gtin": "09506000134352", "build_id": "B" * 21}, "build_id"),
        ("adaptable", {"recipe.gtin": "09506000134352", "build_id": "B 1"}, "build_id"),
    ],
)
def test_an_identifier_that_may_not_be_printed_is_refused(pathway, changes, path):
    assert refusals(pathway_record(pathway, **changes)) == [("DC-007", path)]


def test_too_many_warnings_for_the_label_are_refused_and_not_cut():
    found = refusals(whole_record(**{"recipe.device.warnings": ["Take care. " * 9] * 6}))
    assert found == [("DC-006", "label")]


def test_codes_are_unique_and_sentences_short():
    assert len({kind.code for kind in ALL}) == len(ALL)
    for kind in ALL:
        for text in (kind.title, kind.observed, kind.allowed, kind.next_step):
            for sentence in text.split(". "):
                assert len(sentence.split()) <= 12, sentence


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("as it is", "site policy 3 of example-hospital"),
        (None, "This site went without a signed policy."),
    ],
)
def test_the_production_record_prints_the_policy_in_force(policy, said):
    record = whole_record() if policy else whole_record(site_policy=None)
    text = words(sheets(record)["production_record"])
    assert said in text
    for part in ("2027-10-02 00:00:00 UTC", "S. Tåge (quality, key "):
        assert (part in text) is bool(policy)
