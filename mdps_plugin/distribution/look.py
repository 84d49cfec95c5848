"""Both repositories at one moment, and what they say of a recipe: usable, recalled, why not.

Uptane 2.1.0: a recipe is usable only where manufacturer and hospital name the same bytes. Reads
the mirrors that :mod:`.chain` opened; imports nothing and keeps no verdict from yesterday.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ..errors import DocumentError
from ..findings import CheckRun, Finding, Verdict, merge
from ..policy.signed import PolicyReading
from ..recipes.bundle import verify_bundle
from ..recipes.document import Recipe
from ..recipes.trust import TrustRoot, parse_root
from . import codes, codes_use
from .hospital_policy import judge_named, read_hospital_policy
from .layout import HOSPITAL, MANUFACTURER, SIGNERS_TARGET, read_recipe_path
from .mirror_store import read_bundle
from .refusals import found
from .view import View

CHECKS = ("time", "manufacturer repository", "hospital repository", "same bytes", "signers")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One recipe in the status of a cell: usable, or why not."""

    path: str
    recipe_id: str
    revision: int
    verdict: Verdict


class Look:
    """Both repositories at one moment. Close it: the mirrors are held open to read recipes."""

    def __init__(
        self,
        *,
        views: Mapping[str, View],
        time_findings: tuple[Finding, ...],
        demonstration: bool,
        institution: str | None = None,
    ) -> None:
        """Read the signers list out of the manufacturer's repository."""
        self._institution = institution
        self.views = views
        self.time_findings = time_findings
        self.signers: TrustRoot | None = None
        self.signers_findings = self._read_signers(demonstration)
        self._paths, self._newest = self._index()

    def __enter__(self) -> Look:
        """For ``with``."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the mirrors."""
        self.close()

    def close(self) -> None:
        """Close the mirrors."""
        for view in self.views.values():
            if view.source is not None:
                view.source.close()

    @cached_property
    def policy(self) -> PolicyReading:
        """The hospital's site policy as it verifies at this moment."""
        return read_hospital_policy(self.views[HOSPITAL], self._institution)

    def judge_policy(self, path: str) -> tuple[Finding, ...]:
        """Why the site policy denies the recipe at ``path``; empty if no recipe can be read there.

        For showing: :meth:`judge` says why a recipe cannot be read, and a build asks again.
        """
        return judge_named(self.views[MANUFACTURER], path, self.policy)

    def _read_signers(self, demonstration: bool) -> tuple[Finding, ...]:
        maker = self.views[MANUFACTURER]
        if not maker.accepted:
            return ()  # said already, and nothing is usable
        data = maker.fetch(SIGNERS_TARGET)
        if isinstance(data, Finding):
            return (
                found(
                    codes.BAD_SIGNERS,
                    MANUFACTURER,
                    path=SIGNERS_TARGET,
                    measured=f"{data.code} {data.title()}",
                ),
            )
        try:
            self.signers = parse_root(data, SIGNERS_TARGET)
        except DocumentError as fault:
            return (
                found(
                    codes.BAD_SIGNERS,
                    MANUFACTURER,
                    path=fault.path or SIGNERS_TARGET,
                    measured=fault.observed,
                ),
            )
        if self.signers.demonstration and not demonstration:
            return (found(codes.DEMONSTRATION, MANUFACTURER),)
        return ()

    def _index(self) -> tuple[dict[tuple[str, int], str], dict[tuple[str, str], int]]:
        """Paths by name and revision; newest revision that the manufacturer names, by family."""
        paths: dict[tuple[str, int], str] = {}
        newest: dict[tuple[str, str], int] = {}
        for name, view in self.views.items():
            for path in (*view.withdrawn, *view.named, *view.strays):
                parts = read_recipe_path(path)
                if parts is None:
                    continue
                paths.setdefault(parts[1:], path)
                if name == MANUFACTURER and path in view.named:
                    newest[parts[:2]] = max(parts[2], newest.get(parts[:2], 0))
        return paths, newest

    def path_of(self, recipe_id: str, revision: int) -> str | None:
        """The path under which a repository names or withdrew a recipe, or strayed to it."""
        return self._paths.get((recipe_id, revision))

    def judge(self, path: str, envelope_sha256: str | None = None) -> Verdict:
        """May the recipe at ``path`` be used? ``envelope_sha256``: of the bytes at hand, if any."""
        ran, findings = {"time"}, list(self.time_findings)
        for name, view in self.views.items():
            ran.add(f"{name} repository")
            findings += view.findings
            if view.accepted:
                refusal = view.why_not(path)
                findings += [refusal] if refusal is not None else []
        findings += self.signers_findings
        if self.signers is not None:
            ran.add("signers")
        maker = self.views[MANUFACTURER].named.get(path)
        here = self.views[HOSPITAL].named.get(path)
        if maker is not None and here is not None:
            ran.add("same bytes")
            findings += _same(path, maker.sha256, here.sha256, envelope_sha256)
            findings += self._superseded(path)
        return Verdict(
            findings=tuple(findings),
            checks=tuple(CheckRun(name=name, ran=name in ran) for name in CHECKS),
            required=frozenset(CHECKS),
        )

    def _superseded(self, path: str) -> list[Finding]:
        family, recipe_id, revision = read_recipe_path(path) or ("", "", 0)
        newest = self._newest.get((family, recipe_id), revision)
        if newest <= revision:
            return []
        return [found(codes.SUPERSEDED, MANUFACTURER, path=path, measured=newest)]

    def judge_recipe(
        self, recipe_id: str, revision: int, envelope_sha256: str | None = None
    ) -> Verdict:
        """:meth:`judge` by name and revision."""
        path = self.path_of(recipe_id, revision)
        return self.judge(
            path or f"unnamed/{recipe_id}/{revision}/recipe.dsse.json", envelope_sha256
        )

    def judge_recall(
        self, recipe_id: str, revision: int, envelope_sha256: str | None = None
    ) -> Verdict:
        """Has neither repository taken the recipe back? Both must be readable today to say so.

        ``envelope_sha256``: of the bundle that the part was made from. A manufacturer who names
        other bytes under the same name and revision does not name that one any more.
        """
        findings = list(self.time_findings)
        maker = self.views[MANUFACTURER]
        for view in self.views.values():
            # A list that cannot be read today may be hiding the recall.
            unread = [*view.findings, *view.faults.values()]
            findings += [_unknown(view.repository, fault) for fault in unread if fault.refuses]
            findings += unread
            for path in view.withdrawn:
                if (read_recipe_path(path) or ("", "", 0))[1:] == (recipe_id, revision):
                    reason = view.why_not(path)
                    findings += [reason] if reason is not None else []
        named = {
            item.sha256
            for path, item in maker.named.items()
            if (read_recipe_path(path) or ("", "", 0))[1:] == (recipe_id, revision)
        }
        if not findings and not (named if envelope_sha256 is None else envelope_sha256 in named):
            findings.append(found(codes.NOT_NAMED, MANUFACTURER, path=f"{recipe_id}/{revision}"))
        return Verdict(
            findings=tuple(findings),
            checks=(CheckRun(name="recall", ran=True),),
            required=frozenset({"recall"}),
        )

    def bundle(self, path: str) -> dict[str, bytes] | Finding:
        """The manufacturer's bundle out of the mirror."""
        return read_bundle(self.views[MANUFACTURER], path)

    def judge_bundle(self, path: str) -> Verdict:
        """Does the bundle in the mirror verify by itself, by the signers list of today?"""
        maker = self.views[MANUFACTURER]
        ran, findings = self.signers is not None and path in maker.named, list[Finding]()
        own: list[Verdict] = []
        if self.signers is not None and path in maker.named:
            files = self.bundle(path)
            if isinstance(files, Finding):
                findings.append(files)
            else:
                signed = verify_bundle(files, self.signers, maker.at, path)
                own.append(signed.verdict)
                findings += _other_label(path, signed.recipe)
        check = Verdict(
            findings=tuple(findings),
            checks=(CheckRun(name="bundle", ran=ran),),
            required=frozenset({"bundle"}),
        )
        return merge([check, *own])

    def rows(self) -> tuple[Row, ...]:
        """Every recipe that either repository speaks of, and whether it may be used."""
        paths = {path for view in self.views.values() for path in (*view.named, *view.withdrawn)}
        rows: list[Row] = []
        for path in sorted(paths):
            parts = read_recipe_path(path)
            if parts is not None:
                verdict = merge([self.judge(path), self.judge_bundle(path)])
                rows.append(Row(path=path, recipe_id=parts[1], revision=parts[2], verdict=verdict))
        return tuple(rows)


def _unknown(repository: str, fault: Finding) -> Finding:
    """Why a release waits for a list, whosever family it is; the fault itself says the rest."""
    said = f"{fault.code} {fault.title()}"
    return found(codes_use.RECALL_UNKNOWN, repository, measured=said)


def _other_label(path: str, recipe: Recipe | None) -> list[Finding]:
    """A path that promises another name or revision than the recipe there."""
    if recipe is None:
        return []  # said by the bundle's own verdict
    label = (recipe.identity.recipe_id, recipe.identity.revision)
    if label == (read_recipe_path(path) or ("", "", 0))[1:]:
        return []
    return [found(codes.NOT_NAMED, MANUFACTURER, path=f"{path}, holding {recipe.label},")]


def _same(path: str, maker: str, here: str, at_hand: str | None) -> list[Finding]:
    if maker != here:
        return [
            found(
                codes.DISAGREE,
                HOSPITAL,
                path=path,
                measured=f"SHA-256 {here[:16]}…",
                limit=f"SHA-256 {maker[:16]}…",
            )
        ]
    if at_hand is not None and at_hand != maker:
        return [
            found(
                codes.TARGET_ALTERED,
                MANUFACTURER,
                path=path,
                measured=f"SHA-256 {at_hand[:16]}…",
                limit=f"SHA-256 {maker[:16]}…",
            )
        ]
    return []
