"""A flawed draft through ``mdps recipe lint``: what its tests ask with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mdps_plugin.authoring.lint import lint
from mdps_plugin.authoring.refusals import honest
from mdps_plugin.findings import Finding, Verdict

AT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


def judge(*flaws: Any) -> Verdict:
    draft = honest()
    for flaw in flaws:
        flaw(draft)
    return lint(draft.document, draft.files, AT, "test")


def only(verdict: Verdict, code: str) -> Finding:
    (finding,) = [item for item in verdict.findings if item.code == code]
    return finding
