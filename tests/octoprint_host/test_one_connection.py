"""One attempt to connect at a time; with a real OctoPrint: tests/controller/test_events.py."""

from __future__ import annotations

from mdps_plugin.octoprint_host.one_connection import SETTLED_AFTER_S, OneConnection


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
