"""The thread that makes orders ready for signing, one at a time: the slicer takes the machine.

Decides nothing and examines nothing itself: the pipeline runs in a process of its own
(``worker_link``), the decision is ``build.decide``. This thread gathers the bytes, waits, keeps
what came back and puts the verdict on record.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from ..build.codes import CHECK_NOT_RUN, JOB_DIGEST, RING_NOT_RUN
from ..build.decide import decide_order
from ..build.order import Order
from ..build.people import Person
from ..canonical import Json, canonical_json
from ..errors import IllegalTransition, MdpsError
from ..findings import CheckRun, Finding, Verdict, merge
from . import codes
from .cell import VERSION, Cell, Stage
from .gathering import gather, printer_evidence
from .library import LibraryBundle
from .socket_link import Reply, Request
from .verbs import fields_of
from .verification import Checked, Progress, Task, Verification, verification_of
from .worker_link import Worker

_FOLLOWS_FROM_A_REFUSED_JOB = (CHECK_NOT_RUN, RING_NOT_RUN, JOB_DIGEST)
_CLOSE_S = 10.0
_MOST_AT_ONCE = 4
NOBODY = Person(user="controller", printed_name="the controller", roles=frozenset())


class Verifier:
    """The thread that makes orders ready. One at a time: the slicer takes the machine."""

    def __init__(self, cell: Cell, report: Callable[[str], None]) -> None:
        """Nothing runs before :meth:`start`."""
        self._cell = cell
        self._report = report
        self._orders: queue.Queue[str | None] = queue.Queue()
        self._closing = threading.Event()
        self._worker = Worker(VERSION)
        self._thread = threading.Thread(target=self._run, name="verifier", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """End at once: an order that is being examined stays unchecked, and nothing is left over.

        Returns when this thread writes nothing any more.
        """
        self._closing.set()
        self._orders.put(None)
        self._worker.close()
        self._thread.join(_CLOSE_S)

    def verify_order(self, cell: Cell, request: Request) -> Reply:
        """The verb: queue an order; how it goes comes through ``watch``."""
        fields = fields_of(request)
        order_id = fields.text("order_id")
        fields.close()
        order = cell.order(order_id)
        build = cell.state.build_of(order.order_id)
        if build is not None and not build.state.lost:
            raise IllegalTransition(
                build.state.word, "check the order", "checking before the order has a build"
            )
        with cell.lock:
            if order_id not in cell.checking:
                cell.pace.take(request.verb, cell.clock.monotonic_s())
                cell.checking[order_id] = self._stage("waiting", 0, 1)
                self._orders.put(order_id)
        cell.on_change()
        return Reply(result={"order_id": order_id, "checking": True})

    def _stage(self, name: str, done: int, of: int) -> Stage:
        return Stage(name=name, done=done, of=of, since_s=self._cell.clock.monotonic_s())

    def _run(self) -> None:
        while True:
            order_id = self._orders.get()
            if order_id is None or self._closing.is_set():
                return
            try:
                self._verify(order_id)
            except MdpsError as fault:
                self._not_finished(order_id, str(fault))
            except Exception as fault:  # noqa: BLE001 - thread entry: a crash must not end checking
                self._not_finished(order_id, f"{type(fault).__name__}: {fault}")
            finally:
                with self._cell.lock:
                    self._cell.checking.pop(order_id, None)
                self._cell.on_change()

    def _not_finished(self, order_id: str, why: str) -> None:
        """Say so on record: whoever waits for the check must not be left with a silence."""
        if self._closing.is_set():
            # Ended by us: no word against the order, which can be checked after the next start.
            return
        self._report(f"order {order_id} not checked: {why}")
        finding = Finding(kind=codes.NOT_FINISHED, measured=why[:300])
        verdict = Verdict(
            findings=(finding,),
            checks=(CheckRun(name="check", ran=False),),
            required=frozenset({"check"}),
        )
        # Where the log takes nothing either, the screens tell that instead.
        with contextlib.suppress(MdpsError):
            self._cell.record("order_refused", {"order_id": order_id, "verdict": verdict.to_json()})

    def _verify(self, order_id: str) -> None:
        cell = self._cell

        def progress(name: str, done: int, of: int) -> None:
            with cell.lock:
                cell.checking[order_id] = self._stage(name, done, of)
            cell.on_change()

        order = cell.order(order_id)
        bundle = cell.bundle_of(cell.state.orders[order_id].recipe_digest)
        # It loads while OctoPrint's version is waited for.
        self._worker.start()
        self._await_face(progress)
        checked = self._checked(order, bundle, progress)
        verification = verification_of(bundle, checked)
        verdict = judge(cell, order, verification)
        body = _outcome(cell, order, checked, verdict)
        with cell.lock:
            kind = "order_verified" if verdict.accepted else "order_refused"
            cell.record(kind, body)
            cell.verified[order_id] = verification

    def _checked(self, order: Order, bundle: LibraryBundle, progress: Progress) -> Checked:
        """What the worker found; nothing where the recipe may not be used at all."""
        recipe = bundle.recipe
        if recipe is None or not bundle.signed.verdict.accepted:
            return Checked()
        cell, profile = self._cell, self._cell.profile
        task = Task(
            order_id=order.order_id,
            recipe=recipe,
            pinned=bundle.signed.files,
            variables=order.variables,
            reach_mm=(profile.build_x_mm, profile.build_y_mm, profile.build_z_mm),
            model=cell.files.get(order.model.sha256) if order.model is not None else None,
            gcode=cell.files.get(order.gcode_sha256) if order.gcode_sha256 is not None else None,
            threads=layers_at_once(
                len(os.sched_getaffinity(0)), building=cell.gate.snapshot().mode == "production"
            ),
        )
        return self._worker.check(task, progress)

    def _await_face(self, progress: Callable[[str, int, int], None]) -> None:
        """Right after a start OctoPrint's versions come with the next heartbeat: wait that long.

        Without them the order is refused, as everything unknown is; that would be no answer to
        somebody who only asked a second too early.
        """
        clock, limits = self._cell.clock, self._cell.profile.limits
        end = clock.monotonic_s() + limits.face_timeout_s
        while self._cell.face.octoprint is None and clock.monotonic_s() < end:
            progress("OctoPrint's version", 0, 1)
            time.sleep(0.2)


def judge(cell: Cell, order: Order, verification: Verification) -> Verdict:
    """The pipeline's own verdict and, where the job was examined, the decision on the order."""
    own = verification.verdict()
    if verification.toolpath is None:
        return own
    printer = printer_evidence(cell)
    evidence = gather(cell, order, verification, NOBODY, printer, lot_id=None, plate=None)
    decided = decide_order(evidence)
    # What the pipeline found stands in the decision again; and where it stopped early, what
    # follows from that would bury the reason.
    told = [finding.to_json() for finding in own.findings]
    more = tuple(
        finding
        for finding in decided.findings
        if finding.to_json() not in told
        and (own.accepted or finding.kind not in _FOLLOWS_FROM_A_REFUSED_JOB)
    )
    return merge([own, replace(decided, findings=more)])


def layers_at_once(cores: int, *, building: bool) -> int:
    """Layers to examine at once: beside a build one core is the gate's, and two cores are one."""
    if not building:
        return min(cores, _MOST_AT_ONCE)
    return max(1, min(cores - 1, _MOST_AT_ONCE))


def _outcome(cell: Cell, order: Order, checked: Checked, verdict: Verdict) -> dict[str, Json]:
    """The entry's body; the bytes that it names are durable before it is written."""
    digests: dict[str, Json] = {}
    toolpath: dict[str, Json] | None = None
    model, examined = checked.model, checked.toolpath
    if model is not None:
        digests.update(source=model.source_sha256, placed=cell.files.put(checked.placed))
    if examined is not None:
        digests["gcode"] = examined.digests["gcode"]
        if verdict.accepted:
            digests["canonical"] = cell.files.put(checked.canonical)
        toolpath = {
            "lines": examined.lines,
            "layers": examined.layers,
            "filament_mm": examined.filament_mm,
            "print_time_s": examined.print_time_s,
            "layer_start_sha256": cell.files.put(canonical_json(list(checked.layer_start))),
        }
    if model is not None and toolpath is not None:
        toolpath["size_mm"] = [round(side, 3) for side in model.size_mm]
        toolpath["volume_cm3"] = round(model.volume_cm3, 3)
        toolpath["slicer_version"] = checked.slicer_version
    return {
        "order_id": order.order_id,
        "verdict": verdict.to_json(),
        "digests": digests,
        "toolpath": toolpath,
    }
