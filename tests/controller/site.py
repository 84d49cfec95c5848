"""A hospital whose cell is open in the test's own process, without a printer. Tests nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mdps_plugin.build.signature import Act
from mdps_plugin.controller.cell import Cell, open_cell, read_cell_config
from mdps_plugin.controller.process import find_profile
from mdps_plugin.controller.socket_link import Request
from mdps_plugin.controller.verbs_recipes import approve_recipe, import_recipes, recipes
from mdps_plugin.demonstration.hospital import Hospital, lay_out, signature
from mdps_plugin.demonstration.repositories import Repositories
from mdps_plugin.recipes.store import find_bundle

MASK = "mask-extender/1"


class Site:
    """A cell that is laid out; :meth:`open` it, and again after it was closed."""

    def __init__(self, home: Path, *, chain: bool = False) -> None:
        self.hospital = Hospital(home=home)
        lay_out(self.hospital, None, chain=chain)

    def open(self) -> None:
        config = read_cell_config(self.hospital.cell)
        self.cell: Cell = open_cell(
            self.hospital.cell, find_profile(config.printer.profile), config
        )

    def ask(self, verb: Any, act: Act, **values: Any) -> Any:
        """What a verb answers to the quality manager's signature."""
        args = {**values, "signature": signature(self.hospital, "quinn", act)}
        request = Request(number=1, verb=act.value, args=args, body=b"", actor="quinn")
        return verb(self.cell, request).result


class ChainedSite(Site):
    """One whose recipes come through the two repositories, as they lie at the manufacturer."""

    def __init__(self, home: Path) -> None:
        super().__init__(home, chain=True)
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.repositories = Repositories(self.hospital.repositories)
        self.repositories.release([find_bundle("mask-extender")], self.now)
        self.open()

    def take(self, name: str, path: Path) -> Any:
        return self.ask(import_recipes, Act.IMPORT_RECIPES, repository=name, path=str(path))

    def take_both(self) -> None:
        for name, path in self.repositories.sticks(self.now).items():
            self.take(name, path)

    def approve(self) -> None:
        self.ask(approve_recipe, Act.APPROVE_RECIPE, bundle=MASK, local_qualification="OQ 7")

    def reasons(self) -> list[dict[str, Any]]:
        """Why the recipe may not be used, as the screens are told."""
        (row,) = self.ask(recipes, Act.APPROVE_RECIPE)
        assert row["usable"] is not bool(row["reasons"])
        found: list[dict[str, Any]] = row["reasons"]
        return found

    def refusals(self, at: datetime | None = None) -> list[str]:
        bundle = self.cell.library.open("mask-extender", 1, at or self.cell.clock.now())
        assert bundle.recipe is not None, "a record must stay readable"
        return [finding.code for finding in bundle.signed.verdict.refusals()]
