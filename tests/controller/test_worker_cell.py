"""The examining process in a whole cell: killed, stopped, or the controller ends around it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from mdps_plugin.controller.session_link import members
from tests.harness import wait_until

from .running_cell import refusing
from .workshop import Workshop, started

SLICED = "anatomical-model"
"""A recipe whose job is sliced in the cell, twice."""


def workers(shop: Workshop) -> list[int]:
    """Examining processes of the running controller."""
    assert shop.controller is not None
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == shop.controller.pid and b"worker_main_link" in command:
            found.append(int(folder.name))
    return found


def stopped_in_slicing(shop: Workshop, order_id: str) -> tuple[int, int]:
    """Worker and slicer, the slicer stopped so that the check does not end meanwhile."""
    shop.call("verify_order", {"order_id": order_id})

    def both() -> tuple[int, int] | None:
        for worker in workers(shop):
            for other in members(worker):
                # Between fork and exec it still bears the name of the worker.
                if other != worker and named(other).startswith("prusa-slicer"):
                    os.kill(other, signal.SIGSTOP)
                    return worker, other
        return None

    return wait_until(both, 60, "the slicer")


def named(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return ""


def room_of(worker: int) -> Path:
    """Its folder for temporary files; a slicer puts the placed model there."""
    items = Path(f"/proc/{worker}/environ").read_bytes().split(b"\0")
    (room,) = [Path(item[7:].decode()) for item in items if item.startswith(b"TMPDIR=")]
    assert room.is_dir()
    return room


def runs(pid: int) -> bool:
    """A zombie that waits for init to take note of it does not."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] not in "ZX"


def gone(*pids: int) -> bool:
    return not any(runs(pid) for pid in pids)


@pytest.mark.slicer
def test_whatever_becomes_of_it_the_cell_goes_on_and_no_process_is_left(
    a_copy: Callable[..., Workshop],
) -> None:
    with started(a_copy()) as shop:
        order_id = shop.receive(SLICED)

        # Killed, as by hand or for want of memory: refused in words, and the slicer goes with it.
        worker, slicer = stopped_in_slicing(shop, order_id)
        rooms = [room_of(worker)]
        assert shop.order(order_id)["checking"]["name"].startswith("slicing")
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: shop.order(order_id)["checking"] is None, 60, "the end of the check")
        wait_until(lambda: gone(worker, slicer), 10, "the end of both")
        detail = shop.order(order_id)
        assert detail["state"] == "refused"
        finding = refusing(detail)["CT-003"]
        assert "signal 9 (SIGKILL) during: slicing" in finding["observed"]
        assert finding["next_step"] == "Call IT. Then check the order again."
        assert shop.kinds(1) == ["order_refused"]

        # The controller stops: no word against the order, and nothing is left.
        again = shop.receive(SLICED)
        worker, slicer = stopped_in_slicing(shop, again)
        rooms.append(room_of(worker))
        shop.stop_controller()
        wait_until(lambda: gone(worker, slicer), 10, "the end of both")
        shop.start_controller()
        assert shop.order(again)["state"] == "ordered"

        # The controller dies: the worker ends by itself, and takes the slicer with it.
        worker, slicer = stopped_in_slicing(shop, again)
        rooms.append(room_of(worker))
        shop.kill_controller()
        wait_until(lambda: gone(worker, slicer), 60, "the end of both")
        shop.start_controller()
        assert shop.order(again)["state"] == "ordered"

        # A service manager stops all of them at once: that is no fault of the order either.
        worker, slicer = stopped_in_slicing(shop, again)
        rooms.append(room_of(worker))
        os.kill(worker, signal.SIGTERM)
        for number in (signal.SIGTERM, signal.SIGCONT):
            os.kill(slicer, number)
        wait_until(lambda: gone(slicer), 60, "the end of the slicer")
        assert shop.order(again)["checking"], "it answers nothing"
        shop.stop_controller()
        wait_until(lambda: gone(worker), 10, "the end of the worker")
        shop.start_controller()
        assert shop.order(again)["state"] == "ordered"

        # A patient's model is left nowhere.
        assert len(set(rooms)) == 4
        assert not any(room.exists() for room in rooms)

        # And both orders can be checked.
        for one in (order_id, again):
            assert shop.check(one)["state"] == "verified"
        assert len(workers(shop)) == 1
        assert shop.traces() == []
        assert shop.log_is_whole()
