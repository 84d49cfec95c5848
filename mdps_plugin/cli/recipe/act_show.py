"""``mdps recipe show``: what a verified bundle says. Converts only."""

from __future__ import annotations

import argparse

from ...reading import instant_text
from ...recipes.document import Recipe
from ...units import range_text
from ..output import complain, print_finding, print_json
from .bundle_options import about_bundle, add_bundle_options, open_bundle


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe show``."""
    parser = acts.add_parser("show", help="show what a verified bundle says")
    add_bundle_options(parser)
    parser.set_defaults(run=run_show)


def run_show(arguments: argparse.Namespace) -> int:
    """0 with the recipe; 1 with the reasons, and no recipe, where the bundle is refused."""
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
    if arguments.json:
        print_json({**about_bundle(signed), "document": recipe.raw})
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
