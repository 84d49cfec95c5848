"""The columnar reader and the plain reference: the same commands, lines and findings, always."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.toolpath import reader
from mdps_plugin.toolpath.collect import Collector
from mdps_plugin.toolpath.columns import read_chunk
from mdps_plugin.toolpath.reader import Job, read_job

from .parts import honest

NUMBERS = st.one_of(
    st.sampled_from(
        [
            *("1e5", "+1", "--5", "1.2.3", "12345678901234567890", "-.8", ".2", "-0", "00.1", "5."),
            *("", "-", ".", "-.", "0", "-0.0", "0.0", "12.50", "100", "1.00000", "999999.99999"),
            *(
                "1000000",
                "1234",
                "-12345.6",
                "123456.1",
                "0123",
                "01",
                "1.123456",
                "-0.00001",
                "x1",
            ),
            *(
                "0x10",
                "1,5",
                "inf",
                "nan",
                "1_0",
                "1-",
                "1 2",
                "1:2",
                "1/2",
                "-.00000",
                "21474.83648",
            ),
        ]
    ),
    st.from_regex(r"-?[0-9]{0,7}(\.[0-9]{0,6})?", fullmatch=True),
    st.text(alphabet="0123456789.-+eE /:", max_size=8),
)
LETTERS = st.sampled_from(list("XYZEFSPTGMNIJAWxe*;!"))
WORDS = st.builds(lambda letter, number: letter + number, LETTERS, NUMBERS)
HEADS = st.sampled_from(
    [
        *("G1", "G0", "G1", "G92", "M104", "M106", "M107", "G28", "M84", "M9999", "M10000", "G01"),
        *(
            "G1.1",
            "g1",
            "G",
            "M",
            "T0",
            "N1",
            "G-1",
            "G-0",
            "G1e1",
            "G00",
            "G1X1",
            "M117",
            "X1",
            "@",
        ),
    ]
)
GAPS = st.sampled_from([" "] * 12 + ["  ", "\t", ""])
ENDS = st.sampled_from(
    [""] * 6 + [" ", "  ", ";", " ; c", "; X1 ;", ";" + "c" * 250, " ;" + " " * 300]
)


@st.composite
def _lines(draw: st.DrawFn) -> str:
    gap = draw(GAPS)
    words = draw(st.lists(WORDS, max_size=6))
    return draw(HEADS) + "".join(gap + word for word in words) + draw(ENDS)


@st.composite
def _long_lines(draw: st.DrawFn) -> str:
    """Lines about the lengths at which something changes."""
    words = "".join(
        f" {letter}{draw(NUMBERS)}" for letter in draw(st.permutations(list("XYZEFSPT")))
    )
    line = f"G1{words} "
    return line[: draw(st.sampled_from([58, 60, 62, 78, 79, 80, 81, 82, 96, 97]))]


ODD = st.sampled_from(
    [
        *("", " ", ";", ";a", "  ;", "G28 X Y", "M84 X E", "G28 X0", "G1 X", "M107 ", "G1 E.5 E.6"),
        *("G1 F1800 X1 Y2 E.5", "G1 E-.5 F2100", "G1 X1 Y2 X3", "G1 S1 A2", ";" + "c" * 65_535),
        *(
            ";" + "c" * 65_536,
            "G1 X1 ;" + "c" * 250,
            "G1 X1 E-.00000",
            "G1 A-.5 E.",
            "G1 E-.",
            "G1 E",
        ),
    ]
)
TAILS = st.sampled_from(
    [b""] * 8 + [b"G1 X1", b"\x00\n", b"\r\n", b"\xff\n", b"G1\tX1\n", b"\xc3\xa4\n"]
)
STARTS = st.sampled_from([b""] * 12 + [b"\xef\xbb\xbf", b"\xff\xfe", b"\xff\xfb"])


def _same(data: bytes, most: int) -> None:
    fast, slow = Collector(), Collector()
    job, wanted = read_job(data, most, fast), read_job(data, most, slow, plainly=True)
    assert fast.result() == slow.result()
    assert fast.count == slow.count
    assert (job is None) == (wanted is None)
    if job is not None and wanted is not None:
        _equal(job, wanted)


def _equal(job: Job, wanted: Job) -> None:
    assert list(job.commands) == list(wanted.commands)
    assert list(job.lines) == list(wanted.lines)
    assert job.canonical() == wanted.canonical()
    text = [job.text(index) + "\n" for index in range(len(job))]
    assert job.canonical() == "".join(text).encode()


@given(
    STARTS,
    st.lists(st.one_of(_lines(), _long_lines(), ODD, st.just("G1 X10.5 Y20.25 E.03")), max_size=12),
    TAILS,
    st.sampled_from([3, 1000]),
)
@settings(max_examples=250, deadline=None)
def test_hostile_lines_are_read_as_the_reference_reads_them(
    start: bytes, lines: list[str], tail: bytes, most: int
) -> None:
    text = "".join(line + "\n" for line in lines)
    _same(start + text.encode() + tail, most)


@given(st.lists(_lines().filter(lambda line: "\t" not in line), min_size=1, max_size=8))
@settings(max_examples=100, deadline=None)
def test_each_line_is_read_alone_as_among_others(lines: list[str]) -> None:
    """A wrong line must not change how its neighbours are read."""
    for line in lines:
        _same(f"{line}\n".encode(), 1000)
        _same(f"G1 X1.5 E.2\n{line}\nG1 F1200 Y-3 E-.5\n".encode(), 1000)


@pytest.mark.parametrize("around", ["G1 X{}", "G1 E{} F12", "M104 S{}", "{} X1", "G1 {}"])
def test_every_short_word_is_read_as_the_reference_reads_it(around: str) -> None:
    short = [
        "".join(word) for size in range(5) for word in itertools.product("G10.-E", repeat=size)
    ]
    _same("".join(f"{around.format(word)}\n" for word in short).encode(), 10_000)
    for word in short[:259]:
        _same(f"{around.format(word)}\nG1 X1\n".encode(), 10_000)


@pytest.mark.parametrize("whole", range(8))
@pytest.mark.parametrize("part", range(7))
def test_numbers_of_every_length_are_exact(whole: int, part: int) -> None:
    digits = "9182736"[:whole] + ("." + "506172"[:part] if part else "")
    lines = [f"G1 {letter}{sign}{digits}" for letter in "XEFS" for sign in ("", "-")]
    for line in lines:
        _same(f"{line}\n".encode(), 100)
    _same("".join(f"{line}\n" for line in lines).encode(), 100)


def test_chunks_meet_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    for size in (50, 97, 1000):
        monkeypatch.setattr(reader, "CHUNK_BYTES", size)
        _same(honest(), 100_000)
        _same(honest().replace(b"G1 X9", b"G1 F1 X9"), 100_000)


@pytest.mark.parametrize("most", [1, 5, 6, 7])
def test_too_many_commands_are_found_at_the_same_line(most: int) -> None:
    for odd in ("G1 Z.2", "G1 X1 X1", "; c"):
        _same(f"G1 X1\n{odd}\n".encode() * 6, most)


def test_lines_as_slicers_write_them_are_read_without_the_reference() -> None:
    """Else reading would be as slow as the reference: this is what the columns are for."""
    lines = honest().split(b"\n")
    assert [lines[odd] for odd in read_chunk(honest(), 70_000).odd] == [b"G28 X"]
    cura = (
        b"M82 ;absolute extrusion mode\n;LAYER:0\nG0 F7200 X130.2 Y114.73 Z0.2\n;TYPE:WALL-INNER\n"
        b"G1 F2100 E0.8\nG1 F1200 X-30.927 Y0.66 E12345.02733\nM106 S127.5\nG92 E0\n"
    )
    chunk = read_chunk(cura, 256)
    assert len(chunk.odd) == 0
    assert b"G0 X130.2 Y114.73 Z0.2 F7200\nG1 E0.8 F2100\n" in chunk.text


def test_values_that_need_64_bits_come_after_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "CHUNK_BYTES", 64)
    small, large = b"G1 X1 Y2 E.5\n" * 20, b"G1 X99999.5 E-123456.78901\n"
    _same(small + large + small, 1000)
    _same(small + b"G28 X\nM84 E\n" + large + b"G28 X Y\n" + small, 1000)
