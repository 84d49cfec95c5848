"""``mdps recipe show``: what a bundle or draft says, on screen, HTML, PDF. Converts only."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from ...authoring.lint import lint
from ...authoring.page import recipe_sheet
from ...authoring.page_html import render_html
from ...authoring.signing import complete_pins
from ...canonical import Json
from ...documents.fonts import unprintable
from ...documents.render_pdf import render_pdf
from ...errors import DocumentError
from ...reading import instant_text
from ...recipes.document import FileRole, Recipe
from ...recipes.parse import ENVELOPE_NAME, read_draft
from ...slicing.settings import parse_settings
from ...units import range_text
from ..output import complain, print_finding, print_json
from ..recipe_options import read_moment
from ..write_file import write_file
from .bundle_options import about_bundle, add_bundle_options, open_bundle
from .draft_options import is_draft, open_draft


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe show``."""
    parser = acts.add_parser("show", help="show what a verified bundle, or a draft, says")
    add_bundle_options(parser)
    parser.add_argument(
        "--document",
        type=Path,
        metavar="RECIPE.json",
        help="show this draft with the files of the folder; nothing is verified",
    )
    parser.add_argument("--html", type=Path, metavar="OUT.html", help="write a page for reading")
    parser.add_argument("--pdf", type=Path, metavar="OUT.pdf", help="write it as PDF")
    parser.set_defaults(run=run_show)


def run_show(arguments: argparse.Namespace) -> int:
    """0 with the recipe; 1 with the reasons, and no recipe, where the bundle is refused."""
    if arguments.document is not None or is_draft(Path(arguments.bundle)):
        return _show_draft(arguments)
    signed = open_bundle(arguments)
    recipe = signed.recipe
    if recipe is None or not signed.verdict.accepted:
        if arguments.json:
            print_json({**signed.verdict.to_json(), **about_bundle(signed)})
        else:
            for finding in signed.verdict.findings:
                print_finding(finding)
        complain(f"refused: {signed.source}")
        return 1
    names = [f"{one.holder}, {', '.join(one.roles)}" for one in signed.signers]
    pinned = {name: data for name, data in signed.files.items() if name != ENVELOPE_NAME}
    written = _write_pages(arguments, recipe, recipe.raw, pinned, names)
    if arguments.json:
        print_json({**about_bundle(signed), "document": recipe.raw, "written": written})
        return 0
    _print_rows(recipe, written)
    for finding in signed.verdict.findings:
        print_finding(finding)
    return 0


def _show_draft(arguments: argparse.Namespace) -> int:
    draft = open_draft(arguments.bundle, arguments.document)
    document = complete_pins(draft.document, draft.files)
    recipe = read_draft(document, draft.source)
    written = _write_pages(arguments, recipe, document, draft.files, None)
    if arguments.json:
        print_json({"source": draft.source, "document": recipe.raw, "written": written})
    else:
        complain("a draft: nothing was verified")
        _print_rows(recipe, written)
    return 0


def _print_rows(recipe: Recipe, written: list[str]) -> None:
    width = max(len(name) for name, _ in _rows(recipe))
    for name, value in _rows(recipe):
        print(f"{name:<{width}}  {value}")
    for path in written:
        print(f"{path} written")


def _write_pages(
    arguments: argparse.Namespace,
    recipe: Recipe,
    document: Json,
    files: Mapping[str, bytes],
    signers: list[str] | None,
) -> list[str]:
    """The page as HTML and PDF where asked for; gives the paths written."""
    if arguments.html is None and arguments.pdf is None:
        return []
    findings = lint(document, files, read_moment(arguments.at), recipe.label).findings
    pinned = recipe.file(FileRole.SLICER_SETTINGS)
    data = files.get(pinned.name) if pinned is not None else None
    settings = {} if data is None else parse_settings(data, FileRole.SLICER_SETTINGS.value)
    sheet = recipe_sheet(recipe, settings, findings, signers)
    written: list[str] = []
    if arguments.pdf is not None:
        for place, text in sheet.texts():
            wrong = unprintable(text)
            if wrong is not None:
                observed = f"U+{ord(wrong):04X}"
                raise DocumentError(recipe.label, place, observed, "characters of the PDF's font")
        write_file(arguments.pdf, render_pdf(sheet, recipe.manufacturer.name))
        written.append(str(arguments.pdf))
    if arguments.html is not None:
        write_file(arguments.html, render_html(sheet))
        written.append(str(arguments.html))
    return written


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
