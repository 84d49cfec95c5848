"""Each way in which a mesh can be bad: the finding, and the place that it names."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from mdps_plugin.cli.main import main
from mdps_plugin.errors import DocumentError
from mdps_plugin.findings import Where
from mdps_plugin.models.check import check_model
from mdps_plugin.models.mesh import Floats
from mdps_plugin.models.stl import MAX_BYTES, encode_binary_stl, read_stl
from mdps_plugin.models.surface import survey
from mdps_plugin.recipes.store import recipes_folder
from tests.factories import make_recipe

from .shapes import box, inside_out, mesh, text_stl


def _turned() -> Floats:
    shape = box()
    shape[0] = shape[0, ::-1]
    return shape


def _thin() -> Floats:
    """Two coats of one rectangle, back to back: closed, and nothing between them."""
    top = box(20, 10, 0)[[4, 5]]
    return np.concatenate([top, top[:, ::-1]])


def _crossing() -> Floats:
    """One closed surface that passes through itself: a box whose lid is pushed below its floor."""
    shape = box(20, 10, 5)
    lid = shape[:, :, 2] == 5
    left = lid & (shape[:, :, 0] == 0)
    shape[left, 2] = -3.0
    return shape


def _torn() -> Floats:
    """A corner that lies 1e-40 mm beside its neighbours: a number with less than full digits."""
    shape = box()
    assert tuple(shape[0, 0]) == (0, 0, 0)
    shape[0, 0, 0] = 1e-40
    return shape


CORNER = np.array([20.0, 10.0, 5.0])
SPIKE = np.array([[CORNER, CORNER, CORNER]])
#: Name: mesh, codes that refuse, place of the first of them (None: of the whole model).
BAD: dict[str, tuple[Floats, list[str], tuple[float, float, float] | None]] = {
    "open": (box()[1:], ["MD-010"], (0, 5, 2.5)),
    "open everywhere": (box()[:1], ["MD-010", "MD-003", "MD-002"], (0, 5, 2.5)),
    "inverted": (inside_out(box()), ["MD-013"], None),
    "one face turned over": (_turned(), ["MD-012"], (0, 0, 2.5)),
    "several shells": (
        np.concatenate([box(), box(5, 5, 5, (40, 0, 0))]),
        ["MD-015"],
        (42.5, 2.5, 2.5),
    ),
    "shells that overlap": (
        np.concatenate([box(), box(5, 5, 5, (18, 3, 0))]),
        ["MD-015"],
        (20.5, 5.5, 2.5),
    ),
    "a shell inside": (
        np.concatenate([box(), inside_out(box(1, 2, 3, (5, 5, 1)))]),
        ["MD-015", "MD-014"],
        (5.5, 6, 2.5),
    ),
    "shells that share an edge": (
        np.concatenate([box(10, 10, 5), box(10, 10, 5, (10, 10, 0))]),
        ["MD-011"],
        (10, 10, 2.5),
    ),
    "every face twice": (np.concatenate([box(), box()]), ["MD-011"], (0, 0, 2.5)),
    "one face twice": (np.concatenate([box(), box()[:1]]), ["MD-011"], (0, 0, 2.5)),
    "without a volume": (_thin(), ["MD-013", "MD-002"], None),
    "points alone": (np.zeros((3, 3, 3)), ["MD-015", "MD-013", "MD-002"], None),
    "torn by a denormal": (_torn(), ["MD-010"], None),
}


def _first(where: Where) -> tuple[float, float, float] | None:
    return None if where.x is None else (where.x, where.y or 0.0, where.z or 0.0)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_mesh_is_refused_with_its_place(name: str) -> None:
    triangles, codes, place = BAD[name]
    verdict = check_model(mesh(triangles), make_recipe(), {}, None)
    found = verdict.refusals()
    assert set(codes) <= {finding.code for finding in found}
    first = next(finding for finding in found if finding.code == codes[0])
    assert first.where.path == "model"
    if place is not None:
        assert _first(first.where) == pytest.approx(place, abs=1e-3)
    for finding in found:
        assert "?" not in finding.message()


def test_flat_triangles_alone_are_a_warning_with_a_place() -> None:
    verdict = check_model(mesh(box(), SPIKE), make_recipe(), {}, None)
    assert verdict.accepted
    (finding,) = verdict.findings
    assert (finding.code, _first(finding.where)) == ("MD-016", (20, 10, 5))


def test_a_surface_that_crosses_itself_is_left_to_the_comparison_with_the_job() -> None:
    """Edges and volume are in order; what such a body is shows layer by layer (ring C)."""
    found = survey(mesh(_crossing()))
    assert found.closed
    assert len(found.body_volumes_mm3) == 1


def test_denormals_and_minus_zero_throughout_are_a_box() -> None:
    shape = box()
    shape[shape == 0] = -1e-42
    found = survey(mesh(shape))
    assert found.closed
    assert found.body_volumes_mm3 == pytest.approx((1000,))


def _with(value: float) -> Floats:
    shape = box()
    shape[7, 2, 1] = value
    return shape


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 1e30, -1e30, 3e38])
@pytest.mark.parametrize("form", [encode_binary_stl, text_stl])
def test_a_number_that_no_printer_reaches_is_named_with_its_triangle(value, form) -> None:
    with pytest.raises(DocumentError) as fault:
        read_stl(form(_with(value)), "m.stl")
    assert fault.value.path == "triangle 8"
    assert "mm" in fault.value.observed
    assert fault.value.allowed == "-10000 to 10000 mm"


@pytest.mark.parametrize("count", [13, 10_000_000, 2**31, 2**32 - 1])
def test_a_header_that_lies_about_the_count_takes_no_memory(count: int) -> None:
    honest = encode_binary_stl(box())
    data = honest[:80] + struct.pack("<I", count) + honest[84:]
    tracemalloc.start()
    try:
        with pytest.raises(DocumentError, match=f"{count} triangles") as fault:
            read_stl(data, "m.stl")
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()
    assert fault.value.path == "byte 80"


def _measured(code: str, *arguments: str) -> tuple[dict[str, object], float]:
    """What another process prints as JSON, and the most memory it had, MB.

    VmHWM of proc(5): ru_maxrss of getrusage(2) counts what the parent had as well.
    """
    peak = "print(next(line.split()[1] for line in open('/proc/self/status') if 'VmHWM' in line))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code};{peak}", *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    *said, kilobytes = done.stdout.strip().split("\n")
    return json.loads("\n".join(said)), int(kilobytes) / 1024


def test_ten_million_triangles_are_a_finding_in_bounded_memory(tmp_path: Path) -> None:
    """500 MB that are really there (as holes of the disk), and a count that tells the truth."""
    model, job = tmp_path / "model.stl", tmp_path / "job.gcode"
    with model.open("wb") as file:
        file.write(b"\0" * 80 + struct.pack("<I", 10_000_000))
        file.truncate(84 + 50 * 10_000_000)
    job.write_bytes(b"G1 X1\n")
    said, megabytes = _measured(
        "import sys;from mdps_plugin.cli.main import main;status=main(sys.argv[1:])",
        *("check", "--recipe", "finger-splint", "--model", str(model), "--json", str(job)),
    )
    findings = said["findings"]
    assert isinstance(findings, list)
    (found,) = [one for one in findings if one["code"] == "TP-098"]
    assert str(MAX_BYTES) in found["message"]
    assert megabytes < 120 + MAX_BYTES / 2**20


def test_the_most_triangles_that_are_read_are_judged_in_bounded_memory() -> None:
    """A twentieth of the limit, so that the test is short: cost is linear in triangles."""
    count, megabytes = _measured(
        "import json;import numpy as np;from mdps_plugin.models.mesh import Mesh;"
        "from mdps_plugin.models.surface import survey;"
        "n=50_000;t=np.random.default_rng(1).random((2*n,3,3)).astype(np.float32);"
        "t[1::2]=t[::2,::-1];"
        "print(json.dumps({'bodies':len(survey(Mesh(corners=t.astype(float),digest='')).body_volumes_mm3)}))"
    )
    assert count == {"bodies": 50_000}
    assert megabytes < 60 + 100_000 * 800 / 2**20


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "0 bytes"),
        (b"solid", "no endsolid"),
        (encode_binary_stl(box())[:200], "12 triangles in 200 bytes"),
        (encode_binary_stl(_with(float("nan"))), "nan mm"),
        (b"solid x\n" + encode_binary_stl(box())[8:-1], "no endsolid"),
        (b"PK\x03\x04" + b"\0" * 100, "triangles in 104 bytes"),
    ],
)
def test_mdps_check_ends_with_1_whatever_the_bytes(
    data: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, job = tmp_path / "model.stl", tmp_path / "job.gcode"
    model.write_bytes(data)
    job.write_bytes((recipes_folder() / "mask-extender" / "1" / "job.gcode").read_bytes())
    arguments = ["check", "--recipe", "finger-splint", "--model", str(model), "--json", str(job)]
    assert main(arguments) == 1
    answer = json.loads(capsys.readouterr().out)
    (found,) = [one for one in answer["findings"] if one["code"] == "TP-098"]
    assert said in found["message"]
    assert str(model) in found["where"]["path"]


def test_mdps_check_ends_with_2_only_where_nothing_can_be_opened(tmp_path: Path) -> None:
    job = tmp_path / "job.gcode"
    job.write_bytes(b"G1 X1\n")
    for model in (tmp_path / "none.stl", tmp_path):
        arguments = ["check", "--recipe", "finger-splint", "--model", str(model), str(job)]
        assert main(arguments) == 2
    assert main(["check", "--recipe", "finger-splint", str(tmp_path / "none.gcode")]) == 2
