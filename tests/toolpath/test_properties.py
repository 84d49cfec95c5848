"""What holds for any bytes, and what the rings guarantee together of any changed honest job.

Rings A, B and C accept a changed job only if it prints the same lines, with the same heat and fan,
as the second slicing. Rings A and C alone accept a changed line as long as it keeps every limit of
the process window and of the layer it lies in: that is all they promise.
"""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdps_plugin.toolpath.collect import Collector
from mdps_plugin.toolpath.reader import read_job

from .parts import BEYOND, honest, look

LINES = honest().split(b"\n")
# The lines that slicer comments do not take up.
COMMANDS = [n for n, raw in enumerate(LINES) if raw and not raw.startswith(b";")]
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(st.binary(max_size=300), st.integers(0, len(honest())), st.integers(0, 300))
def test_any_damage_ends_in_a_verdict(data: bytes, at: int, gap: int) -> None:
    examination = look(honest()[:at] + data + honest()[at + gap :], rings="AC")
    assert examination.verdict.accepted or examination.verdict.findings


@given(st.binary(max_size=500))
@settings(max_examples=100, deadline=None)
def test_arbitrary_bytes_are_refused(data: bytes) -> None:
    assert not look(data, rings="A").verdict.accepted


def _number() -> st.SearchStrategy[str]:
    return st.integers(-20_000, 20_000_000).map(lambda value: f"{value / 100_000:.5f}")


_EDITS = st.one_of(
    st.tuples(st.just("drop"), st.sampled_from(COMMANDS), st.just("")),
    st.tuples(st.just("twice"), st.sampled_from(COMMANDS), st.just("")),
    st.tuples(st.just("swap"), st.sampled_from(COMMANDS), st.just("")),
    st.tuples(
        st.sampled_from(["X", "Y", "Z", "E", "F", "S"]), st.sampled_from(COMMANDS), _number()
    ),
)


def _edited(kind: str, at: int, text: str) -> bytes:
    lines = list(LINES)
    if kind == "drop":
        del lines[at]
    elif kind == "twice":
        lines.insert(at, lines[at])
    elif kind == "swap":
        lines[at], lines[at + 1] = lines[at + 1], lines[at]
    else:
        words = lines[at].split(b";")[0].split()
        kept = [word for word in words if not word.startswith(kind.encode())]
        lines[at] = b" ".join([*kept, f"{kind}{text}".encode()])
    return b"\n".join(lines)


def _canonical(gcode: bytes) -> list[bytes]:
    job = read_job(gcode, 100_000, Collector())
    return [] if job is None else job.canonical().split(b"\n")


def _settings(lines: list[bytes]) -> list[bytes]:
    return [line for line in lines if not line.startswith((b"G1", b"G0", b"G92"))]


def _prints(lines: list[bytes]) -> Counter[bytes]:
    return Counter(line for line in lines if line.startswith(b"G1 X") and b" E" in line)


HONEST = _canonical(honest())


@SLOW
@given(_EDITS)
def test_with_all_rings_an_accepted_change_prints_the_same(edit: tuple[str, int, str]) -> None:
    examination = look(_edited(*edit), rings="ABC", reslice=honest())
    if examination.verdict.accepted:
        lines = examination.canonical.split(b"\n")
        assert _settings(lines) == _settings(HONEST)
        assert {line.rpartition(b" F")[0] or line for line in _prints(lines)} == {
            line.rpartition(b" F")[0] or line for line in _prints(HONEST)
        }


@SLOW
@given(_EDITS)
def test_without_ring_b_an_accepted_change_keeps_the_limits(edit: tuple[str, int, str]) -> None:
    examination = look(_edited(*edit), rings="AC")
    if examination.verdict.accepted:
        summary = examination.summary
        assert summary is not None
        assert summary.nozzle_c == (210.0, 215.0)
        assert summary.fan == (0.0, 255.0)
        assert summary.layers == 25
        assert summary.max_speed_mm_s <= 130
        (left, front, low), (right, back, high) = summary.extents_mm
        assert (low, high) == (0.2, 5.0)
        assert min(left - 90, front - 95, 110 - right, 105 - back) >= 0.225 - BEYOND
        assert look(examination.canonical, rings="AC").canonical == examination.canonical
