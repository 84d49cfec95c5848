"""The cursor as a state machine: it only moves up, and only as far as somebody may say."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdps_plugin.errors import DocumentError
from mdps_plugin.telemetry import codes
from mdps_plugin.telemetry.ack import MAX_ACK_BYTES, Ack, ack_document, parse_ack
from mdps_plugin.telemetry.broker_config import broker_acl, broker_config
from mdps_plugin.telemetry.cursor import MOST_IN_PAHO, MOST_UNCONFIRMED, ConfirmBy, Cursor
from mdps_plugin.telemetry.cursor_store import read_cursor, write_cursor

from .test_events import CELL

ORIGIN = CELL.origin


def leaf(index):
    return index.to_bytes(32, "big")


def ack(through, **more):
    return Ack(**{"origin": ORIGIN, "through": through, "leaf": leaf(through), **more})


def send_all(cursor, size):
    while (index := cursor.next_index(size)) is not None:
        cursor.sent(index)
        cursor.broker_took(index)


def test_puback_moves_nothing_where_the_registry_confirms():
    cursor = Cursor(ORIGIN, 0, ConfirmBy.ACK)
    send_all(cursor, 30)
    assert (cursor.confirmed, cursor.outstanding) == (0, 30)
    assert cursor.registry_has(ack(19), 30, leaf) == (True, None)
    assert (cursor.confirmed, cursor.outstanding) == (20, 10)


def test_puback_counts_where_the_site_says_so_and_in_order():
    cursor = Cursor(ORIGIN, 0, ConfirmBy.PUBACK)
    for index in range(4):
        cursor.sent(index)
    assert not cursor.broker_took(2)
    assert not cursor.broker_took(1)
    assert cursor.broker_took(0)
    assert cursor.confirmed == 3
    assert cursor.broker_took(3)
    assert cursor.outstanding == 0


def test_what_a_confirmation_may_not_say():
    cursor = Cursor(ORIGIN, 0, ConfirmBy.ACK)
    send_all(cursor, 30)
    cursor.registry_has(ack(9), 30, leaf)
    for bad, kind in (
        (ack(30), codes.ACK_BEYOND),
        (ack(20, leaf=leaf(21)), codes.ACK_NOT_OURS),
        (ack(20, origin="elsewhere"), codes.ACK_NOT_OURS),
        (ack(5), codes.ACK_STEPS_BACK),
    ):
        moved, finding = cursor.registry_has(bad, 30, leaf)
        assert not moved
        assert finding.kind is kind
    assert cursor.registry_has(ack(9), 30, leaf) == (False, None)
    assert cursor.confirmed == 10


def test_a_confirmation_of_what_was_not_sent_since_the_start_waits():
    cursor = Cursor(ORIGIN, 3, ConfirmBy.ACK)
    assert cursor.registry_has(ack(6), 20, leaf) == (False, None)
    assert cursor.registry_has(ack(5), 20, leaf) == (False, None)
    assert cursor.confirmed == 3
    moved = [cursor.sent(index) for index in range(3, 8)]
    assert moved == [False, False, False, True, False]
    assert cursor.confirmed == 7


def test_after_a_restart_a_few_first_and_then_many():
    cursor = Cursor(ORIGIN, 0, ConfirmBy.ACK)
    send_all(cursor, 5000)
    assert cursor.outstanding == MOST_IN_PAHO
    cursor.registry_has(ack(0), 5000, leaf)
    send_all(cursor, 5000)
    assert cursor.outstanding == MOST_UNCONFIRMED
    cursor.begin_again()
    assert cursor.next_index(5000) == 1
    send_all(cursor, 5000)
    assert cursor.outstanding == MOST_IN_PAHO


def test_never_more_than_the_window_inside_the_client():
    cursor = Cursor(ORIGIN, 0, ConfirmBy.PUBACK)
    while (index := cursor.next_index(5000)) is not None:
        cursor.sent(index)
    assert cursor.in_paho == MOST_IN_PAHO


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["send", "puback", "ack", "again", "grow"]),
        st.integers(0, 60),
        st.booleans(),
    ),
    max_size=80,
)


@given(STEPS, st.sampled_from(ConfirmBy))
def test_it_only_moves_up_and_never_past_what_was_sent(steps, confirm_by):
    cursor = Cursor(ORIGIN, 0, confirm_by)
    size, sent = 5, set()
    for act, number, honest in steps:
        before = cursor.confirmed
        if act == "send" and (index := cursor.next_index(size)) is not None:
            assert index == before or index - 1 in sent
            cursor.sent(index)
            sent.add(index)
        elif act == "puback":
            # A broker takes only what it was given.
            taken = [index for index in sent if index <= number][:1]
            for index in taken:
                cursor.broker_took(index)
        elif act == "ack":
            given_ack = ack(number) if honest else ack(number, leaf=bytes(31) + b"\xff")
            cursor.registry_has(given_ack, size, leaf)
        elif act == "again":
            cursor.begin_again()
        elif act == "grow":
            size += number % 7
        assert cursor.confirmed >= before
        assert set(range(cursor.confirmed)) <= sent
        assert cursor.in_paho <= MOST_IN_PAHO


@given(st.binary(max_size=200))
def test_any_bytes_as_confirmation(data):
    with pytest.raises(DocumentError):
        parse_ack(data)


@pytest.mark.parametrize(
    "change",
    [
        {"through": 4},
        {"through": "04"},
        {"through": "-1"},
        {"hash": "AB" * 32},
        {"hash": None},
        {"format": "mdps-ack/2"},
        {"origin": ""},
        {"at": "x" * MAX_ACK_BYTES},
    ],
)
def test_confirmations_that_are_refused(change):
    document = {**ack_document(ack(4)), **change}
    with pytest.raises(DocumentError):
        parse_ack(json.dumps(document).encode())


def test_confirmation_round_trip_with_further_members():
    document = {**ack_document(ack(4)), "missing": [["1", "2"]], "command": "ignored"}
    assert parse_ack(json.dumps(document).encode()) == ack(4)


def test_cursor_file(tmp_path):
    path = tmp_path / "telemetry-cursor.json"
    assert read_cursor(path, ORIGIN, 10) == (0, None)
    write_cursor(path, ORIGIN, 7)
    assert read_cursor(path, ORIGIN, 10) == (7, None)
    assert [item.name for item in tmp_path.iterdir()] == [path.name]
    for origin, size in (("elsewhere", 10), (ORIGIN, 6)):
        confirmed, lost = read_cursor(path, origin, size)
        assert confirmed == 0
        assert lost
    for data in (b"", b"{}", b"\xff", b"[" * 90, path.read_bytes()[:-9]):
        path.write_bytes(data)
        confirmed, lost = read_cursor(path, ORIGIN, 10)
        assert confirmed == 0
        assert lost
    path.unlink()
    path.mkdir()
    assert read_cursor(path, ORIGIN, 10)[0] == 0


def test_no_line_break_gets_into_the_configuration_of_the_broker(tmp_path):
    with pytest.raises(RuntimeError):
        broker_acl({"cell\ntopic #": CELL}, [])
    with pytest.raises(RuntimeError):
        broker_config(
            address="127.0.0.1",
            port=1,
            folder=tmp_path / "a\nallow_anonymous true",
            acl_file=tmp_path,
            ca_file=tmp_path,
            certificate_file=tmp_path,
            key_file=tmp_path,
        )


def test_texts_are_short():
    for kind in codes.ALL:
        text = " ".join([kind.title, kind.observed, kind.allowed, kind.next_step])
        for sentence in text.split(". "):
            assert len(sentence.split()) <= 12, sentence
        for word in ("error", "invalid", "failed", "please"):
            assert word not in text.lower()
