"""The two dialogues and the reading of printer lines, against what Marlin was recorded to say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.interlock import printer_dialogue as dialogue
from mdps_plugin.interlock.host_dialogue import MAX_LINE, HostDialogue, HostLineKind, feed
from mdps_plugin.interlock.printer_dialogue import Acked, Loss, LossKind, PrinterDialogue, Ready
from mdps_plugin.interlock.replies import ReplyKind, read_reply

from .bench import numbered

LINE, REPEATED = HostLineKind.LINE, HostLineKind.REPEATED
RESEND, MALFORMED = HostLineKind.RESEND, HostLineKind.MALFORMED


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"M105\n", [(LINE, "M105")]),
        (b"M105\r\n\n\r", [(LINE, "M105")]),
        (b"M105\rG28\n", [(LINE, "M105"), (LINE, "G28")]),
        (numbered(1, "M105"), [(LINE, "M105")]),
        (numbered(1, "M105") * 2, [(LINE, "M105"), (REPEATED, "M105")]),
        (numbered(2, "M105"), [(RESEND, "N2 M105*37")]),
        (b"N1 M105*99\n", [(RESEND, "N1 M105*99")]),
        (b"N1 M105\n", [(RESEND, "N1 M105")]),
        (b"N1 M105*38*38\n", [(RESEND, "N1 M105*38*38")]),
        (numbered(7, "M110 N99") + numbered(100, "G28"), [(LINE, "M110 N99"), (LINE, "G28")]),
        (b"M110 N4\n" + numbered(5, "G28"), [(LINE, "M110 N4"), (LINE, "G28")]),
        (b"M1\x0005\n", [(MALFORMED, "M1\\x0005")]),
        (b"\xff\xfeM105\n", [(MALFORMED, "\\\\xff\\\\xfeM105")]),
        (b"M105\tG28\n", [(MALFORMED, "M105\\tG28")]),
    ],
)
def test_bytes_from_octoprint_become_whole_lines(
    data: bytes, expected: list[tuple[HostLineKind, str]]
) -> None:
    _, lines = feed(HostDialogue(), data)
    assert [(line.kind, line.text) for line in lines] == expected


def test_an_over_long_line_is_refused_once_and_its_tail_is_no_line() -> None:
    state, lines = feed(HostDialogue(), b"G1 " + b"X" * MAX_LINE)
    state, more = feed(state, b"M104 S200")
    state, rest = feed(state, b" M104 S200\nM105\n")
    assert [line.kind for line in lines + more + rest] == [MALFORMED, LINE]
    assert rest[0].text == "M105"


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=6))
def test_how_the_bytes_are_cut_makes_no_difference(data: bytes, cuts: list[int]) -> None:
    whole_state, whole = feed(HostDialogue(), data)
    state, pieces, position = HostDialogue(), [], 0
    for cut in [*sorted(cuts), len(data)]:
        state, lines = feed(state, data[position:cut])
        position = max(position, min(cut, len(data)))
        pieces += lines
    assert (state, pieces) == (whole_state, whole)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ok N7 P15 B3", ReplyKind.OK),
        ("ok T:21.99 /0.00 B:22.15 /0.00 @:0 B@:0", ReplyKind.OK),
        ("Resend: 7", ReplyKind.RESEND),
        ("rs 7", ReplyKind.RESEND),
        ("echo:busy: processing", ReplyKind.BUSY),
        ("echo:busy: paused for user", ReplyKind.WAITS_FOR_USER),
        ("start", ReplyKind.START),
        ("Error:checksum mismatch, Last Line: 1", ReplyKind.NUMBERING),
        ("Error:Line Number is not Last Line Number+1, Last Line: 3", ReplyKind.NUMBERING),
        ("Error:No Checksum with line number, Last Line: 2", ReplyKind.NUMBERING),
        ("Error:Printer halted. kill() called!", ReplyKind.FAULT),
        ("Error:Thermal Runaway, system stopped! Heater_ID: E0", ReplyKind.FAULT),
        ("!!", ReplyKind.FAULT),
        ("//action:resume", ReplyKind.ACTION),
        ("echo: cold extrusion prevented", ReplyKind.NOT_DONE),
        ('echo:Unknown command: "G999"', ReplyKind.NOT_DONE),
        ("SD printing byte 12/345", ReplyKind.SD),
        (" T:22.11 /0.00 B:22.07 /0.00 @:0 B@:0", ReplyKind.TEMPERATURE),
        ("T:46.92 /60.00 B:22.23 /40.00 @:127 B@:127 W:?", ReplyKind.TEMPERATURE),
        ("X:10.00 Y:0.00 Z:0.00 E:0.00 Count X:800 Y:0 Z:0", ReplyKind.POSITION),
        ("echo:SD card ok", ReplyKind.OTHER),
        ("o3", ReplyKind.OTHER),
        ("okay", ReplyKind.OTHER),
    ],
)
def test_what_the_printer_says_is_told_apart(text: str, kind: ReplyKind) -> None:
    assert read_reply(text.encode()).kind is kind


def test_temperatures_are_read_with_their_targets() -> None:
    seen = read_reply(b"ok T:24.10 /200.00 B:21.91 /-1.00 @:127").temperatures
    assert seen is not None
    assert (seen.nozzle_c, seen.nozzle_target_c) == (24.10, 200.0)
    assert (seen.bed_c, seen.bed_target_c) == (21.91, -1.0)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80))
def test_no_printer_line_breaks_the_reading(data: bytes) -> None:
    assert read_reply(data).text is not None


def ready(now: float = 0.0) -> PrinterDialogue:
    state, written = dialogue.opened(now)
    assert written == b"N0 M110 N0*125\n"
    state, heard, _ = dialogue.receive(state, b"start\nMarlin\nok N0 P15 B3\n", now)
    assert not any(isinstance(item, Ready) for item in heard)
    state, heard, _ = dialogue.tick(state, now + dialogue.GREETING_QUIET_S, 8.0)
    assert any(isinstance(item, Ready) for item in heard)
    return state


def acked(heard: list[dialogue.Heard]) -> list[str]:
    return [item.sent.command for item in heard if isinstance(item, Acked)]


def test_a_bare_ok_belongs_to_the_line_under_way() -> None:
    state, written = dialogue.send(ready(), "G28", 0.0)
    assert written == b"N1 G28*18\n"
    assert not state.free
    state, heard, _ = dialogue.receive(state, b"ok\n", 0.0)
    assert acked(heard) == ["G28"]
    assert state.free


def test_only_an_ok_with_temperatures_answers_a_query_for_them() -> None:
    state, _ = dialogue.send(ready(), "M105", 0.0)
    state, heard, _ = dialogue.receive(state, b"ok\nok P15 B3\n", 0.0)
    assert acked(heard) == []
    state, heard, _ = dialogue.receive(state, b"ok T:1 /0 B:1 /0\n", 0.0)
    assert acked(heard) == ["M105"]


def test_an_ok_for_another_number_is_nobodys() -> None:
    state, _ = dialogue.send(ready(), "G28", 0.0)
    state, heard, _ = dialogue.receive(state, b"ok N7 P15 B3\n", 0.0)
    assert acked(heard) == []


def test_a_resend_repeats_the_line_after_its_bare_ok() -> None:
    state, written = dialogue.send(ready(), "G28", 0.0)
    said = b"Error:checksum mismatch, Last Line: 0\nResend: 1\nok\n"
    state, heard, again = dialogue.receive(state, said, 0.1)
    assert acked(heard) == []
    assert again == written
    state, heard, _ = dialogue.receive(state, b"ok N1 P15 B3\n", 0.2)
    assert acked(heard) == ["G28"]


def test_a_resend_without_its_ok_is_answered_too() -> None:
    state, written = dialogue.send(ready(), "G28", 0.0)
    state, _, again = dialogue.receive(state, b"Resend: 1\n", 0.1)
    assert again == b""
    _, _, again = dialogue.tick(state, 1.0, 8.0)
    assert again == written


def test_a_lost_ok_is_found_out_with_a_query_behind_the_repeated_line() -> None:
    """Marlin swallows the repeated number; the answer to the query says that it was taken."""
    state, written = dialogue.send(ready(), "G28", 0.0)
    state, heard, again = dialogue.tick(state, 9.0, 8.0)
    assert heard == []
    assert again == written + numbered(2, "M105")
    state, heard, _ = dialogue.receive(state, b"ok T:1 /0 B:1 /0\n", 9.1)
    assert acked(heard) == ["G28"]
    assert state.free
    assert state.number == 3


def test_a_dropped_line_is_taken_the_second_time() -> None:
    state, _ = dialogue.send(ready(), "G28", 0.0)
    state, _, _ = dialogue.tick(state, 9.0, 8.0)
    state, heard, _ = dialogue.receive(state, b"ok N1 P15 B3\nok T:1 /0 B:1 /0\n", 9.1)
    assert acked(heard) == ["G28"]
    assert state.free


def test_a_lost_answer_to_a_query_is_probed_with_another_query() -> None:
    state, written = dialogue.send(ready(), "M105", 0.0)
    state, _, again = dialogue.tick(state, 9.0, 8.0)
    assert again == written + numbered(2, "M114")
    state, heard, _ = dialogue.receive(state, b"X:1 Y:1 Z:1 E:1\nok N2 P15 B3\n", 9.1)
    assert acked(heard) == ["M105"]


def test_busy_keeps_a_line_from_being_overdue() -> None:
    state, _ = dialogue.send(ready(), "G28", 0.0)
    for second in range(1, 60):
        state, _, _ = dialogue.receive(state, b"echo:busy: processing\n", float(second))
        state, heard, written = dialogue.tick(state, float(second), 8.0)
        assert (heard, written) == ([], b"")


def test_no_answer_at_all_is_a_loss() -> None:
    state, _ = dialogue.send(ready(), "G28", 0.0)
    state, _, _ = dialogue.tick(state, 9.0, 8.0)
    state, heard, _ = dialogue.tick(state, 18.0, 8.0)
    assert [item.kind for item in heard if isinstance(item, Loss)] == [LossKind.SILENT]


def test_a_line_asked_for_again_and_again_is_a_loss() -> None:
    state, _ = dialogue.send(ready(), "G28", 0.0)
    losses: list[Loss] = []
    for _ in range(12):
        state, heard, _ = dialogue.receive(state, b"Resend: 1\nok\n", 0.1)
        losses += [item for item in heard if isinstance(item, Loss)]
    assert losses[0].kind is LossKind.SILENT


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (b"start\n", LossKind.RESET),
        (b"Error:Printer halted. kill() called!\n", LossKind.HALTED),
        (b"!!\n", LossKind.HALTED),
        (b"Resend: 77\n", LossKind.NUMBERING),
    ],
)
def test_what_voids_the_lines_under_way(said: bytes, kind: LossKind) -> None:
    state, _ = dialogue.send(ready(), "G28", 0.0)
    state, heard, _ = dialogue.receive(state, said, 0.1)
    assert [item.kind for item in heard if isinstance(item, Loss)] == [kind]
    assert state.under_way == ()


def test_the_query_behind_a_safe_stop_confirms_only_in_order() -> None:
    state, _ = dialogue.send(ready(), "M109 S215", 0.0)
    state, written = dialogue.secure(state, 1.0)
    assert written == b"M105\n"
    state, heard, _ = dialogue.receive(state, b" T:1 /0 B:1 /0\nok N1 P15 B2\nok P15 B3\n", 1.1)
    assert acked(heard) == []
    assert not state.free
    state, heard, _ = dialogue.receive(state, b"ok T:1 /0 B:1 /0\n", 1.2)
    assert acked(heard) == ["M105"]


def test_a_stop_word_of_octoprint_behind_the_safe_stop_confirms_nothing() -> None:
    state, _ = dialogue.secure(ready(), 1.0)
    state, _ = dialogue.send_bare(state, "M84", 1.0)
    state, heard, _ = dialogue.receive(state, b"ok P15 B0\n", 1.1)
    assert "M105" not in acked(heard)
    state, heard, _ = dialogue.receive(state, b"ok T:1 /0 B:1 /0\n", 1.2)
    assert acked(heard) == ["M105"]


def test_a_repeated_greeting_is_over_only_when_its_last_ok_has_come() -> None:
    """Marlin executes a buffered second M110 late, and would throw the numbering back."""
    state, _ = dialogue.opened(0.0)
    state, _, again = dialogue.tick(state, 1.1, 8.0)
    assert again == b"N0 M110 N0*125\n"
    state, _, _ = dialogue.receive(state, b"ok N0 P15 B2\n", 1.2)
    state, heard, _ = dialogue.tick(state, 1.3, 8.0)
    assert heard == []
    state, _, _ = dialogue.receive(state, b"ok N0 P15 B3\n", 1.35)
    state, heard, _ = dialogue.tick(state, 1.5, 8.0)
    assert heard == []
    state, heard, _ = dialogue.tick(state, 1.7, 8.0)
    assert [type(item) for item in heard] == [Ready]


def test_an_ok_for_a_line_without_number_does_not_end_a_greeting() -> None:
    state, _ = dialogue.opened(0.0)
    state, _, _ = dialogue.receive(state, b"ok P15 B3\nok T:1 /0 B:1 /0\n", 0.1)
    assert state.ok_at is None


def test_garbage_without_a_line_end_does_not_grow_for_ever() -> None:
    state = ready()
    for _ in range(100):
        state, _, _ = dialogue.receive(state, b"x" * 1000, 0.0)
    assert len(state.buffer) <= dialogue.MAX_REPLY
