"""The kernel rule by rule: what breaks one it leaves, near the limits it is never less strict."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdps_plugin.toolpath.grammar import Command, parse_command
from mdps_plugin.toolpath.writing import PRUSA

from .both import MANY, WALL, kernel_alone, never_less_strict, reference_alone, swapped
from .parts import (
    honest,
    insert,
    line_of,
    look,
)
from .test_properties import COMMANDS, LINES

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
    assert reference_alone(job).verdict.refusals()
    assert kernel_alone(job) is None


@pytest.mark.parametrize("name", sorted(HONEST_CHANGES))
def test_a_change_that_the_window_allows_is_accepted_by_both(name: str) -> None:
    assert never_less_strict(HONEST_CHANGES[name]())


def test_the_kernel_counts_lines() -> None:
    most = look(honest()).lines
    assert kernel_alone(honest(), **{"window.lines_at_most": most}) is not None
    assert kernel_alone(honest(), **{"window.lines_at_most": most - 1}) is None


def test_bed_heat_that_a_layer_lacks_is_seen() -> None:
    rules = [
        {"from_layer": 0, "nozzle_c": 215, "bed_c": 60},
        {"from_layer": 1, "nozzle_c": 210, "bed_c": 59},
    ]
    signed = {"window.temperatures": rules}
    assert kernel_alone(honest(), **signed) is None
    assert kernel_alone(insert(line_of("M104 S210"), "M140 S59"), **signed) is not None


def hundred_thousandths(low: int, high: int) -> st.SearchStrategy[str]:
    return st.integers(low, high).map(lambda value: f"{value / 100_000:.5f}")


# Values about the limits: of flow and width (0.078 to 0.105 mm³/mm of a 19 mm wall), of the box,
# of the height, of a retraction, of speeds.
_NEAR_LIMITS = st.one_of(
    hundred_thousandths(61_000, 62_000).map(lambda e: (WALL, f"G1 X90.632 Y104.368 E{e}")),
    hundred_thousandths(80_000, 83_000).map(lambda e: (WALL, f"G1 X90.632 Y104.368 E{e}")),
    hundred_thousandths(8_999_000, 9_000_500).map(lambda x: (WALL, f"G1 X{x} Y104.368 E.655")),
    st.sampled_from(COMMANDS).flatmap(
        lambda n: st.sampled_from(["1.39", "1.401", "1.399", "1.6", "1.2", ".2", "-1"]).map(
            lambda z: (n, f"G1 Z{z} F7800")
        )
    ),
    st.tuples(st.sampled_from(COMMANDS), st.sampled_from(["G1 E.8 F1500", "G1 E-.8 F2100"])),
    st.tuples(
        st.sampled_from(COMMANDS),
        hundred_thousandths(0, 1_000_000_000).map(lambda value: f"G1 F{value}"),
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
    job = insert(line + 1, text) if between else swapped(line, text.encode())
    never_less_strict(job, own)


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
            number = data.draw(hundred_thousandths(-20_000, 12_000_000))
            lines[at] = lines[at] + f" {letter}{number}".encode()
    never_less_strict(b"\n".join(lines), data.draw(st.booleans()))


def test_the_kernel_accepts_the_least_and_greatest_flow_that_is_signed() -> None:
    """As the guard band is far below what a slicer can write, no honest value lies in it."""
    assert never_less_strict(swapped(WALL, b"G1 X90.632 Y104.368 E.61888"))
    assert not never_less_strict(swapped(WALL, b"G1 X90.632 Y104.368 E.60700"))
