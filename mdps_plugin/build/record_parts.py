"""The parts of a production record, one function a part. Keys: docs/record.md."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..canonical import Json
from ..reading import instant_text
from ..recipes.document import Recipe
from ..units import Range
from .entities import Build, SignatureEntry, Taken
from .evidence import PrinterEvidence
from .folding.parts import INSPECTION
from .lifecycle import BuildState
from .lot import Lot
from .order import Order
from .record_sources import RecordSources, Signer
from .signature import Signature

#: Years from the date of manufacture that no recipe can go below: IMDRF PMD/N58, 15 for
#: implantable devices and 5 for others (row 10).
_FLOOR = {True: 15, False: 5}
_FLOOR_RULE = "IMDRF PMD/N58"


def recipe_part(sources: RecordSources) -> dict[str, Json]:
    """The recipe, its signers, and what it says of the device."""
    recipe = sources.recipe
    device = recipe.device
    return {
        "id": recipe.identity.recipe_id,
        "revision": recipe.identity.revision,
        "title": recipe.identity.title,
        "digest": recipe.digest,
        "bundle_sha256": sources.bundle_sha256,
        "signers": _signers(sources.signers),
        "pathway": recipe.pathway.value,
        "responsibility": recipe.responsibility.value,
        "device": {
            "description": device.description,
            "generic_name": device.generic_name,
            "intended_use": device.intended_use,
            "contraindications": list(device.contraindications),
            "users": list(device.users),
            "single_use": device.single_use,
            "sterile": device.sterile,
            "warnings": list(device.warnings),
        },
        "manufacturer": {
            "name": recipe.manufacturer.name,
            "address": recipe.manufacturer.address,
            "contact": recipe.manufacturer.contact,
        },
        "classification": [
            {
                "jurisdiction": one.jurisdiction,
                "device_class": one.device_class,
                "rule": one.rule,
            }
            for one in recipe.classification
        ],
        "registrations": [
            {"authority": one.authority, "kind": one.kind, "number": one.number}
            for one in recipe.registrations
        ],
        "unmet_requirements": [
            {"requirement": one.requirement, "grounds": one.grounds}
            for one in recipe.unmet_requirements
        ],
        "need_justification": recipe.need_justification,
        "gtin": recipe.gtin,
        "implantable": recipe.implantable,
        "example_only": recipe.identity.example_only,
    }


def _signers(signers: Sequence[Signer]) -> list[Json]:
    return [{"holder": one.holder, "role": one.role, "key_id": one.key_id} for one in signers]


def policy_part(sources: RecordSources) -> dict[str, Json] | None:
    """The site policy in force at the permit; null where the site went without one (row 29)."""
    policy = sources.site_policy
    if policy is None:
        return None
    return {
        "title": policy.title,
        "version": policy.version,
        "sha256": policy.sha256,
        "expires": policy.expires,
        "signers": _signers(policy.signers),
    }


def order_part(order: Order) -> dict[str, Json]:
    """The written request; the patient by token."""
    return {
        "order_id": order.order_id,
        "sha256": order.sha256,
        "pathway": order.pathway.value,
        "patient_token": order.individual.token,
        "prescriber": {
            "name": order.prescriber.name,
            "registration": order.prescriber.registration_number,
            "workplace": order.prescriber.workplace,
        },
        "design_characteristics": list(order.design_characteristics),
        "condition": order.condition_or_feature,
        "need_justification": order.need_justification,
        "quantity": order.quantity,
        "due": instant_text(order.due),
        "request_sha256": order.request.document_sha256 if order.request else None,
        "variables": dict(order.variables),
    }


def model_part(sources: RecordSources) -> dict[str, Json] | None:
    """The model before and after placing; null where the manufacturer signed the job itself."""
    model, released = sources.model, sources.order.model
    if model is None:
        return None
    return {
        "source_sha256": model.source_sha256,
        "placed_sha256": model.placed_sha256,
        "size_mm": list(model.size_mm),
        "volume_cm3": model.volume_cm3,
        "released_by": None
        if released is None
        else {
            "name": released.released_by_name,
            "role": released.released_by_role,
            "at": instant_text(released.released_at),
        },
    }


def job_part(sources: RecordSources) -> dict[str, Json]:
    """Planned against streamed; ``match`` is true only if all lines of the plan were done."""
    build = sources.build
    streamed = build.streamed
    early = build.aborted.streamed if build.aborted is not None else None
    return {
        "gcode_sha256": build.permit.gcode_sha256,
        "planned": build.permit.planned_sha256,
        "streamed": streamed.streamed if streamed is not None else early,
        "lines": streamed.lines if streamed is not None else None,
        "layers": sources.layers,
        "match": streamed is not None and streamed.streamed == build.permit.planned_sha256,
    }


def printer_part(printer: PrinterEvidence) -> dict[str, Json]:
    """The printer as it was at the permit."""
    return {
        "model": printer.model,
        "serial": printer.serial,
        "firmware": printer.firmware,
        "nozzle_mm": printer.nozzle_mm,
        "plate": printer.plate,
        "profile_digest": printer.profile_digest,
    }


def material_part(lot: Lot) -> dict[str, Json]:
    """The lot as it was at the permit."""
    return {
        "lot_id": lot.lot_id,
        "product": lot.product,
        "kind": lot.kind,
        "manufacturer": lot.manufacturer,
        "colour": lot.colour,
        "certificate_sha256": lot.certificate_sha256,
        "expires": instant_text(lot.expires),
        "opened": instant_text(lot.opened_at) if lot.opened_at else None,
        "dried": lot.dried.to_json() if lot.dried else None,
    }


def build_part(build: Build, *, released: bool) -> dict[str, Json]:
    """What the printer did."""
    streamed = build.streamed
    started = streamed.started if streamed is not None else build.started_at
    finished = streamed.finished if streamed is not None else build.ended_at
    outcome = BuildState.RELEASED if released else build.state
    factors: dict[str, Json] = {}
    if streamed is not None and streamed.factors is not None:
        factors["factors"] = [dict(one) for one in streamed.factors]
    return {
        "permitted": instant_text(build.permitted_at),
        "started": instant_text(started) if started else None,
        "finished": instant_text(finished) if finished else None,
        "holds": [
            {
                "since": instant_text(hold.since),
                "until": instant_text(hold.until) if hold.until else None,
                "by": hold.by,
            }
            for hold in build.holds
        ],
        "temperatures": dict(streamed.temperatures) if streamed is not None else None,
        **factors,
        "refused_lines": build.refused_lines,
        "outcome": outcome.value,
        "ended_early": None
        if build.aborted is None
        else {"reason": build.aborted.reason, "line": build.aborted.line},
    }


def steps_part(sources: RecordSources) -> list[Json]:
    """Every step of the recipe; ``signed_at`` null where it was not done."""
    build = sources.build
    done = {one.step_id: one for one in build.steps}
    parts: list[Json] = []
    for step in sources.recipe.post_processing:
        own = done.get(step.step_id)
        parts.append(
            {
                "step_id": step.step_id,
                "instruction": step.instruction,
                "equipment": step.equipment,
                "minimum_s": step.minimum_s,
                "started_at": instant_text(own.started_at) if own and own.started_at else None,
                "signed_at": instant_text(own.signed.signature.at) if own else None,
                "signed_by": own.signed.signature.printed_name if own else None,
                "readings": [
                    {
                        "name": one.name,
                        "unit": one.unit,
                        "gauge": one.gauge,
                        **_limits_and_values(one.limits, build.values(step.step_id, one.name)),
                    }
                    for one in step.readings
                ],
            }
        )
    return parts


def inspection_part(sources: RecordSources) -> list[Json]:
    """Every characteristic of the recipe with all values taken of it."""
    build = sources.build
    return [
        {
            "characteristic_id": one.characteristic_id,
            "name": one.name,
            "unit": one.unit,
            "nominal": one.nominal,
            "gauge": one.gauge,
            "key": one.key,
            **_limits_and_values(one.limits, build.values(INSPECTION, one.characteristic_id)),
        }
        for one in sources.recipe.inspection
    ]


def _limits_and_values(limits: Range, taken: Sequence[Taken]) -> dict[str, Json]:
    signed = [one for one in taken if one.signed]
    value = signed[-1].value if signed else None
    return {
        "minimum": limits.minimum,
        "maximum": limits.maximum,
        "value": value,
        "in_range": value is not None and limits.contains(value),
        "values": [
            {
                "value": one.value,
                "at": instant_text(one.at),
                "by": one.by,
                "gauge": one.gauge,
                "signed": one.signed,
            }
            for one in taken
        ],
    }


def quantities_part(sources: RecordSources, *, released_now: bool) -> dict[str, Json]:
    """Devices of this order: started = scrapped + released + still open."""
    builds = [one for one in sources.state.builds.values() if one.armed_at is not None]
    own = [one for one in builds if one.order_id == sources.order.order_id]
    out = (BuildState.RELEASED, BuildState.HANDED_OVER)
    return {
        "planned": sources.order.quantity,
        "started": len(own),
        "scrapped": sum(1 for one in own if one.state.lost),
        "released": sum(1 for one in own if one.state in out)
        + int(released_now and sources.build.state not in out),
    }


def signatures_part(build: Build, release: tuple[Signature, int] | None) -> list[Json]:
    """All signatures with the entry each stands in, the release last."""
    entries = list(build.signatures)
    if release is not None:
        entries.append(SignatureEntry(signature=release[0], entry=release[1]))
    return [
        {
            "name": one.signature.printed_name,
            "user": one.signature.user,
            "role": one.signature.role.value,
            "act": one.signature.act.value,
            "meaning": one.signature.meaning,
            "at": instant_text(one.signature.at),
            "subject_sha256": one.signature.subject_sha256,
            "entry_index": one.entry,
        }
        for one in entries
    ]


def retention_part(recipe: Recipe, made: datetime) -> dict[str, Json]:
    """The longest of all rules, counted from the date of manufacture (row 10)."""
    rules = [(one.rule, one.years) for one in recipe.retention]
    rules.append((_FLOOR_RULE, _FLOOR[recipe.implantable]))
    years = max(count for _, count in rules)
    return {
        "years": years,
        "rules": [{"rule": rule, "years": count} for rule, count in rules],
        "made": instant_text(made),
        "retain_until": instant_text(years_later(made, years)),
    }


def years_later(moment: datetime, years: int) -> datetime:
    """The same day years later; 29 February becomes 1 March, never a shorter time."""
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, month=3, day=1)
