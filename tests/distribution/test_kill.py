"""An import killed with SIGKILL at every step that reaches the disk, and writes that fail.

A child process imports; at its n-th step it kills itself, for every n until it gets through. Steps
are every fsync and rename, before and after, every kind of statement to the marks, and the log.
Afterwards: nothing is older than before, nothing is usable that is not wholly verified and on
record, the next import works, and no entry that was acknowledged is gone.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mdps_plugin.audit.verify import verify_log
from mdps_plugin.build.permit import Refused
from mdps_plugin.distribution.chain import Chain
from mdps_plugin.distribution.marks_store import MarksStore
from mdps_plugin.distribution.repository_store import load_repository, save_repository
from mdps_plugin.errors import StoreError
from mdps_plugin.recipes.store import find_bundle
from tests.controller.site import ChainedSite

from .world import EVERYBODY, NOW, PATH, World, shipped

# The parent of a fork may have threads of the test runner; the child only writes files.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")

SPLINT = "aids/finger-splint/1/recipe.dsse.json"


class Steps:
    """Counts what an import does, and kills this process at step ``last``."""

    def __init__(self, last: int) -> None:
        self.last, self.count, self.word = last, 0, ""

    def step(self) -> None:
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """Two steps: before the call, and after it."""

        def counted(*args: Any, **named: Any) -> Any:
            self.step()
            try:
                return real(*args, **named)
            finally:
                self.step()

        return counted

    def watch(self, folder: Path, names: tuple[str, ...] = ("fsync", "replace")) -> None:
        """From now on, every fsync and rename below ``folder`` is two steps."""
        for name in names:
            real = getattr(os, name)
            setattr(os, name, self._below(folder, real, self.around(real)))

    def _below(
        self, folder: Path, real: Callable[..., Any], counted: Callable[..., Any]
    ) -> Callable[..., Any]:
        def called(*args: Any) -> Any:
            place = args[-1]
            if isinstance(place, int):
                place = os.readlink(f"/proc/self/fd/{place}")
            return (counted if Path(place).is_relative_to(folder) else real)(*args)

        return called

    def statement(self, query: str) -> None:
        """For SQLite's trace; rows of one kind are one step, as they are in one transaction."""
        word, before = query.split(" ", 1)[0], self.word
        self.word = word
        if word != before:
            self.step()


def killed_at(last: int, act: Callable[[Steps], object]) -> bool:
    """Run ``act`` in a child that dies at its step ``last``; False if it got through alive."""
    child = os.fork()
    if child == 0:
        try:
            act(Steps(last))
            os._exit(0)
        finally:
            os._exit(3)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.waitstatus_to_exitcode(status) == 0, "the import failed in the child"
    return False


def versions(chain: Chain) -> dict[str, int]:
    with chain.look(NOW) as look:
        assert [f.code for view in look.views.values() for f in view.findings] == []
        assert look.judge(PATH).accepted
        return {item.role: item.version for item in look.views["manufacturer"].lists}


def test_killed_at_every_step_of_an_import(world: World) -> None:
    before = versions(world.chain)
    old = world.stick(world.maker.files)
    world.maker.publish("aids", [shipped("finger-splint")], NOW)
    world.install(world.maker, *EVERYBODY)
    new = world.stick(world.maker.files)
    world.chain.close()
    trust = world.folder / "trust"
    kept = {path.name: path.read_bytes() for path in trust.iterdir()}

    def act(steps: Steps) -> None:
        chain = Chain(trust, world.roots, demonstration=True)
        steps.watch(trust)
        chain.marks._database.set_trace_callback(steps.statement)
        chain.take_in("manufacturer", new, NOW)
        chain.close()

    last, seen = 1, set[bool]()
    while killed_at(last, act):
        chain = Chain(trust, world.roots, demonstration=True)
        after = versions(chain)
        assert all(after[role] >= version for role, version in before.items())
        came = after["timestamp"] > before["timestamp"]
        seen.add(came)
        with chain.look(NOW) as look:
            named = look.views["manufacturer"].named
            assert (SPLINT in named) is came
            assert look.judge_bundle(PATH).accepted
        # A look has raised the marks to what stands: the old stick does not come back.
        assert chain.take_in("manufacturer", old, NOW).verdict.accepted is not came
        assert chain.take_in("manufacturer", new, NOW).verdict.accepted
        assert sorted(path.name for path in trust.iterdir()) == sorted({*kept, ".lock"})
        chain.close()
        for path in trust.iterdir():
            path.unlink()
        for name, data in kept.items():
            (trust / name).write_bytes(data)
        last += 1
    assert last > 10
    assert seen == {False, True}


class Broken:
    """A database whose COMMIT fails: lost, or done although it said no."""

    def __init__(self, real: sqlite3.Connection, stays: bool) -> None:
        self.real, self.stays, self.armed = real, stays, True

    def execute(self, query: str, *values: Any) -> Any:
        if query == "COMMIT" and self.armed:
            self.armed = False
            if self.stays:
                self.real.execute(query)
            raise sqlite3.OperationalError("disk I/O error")
        return self.real.execute(query, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


@pytest.mark.parametrize("stays", [False, True], ids=["was lost", "stayed"])
def test_marks_whose_write_failed(world: World, stays: bool) -> None:
    before = versions(world.chain)
    old = world.stick(world.maker.files)
    world.maker.publish("aids", [shipped("finger-splint")], NOW)
    world.install(world.maker, *EVERYBODY)
    store = world.chain.marks
    store._database = Broken(store._database, stays)  # type: ignore[assignment]  # stands in
    with pytest.raises(StoreError, match="Next step"):
        world.take("manufacturer")
    # Same process, no restart: what is in the file counts, not what was believed before.
    other = MarksStore(world.folder / "trust" / "marks.sqlite")
    assert store.all("manufacturer") == other.all("manufacturer")
    other.close()
    assert versions(world.chain)["timestamp"] == before["timestamp"] + 1
    refused = world.chain.take_in("manufacturer", old, NOW)
    assert [f.code for f in refused.verdict.refusals()] == ["TR-013"]
    assert world.take("manufacturer").verdict.accepted


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, *, stays: bool) -> Iterator[None]:
    real = os.replace

    def refuse(source: Any, target: Any) -> Any:
        mirror = Path(target).suffix == ".zip"
        if stays or not mirror:
            real(source, target)
        if mirror:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", refuse)
        yield


@pytest.mark.parametrize("stays", [False, True], ids=["was lost", "stayed"])
def test_a_mirror_whose_write_failed(
    world: World, monkeypatch: pytest.MonkeyPatch, stays: bool
) -> None:
    before = versions(world.chain)
    world.maker.publish("aids", [shipped("finger-splint")], NOW)
    world.install(world.maker, *EVERYBODY)
    stick = world.stick(world.maker.files)
    with failing(monkeypatch, stays=stays), pytest.raises(StoreError):
        world.chain.take_in("manufacturer", stick, NOW)
    assert (versions(world.chain)["timestamp"] > before["timestamp"]) is stays
    assert world.chain.take_in("manufacturer", stick, NOW).verdict.accepted


def test_a_cell_killed_between_mirror_marks_and_log(tmp_path: Path) -> None:
    """No use without an entry, no entry without the lists; the steps inside are tested above."""
    site = ChainedSite(tmp_path)
    site.take_both()
    site.approve()
    old = site.hospital.home / "old.zip"
    old.write_bytes(site.repositories.sticks(site.now)["manufacturer"].read_bytes())
    site.repositories.release([find_bundle("finger-splint")], site.now)
    new = site.repositories.sticks(site.now)["manufacturer"]
    site.cell.close()
    cell = site.hospital.cell
    kept = tmp_path / "kept"
    shutil.copytree(cell, kept)

    def act(steps: Steps) -> None:
        site.open()
        chain = site.cell.library.chain
        assert chain is not None
        chain.take_in = steps.around(chain.take_in)  # type: ignore[method-assign]  # killed about it
        chain.on_record = steps.around(chain.on_record)  # type: ignore[method-assign]  # killed about it
        log = site.cell.log
        log.append_many = steps.around(log.append_many)  # type: ignore[method-assign]  # killed about it
        site.take("manufacturer", new)

    def imports() -> int:
        return sum(entry.kind == "recipes_imported" for entry in site.cell.log.entries())

    before, seen, last = 2, set[tuple[int, bool]](), 1
    old_mirror = (cell / "trust" / "manufacturer.zip").read_bytes()
    while killed_at(last, act):
        site.open()
        newer = (cell / "trust" / "manufacturer.zip").read_bytes() != old_mirror
        place = (imports() - before, newer)
        assert place in {(0, False), (0, True), (1, True)}
        assert site.refusals() == (["TR-032"] if place == (0, True) else [])
        site.take("manufacturer", new)
        assert site.refusals() == []
        if place not in seen:
            with pytest.raises(Refused):
                site.take("manufacturer", old)
        seen.add(place)
        assert verify_log(cell / "audit.sqlite", None, None).ok
        site.cell.close()
        shutil.rmtree(cell)
        shutil.copytree(kept, cell)
        last += 1
    assert (len(seen), last) == (3, 7)


def test_publishing_killed_at_every_step(world: World) -> None:
    """Whoever takes the folder then gets the old repository, the new one, or a refusal."""
    folder = world.folder / "maker"
    world.maker.changed = list(world.maker.files)
    save_repository(world.maker, folder)

    def publish() -> None:
        repository = load_repository(folder)
        repository.publish("aids", [shipped("finger-splint")], NOW)
        world.install(repository, *EVERYBODY)
        save_repository(repository, folder)

    def act(steps: Steps) -> None:
        steps.watch(folder, ("replace",))
        publish()

    def taken(name: str) -> tuple[str, ...]:
        chain = Chain(world.folder / name, world.roots, demonstration=True)
        verdict = chain.take_in("manufacturer", folder, NOW).verdict
        chain.close()
        return tuple(finding.code for finding in verdict.refusals())

    last, seen, kept = 1, set[tuple[str, ...]](), world.folder / "kept"
    shutil.copytree(folder, kept)
    while killed_at(last, act):
        seen.add(taken(f"half-{last}"))
        publish()
        assert load_repository(folder).staged_roles() == ()
        assert not list(folder.rglob(".writing-*"))
        assert taken(f"half-{last}") == ()
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)
        last += 1
    assert last > 10
    assert seen == {()}
