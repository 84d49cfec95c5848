"""Builds and signs the shipped recipe bundles: ``python -m mdps_plugin.authoring.make_examples``.

Everything is made anew from this package but what a slicer or a writer made: start and end block,
the signed job and the instructions for use are read from the bundles as they lie there, so that
an edited file is signed again by running this. ``--slice`` also runs the slicer and writes those
anew. The keys are the committed example keys, which anybody can sign with (docs/adr/0003).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import MdpsError, ToolError, UsageFault
from ..models.placement import place
from ..models.stl import encode_binary_stl, read_stl, write_binary_stl
from ..recipes.document import Recipe
from ..recipes.parse import ENVELOPE_NAME, parse_recipe
from ..recipes.store import recipes_folder
from ..slicing.slicer import ignore_progress, slice_model
from .blocks import canonical_lines, cut_blocks
from .examples import EXAMPLES
from .examples.common import VALIDATED_WITH, Document, Example
from .settings import end_lines, settings_bytes, start_lines
from .signing import (
    FileKey,
    SigningKey,
    load_signing_key,
    make_payload,
    make_root,
    pin,
    sign_payload,
)

KEYS_FOLDER = "example-keys"
ROOT_NAME = "example-root.json"
MODELS_FOLDER = "example-models"
HOLDERS = (
    ("Alex Example (head of quality)", "quality"),
    ("Robin Example (regulatory affairs)", "regulatory"),
)
_ROLES = {
    "settings.ini": "slicer_settings",
    "start.gcode": "start_gcode",
    "end.gcode": "end_gcode",
    "instructions.md": "instructions_for_use",
    "model.stl": "model",
    "job.gcode": "job_gcode",
}


def example_keys(folder: Path) -> list[FileKey]:
    """The committed example keys, in the order of :data:`HOLDERS`."""
    names = [folder / KEYS_FOLDER / f"{role}.pem" for _, role in HOLDERS]
    return [load_signing_key(_read(name), str(name)) for name in names]


def example_root(keys: Sequence[SigningKey]) -> bytes:
    """The example trust root over these keys."""
    holders = [
        (holder, role, key.public_key()) for (holder, role), key in zip(HOLDERS, keys, strict=True)
    ]
    return make_root(
        holders,
        version=1,
        manufacturer="Example Device Works",
        issued="2026-11-01T00:00:00Z",
        expires="2036-11-01T00:00:00Z",
        demonstration=True,
        thresholds={role: 1 for _, role in HOLDERS},
    )


def example_document(example: Example, files: dict[str, bytes]) -> Document:
    """The recipe document with these files pinned."""
    pinned = [pin(_ROLES[name], name, data) for name, data in sorted(files.items())]
    return {**example.document(), "files": pinned}


def example_files(example: Example, written: Path, sliced: dict[str, bytes]) -> dict[str, bytes]:
    """The pinned files: made here, sliced just now, or as they lie in the folder ``written``."""
    files = {"settings.ini": settings_bytes(example.process)}
    if example.pinned_model:
        files["model.stl"] = encode_binary_stl(example.mesh())
    names = ["instructions.md", "start.gcode", "end.gcode"]
    names += ["job.gcode"] if example.signed_job else []
    for name in names:
        files[name] = sliced[name] if name in sliced else _read(written / name)
    return files


def slice_example(example: Example, written: Path) -> dict[str, bytes]:
    """Start block, end block and, where it is signed, the canonical job of the example model."""
    draft = _draft(example, written)
    model = place(read_stl(encode_binary_stl(example.mesh()), example.name), draft.envelope)
    sliced = slice_model(
        write_binary_stl(model),
        settings_bytes(example.process),
        VALIDATED_WITH["slicer"],
        VALIDATED_WITH["slicer_version"],
        ignore_progress,
        compared=True,
    )
    if not sliced.verdict.accepted:
        reasons = "; ".join(finding.message() for finding in sliced.verdict.refusals())
        raise ToolError(f"{example.name}: {reasons or sliced.messages}")
    lines = canonical_lines(sliced.gcode, example.name)
    start, end = cut_blocks(
        lines, start_lines(example.process), end_lines(example.process), example.name
    )
    files = {"start.gcode": start, "end.gcode": end}
    if example.signed_job:
        files["job.gcode"] = "".join(f"{line}\n" for line in lines).encode("ascii")
    return files


def _draft(example: Example, written: Path) -> Recipe:
    """The recipe as far as it is known before slicing; only its envelope is looked at."""
    blank = {"start.gcode": b"G21\n", "end.gcode": b"M84\n", "job.gcode": b"G21\n"}
    files = example_files(example, written, blank)
    return parse_recipe(example_document(example, files), example.name)


def make_all(source: Path, target: Path, *, run_slicer: bool) -> None:
    """Write root, bundles and example models to ``target``; keys and texts lie in ``source``."""
    keys = example_keys(source)
    _write(target / ROOT_NAME, example_root(keys))
    for example in EXAMPLES:
        place_of = f"{example.name}/{example.revision}"
        sliced = slice_example(example, source / place_of) if run_slicer else {}
        files = example_files(example, source / place_of, sliced)
        payload = make_payload(example_document(example, files), files, example.name)
        for name, data in files.items():
            _write(target / place_of / name, data)
        _write(target / place_of / ENVELOPE_NAME, sign_payload(payload, keys))
        model = target / MODELS_FOLDER / f"{example.name}.stl"
        _write(model, encode_binary_stl(example.mesh()))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise UsageFault(f"{path}: cannot be opened: {fault.strerror}") from None


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all: an author who is interrupted keeps the old file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(data)
    partial.replace(path)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; exit status 0, or 2 and 3 as ``mdps`` has them."""
    parser = argparse.ArgumentParser(description="Build and sign the shipped example recipes.")
    parser.add_argument("--slice", action="store_true", help="run the slicer anew")
    parser.add_argument("--out", type=Path, help="write here instead of the shipped recipes")
    arguments = parser.parse_args(argv)
    source = recipes_folder()
    try:
        make_all(source, arguments.out or source, run_slicer=arguments.slice)
    except MdpsError as fault:
        sys.stderr.write(f"make_examples: {fault}\n")
        return 2 if isinstance(fault, UsageFault) else 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
