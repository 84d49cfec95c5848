"""The production record on paper: everything that stands in the JSON, in reading order. Pure."""

from __future__ import annotations

from .content_after import deviations, inspection, steps
from .sheet import Bullets, Facts, Grid, Paragraphs, Section, Sheet
from .view import View
from .words import (
    NONE,
    banner,
    classes,
    footer,
    how_to_check,
    pathway,
    recipe_label,
    registrations,
    responsible,
    signature_rows,
    sterility,
    used,
)


def production_record(record: View, digest: str) -> Sheet:
    """The whole record of one build; the patient by token."""
    return Sheet(
        title="Production record",
        subtitle=f"{record.text('recipe.device.generic_name')} · build {record.text('build_id')}",
        banner=banner(record),
        sections=(
            _identity(record),
            _device(record),
            _policy(record),
            _order(record),
            _model_and_job(record),
            _printer(record),
            _material(record),
            _build(record),
            Section(title="Post-processing", blocks=steps(record)),
            Section(title="Inspection", blocks=inspection(record)),
            Section(title="Deviations", blocks=deviations(record)),
            _quantities(record),
            Section(title="Signatures", blocks=(signature_rows(record),)),
            _retention(record),
            how_to_check(record, digest),
        ),
        footer=footer(record, digest),
    )


def _facts(title: str, *rows: tuple[str, str]) -> Section:
    return Section(title=title, blocks=(Facts(rows=used(rows)),))


def _identity(record: View) -> Section:
    return _facts(
        "Build",
        ("Record", record.text("record_id")),
        ("Build", record.text("build_id")),
        ("Outcome", record.text("build.outcome").replace("_", " ")),
        ("Site", f"{record.text('site.name')}, {record.text('site.address')}"),
        ("Cell", record.text("cell")),
    )


def _device(record: View) -> Section:
    return _facts(
        "Device and recipe",
        ("Generic name", record.text("recipe.device.generic_name")),
        ("Description", record.text("recipe.device.description")),
        ("Intended use", record.text("recipe.device.intended_use")),
        ("Kind of device", pathway(record)),
        ("Responsible", responsible(record)),
        ("Class", classes(record)),
        ("Registration", "; ".join(registrations(record))),
        ("Implantable", record.text("recipe.implantable")),
        ("Sterility and use", sterility(record)),
        (
            "Manufacturer",
            (
                f"{record.text('recipe.manufacturer.name')}, "
                f"{record.text('recipe.manufacturer.address')}"
            ),
        ),
        ("Recipe", f"{recipe_label(record)}, {record.text('recipe.title')}"),
        ("Recipe, SHA-256", record.text("recipe.digest")),
        ("Bundle, SHA-256", record.text("recipe.bundle_sha256")),
        ("Signed by", _signers(record, "recipe.signers")),
    )


def _signers(record: View, path: str) -> str:
    return "; ".join(
        f"{row.text('holder')} ({row.text('role')}, key {row.text('key_id')[:16]})"
        for row in record.rows(path)
    )


def _policy(record: View) -> Section:
    """What the site allowed when the permit was signed."""
    if record.at("site_policy") is None:
        return _facts("Site policy", ("In force", "This site went without a signed policy."))
    return _facts(
        "Site policy",
        ("In force", record.text("site_policy.title")),
        ("Version", record.text("site_policy.version")),
        ("SHA-256", record.text("site_policy.sha256")),
        ("Valid until", record.moment("site_policy.expires")),
        ("Signed by", _signers(record, "site_policy.signers")),
    )


def _order(record: View) -> Section:
    chosen = record.at("order.variables")
    variables = (
        ", ".join(f"{name} = {value}" for name, value in sorted(chosen.items()))
        if isinstance(chosen, dict)
        else ""
    )
    return _facts(
        "Order",
        ("Order", record.text("order.order_id")),
        ("Order, SHA-256", record.text("order.sha256")),
        ("Written request, SHA-256", record.text("order.request_sha256", NONE)),
        ("For (token)", record.text("order.patient_token")),
        ("Prescriber", prescriber(record)),
        ("Design characteristics", "; ".join(record.texts("order.design_characteristics")) or NONE),
        ("Condition or feature", record.text("order.condition", NONE)),
        ("Variables", variables or NONE),
        ("Quantity", record.text("order.quantity")),
        ("Due", record.moment("order.due")),
    )


def prescriber(record: View) -> str:
    """Name, registration number and workplace in one line."""
    name = record.text("order.prescriber.name")
    number = record.text("order.prescriber.registration")
    place = record.text("order.prescriber.workplace")
    return ", ".join(part for part in (name, f"no. {number}" if number else "", place) if part)


def _model_and_job(record: View) -> Section:
    rows: list[tuple[str, str]] = []
    if record.at("model") is None:
        rows.append(("Model", "fixed by the recipe; its manufacturer signed the job"))
    else:
        model = View(value=record.at("model"))
        size = " × ".join(View(value={"n": n.value}).text("n") for n in model.rows("size_mm"))
        rows += [
            ("Model, SHA-256", model.text("source_sha256")),
            ("Model as placed, SHA-256", model.text("placed_sha256")),
            ("Size", f"{size} mm, {model.quantity('volume_cm3', 'cm³')}"),
            ("Model released by", model.text("released_by.name", "fixed by the recipe")),
        ]
    return _facts(
        "Model and job",
        *rows,
        ("G-code, SHA-256", record.text("job.gcode_sha256")),
        ("Planned lines, SHA-256", record.text("job.planned")),
        ("Streamed lines, SHA-256", record.text("job.streamed")),
        ("Planned = streamed", record.text("job.match")),
        ("Lines, layers", f"{record.text('job.lines')} lines, {record.text('job.layers')} layers"),
    )


def _printer(record: View) -> Section:
    return _facts(
        "Printer and software",
        ("Printer", f"{record.text('printer.model')}, serial {record.text('printer.serial')}"),
        ("Firmware", record.text("printer.firmware")),
        ("Nozzle, plate", f"{record.text('printer.nozzle_mm')} mm, {record.text('printer.plate')}"),
        ("Profile, SHA-256", record.text("printer.profile_digest")),
        ("Controller", record.text("versions.controller")),
        ("Plugin", record.text("versions.plugin")),
        ("OctoPrint", record.text("versions.octoprint")),
        ("Slicer", record.text("versions.slicer", "not used")),
    )


def _material(record: View) -> Section:
    dried = NONE
    if record.at("material.dried") is not None:
        dried = (
            f"{record.quantity('material.dried.hours', 'h')} at "
            f"{record.quantity('material.dried.temperature_c', '°C')}, ended "
            f"{record.moment('material.dried.finished_at')}"
        )
    return _facts(
        "Material",
        ("Lot", record.text("material.lot_id")),
        ("Material", f"{record.text('material.kind')}, {record.text('material.product')}"),
        ("Manufacturer", record.text("material.manufacturer")),
        ("Colour", record.text("material.colour")),
        ("Certificate, SHA-256", record.text("material.certificate_sha256", NONE)),
        ("Expires", record.moment("material.expires", NONE)),
        ("Opened", record.moment("material.opened", NONE)),
        ("Dried", dried),
    )


def _factors(record: View) -> str:
    """``speed as set 12 times``, with what was heard once in its place."""
    parts = []
    for row in record.rows("build.factors"):
        once = ", ".join(f"{one.value} %" for one in row.rows("others"))
        part = f"{row.text('name')} as set {row.text('answers')} times"
        parts.append(f"{part}, once {once}" if once else part)
    return "; ".join(parts)


def _build(record: View) -> Section:
    holds = "; ".join(
        f"{row.moment('since')} to {row.moment('until', 'open')} by {row.text('by')}"
        for row in record.rows("build.holds")
    )
    temperatures = tuple(
        (
            heater.capitalize(),
            *(
                record.quantity(f"build.temperatures.{heater}.{name}", "°C", "not recorded")
                for name in ("minimum", "mean", "maximum")
            ),
        )
        for heater in ("nozzle", "bed")
    )
    excursions = record.rows("build.temperatures.excursions")
    return Section(
        title="What the printer did",
        blocks=(
            Facts(
                rows=used(
                    (
                        ("Permitted", record.moment("build.permitted")),
                        ("Started", record.moment("build.started")),
                        ("Finished", record.moment("build.finished")),
                        ("Held", holds or "never"),
                        ("Lines refused", record.text("build.refused_lines")),
                        ("Outside the temperatures", f"{len(excursions)} times"),
                        ("Speed and flow, asked while building", _factors(record)),
                    )
                )
            ),
            Grid(
                columns=("Heater", "Lowest", "Mean", "Highest"),
                shares=(1, 1, 1, 1),
                rows=temperatures,
            ),
        ),
    )


def _quantities(record: View) -> Section:
    return _facts(
        "Quantities of this order",
        *(
            (name.capitalize(), record.text(f"quantities.{name}"))
            for name in ("planned", "started", "scrapped", "released")
        ),
    )


def _retention(record: View) -> Section:
    rules = tuple(
        f"{row.text('rule')}: {row.text('years')} years" for row in record.rows("retention.rules")
    )
    years = record.text("retention.years")
    return Section(
        title="How long this record is kept",
        blocks=(
            Paragraphs(
                lines=(
                    (
                        f"{years} years from the date of manufacture, until "
                        f"{record.day('retention.retain_until')}. The longest rule counts:"
                    ),
                )
            ),
            Bullets(lines=rules),
        ),
    )
