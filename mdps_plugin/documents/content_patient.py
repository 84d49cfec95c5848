"""The copy for the patient, in plain words and larger type. Pure."""

from __future__ import annotations

from .sheet import Bullets, Facts, Paragraphs, Section, Sheet
from .view import View
from .words import banner, footer, how_to_check, recipe_label, registrations, sterility, used


def patient_information(record: View, digest: str, patient_name: str | None) -> Sheet:
    """What it is, what for, what to watch, whom to ask; nothing about any other person."""
    device = record.text("recipe.device.generic_name")
    person = patient_name or f"the person with the number {record.text('order.patient_token')}"
    sections = (
        Section(
            title="What you have received",
            blocks=(
                Paragraphs(
                    lines=(record.text("recipe.device.description"), f"It was made for {person}.")
                ),
            ),
        ),
        Section(
            title="What it is for",
            blocks=(Paragraphs(lines=(record.text("recipe.device.intended_use"),)),),
        ),
        *_list(
            "Do not use it if one of these applies to you",
            record.texts("recipe.device.contraindications"),
        ),
        *_list("Please note", (*record.texts("recipe.device.warnings"), sterility(record))),
        Section(
            title="What to do if something is wrong",
            blocks=(
                Paragraphs(
                    lines=(
                        (
                            "Stop using it if it breaks, hurts or no longer fits. Keep it, and "
                            "tell the people who gave it to you, or:"
                        ),
                    )
                ),
                Facts(
                    rows=used(
                        (
                            ("Manufacturer", record.text("recipe.manufacturer.name")),
                            ("Address", record.text("recipe.manufacturer.address")),
                            ("Contact", record.text("recipe.manufacturer.contact")),
                            ("Say this number", record.text("build_id")),
                        )
                    )
                ),
            ),
        ),
        *_exceptions(record),
        Section(title="How it was made", blocks=(Facts(rows=_made(record)),)),
        how_to_check(record, digest),
    )
    return Sheet(
        title="Information for you",
        subtitle=f"About your {device}",
        banner=banner(record),
        sections=sections,
        footer=footer(record, digest),
        large=True,
    )


def _list(title: str, lines: tuple[str, ...]) -> tuple[Section, ...]:
    return (Section(title=title, blocks=(Bullets(lines=lines),)),) if lines else ()


def _exceptions(record: View) -> tuple[Section, ...]:
    """Patients are told what is not met, and why that is safe."""
    lines = tuple(
        f"{row.text('requirement').rstrip('.')}. Why this is safe: {row.text('grounds')}"
        for row in record.rows("recipe.unmet_requirements")
    )
    return _list("Requirements that are not met", lines)


def _made(record: View) -> tuple[tuple[str, str], ...]:
    return used(
        (
            ("Where", f"{record.text('site.name')}, {record.text('site.address')}"),
            ("When", record.day("build.finished")),
            (
                "From what",
                f"{record.text('material.kind')}, lot {record.text('material.lot_id')}",
            ),
            ("After which recipe", recipe_label(record)),
            ("Checked and released by", record.text("release.by")),
            ("Registration", "; ".join(registrations(record))),
        )
    )
