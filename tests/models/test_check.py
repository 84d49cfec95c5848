"""The model against the design envelope: which finding, with which words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mdps_plugin.models import codes
from mdps_plugin.models.check import BuildArea, check_model
from mdps_plugin.units import Range
from tests.factories import make_recipe

from .shapes import box, inside_out, mesh

AREA = BuildArea(
    x_mm=Range(minimum=0, maximum=250),
    y_mm=Range(minimum=0, maximum=210),
    z_mm=Range(minimum=0, maximum=210),
)
VARIABLE = {
    "name": "length",
    "kind": "number",
    "limits": {"minimum": 10, "maximum": 100},
    "step": 0.5,
    "unit": "mm",
    "default": "20",
    "affects": "envelope.size_x_mm",
}


def judge(*parts, variables=None, area=AREA, **overrides):
    return check_model(mesh(*parts), make_recipe(**overrides), variables or {}, area)


def refused(verdict):
    assert not verdict.accepted
    return [finding.code for finding in verdict.refusals()]


def test_a_closed_box_within_the_envelope_is_accepted():
    verdict = judge(box())
    assert verdict.accepted
    assert verdict.findings == ()
    assert verdict.required == {
        *("model_surface", "model_bodies", "model_volume", "model_size", "model_build_area"),
    }


def test_a_side_of_exactly_the_limit_is_accepted():
    width = {"minimum": 20.1, "maximum": 20.1}  # not a 32-bit number
    assert judge(box(20.1), **{"envelope.size_x_mm": width}).accepted


def test_too_big_says_what_the_screen_shows():
    (finding,) = judge(box(231.4)).refusals()
    assert finding.code == "MD-001"
    assert finding.title() == "Model too big"
    assert finding.observed() == "Width 231.4 mm (X)."
    assert finding.allowed() == "5 to 150 mm."
    assert finding.next_step() == (
        "Ask the prescriber for another size. The model may not be scaled."
    )
    assert finding.where.path == "envelope.size_x_mm"


def test_each_axis_is_judged():
    verdict = judge(box(4, 151, 0.5))
    seen = [(finding.code, finding.observed()) for finding in verdict.refusals()]
    assert seen == [
        ("MD-002", "Width 4 mm (X)."),
        ("MD-001", "Depth 151 mm (Y)."),
        ("MD-002", "Height 0.5 mm (Z)."),
    ]


def test_holes_say_what_the_screen_shows():
    (finding,) = judge(box()[1:]).refusals()
    assert finding.code == "MD-010"
    assert finding.title() == "Model has holes"
    assert finding.observed() == "3 open edges, largest gap 11.18 mm."
    assert finding.allowed() == "A closed surface, one body."
    assert finding.next_step() == "Ask radiology for a repaired model."
    assert (finding.where.x, finding.where.y, finding.where.z) == (0, 5, 2.5)


def test_inside_out():
    assert refused(judge(inside_out(box()))) == ["MD-013"]


def test_one_face_turned_over():
    shape = box()
    shape[0] = shape[0, ::-1]
    assert "MD-012" in refused(judge(shape))


def test_faces_that_crowd_one_edge():
    verdict = judge(box(10, 10, 5), box(10, 10, 5, at=(10, 10, 0)), **{"envelope.bodies": 1})
    assert "MD-011" in refused(verdict)


def test_another_number_of_bodies():
    two = (box(), box(at=(0, 30, 0)))
    assert refused(judge(*two)) == ["MD-015"]
    assert judge(*two, **{"envelope.bodies": 2}).accepted


def test_a_cavity_is_refused_even_where_two_bodies_are_asked_for():
    hollow = (box(), inside_out(box(1, 2, 3, at=(5, 5, 1))))
    assert refused(judge(*hollow)) == ["MD-015", "MD-014"]
    assert refused(judge(*hollow, **{"envelope.bodies": 2})) == ["MD-014"]


@pytest.mark.parametrize("limits", [(1.001, 5), (0.1, 0.999)])
def test_volume_outside(limits):
    low, high = limits
    verdict = judge(box(), **{"envelope.volume_cm3": {"minimum": low, "maximum": high}})
    assert refused(verdict) == ["MD-003"]
    assert verdict.findings[0].observed() == "Volume 1 cm³."


def test_flat_triangles_warn_only():
    corner = box()[0, 0]
    verdict = judge(box(), np.array([[corner, corner, corner]]))
    assert verdict.accepted
    assert [finding.code for finding in verdict.findings] == ["MD-016"]


def at(x, y):
    """A recipe that its own rules would not let through: the check must not lean on them."""
    recipe = make_recipe()
    envelope = replace(recipe.envelope, placed_at_x_mm=x, placed_at_y_mm=y)
    return replace(recipe, envelope=envelope)


def test_outside_the_plate():
    verdict = check_model(mesh(box()), at(9, 206), {}, AREA)
    seen = [finding.observed() for finding in verdict.refusals()]
    assert refused(verdict) == ["MD-004", "MD-004"]
    assert seen == ["Placed, it reaches -1 mm (X).", "Placed, it reaches 211 mm (Y)."]


def test_without_a_build_area_the_check_is_named_as_not_run():
    verdict = judge(box(), area=None)
    assert verdict.accepted
    assert {check.name for check in verdict.checks if not check.ran} == {"model_build_area"}
    assert refused(check_model(mesh(box()), at(9, 105), {})) == ["MD-004"]


@pytest.mark.parametrize(
    ("chosen", "agrees"), [({"length": "20"}, True), ({}, True), ({"length": "20.5"}, False)]
)
def test_the_ordered_size_or_its_default_must_be_the_models(chosen, agrees):
    recipe = make_recipe(variables=[VARIABLE])
    verdict = check_model(mesh(box()), recipe, chosen, AREA)
    assert verdict.accepted is agrees
    assert [finding.code for finding in verdict.refusals()] == ([] if agrees else ["MD-005"])


def test_a_size_that_is_no_number_is_refused():
    recipe = make_recipe(variables=[VARIABLE])
    assert refused(check_model(mesh(box()), recipe, {"length": "wide"}, AREA)) == ["MD-005"]


def test_codes_are_unique_and_their_texts_complete():
    seen = [kind.code for kind in codes.ALL]
    assert len(set(seen)) == len(seen)
    for kind in codes.ALL:
        for text in (kind.title, kind.observed, kind.allowed, kind.next_step):
            for sentence in text.split(". "):
                assert len(sentence.split()) <= 12, sentence
