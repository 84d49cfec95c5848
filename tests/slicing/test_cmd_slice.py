"""``mdps slice`` from the outside: statuses, output file, JSON."""

from __future__ import annotations

import json
import os
import re

import pytest

from mdps_plugin.authoring.signing import pin
from mdps_plugin.cli.main import main
from mdps_plugin.models.stl import encode_binary_stl
from tests.factories import Manufacturer, bundle_files, recipe_document
from tests.models.shapes import box

from .profile import SETTINGS

MODEL = encode_binary_stl(box(20, 10, 2, at=(-5, 3, 7)))
JOB = b"G1 X1\n"


@pytest.fixture
def cell(tmp_path):
    return Cell(tmp_path)


class Cell:
    """A folder with a signed bundle, its root and a model."""

    def __init__(self, folder):
        self.folder = folder
        self.out = folder / "out.gcode"
        self.model = folder / "m.stl"
        self.model.write_bytes(MODEL)
        (folder / "root.json").write_bytes(Manufacturer().root_bytes())

    def bundle(self, extra=(), **overrides):
        files = {**bundle_files(), "settings.ini": SETTINGS}
        roles = {
            "settings.ini": "slicer_settings",
            "start.gcode": "start_gcode",
            "end.gcode": "end_gcode",
            "instructions.md": "instructions_for_use",
        }
        for role, name, data in extra:
            files[name], roles[name] = data, role
        pins = [pin(role, name, files[name]) for name, role in roles.items()]
        document = recipe_document(files=pins, **overrides)
        bundle = self.folder / "bundle"
        bundle.mkdir()
        for name, data in Manufacturer().sign(document, files).items():
            (bundle / name).write_bytes(data)
        return self

    def run(self, *more, model=True, at="2026-11-23T14:00:00Z"):
        arguments = ["slice", "--recipe", str(self.folder / "bundle"), "-o", str(self.out)]
        arguments += ["--trust", str(self.folder / "root.json"), "--at", at]
        arguments += ["--model", str(self.model)] if model else []
        return main([*arguments, *more])

    def leftovers(self):
        return {path.name for path in self.folder.iterdir()} - {"bundle", "m.stl", "root.json"}


def result(capsys):
    return json.loads(capsys.readouterr().out)


@pytest.mark.slicer
def test_a_job_is_written_with_its_digests(cell, capsys):
    assert cell.bundle().run("--json") == 0
    said = result(capsys)
    assert said["accepted"] is True
    assert said["output"] == str(cell.out)
    assert set(said["digests"]) == {"recipe", "model", "placed", "gcode"}
    assert said["slicer"]["version"].startswith("2.")
    assert said["variables"] == {"colour": "white"}
    xs = [float(x) for x in re.findall(rb"^G1 X([\d.]+) Y\S+ E", cell.out.read_bytes(), re.M)]
    assert min(xs) == pytest.approx(115.225, abs=0.02)
    assert max(xs) == pytest.approx(134.775, abs=0.02)
    assert cell.leftovers() == {"out.gcode"}


def test_an_open_model_is_refused_and_nothing_written(cell, capsys):
    cell.model.write_bytes(encode_binary_stl(box()[1:]))
    assert cell.bundle().run() == 1
    said = capsys.readouterr()
    assert "MD-010" in said.out
    assert "3 open edges, largest gap 11.18 mm." in said.out
    assert "was not written" in said.err
    assert cell.leftovers() == set()


def test_a_refusal_leaves_an_older_file_as_it_was(cell):
    cell.out.write_bytes(b"older")
    cell.model.write_bytes(encode_binary_stl(box(200)))
    assert cell.bundle().run() == 1
    assert cell.out.read_bytes() == b"older"


def test_a_model_that_cannot_be_read_is_refused(cell, capsys):
    cell.model.write_bytes(b"\0" * 90)
    assert cell.bundle().run("--json") == 1
    error = result(capsys)["error"]
    assert error["source"] == str(cell.model)
    assert error["observed"] == "a count of 0 triangles in 90 bytes"


def test_an_altered_bundle_is_refused(cell, capsys):
    cell.bundle()
    (cell.folder / "bundle" / "settings.ini").write_bytes(SETTINGS + b"perimeters = 9\n")
    assert cell.run("--json") == 1
    assert result(capsys)["findings"][0]["code"].startswith("RC-")
    assert cell.leftovers() == set()


def test_an_expired_recipe_is_refused(cell):
    assert cell.bundle().run(at="2029-01-01T00:00:00Z") == 1


def test_wrong_usage(cell):
    cell.bundle()
    assert cell.run(model=False) == 2
    assert cell.run("--set", "colour") == 2
    assert cell.run(at="yesterday") == 2
    cell.model.unlink()
    assert cell.run() == 2
    assert main(["slice", "--recipe", str(cell.folder / "none"), "-o", str(cell.out)]) == 2


@pytest.mark.slicer
def test_a_place_that_cannot_be_written_is_wrong_usage(cell):
    cell.bundle()
    cell.out = cell.folder / "no" / "such" / "out.gcode"
    assert cell.run() == 2
    cell.out = cell.folder / "bundle"
    assert cell.run() == 2


@pytest.mark.parametrize(
    ("setting", "limit"), [("colour=red", "white"), ("size=3", "One of the variables colour")]
)
def test_a_value_that_was_not_signed_is_refused(cell, capsys, setting, limit):
    assert cell.bundle().run("--json", "--set", setting) == 1
    (finding,) = [item for item in result(capsys)["findings"] if item["severity"] == "refuse"]
    assert (finding["code"], finding["limit"]) == ("SL-017", limit)


def test_without_a_slicer_the_environment_has_failed(cell, monkeypatch, capsys):
    cell.bundle()
    monkeypatch.setenv("PATH", str(cell.folder))
    assert cell.run() == 3
    assert "apt-get install prusa-slicer" in capsys.readouterr().err


def test_brought_jobs_are_not_sliced(cell, capsys):
    assert cell.bundle(job_source="brought").run("--json") == 1
    assert "SL-015" in {item["code"] for item in result(capsys)["findings"]}


def fixed(cell):
    return cell.bundle(
        [("model", "model.stl", MODEL), ("job_gcode", "job.gcode", JOB)],
        model_source="pinned",
        job_source="signed_gcode",
    )


def test_a_signed_job_needs_neither_slicer_nor_model(cell, monkeypatch, capsys):
    monkeypatch.setenv("PATH", os.devnull)
    assert fixed(cell).run("--json", model=False) == 0
    assert cell.out.read_bytes() == JOB
    assert result(capsys)["slicer"] is None
    assert cell.run() == 0


def test_another_model_than_the_signed_one_is_refused(cell, capsys):
    cell.model.write_bytes(encode_binary_stl(box()))
    assert fixed(cell).run("--json") == 1
    assert "SL-016" in {item["code"] for item in result(capsys)["findings"]}
    assert not cell.out.exists()
