"""``mdps recipe verify|show|sign``: a signed bundle judged, shown, or signed. Converts only."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from ..authoring.signing import (
    SigningKey,
    add_signature,
    complete_pins,
    load_signing_key,
    make_payload,
    sign_payload,
)
from ..canonical import Json, read_json
from ..errors import UsageFault
from ..reading import instant_text
from ..recipes.bundle import SignedRecipe, read_statement, verify_bundle
from ..recipes.document import Recipe
from ..recipes.envelope import pae, parse_envelope
from ..recipes.keys import key_id_of
from ..recipes.parse import ENVELOPE_NAME, parse_recipe
from ..recipes.store import default_root_path, find_bundle, load_bundle, load_root
from ..units import range_text
from .output import add_json_flag, complain, print_finding, print_json, read_file
from .recipe_options import read_moment
from .write_file import write_file


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe`` with its acts."""
    parser = subparsers.add_parser("recipe", help="verify, show or sign a recipe bundle")
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    verify = acts.add_parser("verify", help="judge signatures, files and dates of a bundle")
    _add_bundle(verify)
    verify.add_argument(
        "--extract",
        type=Path,
        metavar="DIR",
        help="write the signed bytes, signatures and keys, for openssl",
    )
    verify.set_defaults(run=run_verify)
    show = acts.add_parser("show", help="show what a verified bundle says")
    _add_bundle(show)
    show.set_defaults(run=run_show)
    sign = acts.add_parser("sign", help="sign a bundle, or add a second signature")
    sign.add_argument("folder", type=Path, metavar="FOLDER", help="folder with the pinned files")
    sign.add_argument("--key", type=Path, required=True, metavar="KEY.pem", help="private key")
    sign.add_argument(
        "--document",
        type=Path,
        metavar="RECIPE.json",
        help="make a new signed document from this recipe; without it, sign the one that is there",
    )
    add_json_flag(sign)
    sign.set_defaults(run=run_sign)


def _add_bundle(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", help="folder or zip of a bundle, or the name of a shipped recipe")
    parser.add_argument(
        "--trust", type=Path, metavar="ROOT", help="root of trust (default: the example root)"
    )
    parser.add_argument(
        "--at", metavar="TIME", help="judge dates as of 2026-11-23T14:05:00Z (default: now)"
    )
    add_json_flag(parser)


def _open(arguments: argparse.Namespace) -> SignedRecipe:
    at = read_moment(arguments.at)
    root = load_root(arguments.trust or default_root_path())
    path = find_bundle(arguments.bundle, root, at)
    return verify_bundle(load_bundle(path), root, at, str(path))


def run_verify(arguments: argparse.Namespace) -> int:
    """0 accepted, 1 refused with the reasons."""
    signed = _open(arguments)
    if arguments.extract is not None:
        _extract(signed, arguments.extract)
    accepted = signed.verdict.accepted
    if arguments.json:
        print_json({**signed.verdict.to_json(), **_about(signed)})
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


def _about(signed: SignedRecipe) -> dict[str, Json]:
    recipe = signed.recipe
    return {
        "source": signed.source,
        "recipe": None if recipe is None else recipe.label,
        "digest": None if recipe is None else recipe.digest,
        "demonstration": signed.demonstration,
        "signers": [
            {"key_id": signer.key_id, "holder": signer.holder, "roles": list(signer.roles)}
            for signer in signed.signers
        ],
    }


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


def run_show(arguments: argparse.Namespace) -> int:
    """0 with the recipe; 1 with the reasons, and no recipe, where the bundle is refused."""
    signed = _open(arguments)
    recipe = signed.recipe
    if recipe is None or not signed.verdict.accepted:
        if arguments.json:
            print_json({**signed.verdict.to_json(), **_about(signed)})
        else:
            for finding in signed.verdict.findings:
                print_finding(finding)
        complain(f"refused: {signed.source}")
        return 1
    if arguments.json:
        print_json({**_about(signed), "document": recipe.raw})
        return 0
    width = max(len(name) for name, _ in _rows(recipe))
    for name, value in _rows(recipe):
        print(f"{name:<{width}}  {value}")
    for finding in signed.verdict.findings:
        print_finding(finding)
    return 0


def _rows(recipe: Recipe) -> list[tuple[str, str]]:
    device, window, envelope = recipe.device, recipe.window, recipe.envelope
    sizes = (envelope.size_x_mm, envelope.size_y_mm, envelope.size_z_mm)
    return [
        ("recipe", f"{recipe.label}: {recipe.identity.title}"),
        ("digest", recipe.digest),
        ("valid", _valid(recipe)),
        ("manufacturer", f"{recipe.manufacturer.name}, {recipe.manufacturer.address}"),
        ("device", f"{device.generic_name}: {device.description}"),
        ("intended use", device.intended_use),
        *(("not for", text) for text in device.contraindications),
        ("pathway", f"{recipe.pathway.value}, {recipe.responsibility.value}"),
        *(
            ("class", f"{c.jurisdiction} {c.device_class} ({c.rule})")
            for c in recipe.classification
        ),
        ("material", f"{recipe.material.kind}, {recipe.material.product}"),
        ("printer", f"{recipe.printer.model}, nozzle {recipe.printer.nozzle_mm:g} mm"),
        ("geometry", f"model {recipe.model_source.value}, job {recipe.job_source.value}"),
        ("size", " by ".join(range_text(size, "mm") for size in sizes)),
        ("volume", range_text(envelope.volume_cm3, "cm³")),
        *(
            (
                f"from layer {rule.from_layer}",
                f"nozzle {rule.nozzle_c:g} °C, bed {rule.bed_c:g} °C",
            )
            for rule in window.temperatures
        ),
        ("checks", f"rings {', '.join(recipe.rings)}"),
        *(("variable", f"{v.name}, default {v.default} {v.unit}") for v in recipe.variables),
        *(("file", f"{f.name} ({f.role.value}), {f.size_bytes} bytes") for f in recipe.files),
        ("kept", f"records for {recipe.retention_years} years"),
    ]


def _valid(recipe: Recipe) -> str:
    identity = recipe.identity
    return f"{instant_text(identity.issued)} to {instant_text(identity.expires)}"


def run_sign(arguments: argparse.Namespace) -> int:
    """0 with the signed document written beside the pinned files."""
    folder: Path = arguments.folder
    if not folder.is_dir():
        raise UsageFault(f"{folder}: no such folder")
    files = dict(load_bundle(folder))
    present = files.pop(ENVELOPE_NAME, None)
    key = load_signing_key(read_file(arguments.key), str(arguments.key))
    if arguments.document is not None:
        envelope = _sign_new(arguments.document, files, key)
    elif present is not None:
        envelope = add_signature(present, files, key, str(folder / ENVELOPE_NAME))
    else:
        raise UsageFault(f"{folder}: holds no {ENVELOPE_NAME}; name the recipe with --document")
    write_file(folder / ENVELOPE_NAME, envelope)
    parsed = parse_envelope(envelope, ENVELOPE_NAME)
    _, document = read_statement(parsed.payload, ENVELOPE_NAME)
    recipe = parse_recipe(document, ENVELOPE_NAME)
    result: dict[str, Json] = {
        "output": str(folder / ENVELOPE_NAME),
        "recipe": recipe.label,
        "digest": recipe.digest,
        "key_id": key_id_of(key.public_key()),
        "signatures": len(parsed.signatures),
    }
    if arguments.json:
        print_json(result)
    else:
        print(f"{recipe.label}, digest {recipe.digest}")
        print(f"{result['output']} written with {result['signatures']} signatures")
    return 0


def _sign_new(path: Path, files: Mapping[str, bytes], key: SigningKey) -> bytes:
    document = complete_pins(read_json(read_file(path), str(path)), files)
    return sign_payload(make_payload(document, files, str(path)), [key])
