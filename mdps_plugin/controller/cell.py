"""One cell while it runs: its stores, its state, and the one way to add to the record.

Owns the lock under which the log grows. :meth:`Cell.record` checks that an entry can follow what
is on record, makes it durable, then changes the state in memory: a crash in between leaves the
entry, and the next start folds it. Knows no verb and no screen.
"""

from __future__ import annotations

import importlib.metadata
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..audit.entry import Entry
from ..audit.note import LogSigner
from ..audit.store import AuditStore
from ..build.order import Order, parse_order
from ..build.states import CellState, check_next, fold
from ..canonical import Json, read_json
from ..errors import DocumentError, StoreError, UsageFault
from ..interlock.gate_link import GateLink
from ..interlock.profile import FirmwareProfile
from ..interlock.qualification import NO_PRINTER, PrinterSnapshot
from ..policy.signed import POLICY_NAME
from .accounts import FailedAttempt
from .clock import Clock
from .config import CellConfig, parse_config
from .file_store import FileStore
from .library import Library, LibraryBundle
from .pace import Pace
from .patient_store import PatientStore
from .policy_store import PolicyFile
from .signing import Signers
from .verification import Verification

if TYPE_CHECKING:
    from ..distribution.chain import Chain
    from ..distribution.witness_store import WitnessFile

VERSION = importlib.metadata.version("mdps-controller")


@dataclass(frozen=True, kw_only=True)
class FaceVersions:
    """What the face last said of itself: a claim, used to refuse, never to allow more."""

    octoprint: str | None = None
    plugin: str | None = None


@dataclass(frozen=True, kw_only=True)
class Stage:
    """How far the verification of an order is; ``since_s`` is monotonic."""

    name: str
    done: int
    of: int
    since_s: float


@dataclass
class Cell:
    """Everything the verbs work with. ``lock`` guards ``state``, ``verified``, ``checking``."""

    folder: Path
    config: CellConfig
    clock: Clock
    log: AuditStore
    state: CellState
    files: FileStore
    patients: PatientStore
    library: Library
    signers: Signers
    profile: FirmwareProfile
    lock: threading.RLock = field(default_factory=threading.RLock)
    verified: dict[str, Verification] = field(default_factory=dict)
    checking: dict[str, Stage] = field(default_factory=dict)
    face: FaceVersions = field(default_factory=FaceVersions)
    face_at_s: float | None = None
    printer: PrinterSnapshot = NO_PRINTER
    gate_link: GateLink | None = None
    on_change: Callable[[], None] = lambda: None
    qms: Callable[[], Mapping[str, Json]] | None = None
    log_fault: str = ""
    pace: Pace = field(default_factory=Pace)

    @property
    def gate(self) -> GateLink:
        """The gate; there is none before the process has started it."""
        if self.gate_link is None:
            raise RuntimeError("the gate is not started")
        return self.gate_link

    def record(self, kind: str, body: Mapping[str, Json]) -> Entry:
        """Make an entry durable and fold it; raises before anything is written if it cannot follow.

        :class:`StoreError` if the disk did not take it, or took it and could not say so: the next
        use of the log finds out which, see :meth:`catch_up`.
        """
        return self.record_many([(kind, body)])[0]

    def record_many(self, events: Sequence[tuple[str, Mapping[str, Json]]]) -> tuple[Entry, ...]:
        """The same for entries that belong together: all of them, or none."""
        with self.lock:
            self.catch_up()
            now = self.clock.now()
            following = self.state
            try:
                for kind, body in events:
                    following = check_next(following, kind, body, now)
            except DocumentError as fault:
                # Said of the request: the log itself is whole, this entry was never in it.
                raise DocumentError("request", "", fault.observed, fault.allowed) from None
            try:
                entries = self.log.append_many(list(events), now)
            except StoreError as fault:
                self.log_fault = str(fault)
                raise
            self.log_fault = ""
            self.state = following
        self.on_change()
        return entries

    def catch_up(self) -> None:
        """Fold entries that are in the log although writing them was reported as failed.

        A commit can succeed and the word of it be lost (a full disk at the high-water file). The
        log is the truth then, and whatever such an entry says has happened.
        """
        with self.lock:
            if self.log.size != self.state.size:
                self.state = fold(self.log.entries(self.state.size), onto=self.state)

    def order(self, order_id: str) -> Order:
        """The document of a received order."""
        status = self.state.orders.get(order_id)
        if status is None:
            raise unknown_order(order_id)
        data = self.files.get(status.order_sha256)
        return parse_order(read_json(data, order_id), order_id)

    def bundle_of(self, recipe_digest: str) -> LibraryBundle:
        """The bundle whose recipe has that digest, verified now."""
        now = self.clock.now()
        with self.library.look(now) as look:
            for name, revision in self.library.names():
                try:
                    bundle = self.library.open(name, revision, now, look)
                except (DocumentError, UsageFault):
                    continue  # A damaged folder of one recipe is no reason to refuse another.
                if bundle.recipe is not None and bundle.recipe.digest == recipe_digest:
                    return bundle
        raise StoreError(
            f"recipes: none with digest {recipe_digest[:16]}… can be read; allowed: the recipe "
            "that the order names, whole"
        )

    def disk_free_mb(self) -> float:
        """Megabytes free where the log lies."""
        return shutil.disk_usage(self.folder).free / 1e6

    def close(self) -> None:
        """Close what is open, newest first."""
        if self.gate_link is not None:
            self.gate_link.close()
        self.patients.close()
        if self.library.chain is not None:
            self.library.chain.close()
        self.log.close()


def unknown_order(order_id: str) -> DocumentError:
    """The error for an order that was never received here; the caller raises it."""
    return DocumentError(
        "request", "order_id", f"{order_id[:80]}, unknown", "an order of this cell"
    )


def unknown_build(build_id: str) -> DocumentError:
    """The error for a build that was never permitted here; the caller raises it."""
    return DocumentError("request", "build_id", f"{build_id[:80]}, unknown", "a build of this cell")


def read_cell_config(folder: Path) -> CellConfig:
    """``cell.json`` of a folder; :class:`UsageFault` if there is none."""
    path = folder / "cell.json"
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise UsageFault(f"{path}: cannot be opened: {fault.strerror}") from None
    return parse_config(read_json(data, path.name), path.name)


def open_cell(folder: Path, profile: FirmwareProfile, config: CellConfig) -> Cell:
    """Open every store of a cell and fold its log. Starts no thread and moves no printer."""
    key_file = folder / "keys" / "log.pem"
    patients_key = folder / "keys" / "patients.key"
    pem = _read_key(key_file)
    if patients_key.exists():
        _read_key(patients_key)
    library = Library(
        folder / "recipes",
        folder / config.root_file,
        policy=PolicyFile(path=folder / POLICY_NAME, institution=config.institution)
        if config.signed_policy
        else None,
    )
    roots = _first_roots(folder, config)
    if library.root.demonstration and not config.demonstration:
        raise UsageFault(
            f"{folder / config.root_file}: an example root; allowed: only in a cell whose "
            "cell.json says demonstration. Anybody can sign with the example keys"
        )
    with ExitStack() as opened:
        log = AuditStore.open(
            folder / "audit.sqlite", LogSigner.from_pem(pem, str(key_file)), config.origin
        )
        opened.callback(log.close)
        state = fold(log.entries())
        if roots is None and state.trust_marks:
            raise UsageFault(
                f"{folder / 'cell.json'}: observed no trust; allowed: the trust that this cell has "
                "imported by. Without it a recall would be forgotten"
            )
        clock = Clock(state.last_at)
        if roots is not None:
            library.chain = _chain(folder, roots, config, state, clock)
            opened.callback(library.chain.close)
        patients = PatientStore(folder / "patients.sqlite", patients_key)
        opened.callback(patients.close)
        cell = Cell(
            folder=folder,
            config=config,
            clock=clock,
            log=log,
            state=state,
            files=FileStore(folder / "files"),
            patients=patients,
            library=library,
            signers=Signers(
                folder / "people.json",
                [FailedAttempt(user=user, at=at) for user, at in state.failed_signatures],
            ),
            profile=profile,
        )
        opened.pop_all()
        return cell


def _first_roots(folder: Path, config: CellConfig) -> dict[str, bytes] | None:
    """The first trusted roots of the two repositories; None in a cell that names none."""
    if config.trust is None:
        return None
    named = {
        "manufacturer": config.trust.manufacturer_root,
        "hospital": config.trust.hospital_root,
    }
    roots: dict[str, bytes] = {}
    for repository, name in named.items():
        try:
            roots[repository] = (folder / name).read_bytes()
        except OSError as fault:
            raise StoreError(f"{folder / name}: {fault.strerror}") from None
    return roots


def _chain(
    folder: Path, roots: dict[str, bytes], config: CellConfig, state: CellState, clock: Clock
) -> Chain:
    # Imported here: a cell without repositories does not wait for the TUF library.
    from ..distribution.chain import Chain

    return Chain(
        folder / "trust",
        roots,
        demonstration=config.demonstration,
        seed=state.trust_marks,
        institution=config.institution,
        recorded=True,
        behind=clock.behind,
        witness=witness_of(folder, config),
    )


def witness_of(folder: Path, config: CellConfig) -> WitnessFile | None:
    """Where the witness of this cell's log speaks; None in a cell without one."""
    if config.trust is None or config.trust.witness_key is None:
        return None
    from ..distribution.witness_store import WitnessFile

    return WitnessFile(
        path=folder / config.trust.witness_note,
        key=config.trust.witness_key,
        origin=config.origin,
    )


def _read_key(path: Path) -> bytes:
    """A key that nobody but its owner may read; :class:`StoreError` otherwise."""
    try:
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            raise StoreError(
                f"{path}: observed mode {mode:04o}, others may read it; allowed: 0600. Next step: "
                f"chmod 600 {path}, and ask the quality manager whether the key is still secret"
            )
        return path.read_bytes()
    except OSError as fault:
        raise StoreError(f"{path}: {fault.strerror}") from None


def moment_of(entry: Entry) -> datetime:
    """The moment of an entry."""
    return datetime.fromisoformat(entry.time.removesuffix("Z")).replace(tzinfo=UTC)
