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


def looks(one: OneConnection, *seconds: float) -> list[bool]:
    """What the looks at these times say of an OctoPrint that is trying."""
    return [one.is_given_up(now, trying=True) for now in seconds]


def test_an_attempt_that_does_not_end_is_given_up_and_the_next_one_gets_its_time() -> None:
    one = OneConnection()
    assert looks(one, 100, 110, 100 + GIVEN_UP_AFTER_S - 0.01) == [False] * 3
    assert looks(one, 100 + GIVEN_UP_AFTER_S, 130, 140, 130 + GIVEN_UP_AFTER_S) == [
        *(True, False, False, True)
    ]


def test_another_attempt_is_not_given_up_for_the_one_before() -> None:
    one = OneConnection()
    assert looks(one, 100, 110) == [False, False]
    one.ended()
    assert looks(one, 121, 131) == [False, False]
    assert not one.is_given_up(139.0, trying=False)
    assert looks(one, 142, 152) == [False, False]


def test_nobody_who_has_looked_away_gives_an_attempt_up() -> None:
    one = OneConnection()
    assert looks(one, 100, 100 + GIVEN_UP_AFTER_S, 130) == [False] * 3
    assert looks(one, 100 + 2 * GIVEN_UP_AFTER_S) == [True]
