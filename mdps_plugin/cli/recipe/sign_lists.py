"""The second half of ``mdps recipe sign``: signatures on the waiting lists of a repository.

People who sign need not meet: each signs the same file and passes it on. Nothing is installed here;
``mdps recipe publish`` does that once everybody has signed.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ...canonical import Json
from ...errors import DocumentError
from ..output import print_json
from .key_options import open_signer

if TYPE_CHECKING:
    from ...distribution.list_signing import SignatureState


def is_repository(folder: Path) -> bool:
    """True for a folder that holds a repository, and no bundle."""
    return (folder / "staged").is_dir() or (folder / "metadata").is_dir()


def sign_lists(arguments: argparse.Namespace) -> int:
    """0 if at least one waiting list took the signature.

    A signature covers all that waits, whoever staged it: where that changes who signs, it is not
    put there before whoever signs has said that it is meant.
    """
    from ...distribution.repository_store import load_repository, save_repository

    repository = load_repository(arguments.folder)
    signer = open_signer(str(arguments.key), arguments.passphrase_file)
    waiting = repository.staged_roles()
    if not waiting:
        raise DocumentError(str(arguments.folder), "staged", "nothing waits", "a staged list")
    changes = repository.key_changes()
    if changes and not arguments.key_changes:
        # All of them, however many: who is asked for a yes must have seen the last one too.
        raise DocumentError(
            str(arguments.folder),
            "staged",
            f"a signature would change who signs: {'; '.join(changes)}",
            "a change that you have read and mean: then add --key-changes",
        )
    if not arguments.json:
        print_changes(changes)
    signed = [role for role in waiting if repository.sign(role, signer)]
    if not signed:
        raise DocumentError(
            str(arguments.folder),
            "staged",
            "no waiting list asks for this key",
            "a key that the repository names: see mdps recipe status --repository",
        )
    save_repository(repository, arguments.folder)
    states = repository.states()
    if arguments.json:
        print_json(
            {"changes": list(changes), "signed": list(signed), "waiting": states_json(states)}
        )
    else:
        print(f"signed: {', '.join(signed)}")
        print_states(states)
    return 0


def print_changes(changes: tuple[str, ...]) -> None:
    """What a signature on the waiting lists changes about who signs."""
    for change in changes:
        print(f"changes who signs: {change}")


def states_json(states: tuple[SignatureState, ...]) -> list[Json]:
    """How far each waiting list is."""
    return [
        {
            "role": state.role,
            "version": state.version,
            "threshold": state.threshold,
            "signed": list(state.signed),
            "lacking": state.lacking,
            "missing": list(state.missing),
        }
        for state in states
    ]


def print_states(states: tuple[SignatureState, ...]) -> None:
    """The same in words: how many signatures are missing, and whose."""
    for state in states:
        have = f"{len(state.signed)} of {state.threshold} signatures"
        if state.lacking == 0:
            print(f"{state.role} version {state.version}: {have}, complete")
            continue
        whose = ", ".join(state.missing)
        print(f"{state.role} version {state.version}: {have}, {state.lacking} missing ({whose})")
