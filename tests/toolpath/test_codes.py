"""Each kind of finding of this room comes from one specific bad input, at the right line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mdps_plugin.cli.main import main
from mdps_plugin.findings import Finding, FindingKind
from mdps_plugin.toolpath import codes, codes_model, codes_window, codes_writing, reader
from mdps_plugin.toolpath import examine as examine_module
from mdps_plugin.toolpath.examine import examine_or_raise
from mdps_plugin.toolpath.kernel_link import SWITCH
from tests.factories import Manufacturer

from .carving import carve
from .parts import (
    END,
    START,
    box,
    bundle,
    document,
    drop,
    geometry,
    honest,
    insert,
    layer_change,
    line_of,
    look,
    moved,
    recipe,
    settings_file,
    swap,
    with_places,
)
from .plates import Change, plate, two_blocks
from .supported import block, with_supports

ALL_KINDS = [
    kind
    for module in (codes, codes_writing, codes_window, codes_model)
    for kind in vars(module).values()
    if isinstance(kind, FindingKind)
]
KINDS = {kind.code: kind for kind in ALL_KINDS}

WALL = line_of("G1 X90.632 Y104.368 E.63419", layer_change(6))
TRAVEL = line_of("G1 X109.775 Y104.775 F7800", layer_change(6))
LAST_LINE = len(honest().split(b"\n")) - 1
UNHOP = line_of("G1 Z1.4", layer_change(6))
BODY = line_of("G1 Z.2 F7800")


def _found(gcode: bytes, **changes: object) -> tuple[Finding, ...]:
    return look(gcode, **changes).verdict.findings


def _on_plate(change: Change) -> tuple[Finding, ...]:
    """Two blocks, and the second of them changed."""
    return _found(two_blocks(change), model=geometry(plate()))


def _with_raft() -> dict[str, bytes]:
    return {**bundle(), "settings.ini": settings_file(raft_layers="2")}


#: Lines of 3 mm, one beside the other, 4 mm beside the part.
_PATCH = [
    f"G1 X{114 + 0.4 * column:g} Y{y} E{amount}"
    for column in range(6)
    for y, amount in (
        ((98, ".0135"), (101, ".1")) if column % 2 == 0 else ((101, ".0135"), (98, ".1"))
    )
]


def _beside(way: str, *lines: str) -> tuple[Finding, ...]:
    """Lines beside the part, under a recipe that prints supports."""
    job = insert(TRAVEL, way, *lines)
    return _found(job, files=with_supports(), **{"window.outside_model_mm": 8})


def _overhanging() -> np.ndarray:
    """The block, and from 3 mm on a ledge that reaches out 8 mm."""
    return np.concatenate([block((90, 95, 0), (110, 105, 3)), block((90, 95, 3), (118, 105, 5))])


def _layer_again() -> bytes:
    """Layer 8 is printed a second time, at its own height."""
    lines = honest().split(b"\n")
    first, last = layer_change(8) - 1, layer_change(9) - 1
    layer = [one for one in lines[first:last] if not one.startswith((b"G1 Z", b";", b"G92"))]
    return b"\n".join([*lines[:last], *layer, *lines[last:]])


def _in_start(old: bytes, new: bytes) -> tuple[Finding, ...]:
    """Recipe and job agree on a start block that is not fit for use."""
    files = bundle(start=START.replace(old, new))
    return _found(honest().replace(START, files["start.gcode"], 1), files=files)


def _in_end(old: bytes, new: bytes) -> tuple[Finding, ...]:
    files = bundle(end=END.replace(old, new))
    head, _, tail = honest().rpartition(END)
    return _found(head + files["end.gcode"] + tail, files=files)


def _from_nowhere() -> tuple[Finding, ...]:
    """A start block without a move, and a body without its first travel."""
    moves = b"G1 X10 Y10 F6000\nG1 X60 Y10 E6 F1200\n"
    files = bundle(start=START.replace(moves, b""))
    job = drop(line_of("G1 X109.368 Y104.368"), line_of("G1 X109.368 Y104.368"))
    return _found(job.replace(START, files["start.gcode"], 1), files=files)


def _without_layer(layer: int) -> bytes:
    return drop(layer_change(layer), layer_change(layer + 1) - 1)


def _mirrored() -> bytes:
    return moved(lambda x, y: (x * 0.5 + 50, y))


def _without_infill(layer: int) -> bytes:
    first = line_of("G1 F4800", layer_change(layer))
    return drop(first, line_of("G1 E-.8 F2100", first) - 1)


def _turned(degrees: float) -> np.ndarray:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    triangles = box()
    triangles[:, :, :2] = (triangles[:, :, :2] - 100) @ turn.T + 100
    return triangles


# code -> (how to produce it, line it must name or None)
CASES: dict[str, tuple[Callable[[], tuple[Finding, ...]], int | None]] = {
    "TP-001": (lambda: _found(b""), None),
    "TP-003": (lambda: _found(swap(WALL, "G1 X90\x00 Y104 E.1")), WALL),
    "TP-004": (lambda: _found(honest().replace(b"\n", b"\r\n")), 1),
    "TP-005": (lambda: _found(honest()[:-1]), LAST_LINE),
    "TP-006": (lambda: _found(swap(WALL, "G1 X90.632 Y104.368 E.63419 ;" + "x" * 250)), WALL),
    "TP-007": (lambda: _found(swap(WALL, "g1 x90.632 y104.368 e.63419")), WALL),
    "TP-008": (lambda: _found(swap(WALL, "G1 X90.632 Y104.368 E6e-1")), WALL),
    "TP-009": (lambda: _found(swap(WALL, "G1 X90.632 X90.632 E.63419")), WALL),
    "TP-010": (lambda: _found(swap(WALL, "G1 X90.632 Y E.63419")), WALL),
    "TP-011": (lambda: _found(honest(), **{"window.lines_at_most": 100}), None),
    "TP-012": (lambda: _found(swap(WALL, "G1 X90.632 Y104.368 E0.63419"), own=True), WALL),
    "TP-020": (lambda: _found(swap(line_of("M109 S215"), "M109 S250")), line_of("M109 S215")),
    "TP-021": (
        lambda: _found(swap(line_of("M140 S0"), "M140 S60")),
        line_of("M140 S0"),
    ),
    "TP-022": (lambda: _found(honest(), files=bundle(start=b"G28 ${home}\n")), None),
    "TP-023": (lambda: _in_start(b"M221 S100\n", b""), None),
    "TP-024": (lambda: _in_start(b"M109 S215", b"M109 S180"), None),
    "TP-025": (lambda: _in_end(b"M104 S0\n", b""), None),
    "TP-030": (lambda: _found(insert(WALL, "G28")), WALL),
    "TP-031": (lambda: _found(insert(WALL, "G92 E5")), WALL),
    "TP-032": (lambda: _found(insert(WALL, "M400")), WALL),
    "TP-040": (lambda: _found(swap(line_of("M104 S210"), "M104 S250")), line_of("M104 S210")),
    "TP-041": (lambda: _found(insert(WALL, "M140 S80")), WALL),
    "TP-042": (
        lambda: _found(drop(line_of("M104 S210"), line_of("M104 S210"))),
        line_of("G1 X90.632 Y104.368 E.63419", layer_change(1)) - 1,
    ),
    "TP-043": (lambda: _found(insert(WALL, "M140 S59")), WALL + 1),
    "TP-044": (lambda: _found(insert(WALL, "M106 S128")), WALL),
    "TP-045": (lambda: _found(insert(WALL, "M107")), WALL + 1),
    "TP-046": (lambda: _found(insert(WALL, "M204 S5000")), WALL),
    "TP-050": (lambda: _found(drop(BODY, line_of("M107", BODY) - 1)), None),
    "TP-051": (_from_nowhere, line_of("G1 X90.632 Y104.368 E.63419") - 3),
    "TP-052": (
        lambda: _found(swap(line_of("G1 Z1.4", layer_change(6)), "G1 Z1.43")),
        WALL,
    ),
    "TP-053": (lambda: _found(_without_layer(10)), None),
    "TP-054": (lambda: _found(insert(TRAVEL, "G1 Z1.7", "G1 Z1.4")), TRAVEL),
    "TP-055": (lambda: _found(swap(UNHOP, "G1 X109.368 Y104.368 Z1.4")), UNHOP),
    "TP-056": (lambda: _found(swap(WALL, "G1 X90.632 Y104.368 Z1.4 E.63419")), WALL),
    "TP-057": (lambda: _found(swap(WALL - 1, "G1 F9000")), WALL),
    "TP-058": (lambda: _found(swap(TRAVEL, "G1 X109.775 Y104.775 F9000")), TRAVEL),
    "TP-059": (
        lambda: _found(swap(line_of("G1 E.8 F1500", WALL), "G1 E.9 F1500")),
        line_of("G1 E.8 F1500", WALL),
    ),
    "TP-060": (
        lambda: _found(insert(line_of("G1 E-.8 F2100", WALL), "G1 E-.8 F2100")),
        line_of("G1 E-.8 F2100", WALL) + 1,
    ),
    "TP-061": (
        lambda: _found(swap(line_of("G1 E-.8 F2100", WALL), "G1 E-.8 F2400")),
        line_of("G1 E-.8 F2100", WALL),
    ),
    "TP-062": (lambda: _found(drop(WALL - 3, WALL - 3)), WALL - 1),
    "TP-063": (lambda: _found(swap(TRAVEL, "G1 X109.775 Y104.775 E-.1")), TRAVEL),
    "TP-064": (lambda: _found(swap(WALL, "G1 X90.632 Y104.368 E.57")), WALL),
    "TP-065": (lambda: _found(swap(WALL, "G1 X90.632 Y104.368 E.95")), WALL),
    "TP-066": (lambda: _found(insert(WALL, "G1 X109.268 Y104.368 E.02")), WALL),
    "TP-067": (lambda: _found(swap(TRAVEL, "G1 X150 Y104.775 F7800")), TRAVEL),
    "TP-068": (
        lambda: _found(honest(), **{"envelope.size_z_mm": {"minimum": 1, "maximum": 4}}),
        None,
    ),
    "TP-069": (
        lambda: _found(honest(), **{"window.total_filament_mm": {"minimum": 1, "maximum": 280}}),
        None,
    ),
    "TP-070": (
        lambda: _found(honest(), **{"window.print_time_s": {"minimum": 1, "maximum": 200}}),
        None,
    ),
    "TP-080": (lambda: _found(drop(layer_change(24), line_of("M107", layer_change(24)) - 1)), None),
    "TP-081": (lambda: _found(honest(), model=geometry(box(z=4.4))), None),
    "TP-082": (lambda: _found(honest(), model=geometry(box(x=19.6))), None),
    "TP-083": (lambda: _found(honest(), model=geometry(box(x=20.6))), None),
    "TP-084": (
        lambda: _found(honest(), **{"window.layer_volume_ratio": {"minimum": 0.9, "maximum": 1.1}}),
        None,
    ),
    "TP-085": (lambda: _found(honest(), model=geometry(box() + np.array([0.08, 0, 0]))), None),
    "TP-086": (lambda: _found(honest(), model=geometry(box(20.12, 10.12))), None),
    "TP-087": (lambda: _found(_mirrored()), None),
    "TP-088": (lambda: _found(swap(WALL, "G1 X85 Y104.368 E.82")), None),
    "TP-089": (lambda: _found(carve(honest(), 110, 100, 2, first=BODY)), None),
    "TP-100": (lambda: _found(carve(honest(), 100, 100, 1, first=BODY)), None),
    "TP-101": (lambda: _found(carve(honest(), 100, 100, 1, first=BODY)), None),
    "TP-102": (lambda: _found(carve(honest(), 100, 100, 1, first=BODY)), None),
    "TP-103": (lambda: _found(_without_infill(10)), None),
    "TP-104": (lambda: _found(honest(), model=geometry(box(19.6, 9.6))), None),
    "TP-105": (lambda: _found(honest(), model=geometry(box(400, 400))), None),
    "TP-106": (lambda: _found(honest(), model=geometry(box() + np.array([0.04, 0, 0]))), None),
    "TP-107": (lambda: _found(honest(), model=geometry(box(20.04, 10.02))), None),
    "TP-108": (lambda: _found(honest(), model=geometry(_turned(0.2))), None),
    "TP-109": (lambda: _found(swap(WALL, "G1 X90.632 Y104.368 E.6354")), WALL),
    "TP-110": (lambda: _found(swap(WALL, "G1 X90.632 Y104.368 E.6354")), WALL),
    "TP-111": (lambda: _found(carve(honest(), 100, 100, 1, first=BODY), files=with_places()), None),
    "TP-112": (lambda: _found(swap(WALL, "G1 X90.8 Y104.3 E.63"), files=with_places()), None),
    "TP-113": (lambda: _found(honest(), model=geometry(box() + np.array([0.08, 0, 0]))), None),
    "TP-114": (lambda: _found(_layer_again()), None),
    "TP-115": (lambda: _found(honest(), files={**bundle(), "settings.ini": b"[print]\n"}), None),
    "TP-120": (lambda: _on_plate(lambda x, y: (x + 0.02, y)), None),
    "TP-121": (lambda: _on_plate(lambda x, y: (124 + (x - 124) * 1.002, y)), None),
    "TP-122": (lambda: _on_plate(lambda x, y: (x, y + (x - 124) * 0.002)), None),
    "TP-123": (lambda: _found(honest(), files=_with_raft()), None),
    "TP-124": (lambda: _beside("G1 X110.5 Y99", "G1 X110.5 Y102 E.1"), None),
    "TP-125": (lambda: _beside("G1 X114 Y99", "G1 X114 Y102 E.1"), None),
    "TP-126": (
        lambda: _found(honest(), files=with_supports(), model=geometry(_overhanging())),
        None,
    ),
    "TP-127": (lambda: _beside("G1 X114 Y98", *_PATCH), None),
    "TP-090": (
        lambda: _found(swap(WALL, "G1 X90.632 Y104.368 E.63418"), rings="ABC", reslice=honest()),
        WALL,
    ),
    "TP-091": (lambda: _found(insert(TRAVEL, "G1 F7800"), rings="ABC", reslice=honest()), TRAVEL),
    "TP-092": (lambda: _found(honest(), rings="AB", reslice=b"\x00\n"), None),
    "TP-093": (lambda: _found(honest(), files=bundle(job=swap(WALL, "G1 X90.6 Y104 E.6"))), WALL),
    "TP-094": (lambda: _found(honest(), variables={"size": "1"}), None),
    "TP-095": (lambda: _found(honest(), variables={"colour": "red"}), None),
    "TP-096": (lambda: _found(honest(), model=None), None),
    "TP-097": (lambda: _found(honest(), rings="A", required="AC"), None),
    "TP-099": (lambda: _found(moved(lambda x, y: (x + 5, y))), None),
}
BY_OTHER_TESTS = {
    "TP-002": "test_a_file_above_the_limit_is_refused_unread",
    "TP-098": "test_a_model_that_is_no_stl_is_a_finding",
    "TP-130": "test_a_check_that_breaks_off_refuses",
}


def test_every_kind_has_a_case() -> None:
    assert set(CASES) | set(BY_OTHER_TESTS) == set(KINDS)
    assert all(name in globals() for name in BY_OTHER_TESTS.values())


def test_codes_are_unique() -> None:
    assert len(KINDS) == len(ALL_KINDS)


@pytest.mark.parametrize("code", sorted(CASES))
def test_each_code_comes_from_its_input(code: str) -> None:
    act, line = CASES[code]
    found = act()
    mine = [finding for finding in found if finding.code == code]
    assert mine, f"{code} was not produced"
    assert any(finding.refuses for finding in found) == (code != "TP-091")
    if line is not None:
        assert mine[0].where.line == line
    assert "?" not in mine[0].message()


@pytest.mark.parametrize("code", sorted(KINDS))
def test_words_are_those_of_the_screens(code: str) -> None:
    kind = KINDS[code]
    for text in (kind.title, kind.observed, kind.allowed, kind.next_step):
        assert not set("!") & set(text)
        for sentence in text.split(". "):
            assert len(sentence.split()) <= 12, sentence
        lowered = text.lower()
        for word in ("error", "invalid", "failed", "please", "compliant", "certified"):
            assert word not in lowered
    assert kind.title.endswith(".")
    assert kind.next_step.endswith(".")


def test_a_file_above_the_limit_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_FILE_BYTES", 1000)
    assert [finding.code for finding in _found(honest())] == ["TP-002"]


def test_a_model_that_is_no_stl_is_a_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    maker = Manufacturer()
    signed = tmp_path / "recipe"
    signed.mkdir()
    files = bundle()
    for name, data in maker.sign(document(files), files).items():
        (signed / name).write_bytes(data)
    (tmp_path / "root.json").write_bytes(maker.root_bytes())
    (tmp_path / "model.stl").write_bytes(b"this is no mesh")
    (tmp_path / "job.gcode").write_bytes(honest())
    status = main(
        [
            *("check", "--recipe", str(signed), "--trust", str(tmp_path / "root.json")),
            *("--at", "2026-11-23T14:00:00Z", "--model", str(tmp_path / "model.stl")),
            str(tmp_path / "job.gcode"),
        ]
    )
    assert status == 1
    assert "TP-098" in capsys.readouterr().out


@pytest.mark.parametrize("switch", ["on", "off"])
@pytest.mark.parametrize("name", ["check_variables", "writing_of", "sha256_hex", "check_model"])
def test_a_check_that_breaks_off_refuses(
    name: str, switch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SWITCH, switch)
    usual = getattr(examine_module, name)
    calls = []

    def break_off(*given: Any) -> Any:
        calls.append(name)
        if len(calls) == 1:
            raise MemoryError
        return usual(*given)

    monkeypatch.setattr(examine_module, name, break_off)
    examination = look(honest(), breaks=True)
    assert calls
    assert not examination.verdict.accepted
    (found,) = examination.verdict.refusals()
    assert (found.code, found.measured) == ("TP-130", "MemoryError")
    assert found.observed().endswith(": MemoryError")
    assert (examination.canonical, examination.digests["canonical"]) == (b"", None)
    assert (examination.lines, examination.layers, examination.summary) == (0, 0, None)


def test_the_last_check_that_broke_off_has_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*_: Any, **__: Any) -> None:
        raise ValueError("a fault of our own")

    monkeypatch.setattr(examine_module, "accept", break_off)
    verdict = look(honest(), breaks=True).verdict
    assert "grammar" in verdict.not_run
    assert verdict.refusals()[0].observed() == "grammar: ValueError"


def test_the_examining_process_is_told_of_every_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(examine_module, "accept", break_off)
    signed = recipe()
    with pytest.raises(MemoryError):
        examine_or_raise(honest(), signed, bundle(), None, frozenset("A"), {})
    with pytest.raises(RuntimeError, match="unknown rings"):
        examine_or_raise(honest(), signed, bundle(), None, frozenset("AD"), {})
