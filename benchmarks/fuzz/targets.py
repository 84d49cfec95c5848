"""What the fuzzers ask of each reader: any bytes end in a result or in the room's own error.

A target takes bytes and returns nothing; whatever it raises is a crash. No atheris here, so that
the tests can run every target on its seeds and on each crash that was ever found.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np

from mdps_plugin.audit.entry import parse_entry
from mdps_plugin.audit.export_format import parse_line
from mdps_plugin.audit.note import LogSigner, VerifierKey, open_note, parse_vkey
from mdps_plugin.authoring.signing import sign_payload
from mdps_plugin.canonical import canonical_json, read_json
from mdps_plugin.errors import DocumentError
from mdps_plugin.models.check import check_model
from mdps_plugin.models.placement import place
from mdps_plugin.models.stl import read_stl, write_binary_stl
from mdps_plugin.models.surface import survey, survey_plainly
from mdps_plugin.policy.signed import policy_of_envelope
from mdps_plugin.recipes.bundle import read_statement, verify_bundle
from mdps_plugin.recipes.document import Recipe
from mdps_plugin.recipes.envelope import parse_envelope
from mdps_plugin.recipes.keys import load_public_pem
from mdps_plugin.recipes.parse import ENVELOPE_NAME, parse_recipe
from mdps_plugin.recipes.store import load_bundle
from mdps_plugin.recipes.trust import TrustRoot, parse_root
from mdps_plugin.slicing.cura import CURA as CURA_ENGINE
from mdps_plugin.slicing.prusa import PRUSA as PRUSA_ENGINE
from mdps_plugin.slicing.prusa import used_settings
from mdps_plugin.slicing.settings import build_area, judge_settings, parse_settings
from mdps_plugin.toolpath.canonical_copy import pieces
from mdps_plugin.toolpath.collect import Collector
from mdps_plugin.toolpath.examine import examine
from mdps_plugin.toolpath.kernel_link import SWITCH, Kernel, kernel
from mdps_plugin.toolpath.one_pass import accept
from mdps_plugin.toolpath.reader import read_job
from mdps_plugin.toolpath.writing import CURA, PRUSA, Writing
from tests.factories import Manufacturer, bundle_files, make_recipe
from tests.toolpath import parts

_LINES = 200
_MOST_TRIANGLES = 4_000
_AT = datetime(2026, 11, 23, 14, tzinfo=UTC)
_WRITINGS: tuple[Writing | None, ...] = (PRUSA, CURA, None)


def gcode(data: bytes) -> None:
    """Columns, plain reference and kernel read the same commands, lines, findings and copy.

    The first byte chooses the slicer that is asked for.
    """
    writing, text = _WRITINGS[data[0] % 3 if data else 0], data[1:]
    fast, slow = Collector(), Collector()
    job = read_job(text, _LINES, fast, writing=writing)
    wanted = read_job(text, _LINES, slow, plainly=True, writing=writing)
    _same(fast.result(), slow.result())
    _same(job is None, wanted is None)
    copies = [None if piece is None else bytes(piece) for piece in pieces(_kernel(), text, _LINES)]
    if job is None or wanted is None:
        _same(None in copies, True)
        return
    _same(list(job.commands), list(wanted.commands))
    _same(list(job.lines), list(wanted.lines))
    _same(job.foreign.tolist(), wanted.foreign.tolist())
    _same(job.canonical(), wanted.canonical())
    _same(b"".join(copy for copy in copies if copy is not None), job.canonical())
    again = read_job(job.canonical(), _LINES, Collector())
    _same(again is not None and again.canonical() == job.canonical(), True)


def body(data: bytes) -> None:
    """What the kernel accepts among the lines of an honest job, the reference accepts too.

    Two bytes choose the place, one how many lines are taken out there; the rest is put in.
    """
    if len(data) < 3:
        return
    lines, files, recipe = _honest()
    at = 60 + int.from_bytes(data[:2], "little") % (len(lines) - 120)
    taken = data[2] % 8
    job = b"\n".join([*lines[:at], *data[3:].split(b"\n"), *lines[at + taken :]])
    accepted = accept(_kernel(), job, recipe, files, None, None)
    if accepted is None:
        return
    os.environ[SWITCH] = "off"
    try:
        reference = examine(job, recipe, files, None, frozenset("A"), {})
    finally:
        del os.environ[SWITCH]
    _same(reference.verdict.accepted, True)
    _same(accepted.canonical(), reference.canonical)
    _same(accepted.summary, reference.summary)
    _same(accepted.layer_start, reference.layer_start)


def stl(data: bytes) -> None:
    """Any bytes are a finite mesh that can be judged and placed, or a fault with its place.

    Both ways, with the kernel and without, to the last bit.
    """
    try:
        mesh = read_stl(data, "model.stl")
        if len(mesh.triangles) > _MOST_TRIANGLES:
            return
        verdict = check_model(mesh, _recipe(), {}, None)
        _same(survey(mesh), survey_plainly(mesh))
        _same(bool(np.isfinite(mesh.triangles).all()), True)
        for finding in verdict.findings:
            _same("?" in finding.message(), False)
        placed = place(mesh, _recipe().envelope)
        os.environ[SWITCH] = "off"
        try:
            plain = read_stl(data, "model.stl")
            _same(plain.faces, mesh.faces)
            _same([side.tolist() for side in plain.bounds()], [s.tolist() for s in mesh.bounds()])
            _same(place(plain, _recipe().envelope).digest, placed.digest)
        finally:
            del os.environ[SWITCH]
        _same(
            write_binary_stl(place(read_stl(write_binary_stl(placed), "p"), _recipe().envelope)),
            write_binary_stl(placed),
        )
    except DocumentError as fault:
        _said(fault)


def settings(data: bytes) -> None:
    """Settings of both slicers, and the list of what PrusaSlicer used."""
    for slicer in ("PrusaSlicer", "CuraEngine"):
        for finding in judge_settings(data, "s", True, slicer).findings:
            finding.message()
    try:
        read = parse_settings(data, "s")
    except DocumentError as fault:
        _said(fault)
        read = {}
    build_area(read)
    CURA_ENGINE.files(data, read)
    used_settings(data)
    for engine in (PRUSA_ENGINE, CURA_ENGINE):
        for finding in engine.output(data, read) or ():
            finding.message()


def bundle(data: bytes) -> None:
    """A statement that enough keys signed, whatever it says; and as an envelope nobody signed."""
    maker = _maker()
    for envelope in (sign_payload(data, [maker.quality, maker.regulatory]), data):
        files = {**bundle_files(), ENVELOPE_NAME: envelope}
        for finding in verify_bundle(files, _root(), _AT, "b").verdict.findings:
            finding.message()
    for read in (
        lambda: parse_recipe(read_json(data, "r"), "r"),
        lambda: read_statement(data, "s"),
        lambda: parse_envelope(data, "e"),
    ):
        _read(read)


def archive(data: bytes) -> None:
    """A zip as a bundle, from a file as it always is."""
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        file.write(data)
        file.flush()
        _read(lambda: load_bundle(Path(file.name)))


def documents(data: bytes) -> None:
    """JSON: what is read is written again to bytes that are read as the same."""
    try:
        value = read_json(data, "j")
    except DocumentError as fault:
        _said(fault)
        return
    text = canonical_json(value)
    _same(canonical_json(read_json(text, "j", 10 * len(text) + 100)), text)


def trust(data: bytes) -> None:
    """Files that trust hangs on: root, policy, keys, audit lines, entries and checkpoints."""
    text = data.decode("latin-1")
    for read in (
        lambda: parse_root(data, "t"),
        lambda: policy_of_envelope(data, "t"),
        lambda: LogSigner.from_pem(data, "t"),
        lambda: parse_vkey(text, "t"),
        lambda: parse_line(data, 1, "t"),
        lambda: parse_entry(data, "t"),
        lambda: open_note(text, _log_key(), "t", ""),
    ):
        _read(read)
    # What reads roots turns this into a fault with its place.
    with contextlib.suppress(ValueError):
        load_public_pem(text)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "gcode": gcode,
    "body": body,
    "stl": stl,
    "settings": settings,
    "bundle": bundle,
    "archive": archive,
    "documents": documents,
    "trust": trust,
}


def _same(one: object, other: object) -> None:
    if one != other:
        raise AssertionError(f"{one!r:.300} is not {other!r:.300}")


def _said(fault: DocumentError) -> None:
    """A fault says what was seen and what is allowed."""
    _same(bool(fault.observed) and bool(fault.allowed), True)


def _read(read: Callable[[], object]) -> None:
    try:
        read()
    except DocumentError as fault:
        _said(fault)


@cache
def _kernel() -> Kernel:
    found = kernel()
    if found is None:
        raise RuntimeError("build the kernel first: pip install --editable .")
    return found


@cache
def _honest() -> tuple[list[bytes], dict[str, bytes], Recipe]:
    files = parts.bundle()
    return parts.honest().split(b"\n"), files, replace(parts.recipe(files), rings=("A",))


@cache
def _recipe() -> Recipe:
    return make_recipe()


@cache
def _maker() -> Manufacturer:
    return Manufacturer()


@cache
def _root() -> TrustRoot:
    return _maker().root()


@cache
def _log_key() -> VerifierKey:
    return LogSigner.from_seed(b"l" * 32).key("mdps.example/log")
