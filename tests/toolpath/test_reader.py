"""Files as bytes: what is no job is named with its line, and never raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdps_plugin.toolpath.collect import PER_KIND, SHOWN, Collector
from mdps_plugin.toolpath.reader import read_job


def _read(data: bytes, most: int = 1000) -> tuple[object, list[tuple[str, int | None]]]:
    found = Collector()
    job = read_job(data, most, found)
    return job, [(finding.code, finding.where.line) for finding in found.result()]


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"", "TP-001", None),
        (b"; only a comment\n\n", "TP-001", None),
        (b"G1 X1\nG1 X\xff2\n", "TP-003", 2),
        (b"G1 X1\n\x00\n", "TP-003", 2),
        (b"G1\tX1\n", "TP-003", 1),
        (b"G1 X1 ; \xc3\xa4\n", "TP-003", 1),
        (b"\xef\xbb\xbfG1 X1\n", "TP-003", 1),
        (b"\x7fELF\x02\x01\x01\x00", "TP-003", 1),
        (b"G1 X1\r\nG1 X2\r\n", "TP-004", 1),
        (b"G1 X1\nG1 X2\rG1 X3\n", "TP-004", 2),
        (b"G1 X1\nG1 X2", "TP-005", 2),
        (b"G1 X1 ;" + b"c" * 300 + b"\n", "TP-006", 1),
        (b";" + b"c" * 70_000 + b"\n", "TP-006", 1),
        (b"G1 X1\n" + b"G" * (10 * 1024 * 1024) + b"\n", "TP-006", 2),
        (b"G1 X1\n" + b"1" * (10 * 1024 * 1024), "TP-005", 2),
        (b"G1 X1\r\n\x89PNG\n", "TP-003", 2),
        (b"G1 X1\n" * 1001, "TP-011", 1001),
        (b"\n" * 20_000, "TP-011", 13_001),
        (b"g1\n" * 20_000, "TP-011", 13_001),
    ],
)
def test_a_file_that_is_no_job(data: bytes, code: str, line: int | None) -> None:
    job, found = _read(data)
    assert job is None
    assert (code, line) in found


def test_comments_and_blank_lines_are_no_part_of_the_job() -> None:
    found = Collector()
    job = read_job(b"; a\n\n  \nG1 X1 ; b ; c\n;G1 X5\nM107;d\n", 10, found)
    assert job is not None
    assert found.count == 0
    assert job.canonical() == b"G1 X1\nM107\n"
    assert list(job.lines) == [4, 6]


def test_a_long_comment_line_of_a_slicer_is_read() -> None:
    job, found = _read(b"; start_gcode = " + b"G1 X1\\n" * 500 + b"\nG1 X1\n")
    assert job is not None
    assert found == []


def test_findings_stay_readable() -> None:
    data = b"G1 X\n" * 500 + b"g1\n" * 500
    found = Collector()
    assert read_job(data, 5000, found) is None
    result = found.result()
    assert len(result) == 2 * PER_KIND + 1 <= SHOWN
    assert result[-1].code == "TP-099"
    assert result[-1].measured == 1000 - 2 * PER_KIND


@given(st.binary(max_size=400))
def test_any_bytes_are_a_job_or_findings(data: bytes) -> None:
    found = Collector()
    job = read_job(data, 100, found)
    assert (job is None) == any(finding.refuses for finding in found.result())


@given(st.lists(st.sampled_from(list("GM01 9XYEF.-;\n\r\t!*N\x00é")), max_size=60))
def test_near_gcode_is_a_job_or_findings(letters: list[str]) -> None:
    data = "".join(letters).encode()
    found = Collector()
    job = read_job(data, 100, found)
    assert (job is None) == any(finding.refuses for finding in found.result())
    if job is not None:
        again = read_job(job.canonical(), 100, Collector())
        assert again is not None
        assert again.canonical() == job.canonical()
