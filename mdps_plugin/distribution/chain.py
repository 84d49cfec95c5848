"""The two mirrors and the marks of one client: importing a stick, opening both for a look.

Uptane 2.1.0's image and director repositories, verified anew each time at the moment that the
caller hands in, without a network. What they say of a recipe: :mod:`.look`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from ..errors import DocumentError, UsageFault
from ..findings import CheckRun, Finding, FindingKind, Verdict
from . import codes, codes_use
from .layout import REPOSITORIES
from .look import Look
from .marks import Mark
from .marks_store import MarksStore
from .mirror_store import mirror_content, one_writer, zip_beside
from .mistakes import mistaken
from .refresh import refresh
from .refusals import found, shape_finding
from .source_store import Source, open_source
from .trusted_time import trusted_time
from .view import View
from .witness_store import WitnessFile


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What came of an import. ``marks`` are those reached, ``missing`` the files not carried.

    ``ignored``: system files of some desk computer that lay there and were not read.
    """

    view: View
    verdict: Verdict
    marks: tuple[Mark, ...] = ()
    missing: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


class Chain:
    """The two mirrors and the marks of one client, under ``folder``. Safe from several threads."""

    def __init__(
        self,
        folder: Path,
        roots: Mapping[str, bytes],
        *,
        demonstration: bool,
        seed: Iterable[Mark] = (),
        institution: str | None = None,
        recorded: bool = False,
        behind: Callable[[], timedelta] = timedelta,
        witness: WitnessFile | None = None,
    ) -> None:
        """``roots``: the first trusted root of each repository; ``seed``: marks of the log.

        ``institution``: whose site policy counts; None outside a cell. ``recorded``: true in a
        cell, where lists count only once an entry of its log names them (:meth:`on_record`).
        ``behind``: how far the machine's clock lies behind the log, where the moments handed in
        are raised to its last entry. ``witness``: a further source of time.
        """
        self._behind, self._witness = behind, witness
        self._institution = institution
        self._recorded = recorded
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._roots = dict(roots)
        self._demonstration = demonstration
        # An import may take a minute to verify and to pack; whoever looks meanwhile, as a release
        # does, sees the mirror before and waits only while the new one is put in place.
        self._importing = threading.Lock()
        self._lock = threading.Lock()
        marks = tuple(seed)
        self.marks = MarksStore(folder / "marks.sqlite", marks)
        if recorded:
            try:
                self.marks.record(marks)
            except BaseException:
                self.marks.close()
                raise

    def on_record(self, marks: Iterable[Mark]) -> None:
        """The log holds an entry with these marks; until then their lists are not usable."""
        with self._lock:
            self.marks.record(marks)

    def _mirror(self, repository: str) -> Path:
        return self._folder / f"{repository}.zip"

    def look(self, clock: datetime, *, as_of: bool = False) -> Look:
        """Both repositories as they verify now. ``clock``: the machine's (aware UTC).

        ``as_of``: ``clock`` is a day that somebody asked for; too early a one is no clock's fault.
        """
        with self._lock:
            at, findings = self._time(clock, codes_use.TOO_EARLY if as_of else codes.CLOCK_BACK)
            views = {name: self._view(name, at) for name in REPOSITORIES}
            for view in views.values():
                if view.accepted:
                    self._unrecorded(view, view.commit(note_time=False))
        return Look(
            views=views,
            time_findings=findings,
            demonstration=self._demonstration,
            institution=self._institution,
        )

    def _unrecorded(self, view: View, reached: Iterable[Mark]) -> None:
        """What a crash between mirror and log leaves: lists that no entry answers for."""
        if not self._recorded:
            return
        known = self.marks.recorded(view.repository)
        for mark in reached:
            if mark.version > known.get(mark.role, 0):
                fault = found(
                    codes_use.UNRECORDED,
                    view.repository,
                    role=mark.role,
                    measured=mark.version,
                    limit=known.get(mark.role, 0),
                )
                view.findings = (*view.findings, fault)
                return

    def _time(
        self, clock: datetime, behind: FindingKind = codes.CLOCK_BACK
    ) -> tuple[datetime, tuple[Finding, ...]]:
        lag = self._behind()
        shown: dict[str, datetime | None] = {
            "the last accepted import": self.marks.accepted_at(),
            "the last entry of the audit log": clock if lag else None,
        }
        unread: tuple[Finding, ...] = ()
        if self._witness is not None:
            try:
                shown["the witness of the audit log"] = self._witness.read()
            except DocumentError as fault:
                said = {"measured": fault.observed[:120], "limit": fault.allowed[:120]}
                place = self._witness.path.name
                unread = (found(codes_use.WITNESS_UNREAD, "", path=place, **said),)
        at, findings = trusted_time(clock - lag, shown, behind)
        return at, (*findings, *unread)

    def _view(self, name: str, at: datetime) -> View:
        try:
            source = open_source(self._mirror(name))
        except UsageFault:
            view = View(repository=name, at=at)
            view.findings = (found(codes.NO_MIRROR, name),)
            return view
        except DocumentError as fault:
            view = View(repository=name, at=at)
            view.findings = (shape_finding(fault, name),)
            return view
        return refresh(name, source, bootstrap=self._roots[name], at=at, marks=self.marks)

    def take_in(self, repository: str, path: Path, clock: datetime) -> Imported:
        """Import a folder or zip as the new mirror, or refuse it and keep what there was.

        Mirror first, then the marks, then the caller's record and :meth:`on_record`: killed
        anywhere, the lists are whole, never older, and not usable before they are on record.
        :class:`UsageFault` if ``path`` cannot be opened, :class:`StoreError` if the disk fails.
        Meanwhile others may look; what they see is the mirror before. One import at a time.
        """
        with self._importing, one_writer(self._folder):
            at, findings = self._time(clock)
            try:
                source = open_source(path)
            except DocumentError as fault:
                view = View(repository=repository, at=at)
                view.findings = (shape_finding(fault, repository),)
                return _outcome(view, findings)
            local = self._local(repository)
            try:
                imported = self._judged(repository, source, local, at, findings)
                if not imported.verdict.accepted:
                    return imported
                content, missing = mirror_content(imported.view, local)
                with zip_beside(self._mirror(repository), content) as put_in_place, self._lock:
                    put_in_place()
                    marks = imported.view.commit(note_time=True)
            finally:
                source.close()
                if local is not None:
                    local.close()
        return replace(imported, marks=marks, missing=missing)

    def _judged(
        self,
        repository: str,
        source: Source,
        local: Source | None,
        at: datetime,
        findings: tuple[Finding, ...],
    ) -> Imported:
        mixed_up = mistaken(repository, source, self._roots)
        if mixed_up is not None:
            view = View(repository=repository, at=at)
            view.findings = (mixed_up,)
            return replace(_outcome(view, findings), ignored=source.ignored())
        view = refresh(
            repository,
            source,
            bootstrap=self._roots[repository],
            at=at,
            marks=self.marks,
            local=local,
        )
        # An expired family is refused at use; a forged one refuses the whole stick.
        grave = [fault for fault in view.faults.values() if fault.kind != codes.ROLE_EXPIRED]
        view.findings = (*view.findings, *grave)
        return replace(_outcome(view, findings), ignored=source.ignored())

    def _local(self, repository: str) -> Source | None:
        try:
            return open_source(self._mirror(repository))
        except (UsageFault, DocumentError):
            return None  # lost or damaged: the marks still stand

    def close(self) -> None:
        """Close the marks."""
        self.marks.close()


def _outcome(view: View, findings: tuple[Finding, ...]) -> Imported:
    checks = ("time", f"{view.repository} repository")
    verdict = Verdict(
        findings=(*findings, *view.findings),
        checks=tuple(CheckRun(name=name, ran=True) for name in checks),
        required=frozenset(checks),
    )
    return Imported(view=view, verdict=verdict)
