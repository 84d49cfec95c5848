"""One attempt to connect at a time; with a real OctoPrint: tests/controller/test_events.py."""

from __future__ import annotations

from mdps_plugin.octoprint_host.one_connection import (
    GIVEN_UP_AFTER_S,
    SETTLED_AFTER_S,
    OneConnection,
)


def test_the_second_does_not_begin() -> None:
    one = OneConnection()
    assert one.may_begin(100.0)
    assert not one.may_begin(100.0)
    assert not one.may_begin(100.0 + SETTLED_AFTER_S - 0.01)


def test_an_attempt_that_ended_does_not_keep_the_next_waiting() -> None:
    one = OneConnection()
    assert one.may_begin(100.0)
    one.ended()
    assert one.may_begin(100.1)


def test_an_attempt_of_which_nothing_is_heard_holds_nobody_for_long() -> None:
    one = OneConnection()
    assert one.may_begin(100.0)
    assert one.may_begin(100.0 + SETTLED_AFTER_S)
    assert not one.may_begin(100.1 + SETTLED_AFTER_S)


def test_an_attempt_that_does_not_end_is_given_up_and_the_next_one_gets_its_time() -> None:
    one = OneConnection()
    assert not one.is_given_up(100.0, trying=True)
    assert not one.is_given_up(100.0 + GIVEN_UP_AFTER_S - 0.01, trying=True)
    assert one.is_given_up(100.0 + GIVEN_UP_AFTER_S, trying=True)
    assert not one.is_given_up(130.0, trying=False)
    assert not one.is_given_up(140.0, trying=True)
    assert one.is_given_up(140.0 + GIVEN_UP_AFTER_S, trying=True)
