"""What the kernel accepts, the plain reference accepts with the same result; it never finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.toolpath import one_pass
from mdps_plugin.toolpath.canonical_copy import pieces, same_but_for_a_remark, same_copy
from mdps_plugin.toolpath.collect import Collector
from mdps_plugin.toolpath.examine import Examination
from mdps_plugin.toolpath.geometry import LayerLines, layer_lines
from mdps_plugin.toolpath.grammar import Command, parse_command
from mdps_plugin.toolpath.kernel_link import SWITCH, kernel
from mdps_plugin.toolpath.one_pass import Accepted, accept
from mdps_plugin.toolpath.reader import read_job
from mdps_plugin.toolpath.writing import PRUSA

from .parts import (
    ANY_WRITING,
    START_LINES,
    box,
    bundle,
    drop,
    geometry,
    honest,
    insert,
    line_of,
    look,
    recipe,
)
from .test_codes import CASES
from .test_properties import COMMANDS, LINES

RECIPE = recipe()
OTHER = recipe(**ANY_WRITING)
FILES = bundle()
BOX = geometry(box()).box()
MANY = settings(max_examples=150, deadline=None)
WALL = next(n for n in COMMANDS if LINES[n] == b"G1 X90.632 Y104.368 E.63419" and n > 800)


def _accept(gcode: bytes, **changes: Any) -> Accepted | None:
    files = changes.pop("files", FILES)
    own = changes.pop("own", False)
    signed = RECIPE if own else OTHER
    if changes or files is not FILES:
        signed = recipe(files, **ANY_WRITING, **changes)
    return accept(kernel(), gcode, signed, files, BOX, None)


def _refer(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> Any:
    with monkeypatch.context() as patch:
        patch.setenv(SWITCH, "off")
        return act()


def _reference(gcode: bytes, own: bool = False) -> Examination:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SWITCH, "off")
        return look(gcode, rings="A", own=own)


def _never_less_strict(gcode: bytes, own: bool = False) -> bool:
    """Whether the kernel accepted; then the reference must, with the same result.

    ``own``: under the recipe of the slicer that wrote the job, which is held to its writing.
    """
    accepted = _accept(gcode, own=own)
    if accepted is None:
        return False
    reference = _reference(gcode, own)
    assert reference.verdict.accepted
    assert reference.verdict.findings == ()
    assert reference.summary == accepted.summary
    assert reference.layer_start == accepted.layer_start
    assert reference.lines == accepted.lines
    assert reference.canonical == accepted.canonical()
    return True


def _swapped(line: int, text: bytes) -> bytes:
    return b"\n".join([*LINES[:line], text, *LINES[line + 1 :]])


def test_the_tests_have_a_kernel() -> None:
    assert kernel() is not None, "build it: pip install --editable ."


@pytest.mark.parametrize("own", [True, False])
def test_the_kernel_accepts_the_honest_job(own: bool) -> None:
    assert _never_less_strict(honest(), own)


def test_the_kernel_accepts_the_canonical_job_and_one_without_comments() -> None:
    canonical = look(honest()).canonical
    assert _never_less_strict(canonical)
    assert _never_less_strict(canonical.replace(b"\n", b" ; G28\n"))


def test_the_kernel_follows_absolute_extrusion() -> None:
    total, lines, start = 0.0, [], line_of("M83", 20)
    for number, line in enumerate(honest().decode().split("\n"), start=1):
        text = line.replace("M83", "M82") if not line.startswith(";") else line
        if number > start and text == "G92 E0":
            total = 0.0
        elif number > start and text.startswith("G1") and " E" in text:
            head, _, tail = text.partition(" E")
            value, _, rest = tail.partition(" ")
            total += float(value)
            text = f"{head} E{total:.5f} {rest}".strip()
        lines.append(text)
    job = "\n".join(lines).encode()
    files = bundle(start="\n".join(START_LINES).replace("M83", "M82").encode() + b"\n")
    accepted = _accept(job, files=files, **{"window.relative_extrusion": False})
    assert accepted is not None
    assert accepted.summary == look(honest()).summary


@pytest.mark.parametrize("code", sorted(CASES))
def test_each_bad_input_gives_the_same_findings_with_and_without(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    act, _ = CASES[code]
    assert act() == _refer(monkeypatch, act)


@pytest.mark.parametrize("rings", ["A", "AB", "AC", "ABC"])
def test_an_examination_is_the_same_with_and_without(
    rings: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def act() -> Examination:
        return look(honest(), rings=rings, reslice=honest().replace(b"; ", b";; "))

    assert act() == _refer(monkeypatch, act)


def test_a_signed_job_is_compared_by_its_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    files = bundle(job=look(honest()).canonical)
    assert _accept(honest(), files=files) is not None
    assert _accept(insert(WALL, "G92 E0"), files=files) is None
    assert look(honest(), files=files) == _refer(monkeypatch, lambda: look(honest(), files=files))


def test_the_signed_job_itself_is_accepted_without_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    files = bundle(job=honest())
    plainly = _refer(monkeypatch, lambda: look(honest(), files=files))
    assert look(honest(), files=files) == plainly
    monkeypatch.setattr(one_pass, "same_copy", lambda *_: False)
    assert look(honest(), files=files) == plainly
    assert _accept(honest(), files=files) is not None
    assert _accept(honest().replace(b"; ", b";; "), files=files) is None


def test_strokes_are_the_printed_lines_in_short() -> None:
    signed = (RECIPE, FILES, BOX, None)
    found, without = (
        accept(kernel(), honest(), *signed, with_strokes=wanted) for wanted in (True, False)
    )
    assert found is not None
    assert found.strokes is not None
    assert without is not None
    assert without.strokes is None
    trace, layers, job = found.printed()
    np.testing.assert_array_equal(found.strokes[:, 0], layers.of_move)
    np.testing.assert_array_equal(found.strokes[:, 1:3], trace.begin[:, :2])
    np.testing.assert_array_equal(found.strokes[:, 3:5], trace.end[:, :2])
    np.testing.assert_array_equal(found.strokes[:, 5], trace.filament)
    assert len(job.lines) == len(trace.index)
    assert found.canonical() == without.canonical()


def test_another_second_slicing_is_left_to_the_reference() -> None:
    job = honest()
    assert accept(kernel(), job, RECIPE, FILES, BOX, job) is not None
    for other in (insert(WALL, "G92 E0"), drop(WALL, WALL), b"", b"\x00\n", job[:-1]):
        assert accept(kernel(), job, RECIPE, FILES, BOX, other) is None


def test_the_columns_are_those_of_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[list[LayerLines]] = []

    def keep(*given: Any) -> list[LayerLines]:
        kept.append(layer_lines(*given))
        return kept[-1]

    monkeypatch.setattr("mdps_plugin.toolpath.ring_c.layer_lines", keep)
    monkeypatch.setattr("mdps_plugin.toolpath.ring_c.look", lambda *_: None)
    look(honest(), rings="AC")
    _refer(monkeypatch, lambda: look(honest(), rings="AC"))
    mine, theirs = kept
    assert len(mine) == len(theirs) == 25
    for one, other in zip(mine, theirs, strict=True):
        assert (one.layer, one.line, one.volume_mm3) == (other.layer, other.line, other.volume_mm3)
        for column in ("begin", "end", "width"):
            np.testing.assert_array_equal(getattr(one, column), getattr(other, column))


_WALL = b"G1 X90.632 Y104.368 E.63419"
_LAYER_6 = b"\n".join(
    [
        *(b"G1 Z1.4 F7800", b"G92 E0", b"G1 E-.8 F2100", b"G1 Z1.6 F7800"),
        *(b"G1 X109.368 Y104.368", b"G1 Z1.4", b"G1 E.8 F1500", b";TYPE:Perimeter", b"G1 F3600"),
        *(_WALL, b"G1 X90.632 Y95.632 E.2957", b"G1 X109.368 Y95.632 E.63419"),
        *(b"G1 X109.368 Y104.308 E.29367", b"G1 X109.775 Y104.775 F7800"),
    ]
)


def _layer_6(old: str, new: str) -> bytes:
    """The honest job with one change in the beginning of layer 6."""
    assert honest().count(_LAYER_6) == 1
    assert _LAYER_6.count(old.encode()) == 1
    return honest().replace(_LAYER_6, _LAYER_6.replace(old.encode(), new.encode()))


# One broken rule each, made good again before any other rule could notice.
ONE_RULE: dict[str, Callable[[], bytes]] = {
    "outside in front": lambda: _layer_6(
        "G1 F3600", "G1 X109 Y94 F7800\nG1 X109.368 Y104.368\nG1 F3600"
    ),
    "a gap of 0.1 mm": lambda: _layer_6("E.8 F1500", "E.8 F1500\nG1 X109.268 Y104.368 E0 F3600"),
    "printed while pulled back": lambda: _layer_6(
        "G1 E.8 F1500\n;TYPE:Perimeter\nG1 F3600\n" + _WALL.decode(),
        "G1 F3600\n" + _WALL.decode() + "\nG1 E.8 F1500\nG1 F3600",
    ),
    "given too slowly": lambda: _layer_6("E.8 F1500", "E.8 F1400"),
    "pulled back too far": lambda: _layer_6("E-.8 F2100", "E-.80001 F2100"),
    "a fan value for no line": lambda: _layer_6("G1 F3600", "M106 S128\nM106 S255\nG1 F3600"),
    "heat for no line": lambda: _layer_6("G1 F3600", "M104 S230\nM104 S210\nG1 F3600"),
    "bed heat for no line": lambda: _layer_6("G1 F3600", "M140 S80\nM140 S60\nG1 F3600"),
    "fan off for one line": lambda: _layer_6(
        "G1 X90.632 Y95.632 E.2957", "M107\nG1 X90.632 Y95.632 E.2957\nM106 S255"
    ),
    "a height between": lambda: _layer_6("G1 Z1.6", "G1 Z1.5 F7800\nG1 Z1.6"),
    "down aslant": lambda: _layer_6("G1 X109.368 Y104.368\nG1 Z1.4", "G1 X109.368 Y104.368 Z1.4"),
    "down while printing": lambda: _layer_6(
        "G1 Z1.4\nG1 E.8 F1500\n;TYPE:Perimeter\nG1 F3600\nG1 X90.632 Y104.368 E",
        "G1 E.8 F1500\nG1 F3600\nG1 X90.632 Y104.368 Z1.4 E",
    ),
    "a word of other recipes": lambda: _layer_6("G1 F3600", "M109 S210\nG1 F3600"),
    "a letter too many": lambda: _layer_6("G92 E0", "G92 E0 X100"),
    "a letter without meaning": lambda: _layer_6("G1 F3600", "G1 F3600 A1"),
    "a move of nothing": lambda: _layer_6("G1 F3600", "G1\nG1 F3600"),
    "no acceleration": lambda: _layer_6("G1 F3600", "M204\nG1 F3600"),
    "fast travel": lambda: _layer_6("G1 Z1.6 F7800", "G1 Z1.6 F7801"),
    "a leading zero": lambda: _layer_6("95.632 E.2957", "95.632 E00.2957"),
    "six decimals": lambda: _layer_6("95.632 E.2957", "95.632 E.295700"),
    "a slow line": lambda: _layer_6("G1 F3600", "G1 F599"),
    "a fast line": lambda: _layer_6("G1 F3600", "G1 F4801"),
    "too little in one line": lambda: _layer_6("E.2957", "E.28"),
    "too much in one line": lambda: _layer_6("E.2957", "E.3815"),
    "pulled back on the way": lambda: _layer_6("Y104.775 F7800", "Y104.775 E-.00001 F7800"),
    "heat after the last line": lambda: insert(
        line_of("G91", line_of("G1 Z5 F7800")), "M104 S230", "M104 S210"
    ),
}
HONEST_CHANGES: dict[str, Callable[[], bytes]] = {
    "fan set again": lambda: _layer_6("G1 F3600", "M106 S255\nM106 S0\nM106 S255\nG1 F3600"),
    "heat set again": lambda: _layer_6("G1 F3600", "M104 S210\nM140 S60\nG1 F3600"),
    "a speed that nothing moves at": lambda: _layer_6("G1 F3600", "G1 F9000\nG1 F3600"),
    "F of a line behind E": lambda: _layer_6("E.2957", "E.2957 F3600"),
    "numbers in other writing": lambda: _layer_6("95.632 E.2957", "95.6320 E0.29570"),
    "letters in another order": lambda: _layer_6(
        "G1 X90.632 Y95.632 E.2957", "G1 E0.29570 Y95.632 X90.632"
    ),
    "comments and spaces": lambda: _layer_6("E.2957", "E.2957   ;; E5"),
    "no line of its own for F": lambda: _layer_6("G1 F3600\n", "").replace(
        _WALL + b"\nG1 X90.632 Y95.632 E.2957", _WALL + b" F3600\nG1 X90.632 Y95.632 E.2957"
    ),
}


@pytest.mark.parametrize("name", sorted(ONE_RULE))
def test_one_broken_rule_is_seen_by_the_kernel_too(name: str) -> None:
    job = ONE_RULE[name]()
    assert _reference(job).verdict.refusals()
    assert _accept(job) is None


@pytest.mark.parametrize("name", sorted(HONEST_CHANGES))
def test_a_change_that_the_window_allows_is_accepted_by_both(name: str) -> None:
    assert _never_less_strict(HONEST_CHANGES[name]())


def test_the_kernel_counts_lines() -> None:
    most = look(honest()).lines
    assert _accept(honest(), **{"window.lines_at_most": most}) is not None
    assert _accept(honest(), **{"window.lines_at_most": most - 1}) is None


def test_bed_heat_that_a_layer_lacks_is_seen() -> None:
    rules = [
        {"from_layer": 0, "nozzle_c": 215, "bed_c": 60},
        {"from_layer": 1, "nozzle_c": 210, "bed_c": 59},
    ]
    signed = {"window.temperatures": rules}
    assert _accept(honest(), **signed) is None
    assert _accept(insert(line_of("M104 S210"), "M140 S59"), **signed) is not None


def _hundred_thousandths(low: int, high: int) -> st.SearchStrategy[str]:
    return st.integers(low, high).map(lambda value: f"{value / 100_000:.5f}")


# Values about the limits: of flow and width (0.078 to 0.105 mm³/mm of a 19 mm wall), of the box,
# of the height, of a retraction, of speeds.
_NEAR_LIMITS = st.one_of(
    _hundred_thousandths(61_000, 62_000).map(lambda e: (WALL, f"G1 X90.632 Y104.368 E{e}")),
    _hundred_thousandths(80_000, 83_000).map(lambda e: (WALL, f"G1 X90.632 Y104.368 E{e}")),
    _hundred_thousandths(8_999_000, 9_000_500).map(lambda x: (WALL, f"G1 X{x} Y104.368 E.655")),
    st.sampled_from(COMMANDS).flatmap(
        lambda n: st.sampled_from(["1.39", "1.401", "1.399", "1.6", "1.2", ".2", "-1"]).map(
            lambda z: (n, f"G1 Z{z} F7800")
        )
    ),
    st.tuples(st.sampled_from(COMMANDS), st.sampled_from(["G1 E.8 F1500", "G1 E-.8 F2100"])),
    st.tuples(
        st.sampled_from(COMMANDS),
        _hundred_thousandths(0, 1_000_000_000).map(lambda value: f"G1 F{value}"),
    ),
    st.tuples(
        st.sampled_from(COMMANDS),
        st.sampled_from(["M107", "M106 S255", "M106 S0", "M104 S210", "M104 S215", "G92 E0"]),
    ),
    st.tuples(st.sampled_from(COMMANDS), st.sampled_from(["G0 X100", "G1 Y100", "G1 X100 E0"])),
)


@MANY
@given(_NEAR_LIMITS, st.booleans(), st.booleans())
def test_near_the_limits_the_kernel_is_never_less_strict(
    change: tuple[int, str], between: bool, own: bool
) -> None:
    line, text = change
    if own:
        command = parse_command(text)
        assert isinstance(command, Command)
        text = PRUSA.line(command) or text
    job = insert(line + 1, text) if between else _swapped(line, text.encode())
    _never_less_strict(job, own)


@MANY
@given(st.data())
def test_any_edit_accepted_by_the_kernel_is_accepted_by_the_reference(data: st.DataObject) -> None:
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.sampled_from(COMMANDS))
        kind = data.draw(st.sampled_from(["drop", "twice", "swap", "byte", "value"]))
        if kind == "drop":
            lines[at] = b";"
        elif kind == "twice":
            lines[at] = lines[at] + b"\n" + lines[at]
        elif kind == "swap":
            lines[at], lines[at + 1] = lines[at + 1], lines[at]
        elif kind == "byte":
            place = data.draw(st.integers(0, max(0, len(lines[at]) - 1)))
            byte = data.draw(st.sampled_from(b"0123456789.-EFGMXYZS ;\n\r\t\xff"))
            lines[at] = lines[at][:place] + bytes([byte]) + lines[at][place + 1 :]
        else:
            letter = data.draw(st.sampled_from("XYZEFS"))
            number = data.draw(_hundred_thousandths(-20_000, 12_000_000))
            lines[at] = lines[at] + f" {letter}{number}".encode()
    _never_less_strict(b"\n".join(lines), data.draw(st.booleans()))


def test_the_kernel_accepts_the_least_and_greatest_flow_that_is_signed() -> None:
    """As the guard band is far below what a slicer can write, no honest value lies in it."""
    assert _never_less_strict(_swapped(WALL, b"G1 X90.632 Y104.368 E.61888"))
    assert not _never_less_strict(_swapped(WALL, b"G1 X90.632 Y104.368 E.60700"))


def _copy(data: bytes, lines_at_most: int) -> bytes | None:
    found = kernel()
    assert found is not None
    parts = [None if part is None else bytes(part) for part in pieces(found, data, lines_at_most)]
    return None if None in parts else b"".join(part for part in parts if part is not None)


def _same_as_reference(data: bytes, lines_at_most: int = 100) -> None:
    job = read_job(data, lines_at_most, Collector())
    assert _copy(data, lines_at_most) == (None if job is None else job.canonical())


@MANY
@given(st.lists(st.sampled_from(list("GM01 9XYEF.-;\n\r\t!*N\x00é")), max_size=60))
def test_near_gcode_has_one_copy(letters: list[str]) -> None:
    _same_as_reference("".join(letters).encode())


@MANY
@given(
    st.lists(
        st.text("0123456789.-", max_size=14)
        | st.from_regex(r"-?0{0,2}[0-9]{0,4}\.?[0-9]{0,7}", fullmatch=True),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["XYE", "XYEF", "XYZ", "ABCD", "SPTX", "EYXF"]),
    st.sampled_from(["", " ", "   ; c", ";G1 X1", " ;\n; d"]),
    st.sampled_from([0, 60, 200]),
)
def test_numbers_mean_the_same(values: list[str], letters: str, end: str, spare: int) -> None:
    words = " ".join(f"{letter}{value}" for letter, value in zip(letters, values, strict=False))
    _same_as_reference(f"G1 {words}{end}\n".encode() + b";" * spare + b"\n")


@pytest.mark.parametrize(
    "text",
    [
        *("G28 X", "G28 X Y Z", "G28 E", "M84 E X", "M84", "G1 X", "G28 X1 Y", "M117", "G01 X1"),
        *("G0", "M9999", "M10000", "G1 X-0", "G1 X-0.0", "G1 X000001", "G1 X1.", "G1 X.", "G1 X-"),
        *("G1 X999999.99999", "G1 X1000000", "G1 X.000001", "G1  X1", " G1 X1", "G1 X1 ", "G1 XX1"),
        *("G1 X00.5 Y1.5 E.5", "G1 X1.5 Y07.5 E.5", "G1 X1.5 Y2.5 E00.5", "G1 X1.5 Y.50 E0.0"),
        *("G1 X.123456 Y1.5 E.5", "G1 X1.5 Y2.123456 E.5", "G1 X1.5 Y2.5 E.1234567"),
        *("G1 X12345.5 Y1.5 E.5", "G1 X1.5 Y1234567.5 E.5", "G1 X1.5 Y2.5 E1.5.5"),
        *("G1 X1 X1", "G1 N5", "G1 X1 G2", "T0", "G1\tX1", "G1 X1e5", "G1 X+1", "G1 X1Y2", "G1;"),
        "G1 " + " ".join(f"{letter}.00001" for letter in "ABCDEFHIJK"),
        "G1 X1 ;" + "c" * 248,
        "G1 X1 ;" + "c" * 249,
        ";" + "c" * 65_535,
        ";" + "c" * 65_536,
        " " * 65_537,
    ],
)
def test_lines_of_the_grammar_and_others(text: str) -> None:
    _same_as_reference(text.encode() + b"\n")
    _same_as_reference(f"G1 X1 Y2 E.3\n{text}\nG1 X1.5 Y2.25 E.30\n".encode() + b"; c\n" * 40)


def test_copies_are_bounded_like_jobs() -> None:
    for count in (99, 100, 101):
        _same_as_reference(b"G1 X1.5 Y2.5 E.5\n" * count)
        _same_as_reference(b"G1 X1\n" + b"\n" * (10_299 - 100 + count))
    _same_as_reference(b"")
    _same_as_reference(b"; nothing\n")
    _same_as_reference(b"G1 X1")


def test_a_long_copy_comes_in_pieces() -> None:
    job = b"".join(b"G1 X%d.%03d Y2.5 E.5\n" % (n % 200, n % 1000) for n in range(40_000))
    _same_as_reference(job, 40_000)
    found = kernel()
    assert found is not None
    assert same_copy(found, job, b"; comment\n" + job.replace(b".5 ", b".50 "), 40_000)
    assert not same_copy(found, job, job[:-17], 40_000)
    assert not same_copy(found, job, job.replace(b"X7.007", b"X7.006"), 40_000)


@pytest.mark.parametrize(
    ("head", "same"),
    [
        (b"; by hand\n", True),
        (b";\n", True),
        (b";" + b"x" * 250 + b"\n", True),
        (b";" + b"x" * 251 + b"\n", False),
        *((head, False) for head in (b"", b"G1 X1\n", b" ; a\n", b"; a\r\n", b"; \xe4\n", b";")),
        *((head, False) for head in (b"; a\n; b\n", b"; a\n\n", b"; \0\n", b"\n")),
    ],
)
def test_a_file_with_another_remark_on_top_is_the_same_job(head: bytes, same: bool) -> None:
    body = b"G1 X1 Y2.5 E.5\n" * 30_000
    job = b"; generated by a slicer\n" + body
    assert same_but_for_a_remark(job, head + body) is same
    if same:
        found = kernel()
        assert found is not None
        assert same_copy(found, job, head + body, 40_000)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 200), st.binary(max_size=2))
def test_what_is_the_same_but_for_a_remark_has_the_same_copy(
    head: bytes, place: int, change: bytes
) -> None:
    job = b"; 1\nG1 X1 Y2\nG1 X7.007 Y2.5 E.5\n; end\n"
    body = job[4 : 4 + place] + change + job[4 + place + len(change) :]
    other = b";" + head + b"\n" + body
    found = kernel()
    assert found is not None
    if same_but_for_a_remark(job, other):
        assert same_copy(found, job, other, 40_000)
