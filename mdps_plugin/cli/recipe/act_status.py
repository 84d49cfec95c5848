"""``mdps recipe status``: on one screen, what may be printed today, and why the rest may not."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...canonical import Json
from ...findings import Finding
from ...reading import instant_text
from ..output import add_json_flag, print_json
from ..recipe_options import read_moment
from .client_options import add_client_options, open_chain
from .sign_lists import print_states, states_json

if TYPE_CHECKING:
    from ...distribution.look import Look, Row


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe status``."""
    parser = acts.add_parser("status", help="what may be printed today, and why the rest may not")
    parser.add_argument("--at", metavar="TIME", help="as of 2026-11-23T14:05:00Z (default: now)")
    parser.add_argument(
        "--repository", type=Path, metavar="REPOSITORY", help="whose signatures are missing there"
    )
    add_client_options(parser, signing=False)
    add_json_flag(parser)
    parser.set_defaults(run=run_status)


def run_status(arguments: argparse.Namespace) -> int:
    """0 if something may be printed, or nothing waits for a signature; else 1."""
    if arguments.repository is not None:
        return _waiting(arguments)
    at = read_moment(arguments.at)
    with open_chain(arguments) as chain, chain.look(at, as_of=arguments.at is not None) as look:
        lines = [
            (row, (*row.verdict.findings, *look.judge_policy(row.path))) for row in look.rows()
        ]
        body = _body(look, lines, at)
    usable = [row for row, found in lines if _usable(row, found)]
    if arguments.json:
        print_json(body)
        return 0 if usable else 1
    for name, view in look.views.items():
        until = view.fresh_until
        fresh = f"fresh until {instant_text(until)}" if until else "nothing accepted"
        print(f"{name}: {fresh}")
    policy = look.policy.policy
    if policy is not None:
        print(f"{policy.label}: good until {instant_text(policy.expires)}")
    for line in _common(look):
        print(f"  {line}")
    print(f"may be used today: {len(usable)} of {len(lines)}")
    shown = {finding.message() for finding in _shared(look)}
    for row, found in lines:
        word = "yes" if _usable(row, found) else "NO "
        print(f"  {word} {row.recipe_id}/{row.revision}")
        for finding in found:
            if finding.message() not in shown:
                print(f"      {finding.code} {finding.title()} {finding.observed()}")
                print(f"      allowed: {finding.allowed()}")
                print(f"      next: {finding.next_step()}")
    return 0 if usable else 1


def _usable(row: Row, found: tuple[Finding, ...]) -> bool:
    """True if both repositories and the site policy let it be used."""
    return row.verdict.accepted and not any(finding.refuses for finding in found)


def _shared(look: Look) -> list[Finding]:
    """What refuses every recipe alike, said once."""
    found = [*look.time_findings, *look.signers_findings]
    for view in look.views.values():
        found += view.findings
    return [*found, *look.policy.verdict.refusals()]


def _common(look: Look) -> list[str]:
    return [f"{finding.code} {finding.message()}" for finding in _shared(look)]


def _body(
    look: Look, lines: list[tuple[Row, tuple[Finding, ...]]], at: datetime
) -> dict[str, Json]:
    policy = look.policy.policy
    return {
        "at": instant_text(at),
        "repositories": {
            name: {
                "accepted": view.accepted,
                "fresh_until": instant_text(view.fresh_until) if view.fresh_until else None,
                "lists": [
                    {
                        "role": item.role,
                        "version": item.version,
                        "expires": instant_text(item.expires),
                    }
                    for item in view.lists
                ],
                "findings": [finding.to_json() for finding in view.findings],
            }
            for name, view in look.views.items()
        },
        "policy": {
            "accepted": look.policy.verdict.accepted,
            "named": policy.to_json() if policy is not None else None,
            "findings": [finding.to_json() for finding in look.policy.verdict.findings],
        },
        "recipes": [
            {
                "recipe_id": row.recipe_id,
                "revision": row.revision,
                "usable": _usable(row, found),
                "findings": [finding.to_json() for finding in found],
            }
            for row, found in lines
        ],
    }


def _waiting(arguments: argparse.Namespace) -> int:
    from ...distribution.repository_store import load_repository

    states = load_repository(arguments.repository).states()
    if arguments.json:
        print_json({"waiting": states_json(states)})
    elif states:
        print_states(states)
    else:
        print("nothing waits for a signature")
    return 1 if states else 0
