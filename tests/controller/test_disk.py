"""The disk gives way: full, full under a build, rotted. It is said in words, nothing is by half."""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

from mdps_plugin.build.signature import Act
from tests.harness import Process, wait_until

from .desk import PATIENT
from .workshop import QUICK, Workshop, started

# A full disk. Every file of the process is held below a size: each write beyond it is refused by
# the kernel, at the same calls as on a full disk, and the space comes back when the limit goes.


@contextlib.contextmanager
def full_disk(child: Process, room: int = 1024) -> Iterator[None]:
    before = resource.prlimit(child.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, before)


def tree(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith("-journal")
    }


def test_a_full_disk_refuses_and_leaves_nothing_by_half(a_copy: Callable[..., Workshop]) -> None:
    with started(a_copy()) as shop:
        assert shop.controller is not None
        waiting = shop.verified(QUICK)
        args = shop.permit_arguments(waiting)
        order, _ = shop.make_order(QUICK)
        patient = {**PATIENT, "token": order["individual"]["token"]}
        model_order, model = shop.make_order("anatomical-model")
        files, entries = tree(shop.cell / "files"), shop.call("registers")["entries"]
        with full_disk(shop.controller):
            for verb, values, body in (
                ("receive_order", {"order": order, "patient": patient}, b""),
                ("receive_order", {"order": model_order}, model),
                ("permit_build", args, b""),
                ("record_room",
                 {"temperature_c": 20, "humidity_percent": 40,
                  "signature": shop.signature("tina", Act.RECORD_ROOM)}, b""),
                ("export", shop.export_question(), b""),
                ("quarantine_lot",
                 {"lot_id": "22B", "reason": "x",
                  "signature": shop.signature("quinn", Act.QUARANTINE_LOT)}, b""),
                ("quarantine_lot",
                 {"lot_id": "22B", "reason": "x",
                  "signature": {"user": "tina", "password": "x", "meaning": "m"}}, b""),
            ):  # fmt: skip
                said = shop.error(verb, values, body=body)
                assert said["kind"] == "environment", (verb, said)
                assert "not written" in said["message"] or "not acknowledged" in said["message"]
                assert said["next_step"] == "Call IT. Nothing was started."
            shop.check(waiting)
            assert shop.state()["seq"], "it can still be read"
            assert shop.order(waiting)["state"] == "verified"
            assert shop.call("registers")["entries"] == entries
        # Bytes may lie in the store that no entry names; half a file may not.
        left = {name: size for name, size in tree(shop.cell / "files").items() if name not in files}
        assert all("incoming" not in name for name in left), left
        wait_until(
            lambda: "connection_back" in shop.kinds(5), 30, "the log to be found writable again"
        )
        unknown = shop.error("patient_name", shop.name_question(patient["token"]))
        assert "unknown" in unknown["observed"]
        assert shop.receive(QUICK)
        assert shop.call("receive_order", {"order": order, "patient": patient})
        name = shop.call("patient_name", shop.name_question(patient["token"]))
        assert name["name"] == PATIENT["name"]
        order_id, build_id = shop.permitted(QUICK)
        shop.streamed(build_id)
        shop.sign_steps(order_id, build_id)
        assert shop.log_is_whole()
        shop.kill_controller()
        shop.start_controller(printer=False)
        assert shop.build_state(build_id) == "post_processed"


def test_a_disk_that_fills_up_under_a_build_ends_it(a_copy: Callable[..., Workshop]) -> None:
    """What cannot be put on record must not go on."""
    with started(a_copy(speed=20.0)) as shop:
        assert shop.controller is not None
        _, build_id = shop.permitted(QUICK)
        shop.begun(build_id)
        with full_disk(shop.controller):
            shop.call("hold", actor="tina")
            wait_until(lambda: shop.state()["lock"]["mode"] == "locked", 30, "the end of the build")
            wire = shop.simulator.wire
            wait_until(lambda: "M104 S0" in wire.commands(), 10, "the heaters off on the wire")
        shop.kill_controller()
        shop.start_controller(printer=False)
        assert shop.build_state(build_id) == "aborted"
        assert shop.log_is_whole()


def test_stored_bytes_that_rotted_are_found_when_they_are_used(
    a_copy: Callable[..., Workshop],
) -> None:
    with started(a_copy()) as shop:
        _, build_id = shop.permitted(QUICK)
        planned = shop.order_of(build_id)["build"]["planned"]
        path = shop.cell / "files" / "sha256" / planned[:2] / planned
        path.write_bytes(path.read_bytes().replace(b"S215", b"S245"))
        shop.connect_host()
        for verb in ("job", "arm_build"):
            said = shop.error(verb, {"build_id": build_id})
            assert said["kind"] == "environment"
            assert "no longer those of the digest" in said["message"]
        assert shop.build_state(build_id) == "permitted"
        assert shop.simulator.wire.job_lines() == []
