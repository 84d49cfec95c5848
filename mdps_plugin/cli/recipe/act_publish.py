"""``mdps recipe publish``: name bundles or a site policy in a repository, and install lists."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...canonical import Json
from ...errors import DocumentError, UsageFault
from ...recipes.bundle import verify_bundle
from ...recipes.document import Recipe
from ...recipes.store import find_bundle, load_bundle
from ...recipes.trust import parse_root
from ..output import add_json_flag, read_file
from .key_options import add_key_options, open_signers
from .repository_options import change, refuse_hospitals, refuse_manufacturers

if TYPE_CHECKING:
    from ...distribution.edit import Repository


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe publish``."""
    parser = acts.add_parser("publish", help="publish signed bundles, or install signed lists")
    parser.add_argument("repository", type=Path, metavar="REPOSITORY", help="folder or zip")
    parser.add_argument("bundle", nargs="*", metavar="BUNDLE", help="signed bundles to name")
    parser.add_argument("--family", help="device family whose signers name them")
    parser.add_argument(
        "--signers", type=Path, metavar="ROOT.json", help="mdps-root/1: whose signatures count"
    )
    parser.add_argument(
        "--policy",
        type=Path,
        metavar="SIGNED",
        help="hospital: a site policy as mdps recipe sign wrote it",
    )
    parser.add_argument(
        "--renew", action="store_true", help="only a new timestamp: a sign of life, no change"
    )
    parser.add_argument(
        "--again",
        action="append",
        default=[],
        metavar="ROLE",
        help="targets, root or a family: its list as it is, for a further life",
    )
    parser.add_argument(
        "--gather",
        action="append",
        default=[],
        type=Path,
        metavar="COPY",
        help="take the signatures that a copy of this repository has on the same waiting lists",
    )
    parser.add_argument("--zip", type=Path, metavar="STICK.zip", help="also write one zip of it")
    add_key_options(parser)
    add_json_flag(parser)
    parser.set_defaults(run=run_publish)


def run_publish(arguments: argparse.Namespace) -> int:
    """0 if everything is installed; 1 while signatures are missing, with whose."""
    if arguments.bundle and not arguments.family:
        raise UsageFault("bundles without --family: name the family whose signers publish them")

    def act(repository: Repository, at: datetime) -> dict[str, Json]:
        said: dict[str, Json] = {}
        if arguments.signers is not None or arguments.bundle:
            refuse_hospitals(repository, "a hospital approves")
        if arguments.signers is not None:
            data = read_file(arguments.signers)
            parse_root(data, str(arguments.signers))
            repository.publish_signers(data, at)
            said["signers"] = str(arguments.signers)
        if arguments.policy is not None:
            said["policy"] = _policy(repository, arguments.policy, at)
        if arguments.bundle:
            bundles = [_bundle(repository, name, at) for name in arguments.bundle]
            said["published"] = list(repository.publish(arguments.family, bundles, at))
        if arguments.again:
            said["again"] = _again(repository, arguments.again, at)
        if arguments.gather:
            said["gathered"] = _gathered(repository, arguments.gather)
        if arguments.renew:
            with ExitStack() as stack:
                repository.renew(open_signers(arguments, stack), at)
            said["renewed"] = True
        return said

    return change(arguments, act, arguments.zip)


def _again(repository: Repository, names: list[str], at: datetime) -> list[Json]:
    """Stage these lists with their content as it is."""
    roles = [repository.role_named(name) for name in names]
    for name, role in zip(names, roles, strict=True):
        if role in ("snapshot", "timestamp"):
            raise UsageFault(f"--again {name}: --renew signs this one")
        repository.sign_again(role, at)
    return [*roles]


def _gathered(repository: Repository, copies: list[Path]) -> list[Json]:
    """Take over signatures; :class:`DocumentError` for a copy that has none to give."""
    from ...distribution.repository_store import load_repository

    gained: list[Json] = []
    for copy in copies:
        roles = repository.gather(load_repository(copy))
        if not roles:
            raise DocumentError(
                str(copy),
                "staged",
                "no signature that is missing here",
                "a copy of this repository, signed after it was changed",
            )
        gained += roles
    return gained


def _bundle(repository: Repository, name: str, at: datetime) -> tuple[Recipe, Mapping[str, bytes]]:
    """A bundle that every hospital would take by the signers that the repository names."""
    from ...distribution.layout import SIGNERS_TARGET, target_file

    named = repository.current("targets").signed.targets.get(SIGNERS_TARGET)
    if named is None:
        raise DocumentError(
            repository.source, "signers", "none named", "mdps recipe publish --signers first"
        )
    root = parse_root(
        repository.files[target_file(SIGNERS_TARGET, named.hashes["sha256"])], SIGNERS_TARGET
    )
    files = load_bundle(find_bundle(name, root, at))
    signed = verify_bundle(files, root, at, name)
    if signed.recipe is None or not signed.verdict.accepted:
        first = signed.verdict.refusals()[0]
        raise DocumentError(name, first.code, first.observed(), first.allowed())
    return signed.recipe, files


def _policy(repository: Repository, path: Path, at: datetime) -> str:
    """Name a policy that every cell of this hospital would take today."""
    from ...distribution.hospital_policy import policy_signers
    from ...policy.signed import read_policy

    refuse_manufacturers(repository, "a policy is a hospital's")
    data = read_file(path)
    signers = policy_signers(repository.current("root").signed)
    reading = read_policy(data, signers, at, str(path), None)
    for refusal in reading.verdict.refusals():
        allowed = f"{refusal.allowed()}. Next: {refusal.next_step()}"
        raise DocumentError(
            str(path), refusal.code, f"{refusal.title()} {refusal.observed()}", allowed
        )
    if reading.policy is None or not reading.verdict.accepted:
        raise DocumentError(str(path), "", "not judged", "a policy whose checks all ran")
    repository.publish_policy(data, reading.policy.version, at)
    return reading.policy.label
