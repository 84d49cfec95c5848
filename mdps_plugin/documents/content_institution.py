"""What a health institution tells about a device it made for its own patients. Pure.

Three groups (IMDRF PMD/N58, health institution, point c): the institution, the device, and the
declaration with whatever is not met and why. The public version holds nothing about a person.
"""

from __future__ import annotations

from .content_statement import identification, unmet
from .sheet import Facts, Paragraphs, Section, Sheet
from .view import View
from .words import NONE, banner, footer, how_to_check, recipe_label, release_signature, used

_ROUTE = (
    "This device was made in a health institution for use there. It is not placed on the market "
    "and not handed to another legal entity."
)


def institution(record: View) -> Section:
    """Name and address of the site, and of who answers for the recipe."""
    return Section(
        title="The institution",
        blocks=(
            Facts(
                rows=used(
                    (
                        ("Name", record.text("site.name")),
                        ("Address", record.text("site.address")),
                        ("Recipe made by", record.text("recipe.manufacturer.name")),
                        ("Address", record.text("recipe.manufacturer.address")),
                        ("Contact", record.text("recipe.manufacturer.contact")),
                    )
                )
            ),
        ),
    )


def _declaration(record: View) -> Section:
    exceptions = unmet(record)
    claim = (
        "The institution declares that the device meets the general requirements of safety and "
        "performance that its recipe lists"
    )
    claim += ", except for those listed here, for the reasons given." if exceptions else "."
    return Section(
        title="Declaration",
        blocks=(
            Paragraphs(lines=(_ROUTE, claim)),
            *exceptions,
            Facts(
                rows=used(
                    (("Why it is made here", record.text("recipe.need_justification", NONE)),)
                )
            ),
        ),
    )


def institution_sheet(record: View, digest: str, patient_name: str | None) -> Sheet:
    """Information sheet of the institution for the person who gets the device."""
    person = patient_name or record.text("order.patient_token")
    return Sheet(
        title="Information from the health institution",
        subtitle=f"{record.text('recipe.device.generic_name')} · {record.text('build_id')}",
        banner=banner(record),
        sections=(
            institution(record),
            identification(record),
            Section(title="For whom", blocks=(Facts(rows=used((("For", person),))),)),
            _declaration(record),
            Section(title="Released", blocks=(release_signature(record),)),
            how_to_check(record, digest),
        ),
        footer=footer(record, digest),
    )


def public_declaration(record: View, digest: str) -> Sheet:
    """Declaration for everybody, of the type of device: nothing of a person or an order."""
    return Sheet(
        title="Public declaration of the health institution",
        subtitle=record.text("recipe.device.generic_name"),
        banner=banner(record),
        sections=(
            institution(record),
            Section(
                title="The type of device",
                blocks=(
                    Facts(
                        rows=used(
                            (
                                ("Generic name", record.text("recipe.device.generic_name")),
                                ("Description", record.text("recipe.device.description")),
                                ("Intended use", record.text("recipe.device.intended_use")),
                                ("Recipe", recipe_label(record)),
                                ("Recipe, SHA-256", record.text("recipe.digest")),
                            )
                        )
                    ),
                ),
            ),
            _declaration(record),
            how_to_check(record, digest),
        ),
        footer=footer(record, digest),
    )
