"""``mdps recipe``: statuses, refusal fixtures as folders, two people signing one after another."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from mdps_plugin.authoring.settings import Process, settings_bytes
from mdps_plugin.authoring.signing import make_payload, sign_payload
from mdps_plugin.canonical import canonical_json
from mdps_plugin.cli.main import main
from mdps_plugin.recipes.parse import ENVELOPE_NAME
from tests.factories import Manufacturer, bundle_files, recipe_document, signed_bundle

AT = "2026-11-23T14:00:00Z"
MAKER = Manufacturer()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "root.json").write_bytes(MAKER.root_bytes())
    for role, key in (("quality", MAKER.quality), ("regulatory", MAKER.regulatory)):
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (tmp_path / f"{role}.pem").write_bytes(pem)
    write(tmp_path / "clip", signed_bundle())
    return tmp_path


def write(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def run(*arguments: object, capsys: pytest.CaptureFixture[str]) -> tuple[int, Any]:
    status = main(["recipe", *map(str, arguments), "--json"])
    return status, json.loads(capsys.readouterr().out)


def verify(
    site: Path, bundle: object, capsys: pytest.CaptureFixture[str], at: str = AT
) -> tuple[int, Any]:
    return run("verify", bundle, "--trust", site / "root.json", "--at", at, capsys=capsys)


def test_verify_and_show_an_honest_bundle(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, report = verify(site, site / "clip", capsys)
    assert (status, report["accepted"], report["recipe"]) == (0, True, "test-clip revision 1")
    assert [signer["roles"] for signer in report["signers"]] == [["quality"], ["regulatory"]]
    options = ["--trust", str(site / "root.json"), "--at", AT]
    assert main(["recipe", "show", str(site / "clip"), *options]) == 0
    assert "Holds a test together." in capsys.readouterr().out
    status, shown = run("show", site / "clip", *options, capsys=capsys)
    assert shown["document"] == recipe_document()


def test_refusal_fixtures(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = bundle_files()
    payload = make_payload(recipe_document(), files, "recipe.json")
    stranger = Manufacturer(quality=MAKER.regulatory, regulatory=MAKER.quality)
    short = recipe_document(**{"identity.expires": "2026-06-01T00:00:00Z"})
    altered = {**signed_bundle(), "end.gcode": b"M84\n"}
    fixtures: dict[str, tuple[dict[str, bytes], set[str]]] = {
        "unsigned": ({**files, ENVELOPE_NAME: sign_payload(payload, [])}, {"RC-003", "RC-007"}),
        "no-envelope": (files, {"RC-001"}),
        "altered": (altered, {"RC-012", "RC-013"}),
        "expired": (signed_bundle(short), {"RC-015"}),
        "below-threshold": (
            {**files, ENVELOPE_NAME: sign_payload(payload, [MAKER.quality])},
            {"RC-007"},
        ),
        "not-json": ({**files, ENVELOPE_NAME: b"\x00\xff"}, {"RC-002"}),
        "nan": (
            {**files, ENVELOPE_NAME: sign_payload(payload.replace(b"0.2", b"NaN"), [])},
            {"RC-003", "RC-007"},
        ),
    }
    for name, (bundle, expected) in fixtures.items():
        status, report = verify(site, write(site / name, bundle), capsys)
        refusing = {f["code"] for f in report["findings"] if f["severity"] == "refuse"}
        assert (name, status, refusing) == (name, 1, expected)
        assert all(f["observed"] and f["allowed"] and f["next_step"] for f in report["findings"])
        status, shown = run("show", site / name, "--trust", site / "root.json", capsys=capsys)
        assert status == 1
        assert "document" not in shown
    assert (
        verify(site, write(site / "same", stranger.sign(recipe_document(), files)), capsys)[0] == 0
    )


@pytest.mark.parametrize(
    ("path", "value", "observed"),
    [
        ("material.density_g_cm3", 1240, "1240 g/cm³"),
        ("window.layer_height_mm", -0.2, "-0.2 mm"),
        ("material.diameter_mm", "1.75 mm", "1.75 mm"),
    ],
)
def test_signed_wrong_units_and_negatives_are_refused(
    path: str, value: object, observed: str, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    payload = json.loads(_payload())
    payload["predicate"] = recipe_document(**{path: value})
    envelope = sign_payload(canonical_json(payload), [MAKER.quality, MAKER.regulatory])
    folder = write(site / "wrong", {**bundle_files(), ENVELOPE_NAME: envelope})
    status, report = verify(site, folder, capsys)
    assert status == 1
    assert report["findings"][0]["code"] == "RC-009"
    assert report["findings"][0]["where"]["path"] == path
    assert observed in report["findings"][0]["observed"]


def signable() -> tuple[dict[str, Any], dict[str, bytes]]:
    """The test clip with slicer settings that lint has nothing against."""
    process = Process(
        first_layer_nozzle_c=210,
        nozzle_c=210,
        bed_c=60,
        fan_percent=100,
        layer_mm=0.2,
        perimeters=3,
        infill_percent=100,
        infill_angle=45,
        highest_mm=150,
    )
    files = {**bundle_files(), "settings.ini": settings_bytes(process)}
    document = recipe_document()
    document["retention"] = [{"rule": "EU MDR Annex XIII 4", "years": 10}]
    for principle in document["essential_principles"]:
        principle["evidence_ids"] = ["example"]
    for entry in document["files"]:
        entry.pop("sha256")
        entry.pop("size_bytes")
    return document, files


def _payload() -> bytes:
    return make_payload(recipe_document(), bundle_files(), "recipe.json")


def test_two_people_sign_one_after_another(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document, files = signable()
    folder = write(site / "new", files)
    (site / "recipe.json").write_text(json.dumps(document))
    sign = ("sign", folder, "--key")
    status, _ = run(*sign, site / "quality.pem", "--document", site / "recipe.json", capsys=capsys)
    assert status == 0
    assert verify(site, folder, capsys)[1]["findings"][0]["code"] == "RC-007"
    status, made = run(*sign, site / "regulatory.pem", capsys=capsys)
    assert (status, made["signatures"]) == (0, 2)
    status, report = verify(site, folder, capsys)
    assert status == 0
    assert report["digest"] == made["digest"]
    before = (folder / ENVELOPE_NAME).read_bytes()
    status, error = run(*sign, site / "regulatory.pem", capsys=capsys)
    assert (status, error["error"]["path"]) == (1, "signatures")
    (folder / "end.gcode").write_bytes(b"M84\n")
    status, error = run(*sign, site / "regulatory.pem", capsys=capsys)
    assert (status, error["error"]["path"]) == (1, "end.gcode")
    assert (folder / ENVELOPE_NAME).read_bytes() == before


def test_signing_what_is_no_recipe_writes_nothing(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(site / "new", bundle_files())
    document = site / "recipe.json"
    key = site / "quality.pem"
    for text in ("{", "[]", '{"files": 3}', json.dumps(recipe_document(rings=["C"]))):
        document.write_text(text)
        assert run("sign", folder, "--key", key, "--document", document, capsys=capsys)[0] == 1
    assert not (folder / ENVELOPE_NAME).exists()
    document.write_text(json.dumps(recipe_document()))
    (site / "bad.pem").write_bytes(b"-----BEGIN PRIVATE KEY-----\nsecret\n")
    status, error = run(
        *("sign", folder, "--key", site / "bad.pem", "--document", document), capsys=capsys
    )
    assert status == 1
    assert "secret" not in json.dumps(error)
    for arguments in (
        ("sign", folder, "--key", key),
        ("sign", folder, "--key", site / "none.pem", "--document", document),
        ("sign", site / "nowhere", "--key", key),
        ("verify", site / "nowhere"),
        ("verify", site / "clip", "--trust", site / "none.json"),
        ("verify", site / "clip", "--at", "yesterday"),
    ):
        assert run(*arguments, capsys=capsys)[0] == 2


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"PK\x03\x04" + bytes(40), b"\xff" * 99])
def test_any_readable_file_as_bundle_or_root_ends_with_one(
    content: bytes, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "junk").write_bytes(content)
    assert verify(site, site / "junk", capsys)[0] == 1
    assert run("verify", site / "clip", "--trust", site / "junk", capsys=capsys)[0] == 1


def test_extract_writes_what_openssl_needs(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = site / "out"
    options = ("--trust", site / "root.json", "--at", AT, "--extract", target)
    assert run("verify", site / "clip", *options, capsys=capsys)[0] == 0
    assert {path.name for path in target.iterdir()} == {
        *("signed.bin", "signature-0.bin", "signature-1.bin", "key-0.pem", "key-1.pem")
    }
    public = serialization.load_pem_public_key((target / "key-0.pem").read_bytes())
    signature = (target / "signature-0.bin").read_bytes()
    public.verify(signature, (target / "signed.bin").read_bytes())


def test_a_shipped_recipe_by_name_from_any_folder(
    site: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(site)
    status, report = run("verify", "validated_recipes/mask-extender", "--at", AT, capsys=capsys)
    assert (status, report["demonstration"]) == (0, True)
    shutil.copytree(report["source"], site / "copy")
    (site / "copy" / "job.gcode").write_bytes(b"G28\n")
    assert run("verify", site / "copy", "--at", AT, capsys=capsys)[0] == 1
