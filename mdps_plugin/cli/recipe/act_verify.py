"""``mdps recipe verify``: signatures, files and dates of a bundle judged. Converts only."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...errors import UsageFault
from ...recipes.bundle import SignedRecipe
from ...recipes.envelope import pae, parse_envelope
from ...recipes.parse import ENVELOPE_NAME
from ..output import complain, print_finding, print_json
from ..write_file import write_file
from .bundle_options import about_bundle, add_bundle_options, open_bundle


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe verify``."""
    parser = acts.add_parser("verify", help="judge signatures, files and dates of a bundle")
    add_bundle_options(parser)
    parser.add_argument(
        "--extract",
        type=Path,
        metavar="DIR",
        help="write the signed bytes, signatures and keys, for openssl",
    )
    parser.set_defaults(run=run_verify)


def run_verify(arguments: argparse.Namespace) -> int:
    """0 accepted, 1 refused with the reasons."""
    signed = open_bundle(arguments)
    if arguments.extract is not None:
        _extract(signed, arguments.extract)
    accepted = signed.verdict.accepted
    if arguments.json:
        print_json({**signed.verdict.to_json(), **about_bundle(signed)})
        return 0 if accepted else 1
    for finding in signed.verdict.findings:
        print_finding(finding)
    for signer in signed.signers:
        print(f"signed by {signer.holder} ({', '.join(signer.roles)}), key {signer.key_id[:16]}")
    if accepted and signed.recipe is not None:
        print(f"{signed.recipe.label} in {signed.source}: signatures, files and dates hold")
    else:
        complain(f"refused: {signed.source}")
    return 0 if accepted else 1


def _extract(signed: SignedRecipe, folder: Path) -> None:
    """The signed bytes, every signature, and the keys that hold: all that openssl needs."""
    data = signed.files.get(ENVELOPE_NAME)
    if data is None:
        raise UsageFault(f"{signed.source}: holds no {ENVELOPE_NAME} to extract")
    envelope = parse_envelope(data, ENVELOPE_NAME)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise UsageFault(f"{folder}: cannot be made: {fault.strerror}") from None
    write_file(folder / "signed.bin", pae(envelope.payload_type, envelope.payload))
    for index, signature in enumerate(envelope.signatures):
        write_file(folder / f"signature-{index}.bin", signature.sig)
        for signer in signed.signers:
            if signer.key_id == signature.keyid:
                write_file(folder / f"key-{index}.pem", signer.pem.encode("ascii"))
