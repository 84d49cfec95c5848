"""Fields of a recipe that say what the device is and who answers for it."""

from __future__ import annotations

from ...recipes.document import JobSource, ModelSource, Pathway, ResponsibilityModel
from ...recipes.parse import OLD_SCHEMA, RINGS, SCHEMA, SLUG
from .spec import (
    Change,
    Field,
    Group,
    instant,
    matching,
    members,
    one_of,
    or_null,
    subset,
    text,
    texts,
    truth,
    whole,
)

_ADMIN = Group(
    clause="row 34", change=Change.NONE, reason="Says which recipe it is, not how it is made."
)
_ROUTE = Group(
    clause="rows 2, 30",
    change=Change.ALWAYS,
    reason="Another regulatory route asks for its own evidence.",
)
_USE = Group(
    clause="rows 16, 27",
    change=Change.ALWAYS,
    reason="Validation was done for the intended use as it stood.",
)
_LABEL = Group(
    clause="row 40",
    change=Change.NONE,
    reason="Words for people; label and instructions are issued anew.",
)
_CLASS = Group(
    clause="row 12", change=Change.NONE, reason="The class decides who must agree, not the process."
)
_PAPER = Group(
    clause="row 20", change=Change.NONE, reason="A matter between manufacturer and authority."
)
_NEED = Group(
    clause="rows 3, 35", change=Change.NONE, reason="A reason on file, not a value of the process."
)
_CHECKS = Group(
    clause="rows 4, 37",
    change=Change.ALWAYS,
    reason="What is checked on every job was part of the validated process.",
)

TOP: tuple[Field, ...] = (
    _ADMIN.field("schema", one_of(SCHEMA, OLD_SCHEMA), "format", "Version of this format."),
    _ROUTE.field(
        "pathway",
        one_of(*(item.value for item in Pathway)),
        "kind of device",
        "Kind of personalized device; fixed by the manufacturer, orders must agree.",
    ),
    _ROUTE.field(
        "responsibility",
        one_of(*(item.value for item in ResponsibilityModel)),
        "who answers",
        "Who answers for the device; selects the documents.",
    ),
    _ROUTE.field("implantable", truth(), "implantable", "Whether it stays in the body."),
    _NEED.field(
        "need_justification",
        or_null(text()),
        "why no device on the market will do",
        "Needed for custom-made devices and those of a health institution.",
        optional=True,
    ),
    _PAPER.field(
        "gtin",
        or_null(matching("[0-9]{14}")),
        "product number",
        "GS1 number with its check digit; none on a custom-made device.",
        optional=True,
    ),
    _NEED.field(
        "request_required",
        truth(),
        "written request",
        "Whether an order needs the written request of an authorized professional.",
    ),
    _CHECKS.field(
        "model_source",
        one_of(*(item.value for item in ModelSource)),
        "where the shape comes from",
        "Signed with the recipe, or brought with the order.",
    ),
    _CHECKS.field(
        "job_source",
        one_of(*(item.value for item in JobSource)),
        "where the job comes from",
        "Sliced here, signed by the manufacturer, or brought along.",
    ),
    _CHECKS.field(
        "rings",
        subset(RINGS),
        "checks of every job",
        "A: window. B: a second slicing. C: the model itself. See docs/examiner.md.",
    ),
    _ADMIN.field(
        "permit_valid_s",
        whole(60, 86_400, "s"),
        "how long a build permit holds",
        "Time between permit and start of the build.",
        reason="A matter of work, checked again at the start.",
    ),
    _ADMIN.field(
        "sources",
        texts(1, 200),
        "sources",
        "Where parameters and claims come from.",
        reason="Says where values come from; the values have rows of their own.",
    ),
    _ADMIN.field(
        "identity.recipe_id", matching(SLUG, 64), "recipe", "Name that stays over all revisions."
    ),
    _ADMIN.field(
        "identity.revision", whole(1, 1_000_000), "revision", "Counts up with every change."
    ),
    _ADMIN.field("identity.title", text(200), "title", "Name that people read."),
    _ADMIN.field("identity.issued", instant(), "valid from", "First moment of use, UTC."),
    _ADMIN.field("identity.expires", instant(), "valid until", "From here on it is refused, UTC."),
    _ADMIN.field("identity.change_note", text(), "change note", "What changed and why."),
    _ADMIN.field(
        "identity.example_only",
        truth(),
        "example",
        "True: nobody validated it; refused outside a demonstration.",
        change=Change.ALWAYS,
        reason="An example becomes a recipe by being validated.",
    ),
    _PAPER.field(
        "manufacturer.name", text(200), "manufacturer", "Legal name, as it stands on statements."
    ),
    _PAPER.field("manufacturer.address", text(500), "address", "Postal address."),
    _PAPER.field("manufacturer.contact", text(200), "contact", "Where complaints go."),
    _LABEL.field("device.description", text(), "description", "What it is, for identification."),
    _LABEL.field("device.generic_name", text(200), "generic name", "Kind of device in one phrase."),
    _USE.field(
        "device.intended_use", text(), "intended use", "Shown and signed before each build."
    ),
    _USE.field(
        "device.contraindications", texts(1, 100), "not to be used for", "When it must not be used."
    ),
    _USE.field("device.users", texts(1, 50), "users", "Who uses it."),
    _USE.field("device.single_use", truth(), "single use", "Whether it is used once."),
    _USE.field("device.sterile", truth(), "sterile", "Whether it is supplied sterile."),
    _LABEL.field("device.warnings", texts(0, 100), "warnings", "Sentences of label and papers."),
    _CLASS.field(
        "classification[]", members(1, 50), "class", "Class of the device, one per jurisdiction."
    ),
    _CLASS.field(
        "classification[].jurisdiction", text(100), "jurisdiction", "Where the class holds."
    ),
    _CLASS.field(
        "classification[].device_class", text(50), "class", "Class as it is written there."
    ),
    _CLASS.field("classification[].rule", text(500), "rule", "Rule that gives the class."),
    _PAPER.field(
        "registrations[]", members(0, 50), "registration", "Registration or notification."
    ),
    _PAPER.field("registrations[].authority", text(200), "authority", "Where it is registered."),
    _PAPER.field("registrations[].kind", text(100), "kind", "What is registered."),
    _PAPER.field(
        "registrations[].number",
        or_null(text()),
        "number",
        "Its number; null prints as not registered.",
        optional=True,
    ),
    _NEED.field(
        "unmet_requirements[]",
        members(0, 100),
        "requirement that is not met",
        "Requirements that are not met, each with grounds.",
    ),
    _NEED.field("unmet_requirements[].requirement", text(), "requirement", "What is not met."),
    _NEED.field("unmet_requirements[].grounds", text(), "grounds", "Why it is safe all the same."),
)
