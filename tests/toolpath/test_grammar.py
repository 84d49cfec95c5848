"""One line: what is read, what is refused, and that text and values are the same thing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdps_plugin.toolpath.grammar import (
    MAX_CANONICAL_BYTES,
    Command,
    LineFault,
    emit,
    number_text,
    parse_command,
    parse_number,
)

NUMBERS = st.integers(min_value=-(10**11) + 1, max_value=10**11 - 1)
COMMANDS = st.builds(
    lambda word, letters: Command(
        word, tuple((letter, letters[letter]) for letter in "XYZEFBDPRST" if letter in letters)
    ),
    st.sampled_from(["G0", "G1", "G92", "M104", "M204"]),
    st.dictionaries(st.sampled_from(list("XYZEFPRST")), NUMBERS, max_size=4),
)


@pytest.mark.parametrize(
    ("text", "value", "canonical"),
    [
        (".2", 20_000, "0.2"),
        ("-.8", -80_000, "-0.8"),
        ("12", 1_200_000, "12"),
        ("12.50", 1_250_000, "12.5"),
        ("0", 0, "0"),
        ("-0", 0, "0"),
        ("0.00001", 1, "0.00001"),
        ("999999.99999", 99_999_999_999, "999999.99999"),
    ],
)
def test_numbers_as_slicers_write_them(text: str, value: int, canonical: str) -> None:
    assert parse_number(text) == value
    assert number_text(value) == canonical


@pytest.mark.parametrize(
    "text",
    [
        *("", "-", ".", "-.", "5.", "+5", "007", "00.5", "1e3", "0x10", "1_0", "1.234567"),
        *("inf", "nan", "1234567", "--1", "1.2.3", " 1", "٣", "1,5"),
    ],
)
def test_numbers_that_two_parsers_could_read_differently(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("g1 X1", "G1 x1", "G01 X1", "G1.1 X1", "G1X10", "G1  X1", " G1 X1", "N1 G1 X1*99"),
        *("G1 X1*99", "G1 X", "G1 X1 X2", "G1 X1e3", "G1 X0x10", "G1 X1.", "G1 X+1", "G1 Xinf"),
        *("T0", "D2", "M117 Hello", 'M118 "x"', "M118 A1 P0 //action:start", "@pause", "!", "{x}"),
        *("G1 X1 G28", "G1 X1 M104", "M104 S210 T", "G28 X0.0000001", "X10", "G", "M", "G99999"),
        *("G1\tX1", "(note) G1 X1", "G1 X1 %", "SAVE_CONFIG", "G92 E", "M106 S[fan]", "G1 X1,5"),
    ],
)
def test_lines_that_are_no_plain_command(text: str) -> None:
    assert isinstance(parse_command(text), LineFault)


@pytest.mark.parametrize("text", ["G28", "G28 X", "G28 X Y Z", "M84", "M84 X E", "M107"])
def test_bare_letters_where_they_have_a_meaning(text: str) -> None:
    command = parse_command(text)
    assert isinstance(command, Command)
    assert emit(command) == text


def test_letters_stand_in_one_order() -> None:
    command = parse_command("G1 F1800 E.5 Y2 X1")
    assert isinstance(command, Command)
    assert emit(command) == "G1 X1 Y2 E0.5 F1800"


def test_a_line_longer_than_the_printer_reads_is_refused() -> None:
    words = [f"{letter}-123456.12345" for letter in "XYZEFS"]
    assert isinstance(parse_command(" ".join(["G1", *words[:4]])), Command)
    fault = parse_command(" ".join(["G1", *words]))
    assert isinstance(fault, LineFault)
    assert fault.limit == MAX_CANONICAL_BYTES


@given(NUMBERS)
def test_a_number_survives_the_way_there_and_back(value: int) -> None:
    assert parse_number(number_text(value)) == value


@given(COMMANDS)
def test_a_command_survives_the_way_there_and_back(command: Command) -> None:
    text = emit(command)
    again = parse_command(text)
    if len(text) > MAX_CANONICAL_BYTES:
        assert isinstance(again, LineFault)
    else:
        assert again == command


@given(st.text(alphabet=[chr(code) for code in range(32, 127)], min_size=1, max_size=90))
def test_any_printable_text_is_a_command_or_a_fault(text: str) -> None:
    command = parse_command(text)
    if isinstance(command, Command):
        canonical = emit(command)
        assert len(canonical) <= MAX_CANONICAL_BYTES
        assert parse_command(canonical) == command
    else:
        assert command.kind.code.startswith("TP-")
