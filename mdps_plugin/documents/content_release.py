"""The certificate of release: who decided, on what, that the device may be used. Pure.

A certificate of release and not of conformity: it says what this site decided, no more.
"""

from __future__ import annotations

from .content_after import inspection
from .sheet import Facts, Paragraphs, Section, Sheet
from .view import View
from .words import (
    banner,
    footer,
    how_to_check,
    pathway,
    recipe_label,
    release_signature,
    signature_rows,
    used,
)


def certificate_of_release(record: View, digest: str) -> Sheet:
    """The release of one build."""
    return Sheet(
        title="Certificate of release",
        subtitle=f"{record.text('recipe.device.generic_name')} · {record.text('build_id')}",
        banner=banner(record),
        sections=(
            Section(
                title="Decision",
                blocks=(
                    Paragraphs(
                        lines=(
                            (
                                "The device below was released for use at this site by the person "
                                "named here, after the checks listed. This is no certificate of "
                                "conformity."
                            ),
                        )
                    ),
                    release_signature(record),
                ),
            ),
            Section(
                title="The device",
                blocks=(
                    Facts(
                        rows=used(
                            (
                                ("Generic name", record.text("recipe.device.generic_name")),
                                ("Kind of device", pathway(record)),
                                ("Serial number", record.text("build_id")),
                                ("Order", record.text("order.order_id")),
                                ("Made on", record.day("build.finished")),
                                ("Site", record.text("site.name")),
                                ("Recipe", recipe_label(record)),
                                ("Recipe, SHA-256", record.text("recipe.digest")),
                            )
                        )
                    ),
                ),
            ),
            Section(title="Verdicts", blocks=(Facts(rows=_verdicts(record)),)),
            Section(title="Inspections", blocks=inspection(record)),
            Section(title="Signatures", blocks=(signature_rows(record),)),
            how_to_check(record, digest),
        ),
        footer=footer(record, digest),
    )


def _verdicts(record: View) -> tuple[tuple[str, str], ...]:
    characteristics = record.rows("inspection")
    good = sum(1 for row in characteristics if row.is_true("in_range"))
    steps = record.rows("post_processing")
    signed = sum(1 for row in steps if row.text("signed_at"))
    open_ones = sum(1 for row in record.rows("deviations") if row.at("decision") is None)
    return used(
        (
            ("Planned = streamed", record.text("job.match")),
            ("Steps signed", f"{signed} of {len(steps)}"),
            ("Characteristics in range", f"{good} of {len(characteristics)}"),
            ("Deviations", f"{len(record.rows('deviations'))}, open: {open_ones}"),
            ("Parts released", record.text("quantities.released")),
        )
    )
