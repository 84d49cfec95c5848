"""The part of ``mdps recipe sign`` for a site policy: one more signature, beside the document.

People who sign need not meet: the signed file is passed on, and each adds a signature.
``mdps recipe publish --policy`` says whose are missing and puts it into the hospital's repository.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ...authoring.policy_signing import sign_policy_file
from ...canonical import Json
from ...policy.signed import POLICY_NAME
from ...recipes.envelope import parse_envelope
from ...recipes.keys import key_id_of
from ..output import complain, print_json, read_file
from ..write_file import write_file
from .key_options import open_signer


def sign_policy_act(arguments: argparse.Namespace) -> int:
    """0 with the signed policy written: a document's beside it, a signed one in its place."""
    path: Path = arguments.folder
    key = open_signer(str(arguments.key), arguments.passphrase_file, complain)
    data = read_file(path)
    envelope, policy = sign_policy_file(data, key, str(path))
    signatures = len(parse_envelope(envelope, str(path)).signatures)
    output = path if signatures > 1 else path.parent / POLICY_NAME
    write_file(output, envelope)
    result: dict[str, Json] = {
        "output": str(output),
        "policy": policy.to_json(),
        "key_id": key_id_of(key.public_key()),
        "signatures": signatures,
    }
    if arguments.json:
        print_json(result)
    else:
        print(f"{policy.label}, digest {policy.digest}")
        print(f"{output} written with {signatures} signatures")
    return 0
