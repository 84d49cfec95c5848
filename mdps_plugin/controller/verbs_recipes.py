"""Verbs about recipes at this site: import, approve, withdraw, all signed; and what may be used.

Each asks the library anew: nothing here remembers a verdict. The rows that screens are shown are
shaped in :mod:`.recipe_rows`.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from ..build.checks.site import check_site
from ..build.permit import Refused
from ..build.recall import parts_of
from ..build.signature import Act
from ..canonical import Json
from ..errors import DocumentError, StoreError, UsageFault
from ..findings import CheckRun, Verdict
from ..recipes.document import Recipe
from .cell import Cell
from .gathering import policy_of
from .library import LibraryBundle
from .recipe_rows import list_rows, recalled_here, recipe_rows, repository_rows
from .socket_link import Reply, Request
from .verbs import fields_of, record_signed, require_role, signed, signer

_IMPORTED = re.compile(r"([a-z0-9][a-z0-9-]{0,62})/([1-9][0-9]{0,6})")
_STICK_NAME = re.compile(r"[^/\\\x00-\x1f\x7f]{1,200}")


def recipes(cell: Cell, request: Request) -> Reply:
    """Every recipe of the cell, and every imported one, with YES or NO and all reasons."""
    fields_of(request).close()
    return Reply(result=recipe_rows(cell, cell.clock.now()))


def repositories(cell: Cell, request: Request) -> Reply:
    """Both repositories and the site policy: accepted or why not, and until when they are good."""
    fields_of(request).close()
    return Reply(result=repository_rows(cell, cell.clock.now()))


def made_from(cell: Cell, request: Request) -> Reply:
    """Every part made from one recipe, where it stands, and sums that add up (a recall query)."""
    fields = fields_of(request)
    digest = fields.digest("recipe_digest")
    fields.close()
    return Reply(result=parts_of(cell.state, digest))


def import_recipes(cell: Cell, request: Request) -> Reply:
    """Take in a stick as the new mirror of a repository, and put what was accepted on record.

    The stick is a ``path`` at the controller, or the zip whose bytes follow the request under its
    ``name``. Person and role are known before either is looked at. The mirror and its marks are
    durable before the entry: a crash in between leaves a newer mirror, never an older one,
    and TR-032 until somebody imports again. The answer names what the stick takes back and every
    part made from it.
    """
    fields = fields_of(request)
    repository = fields.matching("repository", "manufacturer|hospital", "manufacturer or hospital")
    if request.body:
        source = fields.matching("name", _STICK_NAME.pattern, "a file name")
        path = None
    else:
        path = Path(fields.text("path", max_length=1000))
        source = path.name
    fields.close()
    who = signer(cell, request)
    require_role(who[0], Act.IMPORT_RECIPES)
    chain = cell.library.chain
    if chain is None:
        raise DocumentError(
            "cell.json", "trust", "missing", "the first roots of both repositories, see operations"
        )
    # Asked before anything is kept: whoever signed something else leaves no mirror behind.
    signed(cell, request, Act.IMPORT_RECIPES, {"repository": repository}, person=who)
    with _stick(request, path) as place:
        try:
            imported = chain.take_in(repository, place, cell.clock.now())
        except UsageFault:
            raise DocumentError(
                "request", "path", "no repository there", "a folder or zip that can be opened"
            ) from None
    if not imported.verdict.accepted:
        raise Refused(imported.verdict)
    recalled = recalled_here(cell, imported.view)
    body: dict[str, Json] = {
        "repository": repository,
        "source": source,
        "marks": [mark.to_json() for mark in imported.marks],
        "missing": list(imported.missing[:20]),
        "recalled": [{name: row[name] for name in ("recipe", "reason")} for row in recalled],
    }
    reply = record_signed(cell, request, "recipes_imported", Act.IMPORT_RECIPES, body, person=who)
    chain.on_record(imported.marks)
    told: dict[str, Json] = {
        "missing": list(imported.missing),
        "ignored": list(imported.ignored[:20]),
        "lists": list_rows(imported.view),
        "recalled": list(recalled),
    }
    return Reply(result={**_entry(reply), **told})


def _entry(reply: Reply) -> dict[str, Json]:
    return dict(reply.result) if isinstance(reply.result, dict) else {}


@contextmanager
def _stick(request: Request, path: Path | None) -> Iterator[Path]:
    """Where the stick lies; brought bytes lie in a file that is gone afterwards."""
    if path is not None:
        yield path
        return
    folder = None
    try:
        try:
            folder = Path(tempfile.mkdtemp(prefix="mdps-stick-"))
            place = folder / "stick.zip"
            place.write_bytes(request.body)
        except OSError as fault:
            raise StoreError(f"no room to look at the stick: {fault.strerror}") from None
        yield place
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def approve_recipe(cell: Cell, request: Request) -> Reply:
    """Take a bundle in and approve it for this site (row 30).

    Person and role are known before a file that the request names is looked at, and the bundle
    is durable before the entry that names it. What the site's policy denies is not approved:
    the reason is the one that arming would give. ``envelope_sha256``, where given, is the bytes
    that the signer was shown; others are refused.
    """
    fields = fields_of(request)
    path = Path(fields.text("bundle", max_length=1000))
    qualification = fields.text("local_qualification")
    shown = fields.digest("envelope_sha256") if fields.has("envelope_sha256") else None
    fields.ignore("envelope_sha256")
    fields.close()
    who = signer(cell, request)
    require_role(who[0], Act.APPROVE_RECIPE)
    now = cell.clock.now()
    bundle = _bundle_at(cell, path, now)
    if bundle.recipe is None or not bundle.signed.verdict.accepted:
        raise Refused(bundle.signed.verdict)
    if shown is not None and shown != bundle.envelope_sha256:
        raise DocumentError(
            "request",
            "envelope_sha256",
            "other bytes than those imported now",
            "the recipe as it is shown; close and read it again",
        )
    _require_policy(cell, bundle, bundle.recipe, now)
    body: dict[str, Json] = {
        **_named(bundle.recipe),
        "bundle_sha256": bundle.envelope_sha256,
        "root_sha256": cell.library.root_sha256,
        "local_qualification": qualification,
    }
    # Asked before anything is kept: whoever signed something else leaves no bundle behind.
    signed(cell, request, Act.APPROVE_RECIPE, body, person=who)
    cell.library.keep(bundle, now)
    return record_signed(cell, request, "recipe_approved", Act.APPROVE_RECIPE, body, person=who)


def _require_policy(cell: Cell, bundle: LibraryBundle, recipe: Recipe, now: datetime) -> None:
    """:class:`Refused` with the reasons for which this site would not make the device."""
    verdict = Verdict(
        findings=check_site(recipe, policy_of(cell, bundle.policy), now),
        checks=(CheckRun(name="site", ran=True),),
        required=frozenset({"site"}),
    )
    if not verdict.accepted:
        raise Refused(verdict)


def _bundle_at(cell: Cell, path: Path, now: datetime) -> LibraryBundle:
    """The bundle there. What is no bundle is not described: it may be anybody's folder.

    In a cell with a chain of trust, ``ID/REVISION`` means a recipe out of the mirror.
    """
    try:
        named = _IMPORTED.fullmatch(str(path))
        if cell.library.chain is not None and named is not None:
            return cell.library.judge_imported(named[1], int(named[2]), now)
        return cell.library.judge(path, now)
    except (DocumentError, UsageFault):
        raise DocumentError(
            "request", "bundle", "no recipe bundle there", "a bundle as the manufacturer sent it"
        ) from None


def withdraw_recipe(cell: Cell, request: Request) -> Reply:
    """Withdraw a recipe from this site, for ever."""
    fields = fields_of(request)
    digest = fields.digest("recipe_digest")
    reason = fields.text("reason")
    fields.close()
    approval = cell.state.approvals.get(digest)
    if approval is None:
        raise DocumentError(
            "request", "recipe_digest", f"{digest[:16]}…, not approved", "a recipe approved here"
        )
    # From the log, not from the bundle: one that is damaged can still be withdrawn.
    body: dict[str, Json] = {
        "recipe_digest": approval.recipe_digest,
        "recipe_id": approval.recipe_id,
        "revision": approval.revision,
        "reason": reason,
    }
    return record_signed(cell, request, "recipe_withdrawn", Act.WITHDRAW_RECIPE, body)


def _named(recipe: Recipe) -> dict[str, Json]:
    return {
        "recipe_digest": recipe.digest,
        "recipe_id": recipe.identity.recipe_id,
        "revision": recipe.identity.revision,
    }


TABLE = {
    "recipes": recipes,
    "repositories": repositories,
    "made_from": made_from,
    "import_recipes": import_recipes,
    "approve_recipe": approve_recipe,
    "withdraw_recipe": withdraw_recipe,
}
