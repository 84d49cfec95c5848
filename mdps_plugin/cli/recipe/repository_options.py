"""What the acts on repositories share: finding a recipe, staging, signing, installing, saving."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...canonical import Json
from ...errors import DocumentError, UsageFault
from ..output import complain, print_json
from .key_options import open_signers
from .sign_lists import print_changes, print_states, states_json

if TYPE_CHECKING:
    from ...distribution.edit import Repository


def now() -> datetime:
    """The moment of the command, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def read_label(text: str) -> tuple[str, int]:
    """``ID/REVISION``; :class:`UsageFault` otherwise."""
    name, _, revision = text.partition("/")
    if not name or not (revision.isascii() and revision.isdigit() and len(revision) < 8):
        raise UsageFault(f"{text}: write it as ID/REVISION, for instance mask-extender/1")
    return name, int(revision)


def paths_in(repository: Repository, label: str) -> tuple[str, ...]:
    """Every path under which a repository names a recipe; :class:`DocumentError` if none."""
    from ...distribution.layout import read_recipe_path

    wanted = read_label(label)
    paths = [
        str(path)
        for role in repository.list_roles()
        for path in repository.current(role).signed.targets
        if (read_recipe_path(path) or ("", "", 0))[1:] == wanted
    ]
    if not paths:
        raise DocumentError(repository.source, label, "not named", "a recipe that it names")
    return tuple(dict.fromkeys(paths))


def refuse_manufacturers(repository: Repository, instead: str) -> None:
    """:class:`DocumentError` unless this is a hospital's; ``instead``: what is done there."""
    if repository.families():
        raise DocumentError(
            repository.source,
            "",
            "a manufacturer's repository, it delegates families",
            f"the hospital's own; {instead}",
        )


def refuse_hospitals(repository: Repository, instead: str) -> None:
    """:class:`DocumentError` unless this is a manufacturer's."""
    if not repository.families():
        raise DocumentError(
            repository.source,
            "",
            "a hospital's repository, it delegates no family",
            f"the manufacturer's; {instead}",
        )


def add_on_top(parser: argparse.ArgumentParser) -> None:
    """``--on-top``, of every act that changes keys."""
    parser.add_argument(
        "--on-top",
        action="store_true",
        help="build on a change of keys that still waits for signatures",
    )


def change(
    arguments: argparse.Namespace,
    act: Callable[[Repository, datetime], dict[str, Json]],
    zip_file: Path | None = None,
    *,
    keys: bool = False,
) -> int:
    """Load, change, sign with ``--key``, install what is complete, save, say what is missing.

    ``keys``: the act changes who signs. It is not put upon a change that somebody else staged and
    that nobody has read: signing the one would sign the other. 0 if everything is installed; 1
    while signatures are missing, with whose.
    """
    from ...distribution.repository_store import export_zip, load_repository, save_repository

    repository = load_repository(arguments.repository)
    at = now()
    with ExitStack() as stack:
        signers = open_signers(arguments, stack)
        waiting_changes = repository.key_changes()
        if keys and waiting_changes and not arguments.on_top:
            raise DocumentError(
                repository.source,
                "staged",
                f"a change of keys waits already: {'; '.join(waiting_changes)}"[:400],
                "one at a time: sign and publish it, or add --on-top if you want both",
            )
        said = act(repository, at)
        changes = repository.key_changes()
        for role in repository.staged_roles():
            for signer in signers:
                repository.sign(role, signer)
        waiting = repository.states()
        installed: tuple[str, ...] = ()
        if waiting and not any(state.lacking for state in waiting):
            installed = repository.finish(signers, at)
    save_repository(repository, arguments.repository)
    left = repository.states()
    if zip_file is not None and not left:
        export_zip(repository, zip_file)
        said["zip"] = str(zip_file)
    elif zip_file is not None:
        complain(f"{zip_file}: not written, lists still wait: see mdps recipe status --repository")
    result: dict[str, Json] = {
        **said,
        "changes": list(changes),
        "installed": list(installed),
        "waiting": states_json(left),
    }
    if arguments.json:
        print_json(result)
    else:
        for key, value in said.items():
            for item in value if isinstance(value, list) else [value]:
                print(f"{key}: {item}")
        print_changes(changes)
        if installed:
            print(f"installed: {', '.join(installed)}")
        print_states(left)
        if left and not any(state.lacking for state in left):
            print("complete: publish with the snapshot and timestamp keys to install it")
    return 1 if left else 0
