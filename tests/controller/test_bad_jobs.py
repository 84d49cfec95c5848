"""Models and G-code that cannot be built, sent to a whole controller and to ``mdps check``.

Each is refused in plain words that name place, what was observed and what is allowed, and leaves
nothing behind.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mdps_plugin.build.signature import Act
from mdps_plugin.canonical import sha256_hex
from mdps_plugin.cli.main import main
from mdps_plugin.models.stl import encode_binary_stl
from tests.models.shapes import box, inside_out, text_stl

from . import bundles
from .desk import plain
from .running_cell import refusing
from .workshop import Workshop

# Models. The digest in the order is that of the bad bytes, so that the content is what is judged.


def stl(triangles: Any) -> bytes:
    return encode_binary_stl(np.asarray(triangles))


def _nan(data: bytes) -> bytes:
    return data[:96] + struct.pack("<f", float("nan")) + data[100:]


def _doubled() -> bytes:
    return stl(np.concatenate([box(30, 30, 30), box(30, 30, 30, at=(40, 0, 0))]))


MODELS: dict[str, tuple[bytes, str, str]] = {
    "84 bytes that claim 2 GB": (
        b"\0" * 80 + struct.pack("<I", 42_949_672), "CT-001", "42949672 triangles",
    ),
    "a count beyond all memory": (b"\0" * 80 + b"\xff" * 4, "CT-001", "4294967295 triangles"),
    "cut off": (stl(box(30, 30, 30))[:-10], "CT-001", "12 triangles in 674 bytes"),
    "no triangle": (stl(box())[:80] + b"\0" * 4, "CT-001", "0 triangles"),
    "text without a facet": (b"solid a\nendsolid a\n", "CT-001", "0 triangles"),
    "text cut off": (text_stl(box(30, 30, 30))[:-20], "CT-001", "no endsolid"),
    "no model at all": (b"PK\x03\x04" + b"\0" * 200, "CT-001", "triangles in 204 bytes"),
    "four bytes": (b"STL!", "CT-001", "4 bytes"),
    "not a number": (_nan(stl(box(30, 30, 30))), "CT-001", "triangle 1"),
    "20 m away": (stl(box(30, 30, 30, at=(20_000, 0, 0))), "CT-001", "mm"),
    "open": (stl(box(30, 30, 30)[:-1]), "MD-", "edges"),
    "flat": (stl(np.zeros((12, 3, 3))), "MD-", "0 separate surfaces"),
    "inside out": (stl(inside_out(box(30, 30, 30))), "MD-", "cm³"),
    "two bodies": (_doubled(), "MD-", "2"),
    "higher than the printer": (stl(box(20, 20, 400)), "MD-001", "400 mm"),
    "over a metre": (stl(box(1500, 20, 20)), "MD-001", "1500 mm"),
    "a grain": (stl(box(0.1, 0.1, 0.1)), "MD-", "cm³"),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_a_model_that_cannot_be_built(desk: Workshop, name: str) -> None:
    data, code, words = MODELS[name]
    order_id = desk.receive("anatomical-model", model=data)
    detail = desk.check(order_id)
    assert detail["state"] == "refused"
    found = refusing(detail)
    wanted = [one for known, one in found.items() if known.startswith(code)]
    assert wanted, found
    assert any(words in json.dumps(one, ensure_ascii=False) for one in wanted), wanted
    for finding in wanted:
        plain(finding)
    if code == "CT-001":
        assert f"model of {order_id}" in wanted[0]["observed"]
    newest = desk.state()["refusals"][0]
    assert newest["code"] in found


# G-code brought along, through the command that a manufacturer's engineer uses.


def job_of_the_example() -> bytes:
    return bundles.shipped()[1]["job.gcode"]


def line_of(data: bytes, words: bytes) -> int:
    return data[: data.index(words)].count(b"\n") + 1


def _insert(words: bytes) -> tuple[bytes, int]:
    """The example's job with a line in its middle, and the number of that line."""
    lines = job_of_the_example().split(b"\n")
    middle = len(lines) // 2
    return b"\n".join([*lines[:middle], words, *lines[middle:]]), middle + 1


GCODE: dict[str, bytes] = {
    "binary": bytes(range(256)),
    "NUL": b"G1 X10\x00 Y10",
    "lower case": b"g1 x10 y10",
    "unknown command": b"G1234 X1",
    "two commands": b"G1 X1 G1 Y1",
    "a heater": b"M104 S300",
    "10 MB line": b"G1 X" + b"1" * 10_000_000,
    "a smuggled line end": b"G1 X1\rM104 S300",
    "not ASCII": "G1 X1 ; größer".encode("latin-1"),
    "NaN": b"G1 Xnan",
    "exponent": b"G1 X1e3",
    "hexadecimal": b"G1 X0x10",
}


@pytest.mark.parametrize("name", GCODE)
def test_mdps_check_names_the_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, number = _insert(GCODE[name])
    file = tmp_path / "job.gcode"
    file.write_bytes(data)
    status = main(["check", "--recipe", "mask-extender", "--json", str(file)])
    said = json.loads(capsys.readouterr().out)
    assert status == 1
    assert not said["accepted"]
    found = [one for one in said["findings"] if one["severity"] == "refuse"]
    assert number in {one["where"]["line"] for one in found}, found[:3]
    for finding in found:
        plain(finding)
        assert len(finding["message"]) < 1000


def test_mdps_check_takes_other_line_ends_for_what_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file from another machine has the same lines or is refused; it is never another job."""
    file = tmp_path / "job.gcode"
    file.write_bytes(job_of_the_example())
    assert main(["check", "--recipe", "mask-extender", "--json", str(file)]) == 0
    unix = json.loads(capsys.readouterr().out)["digests"]["canonical"]
    file.write_bytes(job_of_the_example().replace(b"\n", b"\r\n"))
    status = main(["check", "--recipe", "mask-extender", "--json", str(file)])
    said = json.loads(capsys.readouterr().out)
    if status == 0:
        assert said["digests"]["canonical"] == unix
    else:
        assert status == 1
        assert {one["where"]["line"] for one in said["findings"]} & {1}


@pytest.mark.parametrize("data", [b"", b"\n\n", b"; only words\n", b"\x00" * 1000])
def test_mdps_check_refuses_a_file_without_a_job(
    data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "job.gcode"
    file.write_bytes(data)
    assert main(["check", "--recipe", "mask-extender", "--json", str(file)]) == 1
    said = json.loads(capsys.readouterr().out)
    assert [one for one in said["findings"] if one["severity"] == "refuse"]


def test_a_job_with_every_fault_at_once_still_gets_its_refusal_on_record(
    desk: Workshop, tmp_path: Path
) -> None:
    """Many findings must not make an entry that the log cannot hold."""

    desk.register(
        "approve_recipe",
        Act.APPROVE_RECIPE,
        bundle=str(bundles.brought_strap(tmp_path / "bundle")),
        local_qualification="none",
    )
    lines = job_of_the_example().decode().splitlines()
    bad = ("G1 X900 Y900 E5 F90000", "M104 S300", "M140 S99", "G1 Z-5 E-50", "M106 S999",
           "G1 E99", "G1 Z150")  # fmt: skip
    middle = len(lines) // 2
    data = "\n".join([*lines[:middle], *bad * 6, *lines[middle:]]).encode() + b"\n"
    order, _ = desk.make_order("mask-extender")
    order.update(
        recipe_id="brought-strap", gcode_sha256=bundles.pin("job_gcode", "j", data)["sha256"]
    )
    desk.call("receive_order", {"order": order}, body=data)
    detail = desk.check(order["order_id"])
    assert detail["state"] == "refused"
    found = refusing(detail)
    assert found
    assert all(code.startswith("TP-") for code in found), found
    about, picture = desk.call_for_bytes("picture", {"order_id": order["order_id"]})
    assert about["media_type"] == "image/png"
    assert picture.startswith(b"\x89PNG")
    assert detail["picture"] == sha256_hex(picture)


def test_an_order_that_waits_has_no_picture(desk: Workshop) -> None:
    order_id = desk.receive("mask-extender")
    assert desk.order(order_id)["picture"] is None
    assert desk.error("picture", {"order_id": order_id})["kind"] == "document"
