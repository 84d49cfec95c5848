"""The statement that goes with a device: custom-made, or what was checked. Pure.

Custom-made: the six groups of IMDRF PMD/N58 (and EU MDR Annex XIII 1). The other pathways follow
the ordinary route of their manufacturer, so their sheet states what was checked and claims no more.
"""

from __future__ import annotations

from .content_after import inspection
from .content_record import prescriber
from .sheet import Block, Bullets, Facts, Grid, Paragraphs, Section, Sheet
from .view import View
from .words import (
    NONE,
    banner,
    classes,
    footer,
    how_to_check,
    material,
    pathway,
    recipe_label,
    registrations,
    release_signature,
    responsible,
    sterility,
    used,
)


def identification(record: View) -> Section:
    """Which device this is."""
    return Section(
        title="The device",
        blocks=(
            Facts(
                rows=used(
                    (
                        ("Generic name", record.text("recipe.device.generic_name")),
                        ("Description", record.text("recipe.device.description")),
                        ("Serial number", record.text("build_id")),
                        ("Order", record.text("order.order_id")),
                        ("Made on", record.day("build.finished")),
                        ("Made at", f"{record.text('site.name')}, {record.text('site.address')}"),
                        ("Recipe", recipe_label(record)),
                        ("Recipe, SHA-256", record.text("recipe.digest")),
                        ("Material", material(record)),
                        ("Sterility and use", sterility(record)),
                    )
                )
            ),
        ),
    )


def manufacturer(record: View) -> Section:
    """Name and address, class and registration."""
    return Section(
        title="The manufacturer",
        blocks=(
            Facts(
                rows=used(
                    (
                        ("Name", record.text("recipe.manufacturer.name")),
                        ("Address", record.text("recipe.manufacturer.address")),
                        ("Contact", record.text("recipe.manufacturer.contact")),
                        ("Responsible", responsible(record)),
                        ("Class", classes(record)),
                        ("Registration", "; ".join(registrations(record))),
                    )
                )
            ),
        ),
    )


def unmet(record: View) -> tuple[Block, ...]:
    """Requirements that are not met, with the grounds; empty if there are none."""
    rows = record.rows("recipe.unmet_requirements")
    if not rows:
        return ()
    return (
        Grid(
            columns=("Requirement that is not met", "Why the device is safe without it"),
            shares=(1, 1),
            rows=tuple((row.text("requirement"), row.text("grounds")) for row in rows),
        ),
    )


def custom_made_statement(record: View, digest: str, patient_name: str | None) -> Sheet:
    """Statement for a custom-made device; the person by token, or by name if that is handed in."""
    person = patient_name or f"the person with the number {record.text('order.patient_token')}"
    exceptions = unmet(record)
    claim = (
        "The manufacturer named below states that this device meets the requirements of safety "
        "and performance that the recipe lists for it"
    )
    claim += ", except for those listed here." if exceptions else "."
    return Sheet(
        title="Statement for a custom-made device",
        subtitle=f"{record.text('recipe.device.generic_name')} · {record.text('build_id')}",
        banner=banner(record),
        sections=(
            identification(record),
            Section(
                title="For whom",
                blocks=(
                    Paragraphs(lines=(f"For the exclusive use of {person}.",), strong=True),
                    Facts(rows=used((("Number", record.text("order.patient_token")),))),
                ),
            ),
            Section(
                title="Who prescribed it",
                blocks=(
                    Facts(
                        rows=used(
                            (
                                ("Prescriber", record.text("order.prescriber.name")),
                                ("Registration", record.text("order.prescriber.registration")),
                                ("Workplace", record.text("order.prescriber.workplace")),
                                ("Written request, SHA-256", _request(record)),
                            )
                        )
                    ),
                ),
            ),
            Section(
                title="Particular features, from the written request",
                blocks=(
                    Bullets(lines=record.texts("order.design_characteristics")),
                    Facts(rows=used((("Condition", record.text("order.condition", NONE)),))),
                ),
            ),
            Section(title="Statement", blocks=(Paragraphs(lines=(claim,)), *exceptions)),
            manufacturer(record),
            Section(title="Signed", blocks=(release_signature(record),)),
            how_to_check(record, digest),
        ),
        footer=footer(record, digest),
    )


def _request(record: View) -> str:
    return record.text("order.request_sha256", NONE)


def checked_statement(record: View, digest: str) -> Sheet:
    """Statement of what was checked: patient-matched, adaptable and mass-produced devices."""
    features = record.texts("order.design_characteristics")
    return Sheet(
        title="Statement of what was checked",
        subtitle=f"{record.text('recipe.device.generic_name')} · {record.text('build_id')}",
        banner=banner(record),
        sections=(
            Section(
                title="What this is",
                blocks=(
                    Paragraphs(
                        lines=(
                            (
                                f"This {pathway(record)} was made under the recipe named below. "
                                "The sheet states what was checked while it was made. It is not a "
                                "declaration of conformity; that is for the manufacturer to give."
                            ),
                        )
                    ),
                ),
            ),
            identification(record),
            Section(
                title="Order",
                blocks=(
                    Facts(
                        rows=used(
                            (
                                ("For (token)", record.text("order.patient_token")),
                                ("Prescriber", prescriber(record) or NONE),
                                ("Features", "; ".join(features) or NONE),
                            )
                        )
                    ),
                ),
            ),
            Section(title="Checked", blocks=(Bullets(lines=_checked(record)),)),
            Section(title="Inspection", blocks=inspection(record)),
            *_exceptions(record),
            manufacturer(record),
            Section(title="Released", blocks=(release_signature(record),)),
            how_to_check(record, digest),
        ),
        footer=footer(record, digest),
    )


def _exceptions(record: View) -> tuple[Section, ...]:
    blocks = unmet(record)
    return (Section(title="Requirements that are not met", blocks=blocks),) if blocks else ()


def _checked(record: View) -> tuple[str, ...]:
    """Only what this record shows; a line is left out where the record does not show it."""
    signers = ", ".join(row.text("holder") for row in record.rows("recipe.signers"))
    decided = len(record.rows("deviations"))
    steps = len(record.rows("post_processing"))
    lines = [
        f"The recipe {recipe_label(record)} was signed by {signers}." if signers else "",
        (
            "The printer received exactly the planned lines: "
            f"{record.text('job.lines')} lines, digests equal."
        ),
        (
            f"Printer {record.text('printer.model')} {record.text('printer.serial')} ran firmware "
            f"{record.text('printer.firmware')}."
        ),
        f"Material {record.text('material.kind')} of lot {record.text('material.lot_id')}.",
        f"Steps after the print, each signed: {steps}." if steps else "",
        f"Deviations raised and decided: {decided}." if decided else "No deviation was raised.",
    ]
    if record.at("model") is not None:
        lines.insert(1, "The model lay inside the design envelope of the recipe before slicing.")
    return tuple(line for line in lines if line)
