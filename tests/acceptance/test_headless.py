"""What the first issue asks to be shown: one build by the public command, judged from outside.

Everything here uses the command line only, and the printer's own wire log.
"""

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.simulated import is_query

pytestmark = pytest.mark.octoprint

MDPS = [sys.executable, "-m", "mdps_plugin.cli.main"]
RECIPE = "validated_recipes/mask-extender"
JOB = Path("validated_recipes/mask-extender/1/job.gcode")


def mdps(*arguments: object, check: int | None = None) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*MDPS, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    if check is not None:
        assert done.returncode == check, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    home = tmp_path_factory.mktemp("hospital")
    done = mdps("demo", "--headless", "--json", "--home", home, "--speed", 400, check=0)
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


def test_the_log_of_the_build_verifies(build: dict[str, str]) -> None:
    done = mdps("log", "verify", build["log"], "--keys", build["keys"], "--json", check=0)
    report = json.loads(done.stdout)
    assert report["ok"] is True
    assert report["first_bad"] is None
    assert report["entries"] > 25
    papers = list(Path(build["documents"]).iterdir())
    assert report["records_checked"] == 1 + len(papers)


def test_the_printers_own_wire_log_has_the_planned_digest(build: dict[str, str]) -> None:
    digest = hashlib.sha256()
    lines = 0
    for text in Path(build["wire_log"]).read_text().splitlines():
        record = json.loads(text)
        if record["dir"] != "host" or not record.get("accepted"):
            continue
        if is_query(record["command"]):
            continue
        digest.update(record["command"].encode() + b"\n")
        lines += 1
    assert build["planned"] == build["streamed"] == digest.hexdigest()
    assert lines == int(build["lines"])


def test_the_record_names_both_digests_and_the_release_by_a_second_person(
    build: dict[str, str],
) -> None:
    record = json.loads(Path(build["record"]).read_text())
    assert record["job"]["match"] is True
    assert record["job"]["planned"] == build["planned"]
    makers = {one["user"] for one in record["signatures"] if one["meaning"].startswith("I take")}
    releasers = {one["user"] for one in record["signatures"] if "release" in one["meaning"]}
    assert makers
    assert releasers
    assert not makers & releasers


def test_the_papers_are_there(build: dict[str, str]) -> None:
    kinds = {path.suffix for path in Path(build["documents"]).iterdir()}
    assert {".pdf", ".png", ".json"} <= kinds
    for path in Path(build["documents"]).glob("*.pdf"):
        assert path.read_bytes().startswith(b"%PDF-")


def test_no_patient_name_is_anywhere_but_in_the_sealed_store(build: dict[str, str]) -> None:
    home = Path(build["wire_log"]).parent.parent
    # The name did come in with the order: it is in the sealed store, and only sealed.
    with closing(sqlite3.connect(home / "cell" / "patients.sqlite")) as sealed:
        assert sealed.execute("SELECT count(*) FROM identity").fetchone() == (1,)
    for path in home.rglob("*"):
        if path.is_file():
            assert b"Jordan Example" not in path.read_bytes(), path


def changed_log(build: dict[str, str], folder: Path, line: int, old: str, new: str) -> Path:
    shutil.copytree(Path(build["log"]).parent, folder, dirs_exist_ok=True)
    log = folder / "log.jsonl"
    lines = log.read_text().splitlines(keepends=True)
    assert old in lines[line]
    lines[line] = lines[line].replace(old, new, 1)
    log.write_text("".join(lines))
    return log


def test_a_changed_entry_is_found_and_located(build: dict[str, str], tmp_path: Path) -> None:
    lines = Path(build["log"]).read_text().splitlines()
    line = next(n for n, text in enumerate(lines) if '"kind":"release_signed"' in text)
    index = int(json.loads(lines[line])["entry"]["index"])
    log = changed_log(build, tmp_path, line, "Robert Lindqvist", "Roberta Lindqvist")
    done = mdps("log", "verify", log, "--keys", build["keys"], "--json", check=1)
    report = json.loads(done.stdout)
    assert report["ok"] is False
    assert report["first_bad"] == index


def test_a_changed_checkpoint_is_found(build: dict[str, str], tmp_path: Path) -> None:
    lines = Path(build["log"]).read_text().splitlines()
    line = max(n for n, text in enumerate(lines) if '"checkpoint"' in text)
    origin = json.loads(lines[line])["checkpoint"].split("\n")[0]
    log = changed_log(build, tmp_path, line, origin, origin.replace("printer-7", "printer-8"))
    report = json.loads(
        mdps("log", "verify", log, "--keys", build["keys"], "--json", check=1).stdout
    )
    assert report["ok"] is False


def test_a_changed_record_is_found_and_named(build: dict[str, str], tmp_path: Path) -> None:
    shutil.copytree(Path(build["log"]).parent, tmp_path, dirs_exist_ok=True)
    record = next((tmp_path / "records").iterdir())
    record.write_text(record.read_text().replace('"match":true', '"match":false', 1))
    done = mdps("log", "verify", tmp_path / "log.jsonl", "--keys", build["keys"], "--json", check=1)
    assert record.name in json.loads(done.stdout)["reason"] + json.loads(done.stdout)["place"]


def test_the_shipped_job_is_accepted() -> None:
    report = json.loads(mdps("check", "--recipe", RECIPE, JOB, "--json", check=0).stdout)
    assert report["accepted"] is True


def without_a_layer(lines: list[str]) -> list[str]:
    starts = [n for n, line in enumerate(lines) if line.startswith("G1 Z")]
    return lines[: starts[4]] + lines[starts[5] :]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: [line.replace("M104 S210", "M104 S215") for line in lines],
        lambda lines: [*lines[:900], "M106 S17", *lines[900:]],
        lambda lines: [*lines[:900], "M302 P1", *lines[900:]],
        without_a_layer,
        lambda lines: lines[:-5],
    ],
    ids=["one temperature", "one line", "one forbidden line", "one layer", "the end"],
)
def test_a_spoilt_job_is_refused(spoil: object, tmp_path: Path) -> None:
    lines = JOB.read_text().splitlines()
    spoilt = spoil(lines)
    if spoilt == lines:
        # The set temperature of the recipe is another one: change whatever the job sets.
        index = next(n for n, line in enumerate(lines) if line.startswith("M104 S"))
        spoilt = [*lines[:index], "M104 S219", *lines[index + 1 :]]
    path = tmp_path / "spoilt.gcode"
    path.write_text("\n".join(spoilt) + "\n")
    report = json.loads(mdps("check", "--recipe", RECIPE, path, "--json", check=1).stdout)
    assert report["accepted"] is False
    assert any(one["severity"] == "refuse" for one in report["findings"])


def test_without_broker_and_slicer_a_build_still_completes(tmp_path: Path) -> None:
    done = mdps(
        *("demo", "--headless", "--json", "--home", tmp_path, "--speed", 400),
        *("--without", "mosquitto", "--without", "prusa-slicer"),
        check=0,
    )
    result = json.loads(done.stdout)
    assert result["planned"] == result["streamed"]
    assert "going without: no mosquitto" in done.stderr
    assert "outbox" in done.stderr
    assert any("no prusa-slicer" in text for text in result["without"])
