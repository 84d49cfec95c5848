"""English words for the values of a record, and the parts that every document carries."""

from __future__ import annotations

from collections.abc import Iterable

from .sheet import Block, Facts, Grid, Paragraphs, Section
from .view import View

LANGUAGES = ("en",)
NONE = "none"
NOT_REGISTERED = "not registered"

PATHWAYS = {
    "custom_made": "custom-made device",
    "patient_matched": "patient-matched device",
    "adaptable": "adaptable device",
    "mass_produced": "mass-produced device",
    "health_institution": "device made in a health institution",
}
RESPONSIBLE = {
    "mdps_manufacturer": "the manufacturer of the production system",
    "co_located_manufacturer": "the manufacturer, on the premises of the site",
    "health_institution": "the health institution",
}
EXAMPLE_BANNER = "EXAMPLE RECIPE. Not for use on people before the site's own validation."


def banner(record: View) -> str | None:
    """What must stand across the top, or None."""
    return EXAMPLE_BANNER if record.is_true("recipe.example_only") else None


def pathway(record: View) -> str:
    """``custom-made device``."""
    value = record.text("recipe.pathway")
    return PATHWAYS.get(value, value)


def responsible(record: View) -> str:
    """Who answers for the device."""
    value = record.text("recipe.responsibility")
    return RESPONSIBLE.get(value, value)


def recipe_label(record: View) -> str:
    """``mask-extender revision 1``."""
    return f"{record.text('recipe.id')} revision {record.text('recipe.revision')}"


def sterility(record: View) -> str:
    """``Not sterile. Single use.``"""
    sterile = "Sterile" if record.is_true("recipe.device.sterile") else "Not sterile"
    use = "Single use" if record.is_true("recipe.device.single_use") else "Reusable"
    return f"{sterile}. {use}."


def address(record: View) -> str:
    """Name and address of the manufacturer in one line."""
    parts = (record.text("recipe.manufacturer.name"), record.text("recipe.manufacturer.address"))
    return ", ".join(part for part in parts if part)


def material(record: View) -> str:
    """``PLA, PLA 1.75, lot 22B``."""
    kind, product = record.text("material.kind"), record.text("material.product")
    return f"{kind}, {product}, lot {record.text('material.lot_id')}"


def registrations(record: View) -> tuple[str, ...]:
    """Each registration with its number, or that there is none."""
    lines = tuple(
        f"{row.text('authority')}, {row.text('kind')}: {row.text('number', NOT_REGISTERED)}"
        for row in record.rows("recipe.registrations")
    )
    return lines or (NOT_REGISTERED,)


def classes(record: View) -> str:
    """Class per jurisdiction, with its rule."""
    lines = (
        f"{row.text('jurisdiction')}: class {row.text('device_class')} ({row.text('rule')})"
        for row in record.rows("recipe.classification")
    )
    return "; ".join(lines) or NONE


def used(rows: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Rows with a value; an empty one says ``not recorded`` rather than vanish."""
    return tuple((label, value or "not recorded") for label, value in rows)


def signature_rows(record: View) -> Block:
    """Every signature: printed name, role, UTC time, meaning (21 CFR 11.50)."""
    return Grid(
        columns=("Printed name", "Role", "Signed (UTC)", "Meaning", "Log entry"),
        shares=(22, 16, 18, 34, 10),
        rows=tuple(
            (
                f"{row.text('name')} ({row.text('user')})",
                row.text("role").replace("_", " "),
                row.moment("at").removesuffix(" UTC"),
                row.text("meaning"),
                row.text("entry_index"),
            )
            for row in record.rows("signatures")
        ),
    )


def release_signature(record: View) -> Block:
    """The signature of the person who released, alone."""
    by, at = record.text("release.by"), record.text("release.at")
    found = [
        row
        for row in record.rows("signatures")
        if row.text("at") == at and by in (row.text("user"), row.text("name"))
    ]
    row = found[-1] if found else View(value={})
    return Facts(
        rows=used(
            (
                ("Released by", row.text("name", by)),
                ("Role", row.text("role").replace("_", " ")),
                ("Signed (UTC)", record.moment("release.at")),
                ("Meaning", row.text("meaning")),
            )
        )
    )


def how_to_check(record: View, digest: str) -> Section:
    """Digest, log index and the command: the same words on every document."""
    return Section(
        title="How this document can be checked",
        small=True,
        blocks=(
            Paragraphs(
                lines=(
                    (
                        "This document was made from the production record with the digest below. "
                        "Anybody who has the record and the audit log can check both:"
                    ),
                )
            ),
            Facts(
                rows=used(
                    (
                        ("Command", record.text("checked_with")),
                        ("Record", record.text("record_id")),
                        ("Record, SHA-256", digest),
                        ("Audit log", record.text("log.origin")),
                        ("Log entry at release", record.text("log.index_at_release")),
                        ("Root of the log there", record.text("log.root")),
                    )
                )
            ),
        ),
    )


def footer(record: View, digest: str) -> str:
    """The line at the foot of each page."""
    return (
        f"Record {record.text('record_id')} · SHA-256 {digest[:16]}… · "
        f"log entry {record.text('log.index_at_release')}"
    )
