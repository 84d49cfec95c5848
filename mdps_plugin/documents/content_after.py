"""What people did after the print: steps, inspection, deviations, as tables. Pure."""

from __future__ import annotations

from .sheet import Block, Grid, Paragraphs
from .view import View


def steps(record: View) -> tuple[Block, ...]:
    """Every step of the recipe with its readings and who signed it."""
    found = record.rows("post_processing")
    if not found:
        return (Paragraphs(lines=("The recipe has no step after the print.",)),)
    rows: list[tuple[str, ...]] = []
    for step in found:
        who = step.text("signed_by", "not signed")
        at = step.moment("signed_at").removesuffix(" UTC")
        name = f"{step.text('step_id')}: {step.text('instruction')}"
        readings = step.rows("readings") or (View(value={"name": "no reading"}),)
        for index, reading in enumerate(readings):
            first = index == 0
            rows.append(
                (
                    name if first else "",
                    reading.text("name"),
                    reading.span(reading.text("unit")),
                    reading.quantity("value", reading.text("unit")),
                    f"{who}, {at}".rstrip(", ") if first else "",
                )
            )
    return (
        Grid(
            columns=("Step", "Reading", "Allowed", "Read", "Signed (UTC)"),
            shares=(34, 18, 18, 10, 20),
            rows=tuple(rows),
        ),
    )


def inspection(record: View) -> tuple[Block, ...]:
    """Every characteristic with what was allowed and what was measured."""
    rows = record.rows("inspection")
    if not rows:
        return (Paragraphs(lines=("The recipe has no inspected characteristic.",)),)
    return (
        Grid(
            columns=("Characteristic", "Nominal", "Allowed", "Measured", "Gauge", "Result"),
            shares=(26, 12, 20, 18, 14, 10),
            rows=tuple(
                (
                    row.text("name") + (" (key)" if row.is_true("key") else ""),
                    row.quantity("nominal", row.text("unit")),
                    row.span(row.text("unit")),
                    _all_values(row),
                    row.text("gauge"),
                    "in range" if row.is_true("in_range") else "OUT OF RANGE",
                )
                for row in rows
            ),
        ),
    )


def _all_values(row: View) -> str:
    """Every value taken stays in the record; the last signed one counts."""
    values = row.rows("values")
    unit = row.text("unit")
    if not values:
        return row.quantity("value", unit, "not measured")
    return "; ".join(
        one.quantity("value", unit) + ("" if one.is_true("signed") else " (not signed)")
        for one in values
    )


def deviations(record: View) -> tuple[Block, ...]:
    """Every deviation with what was decided about it."""
    rows = record.rows("deviations")
    if not rows:
        return (Paragraphs(lines=("None.",)),)
    return (
        Grid(
            columns=("Deviation", "What was seen", "By, when (UTC)", "Decision"),
            shares=(18, 32, 20, 30),
            rows=tuple(
                (
                    f"{row.text('deviation_id')} ({row.text('code')})",
                    row.text("seen"),
                    f"{row.text('raised_by')}, {row.moment('raised_at').removesuffix(' UTC')}",
                    _decision(row),
                )
                for row in rows
            ),
        ),
    )


def _decision(row: View) -> str:
    if row.at("decision") is None:
        return "open"
    parts = (
        row.text("decision.decision").replace("_", " "),
        row.text("decision.justification"),
        row.text("decision.manufacturer_reference"),
        f"{row.text('decision.by')}, {row.moment('decision.at')}",
    )
    return ". ".join(part.rstrip(".") for part in parts if part)
