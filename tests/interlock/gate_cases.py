"""A gate that is armed or building, and what must hold once its build has ended. Tests nothing."""

from __future__ import annotations

import hashlib

from .bench import LINES, Bench, profile

SAFE_STOP = list(profile().safe_stop)


def armed() -> Bench:
    return Bench().connect().arm()


def building(count: int = 10) -> Bench:
    return armed().build_to(count)


def aborted(
    bench: Bench, reason: str, done: int | None = None, lines: tuple[str, ...] = LINES
) -> None:
    """The build has ended for that reason, with the safe-stop as the last thing on the wire."""
    event = bench.event("build_aborted")
    assert event.facts["reason"] == reason
    if done is not None:
        assert event.facts["line"] == done
        text = "".join(line + "\n" for line in lines[:done]).encode()
        assert event.facts["streamed"] == hashlib.sha256(text).hexdigest()
    assert bench.state.build is None
    assert bench.state.mode == "locked"
    after = bench.job_lines()
    if event.facts["safe_stop_written"]:
        assert after[-len(SAFE_STOP) :] == SAFE_STOP
        assert "//action:cancel" in bench.heard.decode() or not bench.state.host_open


def refused(bench: Bench) -> int:
    """Lines refused in the build, those told as a count with the others."""
    told = [e.facts for e in bench.events if e.kind == "line_refused"]
    return sum(int(str(facts["count"])) for facts in told if facts["mode"] == "production")
