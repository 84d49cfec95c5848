"""Reads a recipe document into :class:`Recipe`: the only way to make one.

``mdps-recipe/2`` adds ``evidence[].coverage`` (docs/adr/0029); ``mdps-recipe/1`` is read as before.

This file reads the top of the document, identity, device and regulatory parts; the process is
read in ``parse_process``, what people do in ``parse_quality``, and rules that span several fields
are in ``rules``. Every bound stands beside its read. Signatures are not looked at here.
"""

from __future__ import annotations

from functools import partial

from ..canonical import Json, digest_of
from ..errors import DocumentError
from ..reading import Fields, instant_text
from .document import (
    Classification,
    Device,
    FileRole,
    Identity,
    JobSource,
    ModelSource,
    Organisation,
    Pathway,
    PinnedFile,
    Recipe,
    Registration,
    ResponsibilityModel,
    UnmetRequirement,
)
from .parse_process import (
    read_envelope,
    read_material,
    read_printer,
    read_validated_with,
    read_variable,
    read_window,
)
from .parse_quality import (
    read_characteristic,
    read_evidence,
    read_hold,
    read_prerequisites,
    read_principle,
    read_retention,
    read_step,
)
from .rules import check_rules

SCHEMA = "mdps-recipe/2"
OLD_SCHEMA = "mdps-recipe/1"
SLUG = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
FILE_NAME = r"[a-z0-9][a-z0-9_-]{0,47}(\.[a-z0-9]{1,8}){1,2}"
ENVELOPE_NAME = "recipe.dsse.json"
MAX_FILE_BYTES = 64 * 1024 * 1024
RINGS = ("A", "B", "C")


def parse_recipe(document: Json, source: str) -> Recipe:
    """Read a whole recipe; :class:`DocumentError` names ``source``, place, observed, allowed."""
    recipe = read_draft(document, source)
    check_rules(recipe, source)
    return recipe


def read_draft(document: Json, source: str) -> Recipe:
    """The fields only: what an author has so far, to be told everything that is wrong with it.

    Never use the result for a build: no rule across fields has been applied.
    """
    fields = Fields(document, source)
    schema = fields.text("schema")
    if schema not in (SCHEMA, OLD_SCHEMA):
        raise fields.fault("schema", repr(schema[:80]), f"{SCHEMA} or {OLD_SCHEMA}")
    evidence = partial(read_evidence, numbers=schema == SCHEMA)
    recipe = Recipe(
        identity=_identity(fields.child("identity")),
        manufacturer=_organisation(fields.child("manufacturer")),
        device=_device(fields.child("device")),
        pathway=fields.choice("pathway", Pathway),
        responsibility=fields.choice("responsibility", ResponsibilityModel),
        classification=fields.objects("classification", _classification, least=1, most=50),
        implantable=fields.boolean("implantable"),
        registrations=fields.objects("registrations", _registration, most=50),
        need_justification=fields.optional_text("need_justification"),
        unmet_requirements=fields.objects("unmet_requirements", _unmet, most=100),
        gtin=_gtin(fields),
        request_required=fields.boolean("request_required"),
        material=read_material(fields.child("material")),
        printer=read_printer(fields.child("printer")),
        validated_with=read_validated_with(fields.child("validated_with")),
        model_source=fields.choice("model_source", ModelSource),
        job_source=fields.choice("job_source", JobSource),
        files=fields.objects("files", _pinned_file, least=1, most=100),
        window=read_window(fields.child("window")),
        envelope=read_envelope(fields.child("envelope")),
        variables=fields.objects("variables", read_variable, most=50),
        rings=_rings(fields),
        hold=read_hold(fields.child("hold")),
        permit_valid_s=fields.integer("permit_valid_s", minimum=60, maximum=86_400),
        post_processing=fields.objects("post_processing", read_step, most=100),
        inspection=fields.objects("inspection", read_characteristic, least=1, most=100),
        prerequisites=read_prerequisites(fields.child("prerequisites")),
        evidence=fields.objects("evidence", evidence, least=1, most=100),
        essential_principles=fields.objects("essential_principles", read_principle, most=50),
        retention=fields.objects("retention", read_retention, least=1, most=50),
        sources=fields.texts("sources", least=1, most=200),
        digest=_digest(document, source),
        raw=document,
    )
    fields.close()
    return recipe


def _digest(document: Json, source: str) -> str:
    try:
        return digest_of(document)
    except (ValueError, RecursionError):
        # rfc8785 refuses NaN, unsafe integers and lone surrogates; none of them can be signed.
        raise DocumentError(
            source, "", "a value with no canonical form", "finite numbers and Unicode text"
        ) from None


def _identity(fields: Fields) -> Identity:
    identity = Identity(
        recipe_id=_slug(fields, "recipe_id"),
        revision=fields.integer("revision", minimum=1, maximum=1_000_000),
        title=fields.text("title", max_length=200),
        issued=fields.instant("issued"),
        expires=fields.instant("expires"),
        change_note=fields.text("change_note"),
        example_only=fields.boolean("example_only"),
    )
    if identity.expires <= identity.issued:
        raise fields.fault(
            "expires", instant_text(identity.expires), f"after {instant_text(identity.issued)}"
        )
    fields.close()
    return identity


def _slug(fields: Fields, key: str) -> str:
    fields.text(key, max_length=64)
    return fields.matching(key, SLUG, "lower-case words joined by hyphens")


def _organisation(fields: Fields) -> Organisation:
    organisation = Organisation(
        name=fields.text("name", max_length=200),
        address=fields.text("address", max_length=500),
        contact=fields.text("contact", max_length=200),
    )
    fields.close()
    return organisation


def _device(fields: Fields) -> Device:
    device = Device(
        description=fields.text("description"),
        generic_name=fields.text("generic_name", max_length=200),
        intended_use=fields.text("intended_use"),
        contraindications=fields.texts("contraindications", least=1, most=100),
        users=fields.texts("users", least=1, most=50),
        single_use=fields.boolean("single_use"),
        sterile=fields.boolean("sterile"),
        warnings=fields.texts("warnings", most=100),
    )
    fields.close()
    return device


def _classification(fields: Fields) -> Classification:
    return Classification(
        jurisdiction=fields.text("jurisdiction", max_length=100),
        device_class=fields.text("device_class", max_length=50),
        rule=fields.text("rule", max_length=500),
    )


def _registration(fields: Fields) -> Registration:
    return Registration(
        authority=fields.text("authority", max_length=200),
        kind=fields.text("kind", max_length=100),
        number=fields.optional_text("number"),
    )


def _unmet(fields: Fields) -> UnmetRequirement:
    return UnmetRequirement(requirement=fields.text("requirement"), grounds=fields.text("grounds"))


def _gtin(fields: Fields) -> str | None:
    if fields.optional_text("gtin") is None:
        return None
    gtin = fields.matching("gtin", r"[0-9]{14}", "14 digits")
    # GS1 General Specifications 7.9.1: weights 3 and 1 from the left, sum a multiple of ten.
    if sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(gtin)) % 10:
        raise fields.fault("gtin", gtin, "14 digits whose last one is the GS1 check digit")
    return gtin


def _pinned_file(fields: Fields) -> PinnedFile:
    name = fields.matching("name", FILE_NAME, "a plain lower-case file name with an ending")
    if name == ENVELOPE_NAME:
        raise fields.fault("name", name, "another name than that of the signed document")
    return PinnedFile(
        role=fields.choice("role", FileRole),
        name=name,
        sha256=fields.digest("sha256"),
        size_bytes=fields.integer("size_bytes", minimum=1, maximum=MAX_FILE_BYTES),
    )


def _rings(fields: Fields) -> tuple[str, ...]:
    rings = fields.texts("rings", least=1, most=len(RINGS))
    for ring in rings:
        if ring not in RINGS:
            raise fields.fault("rings", repr(ring[:80]), f"of {', '.join(RINGS)}")
    if len(set(rings)) != len(rings):
        raise fields.fault("rings", ", ".join(rings), "each ring once")
    return rings
