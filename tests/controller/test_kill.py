"""kill -9: what had the wire is closed as aborted, what was answered is kept."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from typing import Any

from mdps_plugin.audit.verify import verify_log

from .workshop import QUICK, Workshop, started


def log_of(shop: Workshop) -> Any:
    """The report on a log whose controller does not run."""
    return verify_log(shop.cell / "audit.sqlite", None, None)


def test_kill_9_in_each_state_closes_what_had_the_wire(a_copy: Callable[..., Workshop]) -> None:
    with started(a_copy(speed=20.0)) as shop:
        ordered = shop.receive(QUICK)
        shop.call("verify_order", {"order_id": ordered})
        shop.kill_controller()

        shop.start_controller()
        assert shop.order(ordered)["state"] in ("ordered", "verified")
        assert shop.check(ordered)["state"] == "verified"
        build_id = shop.call("permit_build", shop.permit_arguments(ordered))["build_id"]
        shop.kill_controller()

        shop.start_controller()
        assert shop.build_state(build_id) == "permitted", "a permit outlives a restart"
        shop.connect_host()
        shop.call("arm_build", {"build_id": build_id})
        shop.kill_controller()

        shop.start_controller()
        assert shop.build_state(build_id) == "aborted"
        last = [entry for entry in shop.entries(20) if entry["kind"] == "build_aborted"][-1]
        assert last["body"]["reason_code"] == "restart"
        assert "had the printer" in last["body"]["reason"]
        assert set(shop.findings("arm_build", {"build_id": build_id})) >= {"BD-111"}

        assert shop.order(ordered)["stale"], "nobody signs what was checked before the restart"
        said = shop.error("permit_build", shop.permit_arguments(ordered))
        assert said["kind"] == "transition"
        _, second = shop.permitted(QUICK)
        shop.begun(second)
        shop.kill_controller()

        shop.start_controller()
        assert shop.build_state(second) == "aborted"
        assert shop.state()["refusals"], "the next person is told"
        assert shop.log_is_whole()
        shop.stop_controller()
        assert log_of(shop).ok


def test_kill_9_in_the_middle_of_many_requests_loses_nothing_that_was_answered(
    a_copy: Callable[..., Workshop],
) -> None:
    shop = a_copy()
    for _ in range(3):
        shop.start_controller(printer=False)
        answered = [shop.room(20, n) for n in range(12)]
        shop.kill_controller()
        with contextlib.closing(sqlite3.connect(shop.cell / "audit.sqlite")) as database:
            (size,) = database.execute("SELECT count(*) FROM entry").fetchone()
        assert size > max(answered)
    assert log_of(shop).ok
