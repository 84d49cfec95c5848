"""``mdps check`` as a command: exit status, JSON of the contract, bad files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mdps_plugin.canonical import sha256_hex
from mdps_plugin.cli.main import main
from mdps_plugin.slicing.codes import OTHER_MODEL
from tests.factories import Manufacturer

from .parts import box, bundle, document, honest, insert, line_of, settings_file, stl_bytes, swap

AT = "2026-11-23T14:00:00Z"


@pytest.fixture
def cell(tmp_path: Path) -> Path:
    """A folder with a recipe that signs the honest job, its root, that job and its model."""
    files = bundle(job=honest()) | {"model.stl": stl_bytes(box())}
    write_bundle(tmp_path, files, rings=["A", "C"])
    (tmp_path / "job.gcode").write_bytes(honest())
    (tmp_path / "model.stl").write_bytes(stl_bytes(box()))
    return tmp_path


@pytest.fixture
def sliced(cell: Path) -> Path:
    """The same with a recipe that slices the model of an order, and so requires ring B."""
    for file in (cell / "recipe").iterdir():
        file.unlink()
    write_bundle(cell, bundle() | {"settings.ini": settings_file(retract_before_travel="2")})
    return cell


def write_bundle(cell: Path, files: dict[str, bytes], **overrides: Any) -> None:
    maker = Manufacturer()
    folder = cell / "recipe"
    folder.mkdir(exist_ok=True)
    for name, data in maker.sign(document(files, **overrides), files).items():
        (folder / name).write_bytes(data)
    (cell / "root.json").write_bytes(maker.root_bytes())


def check(
    cell: Path, capsys: pytest.CaptureFixture[str], *more: str, job: str = "job.gcode"
) -> tuple[int, dict[str, Any]]:
    """Status and JSON."""
    status = main(
        [
            *("check", "--recipe", str(cell / "recipe"), "--trust", str(cell / "root.json")),
            *("--at", AT, "--json", *more, str(cell / job)),
        ]
    )
    return status, json.loads(capsys.readouterr().out)


def model(cell: Path) -> tuple[str, str]:
    return "--model", str(cell / "model.stl")


def codes(result: dict[str, Any]) -> set[str]:
    return {found["code"] for found in result["findings"] if found["severity"] == "refuse"}


def test_an_honest_job_ends_0_with_the_shape_of_the_contract(
    cell: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, result = check(cell, capsys, *model(cell))
    assert status == 0
    assert result["accepted"] is True
    assert (result["lines"], result["layers"]) == (1874, 25)
    assert set(result["digests"]) == {"gcode", "canonical", "model", "recipe"}
    assert all(len(digest) == 64 for digest in result["digests"].values())
    rings = {check["ring"] for check in result["checks"]}
    assert {"A", "C"} <= rings
    assert "B" not in rings
    assert all(set(check) == {"name", "ring", "ran", "seconds"} for check in result["checks"])
    timed = [check for check in result["checks"] if check["ring"] is not None]
    assert all(check["ran"] and check["seconds"] >= 0 for check in timed)


def test_a_refused_job_ends_1_and_says_where(
    cell: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = line_of("M104 S210")
    (cell / "job.gcode").write_bytes(swap(line, "M104 S250"))
    status, result = check(cell, capsys, *model(cell))
    assert status == 1
    assert result["accepted"] is False
    found = next(item for item in result["findings"] if item["code"] == "TP-040")
    assert set(found["where"]) == {"line", "layer", "x", "y", "z", "path"}
    assert (found["where"]["line"], found["where"]["layer"]) == (line, 1)
    assert (found["measured"], found["limit"], found["unit"]) == ("250", 210, "°C")
    assert found["message"].count(":") >= 3
    assert found["clause"]


def test_text_for_people_names_line_and_next_step(
    cell: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = line_of("G1 X90.632 Y104.368 E.63419")
    (cell / "job.gcode").write_bytes(insert(line, "M500"))
    status = main(
        [
            *("check", "--recipe", str(cell / "recipe"), "--trust", str(cell / "root.json")),
            *("--at", AT, *model(cell), str(cell / "job.gcode")),
        ]
    )
    output = capsys.readouterr()
    assert status == 1
    assert f"M500 at line {line}" in output.out
    assert "refused" in output.err


def test_a_ring_of_the_recipe_that_is_left_out_refuses(
    cell: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for rings in ("A", "C", "AB"):
        status, result = check(cell, capsys, "--rings", rings)
        assert (status, result["accepted"]) == (1, False)
        assert "TP-097" in codes(result)
    status, result = check(cell, capsys, "--rings", "A")
    assert codes(result) == {"TP-097"}
    assert {check["ring"] for check in result["checks"]} == {"A", None}
    assert all(check["ran"] for check in result["checks"] if check["ring"] == "A")
    found = next(item for item in result["findings"] if item["code"] == "TP-097")
    assert found["observed"] == "ring C was left out"


def test_the_reason_is_printed_where_a_ring_is_left_out(
    cell: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(
        [
            *("check", "--recipe", str(cell / "recipe"), "--trust", str(cell / "root.json")),
            *("--at", AT, "--rings", "A", str(cell / "job.gcode")),
        ]
    )
    output = capsys.readouterr()
    assert status == 1
    assert "ring C was left out" in output.out
    assert "refused" in output.err
    assert "accepted" not in output.out


def test_a_ring_without_its_model_refuses(sliced: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, result = check(sliced, capsys)
    assert status == 1
    assert codes(result) == {"TP-096"}
    assert "outline of the model" in result["not_run"]


def test_an_unsigned_recipe_examines_nothing(
    cell: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (cell / "recipe" / "end.gcode").write_bytes(b"M84\n")
    status, result = check(cell, capsys, *model(cell))
    assert status == 1
    assert all(code.startswith("RC-") for code in codes(result))
    assert result["lines"] == 0


def test_a_folder_that_is_no_bundle_is_refused(
    cell: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (cell / "recipe" / "inner").mkdir()
    status, result = check(cell, capsys, *model(cell))
    assert status == 1
    assert codes(result) == {"TP-098"}


def test_variables_of_the_recipe(cell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(cell, capsys, *model(cell), "--set", "colour=white")[0] == 0
    assert check(cell, capsys, *model(cell), "--set", "colour=red")[0] == 1
    assert check(cell, capsys, *model(cell), "--set", "size=3")[0] == 1


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00" * 1000, bytes(range(256)), b"G1 X1", "é\n".encode("utf-16"), b"\n" * 5000],
)
def test_any_readable_file_ends_1(
    cell: Path, capsys: pytest.CaptureFixture[str], data: bytes
) -> None:
    (cell / "job.gcode").write_bytes(data)
    status, result = check(cell, capsys, *model(cell))
    assert status == 1
    assert codes(result)


@pytest.mark.parametrize("data", [b"", b"solid x\nendsolid x\n", b"\xff" * 200])
def test_any_readable_model_ends_1(
    sliced: Path, capsys: pytest.CaptureFixture[str], data: bytes
) -> None:
    (sliced / "model.stl").write_bytes(data)
    status, result = check(sliced, capsys, *model(sliced))
    assert status == 1
    assert codes(result) == {"TP-098"}


def test_wrong_usage_ends_2(cell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(cell, capsys, job="none.gcode")[0] == 2
    assert check(cell, capsys, job="recipe")[0] == 2
    assert check(cell, capsys, "--rings", "AX")[0] == 2
    assert check(cell, capsys, "--model", str(cell / "none.stl"))[0] == 2
    assert check(cell, capsys, "--set", "colour")[0] == 2


def test_a_fixed_geometry_needs_no_model(cell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(cell, capsys)[0] == 0
    assert check(cell, capsys, *model(cell))[0] == 0
    (cell / "model.stl").write_bytes(stl_bytes(box(21)))
    status, result = check(cell, capsys, *model(cell))
    assert status == 1
    assert codes(result) == {OTHER_MODEL.code}


@pytest.mark.slicer
def test_ring_b_slices_again(sliced: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, result = check(sliced, capsys, *model(sliced))
    line = line_of("G1 X90.632 Y104.368 E.63419")
    (sliced / "job.gcode").write_bytes(swap(line, "G1 X90.632 Y104.368 E.63418"))
    changed_status, changed = check(sliced, capsys, *model(sliced), "--rings", "ABC")
    assert (status, codes(result)) == (0, set())
    assert (changed_status, codes(changed)) == (1, {"TP-090"})


def test_ring_b_without_a_slicer_has_not_run(
    sliced: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    status, result = check(sliced, capsys, *model(sliced))
    assert status == 1
    assert "second slicing" in result["not_run"]
    assert any("not installed" in found["observed"] for found in result["findings"])


def test_the_picture_shows_the_layer_of_the_first_reason(
    cell: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (cell / "bad.gcode").write_bytes(insert(700, "G1 X150 Y150 E1"))
    out = cell / "layer.png"
    status, result = check(cell, capsys, *model(cell), "--picture", str(out), job="bad.gcode")
    assert status == 1
    assert result["picture"] == sha256_hex(out.read_bytes())
    with Image.open(out) as picture:
        assert picture.format == "PNG"


def test_without_a_place_no_picture_is_written(
    cell: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = cell / "layer.png"
    status, result = check(cell, capsys, *model(cell), "--picture", str(out))
    assert (status, result["picture"]) == (0, None)
    assert not out.exists()


def test_a_picture_that_cannot_be_written_is_wrong_usage(
    cell: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (cell / "bad.gcode").write_bytes(insert(700, "G1 X150 Y150 E1"))
    out = cell / "no-such-folder" / "layer.png"
    status = main(
        [
            *("check", "--recipe", str(cell / "recipe"), "--trust", str(cell / "root.json")),
            *("--at", AT, *model(cell), "--picture", str(out), str(cell / "bad.gcode")),
        ]
    )
    assert status == 2
    assert f"{out}: cannot be written" in capsys.readouterr().err
