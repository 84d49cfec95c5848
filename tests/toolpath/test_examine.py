"""One whole examination: what an honest job gives, and what stays undone for a bad one."""

from __future__ import annotations

import itertools

import pytest

from mdps_plugin.canonical import sha256_hex
from mdps_plugin.errors import DocumentError
from mdps_plugin.toolpath.blocks import NEVER, QUERIES
from mdps_plugin.toolpath.examine import examine

from .parts import (
    END_LINES,
    START_LINES,
    absolute,
    bundle,
    codes,
    drop,
    honest,
    insert,
    layer_change,
    line_of,
    look,
    recipe,
    swap,
)

WALL = line_of("G1 X90.632 Y104.368 E.63419", layer_change(6))


def test_an_honest_job_is_accepted_and_described() -> None:
    examination = look(honest())
    summary = examination.summary
    assert examination.verdict.accepted
    assert summary is not None
    assert summary.extents_mm == ((90.225, 95.225, 0.2), (109.775, 104.775, 5.0))
    assert summary.nozzle_c == (210.0, 215.0)
    assert summary.bed_c == (60.0,)
    assert summary.fan == (0.0, 255.0)
    assert summary.max_speed_mm_s == 130
    assert summary.layers == examination.layers == 25
    assert summary.lines == examination.lines == examination.canonical.count(b"\n")
    assert summary.volume_mm3 == pytest.approx(summary.filament_mm * 2.405281875, rel=1e-6)
    # Twenty cubic millimetres either way: 40 % infill between four solid layers each side.
    assert 600 < summary.volume_mm3 < 800
    assert examination.digests["gcode"] == sha256_hex(honest())
    assert examination.digests["canonical"] == sha256_hex(examination.canonical)


def test_the_canonical_job_has_one_form() -> None:
    lines = look(honest()).canonical.decode("ascii").split("\n")
    assert lines[-1] == ""
    assert lines[:3] == ["M107", "G21", "G90"]
    assert "G1 E-0.8 F2100" in lines
    assert "G1 Z0.2 F7800" in lines
    assert all(line and len(line) <= 80 and ";" not in line for line in lines[:-1])
    assert not {line.split(" ")[0] for line in lines[:-1]} & QUERIES


def test_examining_the_canonical_job_again_gives_the_same() -> None:
    first = look(honest())
    again = look(first.canonical)
    assert again.verdict.accepted
    assert again.canonical == first.canonical
    assert again.layer_start == first.layer_start


def test_layer_starts_name_the_first_line_of_each_layer() -> None:
    examination = look(honest())
    lines = examination.canonical.decode().split("\n")
    starts = examination.layer_start
    assert len(starts) == 25
    assert lines[starts[0] - 3 : starts[0]] == ["G21", "G90", "M83"]
    for layer, (here, following) in enumerate(itertools.pairwise([*starts, len(lines)])):
        printed = [
            index
            for index in range(here, following)
            if lines[index].startswith("G1 X") and " E" in lines[index]
        ]
        assert printed, layer
        heights = [line for line in lines[here : printed[0]] if line.startswith("G1 Z")]
        assert heights[-1].split(" ")[1] == f"Z{0.2 * (layer + 1):.1f}".removesuffix(".0")
        assert here == 0 or " E" in lines[here - 1] or layer == 0


def test_every_check_is_named_with_its_ring_and_timed() -> None:
    ticks = itertools.count()
    signed = recipe()
    examination = examine(
        honest(),
        signed,
        bundle(),
        None,
        frozenset("ABC"),
        {},
        clock=lambda: float(next(ticks)),
    )
    checks = examination.verdict.checks
    assert {check.ring for check in checks} == {"A", "B", "C"}
    assert all(check.seconds == 1.0 for check in checks if check.ran)
    assert all(check.seconds is None for check in checks if not check.ran)
    assert not examination.verdict.accepted


def test_no_ring_at_all_is_refused() -> None:
    assert not look(honest(), rings="").verdict.accepted


def test_a_ring_that_does_not_exist_is_misuse() -> None:
    with pytest.raises(RuntimeError):
        look(honest(), rings="D")


def test_checks_that_could_not_run_are_named() -> None:
    verdict = look(honest()[:-1]).verdict
    assert "start and end block" in verdict.not_run
    assert "grammar" not in verdict.not_run


@pytest.mark.parametrize("word", sorted(NEVER))
def test_words_that_no_job_may_hold(word: str) -> None:
    assert "TP-032" in codes(look(insert(WALL, word), rings="A"))
    in_start = b"\n".join([word.encode(), *(line.encode() for line in START_LINES)]) + b"\n"
    files = bundle(start=in_start)
    job = honest().replace(b"G21\n", word.encode() + b"\nG21\n", 1)
    assert "TP-032" in codes(look(job, rings="A", files=files))


@pytest.mark.parametrize(
    "line",
    [
        *("M220", "M221", "M220 S99.5", "M221 S97.5", "M220 S100 B1", "M220 R1", "M221 S100 T1"),
        *("M220 S12345", "M221 S1000", "M220 S9", "M221 S0", "M220 S-100"),
    ],
)
@pytest.mark.parametrize("role", ["start", "end"])
def test_factors_that_the_printers_answer_could_not_be_held_against(line: str, role: str) -> None:
    block = START_LINES if role == "start" else END_LINES
    changed = [line, *block]
    files = bundle(**{role: b"".join(one.encode() + b"\n" for one in changed)})
    first = block[0].encode() + b"\n"
    before, _, after = honest().rpartition(first) if role == "end" else honest().partition(first)
    job = before + line.encode() + b"\n" + first + after
    assert "TP-032" in codes(look(job, rings="A", files=files))


@pytest.mark.parametrize(
    "line",
    [
        *("G28", "G91", "G90", "G20", "G21", "M82", "M83", "G2 X100 Y100 I1 J1 E1", "G4 P1000"),
        *("G10", "G11", "M92 E100", "M106", "M106 S255 P1", "M104 T0 S210", "M204", "M220 S90"),
        *("M221 S98", "M290 Z0.1", "M302 S0", "M851 Z1", "M900 K0.1", "M73 P5", "M117", "M84"),
        *("G92 E1", "G92", "G92 X0", "G1", "G0 E1", "M109 S210", "M190 S60", "M92", "G5", "M42 P1"),
    ],
)
def test_lines_that_the_body_may_not_hold(line: str) -> None:
    found = look(insert(WALL, line), rings="A").verdict.refusals()
    assert WALL in {finding.where.line for finding in found}


def test_the_answer_of_the_issue_one_temperature_one_line_one_layer() -> None:
    assert not look(swap(line_of("M104 S210"), "M104 S230")).verdict.accepted
    assert not look(insert(WALL, "G1 X100 Y100 E.3")).verdict.accepted
    job = drop(layer_change(10), layer_change(11) - 1)
    assert "TP-053" in codes(look(job))


def test_less_flow_on_one_line_by_the_window_that_is_signed() -> None:
    """0.98 of the flow of a wall: refused by ring A if the recipe pins the flow to 1 %.

    Where it does not, ring B finds another line, and ring C a line unlike its run and no signed
    width.
    """
    job = swap(WALL, "G1 X90.632 Y104.368 E.62151")
    tight = {
        "window.features.0.flow_mm3_per_mm": {"minimum": 0.0806, "maximum": 0.105},
        "window.features.1.flow_mm3_per_mm": {"minimum": 0.0806, "maximum": 0.105},
    }
    assert look(honest(), **tight).verdict.accepted
    assert codes(look(job, rings="A", **tight)) == {"TP-064"}
    assert look(job, rings="A").verdict.accepted
    assert codes(look(job, rings="AB", reslice=honest())) == {"TP-090"}
    assert codes(look(job, rings="AC")) == {"TP-109", "TP-110"}


def test_absolute_extrusion_is_followed() -> None:
    """The same job with M82: E counts from the G92 E0 of each layer."""
    job, files = absolute()
    signed = {"files": files, "window.relative_extrusion": False}
    assert look(job, **signed).verdict.accepted
    assert look(job, **signed).summary == look(honest()).summary
    assert "TP-020" in codes(look(job))


def test_a_signed_job_is_accepted_as_it_is_and_no_other() -> None:
    files = bundle(job=honest())
    assert look(honest(), files=files).verdict.accepted
    assert look(look(honest()).canonical, files=files).verdict.accepted
    other = swap(WALL, "G1 X90.632 Y104.368 E.63418")
    assert codes(look(other, files=files)) == {"TP-093"}
    shorter = drop(WALL, WALL)
    assert "TP-093" in codes(look(shorter, files=files))


def test_without_a_model_the_design_envelope_bounds_the_place() -> None:
    assert look(honest(), rings="A", model=None).verdict.accepted
    narrow = {"envelope.size_x_mm": {"minimum": 1, "maximum": 15}}
    assert "TP-067" in codes(look(honest(), rings="A", model=None, **narrow))


@pytest.mark.parametrize("word", ["G2", "G3"])
def test_arcs_are_refused_and_no_recipe_can_allow_them(word: str) -> None:
    """Nothing here follows an arc."""
    job = swap(WALL, f"{word} X90.632 Y104.368 I-9.368 J0.5 E.63419")
    (finding,) = [item for item in look(job).verdict.refusals() if item.code == "TP-030"]
    assert finding.where.line == WALL
    assert str(finding.measured).startswith(word)
    with pytest.raises(DocumentError, match=rf"window\.commands: observed '{word}'"):
        recipe(**{"window.commands": ["G1", word]})


@pytest.mark.parametrize(
    ("line", "text", "wanted"),
    [
        # The model ends at X 90 and 110; 2 µm are rounding, a nozzle is 0.4 mm.
        ("G1 X109.775 Y104.775 F7800", "G1 X110.401 Y104.775 F7800", set()),
        ("G1 X109.775 Y104.775 F7800", "G1 X110.403 Y104.775 F7800", {"TP-067"}),
        ("G1 X90.632 Y104.368 E.63419", "G1 X89.997 Y104.368 E.65568", {"TP-067"}),
        ("G1 X90.632 Y104.368 E.63419", "G1 X89.999 Y104.368 E.65562", set()),
    ],
)
def test_only_a_move_that_prints_nothing_may_leave_the_box(
    line: str, text: str, wanted: set[str]
) -> None:
    job = swap(line_of(line, layer_change(6)), text)
    assert codes(look(job, rings="A")) & {"TP-067"} == wanted
