"""Is it the printer of the recipe, answering, and qualified as it stands? (rows 25, 36)"""

from __future__ import annotations

from datetime import datetime

from ...findings import Finding
from ...recipes.document import Recipe
from ...units import quantity_text
from .. import codes
from ..evidence import Evidence, PrinterEvidence
from ..kinds import found
from ..words import day_text
from .parts import findings_of

#: The gate polls every 2 s; five silent polls mean that nobody knows the printer's state.
ANSWER_WITHIN_S = 10.0


def check(evidence: Evidence) -> tuple[Finding, ...]:
    """Model, profile, nozzle, plate against the recipe; configuration against qualification."""
    recipe = evidence.recipe.recipe
    return (*check_printer(evidence.printer, recipe, evidence.now), *_plate(evidence))


def check_printer(printer: PrinterEvidence, recipe: Recipe, now: datetime) -> tuple[Finding, ...]:
    """The same without the plate, which only a person can see."""
    return (*_answers(printer), *_of_the_recipe(printer, recipe), *_qualified(printer, now))


def _answers(printer: PrinterEvidence) -> list[Finding]:
    fresh = printer.age_s is not None and 0.0 <= printer.age_s <= ANSWER_WITHIN_S
    if printer.connected and fresh:
        return []
    seen = "Not connected." if not printer.connected else "No reading yet."
    if printer.connected and printer.age_s is not None:
        seen = f"Last answer {printer.age_s:.0f} s ago."
    return [found(codes.PRINTER_SILENT, measured=seen, limit=ANSWER_WITHIN_S)]


def _of_the_recipe(printer: PrinterEvidence, recipe: Recipe) -> list[Finding]:
    wanted = recipe.printer
    pairs = [
        ("Model", printer.model, wanted.model),
        ("Firmware profile", printer.profile, wanted.firmware_profile),
        (
            "Nozzle",
            quantity_text(printer.nozzle_mm, "mm"),
            quantity_text(wanted.nozzle_mm, "mm"),
        ),
        ("Plate", printer.plate, wanted.plate),
    ]
    return [
        found(codes.PRINTER_WRONG, measured=seen, limit=limit, path="printer", name=name)
        for name, seen, limit in pairs
        if seen != limit
    ]


def _qualified(printer: PrinterEvidence, now: datetime) -> list[Finding]:
    record = printer.qualification
    findings: list[Finding] = []
    if printer.verdict is None:
        findings.append(
            found(codes.CHECK_NOT_RUN, measured="comparison of settings", part="Printer")
        )
    else:
        findings.extend(findings_of(printer.verdict, "Printer"))
    if record is None:
        return [*findings, _not_qualified("Record", "none", "A signed qualification")]
    pairs = [
        ("Serial number", printer.serial, record.serial),
        ("Model", printer.model, record.model),
        ("Firmware", printer.firmware, record.firmware),
        ("Profile", printer.profile_digest, record.profile_digest),
        ("Nozzle", f"{printer.nozzle_mm:g} mm", f"{record.nozzle_mm:g} mm"),
        ("Plate", printer.plate, record.plate),
        ("Board", printer.uuid or "without a number", record.uuid or "without a number"),
        ("Stored settings", printer.settings_digest[:16], record.settings_digest[:16]),
    ]
    findings.extend(_not_qualified(*pair) for pair in pairs if pair[1] != pair[2])
    if not record.qualified_at <= now < record.valid_until:
        findings.append(
            _not_qualified(
                "Qualification",
                f"{day_text(record.qualified_at)} to {day_text(record.valid_until)}",
                "A qualification in date",
            )
        )
    return findings


def _not_qualified(name: str, seen: str, limit: str) -> Finding:
    return found(codes.PRINTER_NOT_QUALIFIED, measured=seen, limit=limit, name=name)


def _plate(evidence: Evidence) -> list[Finding]:
    wanted, seen = evidence.recipe.recipe.printer.plate, evidence.plate
    if seen is not None and seen.clear and seen.plate == wanted:
        return []
    text = "Nobody looked yet."
    if seen is not None:
        text = f"Plate {seen.plate}, {'clear' if seen.clear else 'not clear'}."
    return [found(codes.PLATE_NOT_CONFIRMED, measured=text, limit=wanted)]
