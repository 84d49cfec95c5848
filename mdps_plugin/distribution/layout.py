"""Names inside a repository, and the fields that this project adds to TUF's. No I/O.

``metadata/`` and ``targets/`` are TUF's; ``staged/`` holds lists that wait for signatures and is
read by no client. Pinned files of a recipe lie in ``targets/blobs/SHA256``: no list names them,
the signed statement pins each by digest and size.
"""

from __future__ import annotations

import re

from ..recipes.parse import ENVELOPE_NAME

MANUFACTURER, HOSPITAL = "manufacturer", "hospital"
REPOSITORIES = (MANUFACTURER, HOSPITAL)
TOP_ROLES = ("root", "targets", "snapshot", "timestamp")
BLOBS = "targets/blobs"
SIGNERS_TARGET = "roots/signers.json"
POLICY_TARGET = "policy/site-policy.dsse.json"

#: Fields of ours; TUF 1.0.34, 4.1 has clients keep what they do not know.
HOLDER = "x-mdps-holder"
NAME = "x-mdps-name"
VALID_DAYS = "x-mdps-valid-days"
WITHDRAWN = "x-mdps-withdrawn"

FAMILY = r"[a-z0-9][a-z0-9-]{0,62}"
_RECIPE_PATH = re.compile(rf"({FAMILY})/({FAMILY})/([1-9][0-9]{{0,6}})/" + re.escape(ENVELOPE_NAME))


def is_family(name: str) -> bool:
    """True for a name that a device family, or a repository, may have."""
    return re.fullmatch(FAMILY, name) is not None


def family_role(repository: str, family: str) -> str:
    """``example-manufacturer.splints``: a role name is never shared by two manufacturers."""
    return f"{repository}.{family}"


def recipe_path(family: str, recipe_id: str, revision: int) -> str:
    """The target path of a recipe; the version is in the path, for TUF versions lists only."""
    return f"{family}/{recipe_id}/{revision}/{ENVELOPE_NAME}"


def read_recipe_path(path: str) -> tuple[str, str, int] | None:
    """Family, recipe id and revision of a target path; None if it is no recipe's."""
    matched = _RECIPE_PATH.fullmatch(path)
    return None if matched is None else (matched[1], matched[2], int(matched[3]))


def target_file(path: str, sha256: str) -> str:
    """Where a target lies (consistent snapshots): the digest before its name."""
    folder, _, name = path.rpartition("/")
    return f"targets/{folder}/{sha256}.{name}" if folder else f"targets/{sha256}.{name}"
